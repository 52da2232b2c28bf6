"""Files stay under 400 lines and functions under 60, or say why; a reason that is no longer needed goes."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.sources import ROOT, tree_of

FILE_LINES, FUNCTION_LINES = 400, 60
ALLOWED: dict[str, str] = {  # "path" or "path::function" -> why one piece is easier to read than two
    "tests/kpi/test_plan_loading.py": "one test for each rule of a plan, in the order of docs/plan.md",
    "tests/kpi/test_formula.py": "one test for each rule of the formula language, in the order of docs/formula.md",
}
PLACES = ("src", "tests", "tools", "benchmarks")


def _sizes() -> dict[str, int]:
    """The lines of every file, and of every function (from its first line to its last, without decorators)."""
    sizes: dict[str, int] = {}
    for path in sorted(each for place in PLACES for each in (ROOT / place).rglob("*.py")):
        name = str(path.relative_to(ROOT))
        sizes[name] = _lines(path)
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                sizes[f"{name}::{node.name}"] = max(sizes.get(f"{name}::{node.name}", 0), node.end_lineno - node.lineno + 1)
    return sizes


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_files_and_functions_are_small_or_say_why() -> None:
    """The list of exceptions is exactly the list of what is too long."""
    too_long = {name: lines for name, lines in _sizes().items() if lines > (FUNCTION_LINES if "::" in name else FILE_LINES)}
    assert set(too_long) - set(ALLOWED) == set(), f"too long, split it or say why in ALLOWED: {too_long}"
    assert set(ALLOWED) - set(too_long) == set(), "no longer needed in ALLOWED"
    assert all(len(reason) >= len("a reason of some words") for reason in ALLOWED.values())
