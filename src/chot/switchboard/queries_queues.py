"""Reads about queues: their members and hours, as exchanges and boards need them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from chot.core.flows import Member
from chot.core.hours import Hours, Span
from chot.people.models import PublicHoliday
from chot.switchboard.models import AgentSkill, CallQueue, OpeningHours, QueueMember


@dataclass(frozen=True, kw_only=True)
class QueueSetup:
    """A queue with what it consists of; ``agents`` by id."""

    name: str
    title: str
    target_s: int
    hours: Hours | None
    members: tuple[Member, ...]

    @property
    def agents(self) -> tuple[str, ...]:
        """The ids of the members."""
        return tuple(member.agent_id for member in self.members)


def queue_setups() -> list[QueueSetup]:
    """Every queue in use, by title, in four questions."""
    rows = list(CallQueue.objects.filter(enabled=True).select_related("hours"))
    members, holidays = members_of(rows), holidays_of()
    return [
        QueueSetup(
            name=row.name, title=row.title, target_s=row.target_s, hours=as_hours(row.hours, holidays) if row.hours else None,
            members=members[row.name],
        )
        for row in rows
    ]  # fmt: skip


def queue_titles() -> dict[str, str]:
    """What every queue is called, by its code name; those that are out of use too."""
    return dict(CallQueue.objects.values_list("name", "title"))


def queue_choices(empty: Any, keep: str = "") -> list[tuple[str, Any]]:
    """Choices of a form: nothing, every queue in use, and ``keep``, which is chosen already."""
    titles = dict(CallQueue.objects.filter(Q(enabled=True) | Q(name=keep)).values_list("name", "title"))
    return [("", empty), *({keep: keep} | titles if keep else titles).items()]


def members_of(queues: list[CallQueue]) -> dict[str, tuple[Member, ...]]:
    """The members of each queue: those that are named, and those who have its skill well enough; with their level."""
    named: dict[int, set[str]] = defaultdict(set)
    for queue_id, agent_id in QueueMember.objects.values_list("queue_id", "agent_id"):
        named[queue_id].add(agent_id)
    levels: dict[str, dict[str, int]] = defaultdict(dict)
    for skill, agent_id, level in AgentSkill.objects.values_list("skill", "agent_id", "level"):
        levels[skill][agent_id] = level
    found = {}
    for queue in queues:
        skilled = levels[queue.skill] if queue.skill else {}
        agents = named[queue.pk] | {agent for agent, level in skilled.items() if level >= queue.min_level}
        found[queue.name] = tuple(Member(agent_id=agent, level=skilled.get(agent, 1)) for agent in sorted(agents))
    return found


def holidays_of() -> tuple[str, ...]:
    """The company's public holidays as ISO days."""
    return tuple(day.isoformat() for day in PublicHoliday.objects.values_list("day", flat=True))


def as_hours(row: OpeningHours, holidays: tuple[str, ...]) -> Hours:
    """Opening hours as exchanges have them."""
    spans = tuple(
        Span(weekday=int(day), opens=opens, closes=closes) for day, times in sorted(row.week.items()) for opens, closes in times
    )
    closed = sorted({*row.extra_days, *(holidays if row.closed_on_holidays else ())})
    return Hours(name=row.name, spans=spans, closed=tuple(closed))
