"""What is planted in the demo company, as data: a guard must find these things, and nothing else."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from chot.demo.calendar import minimum_wage
from chot.demo.gaming import THRESHOLD_S
from chot.demo.leads import CAMPAIGNS, SWAPPED, home_campaign
from chot.demo.people import TELESALE, Company, Person, hire
from chot.demo.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Gaming:
    """G1: stretches calls past ``threshold_s`` of talk, dials the same customers again, doubles up at month end."""

    agent_id: str
    metric: str
    threshold_s: int


@dataclass(frozen=True, kw_only=True)
class DoubleStandard:
    """K3: one target for two teams whose lists are not equally good."""

    metrics: tuple[str, ...]
    better_team: str
    poorer_team: str


@dataclass(frozen=True, kw_only=True)
class Underpaid:
    """L1: base pay below the regional minimum wage of the last day."""

    agent_id: str
    base_pay_vnd: int
    minimum_vnd: int
    wage_region: str


@dataclass(frozen=True, kw_only=True)
class ListChange:
    """An event for ``review``: the campaign's list was swapped for a cold one; ``agent_ids`` work on it that month."""

    campaign_id: str
    team_id: str
    day: date
    agent_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Absence:
    """An event for ``review``: leave from ``first`` to ``last``, both inclusive."""

    agent_id: str
    leave: str
    first: date
    last: date


@dataclass(frozen=True, kw_only=True)
class Move:
    """A change of team or role: from ``day`` on."""

    agent_id: str
    day: date
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Planted:
    """Everything planted; None where the company is too small or too short for it.

    ``without_plan`` are the leads and the quality reviewer: they have a fixed salary and no plan names them.
    """

    gaming: Gaming | None
    double_standard: DoubleStandard
    underpaid: Underpaid | None
    list_change: ListChange
    sick: Absence | None
    maternity: Absence | None
    moved_role: Move | None
    moved_team: Move | None
    joined: tuple[tuple[str, date], ...]
    left: tuple[tuple[str, date], ...]
    without_plan: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The same with dates as ISO text."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def planted(settings: Settings | None = None) -> Planted:
    """What is planted in the company of ``settings``; fast, no facts are made.

    >>> planted().gaming.metric
    'successful_calls'
    """
    company = hire(settings or Settings())
    plants, last = company.plants, company.calendar.last
    return Planted(
        gaming=_gaming(company), underpaid=_underpaid(company),
        double_standard=DoubleStandard(metrics=("revenue", "orders"), better_team="t1", poorer_team="t2"),
        list_change=ListChange(
            campaign_id=CAMPAIGNS[SWAPPED], team_id="t2", day=plants["list_change"], agent_ids=_on_the_list(company),
        ),
        sick=_absence(company, "sick", plants["sick"], plants["sick_end"]),
        maternity=_absence(company, "maternity", plants["maternity"], last),
        moved_role=_move(company, "moved", "role"), moved_team=_move(company, "changed_team", "team_id"),
        joined=tuple((person.agent_id, person.hired_on) for person in company.people if "joined" in person.plants),
        left=tuple((person.agent_id, person.left_on) for person in company.people if person.left_on),
        without_plan=tuple(person.agent_id for person in company.people if person.stints[0].role in ("lead", "qa")),
    )  # fmt: skip


def _person(company: Company, plant: str) -> Person | None:
    place = company.who(plant)
    return None if place is None else company.people[place]


def _gaming(company: Company) -> Gaming | None:
    person = _person(company, "gamer")
    return Gaming(agent_id=person.agent_id, metric="successful_calls", threshold_s=THRESHOLD_S) if person else None


def _underpaid(company: Company) -> Underpaid | None:
    person = _person(company, "underpaid")
    if person is None:
        return None
    least = minimum_wage(person.region, company.calendar.last)
    return Underpaid(agent_id=person.agent_id, base_pay_vnd=person.pay[-1][1], minimum_vnd=least, wage_region=person.region)


def _on_the_list(company: Company) -> tuple[str, ...]:
    day = company.plants["list_change"]
    place = company.calendar.at(day)
    dials = (home_campaign(company)[:, place] == SWAPPED) & (company.role[:, place] == TELESALE)
    return tuple(company.people[who].agent_id for who in dials.nonzero()[0])


def _absence(company: Company, leave: str, first: date, last: date) -> Absence | None:
    person = _person(company, leave)
    return Absence(agent_id=person.agent_id, leave=leave, first=first, last=last) if person else None


def _move(company: Company, plant: str, what: str) -> Move | None:
    person = _person(company, plant)
    if person is None:
        return None
    before, after = person.stints
    return Move(agent_id=person.agent_id, day=after.since, before=getattr(before, what), after=getattr(after, what))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value
