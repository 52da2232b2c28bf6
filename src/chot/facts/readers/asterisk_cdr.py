"""Asterisk call detail records (``cdr-csv``, ``cdr_custom``, exports with a header) -> one row of ``calls`` per contact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chot.core.errors import InputError, Problem
from chot.facts.arrays import Numbers, all_but
from chot.facts.columns import Columns, scan_columns
from chot.facts.encodings import detect
from chot.facts.grids import head_of
from chot.facts.readers.base import Options, Reader, Reject, Sample, Sink
from chot.facts.readers.cdr_fold import APPS, DISPOSITIONS, PART_BYTES, Legs
from chot.facts.readers.cdr_layout import Layout, find_layout
from chot.facts.readers.numbering import numbering
from chot.facts.readers.wall_clock import WallClock, seconds
from chot.facts.records import clipped, first_record

_HEAD_LINES = 200
_TAIL_BYTES = 65_536
_GZIP_RATIO = 12  # how much smaller gzip makes a call log, about


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
        scanned = scan_columns(
            path, width=layout.width, narrower=layout.widths[:-1], delimiter=layout.delimiter, encoding=encoding,
            start_line=_first_line(path, layout, encoding),
            only=[layout.places[name] for name in _WANTED if name in layout.places])  # fmt: skip
        size = path.stat().st_size * (_GZIP_RATIO if path.suffix == ".gz" else 1)
        with Legs(sink.scratch(), rules, parts=1 + size // PART_BYTES) as legs:
            loader = _Loader(layout, clock, sink, legs)
            for columns in scanned:
                loader.take(columns)
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
    layout = find_layout(lines[:_HEAD_LINES], later := _tail(path, guess.codec)) or find_layout(lines, later)
    if layout is None:
        what = "no row has the columns of an Asterisk CDR"
        fix = "A CDR has 16 or more columns with start, answer, end and a disposition. Is it another format? Try --format auto."
        raise InputError(Problem(file=path.name, what=what, fix=fix))
    return layout, guess.codec


def _tail(path: Path, encoding: str) -> list[str]:
    """The last lines of a plain file: a system that logs more columns since some day has its new width there."""
    if path.suffix == ".gz" or path.stat().st_size <= 2 * _TAIL_BYTES:
        return []
    with path.open("rb") as file:
        file.seek(-_TAIL_BYTES, 2)
        return file.read().decode(encoding, "replace").splitlines()[1:]


def _first_line(path: Path, layout: Layout, encoding: str) -> int:
    return first_record(path, delimiter=layout.delimiter, encoding=encoding)[2] if layout.header else 1


class _Loader:
    """Turns columns of text into typed legs, batch by batch; what is no leg is rejected at once."""

    def __init__(self, layout: Layout, clock: WallClock, sink: Sink, legs: Legs) -> None:
        self.layout, self.clock, self.sink, self.legs = layout, clock, sink, legs
        self.codes = legs.codes

    def take(self, columns: Columns) -> None:
        count = len(columns.lines)
        self.sink.read(count + len(columns.rejects), done_bytes=columns.done_bytes)
        for reject in columns.rejects:
            self.sink.reject(reject)
        if not count:
            return
        nothing = pa.nulls(count, pa.string())
        places = self.layout.places
        cells = {name: columns.table[str(places[name])].combine_chunks() if name in places else nothing for name in _WANTED}
        typed, bad = self._typed(cells)
        for row, (name, reason) in sorted(bad.items()):
            value = cells[name][row].as_py() or ""
            self.sink.reject(Reject(line=columns.lines[row].as_py(), column=name, value=clipped(value), reason=reason))
        texts = {name: pc.fill_null(cells[name], "") for name in ("src", "dst")}
        table = pa.table({"line": columns.lines, **_ids(cells), **typed, **self._coded(cells), **texts, **_channels(cells)})
        if bad:
            table = table.filter(all_but(count, list(bad)))
        self.legs.add(table)

    def _typed(self, cells: Mapping[str, pa.Array]) -> tuple[dict[str, pa.Array], dict[int, tuple[str, str]]]:
        bad: dict[int, tuple[str, str]] = {}
        typed: dict[str, pa.Array] = {}
        for name in ("start", "answer", "end"):
            typed[name], wrong = self.clock.instants(cells[name])
            _note(bad, name, wrong)
        for name in ("duration", "billsec"):
            typed[name], wrong = seconds(cells[name])
            _note(bad, name, wrong)
        typed["disposition"] = _looked_up(cells["disposition"], lambda cell: DISPOSITIONS.get(cell.strip().upper().replace("_", " ")))
        _note_mask(bad, "disposition", pc.is_null(typed["disposition"]), "is not a disposition")
        _note_mask(bad, "start", pc.is_null(typed["start"]), "is missing")
        reckoned = pc.add(typed["start"], pc.multiply(typed["duration"], 10**6))
        typed["end"] = pc.coalesce(typed["end"], reckoned, typed["start"])
        for early, late in (("start", "end"), ("start", "answer"), ("answer", "end")):
            _note_mask(bad, late, pc.less(typed[late], typed[early]), f"lies before {early}")
        return typed, bad

    def _coded(self, cells: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
        codes = self.codes
        apps = pc.fill_null(_looked_up(cells["lastapp"], lambda cell: APPS.get(cell.lower())), 0)
        queued = pc.if_else(pc.equal(apps, APPS["queue"]), cells["lastdata"], None)
        return {
            "app": apps,
            "queue": pc.fill_null(_looked_up(queued, codes.queue), 0),
            "context": pc.fill_null(_looked_up(cells["dcontext"], codes.contexts.__getitem__), 0),
            "caller": pc.fill_null(_looked_up(_without_serial(cells["channel"]), codes.channels.__getitem__), 0),
            "called": pc.fill_null(_looked_up(_without_serial(cells["dstchannel"]), codes.channels.__getitem__), 0),
        }


_WANTED = (
    "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end", "duration", "billsec",
    "disposition", "uniqueid", "linkedid",
)  # fmt: skip


def _ids(cells: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """The contact of each leg as far as its ids tell, and whether it is a leg of the caller's own channel."""
    linked = pc.is_valid(cells["linkedid"])
    first = pc.equal(cells["uniqueid"], cells["linkedid"])  # empty where one of them is: then nothing tells the legs apart
    root = pc.fill_null(first, True)
    return {"contact": pc.coalesce(cells["linkedid"], cells["uniqueid"]), "linked": linked, "root": root}


def _channels(cells: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Full channel names, only where legs must be joined by them."""
    needed = cells["linkedid"].null_count > 0
    return {name: cells[name] if needed else pa.nulls(len(cells[name]), pa.string()) for name in ("channel", "dstchannel")}


def _looked_up(text: pa.Array, meaning: Callable[[str], int | None]) -> pa.Array:
    """The number that each text means; a column of few different texts, so each is asked about once."""
    coded = text.dictionary_encode()
    return pa.array([meaning(each) for each in coded.dictionary.to_pylist()], pa.int32()).take(coded.indices)


def _without_serial(channels: pa.Array) -> pa.Array:
    """``PJSIP/1001-0000002a`` -> ``PJSIP/1001``."""
    tails = _tails(channels)
    if len(tails) == 1 and tails[0] > 0:  # as long as ever: cut off, far faster than to split
        return pc.binary_slice(channels.cast(pa.binary()), 0, -int(tails[0])).cast(pa.string())
    return pc.list_element(pc.split_pattern(channels, "-", max_splits=1, reverse=True), 0)


def _tails(texts: pa.Array) -> Numbers:
    """The different lengths from the last hyphen to the end in bytes; 0 for a filled text without one."""
    _, offsets, data = texts.buffers()
    if data is None:
        return np.zeros(0, dtype=np.int64)
    edges = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    filled = edges[1:] > edges[:-1]
    starts, ends = edges[:-1][filled], edges[1:][filled]
    hyphens = np.append(-1, np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("-")))
    last = hyphens[np.searchsorted(hyphens, ends) - 1]
    tails = np.where(last >= starts, ends - last, 0)
    return tails[:1] if (tails == tails[:1]).all() else np.unique(tails)


def _note(bad: dict[int, tuple[str, str]], name: str, wrong: Mapping[int, str]) -> None:
    for row, reason in wrong.items():
        bad.setdefault(row, (name, reason))


def _note_mask(bad: dict[int, tuple[str, str]], name: str, mask: pa.Array, reason: str) -> None:
    if pc.any(mask).as_py():
        _note(bad, name, dict.fromkeys(pc.indices_nonzero(mask).to_pylist(), reason))
