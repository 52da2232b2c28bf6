"""Leads: lists of different quality, worked through call by call until the customer buys, refuses or is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chot.demo.attendance import Attendance
from chot.demo.calendar import season
from chot.demo.calls import (
    ANSWERED,
    BY_AGENT,
    BY_CUSTOMER,
    BY_SYSTEM,
    CALLBACK,
    INTERESTED,
    KEY,
    ORDERED,
    REFUSED,
    WRONG_NUMBER,
    Book,
    Floats,
    Ints,
    charges,
    unanswered,
)  # fmt: skip
from chot.demo.people import TEAMS, TELESALE, Company

NEW, CONTACTED, WARM, TRIAL, WON, LOST = range(6)  # places in kpi.schema.STAGES
CAMPAIGNS = ("dang-ky-web", "gioi-thieu", "hoi-cho", "doi-tac")  # the first two are the lists of t1, the others of t2
SWAPPED = CAMPAIGNS.index("hoi-cho")
_ATTEMPTS = 10
_LONGEST_S = 2400  # of talk
_LEADS_A_DAY = 14.5
_CONNECT = 0.34
_INTEREST = {"t1": 0.485, "t2": 0.41}
_CLOSE = {"t1": 0.40, "t2": 0.42}  # who is on the poor list and still interested means it
_FORMS = {"t1": 0.48, "t2": 0.70}  # share of short conversations that fill in a form: the poor list has more gaps
_WEEKDAY = np.array([0.95, 1.04, 1.05, 1.03, 0.97, 0.96, 0.0])
COLD = {"interest": 0.4, "connect": 0.8, "wrong": 0.35, "decides": 0.85}  # what the swapped list is like


@dataclass(frozen=True, kw_only=True)
class WorkDays:
    """The days each person worked in telesales: ``day[start[p] + k]`` is the k-th of person p."""

    day: Ints
    start: Ints
    count: Ints
    rank: Ints  # per person and day: how many such days the person had before

    def at(self, person: Ints, rank: Ints) -> Ints:
        """The day with this rank; -1 when the person has no such day."""
        inside = rank < self.count[person]
        place = np.where(inside, self.start[person] + rank, 0)
        return np.where(inside, self.day[place] if len(self.day) else -1, -1)


@dataclass(kw_only=True)
class Leads:
    """One entry per lead. ``call`` is the place in the book of the call that set the stage, -1 for none."""

    person: Ints
    day: Ints
    campaign: Ints
    cold: NDArray[np.bool_]
    stage: Ints
    best: Ints
    call: Ints
    handover: Ints  # local seconds at which the lead was assigned
    before: Ints  # stage, best stage and call before the last change: three columns

    def known(self, call_known: NDArray[np.bool_], until: int) -> Leads:
        """The leads as they stood at ``until``; ``call_known`` by place in the book. A lead is called at most once a day."""
        here = self.handover < until
        early = here & (self.call >= 0) & ~call_known[self.call]
        columns = zip(self.before.T, (self.stage, self.best, self.call), strict=True)
        stage, best, call = (np.where(early, then, now) for then, now in columns)
        return Leads(
            person=self.person, day=np.where(here, self.day, -1), campaign=self.campaign, cold=self.cold, stage=stage, best=best, call=call,
            handover=self.handover, before=self.before,
        )  # fmt: skip


def workdays(company: Company, attendance: Attendance, role: int = TELESALE) -> WorkDays:
    """Where everyone worked in ``role``."""
    at_work = (company.role == role) & (attendance.portion > 0)
    day = np.nonzero(at_work)[1]
    count = at_work.sum(axis=1).astype(np.int64)
    start = np.r_[0, np.cumsum(count)[:-1]]
    return WorkDays(day=day.astype(np.int64), start=start, count=count, rank=np.cumsum(at_work, axis=1) - at_work)


def learnt(company: Company, deficit: float, months: float) -> Floats:
    """The learning curve, per person and day: 1 - ``deficit`` on the first day, near 1 after three times ``months``."""
    return 1 - deficit * np.exp(-company.tenure() / months)


def form(company: Company) -> Floats:
    """How well everyone does, day by day: season, slow growth, the week's luck, and the time after a long sickness."""
    rng, days = company.settings.generator("form"), company.calendar
    seasons = np.array([season(period.first.month) for period in days.months])[days.month]
    growth = 1.002 ** np.arange(len(days.months))[days.month]
    weeks = rng.normal(0, 0.07, (len(company.people), len(days) // 7 + 2))[:, np.arange(len(days)) // 7]
    factor: Floats = seasons * growth * np.exp(weeks)
    sick = company.who("sick")
    if sick is not None:
        factor[sick, max(days.at(company.plants["sick"]), 0) :] *= 0.5
    return factor


def assign(company: Company, attendance: Attendance) -> Leads:
    """Hand out the leads of every telesales day, oldest first."""
    rng, days = company.settings.generator("leads"), company.calendar
    rate = _LEADS_A_DAY * attendance.portion * _WEEKDAY[days.weekday] * (company.role == TELESALE)
    rate = rate * np.exp(0.2 * company.trait("volume"))[:, None] * learnt(company, 0.3, 1.0)
    swap = days.at(company.plants["list_change"])
    home = home_campaign(company)
    swapped = (home == SWAPPED) & (np.arange(len(days)) >= swap)
    swapped &= np.arange(len(days)) < swap + 10
    counts = rng.poisson(np.where(swapped, 1.5, 1.0) * rate)  # the new list is handed out at once
    day, person = np.nonzero(counts.T)
    times = counts.T[day, person]
    day, person = np.repeat(day, times), np.repeat(person, times)
    stray = rng.random(len(day)) < 0.1
    campaign = np.where(stray, home[person, day] ^ 1, home[person, day])
    handover = days.midnight[day] + rng.integers(27_000, 28_700, len(day))
    order = np.lexsort((handover,))
    day, person, campaign, handover = day[order], person[order], campaign[order], handover[order]
    nothing = np.zeros(len(day), dtype=np.int64)
    return Leads(
        person=person, day=day, campaign=campaign, cold=(campaign == SWAPPED) & (day >= swap), handover=handover,
        stage=nothing, best=nothing.copy(), call=nothing - 1, before=np.tile([0, 0, -1], (len(day), 1)),
    )  # fmt: skip


def home_campaign(company: Company) -> Ints:
    """The list each person mostly works on, per day: the two lists of the team, turn by turn."""
    turn = np.zeros(len(company.people), dtype=np.int64)
    for team_id in ("t1", "t2"):
        begun = [person.stints[0] for person in company.people]
        members = [place for place, stint in enumerate(begun) if (stint.team_id, stint.role) == (team_id, "telesale")]
        turn[members] = np.arange(len(members)) % 2
    return np.where(company.team == TEAMS.index("t1"), turn[:, None], 2 + turn[:, None]).astype(np.int64)


@dataclass(kw_only=True)
class _Working:
    """The leads while they are being called: what is settled beforehand, and who is still open."""

    interested: NDArray[np.bool_]
    buys: NDArray[np.bool_]
    wrong: NDArray[np.bool_]
    reach: Floats
    rank: Ints
    open: NDArray[np.bool_]


def work(leads: Leads, company: Company, attendance: Attendance, book: Book) -> None:
    """Call every lead up to ten times, at least two of the agent's working days apart; fills stages and the book.

    Leads of a list that is swapped, and those of the agent who falls ill for long, are not called again.
    """
    rng = company.settings.generator("attempts")
    own = workdays(company, attendance)
    state = _settled(leads, company, own, rng)
    swap, away = (company.calendar.at(company.plants[plant]) for plant in ("list_change", "sick"))
    sick = company.who("sick")
    forgotten = (leads.person == sick) & (leads.day < away)  # nobody calls them while the agent is ill
    for attempt in range(_ATTEMPTS):
        day = own.at(leads.person, state.rank)
        half = (attendance.portion[leads.person, day] < 1) & (attempt > 0) & (rng.random(len(day)) < 0.5)
        withdrawn = ((leads.campaign == SWAPPED) & ~leads.cold & (day >= swap)) | (forgotten & (day >= away))
        state.open &= (day >= 0) & ~withdrawn
        rows = np.flatnonzero(state.open & ~half)
        _attempt(rows, day[rows], leads, state, company, book, rng)
        state.rank = state.rank + rng.integers(2, 4, len(day))


def _settled(leads: Leads, company: Company, own: WorkDays, rng: np.random.Generator) -> _Working:
    count, person, day = len(leads.person), leads.person, leads.day
    mood = form(company)[person, day]
    good = company.team[person, day] == TEAMS.index("t1")
    quality = np.where(good, _INTEREST["t1"], _INTEREST["t2"]) * mood * learnt(company, 0.3, 1.6)[person, day]
    quality = quality * np.exp(0.12 * company.trait("interest"))[person]
    close = np.where(good, _CLOSE["t1"], _CLOSE["t2"]) + 0.10 * company.trait("close")[person]
    close = np.clip(close, 0.1, 0.8) * learnt(company, 0.4, 1.6)[person, day] * np.sqrt(mood)
    wrong = rng.random(count) < np.where(leads.cold, COLD["wrong"], 0.06)
    return _Working(
        interested=rng.random(count) < quality * np.where(leads.cold, COLD["interest"], 1.0), buys=rng.random(count) < close, wrong=wrong,
        reach=_CONNECT * rng.uniform(0.7, 1.3, count) * np.where(leads.cold, COLD["connect"], 1.0),
        rank=own.rank[person, day], open=np.ones(count, dtype=bool),
    )  # fmt: skip


def _attempt(rows: Ints, day: Ints, leads: Leads, state: _Working, company: Company, book: Book, rng: np.random.Generator) -> None:
    """One call to each of ``rows``: what it leads to, and its draft in the book."""
    count = len(rows)
    stage = leads.stage[rows]
    warm = stage >= WARM
    answered = rng.random(count) < np.where(warm, 0.66, state.reach[rows])
    chance, second = rng.random(count), rng.random(count)
    wrong = answered & state.wrong[rows] & (stage < WARM)
    decides = answered & ~wrong & ~warm & (chance < np.where(leads.cold[rows], COLD["decides"], 0.62))
    gains = decides & state.interested[rows]
    concludes = (answered & warm & (chance < 0.8)) | (gains & (second < 0.62))
    won, lost = concludes & state.buys[rows], (concludes & ~state.buys[rows]) | (decides & ~gains) | wrong
    tries = (gains & ~concludes) & (rng.random(count) < 0.4)
    disposition = np.select(
        [~answered, wrong, won, lost, gains], [-1, WRONG_NUMBER, ORDERED, REFUSED, INTERESTED], CALLBACK
    ).astype(np.int64)
    reached = np.select([gains & tries, gains, answered & ~wrong & (stage < CONTACTED)], [TRIAL, WARM, CONTACTED], stage)
    best = np.where(won, WON, reached)
    after = np.select([won, lost], [WON, LOST], reached)
    places = book.add(count, _draft(rows, day, leads, answered, disposition, warm | gains, company, rng))
    moved = after != stage
    changes = rows[moved]
    leads.before[changes] = np.column_stack([leads.stage[changes], leads.best[changes], leads.call[changes]])
    leads.stage[rows], leads.best[rows] = after, np.maximum(best, leads.best[rows])
    leads.call[rows] = np.where(moved, places, leads.call[rows])
    state.open[rows] = ~(won | lost)


def _draft(
    rows: Ints, day: Ints, leads: Leads, answered: NDArray[np.bool_], disposition: Ints, warm: NDArray[np.bool_],
    company: Company, rng: np.random.Generator,
) -> dict[str, ArrayLike]:  # fmt: skip
    count, person = len(rows), leads.person[rows]
    forms = np.where(company.team[person, day] == TEAMS.index("t1"), _FORMS["t1"], _FORMS["t2"])
    outcome = np.where(answered, ANSWERED, unanswered(rng, count))
    talk = np.where(answered, talk_times(rng, disposition, warm, np.exp(0.12 * company.trait("talk"))[person]), 0)
    line, charge = charges(rng, outcome, talk)
    return {
        "person": person, "day": day, "key": rng.integers(0, KEY, count), "customer": rows, "campaign": leads.campaign[rows],
        "outcome": outcome,
        "ring": np.where(answered, rng.integers(5, 26, count), rng.integers(12, 46, count)), "talk": talk,
        "hold": np.where(talk > 150, (rng.random(count) < 0.12) * rng.integers(10, 60, count), 0),
        "wrap": wrap_times(rng, answered, disposition), "disposition": disposition, "line": line, "charge": charge,
        "fields": np.where(answered, fields(rng, disposition, warm, forms + 0.05 * company.trait("interest")[person]), -1),
        "hangup": np.where(answered, np.where(rng.random(count) < 0.72, BY_CUSTOMER, BY_AGENT), BY_SYSTEM),
    }  # fmt: skip


def talk_times(rng: np.random.Generator, disposition: Ints, warm: NDArray[np.bool_], pace: Floats) -> Ints:
    """Seconds of talk. Short conversations are spread evenly over 6 to 61 s: honest calls know no threshold."""
    count = len(disposition)
    short = rng.integers(6, 62, count)
    long = 62 + pace * rng.gamma(2.0, np.select([disposition == ORDERED, disposition == INTERESTED], [320.0, 230.0], 130.0))
    return np.where(warm | (disposition == ORDERED), np.minimum(long, _LONGEST_S).astype(np.int64), short)


def wrap_times(rng: np.random.Generator, answered: NDArray[np.bool_], disposition: Ints) -> Ints:
    """Seconds of notes after the call."""
    low = np.select([disposition == ORDERED, disposition == INTERESTED, answered], [150, 75, 30], 12)
    return (low * (1 + rng.random(len(low)))).astype(np.int64)


def fields(rng: np.random.Generator, disposition: Ints, warm: NDArray[np.bool_], some: Floats) -> Ints:
    """How many items of the customer form were filled in; at least one in the share ``some`` of short conversations."""
    count = len(disposition)
    filled = (rng.random(count) < np.clip(some, 0.1, 0.9)) * rng.integers(1, 3, count)
    return np.select([disposition == WRONG_NUMBER, warm], [0, rng.integers(2, 6, count)], filled)
