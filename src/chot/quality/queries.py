"""Reads of exams: whose, when, which; and what was done with each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Q, QuerySet

from chot.core import clock
from chot.core.text import unaccented
from chot.customers.queries_work import agents_seen
from chot.people.models import AuditEntry, Role, User
from chot.people.queries import agent_names, rows_on, team_of, working_on
from chot.people.queries_people import given_name_first
from chot.people.templatetags.figures import measured, percent
from chot.quality.models import Exam


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a list of exams is narrowed to; empty is everything."""

    search: str = ""
    name: str = ""
    team: str = ""
    agent: str = ""
    first: date | None = None
    last: date | None = None


def seen(user: User) -> QuerySet[Exam]:
    """The results that the user sees."""
    agents = agents_seen(user)
    return Exam.objects.all() if agents is None else Exam.objects.filter(agent_id__in=agents)


def exams(user: User, asked: Asked) -> QuerySet[Exam]:
    """Results of a filter, the latest first; accents do not matter to the search."""
    rows = seen(user)
    for column, value in (("name", asked.name), ("agent_id", asked.agent)):
        rows = rows.filter(**{column: value}) if value else rows
    if asked.team:
        rows = rows.filter(agent_id__in=members(asked.team))
    if asked.first:
        rows = rows.filter(taken_at__gte=midnight(asked.first))
    if asked.last:
        rows = rows.filter(taken_at__lt=midnight(asked.last + timedelta(days=1)))
    return _found(rows, asked.search).order_by("-taken_at", "-pk")


def _found(rows: QuerySet[Exam], search: str) -> QuerySet[Exam]:
    words = unaccented(search).split()
    if not words:
        return rows
    people, titles = agent_names(), exam_names()
    for word in words:
        agents = [agent for agent, name in people.items() if word in unaccented(f"{name} {agent}")]
        named = [title for title in titles if word in unaccented(title)]
        rows = rows.filter(Q(agent_id__in=agents) | Q(name__in=named) | Q(exam_id__icontains=word) | Q(note__icontains=word))
    return rows


def midnight(day: date) -> datetime:
    """When a day of the company begins."""
    return datetime.combine(day, time(), clock.ZONE)


def exam_names() -> list[str]:
    """What exams are called, the one that was taken last first."""
    latest = Exam.objects.exclude(name="").order_by("-taken_at").values_list("name", flat=True)
    return list(dict.fromkeys(latest))


def members(team: str) -> list[str]:
    """Who is in a team today, those who left it with the company too."""
    return list(rows_on(clock.today()).filter(team_id=team).values_list("agent_id", flat=True))


def teams_now() -> dict[str, str]:
    """The team of every agent today."""
    return dict(rows_on(clock.today()).values_list("agent_id", "team_id"))


def agents_to_choose(user: User) -> list[tuple[str, str]]:
    """The agents whose results the user sees, by given name."""
    agents, names = agents_seen(user), agent_names()
    shown = names if agents is None else {agent: names.get(agent, agent) for agent in agents}
    return sorted(shown.items(), key=lambda pair: (given_name_first(pair[1]), pair[0]))


def teams_to_enter(user: User) -> list[str]:
    """The teams whose results the user may enter."""
    if user.role == Role.LEADER:
        own = team_of(user.agent_id)
        return [own] if own else []
    return sorted(set(working_on(clock.today()).exclude(team_id="").values_list("team_id", flat=True)))


def takers(user: User, team: str) -> list[tuple[str, str]]:
    """Those of one of ``teams_to_enter`` whose results the user may enter, by given name."""
    rows = sorted(working_on(clock.today()).filter(team_id=team), key=lambda row: (given_name_first(row.name), row.agent_id))
    return [(row.agent_id, row.name) for row in rows if row.agent_id != user.agent_id]


@dataclass(frozen=True, kw_only=True)
class Done:
    """One thing that was done with a result: the entry of the audit trail, the score before in words, and why."""

    entry: AuditEntry
    before: str
    reason: str


def history(exam: Exam) -> list[Done]:
    """What was done with a result, the latest first."""
    entries = AuditEntry.objects.filter(subject=subject(exam.exam_id)).select_related("user")
    return [
        Done(entry=each, before=_score(each.before) if each.before else "", reason=str((each.after or {}).get("reason", "")))
        for each in entries
    ]


def _score(told: Mapping[str, Any]) -> str:
    return score_words((told["points"], told["maximum"]) if told["points"] else None, told["score_bp"])


def score_words(entered: tuple[Any, Any] | None, score_bp: int | None) -> str:
    """Points of their maximum as people read them, else the share."""
    if entered:
        return " / ".join(measured(each, "count") for each in entered)
    return percent(None if score_bp is None else Fraction(score_bp, 10_000))


def subject(exam_id: str) -> str:
    """What the audit trail calls a result."""
    return f"exam:{exam_id}"
