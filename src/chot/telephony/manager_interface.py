"""Asterisk's manager interface, over the HTTP port that ARI has: for what ARI cannot do."""

from __future__ import annotations

import re

import aiohttp

from chot.core.errors import ChotError

_ANSWER_S = 5.0
_DETAIL = re.compile(r"^Event: OutboundRegistrationDetail$(.*?)(?:^$|\Z)", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^(ObjectName|Status): (.*)$", re.MULTILINE)


class ManagerError(ChotError):
    """Asterisk refuses, or is not there."""


class Manager:
    """``base`` is the address of Asterisk's HTTP server. Every request signs in anew: they are rare."""

    def __init__(self, base: str, user: str, password: str) -> None:
        self._address, self._user, self._password = f"{base}/rawman", user, password

    async def silence(self, channel: str, *, on: bool) -> None:
        """Both sides of a channel's recording are silence (``on``), or what is said.

        Raises ``ManagerError`` unless Asterisk says that it is so.
        """
        await self._do(action="MixMonitorMute", channel=channel, direction="both", state="1" if on else "0")

    async def registrations(self) -> dict[str, str]:
        """The state of each registration with a carrier, as its console says it. Raises ``ManagerError``."""
        text = (await self._do(action="PJSIPShowRegistrationsOutbound")).replace("\r\n", "\n")
        found = (dict(_FIELD.findall(each)) for each in _DETAIL.findall(text))
        return {each["ObjectName"]: each["Status"] for each in found}

    async def _do(self, **fields: str) -> str:
        """What Asterisk says to one action."""
        jar = aiohttp.CookieJar(unsafe=True)  # the sign-in lives in a cookie, and the address is a number
        try:
            async with aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=_ANSWER_S)) as session:
                await self._ask(session, action="Login", username=self._user, secret=self._password)
                said = await self._ask(session, **fields)
                await self._ask(session, action="Logoff")
                return said
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ManagerError(f"no connection to Asterisk's manager: {error}") from None

    async def _ask(self, session: aiohttp.ClientSession, **fields: str) -> str:
        async with session.post(self._address, data=fields) as answer:
            text = (await answer.text()).strip()
        if not text.startswith(("Response: Success", "Response: Goodbye")):
            reason = next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("Message:")), text[:100])
            raise ManagerError(f"{fields['action']}: {reason or answer.status}")
        return text
