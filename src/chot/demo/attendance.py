"""Who was at work on which day: shifts, holidays, annual, sick, maternity and unpaid leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from chot.demo.calendar import SATURDAY, SUNDAY
from chot.demo.people import Company

LEAVES = ("none", "annual", "sick", "maternity", "holiday", "unpaid")
NONE, ANNUAL, SICK, MATERNITY, HOLIDAY, UNPAID = range(6)
_MOST_DAYS = 2  # of leave in a month, holidays and the planted absences apart: no other absence explains a missed target
_FULL_S, _SATURDAY_S = 28_800, 14_400  # 8:00-12:00 and 13:30-17:30; Saturday 8:00-12:00


@dataclass(frozen=True, kw_only=True)
class Attendance:
    """Per person and day: seconds scheduled, worked and paused, the leave, and which part was worked.

    Days ahead of a running month are rostered, and nobody was at work on them.
    ``portion`` is the share of a full day at work; ``afternoon`` marks a half day without its morning.
    """

    scheduled: NDArray[np.int64]
    worked: NDArray[np.int64]
    paused: NDArray[np.int64]
    leave: NDArray[np.int8]
    portion: NDArray[np.float64]
    afternoon: NDArray[np.bool_]


def attend(company: Company) -> Attendance:
    """The roster of everyone for every employed day but Sundays."""
    rng, days = company.settings.generator("attendance"), company.calendar
    shape = company.team.shape
    employed = company.team >= 0
    rostered = employed & (days.weekday != SUNDAY)
    scheduled = np.where(rostered, np.where(days.weekday == SATURDAY, _SATURDAY_S, _FULL_S), 0)
    leave = _leave(company, rostered, rng)
    half = (leave == ANNUAL) & (rng.random(shape) < 0.3) & (days.weekday != SATURDAY)
    afternoon = half & (rng.random(shape) < 0.5)
    late = np.where(rng.random(shape) < 0.12, rng.integers(60, 1500, shape), 0)
    present = rostered & ((leave == NONE) | half) & (np.arange(len(days)) <= days.at(company.settings.today))
    length = np.where(half, scheduled // 2, scheduled - late)
    worked = np.where(present, length, 0)
    paused = np.where(present, worked * rng.integers(20, 75, shape) // 1000, 0)
    portion = np.where(present, np.where(half | (days.weekday == SATURDAY), 0.5, 1.0), 0.0)
    return Attendance(scheduled=scheduled, worked=worked, paused=paused, leave=leave, portion=portion, afternoon=afternoon)


def _leave(company: Company, rostered: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int8]:
    days, shape = company.calendar, rostered.shape
    chance = rng.random(shape)
    leave = np.select([chance < 0.032, chance < 0.0335], [ANNUAL, UNPAID], NONE).astype(np.int8)
    falls_sick = rng.random(shape) < 0.006
    falls_sick[:, 1:] |= falls_sick[:, :-1] & (rng.random((shape[0], shape[1] - 1)) < 0.5)
    leave[falls_sick] = SICK
    leave[_beyond(_MOST_DAYS, (leave != NONE) & rostered, company.calendar.month)] = NONE
    sick, mother = company.who("sick"), company.who("maternity")
    if sick is not None:
        leave[sick, days.month == days.month[days.at(company.plants["sick"])]] = NONE
        leave[sick, _span(company, company.plants["sick"], company.plants["sick_end"])] = SICK
    if mother is not None:
        leave[mother, _span(company, company.plants["maternity"], days.last)] = MATERNITY
    leave[(np.arange(len(days)) > days.at(company.settings.today)) & ((leave == SICK) | (leave == UNPAID))] = NONE  # nobody plans these
    leave[:, days.closed & (days.weekday != SUNDAY)] = HOLIDAY
    leave[~rostered] = NONE
    return leave


def _beyond(most: int, taken: NDArray[np.bool_], month: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The days that are further than the ``most``-th taken in their month."""
    far = np.zeros_like(taken)
    for place in range(int(month.max()) + 1):
        inside = month == place
        far[:, inside] = taken[:, inside] & (np.cumsum(taken[:, inside], axis=1) > most)
    return far


def _span(company: Company, first: date, last: date) -> slice:
    return slice(max(company.calendar.at(first), 0), company.calendar.at(last) + 1)
