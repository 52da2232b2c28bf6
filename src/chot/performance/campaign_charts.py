"""Campaigns as charts: day by day, how far their calls come, and when customers are reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from django.urls import reverse

from chot.kpi.measures import CUT
from chot.people.templatetags.figures import day as day_words
from chot.people.templatetags.figures import percent, said
from chot.performance.figures_shown import FIGURES
from chot.performance.queries import both
from chot.performance.queries_campaigns import RATES, Campaign, Values, daily, hourly
from chot.performance.queries_patterns import WEEKDAYS, Cell, heat_chart
from chot.performance.report_filter import Asked

TRENDS = ("contact_rate", "conversion", "calls_out", "orders", "revenue", "call_charge")
STEPS = ("calls_out", "answered_out", "right_party", "conversations", "orders")
LEAST_CALLS = 5  # of an hour, for its rate to be shown: of fewer it says nothing


def rows_url(asked: Asked, figure: str, cut: Any, *part: str) -> str:
    """The address of the rows behind a campaign's number."""
    return f"{_rows()}?{asked.rows_of(figure, cut=cut, part=CUT.join(part))}"


@cache
def _rows() -> str:
    return reverse("performance:rows")  # hundreds of times on a page


def trend_names() -> dict[str, str]:
    """What can be followed day by day."""
    return {name: said(both((RATES.get(name) or FIGURES[name]).title)) for name in TRENDS}


def _value(name: str, values: Values | None) -> Fraction | None:
    if values is None:
        return None
    return RATES[name].of(values) if name in RATES else Fraction(values[name])


def trend_chart(asked: Asked, chosen: Sequence[Campaign], name: str) -> dict[str, Any]:
    """One line for each campaign; a day without calls is a gap in a rate and nothing else."""
    days, found = daily(asked)
    rate = RATES.get(name)
    scale, figure = (100 if rate else 1), rate.over if rate else name
    series = []
    for each in chosen:
        of_days = found.get(each.name, {})
        points = []
        for on in days:
            value = _value(name, of_days.get(on)) if rate else _value(name, of_days.get(on)) or Fraction(0)
            url = rows_url(asked, figure, "campaign_day", each.name, str(on)) if on in of_days else ""
            points.append({"value": None if value is None else round(float(value) * scale, 1), **({"url": url} if url else {})})
        line = {"type": "line", "connectNulls": True, "symbolSize": 5, "showSymbol": len(days) < 40}
        series.append({**line, "name": each.title, "data": points})
    names = [day_words(on).removesuffix(str(on.year)).rstrip("/ ") for on in days]
    return {
        "kind": "trend", "unit": "%" if rate else "₫" if FIGURES[name].unit == "vnd" else "", "legend": {"top": 0, "type": "scroll"},
        "grid": {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": names}, "yAxis": {"type": "value"}, "series": series,
    }  # fmt: skip


def funnel(asked: Asked, chosen: Sequence[Campaign]) -> list[dict[str, Any]]:
    """Each step of a campaign's calls: the number, its share of the calls and of the step before, and its rows, campaign by campaign."""
    rows = []
    for place, name in enumerate(STEPS):
        before = STEPS[place - 1] if place else name
        cells = [
            {
                "number": each.values[name], "url": rows_url(asked, name, "campaign", each.name),
                "of_first": _share(each.values[name], each.values[STEPS[0]]), "of_before": _share(each.values[name], each.values[before]),
            }
            for each in chosen
        ]  # fmt: skip
        rows.append({"title": both(FIGURES[name].title), "cells": cells, "first": place == 0})
    return rows


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def funnel_chart(rows: Sequence[Mapping[str, Any]], chosen: Sequence[Campaign]) -> dict[str, Any]:
    """The steps as shares of the calls, one bar for each campaign, so that large and small campaigns compare."""
    return {
        "kind": "steps", "unit": "%", "legend": {"top": 0, "type": "scroll"},
        "grid": {"left": 8, "right": 64, "top": 36, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "max": 100},
        "yAxis": {"type": "category", "inverse": True, "data": [said(row["title"]) for row in rows]},
        "series": [
            {
                "type": "bar", "name": each.title,
                "data": [
                    {"value": round(float(cell["of_first"] or 0) * 100, 1), "url": cell["url"]}
                    for cell in (row["cells"][place] for row in rows)
                ],
            }
            for place, each in enumerate(chosen)
        ],
    }  # fmt: skip


def heats(asked: Asked, chosen: Sequence[Campaign]) -> list[dict[str, Any]]:
    """When the customers of each campaign are reached: the contact rate by weekday and hour, on the same hours for all."""
    found = {name: _known(parts) for name, parts in hourly(asked).items()}
    hours = sorted({place[1] for each in chosen for place in found.get(each.name, {})})
    shown = list(range(hours[0], hours[-1] + 1)) if hours else []
    made = list[dict[str, Any]]()
    for each in chosen:
        known = found.get(each.name, {})
        rows = [(WEEKDAYS[day - 1], [_cell(asked, each.name, day, hour, known) for hour in shown]) for day in range(1, 8)
                if any(place[0] == day for place in known)]  # fmt: skip
        made.append({"name": each.title, "hours": shown, "rows": rows, "chart": heat_chart(shown, rows, "rate") if rows else None})
    top = max((rate for each in chosen for rate in found.get(each.name, {}).values()), default=None)
    for heat in made:
        if heat["chart"]:
            heat["chart"]["visualMap"]["max"] = round(float(top or 1) * 100, 1)  # one scale, so that the same shade is the same rate
    return made


def _known(parts: Mapping[str, Values]) -> dict[tuple[int, int], Fraction]:
    rates = {(int(part) // 100, int(part) % 100): RATES["contact_rate"].of(values) for part, values in parts.items()
             if values["calls_out"] >= LEAST_CALLS}  # fmt: skip
    return {place: rate for place, rate in rates.items() if rate is not None}


def _cell(asked: Asked, campaign: str, day: int, hour: int, known: Mapping[tuple[int, int], Fraction]) -> Cell:
    value = known.get((day, hour))
    url = rows_url(asked, "calls_out", "campaign_hour", campaign, str(100 * day + hour)) if value is not None else ""
    return Cell(value=value, words=percent(value, 0), url=url)
