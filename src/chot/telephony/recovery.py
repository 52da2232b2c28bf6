"""What a new controller makes of what it finds: calls of the journal, channels and bridges of Asterisk."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from chot.core.messages import MessageError, decode
from chot.telephony import call_events, recording, strangers
from chot.telephony.ari import Ari, AriError
from chot.telephony.call_machine import start, step
from chot.telephony.call_state import Call
from chot.telephony.configuration import APP
from chot.telephony.controller import Controller
from chot.telephony.store import Row

log = structlog.get_logger()
_BRIDGE = "-b"


def replayed(rows: Sequence[Row]) -> Call | None:
    """The state of a call after the events of its journal; None when its beginning cannot be read."""
    call: Call | None = None
    for row in rows:
        cls = call_events.KINDS.get(row.kind.removeprefix("event:"))
        if cls is None:
            continue
        try:
            event = decode(cls, row.payload)
        except MessageError as error:
            log.error("journal row not readable", call=row.call_id, kind=row.kind, reason=str(error))
            continue
        if isinstance(event, call_events.Created):
            call, _ = start(event)
        elif call:
            call, _ = step(call, event)
    return call


async def reopen_calls(controller: Controller, alive_until: datetime | None) -> dict[str, datetime]:
    """Open every unfinished call of the journal; when each was last known to go on."""
    last: dict[str, datetime] = {}
    for call_id, rows in (await controller.store.open_calls()).items():
        call = replayed(rows)
        if call is None:
            continue
        last[call_id] = max([row.at for row in rows] + ([alive_until] if alive_until else []))
        await controller.reopen(call)
    return last


async def tell_recordings(controller: Controller) -> None:
    """Tell of the recordings of calls that ended just before a predecessor was killed."""
    for call_id in await controller.store.recordings_untold(recording.lying(controller.configuration.recordings)):
        controller.tell_recording(call_id)


async def resync(
    controller: Controller, ari: Ari, at: datetime, last: dict[str, datetime] | None = None, started_at: datetime | None = None
) -> None:  # fmt: skip
    """Tell every call what Asterisk holds of it; hang up and remove what belongs to none.

    A phone that is gone went when its call was last known to go on: ``last``, else ``at``, or later when the recording says so. Of a call
    that is older than this Asterisk (``started_at``) nobody hung up: it died with the one before.
    """
    channels: list[dict[str, Any]] = await ari.request("GET", "channels") or []
    bridges: list[dict[str, Any]] = await ari.request("GET", "bridges") or []
    present = {str(each["id"]) for each in channels}
    answered = {str(each["id"]) for each in channels if each["state"] == "Up" and (each.get("dialplan") or {}).get("app_name") == "Stasis"}
    members = {str(each["id"]): tuple(map(str, each["channels"])) for each in bridges}
    ours = {leg.channel for call in controller.calls for leg in call.legs}
    for call in controller.calls:
        here = tuple(leg.channel for leg in call.legs if leg.channel in present)
        alive_until = _alive_until(controller, call, here, at, last or {})
        if started_at and call.started_at < started_at and not here:
            controller.tell(call.call_id, call_events.NodeLost(at=alive_until))
            continue
        bridge = call.bridge_id in members
        up = tuple(channel for channel in here if channel in answered)
        inside = members.get(call.bridge_id, ())
        found = call_events.Recovered(
            at=at, alive_until=alive_until, up=up, channels=here, bridge=bridge, members=inside,
            answered_at=_answered_at(controller, call),
        )  # fmt: skip
        controller.tell(call.call_id, found)
    known_bridges = {call.bridge_id for call in controller.calls}
    others = ours | _of_others(controller, channels)
    for stranger in (each for each in channels if str(each["id"]) not in others):
        await strangers.received(controller, ari, stranger)
    await controller.watches.close_unknown()
    for bridge_id in members:
        if bridge_id.endswith(_BRIDGE) and bridge_id not in known_bridges:
            with contextlib.suppress(AriError):
                await ari.request("DELETE", f"bridges/{bridge_id}")
    for endpoint in await ari.request("GET", "endpoints/PJSIP") or []:
        await controller.phone_state(str(endpoint["resource"]), online=endpoint.get("state") == "online", at=at)


def _of_others(controller: Controller, channels: Sequence[dict[str, Any]]) -> set[str]:
    """Channels of an Asterisk elsewhere that are neither in our contexts nor in our application: calls of other people."""
    if controller.configuration.elsewhere is None:
        return set()
    return {str(each["id"]) for each in channels if not _in_our_hands(each.get("dialplan") or {})}


def _in_our_hands(where: dict[str, Any]) -> bool:
    return str(where.get("context", "")).startswith("chot-") or str(where.get("app_data", "")).startswith(f"{APP},")


def _alive_until(controller: Controller, call: Call, here: Sequence[str], at: datetime, last: dict[str, datetime]) -> datetime:
    """The last moment at which a call is known to have gone on. The recording of a customer who is gone was closed at that moment."""
    known = last.get(call.call_id, at)
    gone = call.customer is not None and call.customer.channel not in here
    written = recording.written_at(controller.configuration.recordings, call.call_id) if gone else None
    return min(at, max(known, written)) if written else known


def _answered_at(controller: Controller, call: Call) -> datetime | None:
    """When a customer answered whom nobody heard answer, at the latest: the recording begins there, and can stand still meanwhile."""
    folder = controller.configuration.recordings
    written = recording.written_at(folder, call.call_id)
    return written - timedelta(milliseconds=recording.duration_ms(recording.named(folder, call.call_id).mixed)) if written else None
