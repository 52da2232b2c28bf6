"""What others say about the staff: customers in surveys, the quality team in reviews, the trainer in exams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chot.demo.calls import ANSWERED, COMPLAINT, INBOUND, INTERNAL, ORDERED, Floats, Ints
from chot.demo.people import CSKH, TELESALE, Company

CSAT, NPS, CES = range(3)
KINDS = ("csat", "nps", "ces")


@dataclass(kw_only=True)
class Surveys:
    """One entry per answer; ``row`` is the row of the call it is about."""

    row: Ints
    kind: Ints
    score: Ints
    at: Ints


@dataclass(kw_only=True)
class Reviews:
    """One entry per reviewed call, by row."""

    row: Ints
    score_bp: Ints
    auto_fail: NDArray[np.bool_]
    final: NDArray[np.bool_]
    at: Ints


@dataclass(kw_only=True)
class Exams:
    """One entry per exam taken."""

    person: Ints
    score_bp: Ints
    at: Ints


def surveys(calls: dict[str, Ints], company: Company, until: int) -> Surveys:
    """Answers by message after care calls and orders; most customers do not answer."""
    rng = company.settings.generator("surveys")
    person = calls["person"]
    cared = (calls["direction"] == INBOUND) & (calls["outcome"] == ANSWERED) & (person >= 0)
    bought = (calls["disposition"] == ORDERED) & ~cared
    chance = rng.random(len(person))
    kind = np.select(
        [cared & (chance < 0.14), cared & (chance < 0.165), cared & (chance < 0.19), bought & (chance < 0.3)], [CSAT, CES, NPS, NPS], -1
    )
    row = np.flatnonzero(kind >= 0)
    kind = kind[row].astype(np.int64)
    mood = rng.normal(0, 1, len(row)) - 1.2 * (calls["disposition"][row] == COMPLAINT) + 0.25 * company.trait("csat")[person[row]]
    middle, spread = np.array([4.3, 8.2, 5.6])[kind], np.array([0.85, 1.9, 1.2])[kind]
    low, high = np.array([1, 0, 1])[kind], np.array([5, 10, 7])[kind]
    score = np.clip(np.rint(middle + spread * mood), low, high).astype(np.int64)
    at = calls["end"][row] + (60 + rng.exponential(5400, len(row))).astype(np.int64)
    kept = at < until
    return Surveys(row=row[kept], kind=kind[kept], score=score[kept], at=at[kept])


def reviews(calls: dict[str, Ints], company: Company, until: int) -> Reviews:
    """Four to six calls of everyone and month (fewer of those hardly there), listened to on one of the next three working days of it."""
    rng = company.settings.generator("reviews")
    person, month = calls["person"], company.calendar.month[calls["day"]]
    opening = np.flatnonzero(company.calendar.opening)
    heard = np.searchsorted(opening, calls["day"], side="right") + rng.integers(0, 3, len(person))
    heard_on = opening[np.minimum(heard, len(opening) - 1)]
    spoken = (calls["outcome"] == ANSWERED) & (calls["direction"] != INTERNAL) & (person >= 0) & (calls["talk"] >= 20)
    spoken = np.flatnonzero(spoken & (heard < len(opening)) & (company.calendar.month[heard_on] == month))
    order = spoken[np.lexsort((rng.random(len(spoken)), month[spoken], person[spoken]))]
    fresh = np.flatnonzero(np.r_[True, (np.diff(person[order]) != 0) | (np.diff(month[order]) != 0)]) if len(order) else order
    size = np.diff(np.r_[fresh, len(order)])
    wanted = np.minimum(rng.integers(4, 7, len(fresh)), size)
    place = np.arange(len(order)) - np.repeat(fresh, size)
    row = order[place < np.repeat(wanted, size)]
    count = len(row)
    score = np.clip(rng.normal(8_250, 650, count) + 380 * company.trait("quality")[person[row]], 3_000, 10_000)
    at = company.calendar.midnight[heard_on[row]] + rng.integers(8 * 3600, 17 * 3600, count)
    fails, final = rng.random(count) < 0.012, rng.random(count) > 0.05
    score_bp = score.astype(np.int64) // 50 * 50
    done = at < until
    return Reviews(row=row[done], score_bp=score_bp[done], auto_fail=fails[done], final=final[done], at=at[done])


def exams(company: Company, portion: Floats, until: int) -> Exams:
    """One exam a month for everyone who sells or cares, on a working day after the 15th; a second try below 70 %."""
    rng, days = company.settings.generator("exams"), company.calendar
    people, scores, times = [], [], []
    sits = ((company.role == TELESALE) | (company.role == CSKH)) & (portion > 0)
    for month in range(len(days.months)):
        later = np.flatnonzero((days.month == month) & days.opening)[12:]
        for person in range(len(company.people)):
            present = later[sits[person, later]]
            if not len(present):
                continue
            score = float(np.clip(rng.normal(8_000, 900) + 400 * company.people[person].traits["quality"], 2_500, 10_000))
            tries = [score] if score >= 7_000 or len(present) < 2 else [score, min(score + float(rng.uniform(300, 1_800)), 10_000)]
            for day, points in zip(present, tries, strict=False):
                people.append(person)
                scores.append(int(points) // 100 * 100)
                times.append(int(days.midnight[day]) + 17 * 3600 + int(rng.integers(0, 1200)))
    who, score_bp, at = (np.array(each, dtype=np.int64) for each in (people, scores, times))
    return Exams(person=who[at < until], score_bp=score_bp[at < until], at=at[at < until])
