"""Asterisk channel event logging as CSV (``cel_custom`` and exports with a header) -> one row of ``calls`` per contact."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from chot.core.errors import InputError, Problem
from chot.core.text import key
from chot.facts.columns import Columns, scan_columns
from chot.facts.encodings import detect
from chot.facts.grids import head_of
from chot.facts.readers.base import Options, Reader, Reject, Sample, Sink
from chot.facts.readers.cel_contact import CelContact, ChannelEvent
from chot.facts.readers.numbering import Numbering, numbering
from chot.facts.readers.wall_clock import WallClock, iso
from chot.facts.records import clipped, first_record

DEFAULT = (
    "eventtype", "eventtime", "cidname", "cidnum", "cidani", "cidrdnis", "ciddnid", "exten", "context", "channame", "appname",
    "appdata", "amaflags", "accountcode", "uniqueid", "linkedid", "peer", "userfield", "userdeftype", "extra",
)  # fmt: skip
"""The order of the sample ``cel_custom.conf``; old versions end with ``userfield``."""

_STANDARD = frozenset({
    "CHAN_START", "CHAN_END", "ANSWER", "HANGUP", "BRIDGE_ENTER", "BRIDGE_EXIT", "BRIDGE_START", "BRIDGE_END", "BRIDGE_UPDATE",
    "CONF_ENTER", "CONF_EXIT", "APP_START", "APP_END", "PARK_START", "PARK_END", "BLINDTRANSFER", "ATTENDEDTRANSFER", "PICKUP",
    "FORWARD", "LINKEDID_END", "LOCAL_OPTIMIZE", "LOCAL_OPTIMIZE_BEGIN", "USER_DEFINED", "STREAM_BEGIN", "STREAM_END", "DTMF",
})  # fmt: skip
_NAMES = {
    "cid_name": "cidname", "callerid_name": "cidname", "name": "cidname", "cid_num": "cidnum", "callerid_num": "cidnum", "num": "cidnum",
    "exten_": "exten", "channel": "channame", "chan_name": "channame", "app": "appname", "app_name": "appname", "app_data": "appdata",
    "event_type": "eventtype", "event_time": "eventtime", "bridgepeer": "peer", "eventextra": "extra", "linked_id": "linkedid",
    "unique_id": "uniqueid",
}  # fmt: skip
_NEEDED = ("eventtype", "eventtime", "uniqueid", "linkedid", "channame")
_KEPT = ("eventtype", "uniqueid", "linkedid", "channame", "cidnum", "exten", "context", "appname", "appdata", "peer", "extra")
_TIME = re.compile(r"[0-9]{9,10}(?:\.[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}.*")
_UNIQUE = re.compile(r"(?:.*[^0-9])?[0-9]{9,10}\.[0-9]+")
_NARROWEST = 16
_HEAD_LINES = 200
_BATCH = 2_000


class AsteriskCelReader:
    """The format ``asterisk-cel``: events with one linkedid are one contact."""

    name = "asterisk-cel"

    def recognises(self, sample: Sample) -> bool:
        """Whether the first lines have the columns of channel events."""
        return _layout(sample.lines[:_HEAD_LINES]) is not None

    def read(self, path: Path, sink: Sink, options: Options) -> None:
        """One pass over the file, then one over the spilled events. Raises ``InputError`` when no row is an event."""
        rules, clock = numbering(options, path=path.name), WallClock(options.tz)
        head = head_of(path)
        guess = detect(head)
        codec = guess.codec if guess.encoding else "utf-8"
        lines = head.decode(codec, "replace").removeprefix("\ufeff").splitlines()
        layout = _layout(lines[:_HEAD_LINES]) or _layout(lines)
        if layout is None:
            fix = "It has eventtype, eventtime, …, uniqueid, linkedid. Is it another format? Try --format auto."
            raise InputError(Problem(file=path.name, what="no row has the columns of Asterisk channel events", fix=fix))
        places, widths, header = layout
        start = first_record(path, encoding=codec)[2] if header else 1
        with _events(sink.scratch()) as base:
            for columns in scan_columns(path, width=widths[-1], narrower=widths[:-1], encoding=codec, start_line=start):
                _spill(base, columns, places, clock, sink)
            _give(base, sink, rules)


READER: Reader = AsteriskCelReader()

_Layout = tuple[Mapping[str, int], tuple[int, ...], bool]


def _layout(lines: Sequence[str]) -> _Layout | None:
    """(the place of each column, the widths of rows, whether the first row is a header)."""
    rows: list[list[str]] = []
    for line in lines:
        try:
            rows += csv.reader([line])
        except csv.Error:
            continue
    rows = [row for row in rows if len(row) > 1]
    if not rows:
        return None
    names = [_NAMES.get(key(cell), key(cell)) for cell in rows[0]]
    if all(name in names for name in _NEEDED):
        return {name: place for place, name in reversed(list(enumerate(names)))}, (len(names),), True
    good = [row for row in rows if _fits(row)]
    if 2 * len(good) < len(rows) or not any(row[0] in _STANDARD for row in good):
        return None
    widths = tuple(sorted({len(row) for row in good}))
    return {name: place for place, name in enumerate(DEFAULT) if place < widths[-1]}, widths, False


def _fits(row: Sequence[str]) -> bool:
    return (
        _NARROWEST <= len(row) <= len(DEFAULT) + 4
        and re.fullmatch(r"[A-Z][A-Za-z_0-9]*", row[0]) is not None
        and _TIME.fullmatch(row[1]) is not None
        and _UNIQUE.fullmatch(row[14]) is not None
        and _UNIQUE.fullmatch(row[15]) is not None
    )


def _events(folder: Path) -> duckdb.DuckDBPyConnection:
    settings = {"memory_limit": "450MB", "temp_directory": str(folder), "preserve_insertion_order": "false", "threads": "1"}
    base = duckdb.connect(":memory:", config=settings)  # type: ignore[arg-type]
    base.execute(f"CREATE TABLE events (line BIGINT, moment BIGINT, {', '.join(f'{name} VARCHAR' for name in _KEPT)})")
    return base


def _spill(base: duckdb.DuckDBPyConnection, columns: Columns, places: Mapping[str, int], clock: WallClock, sink: Sink) -> None:
    count = len(columns.lines)
    sink.read(count + len(columns.rejects), done_bytes=columns.done_bytes)
    for reject in columns.rejects:
        sink.reject(reject)
    if not count:
        return
    nothing = pa.nulls(count, pa.string())
    cells = {name: columns.table[str(places[name])].combine_chunks() if name in places else nothing for name in (*_KEPT, "eventtime")}
    at, wrong = clock.instants(cells["eventtime"])
    bad = {row: ("eventtime", reason) for row, reason in wrong.items()}
    ids = pc.coalesce(cells["linkedid"], cells["uniqueid"])
    for name, mask in (("eventtime", pc.is_null(at)), ("eventtype", pc.is_null(cells["eventtype"])), ("linkedid", pc.is_null(ids))):
        for row in pc.indices_nonzero(mask).to_pylist():
            bad.setdefault(row, (name, "is missing"))
    for row, (name, reason) in sorted(bad.items()):
        sink.reject(Reject(line=columns.lines[row].as_py(), column=name, value=clipped(cells[name][row].as_py() or ""), reason=reason))
    texts = {name: pc.fill_null(cells[name], "") for name in _KEPT}
    texts["linkedid"], texts["uniqueid"] = ids, pc.coalesce(cells["uniqueid"], ids)
    table = pa.table({"line": columns.lines, "moment": at, **texts})
    if bad:
        table = table.filter(pa.array([row not in bad for row in range(count)]))
    base.register("batch", table)
    base.execute("INSERT INTO events SELECT * FROM batch")
    base.unregister("batch")


# An agent's login channel outlives its contacts and gives them its linkedid: there each channel keeps its first one.
_ORDERED = """
WITH logins AS (SELECT DISTINCT linkedid FROM events WHERE appname = 'AgentLogin' AND uniqueid = linkedid),
named AS (
    SELECT *, CASE WHEN linkedid IN (SELECT linkedid FROM logins)
                   THEN first_value(linkedid) OVER (PARTITION BY uniqueid ORDER BY moment, line) ELSE linkedid END AS contact
    FROM events)
SELECT contact, line, moment, eventtype, uniqueid, channame, cidnum, exten, context, appname, appdata, peer, extra
FROM named ORDER BY min(line) OVER (PARTITION BY contact), moment, line
"""


def _give(base: duckdb.DuckDBPyConnection, sink: Sink, rules: Numbering) -> None:
    waiting: list[tuple[dict[str, object], int]] = []
    for contact, rows in itertools.groupby(_ordered(base), key=lambda row: row[0]):
        events = [_event(row) for row in rows]
        found = CelContact(contact, events, rules)
        row = found.row()
        if row is None:
            reason = (
                "the call began before this log"
                if not found.whole
                else "the call is not over where the log ends; import the log again later"
            )
            for event in events:
                sink.reject(Reject(line=event.line, column="linkedid", value=clipped(contact), reason=reason))
            continue
        waiting.append((row, min(event.line for event in events)))
        if len(events) > 1:
            sink.folded(len(events) - 1)
        if len(waiting) >= _BATCH:
            _rows(sink, waiting)
            waiting = []
    _rows(sink, waiting)


def _ordered(base: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, ...]]:
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


def _event(row: Sequence[object]) -> ChannelEvent:
    _, line, at, name, uniqueid, channel, number, exten, context, app, data, peer, extra = row
    told = _told(str(extra))
    return ChannelEvent(
        line=int(str(line)), at=int(str(at)), name=str(name), uniqueid=str(uniqueid), channel=str(channel), number=str(number),
        exten=str(exten), context=str(context), app=str(app), data=str(data), peer=str(peer), bridge=str(told.get("bridge_id", "")),
        cause=_cause(told.get("hangupcause")), source=str(told.get("hangupsource", "")),
        dialstatus=str(told.get("dialstatus", "")))  # fmt: skip


def _told(extra: str) -> Mapping[str, object]:
    """What an event's extra field says: JSON, or ``cause,source,dialstatus`` of old versions' hangups."""
    if extra.startswith("{"):
        try:
            told = json.loads(extra)
        except (ValueError, RecursionError):
            return {}
        return told if isinstance(told, dict) else {}
    parts = extra.split(",")
    return dict(zip(("hangupcause", "hangupsource", "dialstatus"), parts, strict=True)) if len(parts) == 3 else {}


def _cause(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
