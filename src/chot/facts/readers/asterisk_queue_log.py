"""Asterisk ``queue_log`` -> ``calls`` (one row per caller) and ``workdays`` (one row per agent and local day)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from chot.core.errors import InputError, Problem
from chot.facts.readers.base import Options, Reader, Reject, Sample, Sink
from chot.facts.readers.numbering import Numbering, interface_name, numbering
from chot.facts.readers.queue_calls import CALL_EVENTS, Calls, Contact, Event
from chot.facts.readers.queue_shifts import SHIFT_EVENTS, Shifts
from chot.facts.readers.wall_clock import WallClock, iso, rounded_seconds
from chot.facts.records import Records, clipped, scan
from chot.facts.written import CellError

_SYSTEM_EVENTS = frozenset({"QUEUESTART", "CONFIGRELOAD"})
_EVENTS = CALL_EVENTS | SHIFT_EVENTS | _SYSTEM_EVENTS
_COLUMNS = 5  # time|callid|queue|agent|event, then the data
_LINE = re.compile(r"(?:[0-9]{9,10}(?:\.[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:.]+)\|[^|]*\|[^|]*\|[^|]*\|([A-Z]+)(?:\|.*)?")
_BATCH = 5_000
_NO_AGENT = ("", "NONE")


class AsteriskQueueLogReader:
    """The format ``asterisk-queue-log``; ``--table calls`` or ``--table workdays`` takes only one of its two."""

    name = "asterisk-queue-log"

    def recognises(self, sample: Sample) -> bool:
        """Whether at least half of the first lines are events of a queue."""
        lines = [line for line in sample.lines if line.strip()]
        events = [match[1] for line in lines if (match := _LINE.fullmatch(line))]
        return bool(events) and 2 * len(events) >= len(lines) and any(name in _EVENTS for name in events)

    def read(self, path: Path, sink: Sink, options: Options) -> None:
        """One pass over the log. Raises ``InputError`` when no line of it is an event."""
        rules = numbering(options, path=path.name)
        if options.table not in (None, "calls", "workdays"):
            what = f"a queue_log has no {options.table!r}"
            raise InputError(Problem(file=path.name, field="--table", what=what, fix="It gives calls and workdays."))
        fold = _Fold(sink, rules, WallClock(options.tz), only=options.table)
        for records in scan(path, delimiter="|", quotes=False):
            fold.take(records)
        if not fold.events:
            fix = "Its lines look like 1795368283|callid|queue|agent|EVENT|…; is it another format? Try --format auto."
            raise InputError(Problem(file=path.name, what="no line is an event of a queue_log", fix=fix))
        fold.finish()


READER: Reader = AsteriskQueueLogReader()


class _Fold:
    """The state of one log: its calls, its agents, and the rows that wait to be given."""

    def __init__(self, sink: Sink, rules: Numbering, clock: WallClock, *, only: str | None) -> None:
        self.sink, self.rules, self.clock, self.only = sink, rules, clock, only
        self.calls = Calls()
        self.shifts = Shifts(clock.zone, self._agent_id)
        self.events = 0
        self.last = 0
        self.rows: list[dict[str, object]] = []
        self.lines: list[int] = []
        self.further = 0

    def take(self, records: Records) -> None:
        self.sink.read(len(records.rows) + len(records.rejects), done_bytes=records.done_bytes)
        for reject in records.rejects:
            self.sink.reject(reject)
        for row, line in zip(records.rows, records.lines, strict=True):
            event = self._event(row, line)
            if event is not None:
                self._event_taken(event)
        self._give(self.calls.finished(self.last))
        self._flush(least=_BATCH)

    def finish(self) -> None:
        self.shifts.finish(self.last)
        self._give(self.calls.rest())
        self._flush()
        self._give_days()

    def _event_taken(self, event: Event) -> None:
        self.events += 1
        if event.name in _SYSTEM_EVENTS:
            if event.name == "QUEUESTART":
                self.calls.restarted(event.at)
                self.shifts.restarted(self.last or event.at)
            self.further += 1
        elif event.name in SHIFT_EVENTS:
            if event.agent in _NO_AGENT:
                self._reject(event.line, "agent", event.agent, f"{event.name} names no agent")
            elif self.only == "calls":
                self.further += 1
            else:
                self.shifts.take(event)
        elif event.call in _NO_AGENT or self.only == "workdays":
            self.further += 1
        else:
            self.calls.take(event)
            if event.agent not in _NO_AGENT:
                self.shifts.seen(event.agent)
        self.last = max(self.last, event.at)

    def _event(self, row: Sequence[str], line: int) -> Event | None:
        if len(row) < _COLUMNS:
            self._reject(line, "", "|".join(row), f"has {len(row)} fields where an event has {_COLUMNS} or more")
            return None
        time, call, queue, agent, name, *data = (cell.strip() for cell in row)
        if name not in _EVENTS:
            self._reject(line, "event", name, "is not an event of a queue_log")
            return None
        try:
            at = self.clock.instant(time)
        except CellError as error:
            self._reject(line, "time", time, str(error))
            return None
        return Event(line=line, at=at, call=call, queue=queue, agent=agent, name=name, data=data)

    def _give(self, contacts: Iterable[Contact]) -> None:
        for contact in contacts:
            row = contact.row(self._agent_id, self.rules.region)
            if row is None:
                begun = "is still waiting where the log ends; import the log again later" if contact.started is not None else (
                    "began before this log, and no event of it says when")  # fmt: skip
                for line in contact.lines:
                    self._reject(line, "callid", contact.call_id, f"the call {begun}")
                continue
            self.rows.append(row)
            self.lines.append(contact.lines[0])
            self.further += len(contact.lines) - 1
            self._flush(least=_BATCH)

    def _flush(self, *, least: int = 1) -> None:
        if len(self.rows) >= least:
            columns = {name: [_text(name, row[name]) for row in self.rows] for name in self.rows[0]}
            self.sink.rows("calls", columns, self.lines)
            self.rows, self.lines = [], []
        if self.further and least == 1:
            self.sink.folded(self.further)
            self.further = 0

    def _give_days(self) -> None:
        """Days with something known about them; a line that opens several of them is a source row of each."""
        known = [(agent, day, content) for agent, day, content in self.shifts.rows() if (content.worked, content.paused) != (None, None)]
        spare = [line for _, _, content in known for line in content.lines]
        for agent, _, content in self.shifts.rows():
            if (content.worked, content.paused) == (None, None):
                for line in content.lines:
                    self._reject(line, "agent", agent, "the log does not say when this login or pause began or ended")
        if not known:
            return
        lines: list[int] = []
        for _, _, content in known:
            lines.append(content.lines[0] if content.lines else lines[-1] if lines else spare[0] if spare else 1)
        columns: Mapping[str, list[str | None]] = {
            "agent_id": [agent for agent, _, _ in known],
            "date": [day.isoformat() for _, day, _ in known],
            "worked_s": [_span(content.worked) for _, _, content in known],
            "pause_s": [_span(content.paused if content.paused is not None or content.worked is None else 0) for _, _, content in known],
        }
        if len(known) > len(spare):
            self.sink.read(len(known) - len(spare), done_bytes=0)
        elif len(spare) > len(known):
            self.sink.folded(len(spare) - len(known))
        self.sink.rows("workdays", columns, lines)

    def _agent_id(self, agent: str) -> str:
        return self.rules.agent_id(agent) if agent in self.rules.agents else self.rules.agent_id(interface_name(agent))

    def _reject(self, line: int, column: str, value: str, reason: str) -> None:
        self.sink.reject(Reject(line=line, column=column, value=clipped(value), reason=reason))


def _text(name: str, value: object) -> str | None:
    if value is None:
        return None
    return iso(value) if name.endswith("_at") and isinstance(value, int) else str(value)


def _span(microseconds: int | None) -> str | None:
    return None if microseconds is None else str(rounded_seconds(microseconds))
