"""Writes of people: a listen noted, a comment, a file taken along, held or not, rules of retention."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from chot.core import clock
from chot.core.text import normal
from chot.people.audit import record
from chot.people.models import User
from chot.recordings.models import Comment, Listen, Recording, Retention, RetentionRule
from chot.recordings.retention import due

ONE_LISTEN = timedelta(minutes=30)
"""Parts that are fetched within so long belong to one listen."""


@transaction.atomic
def note_listen(recording: Recording, *, by: User, address: str | None) -> bool:
    """Audit that somebody listens, once for all the parts that a player fetches; False when it is noted already."""
    Recording.objects.select_for_update().get(pk=recording.pk)
    if Listen.objects.filter(recording=recording, by=by, at__gt=clock.now() - ONE_LISTEN).exists():
        return False
    Listen.objects.create(recording=recording, by=by, at=clock.now())
    record("recording.heard", f"recording:{recording.call_id}", by=by, address=address)
    return True


def note_download(recording: Recording, *, by: User, address: str | None) -> None:
    """Audit that somebody takes the recording along."""
    record("recording.downloaded", f"recording:{recording.call_id}", by=by, address=address)


@transaction.atomic
def comment(recording: Recording, at_s: int, text: str, *, by: User, address: str | None) -> Comment:
    """Say something about a second; one past the end is the end."""
    second = min(max(at_s, 0), recording.duration_ms // 1000)
    made = Comment.objects.create(recording=recording, at_s=second, text=normal(text), by=by, made_at=clock.now())
    record("recording.commented", f"recording:{recording.call_id}", by=by, address=address, after={"at_s": second})
    return made


@transaction.atomic
def classify(pk: int, retention: str, *, by: User, address: str | None) -> bool:
    """Another class, so another day of deletion; False when somebody has chosen that class already or it is gone."""
    row = Recording.objects.select_for_update().get(pk=pk)
    if (row.retention == retention and row.classed_by_id) or row.state == Recording.State.GONE:
        return False
    before, row.retention, row.delete_after, row.classed_by = row.retention, Retention(retention), due(retention, row.started_at), by
    row.save(update_fields=["retention", "delete_after", "classed_by"])
    told = {"before": {"retention": before}, "after": {"retention": retention}}
    record("recording.classified", f"recording:{row.call_id}", by=by, address=address, **told)
    return True


@transaction.atomic
def set_days(retention: str, since: date, days: int, *, by: User, address: str | None) -> RetentionRule:
    """From ``since`` on, recordings of a class are kept for ``days``; those that are there already are counted anew."""
    before = RetentionRule.objects.select_for_update().filter(retention=retention, since=since).values_list("days", flat=True).first()
    rule, _ = RetentionRule.objects.update_or_create(retention=retention, since=since, defaults={"days": days})
    rows = Recording.objects.select_for_update().filter(retention=retention, state=Recording.State.KEPT)
    for pk, started_at in rows.values_list("pk", "started_at"):
        Recording.objects.filter(pk=pk).update(delete_after=due(retention, started_at))
    told = {"days": days, "since": since.isoformat()}
    record("recording.retention_set", f"retention:{retention}", by=by, address=address, before={"days": before}, after=told)
    return rule
