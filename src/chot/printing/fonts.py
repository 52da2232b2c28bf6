"""The fonts of printed documents, built at setup by tools/print_fonts.py."""

from __future__ import annotations

from pathlib import Path

from chot.core.errors import UsageError

FOLDER = Path(__file__).parent / "fonts"
REGULAR, SEMIBOLD = "Inter-Regular.ttf", "Inter-SemiBold.ttf"
_WRITTEN_OUT = {"≥": ">=", "≤": "<=", "→": "->", "←": "<-", "✓": "x", "\u202f": "\xa0", "\u2011": "-", "≠": "<>", "≈": "~"}


def font(name: str) -> Path:
    """The file of a font. Raises ``UsageError`` before setup has built it."""
    path = FOLDER / name
    if not path.is_file():
        raise UsageError("the fonts of printed documents are not built yet. Run `make setup` (or tools/print_fonts.py)")
    return path


def printable(text: str) -> str:
    """The text without signs that the fonts lack: they are written out.

    >>> printable("CSAT ≥ 4,1")
    'CSAT >= 4,1'
    """
    return "".join(_WRITTEN_OUT.get(sign, sign) for sign in text)
