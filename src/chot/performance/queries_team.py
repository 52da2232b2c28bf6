"""Reads about teams: who stands where in a period, how a team's people are spread, and how many reach each target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from chot.core import clock
from chot.people.asked_once import once_a_request
from chot.people.models import Role, User
from chot.people.queries import rows_on, team_of
from chot.people.rules import sees_company, sees_pay
from chot.performance.models import PlanVersion, Result, Run
from chot.performance.queries import BY_VERSION, item_title, opened_plan, period_names, published

ROWS = 50
"""People on a page of a ranking or a report."""

ROWS_OF_ALL = 25
"""The same of each plan, where every team stands on one page."""

_BINS = 15  # of ten per cent each; the last one takes everything above
_REACHED = """
SELECT run_id, item->>'metric', count(*), count(*) FILTER (
    WHERE split_part(item->>'attainment', '/', 1)::numeric >= coalesce(nullif(split_part(item->>'attainment', '/', 2), ''), '1')::numeric
)
FROM unnest(%s::bigint[], %s::text[]) chosen(run_id, agent_id)
JOIN performance_result result USING (run_id, agent_id) CROSS JOIN LATERAL jsonb_array_elements(result.items) item
WHERE item->>'attainment' IS NOT NULL
GROUP BY 1, 2
"""
"""Measured people of each run and metric, and those of them who reach the target; attainments are fractions as text.

By agent, since a run that is computed meanwhile gets new rows.
"""

Heads = Sequence[tuple[str, Any, str]]
"""Metric, title and unit of each KPI of a plan."""


class Light(NamedTuple):
    """A result without its KPIs and lines: hundreds are ranked where a few dozen are shown."""

    run_id: int
    agent_id: str
    name: str
    team_id: str
    variable_vnd: int
    attainment: float | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One agent in the ranking; ``cells`` are the KPIs of ``heads`` in their order, None where the run has none; empty until read."""

    place: int
    result: Light
    heads: Heads
    cells: Sequence[Any] = ()


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
    heads: Heads
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
    mine = visible(user).filter(run=OuterRef("pk")).order_by()
    return period_names(list(Run.objects.filter(Exists(mine)).order_by().values_list("period", flat=True)))


def sections(user: User, period: str, *, team: str = "", sort: str = "", usual: str = "") -> list[Section]:
    """The ranking of a period, plan by plan; of one team when named, ordered by ``sort`` (``-`` before it: the other way).

    A column that is none is the ``usual`` order: the ranking's, or by ``name``. Rows have no ``cells`` yet: see ``with_cells``.
    """
    found = visible(user).filter(run__period=period)
    if team:
        found = found.filter(team_id=team)
    by_run: dict[int, list[Light]] = defaultdict(list)
    for result in light(found).values():
        by_run[result.run_id].append(result)
    runs = Run.objects.select_related("plan").defer("document", "scorecard", "forecast").in_bulk(by_run)
    shares = _reaching([result for results in by_run.values() for result in results])
    ranked = [_section(runs[run], results, shares, usual=usual) for run, results in by_run.items()]
    return [_ordered(each, sort, money=sees_pay(user)) for each in ranked]


def light(results: Any) -> dict[tuple[str, str], Light]:
    """``newest`` of hundreds: by plan and agent, the newest version's."""
    ordered = results.order_by(*BY_VERSION)
    return {(plan, row[1]): Light._make(row) for plan, *row in ordered.values_list("run__plan__plan_id", *Light._fields)}


def _reaching(results: Sequence[Light]) -> dict[tuple[int, str], Fraction]:
    """The share of the measured people who reach the target, by run and metric."""
    with connection.cursor() as cursor:
        cursor.execute(_REACHED, [[each.run_id for each in results], [each.agent_id for each in results]])
        return {(run, metric): Fraction(reached, measured) for run, metric, measured, reached in cursor.fetchall()}


def _section(run: Run, results: Sequence[Light], shares: Mapping[tuple[int, str], Fraction], *, usual: str) -> Section:
    heads = [(item.metric.id, item_title(item), item.metric.unit) for item in opened_plan(run.plan.text).items]
    ranked = sorted(results, key=lambda each: (-(each.attainment if each.attainment is not None else -1.0), each.agent_id))
    at = places(ranked)
    rows = [Row(place=at[each.agent_id], result=each, heads=heads) for each in ranked]
    return Section(
        plan=run.plan, run=run, heads=heads, rows=_sorted(rows, usual, money=False), totals=list(totals(ranked)),
        reaching=[shares.get((run.pk, name)) for name, _title, _unit in heads], reached=_share(ranked), bins=_bins(ranked),
    )  # fmt: skip


def _ordered(section: Section, sort: str, *, money: bool) -> Section:
    """The section in the order asked for; by a KPI every row's cells are read."""
    names = [name for name, _title, _unit in section.heads]
    if sort.lstrip("-") not in names:
        return replace(section, rows=_sorted(section.rows, sort, money=money))
    place = names.index(sort.lstrip("-"))
    return replace(section, rows=_by_figure(with_cells(section.rows), lambda row: _attained(row.cells[place]), sort))


def with_cells(rows: Sequence[Row]) -> list[Row]:
    """The rows, of any sections, with their ``cells``; those that have them are not read again."""
    missing = [row.result for row in rows if not row.cells]
    items = _items({each.run_id for each in missing}, {each.agent_id for each in missing}) if missing else {}
    return [
        row if row.cells else replace(row, cells=_cells(items.get((row.result.run_id, row.result.agent_id), ()), row.heads)) for row in rows
    ]


def _items(runs: Collection[int], agents: Collection[str]) -> dict[tuple[int, str], Any]:
    found = Result.objects.filter(run__in=runs, agent_id__in=agents).order_by()
    return {(run, agent): items for run, agent, items in found.values_list("run_id", "agent_id", "items")}


def places(ranked: Sequence[Light]) -> dict[str, int]:
    """The place of each, best first; equal attainment is an equal place."""
    found: dict[str, int] = {}
    for number, each in enumerate(ranked, start=1):
        before = ranked[number - 2] if number > 1 else None
        found[each.agent_id] = found[before.agent_id] if before and before.attainment == each.attainment else number
    return found


def _cells(items: Iterable[Mapping[str, Any]], heads: Heads) -> list[Any]:
    by_name = {item["metric"]: item for item in items}
    return [{**by_name[name], "unit": unit} if name in by_name else None for name, _title, unit in heads]


def _share(results: Iterable[Light]) -> Fraction | None:
    """The share of measured people whose weighted attainment is at least 100 %."""
    measured = [each.attainment >= 1 for each in results if each.attainment is not None]
    return Fraction(sum(measured), len(measured)) if measured else None


def _sorted(rows: Sequence[Row], sort: str, *, money: bool) -> Sequence[Row]:
    name, down = sort.lstrip("-"), sort.startswith("-")
    if name == "name":
        return sorted(rows, key=lambda row: [*row.result.name.split()[-1:], row.result.name], reverse=down)
    if name == "team":
        return sorted(rows, key=lambda row: (row.result.team_id, row.place), reverse=down)
    if name == "attainment":
        return _by_figure(rows, lambda row: row.result.attainment, sort)
    if name == "pay" and money:
        return _by_figure(rows, lambda row: row.result.variable_vnd, sort)
    return rows


def _by_figure(rows: Sequence[Row], figure: Callable[[Row], Any], sort: str) -> list[Row]:
    """By a figure; those without one stand last either way."""
    known = sorted((row for row in rows if figure(row) is not None), key=figure, reverse=sort.startswith("-"))
    return [*known, *(row for row in rows if figure(row) is None)]


def _attained(cell: Any) -> Fraction | None:
    return Fraction(cell["attainment"]) if cell and cell["attainment"] is not None else None


def totals(results: Sequence[Light]) -> Iterator[Total]:
    """Each team of the results."""
    teams: dict[str, list[Light]] = defaultdict(list)
    for each in results:
        teams[each.team_id].append(each)
    for team, members in sorted(teams.items()):
        measured = [each.attainment for each in members if each.attainment is not None]
        yield Total(
            team_id=team, people=len(members), attainment=sum(measured) / len(measured) if measured else None,
            reached=_share(members), variable_vnd=sum(each.variable_vnd for each in members),
        )  # fmt: skip


def _bins(results: Sequence[Light]) -> list[tuple[str, int]]:
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
