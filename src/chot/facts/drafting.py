"""Look at a table file and write its mapping: which facts, which columns, how they are written, and what is not sure."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa

from chot.core.errors import InputError, Problem
from chot.core.text import did_you_mean, key
from chot.facts import drafted_text
from chot.facts.grid_text import TextGrid
from chot.facts.grids import Grid, Layout
from chot.facts.guessing import Reading, days_only, guess, of_day, split_unit
from chot.facts.opening import open_grid
from chot.facts.synonyms import HEADERS
from chot.facts.written import is_empty
from chot.kpi.schema import TABLES, Table

_FULL_ROWS = 20_000  # looked at one by one; of further rows every 20th, up to _LAST_ROW
_EVERY = 20
_LAST_ROW = 2_000_000
_DIFFERENT = 50_000  # different cells kept of a column
_FIT, _SURE_FIT = Fraction(1, 2), Fraction(9, 10)
_UNIQUE = Fraction(19, 20)
_NAMED, _CONTAINS, _ALIKE = 3, 2, 1


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A drafted mapping: its YAML ``text``, whether it may be used as it is, and if not, why (``doubts``).

    ``notes`` say what else the user may want to know.
    """

    path: Path
    table: str
    text: str
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether every required column was found and nothing about a used column is in doubt."""
        return not self.doubts

    def refusal(self) -> InputError:
        """The error that shows the draft, what is in doubt, and where to save it."""
        problems = [Problem(file=str(self.path), what=doubt) for doubt in self.doubts]
        saved = self.path.with_suffix(".yaml").name
        fix = f"Save this as {saved}, correct it, and import with --mapping {saved}:\n\n{self.text}"
        return InputError([*problems, Problem(file=str(self.path), what="the drafted mapping is not sure enough to be used", fix=fix)])


@dataclass(frozen=True, kw_only=True)
class _Match:
    level: int
    rank: int
    reading: Reading

@dataclass(frozen=True, kw_only=True)
class Look:
    """What was seen in a file: per header its different cells and their counts."""

    grid: Grid
    cells: Mapping[str, Mapping[Any, int]]
    rows: int


def draft(path: Path, *, table: str | None = None) -> Draft:
    """A mapping for the table in ``path`` onto the fact ``table`` (None: the likeliest one).

    Raises ``InputError`` when the file is no table, or nothing in it looks like a fact.
    """
    if table is not None and table not in TABLES:
        raise InputError(Problem(field="table", what=f"there is no table {table!r}", fix=did_you_mean(table, TABLES)))
    look = _look(path, open_grid(path, Layout(score=lambda texts: _known(texts, table))))
    doubts: list[str] = []
    if table is None:
        chosen, runner_up = _likeliest(look)
        if chosen is None:
            fix = f"Say which facts they are: --table {'|'.join(TABLES)}."
            raise InputError(Problem(file=str(path), what="its columns do not look like any fact", fix=fix))
        if runner_up:
            doubts.append(f"it may hold {chosen.name} or {runner_up}. Say which: --table {chosen.name}")
    else:
        chosen = TABLES[table]
    if _is_contract(look.grid, chosen):
        return Draft(path=path, table=chosen.name, text=drafted_text.plain(path, chosen, look.grid.headers), doubts=tuple(doubts))
    readings = _matched(chosen, look)
    doubts += _doubts(chosen, look, readings)
    text = drafted_text.write(path, chosen, look.grid, {name: match.reading for name, match in readings.items()}, doubts)
    return Draft(path=path, table=chosen.name, text=text, doubts=tuple(doubts), notes=(*look.grid.notes, *_notes(readings)))


def _known(texts: Sequence[str], table: str | None) -> int:
    """How many of the texts are names of columns."""
    tables = [table] if table else list(HEADERS)
    names = {name for each in tables for keys in HEADERS[each].values() for name in keys}
    return sum(split_unit(text)[0] in names for text in texts if text)


def _look(path: Path, grid: Grid) -> Look:
    counts: list[Counter[Any]] = [Counter() for _ in grid.headers]
    seen = 0
    for batch in grid.batches():
        count = len(batch.lines)
        rows = range(count) if seen < _FULL_ROWS else range(seen % _EVERY, count, _EVERY)
        for counter, column in zip(counts, batch.columns, strict=True):
            _count(counter, column, rows)
        seen += count
        if seen >= _LAST_ROW:
            break
    cells = [{cell: count for cell, count in counter.items() if not is_empty(cell)} for counter in counts]
    return Look(grid=grid, cells=dict(zip(grid.headers, cells, strict=True)), rows=seen)


def _count(counter: Counter[Any], column: Any, rows: range) -> None:
    if isinstance(column, pa.Array | pa.ChunkedArray):
        column = (column if rows.step == 1 else column.take(pa.array(rows, pa.int64()))).to_pylist()
    elif rows.step != 1:
        column = [column[row] for row in rows]
    if len(counter) >= _DIFFERENT:
        column = [cell for cell in column if isinstance(cell, str) and cell in counter]
    try:
        counter.update(column)
    except TypeError:  # a list or an object among them
        counter.update(cell for cell in column if not isinstance(cell, list | dict))


def _is_contract(grid: Grid, table: Table) -> bool:
    """Whether a file is already written as the contract's plain CSV."""
    if not (isinstance(grid, TextGrid) and grid.delimiter == "," and grid.encoding.encoding == "utf-8" and grid.encoding.sure):
        return False
    required = {column.name for column in table.columns if column.required}
    return required <= set(grid.headers) and set(grid.headers) <= {*table.names, *table.derived}


def _likeliest(look: Look) -> tuple[Table | None, str]:
    """The table that most headers name, and the one that is as likely."""
    scores: list[tuple[int, str]] = []
    for table in TABLES.values():
        if _is_contract(look.grid, table):
            return table, ""
        matches = _matched(table, look)
        named = sum(match.level == _NAMED for match in matches.values())
        missing = sum(column.required and column.name not in matches for column in table.columns)
        scores.append((2 * named - 3 * missing, table.name))
    scores.sort(key=lambda each: -each[0])
    (best, name), (second, other) = scores[0], scores[1]
    if best <= 0:
        return None, ""
    return TABLES[name], other if second == best else ""


def _matched(table: Table, look: Look) -> dict[str, _Match]:
    """The best header of each column, each header used once; likelier names first."""
    candidates: list[tuple[int, int, int, str, str]] = []
    for name, synonyms in HEADERS[table.name].items():
        for place, header in enumerate(look.grid.headers):
            level, rank = _alike(header, synonyms)
            if level:
                candidates.append((-level, rank, place, name, header))
    found: dict[str, _Match] = {}
    used: set[str] = set()
    for negative, rank, _, name, header in sorted(candidates):
        if name in found or header in used or not look.cells[header]:
            continue
        column = table.column(name)
        reading = guess(table.name, column, header, look.cells[header])
        if reading.fit >= _FIT or (negative == -_NAMED and column.type == "enum"):
            found[name] = _Match(level=-negative, rank=rank, reading=reading)
            used.add(header)
    _join_times(table, look, found, used)
    return {name: found[name] for name in table.names if name in found}


def _alike(header: str, synonyms: Sequence[str]) -> tuple[int, int]:
    """How a header names a column (0 = not), and which of its names it is."""
    bare, _ = split_unit(header)
    for name in {bare, key(header)} - {""}:
        if name in synonyms:
            return _NAMED, synonyms.index(name)
    for rank, synonym in enumerate(synonyms):
        if "_" in synonym and f"_{synonym}_" in f"_{bare}_":
            return _CONTAINS, rank
    if len(bare) > 4 and difflib.get_close_matches(bare, [name for name in synonyms if len(name) > 4], n=1, cutoff=0.88):
        return _ALIKE, 0
    return 0, 0


def _join_times(table: Table, look: Look, found: dict[str, _Match], used: set[str]) -> None:
    """A column of days takes the column of times of day that stands beside it."""
    headers = look.grid.headers
    for name, match in found.items():
        header = match.reading.source.headers[0]
        if table.column(name).type != "time" or not days_only(look.cells[header]):
            continue
        place = headers.index(header)
        beside = [each for each in headers[place + 1 : place + 2] + headers[max(place - 1, 0) : place] if each not in used]
        clock = next((each for each in beside if of_day(look.cells[each])), None)
        if clock:
            source = replace(match.reading.source, headers=(header, clock))
            found[name] = replace(match, reading=replace(match.reading, source=source))
            used.add(clock)


def _doubts(table: Table, look: Look, matches: Mapping[str, _Match]) -> list[str]:
    doubts = [
        f"no column for {column.name}, which {table.name} needs, was found among: {', '.join(look.grid.headers[:12])}"
        for column in table.columns
        if column.required and column.name not in matches
    ]
    for name, match in matches.items():
        header = match.reading.source.label
        doubts += [f"{name} ({header!r}): it is not clear {doubt}" for doubt in match.reading.doubts]
        if match.level != _NAMED:
            doubts.append(f"{name}: it is not sure that {header!r} is it")
        if not _fits(match, look):
            share = int(100 * (1 - match.reading.fit))
            doubts.append(f"{name} ({header!r}): {share} % of its cells cannot be read as they are")
    used = {header for match in matches.values() for header in match.reading.source.headers}
    for name, header in _named(table, look.grid.headers):
        if name not in matches and header not in used and look.cells[header]:
            doubts.append(f"{name}: {header!r} is its name, but its cells cannot be read as such")
    own = table.key[0] if len(table.key) == 1 else ""
    if own in matches:
        counts = look.cells[matches[own].reading.source.headers[0]]
        if len(counts) < sum(counts.values()) * _UNIQUE and len(counts) < _DIFFERENT:
            doubts.append(f"{own} ({matches[own].reading.source.label!r}) repeats itself, so it may not be the id")
    return doubts


def _named(table: Table, headers: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The columns and the headers that name them."""
    for name, synonyms in HEADERS[table.name].items():
        yield from ((name, header) for header in headers if _alike(header, synonyms)[0] == _NAMED)


def _fits(match: _Match, look: Look) -> bool:
    """Whether few cells cannot be read; those become rejects, one by one."""
    seen = sum(look.cells[match.reading.source.headers[0]].values())
    return match.reading.fit >= _SURE_FIT or (1 - match.reading.fit) * seen <= 1


def _notes(matches: Mapping[str, _Match]) -> list[str]:
    return [_unknown(name, match) for name, match in matches.items() if match.reading.unknown]


def _unknown(name: str, match: _Match) -> str:
    return f"{name}: no value is known for {', '.join(map(repr, list(match.reading.unknown)[:5]))}; such rows are rejected"
