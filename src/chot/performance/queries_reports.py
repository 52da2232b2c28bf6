"""Reads of reports: figures by agent, team, campaign, queue or day, for any days; remembered while the facts stay."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chot.campaigns.queries import campaign_names
from chot.kpi.measures import CUT, Cut, Grain, Measured
from chot.people.models import User
from chot.people.queries import agent_names, rows_on
from chot.people.queries_teams import team_titles
from chot.people.rules import sees_company
from chot.performance.fact_states import facts_now
from chot.performance.figures_shown import FUNNEL, REPORT, Figure
from chot.performance.measured_once import measured_once
from chot.performance.queries_team import teams_of
from chot.performance.remembering import Made, remembered
from chot.performance.report_filter import Asked, cut_part, span_days
from chot.performance.workplace import workplace
from chot.switchboard.queries_queues import queue_titles

OWN_SPANS = ("today", "week", "month")
Values = Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a report; ``group`` says which rows are behind it."""

    key: str
    title: str
    team: str
    values: Sequence[int]
    asked: Asked
    group: Mapping[str, Any]

    @property
    def rows(self) -> list[str]:
        """The queries of the rows behind its figures, in order."""
        return [self.asked.rows_of(each.name, **self.group) for each in REPORT]


def measured(figures: Sequence[Figure], asked: Asked, *, grain: Grain, cut: Cut = "") -> dict[str, list[int]]:
    """The figures of the days by group (and part), in their order; everyone's, once for each state of the facts."""
    return once(f"{grain}:{cut}", figures, asked, lambda: measured_now(figures, asked, grain=grain, cut=cut))


def once(name: str, figures: Sequence[Figure], asked: Asked, make: Callable[[], Made]) -> Made:
    """What is made of everyone's figures of the days, once for each state of the facts."""
    names = hashlib.sha256(",".join(each.name for each in figures).encode()).hexdigest()[:16]
    facts = facts_now().of([measure for each in figures for measure in each.measures], asked.period)
    return remembered(f"report:{name}:{names}:{asked.first}:{asked.last}:{facts}", make)


def measured_now(figures: Sequence[Figure], asked: Asked, *, grain: Grain, cut: Cut = "") -> dict[str, list[int]]:
    """What ``measured`` remembers."""
    with workplace() as work:
        got = measured_once(work.facts, [measure for each in figures for measure in each.measures], asked.period, grain=grain, cut=cut)
    columns = [_column(got, each) for each in figures]
    return {group: values for group, *values in zip(got.keys, *columns, strict=True)}


def _column(got: Measured, figure: Figure) -> list[int]:
    counted = map(int, got.columns[figure.measure.name])
    return [one - int(other) for one, other in zip(counted, got.columns[figure.less.name], strict=True)] if figure.less else list(counted)


def members(user: User, team: str) -> dict[str, str]:
    """The agents whom the person may see, with their teams of today; of one team when named."""
    from chot.core import clock

    rows = rows_on(clock.today())
    allowed = [team] if team else teams_of(user)
    if team or not sees_company(user):
        rows = rows.filter(team_id__in=allowed)
    return dict(rows.values_list("agent_id", "team_id"))


def shown_agents(user: User, asked: Asked, known: Mapping[str, str] | None = None) -> frozenset[str] | None:
    """Whose lines a report has; None for everyone who has any, people who have left too. ``known``: the members, where they were read."""
    if asked.agent:
        return frozenset([asked.agent])
    return None if sees_company(user) and not asked.team else frozenset(members(user, asked.team) if known is None else known)


def report(user: User, asked: Asked) -> list[Line]:
    """The lines of a report, in the order of their titles; groups without any figure are left out."""
    if asked.by == "agent":
        return _by_agent(user, asked)
    if asked.by == "team":
        found = _of_campaign(asked, "team")
        teams = [asked.team] if asked.team else teams_of(user)
        titles = team_titles()
        return [_line(asked, team, title := titles[team], title, found[team], team=team) for team in teams if team in found]
    if asked.by == "company":
        grain, key = asked.group
        found = _of_campaign(asked, grain)
        return [_line(asked, key, "", "", found[key])] if key in found else []
    return _by_part(asked)


def _by_agent(user: User, asked: Asked) -> list[Line]:
    names, teams, titles = agent_names(), members(user, asked.team), team_titles()
    seen = shown_agents(user, asked, teams)
    found = _of_campaign(asked, "agent")
    shown = [agent for agent in found if seen is None or agent in seen]
    of = {agent: titles[team] for agent, team in teams.items()}
    lines = [_line(asked, agent, names.get(agent, agent), of.get(agent, ""), found[agent], agent=agent) for agent in shown]
    return sorted(lines, key=lambda line: (line.title.split()[-1:], line.title))


def _of_campaign(asked: Asked, grain: Grain) -> dict[str, list[int]]:
    """The figures by group; of one campaign when it is asked for."""
    if not asked.campaign:
        return measured(REPORT, asked, grain=grain)
    found = measured(REPORT, asked, grain=grain, cut="campaign")
    return {group: values for name, values in found.items() for group, part in [cut_part(name)] if part == asked.campaign}


def _by_part(asked: Asked) -> list[Line]:
    within = f"{asked.campaign}{CUT}" if asked.campaign and asked.by == "day" else ""
    cut: Any = "campaign_day" if within else asked.by
    grain, key = asked.group
    found = measured(REPORT, asked, grain=grain, cut=cut)
    parts = sorted((part, values) for name, values in found.items() for group, part in [cut_part(name)] if group == key)
    shown = [(part.removeprefix(within), values) for part, values in parts if part.startswith(within)]
    titles = part_titles(asked.by)
    shown.sort(key=lambda pair: titles.get(pair[0], pair[0]))
    return [_line(asked, part, titles.get(part, part), "", values, cut=cut, part=f"{within}{part}") for part, values in shown]


def part_titles(cut: str) -> dict[str, str]:
    """What campaigns or queues are called, by code, for parts of that kind."""
    return campaign_names() if cut == "campaign" else queue_titles() if cut == "queue" else {}


def _line(asked: Asked, key: str, title: str, of: str, values: Sequence[int], **group: Any) -> Line:
    if asked.campaign and "cut" not in group:
        group |= {"cut": "campaign", "part": asked.campaign}
    return Line(key=key, title=title, team=of, values=values, asked=asked, group=group)


def own_figures(agent_id: str) -> list[tuple[Figure, list[tuple[int, str]]]]:
    """The agent's figures of today, this week and this month with the queries of their rows; those without any are left out."""
    spans = [Asked(first=days[0], last=days[1], span=span, agent=agent_id) for span in OWN_SPANS if (days := span_days(span))]
    columns = [measured(REPORT, each, grain="agent").get(agent_id, [0] * len(REPORT)) for each in spans]
    found = [
        (figure, [(column[place], each.rows_of(figure.name)) for column, each in zip(columns, spans, strict=True)])
        for place, figure in enumerate(REPORT)
    ]
    return [(figure, cells) for figure, cells in found if any(value for value, _query in cells)]


def totals(lines: Sequence[Line]) -> list[int]:
    """The figures of all lines together."""
    return [sum(line.values[place] for line in lines) for place in range(len(REPORT))]


def hours(figures: Sequence[Figure], asked: Asked) -> dict[str, list[int]]:
    """The figures by weekday and hour (``109``: Mondays at 9) of the group asked for."""
    grain, key = asked.group
    found = measured(figures, asked, grain=grain, cut="hour")
    return {name.partition(CUT)[2]: values for name, values in found.items() if name.partition(CUT)[0] == key}


def funnel(asked: Asked) -> list[tuple[Figure, int]]:
    """How many leads came how far, of those assigned in the days asked for."""
    grain, key = asked.group
    values = measured(FUNNEL, asked, grain=grain).get(key, [0] * len(FUNNEL))
    return list(zip(FUNNEL, values, strict=True))
