"""The staff of the demo company: who, in which team and role, since when, how able, at what base pay."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from chot.core.periods import Period
from chot.demo.calendar import Calendar, calendar, minimum_wage
from chot.demo.names import full_names
from chot.demo.settings import Settings

TEAMS = ("t1", "t2", "cs", "hq")
ROLES = ("telesale", "cskh", "lead", "qa")
TELESALE, CSKH, LEAD, QA = range(4)
WARM_UP = 3  # months
_REGION = {"t1": "I", "t2": "II", "cs": "I", "hq": "I"}
_PAY = {
    "telesale": (5_900_000, 7_200_000), "cskh": (6_200_000, 7_600_000), "lead": (11_000_000, 13_500_000), "qa": (9_500_000, 10_500_000),
}  # fmt: skip
_TRAITS = ("close", "interest", "basket", "volume", "talk", "quality", "csat", "handle", "first", "on_time")


@dataclass(frozen=True, kw_only=True)
class Stint:
    """From ``since`` on, a person works in this team and role."""

    since: date
    team_id: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """One member of staff. ``traits`` are standard normal scores; 0 is the average colleague."""

    name: str
    stints: tuple[Stint, ...]
    hired_on: date
    left_on: date | None = None
    pay: tuple[tuple[date, int], ...] = ()
    region: str = "I"
    traits: dict[str, float] = field(default_factory=dict)
    plants: tuple[str, ...] = ()
    agent_id: str = ""

    def at(self, day: date) -> Stint:
        """The stint on a day (the first one before it began)."""
        return max((stint for stint in self.stints if stint.since <= day), key=lambda stint: stint.since, default=self.stints[0])


@dataclass(frozen=True, kw_only=True)
class Company:
    """Everyone, and where everyone was on each day.

    ``team`` and ``role`` hold, per person and day, places in ``TEAMS`` and ``ROLES``; -1 when not employed.
    ``plants`` are the days on which planted things begin, by kind; ``who`` the person they concern.
    The calendar begins ``WARM_UP`` months early, so that the lists are in full swing on day ``begin``,
    the first whose facts are kept.
    """

    settings: Settings
    calendar: Calendar
    people: tuple[Person, ...]
    team: NDArray[np.int8]
    role: NDArray[np.int8]
    plants: dict[str, date]

    @property
    def begin(self) -> int:
        """The place of the first day whose facts are kept."""
        return self.calendar.at(self.calendar.months[WARM_UP].first)

    @property
    def months(self) -> tuple[Period, ...]:
        """The months whose facts are kept."""
        return self.calendar.months[WARM_UP:]

    @property
    def whole_months(self) -> tuple[Period, ...]:
        """Those that are over."""
        return self.months[:-1] if self.settings.running else self.months

    def who(self, plant: str) -> int | None:
        """The place of the person with a planted property; None when the company is too small for it."""
        return next((place for place, person in enumerate(self.people) if plant in person.plants), None)

    def trait(self, name: str) -> NDArray[np.float64]:
        """One trait of everyone."""
        return np.array([person.traits[name] for person in self.people])

    def tenure(self) -> NDArray[np.float64]:
        """Months since the start in the present role, per person and day (0 before it)."""
        days = np.arange(len(self.calendar))
        rows = []
        for person in self.people:
            row = np.zeros(len(days))
            for stint in person.stints:
                if stint.role != person.at(stint.since - timedelta(days=1)).role or stint.since == person.hired_on:
                    place = self.calendar.at(stint.since)
                    row = np.where(days >= place, np.maximum(days - place, 0) / 30.4, row)
            rows.append(row)
        return np.array(rows)


def hire(settings: Settings) -> Company:
    """The company of ``settings``. Raises ``UsageError`` for settings that make none."""
    days = calendar(end=settings.checked().end, months=settings.months + WARM_UP)
    rng = settings.generator("people")
    drafts = _drafts(settings, days, rng)
    names = full_names(rng, len(drafts))
    people = [replace(_paid(person, days, rng), name=name) for person, name in zip(drafts, names, strict=True)]
    people.sort(key=lambda person: (person.hired_on, person.name))
    width = max(2, len(str(len(people))))
    people = [replace(person, agent_id=f"a{place + 1:0{width}d}") for place, person in enumerate(people)]
    team, role = _placed(people, days)
    return Company(settings=settings, calendar=days, people=tuple(people), team=team, role=role, plants=_days_of_plants(days, settings))


def _over(days: Calendar, settings: Settings) -> tuple[Period, ...]:
    """The months that are over, the warm-up too; of a company that has just begun its only one."""
    return days.months[:-1] if settings.running and len(days.months) > WARM_UP + 1 else days.months


def _days_of_plants(days: Calendar, settings: Settings) -> dict[str, date]:
    """When each planted thing begins: everything that ``review`` must see lies in the last month that is over."""
    months = _over(days, settings)
    last, before, earlier, earliest = (months[max(back, WARM_UP - len(months))] for back in (-1, -2, -3, -4))
    sick = days.working_day(last, 0.2)
    return {
        "list_change": days.working_day(last, 0.15), "sick": sick, "sick_end": sick + timedelta(days=13),
        "moved": days.working_day(before, 0.5), "changed_team": days.working_day(earliest, 0.45),
        "maternity": days.working_day(earlier, 0.3),
        "gamer": days.months[WARM_UP].first,
    }  # fmt: skip


def _sizes(agents: int) -> dict[str, int]:
    leads = 3 if agents >= 16 else 1 if agents >= 8 else 0
    qa = 1 if agents >= 12 else 0
    staff = agents - leads - qa
    care = max(1, round(staff * 0.28))
    return {"t1": (staff - care + 1) // 2, "t2": (staff - care) // 2, "cs": care, "leads": leads, "qa": qa}


def _drafts(settings: Settings, days: Calendar, rng: np.random.Generator) -> list[Person]:
    sizes = _sizes(settings.agents)
    people: list[Person] = []
    able = _scores(sizes["t1"], rng)
    for team_id, role in (("t1", "telesale"), ("t2", "telesale"), ("cs", "cskh")):
        scores = _scores(sizes["cs"], rng) if team_id == "cs" else [able[0], *(able[place] for place in 1 + rng.permutation(len(able) - 1))]
        people += [_draft(team_id, role, place, scores[place], sizes[team_id], days, settings, rng) for place in range(sizes[team_id])]
    posts = [(team_id, "lead") for team_id in ("t1", "t2", "cs")[: sizes["leads"]]] + [("hq", "qa")] * sizes["qa"]
    for team_id, role in posts:
        hired = days.first - timedelta(days=int(rng.integers(700, 2600)))
        stints = (Stint(since=hired, team_id=team_id, role=role),)
        people.append(Person(name="", stints=stints, hired_on=hired, traits=dict.fromkeys(_TRAITS, 0.0), region=_REGION[team_id]))
    return people


def _scores(count: int, rng: np.random.Generator) -> list[dict[str, float]]:
    """Evenly spread normal scores in random order, after one person near the average: only an event explains that one's miss.

    Both telesales teams draw from one such list, so that nothing but their customers differs.
    """
    spread = [NormalDist().inv_cdf((place + 0.5) / (count - 1)) for place in range(count - 1)]
    columns = {trait: rng.permutation(spread) for trait in _TRAITS}
    return [dict.fromkeys(_TRAITS, 0.25), *({trait: float(columns[trait][place]) for trait in _TRAITS} for place in range(count - 1))]


# Who is planted at which place of a team, and the smallest team in which it happens.
_PLANTS = {
    "t1": (("sick", 3), ("gamer", 2), ("joined:2", 6), ("left:7", 8), ("joined:9", 9)),
    "t2": (("changed_team", 4), ("left:1", 5), ("joined:4", 6), ("joined:9", 9)),
    "cs": (("moved", 2), ("underpaid", 3), ("maternity", 5), ("joined:6", 7)),
}  # "joined:4": in the middle of the fourth month from the end, which is month 1


def _draft(
    team_id: str, role: str, place: int, traits: dict[str, float], size: int, days: Calendar, settings: Settings, rng: np.random.Generator
) -> Person:
    options = _PLANTS[team_id]
    plant, smallest = options[place] if place < len(options) else ("", 0)
    if size < smallest:
        plant = ""
    hired = days.first - timedelta(days=int(rng.integers(150, 1500)))
    left = None
    kind, _, back = plant.partition(":")
    months = _over(days, settings)
    if back and int(back) > len(months) - WARM_UP:
        plant = kind = ""
    elif kind == "joined":
        hired = days.working_day(months[-int(back)], 0.35 + 0.3 * rng.random())
    elif kind == "left":
        left = days.working_day(months[-int(back)], 0.4 + 0.2 * rng.random())
    stints = [Stint(since=hired, team_id=team_id, role=role)]
    when = _days_of_plants(days, settings)
    if kind == "moved":
        stints.append(Stint(since=when["moved"], team_id="t2", role="telesale"))
    elif kind == "changed_team":
        stints.append(Stint(since=when["changed_team"], team_id="t1", role="telesale"))
    plants = (kind,) if kind else ()
    return Person(name="", stints=tuple(stints), hired_on=hired, left_on=left, traits=traits, plants=plants, region=_REGION[team_id])


def _paid(person: Person, days: Calendar, rng: np.random.Generator) -> Person:
    """The base pay: a raise every January, never below the regional minimum, but for the one planted case."""
    if "underpaid" in person.plants:
        return replace(person, pay=((person.hired_on, minimum_wage(person.region, days.last) - 110_000),))
    low, high = _PAY[person.stints[0].role]
    start = max(int(rng.integers(low // 50_000, high // 50_000)) * 50_000, minimum_wage(person.region, days.last) + 250_000)
    raises = [date(year, 1, 1) for year in range(days.first.year, days.last.year + 1)]
    since = [person.hired_on, *(day for day in raises if max(person.hired_on, days.first) < day <= days.last)]
    factor = 1 + int(rng.integers(3, 7)) / 100
    amounts = [round(start * factor**step / 50_000) * 50_000 for step in range(len(since))]
    return replace(person, pay=tuple(zip(since, amounts, strict=True)))


def _placed(people: list[Person], days: Calendar) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    team = np.full((len(people), len(days)), -1, dtype=np.int8)
    role = team.copy()
    for place, person in enumerate(people):
        end = len(days) if person.left_on is None else days.at(person.left_on) + 1
        for stint in person.stints:
            begin = max(days.at(stint.since), 0)
            team[place, begin:end] = TEAMS.index(stint.team_id)
            role[place, begin:end] = ROLES.index(stint.role)
    return team, role
