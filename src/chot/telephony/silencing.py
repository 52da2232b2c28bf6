"""Asterisk's manager interface, over the HTTP port that ARI has: for the one thing that ARI cannot do."""

from __future__ import annotations

import aiohttp

from chot.core.errors import ChotError

_ANSWER_S = 5.0


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
        jar = aiohttp.CookieJar(unsafe=True)  # the sign-in lives in a cookie, and the address is a number
        try:
            async with aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=_ANSWER_S)) as session:
                await self._ask(session, action="Login", username=self._user, secret=self._password)
                await self._ask(session, action="MixMonitorMute", channel=channel, direction="both", state="1" if on else "0")
                await self._ask(session, action="Logoff")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ManagerError(f"no connection to Asterisk's manager: {error}") from None

    async def _ask(self, session: aiohttp.ClientSession, **fields: str) -> None:
        async with session.post(self._address, data=fields) as answer:
            text = (await answer.text()).strip()
        if not text.startswith(("Response: Success", "Response: Goodbye")):
            reason = next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("Message:")), text[:100])
            raise ManagerError(f"{fields['action']}: {reason or answer.status}")
