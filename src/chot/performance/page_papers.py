"""Pages on paper: when customers are reached with how far leads come, and one agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from chot.core import clock
from chot.people.queries import agent_names
from chot.people.queries_teams import team_titles
from chot.people.templatetags.figures import count, day, measured, moment, percent, period, said
from chot.performance.models import Result
from chot.performance.plan_reading import language
from chot.performance.queries_agent import Past
from chot.performance.queries_patterns import WHAT, Cell, Step
from chot.performance.report_filter import Asked
from chot.performance.report_sheets import days_words
from chot.printing.paper import Paper

PERIODS = 6  # the latest on an agent's paper


def _paper(title: str, *, subtitle: str = "", landscape: bool = False) -> Paper:
    at = clock.now()
    foot = _("%(title)s · made %(at)s") % {"title": title, "at": moment(at)}
    return Paper(title=title, subtitle=subtitle, language=language(), foot=foot, at=at, landscape=landscape)


def patterns_paper(asked: Asked, what: str, shown: Sequence[int], rows: Sequence[tuple[Any, list[Cell]]], steps: Sequence[Step]) -> bytes:
    """The heat map as a table, and the funnel as bars with its numbers."""
    paper = _paper(_("Hours and funnel"), landscape=True)
    facts = [(_("Period"), days_words(asked)), (_("Team"), team_titles()[asked.team] or _("All teams"))]
    if asked.agent:
        facts.append((_("Agent"), f"{agent_names().get(asked.agent, asked.agent)} · {asked.agent}"))
    paper.facts(facts, columns=3)
    paper.heading(_("%(title)s by weekday and hour") % {"title": WHAT[what]})
    if rows:
        body = [[str(name), *(_whole(cell.words) if cell.value is not None else "–" for cell in cells)] for name, cells in rows]
        heads = [_("Weekday"), *(f"{hour}h" for hour in shown)]
        paper.table(heads, body, align="l" + "r" * len(shown), widths=(1.6, *(1 for _hour in shown)))
    else:
        paper.text(_("There is nothing in this time."))
    paper.heading(_("How far leads come"))
    if steps[0].number:
        paper.bars([(said(step.title), step.number, count(step.number)) for step in steps])
        numbers = [[said(step.title), count(step.number), percent(step.of_first), percent(step.of_before)] for step in steps]
        paper.table([_("Step"), _("Leads"), _("Of those assigned"), _("Of the step before")], numbers, align="lrrr", widths=(4, 2, 2, 2))
    else:
        paper.text(_("No leads were assigned on these days."))
    return paper.content()


def agent_paper(
    agent_id: str, name: str, team: str, days: tuple[date, date], activity: Sequence[Mapping[str, Any]],
    results: Sequence[Result], pasts: Sequence[Past],
) -> bytes:  # fmt: skip
    """One agent's activity of the days and attainment over the latest periods; no pay."""
    paper = _paper(name, subtitle=agent_id)
    first, last = days
    paper.facts([(_("Team"), team_titles()[team] or "–"), (_("Period"), day(first) if first == last else f"{day(first)} – {day(last)}")])
    paper.heading(_("Activity"))
    done = [[said(each["title"]), each["clock"] or measured(each["value"], each["unit"])] for each in activity]
    paper.table([_("Figure"), _("Value")], done, align="lr", widths=(4, 2))
    shown = range(max(len(results) - PERIODS, 0), len(results))
    if shown:
        paper.heading(_("Attainment over the periods"))
        rows = [[said(past.title), *(_reached(past, past.cells[place]) for place in shown)] for past in pasts]
        rows = [row for row in rows if any(cell != "–" for cell in row[1:])]
        heads = [_("KPI"), *(period(results[place].run.period) for place in shown)]
        paper.table(heads, rows, align="l" + "r" * len(shown), widths=(2.4, *(2 for _place in shown)))
    return paper.content()


def _reached(past: Past, cell: Any) -> str:
    if not cell:
        return "–"
    figures = f"{_whole(measured(cell['actual'], past.unit))} / {_whole(measured(cell['target'], past.unit))}"
    return f"{_whole(percent(cell['attainment']))}\n{figures}"


def _whole(number: str) -> str:
    """A number with its unit on one line."""
    return number.replace(" ", "\N{NO-BREAK SPACE}")
