"""Write the terminal excerpts of README.md and README.vi.md anew: `python tools/write_readme_excerpts.py`.

Each ```` ```console demo ```` block keeps its command; below it come the title and one line of the payslip, cut short.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(?<=^```console demo\n)(\$ chot [^\n]*\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
SHOWN = 23  # lines of the payslip's item


def chot(command: str, folder: Path) -> str:
    """What a command says, on the day and at the width that the tests of the pages use."""
    env = os.environ | {"CHOT_TODAY": "2026-11-22", "COLUMNS": "120", "NO_COLOR": "1", "PYTHONPATH": str(ROOT / "src")}
    words = [sys.executable, "-m", "chot", *shlex.split(command)]
    return subprocess.run(words, cwd=folder, env=env, stdout=subprocess.PIPE, text=True, check=True).stdout


def excerpt(output: str) -> str:
    """The title, and the beginning of the first item where it is explained."""
    lines = [line.rstrip() for line in output.splitlines()]
    start = max(number for number, line in enumerate(lines) if line.startswith("1. "))
    return "\n".join([lines[0], "...", *lines[start : start + SHOWN], "...", ""])


def main() -> None:
    """Make the demo company once, run each command in it, and put what it says into the page."""
    with tempfile.TemporaryDirectory() as folder:
        chot("demo facts --data demo --end 2026-10", Path(folder))
        for page in (ROOT / "README.md", ROOT / "README.vi.md"):
            text = page.read_text(encoding="utf-8")
            fresh = BLOCK.sub(lambda found: found[1] + excerpt(chot(found[1].removeprefix("$ chot "), Path(folder))), text)
            page.write_text(fresh, encoding="utf-8")


if __name__ == "__main__":
    main()
