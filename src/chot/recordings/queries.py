"""Reads: recordings as a list, and one with what is known of its call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from chot.calls.models import Call, QueueTask
from chot.core import clock
from chot.customers.dossier import values_of
from chot.people.models import Role, User
from chot.people.queries import rows_on, team_of
from chot.recordings.models import Comment, Recording, RetentionRule
from chot.recordings.rules import hears_all, hears_recordings
from chot.switchboard.models import Prompt


def recorded(call_ids: Iterable[str]) -> set[str]:
    """Which of these calls have a recording that can be heard."""
    rows = Recording.objects.filter(call_id__in=list(call_ids), state=Recording.State.KEPT)
    return set(rows.values_list("call_id", flat=True))


def held_of_customers(ids: Sequence[str]) -> list[dict[str, Any]]:
    """The recordings of the calls of these customers that are held, for the customer to know of."""
    calls = Call.objects.filter(customer_id__in=ids).values("call_id")
    rows = Recording.objects.filter(call_id__in=calls, state__in=(Recording.State.WAITING, Recording.State.KEPT))
    return values_of(rows, "call_id", "started_at", "duration_ms", "delete_after")


def heard_by(user: User) -> QuerySet[Recording]:
    """The recordings that the user may hear, the latest first."""
    rows = Recording.objects.order_by("-started_at", "-pk").defer("peaks", "sealed_key")
    if hears_all(user):
        return rows
    return rows.filter(agents__overlap=agents_of(user)) if user.agent_id else rows.none()


def has_page_for(user: User, call_id: str) -> bool:
    """Whether there is a recording of the call on whose page the user may look."""
    return bool(call_id) and hears_recordings(user) and heard_by(user).filter(call_id=call_id).exists()


def agents_of(user: User) -> list[str]:
    """The agents whose recordings the user may hear."""
    team = team_of(user.agent_id) if user.role == Role.LEADER else ""
    today = rows_on(clock.today())
    if hears_all(user):
        return list(today.values_list("agent_id", flat=True).distinct())
    mates = list(today.filter(team_id=team).values_list("agent_id", flat=True)) if team else []
    return sorted({*mates, user.agent_id} - {""})


def filtered(rows: QuerySet[Recording], *, agent: str, day: str, outcome: str) -> QuerySet[Recording]:
    """Those of an agent, a day (``2026-12-31``) and an outcome; what is empty or no day narrows nothing."""
    if agent:
        rows = rows.filter(agents__contains=[agent])
    if outcome in Call.Outcome.values:
        rows = rows.filter(call_id__in=Call.objects.filter(outcome=outcome).values("call_id"))
    try:
        wanted = parse_date(day)
    except ValueError:
        wanted = None
    if wanted:
        begin = datetime.combine(wanted, time(), clock.ZONE)
        rows = rows.filter(started_at__gte=begin, started_at__lt=begin + timedelta(days=1))
    return rows


def calls_of(call_ids: Iterable[str]) -> dict[str, Call]:
    """What the facts know of these calls."""
    return {row.call_id: row for row in Call.objects.filter(call_id__in=list(call_ids))}


def comments_of(recording: Recording) -> QuerySet[Comment]:
    """What was said about it, in the order of its seconds."""
    return recording.comments.select_related("by").order_by("at_s", "pk")


WHY = {
    "agent": _("resumed by the agent"), "time": _("resumed by itself"), "queue": _("until the call went to a queue"),
    "end": _("until the end of the call"),
}  # fmt: skip


def pauses_of(recording: Recording) -> list[dict[str, Any]]:
    """Its pauses in whole seconds for people and in milliseconds for the waveform, each with who paused and why it ended."""
    return [
        {**each, "from_s": each["from_ms"] // 1000, "to_s": (each["to_ms"] or 0) // 1000, "why_words": WHY[each["why"]]}
        for each in recording.pauses
    ]  # fmt: skip


def notice_of(recording: Recording) -> dict[str, Any]:
    """What the customer was told, with where it is in whole seconds, and the title of a prompt that still is in use."""
    told = recording.notice
    if not told:
        return {}
    prompt = Prompt.objects.filter(sha=told["prompt"]).values_list("title", flat=True).first() if told.get("prompt") else ""
    return {**told, "from_s": told.get("from_ms", 0) // 1000, "said": prompt or told.get("text", "")}


def message_of(recording: Recording) -> dict[str, int]:
    """Where the message of a caller is, in whole seconds; empty when none was left."""
    if alone := recording.only_message:
        return {"from_s": alone["from_ms"] // 1000, "to_s": min(alone["to_ms"] // 1000, recording.seconds)}
    left = QueueTask.objects.filter(call_id=recording.call_id, kind=QueueTask.Kind.MESSAGE).first()
    return {"from_s": left.message_from_s, "to_s": left.message_from_s + left.message_s} if left else {}


def rules() -> QuerySet[RetentionRule]:
    """How long recordings are kept, the latest rule of each class first."""
    return RetentionRule.objects.order_by("retention", "-since")
