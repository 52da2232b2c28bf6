"""From the files of the exchange to a sealed recording. Killed at any step, the next run goes on: files of the exchange go last."""

from __future__ import annotations

from collections.abc import Sequence
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
from chot.recordings.actions_refusal import refuses
from chot.recordings.models import Recording, Retention
from chot.recordings.retention import due

log = structlog.get_logger()
READER = "recordings"
BATCH = 200
WAIT_FOR_CALL = timedelta(minutes=10)
"""After so long a recording is kept although its call has not become a fact."""


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
    journal = pauses.journal_of(told.keys() - known)
    made = Recording.objects.bulk_create(_noted(*told[call_id], lines) for call_id, lines in journal.items())
    for noted in made:
        if noted.notice.get("refused"):
            forget([noted])
            record("recording.refused", f"recording:{noted.call_id}", by=None, after={"key": noted.notice.get("key", "")})
    return len(made)


def _read(row: TelephonyJournal) -> RecordingStopped | None:
    try:
        return decode(RecordingStopped, row.payload)
    except MessageError as error:
        log.error("recording not taken in", seq=row.seq, problem=str(error))
        JournalProblem.objects.update_or_create(reader=READER, seq=row.seq, defaults={"problem": str(error), "found_at": clock.instant()})
        return None


def _noted(told: RecordingStopped, at: datetime, journal: Sequence[pauses.Told]) -> Recording:
    start = pauses.started(journal)
    began = start.get("started_at")
    return Recording(
        call_id=told.call_id, sources=[told.mixed, told.customer, told.agent], duration_ms=told.duration_ms, repaired=told.repaired,
        agent_id=start.get("agent_id", ""), started_at=datetime.fromisoformat(began) if began else at, noted_at=clock.now(),
        pauses=pauses.told(journal), notice=pauses.announced(journal),
    )  # fmt: skip


def keep_waiting() -> int:
    """Encode, seal and verify what waits, each on its own; how many were kept."""
    known = Exists(Call.objects.filter(call_id=OuterRef("call_id")))
    ready = Recording.objects.filter(Q(known) | Q(noted_at__lt=clock.now() - WAIT_FOR_CALL), state=Recording.State.WAITING)
    kept = 0
    for pk in list(ready.order_by("started_at").values_list("pk", flat=True)[:BATCH]):
        kept += keep(pk)
    return kept


def keep(pk: int) -> bool:
    """Keep one recording; False when there is nothing to do, somebody else does it, or it failed."""
    with transaction.atomic():
        row = Recording.objects.select_for_update(skip_locked=True).filter(pk=pk, state=Recording.State.WAITING).first()
        if row is None:
            return False
        try:
            _encode(row)
        except ChotError as error:
            _fail(row, str(error))
        row.save()
    return row.state == Recording.State.KEPT


def _encode(row: Recording) -> None:
    call = Call.objects.filter(call_id=row.call_id).first()
    if call:
        row.agent_id, row.started_at = call.agent_id, call.started_at
        if refuses(call):
            forget([row])
            record("recording.refused", f"recording:{row.call_id}", by=None)
            return
    row.agents = _took_part(row)
    _, customer, agent = (Path(each) for each in row.sources)
    silent = pauses.spans(row.pauses, customer, agent)
    made = encoding.encode(customer, agent, silent)
    row.pauses = pauses.measured(row.pauses, silent)
    row.codec, row.duration_ms, row.peaks = encoding.CODEC, made.duration_ms, made.peaks
    storage.write(row, made.data)
    if storage.read(row, 0, row.size) != made.data:
        raise encoding.EncodingError("the sealed recording is not what was written")
    row.retention = Retention.STANDARD
    row.delete_after = due(row.retention, row.started_at)
    row.state, row.problem = Recording.State.KEPT, ""


def _took_part(row: Recording) -> list[str]:
    """Everybody who had a part in the call, its main agent first."""
    told = TelephonyJournal.objects.filter(call_id=row.call_id, kind="call_ended").values_list("payload__agents", flat=True).first()
    return [each for each in dict.fromkeys([row.agent_id, *(told or [])]) if each]


def _fail(row: Recording, problem: str) -> None:
    """Without its files a recording is lost; anything else is tried again."""
    log.error("recording not kept", call_id=row.call_id, problem=problem)
    row.problem = problem
    if not any(Path(each).exists() for each in row.sources[1:]):
        row.state = Recording.State.LOST


def remove_sources() -> int:
    """Delete the files of the exchange of what is kept or gone; how many recordings had some."""
    rows = Recording.objects.filter(state__in=[Recording.State.KEPT, Recording.State.GONE]).exclude(sources=[])
    done = 0
    for row in rows[:BATCH]:
        for each in row.sources:
            Path(each).unlink(missing_ok=True)
        done += Recording.objects.filter(pk=row.pk).update(sources=[])
    return done
