"""Commands of the web, done by the controller of a node; each ends with an outcome in its row."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import groupby

import structlog

from chot.core import clock
from chot.core import messages as m
from chot.core.flow_graph import graph
from chot.core.messages_phones import Decline
from chot.core.messages_recording import PauseRecording, ResumeRecording
from chot.core.messages_supervision import StopSupervising, Supervise
from chot.telephony import call_events as events
from chot.telephony import desk_phones, routing, trunks
from chot.telephony.call_machine import agent_call, automatic_call
from chot.telephony.configuration import Phone
from chot.telephony.controller import Controller
from chot.telephony.elsewhere_exchange import Driven
from chot.telephony.store import CLAIMED_AT_ONCE, CommandRow

log = structlog.get_logger()
_BEGIN = ("dial", "dial_automatically")


async def take_all(controller: Controller, exchange: Driven | None) -> None:
    """Do every command that waits for this node, those that begin calls side by side up to the next of another kind."""
    rows = await controller.store.claim(clock.instant())
    while rows:
        known = await controller.store.known([row.payload["call_id"] for row in rows if _begins(row)])
        for begins, group in groupby(rows, _begins):
            for together in [list(group)] if begins else [[row] for row in group]:
                await _end(controller, together, await asyncio.gather(*(_outcome(controller, exchange, row, known) for row in together)))
        rows = await controller.store.claim(clock.instant()) if len(rows) == CLAIMED_AT_ONCE else []


def _begins(row: CommandRow) -> bool:
    return row.kind in _BEGIN and isinstance(row.payload, dict) and isinstance(row.payload.get("call_id"), str)


async def _end(controller: Controller, rows: Sequence[CommandRow], outcomes: Sequence[str]) -> None:
    for row, outcome in zip(rows, outcomes, strict=True):
        log.info("command", id=row.id, kind=row.kind, outcome=outcome)
    await controller.store.done({row.id: outcome for row, outcome in zip(rows, outcomes, strict=True)}, clock.instant())


async def _outcome(controller: Controller, exchange: Driven | None, row: CommandRow, known: set[str]) -> str:
    """What became of a command; ``known`` are calls that have begun before."""
    if row.expired:
        return "expired"
    try:
        return await _do(controller, exchange, m.decoded_command(row.kind, row.payload), known)
    except (m.MessageError, ValueError) as error:
        return f"refused: {error}"


async def _do(controller: Controller, exchange: Driven | None, command: object, known: set[str]) -> str:
    at = clock.instant()
    if isinstance(command, m.Dial | m.DialAutomatically):
        if command.call_id in known:
            return "already"
        known.add(command.call_id)
        await controller.begin(agent_call(command, at) if isinstance(command, m.Dial) else automatic_call(command, at))
        return "done"
    if isinstance(command, m.SetPhones):
        return await _set_phones(controller, exchange, command)
    if isinstance(command, Decline):
        return "done" if await desk_phones.decline(controller, command.channel) else "refused: a call has it"
    if isinstance(command, m.SetRouting):
        return await routing.set_routing(controller, exchange, command)
    if isinstance(command, m.TransferToQueue):
        return _to_queue(controller, command)
    if isinstance(command, m.SetTrunks):
        return await trunks.set_trunks(controller, exchange, command)
    if isinstance(command, Supervise):
        return await controller.watches.supervise(command)
    if isinstance(command, StopSupervising):
        return controller.watches.stop(command)
    asked = _event(command)
    return "done" if asked and controller.tell(*asked) else "no such call"


def _to_queue(controller: Controller, command: m.TransferToQueue) -> str:
    """The queue as it is now, whole: the call keeps it."""
    if controller.routing.queue(command.queue_id) is None:
        return "refused: there is no such queue"
    asked = events.QueueAsked(at=clock.instant(), flow=graph(controller.routing, "queue", command.queue_id))
    return "done" if controller.tell(command.call_id, asked) else "no such call"


def _event(command: object) -> tuple[str, events.CallEvent] | None:
    """The event that a command is for its call."""
    at = clock.instant()
    event: events.CallEvent
    match command:
        case m.Offer(seat=seat):
            event = events.Offered(at=at, seat=seat)
        case m.HangUp(by=by):
            event = events.HangupAsked(at=at, by=by)
        case m.Hold(on=on):
            event = events.HoldAsked(at=at, on=on)
        case m.Mute(agent_id=agent_id, on=on):
            event = events.MuteAsked(at=at, agent_id=agent_id, on=on)
        case m.Press(digits=digits):
            event = events.DigitsAsked(at=at, digits=digits)
        case m.Transfer(to=seat, attended=attended):
            event = events.TransferAsked(at=at, to=seat, attended=attended)
        case m.CompleteTransfer():
            event = events.TransferCompleted(at=at)
        case m.CancelTransfer():
            event = events.TransferCancelled(at=at)
        case m.LimitTalk(max_talk_s=max_talk_s, part_id=part_id):
            event = events.TalkLimited(at=at, max_talk_s=max_talk_s, part_id=part_id)
        case m.Forward(part_id=part_id, way=way):
            event = events.Forwarded(at=at, part_id=part_id, way=way)
        case PauseRecording(agent_id=agent_id, most_s=most_s):
            event = events.PauseAsked(at=at, agent_id=agent_id, most_s=most_s)
        case ResumeRecording(agent_id=agent_id):
            event = events.ResumeAsked(at=at, agent_id=agent_id)
        case m.Confer():
            event = events.Merged(at=at)
        case _:
            return None
    return str(getattr(command, "call_id", "")), event


async def _set_phones(controller: Controller, exchange: Driven | None, command: m.SetPhones) -> str:
    """Accounts in the place of the earlier ones; phones with a fixed contact stay."""
    if exchange is None:
        return "refused: this Asterisk is not configured by Chốt"
    fixed = tuple(phone for phone in exchange.configuration.phones if phone.contact)
    names = {phone.name for phone in fixed}
    accounts = tuple(Phone(**asdict(each)) for each in command.phones if each.name not in names)
    made = replace(exchange.configuration, phones=(*fixed, *accounts))
    left = await exchange.apply(made)
    controller.configuration = made
    return f"done; {left}" if left else "done"
