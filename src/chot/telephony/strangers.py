"""Callers whom no journal knows: some wait in Asterisk for a controller that was killed, some came while there was none."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from chot.core import clock
from chot.core.phones import number_id
from chot.telephony import recording
from chot.telephony.ari import Ari, AriError
from chot.telephony.ari_events import Entered
from chot.telephony.call_events import LegGone, NodeLost
from chot.telephony.call_machine import inbound_call
from chot.telephony.configuration import APP
from chot.telephony.controller import Controller
from chot.telephony.dialplan import FROM_TRUNK, NOTE

log = structlog.get_logger()
_LOOK_S = 5.0
_OVER = timedelta(seconds=40)
"""So long after its note nobody without a controller is on the line any more (``dialplan``)."""


async def received(controller: Controller, ari: Ari, channel: Mapping[str, Any]) -> None:
    """A caller's call begins now, late; who rings at the door will ask again; any other channel is left over and hung up."""
    name, where = str(channel["id"]), channel.get("dialplan") or {}
    if where.get("context") == FROM_TRUNK and where.get("app_name") != "Stasis":
        return
    words = str(where.get("app_data", "")).split(",")
    if controller.arrived is None or words[:2] != [APP, "arrived"] or len(words) != 4:
        controller.drop_stranger(name)
        return
    call_id, dialled = words[2:]
    known = await controller.store.known([call_id])
    if call_id in controller.lines:
        return  # who listens was quicker
    if known:
        controller.drop_stranger(name)
        return
    began = datetime.fromisoformat(str(channel["creationtime"]))
    entered = Entered(
        at=clock.instant(), channel=name, arguments=("arrived", call_id, dialled), caller=str(channel["caller"]["number"]), dialled=dialled,
        name=str(channel["name"]), began=began,
    )  # fmt: skip
    await controller.arrived(entered, call_id, dialled)
    try:
        await ari.request("GET", f"channels/{name}")
    except AriError as error:
        if error.status == 404:  # its end was told before anybody knew whose it was
            controller.tell(call_id, LegGone(at=clock.instant(), channel=name))


async def run(controller: Controller) -> None:
    """Look for notes of callers whom no controller took, for ever."""
    while True:
        await look(controller, clock.instant())
        await asyncio.sleep(_LOOK_S)


async def look(controller: Controller, now: datetime) -> None:
    """Each becomes a call that failed, once; killed on the way, the next look finds it known."""
    notes = {path.stem: path for path in controller.configuration.recordings.glob(f"*{NOTE}") if now - _written(path) > _OVER}
    known = await controller.store.known(list(notes))
    for call_id, path in notes.items():
        try:
            if call_id not in known:
                await _told(controller, call_id, path)
            path.unlink(missing_ok=True)
        except OSError as error:
            log.error("the note of a caller cannot be read or removed", call=call_id, reason=str(error))


async def _told(controller: Controller, call_id: str, note: Path) -> None:
    number, line, at = _read(note)
    until = recording.written_at(controller.configuration.recordings, call_id) or _written(note)
    customer = await controller.store.customer_of(number_id(number)) if number else ""
    created = inbound_call(call_id, "", number=number, line=line, at=at, customer_id=customer)
    log.warning("a caller came while there was no controller", call=call_id, at=at.isoformat())
    await controller.missed(created, NodeLost(at=max(at, until)))


def _read(note: Path) -> tuple[str, str, datetime]:
    """Who called which number, and when; nobody knows who where Asterisk died while it wrote."""
    try:
        number, line, began = note.read_text().strip().split(",")
        return number, line, datetime.fromtimestamp(int(began), UTC)
    except ValueError:
        return "", "", _written(note)


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
