"""When customers are called and reached, and how far leads come, as charts with the tables that say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chot.people.templatetags.figures import count, percent, said
from chot.performance.figures_shown import ANSWERED, CALLS, FIGURES
from chot.performance.queries import both
from chot.performance.queries_reports import funnel, hours
from chot.performance.report_filter import Asked

WHAT = {"calls": gettext_lazy("Calls"), "rate": gettext_lazy("Answer rate"), "orders": gettext_lazy("Orders")}
WEEKDAYS = (
    gettext_lazy("Mon"), gettext_lazy("Tue"), gettext_lazy("Wed"), gettext_lazy("Thu"), gettext_lazy("Fri"), gettext_lazy("Sat"),
    gettext_lazy("Sun"),
)  # fmt: skip
_ORDERS = FIGURES["orders"]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One hour of a weekday; ``value`` is None where nothing happened."""

    value: int | Fraction | None
    words: str
    url: str
    strength: int = 0  # 0 to 9, for the table's shade


def heat(asked: Asked, what: str) -> tuple[list[int], list[tuple[Any, list[Cell]]]]:
    """The hours shown, and each weekday's cells in their order."""
    found = hours((CALLS, ANSWERED, _ORDERS), asked)
    values = {(int(part) // 100, int(part) % 100): _value(what, figures) for part, figures in found.items()}
    known = {place: value for place, value in values.items() if value is not None}
    shown = list(range(min(hour for _d, hour in known), max(hour for _d, hour in known) + 1)) if known else []
    top = max(known.values(), default=0) or 1
    figure = "orders" if what == "orders" else "calls"
    rows = [
        (WEEKDAYS[day - 1], [_cell(asked, figure, what, day, hour, known.get((day, hour)), top) for hour in shown])
        for day in range(1, 8)
        if any(place[0] == day for place in known)
    ]
    return shown, rows


def _value(what: str, figures: Sequence[int]) -> int | Fraction | None:
    calls, answered, orders = figures
    if what == "rate":
        return Fraction(answered, calls) if calls else None
    return (orders if what == "orders" else calls) or None


def _cell(asked: Asked, figure: str, what: str, day: int, hour: int, value: int | Fraction | None, top: int | Fraction) -> Cell:
    words = percent(value, 0) if what == "rate" else count(value)
    url = f"{reverse('performance:rows')}?{asked.rows_of(figure, cut='hour', part=str(100 * day + hour))}" if value is not None else ""
    return Cell(value=value, words=words, url=url, strength=0 if value is None else int(Fraction(value) / top * 9))


def heat_chart(shown: Sequence[int], rows: Sequence[tuple[Any, list[Cell]]], what: str) -> dict[str, Any]:
    """The heat map as a chart: hours across, weekdays down."""
    percents = what == "rate"
    cells: list[dict[str, Any]] = [
        {"value": [x, y, round(float(cell.value) * (100 if percents else 1), 1)], "url": cell.url, "words": f"{day} {hour}h: {cell.words}"}
        for y, (day, line) in enumerate(rows)
        for x, (hour, cell) in enumerate(zip(shown, line, strict=True))
        if cell.value is not None
    ]
    top = max((cell["value"][2] for cell in cells), default=1)
    return {
        "kind": "heat", "unit": "%" if percents else "",
        "xAxis": {"type": "category", "data": [f"{hour}h" for hour in shown], "splitArea": {"show": False}},
        "yAxis": {"type": "category", "data": [str(day) for day, _cells in rows], "inverse": True},
        "visualMap": {"min": 0, "max": top},
        "series": [{"type": "heatmap", "name": str(WHAT[what]), "data": cells}],
    }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the funnel: how many, which share of the first and of the step before, and the rows."""

    title: Any
    number: int
    of_first: Fraction | None
    of_before: Fraction | None
    url: str


def steps(asked: Asked) -> list[Step]:
    """The funnel of leads, from assigned to won."""
    found, made = funnel(asked), list[Step]()
    first = found[0][1]
    for place, (figure, number) in enumerate(found):
        before = found[place - 1][1] if place else 0
        made.append(Step(
            title=both(figure.title), number=number, of_first=Fraction(number, first) if first else None,
            of_before=Fraction(number, before) if before else None,
            url=f"{reverse('performance:rows')}?{asked.rows_of(figure.name)}",
        ))  # fmt: skip
    return made


def funnel_chart(found: Sequence[Step]) -> dict[str, Any]:
    """The funnel as a chart: bars, which compare more truly than the slopes of a funnel."""
    return {
        "kind": "steps",
        "xAxis": {"type": "value"}, "yAxis": {"type": "category", "inverse": True, "data": [said(step.title) for step in found]},
        "series": [{
            "type": "bar", "name": _("Leads"), "barWidth": "62%", "label": {"show": True, "position": "right"},
            "data": [{"value": step.number, "url": step.url} for step in found],
        }],
    }  # fmt: skip
