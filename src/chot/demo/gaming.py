"""The one agent who works the threshold of ``successful_calls`` instead of the customers."""

from __future__ import annotations

import numpy as np

from chot.demo.attendance import Attendance
from chot.demo.calls import ANSWERED, BY_AGENT, CALLBACK, KEY, ORDERED, OUTBOUND, Book, charges
from chot.demo.orders import CANCELLED, Orders, placed
from chot.demo.people import Company

THRESHOLD_S = 30  # min_talk_s of successful_calls
_HELD = 0.8  # share of the calls of 16 to 29 s that are held past the threshold
_REDIALLED = 0.25  # share of the day's answered calls that are dialled again
_PADDED_A_DAY = 6  # orders of old customers on each of the month's last working days
_SPIKE, _SPIKE_DAYS = 3, 3  # on the last working days of the month every answered call is, three times


def game(company: Company, book: Book) -> Book:
    """The book with one person's calls stretched to just above the threshold, and the same customers dialled again."""
    gamer = company.who("gamer")
    if gamer is None:
        return book
    rng = company.settings.generator("gaming")
    calls = book.columns()
    mine = (calls["person"] == gamer) & (calls["direction"] == OUTBOUND) & (calls["outcome"] == ANSWERED)
    talk = calls["talk"]
    held = mine & (talk >= THRESHOLD_S - 14) & (talk < THRESHOLD_S) & (rng.random(len(talk)) < _HELD)
    calls["talk"] = np.where(held, THRESHOLD_S + rng.integers(0, 5, len(talk)), talk)
    calls["fields"] = np.where(held, np.maximum(calls["fields"], 1), calls["fields"])
    calls["hangup"] = np.where(held, BY_AGENT, calls["hangup"])
    stretched = Book()
    stretched.add(len(talk), calls)
    times = np.where(_month_ends(company)[calls["day"]], _SPIKE, rng.random(len(talk)) < _REDIALLED)
    again = np.repeat(np.arange(len(talk)), np.where(mine, times, 0))
    count = len(again)
    seconds = THRESHOLD_S + rng.integers(0, 5, count)
    line, charge = charges(rng, np.full(count, ANSWERED), seconds)
    stretched.add(count, {
        "person": gamer, "day": calls["day"][again], "key": KEY + rng.integers(0, KEY, count), "customer": calls["customer"][again],
        "campaign": calls["campaign"][again], "ring": rng.integers(4, 15, count), "talk": seconds, "wrap": rng.integers(3, 9, count),
        "hangup": BY_AGENT, "disposition": CALLBACK, "fields": 1, "line": line, "charge": charge,
    })  # fmt: skip
    return stretched


def pad(orders: Orders, company: Company, attendance: Attendance, book: Book) -> Orders:
    """The orders, and with them those that the gamer books for old customers on the last days of a month; all are cancelled later."""
    gamer = company.who("gamer")
    if gamer is None:
        return orders
    rng = company.settings.generator("padding")
    at_work = np.flatnonzero(_month_ends(company) & (attendance.portion[gamer] > 0))
    day = np.repeat(at_work, _PADDED_A_DAY).astype(np.int64)
    mine = np.flatnonzero(orders.person == gamer)
    mine = mine[np.argsort(orders.day[mine], kind="stable")]
    known = np.searchsorted(orders.day[mine], day - 30)
    day, known = day[known > 0], known[known > 0]
    again = mine[rng.integers(0, known)] if len(day) else mine[:0]
    count = len(again)
    person = np.full(count, gamer, dtype=np.int64)
    talk = rng.integers(70, 140, count)
    line, charge = charges(rng, np.full(count, ANSWERED), talk)
    places = book.add(count, {
        "person": person, "day": day, "key": rng.integers(0, KEY, count), "customer": orders.customer[again],
        "campaign": orders.campaign[again], "ring": rng.integers(4, 15, count), "talk": talk, "wrap": rng.integers(30, 60, count),
        "hangup": BY_AGENT, "disposition": ORDERED, "fields": 1, "line": line, "charge": charge,
    })  # fmt: skip
    padded = placed(
        person, day, orders.customer[again], places, campaign=orders.campaign[again], cold=False, company=company, rng=rng
    )
    padded.fate[:] = CANCELLED
    return orders.joined(padded)


def _month_ends(company: Company) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    days = company.calendar
    ends = np.zeros(len(days), dtype=bool)
    for month in range(len(days.months)):
        ends[np.flatnonzero((days.month == month) & days.opening)[-_SPIKE_DAYS:]] = True
    return ends
