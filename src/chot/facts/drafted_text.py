"""A drafted mapping as YAML with comments, to be read, corrected and kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from chot.facts.dates import ORDERS
from chot.facts.grid_sheet import SheetGrid
from chot.facts.grid_text import TextGrid
from chot.facts.grids import Grid
from chot.facts.guessing import Reading
from chot.facts.mapping import Source
from chot.kpi.schema import Column, Table

_BARE = re.compile(r"[^\W\d_][\w .()/%-]*[\w)]|[^\W\d_]")  # Ngày đặt hàng (giờ)
_RESERVED = re.compile(r"true|false|yes|no|on|off|null|y|n", re.IGNORECASE)
_SPELLED = {code: spelling for spelling, code in ORDERS.items()}
_LISTED = 12  # unknown values and unused headers that are named


def quoted(text: str) -> str:
    """A text as a YAML scalar.

    >>> print(quoted("Mã đơn"), quoted("Giá: 1"), quoted("no"))
    Mã đơn "Giá: 1" "no"
    """
    if _BARE.fullmatch(text) and not _RESERVED.fullmatch(text):
        return text
    return '"' + "".join(_escaped(mark) for mark in text) + '"'


def plain(path: Path, table: Table, headers: Sequence[str]) -> str:
    """The mapping of a file that is the contract's plain CSV already."""
    columns = "".join(f"  {name}: {name}\n" for name in table.names if name in headers)
    return f"{_heading(path)}table: {table.name}\ncells: plain\ncolumns:\n{columns}"


def write(path: Path, table: Table, grid: Grid, readings: Mapping[str, Reading], doubts: Sequence[str]) -> str:
    """The YAML text of a mapping; doubts and what was not found stand in comments."""
    shared = _shared(readings)
    lines = [_heading(path), *(f"# Check: {_comment(doubt)}\n" for doubt in doubts), f"table: {table.name}\n", *_place(grid)]
    lines.append("# timezone: Asia/Ho_Chi_Minh      # of times without an offset\n")
    lines += [f"{name}: {quoted(_SPELLED.get(value, value))}\n" for name, value in shared.items() if value]
    lines.append("columns:\n" if readings else "columns: {}\n")
    for column in table.columns:
        lines += _column(column, readings.get(column.name), shared)
    used = {header for reading in readings.values() for header in reading.source.headers}
    unused = [header for header in grid.headers if header not in used]
    if unused:
        more = f" and {len(unused) - _LISTED} more" if len(unused) > _LISTED else ""
        lines.append(f"# Not used: {_comment(', '.join(unused[:_LISTED]))}{more}\n")
    return "".join(lines)


def _heading(path: Path) -> str:
    saved = _comment(path.with_suffix(".yaml").name)
    return f"# How to read {_comment(path.name)}; drafted from what stands in it. Save as {saved} and use with --mapping {saved}.\n"


def _place(grid: Grid) -> Iterator[str]:
    if isinstance(grid, TextGrid):
        if grid.encoding.encoding != "utf-8":
            yield f"encoding: {grid.encoding.encoding}\n"
        if grid.delimiter != ",":
            yield f"delimiter: {quoted('tab' if grid.delimiter == chr(9) else grid.delimiter)}\n"
    if isinstance(grid, SheetGrid) and len(grid.sheets) > 1:
        yield f"sheet: {quoted(grid.sheet)}\n"
    if grid.header_line > 1:
        yield f"header_row: {grid.header_line}\n"


def _shared(readings: Mapping[str, Reading]) -> dict[str, str]:
    """The decimal mark and the day order of most columns."""
    sources = [reading.source for reading in readings.values()]
    return {
        name: next(iter(dict(Counter(value for each in sources if (value := getattr(each, name))).most_common(1))), "")
        for name in ("decimal", "dates")
    }


def _column(column: Column, reading: Reading | None, shared: Mapping[str, str]) -> Iterator[str]:
    if reading is None:
        note = " REQUIRED: write the header of its column, or {value: ...}" if column.required else ""
        yield f"  # {column.name}:{note}\n"
        return
    source = reading.source
    extras = dict(_extras(source, shared))
    headers = [quoted(header) for header in source.headers]
    origin = headers[0] if len(headers) == 1 else f"[{', '.join(headers)}]"
    if not extras and not reading.words and not reading.unknown and len(headers) == 1:
        yield f"  {column.name}: {origin}\n"
        return
    yield f"  {column.name}:\n    from: {origin}\n"
    yield from (f"    {name}: {quoted(value)}\n" for name, value in extras.items())
    if reading.words:
        yield "    values:\n"
        yield from (f"      {quoted(word)}: {target}\n" for word, target in reading.words.items())
    elif reading.unknown:
        yield "    # values:\n"
    for word, count in list(reading.unknown.items())[:_LISTED]:
        yield f"      # {_comment(quoted(word))}:      # {count} rows; one of {', '.join(column.values)}\n"


def _extras(source: Source, shared: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if source.unit:
        yield "unit", source.unit
    for name in ("decimal", "dates"):
        value = getattr(source, name)
        if value and value != shared[name]:
            yield name, _SPELLED.get(value, value)


def _comment(text: str) -> str:
    """A text that stays inside its comment line."""
    return "".join(mark if mark.isprintable() else " " for mark in text)


def _escaped(mark: str) -> str:
    if mark in '"\\':
        return "\\" + mark
    return mark if mark.isprintable() else f"\\U{ord(mark):08x}"
