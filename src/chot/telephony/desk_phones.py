"""Desk phones: how they are asked to answer by themselves, and what becomes of a number that is dialled on their keys."""

from __future__ import annotations

import asyncio

from chot.core.messages_phones import PhoneDialled, desk_name
from chot.telephony.ari_events import Entered
from chot.telephony.controller import Controller, fact_row

PATIENCE_S = 8.0
"""How long a phone that has dialled waits for the web to call, or to decline."""


async def dialled(controller: Controller, event: Entered, number: str) -> None:
    """Ask the web, which knows who may call whom; the agent hears the ringing tone meanwhile. Other phones cannot dial."""
    name = event.name.removeprefix("PJSIP/").rsplit("-", 1)[0]
    phone = next((each for each in controller.configuration.phones if each.at_desk and desk_name(each.name) == name), None)
    if phone is None:
        controller.drop_stranger(event.channel)
        return
    await controller.store.append(
        [fact_row("", event.at, PhoneDialled(phone=phone.name, number=number, channel=event.channel, dialled_at=event.at))]
    )
    controller.in_background(_let_wait(controller, event.channel))


async def _let_wait(controller: Controller, channel: str) -> None:
    await controller.request("POST", f"channels/{channel}/ring")
    await asyncio.sleep(PATIENCE_S)
    await decline(controller, channel)


async def decline(controller: Controller, channel: str) -> bool:
    """Send a phone away that waits for a call of its own; False when a call has it."""
    if controller.knows(channel):
        return False
    await controller.request("DELETE", f"channels/{channel}", reason_code=21)  # Q.850: call rejected
    return True
