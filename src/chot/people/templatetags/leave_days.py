"""The cells of the calendar of leave: a month of everybody is more of them than a template writes in the time that a page has."""

from __future__ import annotations

from collections.abc import Container
from datetime import date

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from chot.people.models import Leave
from chot.people.queries_annual import CalendarLine, DayOff
from chot.people.templatetags.figures import day as day_words

register = template.Library()
_SUNDAY = 6
_PLAIN = {look: f'<td class="{look}"></td>' for look in ("", "off", "gone")}


@register.simple_tag
def leave_cells(line: CalendarLine, holidays: Container[date]) -> SafeString:
    """One person's days."""
    cells = (_leave(line.name, cell.day, cell.leave) if cell.leave else _PLAIN[_look(cell, holidays)] for cell in line.cells)
    return mark_safe("".join(cells))  # noqa: S308 - _leave escapes


def _look(cell: DayOff, holidays: Container[date]) -> str:
    if not cell.employed:
        return "gone"
    return "off" if cell.day.weekday() == _SUNDAY or cell.day in holidays else ""


def _leave(name: str, day: date, leave: Leave) -> str:
    kind, part = leave.get_kind_display(), "" if leave.part == "day" else f", {leave.get_part_display()}"
    return format_html(
        '<td class="leave {} {} {}" title="{}, {}: {}{} – {}"><span class="visually-hidden">{}</span>{}</td>',
        leave.kind, leave.state, leave.part, name, day_words(day), kind, part, leave.get_state_display(), kind,
        "?" if leave.state == "asked" else "",
    )  # fmt: skip
