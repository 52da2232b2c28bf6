"""The effects of ``call_machine`` as requests to Asterisk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from chot.core.messages import Seat
from chot.telephony import call_effects as effects
from chot.telephony.ari import Ari, AriError, Disconnected
from chot.telephony.call_state import Call
from chot.telephony.configuration import APP

log = structlog.get_logger()
NO_ROUTE = 20
"""The Q.850 cause of a phone that could not even be called."""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A channel that does not exist although a leg counts on it."""

    channel: str
    cause: int


class Executor:
    """Does effects in order over one connection. A browser's phone is not told the number: its page shows what the agent may see."""

    def __init__(self, ari: Ari, trunk: str, in_browser: Callable[[str], bool] = lambda phone: False) -> None:
        self.ari, self._trunk, self._in_browser = ari, trunk, in_browser

    async def do(self, call: Call, effect: effects.Effect) -> Failed | None:
        """Do one effect; what failed, when the state must know. Losing the connection is nobody's failure: recovery looks."""
        try:
            await self._do(call, effect)
        except Disconnected:
            log.warning("no connection for an effect", call=call.call_id, effect=type(effect).__name__)
        except AriError as error:
            log.info("asterisk refuses", call=call.call_id, effect=type(effect).__name__, reason=str(error))
            if isinstance(effect, effects.RingAgent | effects.CallCustomer) and error.status not in (0, 409):
                return Failed(channel=effect.channel, cause=NO_ROUTE)
            if isinstance(effect, effects.Drop) and error.status == 404:
                return Failed(channel=effect.channel, cause=0)
        return None

    async def _do(self, call: Call, effect: effects.Effect) -> None:
        match effect:
            case effects.RingAgent():
                await self._ring(call, effect)
            case effects.CallCustomer():
                await self._call_customer(call, effect)
            case effects.MakeBridge():
                await self.ari.request("POST", "bridges", type="mixing", bridgeId=call.bridge_id, name=call.call_id)
            case effects.DropBridge():
                await self.ari.request("DELETE", f"bridges/{call.bridge_id}")
            case effects.Join(channel=channel):
                await self.ari.request("POST", f"bridges/{call.bridge_id}/addChannel", channel=channel)
            case effects.Leave(channel=channel):
                await self.ari.request("POST", f"bridges/{call.bridge_id}/removeChannel", channel=channel)
            case effects.Music(channel=channel, on=on):
                await self.ari.request(_verb(on=on), f"channels/{channel}/moh")
            case effects.Tone(channel=channel, on=on):
                await self.ari.request(_verb(on=on), f"channels/{channel}/ring")
            case effects.SetMute(channel=channel, on=on):
                await self.ari.request(_verb(on=on), f"channels/{channel}/mute", direction="in")
            case effects.SendDigits(channel=channel, digits=digits):
                await self.ari.request("POST", f"channels/{channel}/dtmf", dtmf=digits)
            case effects.Play(channel=channel, sound=sound):
                await self.ari.request("POST", f"channels/{channel}/play", media=f"sound:{sound}")
            case effects.Answer(channel=channel):
                await self.ari.request("POST", f"channels/{channel}/answer")
            case effects.Drop(channel=channel):
                await self.ari.request("DELETE", f"channels/{channel}")

    async def _ring(self, call: Call, effect: effects.RingAgent) -> None:
        variables = {"PJSIP_HEADER(add,X-Call)": call.call_id}
        if effect.at_once:
            variables["PJSIP_HEADER(add,X-Answer)"] = "at-once"
        shown = {} if self._in_browser(effect.seat.phone) else {"callerId": f"<{_dialable(effect.caller)}>"}
        await self.ari.request(
            "POST", "channels", body={"variables": variables}, endpoint=self._endpoint(effect.seat, call), app=APP,
            appArgs=f"agent,{call.call_id}", channelId=effect.channel, timeout=effect.timeout_s, **shown,
        )  # fmt: skip

    async def _call_customer(self, call: Call, effect: effects.CallCustomer) -> None:
        line: dict[str, Any] = {"callerId": f"<{_dialable(call.line)}>"} if call.line else {}
        await self.ari.request(
            "POST", "channels", body={"variables": {"RECID": call.call_id}},
            endpoint=f"PJSIP/{_dialable(call.number)}@{call.trunk or self._trunk}", context="customer", extension="s", priority=1,
            channelId=effect.channel, timeout=effect.timeout_s, **line,
        )  # fmt: skip

    def _endpoint(self, seat: Seat, call: Call) -> str:
        return f"PJSIP/{_dialable(seat.number)}@{call.trunk or self._trunk}" if seat.number else f"PJSIP/{seat.phone}"


def _verb(*, on: bool) -> str:
    return "POST" if on else "DELETE"


def _dialable(number: str) -> str:
    """Only what may stand in a dialled number.

    >>> _dialable("0912 345-678;evil=1")
    '09123456781'
    """
    return "".join(mark for mark in number if mark in "+0123456789*#")
