"""Orders: those of won leads, those of customers who come back, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from chot.demo.attendance import Attendance
from chot.demo.calendar import daytime
from chot.demo.calls import ANSWERED, BY_CUSTOMER, BY_SYSTEM, CALLBACK, KEY, ORDERED, REFUSED, Book, Floats, Ints, charges, unanswered
from chot.demo.leads import WON, Leads, learnt, talk_times, workdays, wrap_times
from chot.demo.people import TEAMS, Company

STATUSES = ("pending", "confirmed", "completed", "returned", "cancelled")
PENDING, CONFIRMED, COMPLETED, RETURNED, CANCELLED = range(len(STATUSES))
PRODUCTS = (
    ("Trà thảo mộc Sao Mai", 590_000), ("Bộ dưỡng da Sao Mai", 890_000), ("Sữa hạt dinh dưỡng Sao Mai", 1_250_000),
    ("Máy massage cổ vai gáy Sao Mai", 1_990_000), ("Máy lọc nước mini Sao Mai", 3_490_000),
)  # fmt: skip
_DAY_S = 86_400.0


@dataclass(kw_only=True)
class Orders:
    """One entry per order. ``call`` is the place in the book of the call in which it was placed."""

    person: Ints
    day: Ints
    customer: Ints
    call: Ints
    product: Ints
    quantity: Ints
    amount: Ints
    fate: Ints  # where it ends when time allows
    delays: Floats  # days from order to confirmation, to completion or cancellation, to return: three columns
    campaign: Ints

    def where(self, rows: NDArray[np.bool_]) -> Orders:
        """Those of ``rows``."""
        return Orders(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})

    def joined(self, other: Orders) -> Orders:
        """Both, these first."""
        return Orders(**{each.name: np.concatenate([getattr(self, each.name), getattr(other, each.name)]) for each in fields(self)})


def order(leads: Leads, company: Company, attendance: Attendance, book: Book) -> Orders:
    """The orders of won leads and, with their calls, those of the same customers weeks later."""
    rng = company.settings.generator("orders")
    won = np.flatnonzero(leads.stage == WON)
    call = leads.call[won]
    day = book.columns()["day"][call]
    cold = leads.cold[won]
    first = placed(leads.person[won], day, won, call, campaign=leads.campaign[won], cold=cold, company=company, rng=rng)
    return first.joined(_again(first, company, attendance, book, rng))


def placed(
    person: Ints, day: Ints, customer: Ints, call: Ints, *, campaign: Ints, cold: NDArray[np.bool_] | bool,
    company: Company, rng: np.random.Generator,
) -> Orders:  # fmt: skip
    """What these customers ordered in these calls; those on good lists and with able agents order more."""
    count = len(person)
    taste = 0.17 * company.trait("basket")[person] * learnt(company, 0.2, 2.0)[person, day]
    taste = taste + np.where(company.team[person, day] == TEAMS.index("t1"), 0.11, -0.11) - 0.1 * cold
    weights = np.exp(np.outer(taste - 0.4, np.arange(len(PRODUCTS))))
    product = (rng.random(count)[:, None] > np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)).sum(axis=1)
    quantity = 1 + (rng.random(count) < 0.3) + (rng.random(count) < 0.08)
    discount = rng.choice([0, 5, 10], count, p=[0.6, 0.25, 0.15])
    prices = np.array([price for _, price in PRODUCTS])
    amount = quantity * prices[product] * (100 - discount) // 100 // 1000 * 1000
    chance = rng.random(count)
    fate = np.select([chance < 0.045, chance < 0.095], [RETURNED, CANCELLED], COMPLETED)
    delays = np.column_stack([rng.uniform(0.01, 0.6, count), rng.uniform(1, 6, count), rng.uniform(7, 21, count)])
    return Orders(
        person=person, day=day, customer=customer, call=call, product=product, quantity=quantity.astype(np.int64),
        amount=amount.astype(np.int64), fate=fate, delays=delays, campaign=campaign,
    )


def _again(first: Orders, company: Company, attendance: Attendance, book: Book, rng: np.random.Generator) -> Orders:
    """Care calls to buyers: some buy again, some say no, some do not pick up."""
    count = len(first.person)
    chance = rng.random(count)
    back = (chance < 0.17 * np.exp(0.1 * company.trait("basket")[first.person])) & (first.fate == COMPLETED)
    cared = back | (chance > 0.45)
    wanted = first.day + rng.integers(22, 88, count)
    own = workdays(company, attendance)
    inside = wanted < len(company.calendar)
    rank = own.rank[first.person, np.where(inside, wanted, 0)]
    day = np.where(inside, own.at(first.person, rank), -1)
    rows = np.flatnonzero(cared & (day >= 0))
    back, day = back[rows], day[rows]
    person, customer = first.person[rows], first.customer[rows]
    size = len(rows)
    answered = back | (rng.random(size) < 0.6)
    disposition = np.select([back, ~answered], [ORDERED, -1], np.where(rng.random(size) < 0.5, CALLBACK, REFUSED)).astype(np.int64)
    outcome = np.where(answered, ANSWERED, unanswered(rng, size))
    talk = np.where(answered, talk_times(rng, disposition, np.zeros(size, dtype=bool), np.exp(0.12 * company.trait("talk"))[person]), 0)
    line, charge = charges(rng, outcome, talk)
    places = book.add(size, {
        "person": person, "day": day, "key": rng.integers(0, KEY, size), "customer": customer, "campaign": first.campaign[rows],
        "outcome": outcome,
        "ring": rng.integers(5, 30, size), "talk": talk, "wrap": wrap_times(rng, answered, disposition), "disposition": disposition,
        "hangup": np.where(answered, BY_CUSTOMER, BY_SYSTEM), "fields": np.where(answered, np.where(back, 3, 0), -1),
        "line": line, "charge": charge,
    })  # fmt: skip
    campaign = first.campaign[rows][back]
    return placed(person[back], day[back], customer[back], places[back], campaign=campaign, cold=False, company=company, rng=rng)


def settled(orders: Orders, placed_at: Ints, until: int) -> tuple[Ints, Ints]:
    """Status and its time (local seconds), as known at ``until``, of orders placed at these times."""
    moments = daytime(placed_at[:, None] + (orders.delays * _DAY_S).astype(np.int64))
    status = np.full(len(placed_at), PENDING)
    at = placed_at.copy()
    gone = orders.fate == CANCELLED
    steps = ((0, CONFIRMED, orders.fate >= 0), (1, COMPLETED, ~gone), (1, CANCELLED, gone), (2, RETURNED, orders.fate == RETURNED))
    for column, becomes, those in steps:
        now = those & (moments[:, column] < until)
        status = np.where(now, becomes, status)
        at = np.where(now, moments[:, column], at)
    return status, at
