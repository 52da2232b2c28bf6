"""Asterisk call detail records (``cdr-csv``, ``cdr_custom``, exports with a header) -> one row of ``calls`` per contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from chot.core.errors import InputError, Problem
from chot.facts.encodings import detect
from chot.facts.grids import head_of
from chot.facts.readers.base import Options, Reader, Reject, Sample, Sink
from chot.facts.readers.cdr_fold import APPS, DISPOSITIONS, Legs
from chot.facts.readers.cdr_layout import WIDTHS, Layout, find_layout
from chot.facts.readers.numbering import numbering
from chot.facts.readers.wall_clock import WallClock, seconds
from chot.facts.records import Records, clipped, scan

_HEAD_LINES = 200
_BATCH_ROWS = 50_000


class AsteriskCdrReader:
    """The format ``asterisk-cdr``: legs with one linkedid (else uniqueid, else channel) are one contact."""

    name = "asterisk-cdr"

    def recognises(self, sample: Sample) -> bool:
        """Whether the first lines have the columns of a CDR, by their shape."""
        return find_layout(sample.lines[:_HEAD_LINES]) is not None

    def read(self, path: Path, sink: Sink, options: Options) -> None:
        """One pass over the file, then one over the spilled legs. Raises ``InputError`` when no row is a CDR."""
        rules = numbering(options, path=path.name)
        clock = WallClock(options.tz)
        layout, encoding = _look(path)
        with Legs(sink.scratch(), rules) as legs:
            loader = _Loader(layout, clock, sink, legs)
            widths = layout.places.keys() if layout.header else WIDTHS
            for records in scan(path, delimiter=layout.delimiter, encoding=encoding, widths=widths, start_line=1):
                loader.take(records)
            for batch in legs.contacts():
                sink.rows("calls", batch.columns, batch.lines)
                if batch.folded:
                    sink.folded(batch.folded)


READER: Reader = AsteriskCdrReader()


def _look(path: Path) -> tuple[Layout, str]:
    head = head_of(path)
    guess = detect(head)
    if not guess.encoding:
        raise InputError(Problem(file=path.name, what=guess.note, fix="Convert it to UTF-8."))
    lines = head.decode(guess.codec, "replace").removeprefix("\ufeff").splitlines()
    layout = find_layout(lines[:_HEAD_LINES]) or find_layout(lines)
    if layout is None:
        raise InputError(Problem(
            file=path.name, what="no row has the columns of an Asterisk CDR",
            fix="A CDR has 16 or more columns with start, answer, end and a disposition. Is it another format? Try --format auto."))  # fmt: skip
    return layout, guess.codec


class _Loader:
    """Turns records into typed legs, batch by batch; what is no leg is rejected at once."""

    def __init__(self, layout: Layout, clock: WallClock, sink: Sink, legs: Legs) -> None:
        self.layout, self.clock, self.sink, self.legs = layout, clock, sink, legs
        self.codes = legs.codes
        self.header_waits = layout.header

    def take(self, records: Records) -> None:
        rows, lines = records.rows, list(records.lines)
        if self.header_waits and rows:
            rows, lines, self.header_waits = rows[1:], lines[1:], False
        self.sink.read(len(rows) + len(records.rejects), done_bytes=records.done_bytes)
        for reject in records.rejects:
            self.sink.reject(reject)
        for start in range(0, len(rows), _BATCH_ROWS):
            self._by_width(rows[start : start + _BATCH_ROWS], lines[start : start + _BATCH_ROWS])

    def _by_width(self, rows: list[list[str]], lines: list[int]) -> None:
        for width in sorted(set(map(len, rows))):
            kept = [place for place, row in enumerate(rows) if len(row) == width]
            same = len(kept) == len(rows)
            chosen = rows if same else [rows[place] for place in kept]
            numbers = lines if same else [lines[place] for place in kept]
            places = self.layout.of(width)
            if places is None:
                for row, line in zip(chosen, numbers, strict=True):
                    self._reject(line, "", ",".join(row), f"has {width} cells where a record has {len(self.layout.base)} or more")
            else:
                self._legs(chosen, numbers, places)

    def _legs(self, rows: list[list[str]], lines: list[int], places: Mapping[str, int]) -> None:
        columns = list(zip(*rows, strict=True))
        empty = ("",) * len(rows)
        cells = {name: columns[places[name]] if name in places else empty for name in _WANTED}
        typed, bad = self._typed(cells)
        if bad:
            for row, (name, reason) in sorted(bad.items()):
                self._reject(lines[row], name, cells[name][row], reason)
            keep = pa.array([row not in bad for row in range(len(rows))])
        table = pa.table({
            "line": pa.array(lines, pa.int64()), **typed, **self._coded(cells),
            **{name: pa.array(cells[name], pa.string()) for name in ("src", "dst", "uniqueid", "linkedid")},
            **self._channels(cells),
        })  # fmt: skip
        self.legs.add(table.filter(keep) if bad else table)

    def _typed(self, cells: Mapping[str, Sequence[str]]) -> tuple[dict[str, pa.Array], dict[int, tuple[str, str]]]:
        bad: dict[int, tuple[str, str]] = {}
        typed: dict[str, pa.Array] = {}
        for name in ("start", "answer", "end"):
            typed[name], wrong = self.clock.instants(cells[name])
            _note(bad, name, wrong)
        for name in ("duration", "billsec"):
            typed[name], wrong = seconds(cells[name])
            _note(bad, name, wrong)
        known = [DISPOSITIONS.get(cell.strip().upper().replace("_", " ")) for cell in cells["disposition"]]
        _note(bad, "disposition", {row: "is not a disposition" for row, code in enumerate(known) if code is None})
        typed["disposition"] = pa.array(known, pa.int8())
        _note_mask(bad, "start", pc.is_null(typed["start"]), "is missing")
        ends_known = pc.add(typed["start"], pc.multiply(typed["duration"], 10**6))
        typed["end"] = pc.coalesce(typed["end"], ends_known, typed["start"])
        for early, late in (("start", "end"), ("start", "answer"), ("answer", "end")):
            _note_mask(bad, late, pc.less(typed[late], typed[early]), f"lies before {early}")
        return typed, bad

    def _coded(self, cells: Mapping[str, Sequence[str]]) -> dict[str, pa.Array]:
        codes = self.codes
        apps = [APPS.get(cell.lower(), 0) for cell in cells["lastapp"]]
        queue_app = APPS["queue"]
        queues = [codes.queue(data) if app == queue_app else 0 for app, data in zip(apps, cells["lastdata"], strict=True)]
        return {
            "app": pa.array(apps, pa.int8()),
            "queue": pa.array(queues, pa.int32()),
            "context": pa.array([codes.contexts[cell] for cell in cells["dcontext"]], pa.int32()),
            "caller": pa.array([codes.channels[cell.rpartition("-")[0]] for cell in cells["channel"]], pa.int32()),
            "called": pa.array([codes.channels[cell.rpartition("-")[0]] for cell in cells["dstchannel"]], pa.int32()),
        }

    def _channels(self, cells: Mapping[str, Sequence[str]]) -> dict[str, pa.Array]:
        """Full channel names, only where legs must be joined by them."""
        if all(cells["linkedid"]):
            nothing = pa.nulls(len(cells["linkedid"]), pa.string())
            return {"channel": nothing, "dstchannel": nothing}
        return {name: pa.array(cells[name], pa.string()) for name in ("channel", "dstchannel")}

    def _reject(self, line: int, column: str, value: str, reason: str) -> None:
        self.sink.reject(Reject(line=line, column=column, value=clipped(value), reason=reason))


_WANTED = (
    "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end", "duration", "billsec",
    "disposition", "uniqueid", "linkedid",
)  # fmt: skip


def _note(bad: dict[int, tuple[str, str]], name: str, wrong: Mapping[int, str]) -> None:
    for row, reason in wrong.items():
        bad.setdefault(row, (name, reason))


def _note_mask(bad: dict[int, tuple[str, str]], name: str, mask: pa.Array, reason: str) -> None:
    if pc.any(mask).as_py():
        _note(bad, name, dict.fromkeys(pc.indices_nonzero(mask).to_pylist(), reason))

