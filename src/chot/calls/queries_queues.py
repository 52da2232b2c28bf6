"""Reads: what goes on in queues now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from chot.calls.models import AgentState, DeskState, OpenCall, QueueTask
from chot.core import clock
from chot.customers.models import Customer
from chot.people.masking import masked
from chot.people.models import User
from chot.people.queries import agent_names, team_of
from chot.people.rules import sees_company
from chot.switchboard.models import PhoneState
from chot.switchboard.queries_queues import QueueSetup, queue_setups, queue_titles


@dataclass(frozen=True, kw_only=True)
class WaitingCaller:
    """A caller in a queue: waiting since ``since``; ``ringing`` are the agents whose phones ring for the call."""

    call_id: str
    number: str
    customer_id: str
    since: datetime
    ringing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LiveQueue:
    """A queue now. ``ready`` agents have a phone and no call; ``talking`` are in a call of this queue; both are agent ids."""

    name: str
    title: str
    open: bool
    target_s: int
    waiting: tuple[WaitingCaller, ...]
    members: tuple[str, ...]
    ready: tuple[str, ...]
    talking: tuple[str, ...]

    @property
    def longest_since(self) -> datetime | None:
        """Since when the first of them waits."""
        return self.waiting[0].since if self.waiting else None


def live() -> list[LiveQueue]:
    """Every queue in use, in the same number of questions whatever goes on."""
    now = clock.instant()
    calls: dict[str, list[OpenCall]] = defaultdict(list)
    busy: set[str] = set()
    for call in OpenCall.objects.all():
        calls[call.queue_id].append(call)
        busy |= set(call.agents)
    ready = set(AgentState.objects.filter(ended_at=None, state=DeskState.READY).values_list("agent_id", flat=True))
    ready &= set(PhoneState.objects.filter(online=True).values_list("name", flat=True))
    return [_live(setup, calls[setup.name], ready - busy, now) for setup in queue_setups()]


def _live(setup: QueueSetup, calls: list[OpenCall], ready: set[str], now: datetime) -> LiveQueue:
    waiting = [call for call in calls if call.phase == "waiting" and (call.agents or not call.outside)]  # led outside: no longer
    waiting.sort(key=lambda call: (call.queued_at or call.started_at, call.call_id))
    talking = sorted({agent for call in calls if call.phase != "waiting" for agent in call.agents})
    return LiveQueue(
        name=setup.name, title=setup.title, open=setup.hours is None or setup.hours.open_at(now), target_s=setup.target_s,
        waiting=tuple(_waiting(call) for call in waiting), members=setup.agents,
        ready=tuple(agent for agent in setup.agents if agent in ready), talking=tuple(talking),
    )  # fmt: skip


def _waiting(call: OpenCall) -> WaitingCaller:
    return WaitingCaller(
        call_id=call.call_id, number=call.number, customer_id=call.customer_id, since=call.queued_at or call.started_at,
        ringing=tuple(call.agents),
    )  # fmt: skip


def tasks_for(user: User) -> QuerySet[QueueTask]:
    """Messages and callbacks that the person may see: the own team's, for managers everybody's; the newest first."""
    rows = QueueTask.objects.all()
    return rows if sees_company(user) else rows.filter(team_id=team_of(user.agent_id) or "-")


def shown_tasks(rows: list[QueueTask]) -> list[dict[str, Any]]:
    """Tasks as the page lists them, in the same number of questions for one as for fifty."""
    names, titles = agent_names(), queue_titles()
    customers = dict(Customer.objects.filter(customer_id__in={row.customer_id for row in rows}).values_list("customer_id", "name"))
    return [
        {
            "task": row, "who": customers.get(row.customer_id) or masked(row.number) or "–",
            "queue": titles.get(row.queue_id, row.queue_id), "taken_by": names.get(row.taken_by, row.taken_by),
        }
        for row in rows
    ]  # fmt: skip


def message_for(user: User, call_id: str) -> bool:
    """Whether the call left a message that the person's team looks after."""
    return tasks_for(user).filter(call_id=call_id, kind=QueueTask.Kind.MESSAGE).exists()
