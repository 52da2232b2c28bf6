"""The effects of ``call_machine`` as requests to Asterisk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog

from chot.core.messages import Way
from chot.core.phones import written_as
from chot.telephony import call_effects as effects
from chot.telephony import shown
from chot.telephony.ari import Ari, AriError, Disconnected
from chot.telephony.call_state import Call
from chot.telephony.configuration import APP, Phone, Trunk
from chot.telephony.manager_interface import ManagerError
from chot.telephony.prompts import SILENCE, Prompts
from chot.telephony.shown import dialable

log = structlog.get_logger()
SILENCE_MS = 4000
"""A caller who says nothing for so long has fallen silent."""

NO_PHONE, NO_ROUTE = 20, 3
"""The Q.850 causes of an agent's phone that could not even be called, and of a customer to whom no trunk leads."""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A channel that does not exist although a leg counts on it."""

    channel: str
    cause: int


@dataclass(frozen=True, kw_only=True)
class Unsaid:
    """A playback that could not begin: what was to be said is over."""

    playback: str


@dataclass(frozen=True, kw_only=True)
class Hushed:
    """The recording is silence for the pause of this number; with a ``problem`` it is not."""

    number: int
    problem: str = ""


class Executor:
    """Does effects in order over one connection. An agent's phone is not told the number: the page shows what the agent may see."""

    def __init__(
        self, ari: Ari, trunks: Callable[[], tuple[Trunk, ...]], phone: Callable[[str], Phone | None] = lambda name: None,
        prompts: Prompts | None = None, music: Callable[[Call], str] = lambda call: "",
    ) -> None:  # fmt: skip
        self.ari, self._trunks, self._phone, self._prompts, self._music = ari, trunks, phone, prompts, music
        self._manager = ari.manager()

    async def do(self, call: Call, effect: effects.Effect) -> Failed | Unsaid | Hushed | None:
        """Do one effect; what failed, when the state must know. Losing the connection is nobody's failure: recovery looks."""
        try:
            await self._do(call, effect)
            if isinstance(effect, effects.Silence) and effect.on:
                return Hushed(number=effect.number)
        except ManagerError as error:
            log.warning("recording not silenced", call=call.call_id, reason=str(error))
            return Hushed(number=effect.number, problem=str(error)) if isinstance(effect, effects.Silence) and effect.on else None
        except Disconnected:
            log.warning("no connection for an effect", call=call.call_id, effect=type(effect).__name__)
        except AriError as error:
            log.info("asterisk refuses", call=call.call_id, effect=type(effect).__name__, reason=str(error))
            if isinstance(effect, effects.RingAgent | effects.CallCustomer) and error.status not in (0, 409):
                return Failed(channel=effect.channel, cause=NO_PHONE if isinstance(effect, effects.RingAgent) else NO_ROUTE)
            if isinstance(effect, effects.Speak) and error.status not in (404, 409):
                return Unsaid(playback=effect.playback)
            if isinstance(effect, effects.Drop | effects.Answer) and error.status == 404:
                return Failed(channel=effect.channel, cause=0)
        return None

    async def _do(self, call: Call, effect: effects.Effect) -> None:
        match effect:
            case effects.RingAgent():
                await self._ring(call, effect)
            case effects.CallCustomer():
                await self._call_customer(call, effect)
            case effects.MakeBridge():
                kind = "mixing,video_sfu" if call.mixes else "mixing"  # the one way to ask ARI for a bridge that always mixes
                await self.ari.request("POST", "bridges", type=kind, bridgeId=call.bridge_id, name=call.call_id)
            case effects.DropBridge(bridge=bridge):
                await self.ari.request("DELETE", f"bridges/{bridge}")
            case effects.Join(channel=channel):
                await self.ari.request("POST", f"bridges/{call.bridge_id}/addChannel", channel=channel)
            case effects.Leave(channel=channel, bridge=bridge):
                await self.ari.request("POST", f"bridges/{bridge}/removeChannel", channel=channel)
            case effects.Music(channel=channel, on=on):
                chosen: dict[str, Any] = {"mohClass": music} if on and (music := self._music(call)) else {}
                await self.ari.request(_verb(on=on), f"channels/{channel}/moh", **chosen)
            case effects.Quiet(channel=channel, on=on):
                await self.ari.request(_verb(on=on), f"channels/{channel}/silence")
            case effects.Tone(channel=channel, on=on):
                await self.ari.request(_verb(on=on), f"channels/{channel}/ring")
            case effects.SetMute(channel=channel, on=on):
                await self.ari.request(_verb(on=on), f"channels/{channel}/mute", direction="in")
            case effects.SendDigits(channel=channel, digits=digits):
                await self.ari.request("POST", f"channels/{channel}/dtmf", dtmf=digits)
            case effects.Play(channel=channel, sound=sound):
                await self.ari.request("POST", f"channels/{channel}/play", media=f"sound:{sound}")
            case effects.Speak(channel=channel, playback=playback) if self._prompts:
                media = await self._prompts.media(effect)
                if effect.notice and media == SILENCE:
                    raise AriError("there is no sound for it", status=500, again=False)
                await self.ari.request("POST", f"channels/{channel}/play", media=media, playbackId=playback)
            case effects.Hush(playback=playback):
                await self.ari.request("DELETE", f"playbacks/{playback}")
            case effects.Heed(channel=channel, on=on):
                value = str(SILENCE_MS) if on else ""
                variable = f"TALK_DETECT({'set' if on else 'remove'})"
                await self.ari.request("POST", f"channels/{channel}/variable", variable=variable, value=value)
            case effects.Answer(channel=channel):
                await self.ari.request("POST", f"channels/{channel}/answer")
            case effects.SetLimit(channel=channel, after_s=after_s, up=up):
                variable = "TIMEOUT(absolute)" if up else "MAX_TALK"
                await self.ari.request("POST", f"channels/{channel}/variable", variable=variable, value=after_s)
            case effects.Silence(channel=channel, on=on):
                await self._manager.silence(channel, on=on)
            case effects.Drop(channel=channel):
                await self.ari.request("DELETE", f"channels/{channel}")

    async def _ring(self, call: Call, effect: effects.RingAgent) -> None:
        if effect.seat.number:
            await self._call_outside(call, effect, effect.seat.way or Way(part_id=""))
            return
        variables = {"PJSIP_HEADER(add,X-Call)": call.call_id}
        phone = self._phone(effect.seat.phone)
        if effect.at_once:
            variables |= at_once(phone)
        told = {} if phone and (phone.in_browser or phone.at_desk) else {"callerId": f"<{dialable(effect.caller)}>"}
        await self.ari.request(
            "POST", "channels", body={"variables": variables}, endpoint=f"PJSIP/{effect.seat.phone}", app=APP,
            appArgs=f"agent,{call.call_id}", channelId=effect.channel, timeout=effect.timeout_s, **told,
        )  # fmt: skip

    async def _call_outside(self, call: Call, effect: effects.RingAgent, way: Way) -> None:
        """A number outside shows what its own way says, not the customer's number; recorded is only the customer."""
        shows = replace(call, line=way.caller_id or call.line, brand=way.brand, display_name=way.display_name)
        trunk = self._trunk(way.trunk or call.trunk)
        variables = {"CALL": call.call_id, **shown.headers(shows, trunk)} | ({"MAX_TALK": str(way.max_talk_s)} if way.max_talk_s else {})
        line = {"callerId": shown.caller_id(shows, trunk)} if shows.line else {}
        await self.ari.request(
            "POST", "channels", body={"variables": variables}, endpoint=_outside(effect.seat.number, trunk), context="chot-outside",
            extension="s", priority=1, channelId=effect.channel, timeout=effect.timeout_s, **line,
        )  # fmt: skip

    async def _call_customer(self, call: Call, effect: effects.CallCustomer) -> None:
        trunk = self._trunk(call.trunk)
        line: dict[str, Any] = {"callerId": shown.caller_id(call, trunk)} if call.line else {}
        variables = {"RECID": call.call_id, **shown.headers(call, trunk)}
        if call.max_talk_s:
            variables["MAX_TALK"] = str(call.max_talk_s)
        await self.ari.request(
            "POST", "channels", body={"variables": variables}, endpoint=_outside(call.number, trunk), context="chot-customer",
            extension="s", priority=1, channelId=effect.channel, timeout=effect.timeout_s, **line,
        )  # fmt: skip

    def _trunk(self, name: str) -> Trunk:
        """The trunk of a name; without one the first."""
        known = self._trunks()
        named = [each for each in known if each.name == name] if name else list(known)
        return named[0] if named else Trunk(name="none", host="")


def at_once(phone: Phone | None) -> dict[str, str]:
    """The headers that let a phone answer by itself. Makers of desk phones have two ways (RFC 3261 §20.9 and §20.4 leave both open)."""
    if phone and phone.at_desk:
        asked = {"Call-Info": "<sip:chot>;answer-after=0", "Alert-Info": "<http://chot>;info=alert-autoanswer;delay=0"}
    else:
        asked = {"X-Answer": "at-once"}
    return {f"PJSIP_HEADER(add,{name})": value for name, value in asked.items()}


def _outside(number: str, trunk: Trunk) -> str:
    return f"PJSIP/{dialable(written_as(dialable(number), trunk.number_form))}@{trunk.name}"


def _verb(*, on: bool) -> str:
    return "POST" if on else "DELETE"
