"""Reads about teams: who stands where in a period, how a team's people are spread, and how many reach each target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from chot.core import clock
from chot.people.asked_once import once_a_request
from chot.people.models import Role, User
from chot.people.queries import rows_on, team_of
from chot.people.rules import sees_company, sees_pay
from chot.performance.models import PlanVersion, Result, Run
from chot.performance.queries import item_title, newest, opened_plan, period_names, published

ROWS = 50
"""People on a page of a ranking or a report."""

ROWS_OF_ALL = 25
"""The same of each plan, where every team stands on one page."""

_BINS = 15  # of ten per cent each; the last one takes everything above


@dataclass(frozen=True, kw_only=True)
class Row:
    """One agent in the ranking; ``cells`` are the KPIs in the plan's order, None where the run has none."""

    place: int
    result: Result
    cells: Sequence[Any]


@dataclass(frozen=True, kw_only=True)
class Total:
    """One team in a plan's run."""

    team_id: str
    people: int
    attainment: float | None
    reached: Fraction | None
    variable_vnd: int


@dataclass(frozen=True, kw_only=True)
class Section:
    """The people of one plan in a period."""

    plan: PlanVersion
    run: Run
    heads: Sequence[tuple[str, Any, str]]
    rows: Sequence[Row]
    totals: Sequence[Total]
    reaching: Sequence[Fraction | None]
    reached: Fraction | None
    bins: Sequence[tuple[str, int]] = field(default_factory=tuple)

    @property
    def variable_vnd(self) -> int:
        """The pay of everyone shown."""
        return sum(row.result.variable_vnd for row in self.rows)

    @property
    def chart(self) -> dict[str, Any]:
        """The spread of weighted attainment as a chart."""
        return {
            "xAxis": {"type": "category", "data": [name for name, _count in self.bins]},
            "yAxis": {"type": "value", "minInterval": 1},
            "series": [{"type": "bar", "name": _("People"), "data": [count for _name, count in self.bins], "barWidth": "70%"}],
        }


@once_a_request
def teams_of(user: User) -> list[str]:
    """The teams that the person may look at: the own one of a leader, everyone's for the others."""
    if not sees_company(user):
        own = team_of(user.agent_id) if user.role == Role.LEADER else ""
        return [own] if own else []
    return sorted(set(rows_on(clock.today()).exclude(team_id="").values_list("team_id", flat=True)))


def visible(user: User) -> Any:
    """The results that the person may list: of today's members of the own team, or of everyone."""
    found = published()
    if sees_company(user):
        return found
    team = teams_of(user)
    if not team:
        return found.none()
    return found.filter(agent_id__in=rows_on(clock.today()).filter(team_id__in=team).values("agent_id"))


def periods_seen(user: User) -> list[str]:
    """The periods with results that the person may list, the latest first."""
    return period_names(list(visible(user).order_by().values_list("run__period", flat=True).distinct()))


def sections(user: User, period: str, *, team: str = "", sort: str = "", usual: str = "") -> list[Section]:
    """The ranking of a period, plan by plan; of one team when named, ordered by ``sort`` (``-`` before it: the other way).

    A column that is none is the ``usual`` order: the ranking's, or by ``name``.
    """
    found = visible(user).filter(run__period=period)
    if team:
        found = found.filter(team_id=team)
    by_run: dict[int, list[Result]] = {}
    for result in newest(found.defer("lines")).values():
        by_run.setdefault(result.run_id, []).append(result)
    return [_section(results, sort, usual=usual, money=sees_pay(user)) for results in by_run.values()]


def _section(results: Sequence[Result], sort: str, *, usual: str, money: bool) -> Section:
    run = results[0].run
    items = opened_plan(run.plan.text).items
    heads = [(item.metric.id, item_title(item), item.metric.unit) for item in items]
    ranked = sorted(results, key=lambda each: (-(each.attainment if each.attainment is not None else -1.0), each.agent_id))
    at = places(ranked)
    rows = [Row(place=at[each.agent_id], result=each, cells=_cells(each, heads)) for each in ranked]
    return Section(
        plan=run.plan, run=run, heads=heads,
        rows=_sorted(_sorted(rows, usual, [], money=False), sort, [name for name, _t, _u in heads], money=money),
        totals=list(totals(ranked)), reaching=[_share(row.cells[place] for row in rows) for place in range(len(heads))],
        reached=_share({"attainment": each.attainment} for each in ranked), bins=_bins(ranked),
    )  # fmt: skip


def places(ranked: Sequence[Result]) -> dict[str, int]:
    """The place of each, best first; equal attainment is an equal place."""
    found: dict[str, int] = {}
    for number, each in enumerate(ranked, start=1):
        before = ranked[number - 2] if number > 1 else None
        found[each.agent_id] = found[before.agent_id] if before and before.attainment == each.attainment else number
    return found


def _cells(result: Result, heads: Sequence[tuple[str, Any, str]]) -> list[Any]:
    by_name = {item["metric"]: item for item in result.items}
    return [{**by_name[name], "unit": unit} if name in by_name else None for name, _title, unit in heads]


def _share(items: Any) -> Fraction | None:
    """The share of measured people whose attainment is at least 100 %."""
    measured = [_reached(str(item["attainment"])) for item in items if item and item["attainment"] is not None]
    return Fraction(sum(measured), len(measured)) if measured else None


@lru_cache(maxsize=10_000)
def _reached(attainment: str) -> bool:
    return Fraction(attainment) >= 1


def _sorted(rows: Sequence[Row], sort: str, names: Sequence[str], *, money: bool) -> list[Row]:
    name, down = sort.lstrip("-"), sort.startswith("-")
    if name == "name":
        return sorted(rows, key=lambda row: [*row.result.name.split()[-1:], row.result.name], reverse=down)
    if name == "team":
        return sorted(rows, key=lambda row: (row.result.team_id, row.place), reverse=down)
    figures: dict[str, Callable[[Row], Any]] = {"attainment": lambda row: row.result.attainment}
    if money:
        figures["pay"] = lambda row: row.result.variable_vnd
    if name in names:
        place = list(names).index(name)
        figures[name] = lambda row: _attained(row.cells[place])
    figure = figures.get(name)
    if figure is None:
        return list(rows)
    known = sorted((row for row in rows if figure(row) is not None), key=figure, reverse=down)
    return [*known, *(row for row in rows if figure(row) is None)]


def _attained(cell: Any) -> Fraction | None:
    return Fraction(cell["attainment"]) if cell and cell["attainment"] is not None else None


def totals(results: Sequence[Result]) -> Iterator[Total]:
    """Each team of the results."""
    for team in sorted({each.team_id for each in results}):
        members = [each for each in results if each.team_id == team]
        measured = [each.attainment for each in members if each.attainment is not None]
        yield Total(
            team_id=team, people=len(members), attainment=sum(measured) / len(measured) if measured else None,
            reached=_share({"attainment": each.attainment} for each in members), variable_vnd=sum(each.variable_vnd for each in members),
        )  # fmt: skip


def _bins(results: Sequence[Result]) -> list[tuple[str, int]]:
    """How many people attain 0–10 %, 10–20 % … ; without the empty ends."""
    counts = [0] * _BINS
    for each in results:
        if each.attainment is not None:
            counts[min(max(int(each.attainment * 10), 0), _BINS - 1)] += 1
    used = [place for place, count in enumerate(counts) if count]
    if not used:
        return []
    span = range(min(used[0], 9), max(used[-1], 10) + 1)
    last = _BINS - 1
    return [(f"≥ {last * 10} %" if place == last else f"{place * 10}–{place * 10 + 10} %", counts[place]) for place in span]
