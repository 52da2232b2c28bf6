"""Writes: what agents are doing. Moments are real ones, as those of calls are."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from chot.calls.actions_outcome_rows import note_wrap_up
from chot.calls.holding import AGENT, hold
from chot.calls.live import tell_desk
from chot.calls.models import AgentState, BreakReason, CallOutcome, DeskState, TelephonyJournal
from chot.calls.queries_states import open_state, rules, states_of_day
from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people.actions_workdays import note_worked
from chot.people.audit import record
from chot.people.models import User, Workday

GONE_AFTER = timedelta(minutes=2)
PAUSES = (DeskState.BREAK, DeskState.TRAINING, DeskState.MEETING)
"""States at a desk in which nobody can be called: the occupancy leaves them out."""


@transaction.atomic
def choose_state(agent_id: str, state: str, reason: str = "", *, by: User, address: str | None = None) -> AgentState:
    """Set an agent's state from now on; somebody else's is audited. The state that holds already stays as it is."""
    if state not in DeskState.values or state in (DeskState.WRAP_UP, DeskState.MISSED):
        raise InputError(Problem(what=_("This is no state that can be chosen")))
    if state == DeskState.BREAK and reason not in BreakReason.values:
        raise InputError(Problem(what=_("A break needs a reason"), fix=_("Choose one.")))
    reason = reason if state == DeskState.BREAK else ""
    now = hold_agent(agent_id)
    before = open_state(agent_id)
    if before and (before.state, before.reason) == (state, reason):
        return before
    _end(before, now)
    other = by.agent_id != agent_id
    made = AgentState.objects.create(agent_id=agent_id, state=state, reason=reason, started_at=now, set_by=by if other else None)
    if other:
        told = {"state": before.state if before else "", "reason": before.reason if before else ""}
        record("agent.state_set", f"agent:{agent_id}", by=by, address=address, before=told, after={"state": state, "reason": reason})
    tell_desk(agent_id)
    return made


@transaction.atomic
def begin_wrap_up(agent_id: str, call_id: str, at: datetime) -> bool:
    """The agent's call ended at ``at``: the wrap-up begins, once for each call, whatever the agent did before.

    Afterwards the agent does that again; who has chosen something since the call's end is left there.
    """
    hold_agent(agent_id)
    if AgentState.objects.filter(agent_id=agent_id, call_id=call_id).exists():
        return False
    before = open_state(agent_id)
    if before and before.started_at > at:
        return False
    if CallOutcome.objects.filter(call_id=call_id, agent_id=agent_id, saved_at__isnull=False).exists():
        return False  # everything was noted during the call
    _end(before, at)
    after, reason = _goes_back_to(before)
    AgentState.objects.create(
        agent_id=agent_id, state=DeskState.WRAP_UP, call_id=call_id, started_at=at, after=after, after_reason=reason,
    )  # fmt: skip
    tell_desk(agent_id)
    return True


@transaction.atomic
def end_wrap_up(agent_id: str, call_id: str, at: datetime | None = None) -> bool:
    """The wrap-up of that call is over, and the agent is ready, or does again what was done before the call."""
    now = hold_agent(agent_id)
    before = open_state(agent_id)
    if before is None or before.state != DeskState.WRAP_UP or before.call_id != call_id:
        return False
    ended = max(before.started_at, min(at or now, now))
    _end(before, ended)
    after = before.after or DeskState.READY
    AgentState.objects.create(agent_id=agent_id, state=after, reason=before.after_reason, started_at=ended)
    tell_desk(agent_id)
    return True


@transaction.atomic
def miss_calls(agent_id: str, at: datetime) -> bool:
    """An agent who was ready did not answer: no more calls, until another state is chosen."""
    now = hold_agent(agent_id)
    before = open_state(agent_id)
    if before and before.started_at > at:
        return False
    _end(before, now)
    AgentState.objects.create(agent_id=agent_id, state=DeskState.MISSED, started_at=now)
    tell_desk(agent_id)
    return True


def _goes_back_to(before: AgentState | None) -> tuple[str, str]:
    """State and reason of a break after a wrap-up; two calls in a row lead back to what was before the first."""
    if before is None:
        return DeskState.OFFLINE, ""
    if before.state == DeskState.WRAP_UP:
        return before.after, before.after_reason
    return ("", "") if before.state == DeskState.READY else (before.state, before.reason)


def end_wrap_ups_due() -> int:
    """End the wrap-ups that have lasted as long as they may; how many."""
    limit = rules().wrap_limit_s
    if not limit:
        return 0
    due = AgentState.objects.filter(ended_at=None, state=DeskState.WRAP_UP, started_at__lte=clock.instant() - timedelta(seconds=limit))
    return sum(end_wrap_up(row.agent_id, row.call_id, row.started_at + timedelta(seconds=limit)) for row in due)


def leave_desks() -> int:
    """Agents whose phone has been gone for a while are offline from the moment it went; how many."""
    changed = 0
    for row in AgentState.objects.filter(ended_at=None).exclude(state=DeskState.OFFLINE):
        told = TelephonyJournal.objects.filter(kind="phone_changed", call_id="", payload__phone=row.agent_id, at__gte=row.started_at)
        last = told.order_by("-seq").values_list("payload", "at").first()
        if last and not last[0]["online"] and last[1] < clock.instant() - GONE_AFTER:
            changed += _gone(row, last[1])
    return changed


@transaction.atomic
def _gone(row: AgentState, at: datetime) -> bool:
    hold_agent(row.agent_id)
    before = open_state(row.agent_id)
    if before is None or before.pk != row.pk:
        return False
    _end(before, at)
    AgentState.objects.create(agent_id=row.agent_id, state=DeskState.OFFLINE, started_at=max(at, before.started_at))
    tell_desk(row.agent_id)
    return True


def note_days() -> int:
    """Today's and yesterday's times at desks as worked and paused time of workdays; how many changed."""
    changed = 0
    today = clock.instant().date()
    for day in (today - timedelta(days=1), today):
        spent = states_of_day(day)
        known = {row.agent_id: row for row in Workday.objects.filter(date=day, agent_id__in=spent)}
        for agent_id, seconds in spent.items():
            worked = sum(length for state, length in seconds.items() if state != DeskState.OFFLINE)
            pause = sum(seconds.get(state, 0) for state in PAUSES)
            row = known.get(agent_id)
            if worked and (row is None or (row.worked_s, row.pause_s) != (worked, pause)):
                note_worked(agent_id, day, worked_s=worked, pause_s=pause)
                changed += 1
    return changed


def _end(before: AgentState | None, at: datetime) -> None:
    """The stretch ends; the length of a wrap-up is known from now on."""
    if before is None:
        return
    before.ended_at = max(at, before.started_at)
    before.save(update_fields=["ended_at"])
    if before.state == DeskState.WRAP_UP:
        note_wrap_up(before.agent_id, before.call_id, int((before.ended_at - before.started_at).total_seconds()))


def hold_agent(agent_id: str) -> datetime:
    """Hold the agent's states until the transaction ends, before any call is held; the moment."""
    hold(AGENT, [agent_id])
    return clock.instant()
