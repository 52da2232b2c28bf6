"""Calls in the making: columns of drafts, their order within an agent's day, and the times that follow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chot.demo.attendance import Attendance
from chot.demo.people import CSKH, Company
from chot.kpi.schema import OUTCOMES

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

INBOUND, OUTBOUND, INTERNAL = range(3)
DIRECTIONS = ("in", "out", "internal")
ANSWERED, NO_ANSWER, BUSY, FAILED, CANCELLED, ABANDONED, VOICEMAIL = range(len(OUTCOMES))
HANGUPS = ("agent", "customer", "system")
BY_AGENT, BY_CUSTOMER, BY_SYSTEM = range(len(HANGUPS))
DISPOSITIONS = ("interested", "callback", "refused", "wrong_number", "ordered", "resolved", "ticket", "complaint")
INTERESTED, CALLBACK, REFUSED, WRONG_NUMBER, ORDERED, RESOLVED, TICKET, COMPLAINT = range(len(DISPOSITIONS))
LINES = ("viettel-sip-1", "viettel-sip-2", "vinaphone-sip-1", "mobifone-sip-1")

KEY = 1 << 30  # keys below this order the calls of a day; at or above it, they come last
_DEFAULTS = {
    "person": -1, "day": 0, "key": 0, "direction": OUTBOUND, "customer": -1, "campaign": -1, "queue": -1, "team": -1, "ring": 0,
    "wait": 0, "talk": 0, "hold": 0, "wrap": 0, "outcome": ANSWERED, "hangup": -1, "disposition": -1, "fields": -1, "line": -1,
    "charge": 0, "start": -1,
}  # fmt: skip
_AD_CLOSE_S = 17 * 3600  # no advertising call from here on (Decree 91/2020)
_HOUR = np.array([0.8, 1.15, 1.25, 1.0, 0.9, 1.05, 1.2, 1.15, 0.85, 0.7])  # how busy the hours from 8 o'clock are


class Book:
    """Draft calls, added in batches; a call is known by its place in the book."""

    def __init__(self) -> None:
        self._batches: list[dict[str, Ints]] = []
        self.count = 0

    def add(self, count: int, columns: Mapping[str, ArrayLike]) -> Ints:
        """Take ``count`` drafts in; what ``columns`` does not name has its default. The places they got."""
        given = {name: np.asarray(columns.get(name, default), dtype=np.int64) for name, default in _DEFAULTS.items()}
        batch = {name: np.broadcast_to(values, count) for name, values in given.items()}
        self._batches.append(batch)
        self.count += count
        return np.arange(self.count - count, self.count, dtype=np.int64)

    def columns(self) -> dict[str, Ints]:
        """All drafts, one array per column."""
        return {name: np.concatenate([batch[name] for batch in self._batches]) for name in _DEFAULTS}


def charges(rng: np.random.Generator, outcome: Ints, talk: Ints) -> tuple[Ints, Ints]:
    """The line and the charge in đồng of outbound calls: 500 or 780 đồng a minute, in blocks of 6 s + 1 s."""
    rate = np.where(rng.random(len(talk)) < 0.55, 500, 780)
    billed = np.where(outcome == ANSWERED, np.maximum(talk, 6), 0)
    return rng.integers(0, len(LINES), len(talk)), (rate * billed + 30) // 60


def unanswered(rng: np.random.Generator, count: int) -> Ints:
    """How outbound calls end that nobody answers."""
    return rng.choice([NO_ANSWER, BUSY, CANCELLED, FAILED, VOICEMAIL], count, p=[0.62, 0.2, 0.07, 0.06, 0.05]).astype(np.int64)


def timed(book: Book, company: Company, attendance: Attendance, rng: np.random.Generator) -> dict[str, Ints]:
    """The book's columns with ``start`` filled in, and ``answered`` and ``end`` added (local seconds; 0 = never).

    The calls of one agent and day follow each other without overlap, in the order of ``key``.
    """
    calls = book.columns()
    own = np.flatnonzero(calls["person"] >= 0)
    order = own[np.lexsort((calls["key"][own], calls["day"][own], calls["person"][own]))]
    person, day = calls["person"][order], calls["day"][order]
    busy = (calls["ring"] + calls["talk"] + calls["hold"] + calls["wrap"])[order]
    start = _in_sequence(person, day, busy, company, attendance, rng) + company.calendar.midnight[day]
    late = (calls["direction"][order] == OUTBOUND) & (start % 86_400 >= _AD_CLOSE_S)
    start = np.where(late, start - start % 86_400 + _AD_CLOSE_S - rng.integers(60, 1800, len(start)), start)
    inbound = calls["direction"][order] == INBOUND
    queued = np.where(inbound, np.maximum(calls["wait"][order] - calls["ring"][order], 0), 0)
    started = calls["start"].copy()
    started[order] = start - queued
    wait = np.where(calls["direction"] == INBOUND, np.maximum(calls["wait"], calls["ring"]), 0)
    before = np.where(calls["direction"] == INBOUND, wait, calls["ring"])
    answered = np.where(calls["outcome"] == ANSWERED, started + before, 0)
    end = started + before + calls["talk"] + calls["hold"]
    return {**calls, "start": started, "wait": wait, "answered": answered, "end": end}


def _in_sequence(person: Ints, day: Ints, busy: Ints, company: Company, attendance: Attendance, rng: np.random.Generator) -> Ints:
    """The second of the day at which each call begins; the calls are sorted by person, day and order."""
    if not len(person):
        return np.zeros(0, dtype=np.int64)
    fresh = np.r_[True, (np.diff(person) != 0) | (np.diff(day) != 0)]
    group = np.cumsum(fresh) - 1
    first = np.flatnonzero(fresh)
    size = np.diff(np.r_[first, len(person)])
    place = np.arange(len(person)) - first[group]
    opens, pause, resumes, closes = _blocks(person[first], day[first], company, attendance)
    length = (pause - opens) + (closes - resumes)
    hour = np.clip((place / size[group] * len(_HOUR)).astype(int), 0, len(_HOUR) - 1)
    gap = rng.exponential(size=len(person)) / _HOUR[hour]
    gaps = _within(gap, first, group)
    total = np.add.reduceat(gap, first) + rng.exponential(size=len(first))
    spent = _within(busy.astype(float), first, group) - busy
    need = np.add.reduceat(busy, first)
    free = np.maximum(length - need, 0)
    squeeze = np.minimum(1.0, (length - 1) / np.maximum(need + free, 1))
    at = ((spent + gaps * (free / total)[group]) * squeeze[group]).astype(np.int64)
    morning = (pause - opens)[group]
    begins: Ints = np.where(at < morning, opens[group] + at, resumes[group] + at - morning)
    return begins


def _within(values: Floats, first: Ints, group: Ints) -> Floats:
    """The running sum inside each group."""
    running = np.cumsum(values)
    before: Floats = np.r_[0.0, running[first[1:] - 1]]
    return running - before[group]


def _blocks(person: Ints, day: Ints, company: Company, attendance: Attendance) -> tuple[Ints, Ints, Ints, Ints]:
    """Morning from, to, afternoon from, to, in seconds of the day; an absent half has no length."""
    care = company.role[person, day] == CSKH
    early = person % 2 == 0
    noon = np.where(care & early, 11.5, np.where(care, 12.5, 11.75)) * 3600
    back = np.where(care, noon + 3600, 13 * 3600)
    closes = np.where(care, 17.5, 17) * 3600
    half = attendance.portion[person, day] < 1
    afternoon = attendance.afternoon[person, day]
    noon = np.where(half & afternoon, 8 * 3600, noon)
    closes = np.where(half & ~afternoon, back, closes)
    return np.full(len(person), 8 * 3600), noon.astype(np.int64), back.astype(np.int64), closes.astype(np.int64)
