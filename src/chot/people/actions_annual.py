"""Writes about annual leave by year: corrections, days carried over from the year before, the days that were agreed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from django.db import transaction

from chot.core import clock
from chot.people.audit import record
from chot.people.models import LeaveAdjustment, Person, User
from chot.people.queries_leave import balances

Kind = LeaveAdjustment.Kind


@transaction.atomic
def adjust(
    agent_id: str, year: int, kind: str, days: Fraction, reason: str, *, until: date | None = None, by: User, address: str | None
) -> LeaveAdjustment:
    """Give a year more days, or fewer (negative), in halves. What is carried over stands once a year: it is replaced."""
    half_days = int(days * 2)
    fields = {"half_days": half_days, "until": until if kind == Kind.CARRIED else None, "reason": reason, "by": by, "at": clock.now()}
    held = LeaveAdjustment.objects.select_for_update().filter(agent_id=agent_id, year=year, kind=Kind.CARRIED).first()
    if kind == Kind.CARRIED:
        made, _new = LeaveAdjustment.objects.update_or_create(agent_id=agent_id, year=year, kind=kind, defaults=fields)
    else:
        made = LeaveAdjustment.objects.create(agent_id=agent_id, year=year, kind=kind, **fields)
    before = _told(held) if held and kind == Kind.CARRIED else None
    record("leave.adjusted", f"agent:{agent_id}", by=by, address=address, before=before, after=_told(made))
    return made


def _told(made: LeaveAdjustment) -> dict[str, Any]:
    until = made.until.isoformat() if made.until else None
    return {"year": made.year, "kind": made.kind, "days": str(made.days), "until": until, "reason": made.reason}


@transaction.atomic
def carry_over(agents: Sequence[str], year: int, most: Fraction, until: date | None, reason: str, *, by: User, address: str | None) -> int:
    """What is left of the year before, at most ``most`` days in whole halves, for everyone who has nothing carried yet; for how many."""
    done = set(LeaveAdjustment.objects.filter(agent_id__in=agents, year=year, kind=Kind.CARRIED).values_list("agent_id", flat=True))
    carried = 0
    for agent, balance in sorted(balances([each for each in agents if each not in done], year - 1).items()):
        half_days = int(min(balance.left, most) * 2)
        if half_days > 0:
            adjust(agent, year, Kind.CARRIED, Fraction(half_days, 2), reason, until=until, by=by, address=address)
            carried += 1
    return carried


@transaction.atomic
def agree(agent_id: str, days: int | None, *, by: User, address: str | None) -> bool:
    """The days of a whole year that were agreed with the person; None: the law's. False: nothing differs."""
    person, _made = Person.objects.select_for_update().get_or_create(agent_id=agent_id)
    if person.annual_days == days:
        return False
    before = {"annual_days": person.annual_days}
    person.annual_days = days
    person.save(update_fields=["annual_days"])
    record("leave.agreed", f"agent:{agent_id}", by=by, address=address, before=before, after={"annual_days": days})
    return True
