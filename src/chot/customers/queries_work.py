"""Reads of leads, orders, tickets and tasks: whose, in which state, for whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import models
from django.db.models import Count, Q, QuerySet

from chot.core import clock
from chot.customers.models import Customer, Lead, Order, Task, Ticket
from chot.customers.queries import team_agents
from chot.people.models import Role, User

PAGE = 50
ON_BOARD = 25
Row = TypeVar("Row", bound=models.Model)

NOT_DONE = Q(status=Ticket.Status.OPEN) | Q(status="", done_at=None)
DONE = Q(status=Ticket.Status.DONE) | Q(status="", done_at__isnull=False)


def agents_seen(user: User) -> list[str] | None:
    """Whose leads, orders, tickets and tasks the user sees; None = everyone's."""
    if user.role == Role.AGENT:
        return [user.agent_id] if user.agent_id else []
    return sorted({user.agent_id, *team_agents(user, clock.today())} - {""}) if user.role == Role.LEADER else None


def seen(rows: QuerySet[Row], user: User, whose: str = "") -> QuerySet[Row]:
    """The rows that the user sees, of ``whose``: ``mine``, an agent, or all."""
    agents = agents_seen(user)
    if agents is not None:
        rows = rows.filter(agent_id__in=agents)
    agent = user.agent_id if whose == "mine" else whose
    return rows.filter(agent_id=agent) if agent else rows


@dataclass(frozen=True, kw_only=True)
class Column:
    """One stage of the board: how many, and the latest of them."""

    stage: str
    name: Any
    total: int
    leads: Sequence[Lead]


def board(user: User, whose: str) -> list[Column]:
    """Leads by stage, the latest first; at most ``ON_BOARD`` of each."""
    rows = seen(Lead.objects.all(), user, whose)
    totals = dict(rows.values_list("stage").annotate(Count("pk")).order_by())
    found = []
    for stage in Lead.Stage:
        latest = list(rows.filter(stage=stage).order_by("-stage_at", "-pk")[:ON_BOARD]) if totals.get(stage) else []
        found.append(Column(stage=stage.value, name=stage.label, total=totals.get(stage, 0), leads=latest))
    return found


def page_of(rows: QuerySet[Row], before: str) -> tuple[list[Row], int]:
    """One page by primary key, the latest first, and the mark of the next (0 = no more)."""
    if before.isdigit():
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else 0


def leads(user: User, whose: str, stage: str) -> QuerySet[Lead]:
    """Leads of a filter."""
    rows = seen(Lead.objects.all(), user, whose)
    return rows.filter(stage=stage) if stage in Lead.Stage.values else rows


def orders(user: User, whose: str, status: str) -> QuerySet[Order]:
    """Orders of a filter."""
    rows = seen(Order.objects.all(), user, whose)
    return rows.filter(status=status) if status in Order.Status.values else rows


def tickets(user: User, whose: str, state: str) -> QuerySet[Ticket]:
    """Tickets of a filter: ``open``, ``late``, ``done``, ``cancelled`` or all."""
    rows = seen(Ticket.objects.all(), user, whose)
    states = {
        "open": NOT_DONE, "late": NOT_DONE & Q(due_at__lt=clock.now()), "done": DONE, "cancelled": Q(status=Ticket.Status.CANCELLED),
    }  # fmt: skip
    return rows.filter(states[state]) if state in states else rows


def ticket_numbers(user: User, whose: str) -> dict[str, int]:
    """How many tickets are open, and of them late."""
    rows = seen(Ticket.objects.all(), user, whose).filter(NOT_DONE)
    return rows.aggregate(open=Count("pk"), late=Count("pk", filter=Q(due_at__lt=clock.now())))


def tasks(user: User, whose: str) -> dict[str, list[Task]]:
    """What is to be done: late, today, later (each at most a page), and what was done in the last week."""
    now = clock.now().astimezone(clock.ZONE)
    tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), clock.ZONE)
    rows = seen(Task.objects.select_related("customer"), user, whose)
    to_do = rows.filter(done_at=None)
    return {
        "late": list(to_do.filter(due_at__lt=now)[:PAGE]),
        "today": list(to_do.filter(due_at__gte=now, due_at__lt=tomorrow)[:PAGE]),
        "later": list(to_do.filter(due_at__gte=tomorrow)[:PAGE]),
        "done": list(rows.filter(done_at__gte=now - timedelta(days=7)).order_by("-done_at")[:PAGE]),
    }


def customers_by_id(ids: Iterable[str]) -> dict[str, Customer]:
    """The customers behind the ids of facts."""
    return {row.customer_id: row for row in Customer.objects.filter(customer_id__in={each for each in ids if each})}


def products(most: int = 100) -> list[str]:
    """What was sold lately, for typing less."""
    latest = Order.objects.exclude(product="").order_by("-pk").values_list("product", flat=True)[:2000]
    return sorted(set(latest))[:most]
