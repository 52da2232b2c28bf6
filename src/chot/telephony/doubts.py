"""Why a carrier's certificate is not trusted: asked with a connection of our own, since Asterisk only says that nobody answers."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

from chot.telephony.configuration import Trunk

_ANSWER_S = 2.0
_AGAIN_S = 30.0


class Doubts:
    """What was found out about carriers, each asked at most every 30 seconds."""

    def __init__(self) -> None:
        self._known: dict[Trunk, tuple[float, str]] = {}

    async def about(self, trunk: Trunk) -> str:
        """The reason why the certificate is refused; empty when it is trusted, or nobody answers."""
        now = asyncio.get_running_loop().time()
        if trunk not in self._known or now - self._known[trunk][0] > _AGAIN_S:
            self._known[trunk] = (now, await refusal(trunk.host, trunk.port, trunk.ca))
        return self._known[trunk][1]


async def refusal(host: str, port: int, ca: str) -> str:
    """Why the certificate at an address is not trusted, in OpenSSL's words; empty otherwise. ``ca``: PEM, else the machine's."""
    try:
        trusted = ssl.create_default_context(cadata=ca or None)
        async with asyncio.timeout(_ANSWER_S):
            _reader, writer = await asyncio.open_connection(host, port, ssl=trusted)
    except ssl.SSLCertVerificationError as error:
        return error.verify_message or error.reason or "not trusted"
    except (OSError, TimeoutError):
        return ""
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), _ANSWER_S)
    return ""
