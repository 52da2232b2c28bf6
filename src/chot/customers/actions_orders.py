"""Writes about orders: their lines make the amount, and each status leads only to some others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.core.text import normal
from chot.customers.actions_work import locked, next_key, stale
from chot.customers.models import Customer, Order, OrderItem
from chot.people.audit import record
from chot.people.models import Role, User

S = Order.Status
STEPS: dict[str, tuple[str, ...]] = {
    "": (S.PENDING, S.CONFIRMED, S.CANCELLED),
    S.PENDING: (S.CONFIRMED, S.CANCELLED),
    S.CONFIRMED: (S.COMPLETED, S.RETURNED, S.CANCELLED),
    S.COMPLETED: (S.RETURNED,),
    S.RETURNED: (),
    S.CANCELLED: (),
}
"""Where each status leads. What is delivered or comes back is said by whoever leads, not by whom the order pays."""
AGENTS_OWN = {S.CONFIRMED, S.CANCELLED}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of an order, whole đồng."""

    product: str
    quantity: int
    price_vnd: int


def steps_for(order: Order, user: User) -> list[str]:
    """Where the user may lead an order."""
    return [each for each in STEPS[order.status] if user.role in {Role.LEADER, Role.MANAGER} or each in AGENTS_OWN]


@transaction.atomic
def place(
    customer: Customer | None, agent_id: str, lines: Sequence[Line], *, call_id: str = "", by: User | None, address: str | None
) -> Order:
    """A new order, pending."""
    pk, now = next_key(Order), clock.now()
    order = Order(
        pk=pk, order_id=f"ct-d{pk}", agent_id=agent_id, customer_id=customer.customer_id if customer else "", call_id=call_id,
        ordered_at=now, status=S.PENDING, status_at=now,
    )  # fmt: skip
    _sum(order, lines)
    order.save(force_insert=True)
    OrderItem.objects.bulk_create(_items(order, lines))
    record("order.placed", f"order:{order.order_id}", by=by, address=address, after={"agent": agent_id, "amount": order.amount_vnd})
    return order


@transaction.atomic
def change_lines(pk: int, lines: Sequence[Line], *, by: User, address: str | None) -> Order:
    """Other lines, as long as the order is pending. Raises ``InputError`` afterwards."""
    order = locked(Order, pk)
    if order.status not in ("", S.PENDING):
        raise InputError(Problem(what=_("Only a pending order can be changed"), fix=_("Cancel it and place a new one.")))
    before = order.amount_vnd
    _sum(order, lines)
    order.save()
    order.items.all().delete()
    OrderItem.objects.bulk_create(_items(order, lines))
    after = {"amount": order.amount_vnd}
    record("order.changed", f"order:{order.order_id}", by=by, address=address, before={"amount": before}, after=after)
    return order


@transaction.atomic
def lead_to(pk: int, status: str, *, by: User, address: str | None) -> Order:
    """The next status of an order. Raises ``InputError`` where it does not lead there, or no longer."""
    order = locked(Order, pk)
    if status not in steps_for(order, by):
        raise stale()
    before = order.status
    order.status, order.status_at = status, clock.now()
    order.save()
    record(f"order.{status}", f"order:{order.order_id}", by=by, address=address, before={"status": before}, after={"status": status})
    return order


def _sum(order: Order, lines: Sequence[Line]) -> None:
    order.amount_vnd = sum(line.quantity * line.price_vnd for line in lines)
    order.quantity = sum(line.quantity for line in lines)
    order.product = normal(lines[0].product if len(lines) == 1 else ", ".join(line.product for line in lines))[:200]


def _items(order: Order, lines: Sequence[Line]) -> list[OrderItem]:
    return [OrderItem(order=order, product=normal(line.product), quantity=line.quantity, price_vnd=line.price_vnd) for line in lines]
