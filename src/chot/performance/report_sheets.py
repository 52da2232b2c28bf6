"""Reports and rankings as tables to export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chot.core.money import decimal_text
from chot.people.exports import Value
from chot.people.queries import agent_names
from chot.people.queries_teams import team_titles
from chot.people.templatetags.figures import count, day, measured, moment, percent, said, vnd, with_teams
from chot.people.templatetags.figures import period as period_words
from chot.performance import live
from chot.performance.figures_shown import REPORT, Figure
from chot.performance.queries import both
from chot.performance.queries_agent import hours
from chot.performance.queries_reports import Line, part_titles, totals
from chot.performance.queries_rows import Page
from chot.performance.queries_team import Section, with_cells
from chot.performance.report_files import Column, Sheet
from chot.performance.report_filter import BY, Asked

_CHARTED = ("revenue", "orders", "tickets_done", "calls_out", "calls_in")  # the first of these with a figure is drawn

_WIDTHS = {"vnd": 2.9, "seconds": 1.95}


def days_words(asked: Asked) -> str:
    """The days asked for, in words."""
    return day(asked.first) if asked.first == asked.last else f"{day(asked.first)} – {day(asked.last)}"


def report_columns(asked: Asked) -> list[Column]:
    """The columns of a report."""
    named = asked.by == "agent"
    units = {"seconds": _("seconds"), "vnd": "VND"}
    return [
        Column(name="first", title=_("From"), words=day, on_paper=False), Column(name="last", title=_("To"), words=day, on_paper=False),
        Column(name="key", title=str(BY[asked.by]), words=_of_key(asked.by), width=1.4 if named else 3),
        Column(name="name", title=_("Name") if named else pgettext("thing", "Name"), width=3, on_paper=named),
        Column(name="team", title=_("Team"), width=1.7, on_paper=named),
        *(
            Column(
                name=each.name, number=True, words=_worded(each), width=_WIDTHS.get(each.unit, 1.35),
                title=f"{said(both(each.title))} ({units[each.unit]})" if each.unit in units else said(both(each.title)),
                paper_title=said(both(each.title)),
            )
            for each in REPORT
        ),
    ]  # fmt: skip


def _of_key(by: str) -> Any:
    """How what a line is of is written on paper."""
    if by == "day":
        return day
    titles = team_titles() if by == "team" else part_titles(by)
    return lambda key: titles.get(key, str(key))


def _worded(figure: Figure) -> Any:
    return lambda value: live.words(figure, value)


def report_sheet(asked: Asked, lines: Sequence[Line]) -> Sheet:
    """A report of any days."""
    sums = totals(lines)
    drawn = next((place for name in _CHARTED for place, each in enumerate(REPORT) if each.name == name and sums[place]), None)
    facts = [(_("Period"), days_words(asked)), (_("By"), str(BY[asked.by])), (_("Team"), team_titles()[asked.team] or _("All teams"))]
    if asked.agent:
        facts.append((_("Agent"), f"{agent_names().get(asked.agent, asked.agent)} · {asked.agent}"))
    return Sheet(
        table="report", name=f"report-{asked.by}-{asked.first}-{asked.last}", title=_("Activity report"),
        facts=facts, columns=report_columns(asked),
        rows=[[asked.first, asked.last, line.key, line.title, line.team, *line.values] for line in lines],
        total=[None, None, "" if asked.by == "day" else _("Together"), None, None, *sums] if len(lines) > 1 else (),
        bars=[] if drawn is None or len(lines) < 2 else _bars(asked, lines, drawn),
        bars_title="" if drawn is None else said(both(REPORT[drawn].title)),
    )  # fmt: skip


def _bars(asked: Asked, lines: Sequence[Line], place: int) -> list[tuple[str, int, str]]:
    found = [(day(each.key) if asked.by == "day" else each.title or each.key, each.values[place]) for each in lines]
    if asked.by != "day":
        found.sort(key=lambda pair: -pair[1])
    return [(name, value, live.words(REPORT[place], value)) for name, value in found if value]


def _kpis(sections: Sequence[Section]) -> dict[str, tuple[str, str]]:
    return {metric: (said(title), unit) for section in sections for metric, title, unit in section.heads}


def team_columns(sections: Sequence[Section], *, money: bool) -> list[Column]:
    """The columns of a ranking: each KPI with what was reached and attained."""
    kpis = [
        column
        for metric, (title, unit) in _kpis(sections).items()
        for column in (
            Column(name=metric, title=title, words=_measured(unit), number=True, width=2 if unit == "vnd" else 1.5),
            Column(
                name=f"{metric}:attainment", title=_("%(kpi)s: attainment") % {"kpi": title}, words=percent, number=True, on_paper=False,
            ),
        )
    ]  # fmt: skip
    return [
        Column(name="plan", title=_("Plan"), on_paper=False),
        Column(name="rank", title=_("Rank"), number=True, width=1), Column(name="agent", title=_("Agent"), width=1.1),
        Column(name="name", title=_("Name"), width=2.6), Column(name="team", title=_("Team"), width=1.7),
        Column(name="attainment", title=_("Weighted attainment"), words=percent, number=True),
        *kpis, *([Column(name="pay", title=_("Variable pay (VND)"), words=vnd, number=True, width=2)] if money else []),
    ]  # fmt: skip


def _measured(unit: str) -> Any:
    return (lambda value: hours(Fraction(value))) if unit == "seconds" else (lambda value: measured(Fraction(value), unit))


def team_sheet(sections: Sequence[Section], period: str, team: str, *, money: bool, named: int | None) -> Sheet:
    """The ranking of a period."""
    rows = list(_team_rows(sections, money=money, named=named))
    ranked = [row for section in sections for row in section.rows if row.result.attainment is not None]
    ranked.sort(key=lambda row: -(row.result.attainment or 0))
    pay = sum(section.variable_vnd for section in sections)
    columns = team_columns(sections, money=money)
    total: list[Value] = [_("Together") if each.name == "agent" else pay if each.name == "pay" else None for each in columns]
    return Sheet(
        table="team", name=f"team-{period}", title=_("Ranking of the team"), columns=columns, rows=rows,
        total=total if money and rows else (),
        facts=[
            (_("Period"), period_words(period)), (_("Team"), team_titles()[team] or _("All teams")),
            (_("Plan"), ", ".join(each.plan.title for each in sections)),
        ],
        bars=[(row.result.name, int((row.result.attainment or 0) * 10_000), percent(row.result.attainment)) for row in ranked],
        bars_title=_("Weighted attainment"), split="plan",
    )  # fmt: skip


def _team_rows(sections: Sequence[Section], *, money: bool, named: int | None) -> Iterator[list[Value]]:
    names, titles = list(_kpis(sections)), team_titles()
    for section in sections:
        for row in with_cells(section.rows):
            result = row.result
            place = row.place if named is None or row.place <= named else None
            items = {cell["metric"]: cell for cell in row.cells if cell}
            figures = [_decimal(items[name][part]) if name in items else None for name in names for part in ("actual", "attainment")]
            start: list[Value] = [section.plan.title, place, result.agent_id, result.name, titles[result.team_id], result.attainment]
            yield [*start, *figures, *([result.variable_vnd] if money else [])]


def _decimal(value: Any) -> Value:
    return None if value is None else Decimal(decimal_text(Fraction(value), 6))


def rows_columns(*, counted: bool) -> list[Column]:
    """The columns of the rows behind a figure."""
    titles = {
        "id": _("Id"), "time": _("Time"), "agent": _("Agent"), "name": _("Name"), "customer": _("Customer"), "what": _("What happened"),
        "figure": _("Figure of the row"), **({} if counted else {"why": _("Why not")}),
    }  # fmt: skip
    widths = {"id": 2.4, "time": 2.1, "agent": 1.1, "name": 2.6, "customer": 1.9, "what": 3, "figure": 1.7, "why": 4}
    return [
        Column(name=name, title=title, width=widths[name], words=moment if name == "time" else str, number=name == "figure")
        for name, title in titles.items()
    ]


def rows_sheet(asked: Asked, figure: Figure, page: Page, *, counted: bool, part: str) -> Sheet:
    """The rows behind a figure; on paper with what they are of and, where there are more, how many."""
    facts = [(_("Period"), days_words(asked))]
    if asked.agent:
        facts.append((_("Agent"), f"{agent_names().get(asked.agent, asked.agent)} · {asked.agent}"))
    else:
        facts.append((_("Team"), team_titles()[asked.team] or _("All teams")))
    facts += [(_("Only"), part)] if part else []
    facts += [(_("Together"), live.words(figure, page.value))] if counted else [(_("Counted or not"), _("Not counted, and why"))]
    if page.count > len(page.rows):
        facts.append((_("Rows"), _("The first %(shown)s of %(all)s.") % {"shown": count(len(page.rows)), "all": count(page.count)}))
    return Sheet(
        table="rows", name=f"{figure.name}-{asked.first}-{asked.last}", title=said(both(figure.title)), facts=facts,
        columns=rows_columns(counted=counted), rows=list(rows_cells(page, counted=counted)),
    )  # fmt: skip


def rows_cells(page: Page, *, counted: bool) -> Iterator[list[Value]]:
    """The rows behind a figure."""
    titles = team_titles()
    for row in page.rows:
        cells: list[Value] = [row.id, row.at, row.agent_id, row.agent, row.customer, ", ".join(said(each) for each in row.what), row.figure]
        yield cells if counted else [*cells, with_teams(said(row.reason), titles)]
