"""The day of work that the facts take in, kept equal to the roster and to approved leave; worked time comes from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from chot.people.models import Leave, LeaveState, PublicHoliday, Shift, Workday

Pair = tuple[str, date]

_NUMBERS = ("scheduled_s", "worked_s", "pause_s")


def _leaves(agents: set[str], first: date, last: date) -> dict[Pair, str]:
    found: dict[Pair, str] = {}
    approved = Leave.objects.filter(agent_id__in=agents, state=LeaveState.APPROVED, first_day__lte=last, last_day__gte=first)
    for leave in approved.order_by("-part", "pk"):
        day = max(leave.first_day, first)
        while day <= min(leave.last_day, last):
            found[leave.agent_id, day] = leave.kind
            day += timedelta(days=1)
    return found


@transaction.atomic
def refresh_workdays(pairs: Iterable[Pair], *, rostered: bool) -> int:
    """Bring ``scheduled_s`` and ``leave`` of these agents' days to what roster and leave say; how many rows changed.

    Without ``rostered`` a day that has no shift keeps the scheduled time it came with. Running again changes nothing.
    """
    wanted = sorted(set(pairs))
    if not wanted:
        return 0
    agents, days = {agent for agent, _day in wanted}, [day for _agent, day in wanted]
    first, last = min(days), max(days)
    planned: dict[Pair, int] = {}
    for shift in Shift.objects.filter(agent_id__in=agents, day__range=(first, last)):
        planned[shift.agent_id, shift.day] = planned.get((shift.agent_id, shift.day), 0) + shift.scheduled_s
    leaves = _leaves(agents, first, last)
    holidays = set(PublicHoliday.objects.filter(day__range=(first, last)).values_list("day", flat=True))
    rows = Workday.objects.select_for_update().filter(agent_id__in=agents, date__range=(first, last)).order_by("agent_id", "date")
    held = {(row.agent_id, row.date): row for row in rows}
    changed = 0
    for pair in wanted:
        row = held.get(pair) or Workday(agent_id=pair[0], date=pair[1])
        before = (row.scheduled_s, row.leave)
        if rostered or pair in planned:
            row.scheduled_s = planned.get(pair)
        row.leave = leaves.get(pair) or ("holiday" if pair[1] in holidays and pair not in planned else "none")
        changed += _write(row, before)
    return changed


def _write(row: Workday, before: tuple[int | None, str]) -> int:
    if row.pk and row.scheduled_s is None and row.leave == "none" and row.worked_s is None and row.pause_s is None:
        row.delete()
        return 1
    if before == (row.scheduled_s, row.leave):
        return 0
    if row.pk:
        row.save(update_fields=["scheduled_s", "leave"])
    else:
        row.save(force_insert=True)
    return 1


@transaction.atomic
def note_worked(agent_id: str, day: date, *, worked_s: int | None, pause_s: int | None) -> None:
    """What time tracking or an import knows of a day; the roster's side of the row stays."""
    Workday.objects.update_or_create(agent_id=agent_id, date=day, defaults={"worked_s": worked_s, "pause_s": pause_s})


@transaction.atomic
def complete_workdays(rows: Iterable[Mapping[str, Any]], *, there_only: bool = False) -> int:
    """Fill what the days lack (``scheduled_s``, ``worked_s``, ``pause_s``, ``leave``) from rows of the facts; how many changed.

    What a day says already stays. ``there_only``: days that the database does not know are left to the facts.
    """
    changed = 0
    for row in rows:
        held = Workday.objects.select_for_update().filter(agent_id=row["agent_id"], date=row["date"]).first()
        if held is None and there_only:
            continue
        held = held or Workday(agent_id=row["agent_id"], date=row["date"])
        lacking = [name for name in _NUMBERS if getattr(held, name) is None and row[name] is not None]
        lacking += ["leave"] if held.leave == "none" != row["leave"] else []
        for name in lacking:
            setattr(held, name, row[name])
        if lacking:
            held.save()
        changed += bool(lacking)
    return changed
