"""Writes: calls that last have more of their quota set aside, and the exchange learns how long they may last now."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chot.calls.actions_telephony import send_command
from chot.calls.live import tell_desk
from chot.calls.models import OpenCall
from chot.charges.actions_extend import calls_to_extend, extend, parts_to_extend, runs_out
from chot.charges.models import CallCharge
from chot.charges.refusals import rules
from chot.core import clock
from chot.core.messages import LimitTalk

_RINGS = ("", "ringing_agent", "ringing_customer")


def extend_calls() -> int:
    """Look after every outbound call that goes on, and every number outside within a call; how many may last longer now."""
    return _extend_calls() + _extend_parts()


def _extend_calls() -> int:
    calls = {call.call_id: call for call in OpenCall.objects.filter(direction="out").exclude(phase__in=_RINGS)}
    rows = calls_to_extend(calls) if calls else {}
    held, now = (rules(), clock.instant()) if rows else (None, clock.instant())
    due = [each for each, row in rows.items() if held and runs_out(row, _lasted(calls[each], now), held)]
    return sum(_extend(calls[each], now) for each in due)


def _extend_parts() -> int:
    nodes = dict(OpenCall.objects.values_list("call_id", "node"))
    rows, now = parts_to_extend(nodes) if nodes else [], clock.instant()
    held = rules() if rows else None
    due = [row for row in rows if held and runs_out(row, _since(row.answered_at or now, now), held)]
    return sum(_extend_part(row, nodes[row.part_of], now) for row in due)


@transaction.atomic
def _extend_part(row: CallCharge, node: str, now: datetime) -> bool:
    made = extend(row.call_id, _since(row.answered_at or now, now))
    if made is None or not made.longer:
        return False
    command = LimitTalk(call_id=row.part_of, part_id=row.call_id, max_talk_s=made.max_talk_s)
    send_command(command, node=node, key=f"limit:{row.call_id}:{made.max_talk_s}", expires_s=60)
    return True


@transaction.atomic
def _extend(call: OpenCall, now: datetime) -> bool:
    made = extend(call.call_id, _lasted(call, now))
    if made is None or not made.changed:
        return False
    if made.longer:
        command = LimitTalk(call_id=call.call_id, max_talk_s=made.max_talk_s)
        send_command(command, node=call.node, key=f"limit:{call.call_id}:{made.max_talk_s}", expires_s=60)
    for agent_id in call.agents:
        tell_desk(agent_id)
    return made.longer


def _lasted(call: OpenCall, now: datetime) -> int:
    """Whole seconds since the customer answered; rather too many than too few."""
    return _since(call.answered_at or call.started_at, now)


def _since(moment: datetime, now: datetime) -> int:
    return max(0, int((now - moment).total_seconds()))
