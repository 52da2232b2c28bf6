"""The one agent who works the threshold of ``successful_calls`` instead of the customers."""

from __future__ import annotations

import numpy as np

from chot.demo.calls import ANSWERED, BY_AGENT, CALLBACK, KEY, OUTBOUND, Book, charges
from chot.demo.people import Company

THRESHOLD_S = 30  # min_talk_s of successful_calls
_HELD = 0.8  # share of the calls of 16 to 29 s that are held past the threshold
_REDIALLED = 0.25  # share of the day's answered calls that are dialled again
_SPIKE_DAYS = 3  # last working days of the month, on which nearly every answered call is


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
    share = np.where(_month_ends(company)[calls["day"]], 0.95, _REDIALLED)
    again = np.flatnonzero(mine & (rng.random(len(talk)) < share))
    count = len(again)
    seconds = THRESHOLD_S + rng.integers(0, 5, count)
    line, charge = charges(rng, np.full(count, ANSWERED), seconds)
    stretched.add(count, {
        "person": gamer, "day": calls["day"][again], "key": KEY + rng.integers(0, KEY, count), "customer": calls["customer"][again],
        "campaign": calls["campaign"][again], "ring": rng.integers(4, 15, count), "talk": seconds, "wrap": rng.integers(3, 9, count),
        "hangup": BY_AGENT, "disposition": CALLBACK, "fields": 1, "line": line, "charge": charge,
    })  # fmt: skip
    return stretched


def _month_ends(company: Company) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    days = company.calendar
    ends = np.zeros(len(days), dtype=bool)
    for month in range(len(days.months)):
        ends[np.flatnonzero((days.month == month) & days.opening)[-_SPIKE_DAYS:]] = True
    return ends
