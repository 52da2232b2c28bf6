"""Trunks as the web wants them, brought into force while calls go on, and whether carriers answer on them."""

from __future__ import annotations

import asyncio
import re

import structlog

from chot.core import messages as m
from chot.core.sealing import SealError, unseal
from chot.telephony import writing
from chot.telephony.ari import Ari, AriError
from chot.telephony.configuration import Trunk, with_local_ports
from chot.telephony.controller import Controller
from chot.telephony.doubts import Doubts
from chot.telephony.elsewhere_exchange import Driven, FarExchange
from chot.telephony.manager_interface import ManagerError

log = structlog.get_logger()
_LOOK_S = 3.0
_REGISTRATION = re.compile(r"^\s*(?P<name>[^/\s]+)/\S+\s+\S+\s+(?P<state>Registered|Rejected|Unregistered|Stopped)\b", re.MULTILINE)


async def set_trunks(controller: Controller, exchange: Driven | None, command: m.SetTrunks) -> str:
    """All trunks in the place of the earlier ones; whatever is wrong with one leaves the earlier ones in force."""
    if exchange is None:
        return "refused: this Asterisk is not configured by Chốt"
    try:
        made = with_local_ports(exchange.configuration, tuple(_trunk(each, controller.secret_key) for each in command.trunks))
        writing.pjsip(made)
    except (SealError, ValueError) as error:
        await controller.trunks_set(command.version, str(error))
        return f"refused: {error}"
    left = await exchange.apply(made)
    controller.configuration = made
    controller.trunks = {name: told for name, told in controller.trunks.items() if name in {each.name for each in made.trunks}}
    controller.trunks_version = command.version
    if not exchange.waits:
        await controller.trunks_set(command.version, "")
    for trunk in made.trunks:
        await exchange.console(f"pjsip qualify {writing.plain(trunk.name)}")  # else it is asked at some time within its 30 s
        if trunk.registers:
            await exchange.console(f"pjsip send register {writing.plain(trunk.name)}")  # a new password alone starts nothing
    return f"done; {left}" if left else "done"


async def watch(controller: Controller, exchange: Driven, ari: Ari, ready: asyncio.Event) -> None:
    """Say what becomes of each trunk, for ever."""
    told_of: str | None = None
    doubts = Doubts()
    while True:
        await ready.wait()
        told_of = await _taken_over(controller, exchange, told_of)
        if controller.configuration.trunks:
            try:
                await look(controller, exchange, ari, doubts)
            except (AriError, OSError, TimeoutError) as error:
                log.warning("trunks cannot be looked at", reason=str(error))
        await asyncio.sleep(_LOOK_S)


async def _taken_over(controller: Controller, exchange: Driven, told_of: str | None) -> str:
    """Say which file waits for the administrator of an Asterisk elsewhere, and when it does no longer; what was said."""
    if isinstance(exchange, FarExchange) and exchange.waits and await exchange.taken_over() and controller.trunks_version:
        await controller.trunks_set(controller.trunks_version, "")
    if exchange.waits != told_of:
        await controller.node_waits(exchange.waits)
    return exchange.waits


async def look(controller: Controller, exchange: Driven, ari: Ari, doubts: Doubts) -> None:
    """Compare what Asterisk says of each trunk with what was told last."""
    trunks = controller.configuration.trunks
    found = await ari.request("GET", "endpoints/PJSIP") or []
    online = {str(each["resource"]) for each in found if each.get("state") == "online"}
    registered = await _registered(exchange, ari) if any(each.registers for each in trunks) else {}
    for trunk in trunks:
        state, detail = _state(trunk, trunk.name in online, None if registered is None else registered.get(trunk.name, ""))
        if trunk.transport == "tls" and trunk.name not in online and (refusal := await doubts.about(trunk)):
            state, detail = "untrusted", refusal
        await controller.trunk_state(trunk.name, state, detail)


async def _registered(exchange: Driven, ari: Ari) -> dict[str, str] | None:
    """What Asterisk says of registrations; None when one elsewhere does not say (its manager interface is off, or not for us)."""
    if not isinstance(exchange, FarExchange):
        return registrations(await exchange.console("pjsip show registrations"))
    try:
        return await ari.manager().registrations()
    except ManagerError as error:
        log.info("registrations are not known", reason=str(error))
        return None


def registrations(text: str) -> dict[str, str]:
    """The state of each registration in Asterisk's list of them.

    >>> registrations(" viettel/sip:198.51.100.7:5060   viettel   Registered   (exp. 3580s)")
    {'viettel': 'Registered'}
    """
    return {found["name"]: found["state"] for found in _REGISTRATION.finditer(text)}


def _state(trunk: Trunk, online: bool, registration: str | None) -> tuple[str, str]:  # noqa: FBT001 - only called above
    where = f"{trunk.host}:{trunk.port}"
    if trunk.registers and registration is not None:
        state = {"Registered": "registered", "Rejected": "rejected"}.get(registration, "unregistered")
        return (state, where) if state != "unregistered" or online else ("unreachable", where)
    return ("reachable" if online else "unreachable"), where


def _trunk(account: m.TrunkAccount, secret_key: str) -> Trunk:
    return Trunk(
        name=account.name, host=account.host, port=account.port, match=account.match, username=account.username,
        password=unseal(account.secret, secret_key, purpose=m.TRUNK_SECRET), registers=account.registers, from_user=account.from_user,
        from_domain=account.from_domain, codecs=account.codecs, number_form=account.number_form, display=account.display,
        headers=account.headers, transport=account.transport, srtp=account.srtp, ca=account.ca,
    )  # fmt: skip
