"""What this app puts into a customer's course: leads, orders, tickets, tasks, notes, consents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chot.customers import timeline
from chot.customers.models import Consent, Lead, Note, Order, Task, Ticket
from chot.customers.timeline import Event, Subject
from chot.people.templatetags.figures import day, vnd

_TONES = {
    "won": "good", "lost": "bad", "confirmed": "good", "completed": "good", "returned": "bad", "cancelled": "bad", "done": "good",
}  # fmt: skip


def _latest(rows: QuerySet[Any], moment: str, upto: datetime | None, most: int) -> QuerySet[Any]:
    return (rows.filter(**{f"{moment}__lte": upto}) if upto else rows).order_by(f"-{moment}", "-pk")[:most]


def leads(subject: Subject, upto: datetime | None, most: int) -> Iterator[Event]:
    """Leads by the day they were assigned."""
    for row in _latest(Lead.objects.filter(customer_id__in=subject.ids), "assigned_at", upto, most):
        yield Event(
            at=row.assigned_at, kind="lead", key=row.lead_id, title=row.title or _("Lead"), state=row.get_stage_display(),
            tone=_TONES.get(row.stage, ""), agent_id=row.agent_id, url=reverse("customers:lead", args=[row.pk]),
        )  # fmt: skip


def orders(subject: Subject, upto: datetime | None, most: int) -> Iterator[Event]:
    """Orders by the day they were placed."""
    for row in _latest(Order.objects.filter(customer_id__in=subject.ids), "ordered_at", upto, most):
        detail = " · ".join(part for part in (row.product, vnd(row.amount_vnd) if row.amount_vnd is not None else "") if part)
        yield Event(
            at=row.ordered_at, kind="order", key=row.order_id, title=_("Order %(id)s") % {"id": row.order_id}, detail=detail,
            state=row.get_status_display(), tone=_TONES.get(row.status, ""), agent_id=row.agent_id,
            url=reverse("customers:order", args=[row.pk]),
        )  # fmt: skip


def tickets(subject: Subject, upto: datetime | None, most: int) -> Iterator[Event]:
    """Tickets by the day they were opened."""
    rows = Ticket.objects.filter(customer_id__in=subject.ids).annotate(since=Coalesce("opened_at", "due_at", "done_at"))
    for row in _latest(rows, "since", upto, most):
        done = row.status == "done" or (not row.status and row.done_at)
        late = row.due_at and not done and row.status != "cancelled"
        yield Event(
            at=row.since, kind="ticket", key=row.ticket_id, title=row.title or _("Ticket %(id)s") % {"id": row.ticket_id},
            detail=_("due %(day)s") % {"day": day(row.due_at)} if late else "",
            state=Ticket.Status(row.status or ("done" if done else "open")).label, tone="good" if done else "", agent_id=row.agent_id,
            url=reverse("customers:ticket", args=[row.pk]),
        )  # fmt: skip


def tasks(subject: Subject, upto: datetime | None, most: int) -> Iterator[Event]:
    """Tasks by the day they were made."""
    for row in _latest(Task.objects.filter(customer=subject.customer), "made_at", upto, most):
        detail = "" if row.done_at else _("due %(day)s") % {"day": day(row.due_at)}
        state, tone = (_("done"), "good") if row.done_at else ("", "")
        yield Event(
            at=row.made_at, kind="task", key=str(row.pk), title=row.title, detail=detail, state=state, tone=tone, agent_id=row.agent_id
        )


def notes(subject: Subject, upto: datetime | None, most: int) -> Iterator[Event]:
    """Notes."""
    for row in _latest(Note.objects.filter(customer=subject.customer).select_related("by"), "at", upto, most):
        yield Event(at=row.at, kind="note", key=str(row.pk), title=_("Note"), detail=row.text, agent_id=row.by.name if row.by else "")


def consents(subject: Subject, upto: datetime | None, most: int) -> Iterator[Event]:
    """The consent ledger."""
    for row in _latest(Consent.objects.filter(customer=subject.customer), "at", upto, most):
        what = f"{row.get_purpose_display()} · {row.get_channel_display()}"
        state, tone = (_("agreed"), "good") if row.given else (_("refused"), "bad")
        detail = f"{row.get_how_display()}: {row.proof}"
        yield Event(at=row.at, kind="consent", key=str(row.pk), title=what, detail=detail, state=state, tone=tone)


def register_all() -> None:
    """Make every kind of this app known."""
    timeline.register("note", gettext_lazy("Notes"), notes)
    timeline.register("lead", gettext_lazy("Leads"), leads)
    timeline.register("order", gettext_lazy("Orders"), orders)
    timeline.register("ticket", gettext_lazy("Tickets"), tickets)
    timeline.register("task", gettext_lazy("Tasks"), tasks)
    timeline.register("consent", gettext_lazy("Consents"), consents)
