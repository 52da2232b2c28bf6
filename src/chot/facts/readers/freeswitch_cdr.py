"""FreeSWITCH ``mod_cdr_csv`` (the templates ``example``, ``snom``, ``linksys``, ``asterisk``) -> one row of ``calls`` per contact."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from chot.core.errors import InputError, Problem
from chot.facts.columns import Columns, scan_columns
from chot.facts.encodings import detect
from chot.facts.grids import head_of
from chot.facts.readers.base import Options, Reader, Reject, Sample, Sink
from chot.facts.readers.freeswitch_contact import Leg, contact_row
from chot.facts.readers.joining import join_names
from chot.facts.readers.numbering import Numbering, numbering
from chot.facts.readers.wall_clock import WallClock, iso, seconds
from chot.facts.records import clipped

EXAMPLE = ("caller_name", "caller", "dialled", "context", "start", "answer", "end", "duration", "billsec", "cause")
"""The order of the template ``example`` up to the hangup cause; ids and the rest are found behind it."""

ASTERISK = (
    "account", "caller", "dialled", "context", "caller_name", "channel", "bridged", "app", "data",
    "start", "answer", "end", "duration", "billsec", "cause",
)  # fmt: skip
"""The order of the template ``asterisk``, which copies Asterisk's columns."""

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}.*|[0-9]{9,10}(?:\.[0-9]+)?")
_CAUSE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|NONE|UNSPECIFIED|SUCCESS|INTERWORKING")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SIDE = frozenset({"recv_bye", "send_bye", "recv_cancel", "send_cancel", "recv_refuse", "send_refuse"})
_TEXTS = ("caller", "dialled", "context", "cause", "uuid", "bleg", "hangup")
_HEAD_LINES = 200
_WIDEST = 40
_BATCH = 2_000


class FreeswitchCdrReader:
    """The format ``freeswitch-cdr``: legs that name each other, and rung phones beside them, are one contact."""

    name = "freeswitch-cdr"

    def recognises(self, sample: Sample) -> bool:
        """Whether at least half of the first lines have the columns of a FreeSWITCH CDR, by their shape."""
        return _layout(sample.lines[:_HEAD_LINES]) is not None

    def read(self, path: Path, sink: Sink, options: Options) -> None:
        """One pass over the file, then one over the spilled legs. Raises ``InputError`` when no row is a CDR."""
        rules, clock = numbering(options, path=path.name), WallClock(options.tz)
        head = head_of(path)
        guess = detect(head)
        codec = guess.codec if guess.encoding else "utf-8"
        lines = head.decode(codec, "replace").removeprefix("\ufeff").splitlines()
        layout = _layout(lines[:_HEAD_LINES]) or _layout(lines)
        if layout is None:
            fix = "It has three times, two durations, a hangup cause and a uuid. Is it another format? Try --format auto."
            raise InputError(Problem(file=path.name, what="no row has the columns of a FreeSWITCH CDR", fix=fix))
        places, widths = layout
        settings = {"memory_limit": "450MB", "temp_directory": str(sink.scratch()), "threads": "1"}
        with duckdb.connect(":memory:", config=settings) as base:  # type: ignore[arg-type]
            texts = ", ".join(f"{name} VARCHAR" for name in _TEXTS)
            times = 'line BIGINT, start BIGINT, answer BIGINT, "end" BIGINT, duration BIGINT, billsec BIGINT'
            base.execute(f"CREATE TABLE legs ({times}, {texts}, inside BOOLEAN)")
            for columns in scan_columns(path, width=widths[-1], narrower=widths[:-1], encoding=codec):
                _spill(base, columns, places, clock, sink, f"^(?:{rules.internal.pattern})$")
            _give(base, sink, rules)


READER: Reader = FreeswitchCdrReader()


def _layout(lines: Sequence[str]) -> tuple[Mapping[str, int], tuple[int, ...]] | None:
    """(the place of each column, the widths of rows)."""
    rows: list[list[str]] = []
    for line in lines:
        try:
            rows += csv.reader([line])
        except csv.Error:
            continue
    rows = [[_bare(cell) for cell in row] for row in rows if len(row) > 1]
    for base in (EXAMPLE, ASTERISK):
        good = [row for row in rows if _fits(row, base)]
        if good and 2 * len(good) >= len(rows):
            return _with_ids(base, good), tuple(sorted({len(row) for row in good}))
    return None


def _bare(cell: str) -> str:
    """A cell without the quotes that a blank before them turned into text (the template ``snom`` has one)."""
    text = cell.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _fits(row: Sequence[str], base: Sequence[str]) -> bool:
    if not len(base) < len(row) <= _WIDEST:
        return False
    cell = dict(zip(base, row, strict=False))
    return (
        _TIME.fullmatch(cell["start"]) is not None
        and _TIME.fullmatch(cell["end"]) is not None
        and (not cell["answer"] or _TIME.fullmatch(cell["answer"]) is not None)
        and cell["duration"].isdigit()
        and cell["billsec"].isdigit()
        and _CAUSE.fullmatch(cell["cause"]) is not None
        and any(_UUID.fullmatch(other) for other in row[len(base) :])
    )


def _with_ids(base: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """The fixed columns, then the uuid, the other leg's beside it, and who hung up, by what the cells look like."""
    places = {name: place for place, name in enumerate(base)}
    for place in range(len(base), max(map(len, rows))):
        cells = [row[place] for row in rows if len(row) > place and row[place]]
        ids = bool(cells) and all(_UUID.fullmatch(cell) for cell in cells)
        if ids and "uuid" not in places:
            places["uuid"] = place
        elif place == places.get("uuid", -9) + 1 and (ids or not cells):
            places["bleg"] = place
        elif cells and _SIDE.issuperset(cells):
            places["hangup"] = place
    return places


def _spill(base: duckdb.DuckDBPyConnection, columns: Columns, places: Mapping[str, int], clock: WallClock, sink: Sink, inside: str) -> None:
    count = len(columns.lines)
    sink.read(count + len(columns.rejects), done_bytes=columns.done_bytes)
    for reject in columns.rejects:
        sink.reject(reject)
    if not count:
        return
    wanted = (*_TEXTS, "start", "answer", "end", "duration", "billsec")
    nothing = pa.nulls(count, pa.string())
    cells = {name: _unquoted(columns.table[str(places[name])].combine_chunks()) if name in places else nothing for name in wanted}
    typed: dict[str, pa.Array] = {}
    bad: dict[int, tuple[str, str]] = {}
    for name in ("start", "answer", "end"):
        typed[name], wrong = clock.instants(cells[name])
        _note(bad, name, wrong)
    for name in ("duration", "billsec"):
        typed[name], wrong = seconds(cells[name])
        _note(bad, name, wrong)
    typed["end"] = pc.coalesce(typed["end"], pc.add(typed["start"], pc.multiply(typed["duration"], 10**6)))
    for name, mask in (("start", pc.is_null(typed["start"])), ("uuid", pc.is_null(cells["uuid"])), ("end", pc.is_null(typed["end"]))):
        _note(bad, name, dict.fromkeys(pc.indices_nonzero(mask).to_pylist(), "is missing"))
    _note(bad, "cause", dict.fromkeys(pc.indices_nonzero(pc.is_null(cells["cause"])).to_pylist(), "is missing"))
    for early, late in (("start", "end"), ("start", "answer"), ("answer", "end")):
        mask = pc.fill_null(pc.less(typed[late], typed[early]), False)
        _note(bad, late, dict.fromkeys(pc.indices_nonzero(mask).to_pylist(), f"lies before {early}"))
    for row, (name, reason) in sorted(bad.items()):
        sink.reject(Reject(line=columns.lines[row].as_py(), column=name, value=clipped(cells[name][row].as_py() or ""), reason=reason))
    texts = {name: pc.fill_null(cells[name], "") for name in _TEXTS}
    table = pa.table({"line": columns.lines, **typed, **texts, "inside": pc.match_substring_regex(texts["dialled"], inside)})
    if bad:
        table = table.filter(pa.array([row not in bad for row in range(count)]))
    base.register("batch", table)
    base.execute("INSERT INTO legs SELECT * FROM batch")
    base.unregister("batch")


def _unquoted(cells: pa.Array) -> pa.Array:
    """See ``_bare``."""
    text = pc.utf8_trim_whitespace(cells)
    quoted = pc.and_(pc.starts_with(text, '"'), pc.ends_with(text, '"'))
    text = pc.if_else(quoted, pc.utf8_trim(text, '"'), text)
    return pc.if_else(pc.equal(text, ""), None, text)


def _note(bad: dict[int, tuple[str, str]], name: str, wrong: Mapping[int, str]) -> None:
    for row, reason in wrong.items():
        bad.setdefault(row, (name, reason))


# Legs that name each other; and a leg that rang in vain (it names nobody) beside the leg of the same caller that was there first:
# an agent's phone in a ring group, or the second leg of the same dialled number. Ten minutes is longer than anything rings.
_EDGES = """
CREATE TEMP TABLE edges AS
WITH named AS (SELECT p.uuid AS a, c.uuid AS b FROM legs p JOIN legs c ON c.uuid = p.bleg AND c.uuid <> p.uuid),
spans AS (
    SELECT uuid, caller, dialled, start, "end", line, unnest([start // 600000000, start // 600000000 + 1]) AS slot FROM legs),
lone AS (
    SELECT *, start // 600000000 AS slot FROM legs
    WHERE bleg = '' AND answer IS NULL AND caller <> '' AND uuid NOT IN (SELECT b FROM named)),
beside AS (
    SELECT lone.uuid AS a, arg_min(spans.uuid, (spans.start // 1000000) * 134217728 + spans.line % 134217728) AS b
    FROM lone JOIN spans ON spans.caller = lone.caller AND spans.slot = lone.slot AND spans.uuid <> lone.uuid
        AND (lone.inside OR spans.dialled = lone.dialled)
        AND (spans.start = lone.start OR (spans.start < lone.start AND lone.start < spans."end"))
    GROUP BY lone.uuid),
pairs AS (SELECT a, b FROM named UNION SELECT a, b FROM beside)
SELECT a, b FROM pairs UNION SELECT b, a FROM pairs;
CREATE TEMP TABLE names AS
SELECT key, own, own AS label FROM (
    SELECT uuid AS key, row_number() OVER (
        ORDER BY min(start), bool_and(inside), bool_or(bleg <> '') DESC, max("end") DESC, max(line) DESC) AS own
    FROM legs WHERE uuid IN (SELECT a FROM edges) GROUP BY uuid)
"""
_ORDERED = """
WITH found AS (SELECT coalesce(joined.name, legs.uuid) AS contact, legs.* FROM legs LEFT JOIN joined ON joined.key = legs.uuid)
SELECT * FROM found ORDER BY min(line) OVER (PARTITION BY contact), contact, uuid <> contact, start, line
"""


def _give(base: duckdb.DuckDBPyConnection, sink: Sink, rules: Numbering) -> None:
    base.execute(_EDGES)
    join_names(base)
    waiting: list[tuple[dict[str, object], int]] = []
    for contact, rows in groupby(_ordered(base), key=lambda row: row[0]):
        legs = [Leg(*row[1:-1]) for row in rows]  # type: ignore[arg-type]
        waiting.append((contact_row(str(contact), legs, rules), min(leg.line for leg in legs)))
        if len(legs) > 1:
            sink.folded(len(legs) - 1)
        if len(waiting) >= _BATCH:
            _rows(sink, waiting)
            waiting = []
    _rows(sink, waiting)


def _ordered(base: duckdb.DuckDBPyConnection) -> Iterator[tuple[object, ...]]:
    found = base.execute(_ORDERED)
    while rows := found.fetchmany(10_000):
        yield from rows


def _rows(sink: Sink, found: list[tuple[dict[str, object], int]]) -> None:
    if found:
        columns = {name: [_text(name, row[name]) for row, _ in found] for name in found[0][0]}
        sink.rows("calls", columns, [line for _, line in found])


def _text(name: str, value: object) -> str | None:
    if value is None:
        return None
    return iso(value) if name.endswith("_at") and isinstance(value, int) else str(value)
