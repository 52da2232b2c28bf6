"""From the files of the exchange to sealed recordings, many at a time: the disk is waited for once for all of them.

Killed at any step, the next run goes on: files of the exchange go last.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from chot.calls.journal import settled
from chot.calls.models import Call, JournalProblem, JournalReader, TelephonyJournal
from chot.core import clock
from chot.core.errors import ChotError
from chot.core.messages import MessageError, RecordingStopped, decode
from chot.people.audit import record
from chot.recordings import encoding, pauses, storage
from chot.recordings.actions_delete import forget
from chot.recordings.actions_message import conversations
from chot.recordings.actions_refusal import refused
from chot.recordings.actions_retention import classify_new
from chot.recordings.models import Recording

log = structlog.get_logger()
READER = "recordings"
BATCH = 1000
TOGETHER, TOGETHER_MS = 50, 1_800_000
"""So many recordings, or so much sound (ms), are kept in one transaction and lie in memory at once."""
WAIT_FOR_CALL = timedelta(minutes=10)
"""After so long a recording is kept although its call has not become a fact."""


_CHANGED = (
    "agent_id", "agents", "started_at", "duration_ms", "state", "problem", "path", "size", "codec", "sealed_key", "key_id", "peaks",
    "retention", "delete_after", "deleted_at", "pauses", "only_message", "replaced", "remote_at", "local",
)  # fmt: skip
"""What keeping changes."""
_SEALED = ("path", "size", "sealed_key", "key_id", "replaced", "remote_at", "local")


def take_in_recordings() -> int:
    """Read the journal on; how many recordings were noted."""
    return _take_in(settled())


@transaction.atomic
def _take_in(last: int) -> int:
    JournalReader.objects.get_or_create(name=READER)
    reader = JournalReader.objects.select_for_update().get(name=READER)
    rows = list(TelephonyJournal.objects.filter(seq__gt=reader.seq, seq__lte=last, kind="recording_stopped").order_by("seq")[: BATCH + 1])
    made = _note(rows[:BATCH])
    reader.seq = rows[BATCH - 1].seq if len(rows) > BATCH else max(reader.seq, last)
    reader.save()
    return made


def _note(rows: Sequence[TelephonyJournal]) -> int:
    """A row for each recording that has none; how many were made. Under the reader's lock nobody else makes one."""
    told: dict[str, tuple[RecordingStopped, datetime]] = {}
    for row in rows:
        if (each := _read(row)) is not None:
            told.setdefault(each.call_id, (each, row.at))
    known = set(Recording.objects.filter(call_id__in=told).values_list("call_id", flat=True))
    journal = pauses.journal_of([call_id for call_id in told if call_id not in known])
    made = Recording.objects.bulk_create(_noted(*told[call_id], lines) for call_id, lines in journal.items())
    refusals = [noted for noted in made if noted.notice.get("refused")]
    for noted in refusals:
        record("recording.refused", f"recording:{noted.call_id}", by=None, after={"key": noted.notice.get("key", "")})
    forget(conversations(refusals))
    return len(made)


def _read(row: TelephonyJournal) -> RecordingStopped | None:
    try:
        return decode(RecordingStopped, row.payload)
    except MessageError as error:
        log.error("recording not taken in", seq=row.seq, problem=str(error))
        JournalProblem.objects.update_or_create(reader=READER, seq=row.seq, defaults={"problem": str(error), "found_at": clock.instant()})
        return None


def _noted(told: RecordingStopped, at: datetime, journal: Sequence[pauses.Told]) -> Recording:
    start, notice = pauses.started(journal), pauses.announced(journal)
    began = start.get("started_at")
    return Recording(
        call_id=told.call_id, sources=[told.mixed, told.customer, told.agent], duration_ms=told.duration_ms, repaired=told.repaired,
        agent_id=start.get("agent_id", ""), started_at=datetime.fromisoformat(began) if began else at, noted_at=clock.now(),
        pauses=pauses.told(journal), notice=notice, refusal_open=bool(notice.get("refused")),
    )  # fmt: skip


def keep_waiting() -> int:
    """Encode, seal and verify what waits; how many were kept."""
    known = Exists(Call.objects.filter(call_id=OuterRef("call_id")))
    ready = Recording.objects.filter(Q(known) | Q(noted_at__lt=clock.now() - WAIT_FOR_CALL), state=Recording.State.WAITING)
    return sum(keep(chunk) for chunk in _chunks(ready.order_by("started_at", "pk").values_list("pk", "duration_ms")[:BATCH]))


def _chunks(waiting: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    chunk: list[int] = []
    sound = 0
    for pk, duration_ms in waiting:
        if chunk and (len(chunk) == TOGETHER or sound + duration_ms > TOGETHER_MS):
            yield chunk
            chunk, sound = [], 0
        chunk.append(pk)
        sound += duration_ms
    if chunk:
        yield chunk


@transaction.atomic
def keep(pks: Sequence[int]) -> int:
    """Keep recordings, without those that somebody else keeps; how many. What cannot be kept does not stop the others."""
    waiting = Recording.objects.select_for_update(skip_locked=True).filter(pk__in=pks, state=Recording.State.WAITING)
    rows = list(waiting.order_by("started_at"))
    sealed = _sealed(_allowed(rows))
    storage.settle([row for row, _ in sealed])
    classify_new([row for row, _ in sealed if not row.replaced])
    for row, data in sealed:
        if storage.read(row, 0, row.size) == data:
            row.state, row.problem = Recording.State.KEPT, ""
        else:
            row.refresh_from_db(fields=_SEALED)
            _fail(row, "the sealed recording is not what was written")
    Recording.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=_CHANGED)
    return sum(row.state == Recording.State.KEPT for row in rows)


def _allowed(rows: Sequence[Recording]) -> list[Recording]:
    """Those that may be kept, with what their calls say of them; the others are forgotten."""
    calls = {call.call_id: call for call in Call.objects.filter(call_id__in=[row.call_id for row in rows])}
    ended = TelephonyJournal.objects.filter(call_id__in=[row.call_id for row in rows], kind="call_ended")
    agents = dict(ended.values_list("call_id", "payload__agents"))
    against = refused(calls.values())
    for row in rows:
        if call := calls.get(row.call_id):
            row.agent_id, row.started_at = call.agent_id, call.started_at
        row.agents = [each for each in dict.fromkeys([row.agent_id, *(agents.get(row.call_id) or [])]) if each]
        if row.call_id in against and not row.only_message:
            record("recording.refused", f"recording:{row.call_id}", by=None)
    gone = conversations([row for row in rows if row.call_id in against])
    forget(gone)
    return [row for row in rows if row not in gone]


def _sealed(rows: Sequence[Recording]) -> list[tuple[Recording, bytes]]:
    """Each that could be encoded and sealed, with what is in it."""
    done = []
    for row in rows:
        try:
            made = _encoded(row) if _has_sources(row) or not row.path else _message_alone(row)
            storage.write(row, made.data)
        except (ChotError, OSError) as error:
            _fail(row, str(error), for_ever=isinstance(error, encoding.NothingRecorded))
        else:
            row.codec, row.duration_ms, row.peaks = encoding.CODEC, made.duration_ms, made.peaks
            done.append((row, made.data))
    return done


def _encoded(row: Recording) -> encoding.Encoded:
    """What the exchange recorded, and where exactly it was paused."""
    _, customer, agent = (Path(each) for each in row.sources)
    silent = pauses.spans(row.pauses, customer, agent)
    made = encoding.encode(customer, agent, [*silent, *pauses.around(row.only_message)])
    row.pauses = pauses.measured(row.pauses, silent)
    return made


def _message_alone(row: Recording) -> encoding.Encoded:
    """A recording that was kept whole, with nothing but its message."""
    return encoding.silenced(storage.read(row, 0, row.size), pauses.around(row.only_message))


def _fail(row: Recording, problem: str, *, for_ever: bool = False) -> None:
    """Without its files a recording is lost, and so is one with nothing in them; anything else is tried again."""
    log.error("recording not kept", call_id=row.call_id, problem=problem)
    row.problem = problem
    if not row.path and (for_ever or not _has_sources(row)):
        row.state = Recording.State.LOST


def _has_sources(row: Recording) -> bool:
    """Whether files of the exchange are still there."""
    return any(Path(each).exists() for each in row.sources[1:])


def remove_sources() -> int:
    """Delete the files of the exchange of what is kept or gone, of what is lost those without sound; how many recordings had some."""
    states = [Recording.State.KEPT, Recording.State.GONE, Recording.State.LOST]
    rows = Recording.objects.filter(state__in=states).exclude(sources=[])
    found = {}
    for pk, state, sources in rows.values_list("pk", "state", "sources").order_by("state")[:BATCH]:
        if state != Recording.State.LOST or all(encoding.is_empty(Path(each)) for each in sources):
            found[pk] = sources
    for each in itertools.chain.from_iterable(found.values()):
        Path(each).unlink(missing_ok=True)
    return Recording.objects.filter(pk__in=found).update(sources=[])
