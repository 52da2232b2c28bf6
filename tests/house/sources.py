"""The project's own files, as the tests of the house look at them."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src" / "chot").rglob("*.py"))


def name_of(path: Path) -> str:
    """The dotted name of a module under src/."""
    parts = path.relative_to(ROOT / "src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def project_files() -> list[Path]:
    """Every file of the project: tracked, or new and not ignored; without git, all but hidden folders and var/."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode == 0:
        names = sorted(set(listed.stdout.decode().split("\0")) - {""})
        return [ROOT / name for name in names if (ROOT / name).is_file()]
    found = (path for path in ROOT.rglob("*") if path.is_file())
    return sorted(path for path in found if not {".venv", "var", "node_modules", "built", "__pycache__"} & set(path.relative_to(ROOT).parts))


def text_of(path: Path) -> str | None:
    """The text of a file; None when it is no UTF-8 text."""
    content = path.read_bytes()
    try:
        return None if b"\0" in content else content.decode("utf-8")
    except UnicodeDecodeError:
        return None
