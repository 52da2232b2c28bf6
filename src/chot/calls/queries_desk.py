"""Reads: what an agent's desk shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse

from chot.calls.models import AgentState, BreakReason, DeskState, OpenCall, Supervision, TelephonyCommand
from chot.calls.queries_exchange import phones_address
from chot.calls.queries_outcomes import due_count, known_customer
from chot.calls.queries_phones import shown_ear
from chot.calls.queries_states import open_state, rules
from chot.calls.rules import modes_of
from chot.charges.queries_calls import money_of
from chot.people.masking import masked
from chot.people.models import Role, User
from chot.people.queries import agent_names, team_of
from chot.switchboard.models import CallQueue


def open_call(agent_id: str) -> OpenCall | None:
    """The call in which the agent's phone takes part or rings, the latest when there are several."""
    return OpenCall.objects.filter(agents__contains=[agent_id]).order_by("-started_at").first()


def takes_part(agent_id: str, call_id: str) -> bool:
    """Whether the agent is one of the call's."""
    return bool(agent_id) and OpenCall.objects.filter(call_id=call_id, agents__contains=[agent_id]).exists()


def dial_outcome(call_id: str, agent_id: str) -> str:
    """What became of the agent's wish to call: empty while it waits."""
    rows = TelephonyCommand.objects.filter(kind="dial", payload__call_id=call_id, payload__seat__agent_id=agent_id)
    return rows.values_list("outcome", flat=True).first() or ""


def desk_state(user: User) -> dict[str, Any]:
    """Everything that the phone in the page shows and that changes by itself, as JSON."""
    call, state = open_call(user.agent_id), open_state(user.agent_id)
    return {
        "exchange": phones_address(), "call": shown_call(call, user) if call else None, "state": shown_state(state),
        "wrap": shown_wrap_up(state), "due": due_count(user.agent_id), "watch": shown_watch(user), "ear": shown_ear(user.agent_id),
    }  # fmt: skip


def shown_watch(user: User) -> dict[str, Any] | None:
    """The colleague's call that the person is beside now."""
    if user.role == Role.AGENT:
        return None
    row = Supervision.objects.filter(agent_id=user.agent_id, ended_at=None).first()
    if row is None:
        return None
    same = bool(own := team_of(user.agent_id)) and own == team_of(row.of_agent)
    return {
        "call": row.call_id, "agent": row.of_agent, "name": agent_names().get(row.of_agent, row.of_agent), "mode": row.mode,
        "since": (row.started_at or row.asked_at).isoformat(), "may": modes_of(user, row.of_agent, same_team=same),
    }  # fmt: skip


def shown_state(state: AgentState | None) -> dict[str, str]:
    """A state as the bar shows it: ``value`` is what its list of states has."""
    if state is None:
        return {"value": DeskState.OFFLINE.value, "label": str(DeskState.OFFLINE.label), "since": ""}
    value = f"{state.state}:{state.reason}" if state.reason else state.state
    label = f"{state.get_state_display()}: {state.get_reason_display()}" if state.reason else state.get_state_display()
    return {"value": value, "label": label, "since": state.started_at.isoformat()}


def shown_wrap_up(state: AgentState | None) -> dict[str, Any] | None:
    """The wrap-up that runs: of which call, where its outcome is noted, and until when it may last."""
    if state is None or state.state != DeskState.WRAP_UP:
        return None
    limit = rules().wrap_limit_s
    until = (state.started_at + timedelta(seconds=limit)).isoformat() if limit else ""
    return {"call": state.call_id, "url": reverse("calls:desk_outcome", args=[state.call_id]), "until": until}


def shown_pause(call: OpenCall) -> dict[str, str]:
    """Since when and until when the recording is paused, when it could not be, and whether there is none: refused, or never told of."""
    moments = {"paused": call.paused_at, "paused_until": call.paused_until, "pause_failed": call.pause_failed_at}
    none = {"refused": "1" if call.recording_refused else "", "untold": "1" if call.recording_untold else ""}
    return {name: at.isoformat() if at else "" for name, at in moments.items()} | none


def state_choices() -> list[tuple[str, str]]:
    """The states that can be chosen, breaks by their reason: ``(value, words)``."""
    breaks = [(f"break:{reason.value}", f"{DeskState.BREAK.label}: {reason.label}") for reason in BreakReason]
    named = [(state.value, str(state.label)) for state in (DeskState.TRAINING, DeskState.MEETING, DeskState.OFFLINE)]
    return [(DeskState.READY.value, str(DeskState.READY.label)), *breaks, *named]


def shown_call(call: OpenCall, user: User) -> dict[str, Any]:
    """A call as its agent sees it: the customer's name where it is known, the number masked."""
    customer = known_customer(call.customer_id, call.number)
    names = agent_names() if len(call.agents) > 1 else {}
    return {
        "id": call.call_id, "direction": call.direction, "phase": call.phase, "hold": call.on_hold, "number": masked(call.number),
        "rings": user.agent_id in call.ringing, "who": customer.name if customer else "",
        "page": reverse("customers:customer", args=[customer.pk]) if customer else "",
        "since": call.started_at.isoformat(), "answered": call.answered_at.isoformat() if call.answered_at else "",
        "outcome": reverse("calls:desk_outcome", args=[call.call_id]), "card": reverse("calls:desk_card", args=[call.call_id]),
        **money_of(call.call_id, call.answered_at), **shown_pause(call), **_queue_of(call),
        "others": [*(names.get(each, each) for each in call.agents if each != user.agent_id), *map(masked, call.outside)],
    }  # fmt: skip


def _queue_of(call: OpenCall) -> dict[str, str]:
    """The queue that the customer came through, by its title, and since when the wait is or was."""
    if not call.queue_id:
        return {"queue": "", "queued": ""}
    title = CallQueue.objects.filter(name=call.queue_id).values_list("title", flat=True).first() or call.queue_id
    return {"queue": title, "queued": call.queued_at.isoformat() if call.queued_at else ""}
