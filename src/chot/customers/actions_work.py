"""Writes about leads, tickets and tasks. What the facts count is set here, never typed: stages, when they came, done, reopened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.core.text import normal
from chot.customers.models import Customer, Lead, Task, Ticket
from chot.customers.reminders_work import need_no_reminder
from chot.people.actions_notifications import notify_agents
from chot.people.audit import record
from chot.people.models import User

Row = TypeVar("Row", bound=models.Model)
FORWARD = [Lead.Stage.NEW, Lead.Stage.CONTACTED, Lead.Stage.INTERESTED, Lead.Stage.TRIAL, Lead.Stage.WON]
"""How far a lead has come; lost is no step forward."""


def next_key(model: type[models.Model]) -> int:
    """The next primary key, for rows whose id is made of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])
        return int(cursor.fetchone()[0])


def locked(model: type[Row], pk: int) -> Row:
    """The row, until the transaction ends nobody else's."""
    return model._default_manager.select_for_update().get(pk=pk)


def stale() -> InputError:
    """Somebody else was quicker."""
    return InputError(Problem(what=_("Somebody has changed this in the meantime"), fix=_("Look at it as it is now, and try again.")))


@transaction.atomic
def new_lead(customer: Customer, agent_id: str, title: str, source: str, *, by: User | None, address: str | None) -> Lead:
    """A lead that an agent is to win."""
    pk, now = next_key(Lead), clock.now()
    lead = Lead.objects.create(
        pk=pk, lead_id=f"ct-l{pk}", agent_id=agent_id, customer_id=customer.customer_id, assigned_at=now, stage=Lead.Stage.NEW,
        stage_at=now, best_stage=Lead.Stage.NEW, title=normal(title), source=normal(source),
    )  # fmt: skip
    record("lead.made", f"lead:{lead.lead_id}", by=by, address=address, after={"agent": agent_id, "stage": lead.stage})
    _tell(agent_id, by, lead.title or lead.lead_id, f"/leads/{pk}")
    return lead


@transaction.atomic
def move_lead(pk: int, stage: str, *, was: str | None = None, by: User, address: str | None) -> Lead:
    """A lead comes to a stage. Raises ``InputError`` when it is no longer at ``was``."""
    lead = locked(Lead, pk)
    if was is not None and lead.stage != was:
        raise stale()
    if lead.stage == stage:
        return lead
    before = lead.stage
    reached = max((FORWARD.index(Lead.Stage(each)) for each in (before, stage, lead.best_stage) if each in FORWARD), default=0)
    lead.stage, lead.stage_at, lead.best_stage = stage, clock.now(), FORWARD[reached]
    lead.save()
    record("lead.moved", f"lead:{lead.lead_id}", by=by, address=address, before={"stage": before}, after={"stage": stage})
    return lead


@transaction.atomic
def give_lead(pk: int, agent_id: str, *, by: User, address: str | None) -> Lead:
    """A lead becomes another agent's, from now on."""
    lead = locked(Lead, pk)
    if lead.agent_id == agent_id:
        return lead
    before = lead.agent_id
    lead.agent_id, lead.assigned_at = agent_id, clock.now()
    lead.save()
    record("lead.given", f"lead:{lead.lead_id}", by=by, address=address, before={"agent": before}, after={"agent": agent_id})
    _tell(agent_id, by, lead.title or lead.lead_id, f"/leads/{pk}")
    return lead


@transaction.atomic
def give_leads(keys: Sequence[int], agents: Sequence[str], *, by: User, address: str | None) -> dict[str, int]:
    """Leads to agents in turn, from now on; how many each got. Whoever has a lead already keeps it, as of when it was assigned."""
    rows = list(Lead.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    turn: dict[str, list[Lead]] = {agent: rows[place :: len(agents)] for place, agent in enumerate(agents)}
    moved = {agent: [lead for lead in leads if lead.agent_id != agent] for agent, leads in turn.items()}
    for agent, leads in moved.items():
        Lead.objects.filter(pk__in=[lead.pk for lead in leads]).update(agent_id=agent, assigned_at=clock.now(), written_at=Now())
        if leads and agent != by.agent_id:
            notify_agents([agent], "leads.given", link="/leads?as=list", who=by.name, count=len(leads))
    before = {lead.lead_id: lead.agent_id for leads in moved.values() for lead in leads}
    after = {agent: [lead.lead_id for lead in leads] for agent, leads in moved.items() if leads}
    record("lead.given", "leads", by=by, address=address, before=before, after=after)
    return {agent: len(leads) for agent, leads in moved.items()}


@transaction.atomic
def open_ticket(
    customer: Customer | None, agent_id: str, title: str, details: str, due_at: datetime | None, *, by: User | None, address: str | None
) -> Ticket:
    """A ticket that an agent is to solve."""
    pk = next_key(Ticket)
    ticket = Ticket.objects.create(
        pk=pk, ticket_id=f"ct-p{pk}", agent_id=agent_id, customer_id=customer.customer_id if customer else "", opened_at=clock.now(),
        due_at=due_at, status=Ticket.Status.OPEN, title=normal(title), details=normal(details),
    )  # fmt: skip
    record("ticket.opened", f"ticket:{ticket.ticket_id}", by=by, address=address, after={"agent": agent_id, "due": _text(due_at)})
    _tell(agent_id, by, ticket.title or ticket.ticket_id, f"/tickets/{pk}")
    return ticket


@transaction.atomic
def settle_ticket(pk: int, does: str, *, by: User, address: str | None) -> Ticket:
    """``done``, ``cancelled``, or ``open`` again; once reopened, a ticket stays marked so. Raises ``InputError`` when it is so already."""
    ticket = locked(Ticket, pk)
    before = state_of(ticket)
    if before == does:
        raise stale()
    if before == Ticket.Status.DONE and does == Ticket.Status.OPEN:
        ticket.reopened = True
    now = clock.now()
    ticket.status, ticket.done_at = does, max(now, ticket.opened_at or now) if does == Ticket.Status.DONE else None
    if ticket.opened_at is None and ticket.done_at is None and ticket.due_at is None:
        ticket.opened_at = clock.now()
    ticket.save()
    if does != Ticket.Status.OPEN:
        need_no_reminder("ticket", pk)
    record(f"ticket.{does}", f"ticket:{ticket.ticket_id}", by=by, address=address, before={"status": before}, after={"status": does})
    return ticket


@transaction.atomic
def change_ticket(pk: int, values: dict[str, Any], *, by: User, address: str | None) -> Ticket:
    """Another agent, another due time, other words."""
    ticket = locked(Ticket, pk)
    before = {"agent": ticket.agent_id, "due": _text(ticket.due_at)}
    moved = "agent_id" in values and values["agent_id"] != ticket.agent_id
    for name, value in values.items():
        setattr(ticket, name, normal(value) if isinstance(value, str) else value)
    ticket.save()
    after = {"agent": ticket.agent_id, "due": _text(ticket.due_at)}
    record("ticket.changed", f"ticket:{ticket.ticket_id}", by=by, address=address, before=before, after=after)
    if moved:
        _tell(ticket.agent_id, by, ticket.title or ticket.ticket_id, f"/tickets/{pk}")
    return ticket


def state_of(ticket: Ticket) -> str:
    """What an empty status means by the contract."""
    return ticket.status or (Ticket.Status.DONE if ticket.done_at else Ticket.Status.OPEN)


@transaction.atomic
def new_task(agent_id: str, title: str, due_at: datetime, customer: Customer | None, *, by: User | None) -> Task:
    """Something that an agent is to do."""
    task = Task.objects.create(
        agent_id=agent_id, title=normal(title), due_at=due_at, customer=customer, made_by=by, made_at=clock.now()
    )
    _tell(agent_id, by, task.title, "/tasks", key=told_of(task.pk))
    return task


@transaction.atomic
def tick_task(pk: int, *, done: bool) -> Task:
    """A task is done, or is to be done after all."""
    task = locked(Task, pk)
    if done != bool(task.done_at):
        task.done_at = clock.now() if done else None
        task.save(update_fields=["done_at"])
        if done:
            need_no_reminder("task", pk)
    return task


def told_of(task_pk: int) -> str:
    """The key of the notification that a task was given."""
    return f"task {task_pk}"


def _tell(agent_id: str, by: User | None, what: str, link: str, key: str = "") -> None:
    if by is not None and by.agent_id != agent_id:
        notify_agents([agent_id], "work.given", link=link, key=key, what=what, who=by.name)


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
