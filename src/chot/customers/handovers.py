"""What somebody who leaves has in hand among customers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chot.core import clock
from chot.customers.models import Customer, Lead, Order, Task, Ticket
from chot.people.handover import Holding, Leaver, register
from chot.people.models import User

_UNDER_WAY = (Order.Status.PENDING, Order.Status.CONFIRMED)
_DUE = timedelta(days=1)


def _orders(leaver: Leaver) -> QuerySet[Order]:
    """Open orders that nobody else follows up yet. They stay the seller's, who is paid for them."""
    followed = Task.objects.filter(done_at=None, title__contains=OuterRef("order_id")).exclude(agent_id=leaver.agent_id)
    return Order.objects.filter(agent_id=leaver.agent_id, status__in=_UNDER_WAY).filter(~Exists(followed))


def _follow(rows: Sequence[Order], leaver: Leaver, to: Any, by: User) -> list[int]:
    """One task for each order: follow it until it is delivered. The tasks' keys."""
    customers = {row.customer_id: row for row in Customer.objects.filter(customer_id__in=[each.customer_id for each in rows])}
    now = clock.now()
    made = Task.objects.bulk_create(
        Task(
            customer=customers.get(row.customer_id), agent_id=to, due_at=now + _DUE, made_by=by, made_at=now,
            title=_now("Follow up order %(order)s, taken over from %(agent)s") % {"order": row.order_id, "agent": leaver.agent_id},
        )
        for row in rows
    )  # fmt: skip
    return [each.pk for each in made]


def _unfollow(ids: Sequence[int], _leaver: Leaver) -> int:
    return Task.objects.filter(pk__in=ids, done_at=None).delete()[0]


def register_all() -> None:
    """Said once, when the application starts."""
    register(
        Holding(
            kind="customers", title=_("Customers looked after"), field="owner", sets=dict,
            rows=lambda leaver: Customer.objects.filter(owner=leaver.agent_id, erased_at=None),
            link=lambda leaver: f"/customers?whose={leaver.agent_id}",
        ),
        Holding(
            kind="leads", title=_("Open leads"), sets=lambda: {"assigned_at": clock.now(), "written_at": Now()},
            rows=lambda leaver: Lead.objects.filter(agent_id=leaver.agent_id).exclude(stage__in=[Lead.Stage.WON, Lead.Stage.LOST]),
            link=lambda _leaver: "/leads",
        ),
        Holding(
            kind="orders", title=_("Open orders"), rows=_orders, give=_follow, back=_unfollow, link=lambda _leaver: "/orders",
            note=_("They stay the seller's, who is paid for them; the successor gets a task to follow each up."),
        ),
        Holding(
            kind="tickets", title=_("Open tickets"), sets=lambda: {"written_at": Now()},
            rows=lambda leaver: Ticket.objects.filter(Q(status=Ticket.Status.OPEN) | Q(status=""), agent_id=leaver.agent_id, done_at=None),
            link=lambda _leaver: "/tickets",
        ),
        Holding(
            kind="tasks", title=_("Tasks to do"), rows=lambda leaver: Task.objects.filter(agent_id=leaver.agent_id, done_at=None),
            link=lambda leaver: f"/tasks?whose={leaver.agent_id}",
        ),
    )  # fmt: skip
