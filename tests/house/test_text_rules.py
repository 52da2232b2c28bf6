"""What stands in no file of the project: registry addresses, places of one machine, unfinished work, the story of its making."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.sources import ROOT, project_files, text_of

RULES = {
    "an address of a package registry": r"pypi\.org|pythonhosted|npmjs\.(com|org)|--(extra-)?index-url\b|--find-links|--trusted-host",
    "a place of one machine": r"(?<![\w.$}/-])/(work|root|home|Users|private)/\w|/opt/(wheels|pypi)|[A-Z]:\\Users",
    "unfinished work": r"\b(TODO|FIXME|XXX|HACK|WIP)\b",
    "the story of its making": r"(?i)\b(claude|anthropic|copilot|chatgpt)\b|\bissue #?\d|\b(this|last|previous) session\b",
    "a conflict left behind": r"^(<{7} |={7}$|>{7} )",
}
GENERATED = {"LICENSE"}  # the text is the Apache Software Foundation's
VAGUE = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "stuff"}

FILES = [path for path in project_files() if path != Path(__file__).resolve() and path.name not in GENERATED]


def _found(rule: str, text: str) -> list[str]:
    pattern = re.compile(RULES[rule], re.MULTILINE)
    return [f"line {text.count(chr(10), 0, match.start()) + 1}: {match.group()}" for match in pattern.finditer(text)]


@pytest.mark.parametrize("rule", RULES)
def test_no_file_holds(rule: str) -> None:
    """Each rule over every text file."""
    found = {str(path.relative_to(ROOT)): hits for path in FILES if (text := text_of(path)) and (hits := _found(rule, text))}
    assert found == {}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("an address of a package registry", "--extra-index-url file:x"),
        ("an address of a package registry", "https://files.pythonhosted.org/packages/x.whl"),
        ("a place of one machine", "path = '/home/lan/calls.csv'"),
        ("unfinished work", "# TODO: later"),
        ("the story of its making", "see issue #12"),
        ("a conflict left behind", "a\n=======\nb"),
    ],
)
def test_the_rules_can_fail(rule: str, text: str) -> None:
    """Each rule sees what it is there to see."""
    assert _found(rule, text)


def test_no_module_has_a_vague_name() -> None:
    """A place is named after what is in it."""
    named = [path.relative_to(ROOT) for path in FILES if path.suffix == ".py"]
    assert [str(path) for path in named if VAGUE & {part.removesuffix(".py").strip("_") for part in path.parts}] == []


def test_requirements_are_pins_with_hashes_and_nothing_else() -> None:
    """Every line of a compiled file is a pin, a hash or a comment: no option, no address, no unpinned name."""
    line = re.compile(r"([a-z0-9-]+==\S+( ; .+)?|    --hash=sha256:[0-9a-f]{64})( \\)?|\s*#.*")
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        odd = [text for text in path.read_text(encoding="utf-8").splitlines() if not line.fullmatch(text)]
        assert odd == [], path.name
        assert path.with_suffix(".in").is_file()
