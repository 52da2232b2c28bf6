"""Writes about the roster: a week of shifts, copied weeks, patterns, public holidays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chot.core.clock import ZONE
from chot.core.errors import InputError, Problem
from chot.people.actions_workdays import Pair, refresh_workdays
from chot.people.audit import record
from chot.people.models import AgentRow, Leave, LeavePart, LeaveState, PublicHoliday, Shift, ShiftPattern, User
from chot.people.queries import working_on

KEEP = "*"
"""The cell of a day whose shifts follow no pattern: it stays as it is."""


Changed = dict[Pair, tuple[str, str]]
"""The days that a write changed: code before, code after."""


def shift_of(agent_id: str, day: date, pattern: ShiftPattern) -> Shift:
    """A shift of the pattern on a day, not yet stored."""
    starts = datetime.combine(day, pattern.starts, ZONE)
    ends = datetime.combine(day if pattern.ends > pattern.starts else day + timedelta(days=1), pattern.ends, ZONE)
    return Shift(agent_id=agent_id, day=day, starts_at=starts, ends_at=ends, break_s=pattern.break_s, pattern=pattern)


@transaction.atomic
def plan_days(cells: Mapping[Pair, str], *, by: User, address: str | None) -> Changed:
    """Give each agent's day the shift of a pattern (its code), none (empty), or leave it alone (``KEEP``); what changed.

    Raises ``InputError`` when an agent's shifts would overlap; then nothing is changed.
    """
    agents = sorted({agent for agent, _day in cells})
    _lock(agents)
    patterns = {pattern.code: pattern for pattern in ShiftPattern.objects.all()}
    held = _codes(agents, [day for _agent, day in cells])
    changed = {pair: code for pair, code in cells.items() if code != KEEP and held.get(pair, "") != code}
    for (agent, day), code in changed.items():
        Shift.objects.filter(agent_id=agent, day=day).delete()
        if code:
            if code not in patterns:
                raise InputError(Problem(what=_("There is no shift %(code)s") % {"code": code}, fix=_("Choose one of the list.")))
            shift_of(agent, day, patterns[code]).save(force_insert=True)
    _check_overlaps(changed)
    refresh_workdays(changed, rostered=True)
    for agent in sorted({agent for agent, _day in changed}):
        days = {day.isoformat(): code for (each, day), code in changed.items() if each == agent}
        before = {day.isoformat(): held.get((each, day), "") for each, day in changed if each == agent}
        record("roster.planned", f"agent:{agent}", by=by, address=address, before=before, after=days)
    return {pair: (held.get(pair, ""), code) for pair, code in changed.items()}


def _lock(agents: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for agent in agents:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"roster:{agent}"])


def _codes(agents: list[str], days: list[date]) -> dict[Pair, str]:
    """The pattern of each rostered day; ``KEEP`` for more than one shift or hours of their own."""
    found: dict[Pair, str] = {}
    if not days:
        return found
    for shift in Shift.objects.select_related("pattern").filter(agent_id__in=agents, day__range=(min(days), max(days))):
        pair = (shift.agent_id, shift.day)
        found[pair] = KEEP if pair in found or shift.pattern is None else shift.pattern.code
    return found


def _check_overlaps(changed: Mapping[Pair, str]) -> None:
    if not changed:
        return
    days = [day for _agent, day in changed]
    around = (min(days) - timedelta(days=1), max(days) + timedelta(days=1))
    shifts = Shift.objects.filter(agent_id__in={agent for agent, _day in changed}, day__range=around).order_by("agent_id", "starts_at")
    problems, last = [], None
    for shift in shifts:
        if last and last.agent_id == shift.agent_id and last.ends_at > shift.starts_at:
            told = {"agent": shift.agent_id, "day": f"{last.day:%d/%m}", "next": f"{shift.day:%d/%m}"}
            what = _("%(agent)s: the shift of %(day)s still runs when the one of %(next)s begins") % told
            problems.append(Problem(what=what, fix=_("Choose another shift for one of the two days.")))
        last = shift
    if problems:
        raise InputError(problems)


@transaction.atomic
def copy_week(agents: list[str], monday: date, *, by: User, address: str | None) -> Changed:
    """Fill the empty days of a week with the shifts of the week before."""
    days = [monday + timedelta(days=place) for place in range(7)]
    before = _codes(agents, [day - timedelta(days=7) for day in days])
    held = _codes(agents, days)
    employed = {day: set(working_on(day).values_list("agent_id", flat=True)) for day in days}
    cells = {
        (agent, day): code
        for agent in agents
        for day in days
        if (code := before.get((agent, day - timedelta(days=7)), "")) not in ("", KEEP)
        and (agent, day) not in held
        and agent in employed[day]
    }
    return plan_days(cells, by=by, address=address)


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """``on`` days of a shift, then ``off`` days without, again and again; the next person begins ``stagger`` days further on."""

    code: str
    on: int
    off: int
    stagger: int = 0

    def code_of(self, place: int, person: int) -> str:
        """What the day so many days after the first has for the person so far down the list.

        >>> "".join(Rhythm(code="S", on=5, off=2).code_of(day, 0) or "-" for day in range(9)), Rhythm(code="S", on=1, off=1).code_of(0, 0)
        ('SSSSS--SS', 'S')
        """
        return self.code if (place + person * self.stagger) % (self.on + self.off) < self.on else ""


@transaction.atomic
def fill(
    agents: Sequence[str], first: date, last: date, rhythm: Rhythm, *, holidays: bool = False, by: User, address: str | None
) -> Changed:
    """Plan a rhythm over days: each person's while employed, never on approved whole days off, on public holidays only if asked."""
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    off = set() if holidays else set(PublicHoliday.objects.filter(day__range=(first, last)).values_list("day", flat=True))
    away = _away(agents, first, last)
    employed = {day: set(working_on(day).values_list("agent_id", flat=True)) for day in days}
    cells = {
        (agent, day): "" if day in off else rhythm.code_of(place, person)
        for person, agent in enumerate(agents)
        for place, day in enumerate(days)
        if agent in employed[day] and (agent, day) not in away
    }
    return plan_days(cells, by=by, address=address)


def _away(agents: Sequence[str], first: date, last: date) -> set[Pair]:
    found = Leave.objects.filter(
        agent_id__in=agents, state=LeaveState.APPROVED, part=LeavePart.DAY, first_day__lte=last, last_day__gte=first
    )
    return {
        (leave.agent_id, leave.first_day + timedelta(days=place))
        for leave in found
        for place in range((leave.last_day - leave.first_day).days + 1)
    }


@transaction.atomic
def take_back(changed: Mapping[Pair, tuple[str, str]], *, by: User, address: str | None) -> Changed:
    """Undo a write: days that still are as it left them become what they were; hours of their own do not come back."""
    _lock(sorted({agent for agent, _day in changed}))
    now = _codes(sorted({agent for agent, _day in changed}), [day for _agent, day in changed])
    cells = {pair: before for pair, (before, after) in changed.items() if before != KEEP and now.get(pair, "") == after}
    return plan_days(cells, by=by, address=address)


@transaction.atomic
def set_pattern(code: str, fields: Mapping[str, Any], *, by: User, address: str | None) -> ShiftPattern:
    """A shift pattern as it is from now on; shifts that were planned by it keep their hours."""
    found = ShiftPattern.objects.select_for_update().filter(code=code).first()
    before = _pattern(found) if found else None
    pattern, _made = ShiftPattern.objects.update_or_create(code=code, defaults=dict(fields))
    record("roster.pattern", f"shift_pattern:{code}", by=by, address=address, before=before, after=_pattern(pattern))
    return pattern


def _pattern(pattern: ShiftPattern) -> dict[str, Any]:
    hours = {name: f"{value:%H:%M}" if isinstance(value := getattr(pattern, name), time) else str(value) for name in ("starts", "ends")}
    return {"name": pattern.name, **hours, "break_s": pattern.break_s, "is_active": pattern.is_active}


@transaction.atomic
def set_holiday(day: date, name: str, *, by: User, address: str | None) -> None:
    """A public holiday, or none any more when the name is empty; the days of work follow."""
    before = PublicHoliday.objects.filter(day=day).values_list("name", flat=True).first() or ""
    if name:
        PublicHoliday.objects.update_or_create(day=day, defaults={"name": name})
    else:
        PublicHoliday.objects.filter(day=day).delete()
    _holiday_workdays([day])
    record("roster.holiday", f"day:{day}", by=by, address=address, before={"name": before}, after={"name": name})


def _holiday_workdays(days: Iterable[date]) -> None:
    for day in days:
        refresh_workdays(((agent, day) for agent in working_on(day).values_list("agent_id", flat=True)), rostered=False)


@transaction.atomic
def prefill_holidays(year: int, *, by: User | None, address: str | None = None) -> int:
    """The public holidays of Vietnam of a year that has none yet; how many."""
    import holidays

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"holidays:{year}"])
    if PublicHoliday.objects.filter(day__year=year).exists():
        return 0
    found = holidays.country_holidays("VN", years=year, language="vi")
    made = PublicHoliday.objects.bulk_create(PublicHoliday(day=day, name=str(name)[:120]) for day, name in sorted(found.items()))
    if AgentRow.objects.exists():
        _holiday_workdays(row.day for row in made)
    record("roster.holidays", f"year:{year}", by=by, address=address, after={"days": len(made)})
    return len(made)
