"""Where inbound calls go: what the web sent last, kept beside the exchange's configuration, and the graph behind a number."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import structlog

from chot.core import clock
from chot.core import messages as m
from chot.core.flow_graph import graph
from chot.core.flows import Flow, Routing
from chot.core.phones import bare, number_id
from chot.telephony import music
from chot.telephony.ari_events import Entered
from chot.telephony.call_effects import Speak
from chot.telephony.call_machine import inbound_call
from chot.telephony.configuration import write_private
from chot.telephony.controller import Controller, fact_row
from chot.telephony.elsewhere_exchange import Driven

log = structlog.get_logger()


def load(home: Path) -> Routing:
    """The routing that was in force; an empty one where there is none, or one that this version cannot read."""
    try:
        return m.decode(Routing, json.loads((home / "routing.json").read_text()))
    except FileNotFoundError:
        return Routing()
    except (m.MessageError, ValueError) as error:
        log.error("routing not readable", reason=str(error))
        return Routing()


async def set_routing(controller: Controller, exchange: Driven | None, command: m.SetRouting) -> str:
    """All of it in the place of the earlier one; calls that are under way keep what they began with."""
    home = controller.configuration.home
    if exchange and not exchange.elsewhere and await music.fetch(home, command.routing, controller.prompts):
        await exchange.apply(exchange.configuration)
    await asyncio.to_thread(write_private, home / "routing.json", json.dumps(m.encode(command.routing)))
    controller.routing = command.routing
    controller.changed.set()
    at = clock.instant()
    told = m.RoutingSet(node=controller.store.node, version=command.version, set_at=at)
    await controller.store.append([fact_row("", at, told)])
    controller.in_background(_speak_all(controller))
    return "done"


async def arrived(controller: Controller, event: Entered, call_id: str, dialled: str) -> None:
    """A caller is there: the call begins with what its number leads to."""
    customer = await controller.store.customer_of(number_id(event.caller)) if event.caller else ""
    flow = flow_of(controller.routing, dialled)
    created = inbound_call(call_id, event.channel, number=event.caller, line=dialled, at=event.began, flow=flow, customer_id=customer)
    await controller.begin(created)


def flow_of(routing: Routing, dialled: str) -> Flow | None:
    """What a number leads to; None where nothing is said, so that whoever is free gets the call."""
    number = number_id(bare(dialled))
    lead = next((each for each in routing.leads if each.number in (dialled, number)), None)
    return graph(routing, lead.kind, lead.target) if lead else None


async def _speak_all(controller: Controller) -> None:
    """Every text is spoken before a caller has to wait for it."""
    for lead in controller.routing.leads:
        for step in graph(controller.routing, lead.kind, lead.target).steps:
            if step.text or step.prompt:
                await controller.prompts.media(Speak(channel="", playback="", text=step.text, prompt=step.prompt))
