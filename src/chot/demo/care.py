"""The care team: inbound calls and those who hung up waiting, tickets, follow-up calls."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from chot.demo.attendance import Attendance
from chot.demo.calendar import season
from chot.demo.calls import (
    ABANDONED,
    ANSWERED,
    BY_AGENT,
    BY_CUSTOMER,
    COMPLAINT,
    INBOUND,
    INTERNAL,
    KEY,
    NO_ANSWER,
    ORDERED,
    RESOLVED,
    TICKET,
    VOICEMAIL,
    Book,
    Floats,
    Ints,
    charges,
)  # fmt: skip
from chot.demo.leads import learnt, workdays
from chot.demo.orders import Orders, placed
from chot.demo.people import CSKH, TEAMS, Company

QUEUES = ("cskh-don-hang", "cskh-bao-hanh", "cskh-tong-dai")
STRANGER = 500_000  # customers from this number on never were a lead
_CALLS_A_DAY = 52
_WEEKDAY = np.array([1.1, 1.03, 1.0, 0.98, 0.97, 0.95, 0.0])


@dataclass(kw_only=True)
class Tickets:
    """One entry per ticket. ``call`` opened it; ``second`` is the follow-up call, -1 for none (places in the book).

    ``punctual`` tickets are done before they are due; ``delay_s`` is the time to done after the last call.
    """

    person: Ints
    day: Ints
    customer: Ints
    call: Ints
    second: Ints
    punctual: NDArray[np.bool_]
    reopened: NDArray[np.bool_]
    cancelled: NDArray[np.bool_]
    delay_s: Ints

    def where(self, rows: NDArray[np.bool_]) -> Tickets:
        """Those of ``rows``."""
        return Tickets(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


def care(company: Company, attendance: Attendance, orders: Orders, book: Book) -> tuple[Tickets, Orders]:
    """The hotline: every answered call, every abandoned one, the tickets they leave and the orders customers add."""
    rng, days = company.settings.generator("care"), company.calendar
    rate = _CALLS_A_DAY * attendance.portion * _WEEKDAY[days.weekday] * (company.role == CSKH)
    rate = rate * _load(company) * np.exp(0.06 * company.trait("volume"))[:, None]
    counts = np.minimum(rng.poisson(rate), (85 * attendance.portion).astype(int))
    day, person = np.nonzero(counts.T)
    times = counts.T[day, person]
    day, person = np.repeat(day, times).astype(np.int64), np.repeat(person, times).astype(np.int64)
    customer = _callers(day, orders, rng)
    queue = rng.choice(len(QUEUES), len(day), p=[0.5, 0.2, 0.3])
    left = _answered(person, day, customer, queue, company, attendance, book, rng)
    _unreached(counts.sum(axis=0), company, book, rng)
    _internal(company, attendance, book, rng)
    return left


def _load(company: Company) -> Floats:
    """Call volume by day: more orders bring more questions, a month later and damped."""
    days = company.calendar
    factors = np.array([season((period.first.month - 2) % 12 + 1) ** 0.5 for period in days.months])
    return np.asarray(factors[days.month])


def _callers(day: Ints, orders: Orders, rng: np.random.Generator) -> Ints:
    """Half buyers of the days before, half people not known."""
    by_day = np.argsort(orders.day, kind="stable")
    known = np.searchsorted(orders.day[by_day], day)
    recent = np.maximum(known - 1 - (rng.random(len(day)) ** 2 * np.minimum(known, 4000)).astype(np.int64), 0)
    buyer = (rng.random(len(day)) < 0.5) & (known > 0)
    bought = orders.customer[by_day][recent] if len(by_day) else np.zeros(len(day), dtype=np.int64)
    return np.where(buyer, bought, STRANGER + rng.integers(0, 400_000, len(day)))


def _answered(
    person: Ints, day: Ints, customer: Ints, queue: Ints, company: Company, attendance: Attendance, book: Book, rng: np.random.Generator
) -> tuple[Tickets, Orders]:
    count = len(person)
    missed = rng.random(count) < 0.012
    short = rng.random(count) < 0.04
    pace = np.exp(0.13 * company.trait("handle"))[person] / learnt(company, 0.2, 1.5)[person, day]
    long = 62 + pace * rng.gamma(2.2, 78.0, count)
    talk = np.where(missed, 0, np.where(short, rng.integers(6, 62, count), long.astype(np.int64)))
    asks = ~missed & ~short & (rng.random(count) < 0.21)
    buys = ~missed & ~short & ~asks & (rng.random(count) < 0.011)
    says = np.where(rng.random(count) < 0.05, COMPLAINT, RESOLVED)
    wait = np.minimum(rng.exponential(11.0, count) + (rng.random(count) < 0.08) * rng.exponential(40.0, count), 400).astype(np.int64)
    ring = np.where(missed, 20, rng.integers(2, 9, count))
    places = book.add(count, {
        "person": person, "day": day, "key": rng.integers(0, KEY, count), "direction": INBOUND, "customer": customer, "queue": queue,
        "ring": ring, "wait": np.maximum(wait, ring), "talk": talk,
        "hold": np.where(talk > 90, (rng.random(count) < 0.3) * rng.integers(15, 90, count), 0),
        "wrap": np.where(missed, 0, (pace * rng.uniform(25, 70, count)).astype(np.int64)), "outcome": np.where(missed, NO_ANSWER, ANSWERED),
        "hangup": np.where(missed | (rng.random(count) < 0.8), BY_CUSTOMER, BY_AGENT), "fields": np.where(missed, -1, 1),
        "disposition": np.select([missed, asks, buys], [-1, TICKET, ORDERED], says),
    })  # fmt: skip
    rows = np.flatnonzero(asks)
    tickets = _tickets(person[rows], day[rows], customer[rows], places[rows], company, attendance, book, rng)
    more = np.flatnonzero(buys)
    none = np.full(len(more), -1, dtype=np.int64)
    upsold = placed(person[more], day[more], customer[more], places[more], campaign=none, cold=False, company=company, rng=rng)
    return tickets, upsold


def _tickets(
    person: Ints, day: Ints, customer: Ints, call: Ints, company: Company, attendance: Attendance, book: Book, rng: np.random.Generator
) -> Tickets:
    count = len(person)
    skill = learnt(company, 0.12, 1.5)[person, day]
    at_once = rng.random(count) < np.clip(0.76 + 0.07 * company.trait("first"), 0.3, 0.97)[person] * skill
    punctual = rng.random(count) < np.clip(0.90 + 0.045 * company.trait("on_time"), 0.5, 0.99)[person] * skill
    own = workdays(company, attendance, CSKH)
    later = own.at(person, own.rank[person, day] + 1)
    reopened = ~at_once & (rng.random(count) < 0.25)
    calls_back = np.flatnonzero(~at_once & ~reopened & (later >= 0))
    second = np.full(count, -1, dtype=np.int64)
    second[calls_back] = _follow_ups(person[calls_back], later[calls_back], customer[calls_back], book, rng)
    return Tickets(
        person=person, day=day, customer=customer, call=call, second=second, punctual=punctual, reopened=reopened,
        cancelled=rng.random(count) < 0.015, delay_s=rng.integers(120, 5400, count),
    )  # fmt: skip


def _follow_ups(person: Ints, day: Ints, customer: Ints, book: Book, rng: np.random.Generator) -> Ints:
    count = len(person)
    talk = 62 + rng.gamma(2.0, 45.0, count).astype(np.int64)
    line, charge = charges(rng, np.full(count, ANSWERED), talk)
    return book.add(count, {
        "person": person, "day": day, "key": rng.integers(0, KEY * 4 // 5, count), "customer": customer,
        "ring": rng.integers(6, 24, count), "talk": talk,
        "wrap": rng.integers(20, 60, count), "hangup": BY_CUSTOMER, "disposition": RESOLVED, "fields": 0, "line": line, "charge": charge,
    })  # fmt: skip


def _unreached(answered: Ints, company: Company, book: Book, rng: np.random.Generator) -> None:
    """Customers who hung up in the queue, and those who spoke to the machine after closing."""
    days = company.calendar
    lost = rng.poisson(answered * 0.045)
    day = np.repeat(np.arange(len(days)), lost)
    busy_hours = rng.choice([8, 9, 10, 11, 12, 13, 14, 15, 16], len(day), p=[0.12, 0.14, 0.14, 0.14, 0.12, 0.1, 0.09, 0.08, 0.07])
    busy_hours = np.where(days.weekday[day] == 5, np.minimum(busy_hours, 11), busy_hours)
    wait = np.minimum(1 + rng.exponential(45.0, len(day)), 600).astype(np.int64)
    care_team = TEAMS.index("cs")
    book.add(len(day), {
        "day": day, "direction": INBOUND, "customer": STRANGER + rng.integers(0, 400_000, len(day)),
        "queue": rng.integers(0, len(QUEUES), len(day)),
        "team": care_team, "wait": wait, "outcome": ABANDONED, "hangup": BY_CUSTOMER,
        "start": days.midnight[day] + busy_hours * 3600 + rng.integers(0, 3600, len(day)),
    })  # fmt: skip
    evening = np.repeat(np.arange(len(days)), rng.poisson(answered * 0.006))
    book.add(len(evening), {
        "day": evening, "direction": INBOUND, "customer": STRANGER + rng.integers(0, 400_000, len(evening)), "queue": 2, "team": care_team,
        "wait": 15, "outcome": VOICEMAIL, "hangup": BY_CUSTOMER,
        "start": days.midnight[evening] + rng.integers(63_600, 75_600, len(evening)),
    })  # fmt: skip


def _internal(company: Company, attendance: Attendance, book: Book, rng: np.random.Generator) -> None:
    """Calls between colleagues, which count in no metric."""
    person, day = np.nonzero(rng.random(company.team.shape) < 0.35 * attendance.portion)
    book.add(len(person), {
        "person": person, "day": day, "key": rng.integers(0, KEY, len(person)), "direction": INTERNAL,
        "ring": rng.integers(2, 8, len(person)),
        "talk": rng.integers(20, 240, len(person)), "hangup": BY_AGENT,
    })  # fmt: skip


