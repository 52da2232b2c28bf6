"""Rows as a table of text that fits its reader's window: figures are never cut, words wrap, and what cannot fit becomes cards."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_GAP = 2
_NARROW = 10  # a column of words is not squeezed below this


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its heading, its cells as text, and whether they are figures."""

    heading: str
    cells: Sequence[str]
    figures: bool = False

    @property
    def natural(self) -> int:
        """The width at which nothing wraps."""
        return max(wide(self.heading), *(wide(cell) for cell in self.cells), 1)

    @property
    def least(self) -> int:
        """The width below which a figure would be cut, or a word become unreadable."""
        words = max((wide(word) for word in self.heading.split()), default=1)
        longest = max((wide(cell) for cell in self.cells), default=1)
        return max(words, longest) if self.figures else max(min(words, _NARROW), min(longest, _NARROW), 1)


def wide(text: str) -> int:
    """How many columns of a terminal the text takes.

    >>> wide("Đặng"), wide("e\\u0301"), wide("漢字")
    (4, 1, 4)
    """
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(mark) else 2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)


def fits(columns: Sequence[Column], width: int) -> bool:
    """Whether a table of the columns can be that narrow."""
    return _fitted(columns, width) is not None


def table(columns: Sequence[Column], *, width: int | None, total: bool = False) -> Iterator[str]:
    """The lines of a table at most ``width`` wide (None = as wide as it is); the last row stands apart as a ``total``."""
    if not columns:
        return
    widths = _fitted(columns, width)
    if widths is None:
        yield from _cards(columns, width or 0)
        return
    yield from _row([column.heading for column in columns], columns, widths, low=True)
    rule = "  ".join("─" * each for each in widths)
    yield rule
    count = len(columns[0].cells)
    for place in range(count):
        if total and place == count - 1 and count > 1:
            yield rule
        yield from _row([column.cells[place] for column in columns], columns, widths)


def _fitted(columns: Sequence[Column], width: int | None) -> list[int] | None:
    """The width of each column; None when even the least widths do not fit."""
    widths, least = [column.natural for column in columns], [column.least for column in columns]
    room = width - _GAP * (len(columns) - 1) if width else sum(widths)
    if sum(min(pair) for pair in zip(widths, least, strict=True)) > room:
        return None
    while sum(widths) > room:
        place = max(range(len(widths)), key=lambda each: (widths[each] - least[each] > 0, widths[each]))
        widths[place] -= 1
    return widths


def _row(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int], *, low: bool = False) -> Iterator[str]:
    """One row, its words wrapped; the headings (``low``) stand on the rule."""
    wrapped = [wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(len(lines) for lines in wrapped)
    filled = [([""] * (height - len(lines)) + lines) if low else (lines + [""] * (height - len(lines))) for lines in wrapped]
    for parts in zip(*filled, strict=True):
        aligned = (_aligned(part, each, column.figures) for part, each, column in zip(parts, widths, columns, strict=True))
        yield "  ".join(aligned).rstrip()


def _aligned(text: str, width: int, right: bool) -> str:  # noqa: FBT001 - the one caller has it by position
    space = " " * (width - wide(text))
    return space + text if right else text + space


def wrap(text: str, width: int) -> list[str]:
    """The text in lines at most ``width`` wide; never none."""
    if wide(text) <= width and "\n" not in text:
        return [text]
    return [line for part in text.splitlines() for line in textwrap.wrap(part, width, break_on_hyphens=False)] or [""]


def _cards(columns: Sequence[Column], width: int) -> Iterator[str]:
    """Every row as a block of its own: heading and cell, line by line; empty cells are left out."""
    label = max(wide(column.heading) for column in columns)
    for place in range(len(columns[0].cells)):
        if place:
            yield ""
        for column in columns:
            cell = column.cells[place]
            if cell in ("", "–"):
                continue
            head, *rest = wrap(cell, max(width - label - _GAP, _NARROW)) if not column.figures else [cell]
            yield column.heading + " " * (label - wide(column.heading) + _GAP) + head
            yield from (" " * (label + _GAP) + line for line in rest)
