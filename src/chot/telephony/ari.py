"""A small client of ARI: one WebSocket carries the events and, over the same socket, the requests."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson
import structlog

from chot.core.errors import ChotError
from chot.telephony import ari_events
from chot.telephony.manager_interface import Manager

log = structlog.get_logger()
_ANSWER_S = 5.0
_HEARTBEAT_S = 10.0


class AriError(ChotError):
    """Asterisk refused a request, or did not answer it. ``again``: the same request may succeed later."""

    def __init__(self, what: str, *, status: int, again: bool) -> None:
        super().__init__(what)
        self.status = status
        self.again = again


class Disconnected(AriError):
    """The socket is closed: whether a request in flight was done is not known."""

    def __init__(self, what: str = "no connection to Asterisk") -> None:
        super().__init__(what, status=0, again=True)


class Ari:
    """A connection to one Asterisk. Iterate ``events()``, and call ``request`` from any task meanwhile."""

    def __init__(self, url: str, user: str, password: str, app: str) -> None:
        self._url, self._user, self._password, self._app = url.rstrip("/"), user, password, app
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._session: aiohttp.ClientSession | None = None
        self._waiting: dict[str, asyncio.Future[Mapping[str, Any]]] = {}
        self._numbers = itertools.count(1)

    async def connect(self) -> None:
        """Open the socket and narrow its events to those that are used.

        Raises ``Disconnected`` while Asterisk is not there, and ``AriError`` with ``again=False`` for a wrong password.
        """
        await self.close()
        self._session = aiohttp.ClientSession()
        query = urlencode({"app": self._app, "api_key": f"{self._user}:{self._password}", "subscribeAll": "true"})
        try:
            self._socket = await self._session.ws_connect(
                f"{self._url.replace('http', 'ws', 1)}/events?{query}", heartbeat=_HEARTBEAT_S, max_msg_size=0,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            )  # fmt: skip
            allowed = orjson.dumps({"allowed": [{"type": name} for name in ari_events.FILTER]})
            headers = {"Content-Type": "application/json", "Authorization": aiohttp.encode_basic_auth(self._user, self._password)}
            address = f"{self._url}/applications/{self._app}/eventFilter"
            async with self._session.put(address, data=allowed, headers=headers) as answer:
                answer.raise_for_status()
        except aiohttp.WSServerHandshakeError as error:
            await self.close()
            refused = error.status in (401, 403)  # anything else: it is starting, and ARI is not loaded yet
            raise AriError(f"Asterisk refuses the connection ({error.status})", status=error.status, again=not refused) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            await self.close()
            raise Disconnected(f"no connection to Asterisk: {error}") from None

    async def connect_patiently(self) -> None:
        """Connect, waiting longer after each failure (0.1 s to 5 s). Raises ``AriError`` for what waiting cannot mend."""
        wait_s = 0.1
        while True:
            try:
                return await self.connect()
            except AriError as error:
                if not error.again:
                    raise
                log.info("asterisk not reachable", reason=str(error), again_in_s=wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, 5.0)

    async def events(self) -> AsyncIterator[ari_events.Event]:
        """Events until the connection ends; every request in flight then fails with ``Disconnected``."""
        socket = self._socket
        if socket is None:
            raise Disconnected
        try:
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                raw = orjson.loads(message.data)
                if raw["type"] == "RESTResponse":
                    future = self._waiting.pop(raw["request_id"], None)
                    if future and not future.done():
                        future.set_result(raw)
                elif event := ari_events.parse(raw):
                    yield event
        finally:
            self._fail_all()

    async def request(self, method: str, path: str, *, body: Mapping[str, Any] | None = None, **query: object) -> Any:
        """Ask Asterisk for something; its answer as JSON.

        Raises ``AriError``: status 404 for what is gone, 409 for what is there already or in the wrong state.
        Needs ``events()`` to be read by another task.
        """
        socket = self._socket
        if socket is None or socket.closed:
            raise Disconnected
        number = str(next(self._numbers))
        message: dict[str, Any] = {"type": "RESTRequest", "transaction_id": number, "request_id": number, "method": method, "uri": path}
        if query:
            message["query_strings"] = [{"name": name, "value": str(value)} for name, value in query.items() if value is not None]
        if body is not None:
            message |= {"content_type": "application/json", "message_body": orjson.dumps(body).decode()}
        future: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            await socket.send_str(orjson.dumps(message).decode())
            answer = await asyncio.wait_for(future, _ANSWER_S)
        except TimeoutError:
            raise AriError(f"Asterisk does not answer {method} {path}", status=0, again=True) from None
        except (aiohttp.ClientError, ConnectionError):
            raise Disconnected from None
        finally:
            self._waiting.pop(number, None)
        return _result(method, path, answer)

    async def startup(self) -> str:
        """When the Asterisk that answers now was started, asked without a socket; empty when none answers."""
        headers = {"Authorization": aiohttp.encode_basic_auth(self._user, self._password)}
        timeout = aiohttp.ClientTimeout(total=_ANSWER_S)
        try:
            async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
                answer = await session.get(f"{self._url}/asterisk/info")
                return str((await answer.json())["status"]["startup_time"])
        except (aiohttp.ClientError, OSError, TimeoutError, KeyError):
            return ""

    def manager(self) -> Manager:
        """The manager interface of the same Asterisk."""
        return Manager(self._url.removesuffix("/ari"), self._user, self._password)

    async def close(self) -> None:
        """Close the socket; calls stay as they are."""
        socket, session, self._socket, self._session = self._socket, self._session, None, None
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            if socket and not socket.closed:
                await socket.close()
        if session:
            await session.close()
        self._fail_all()

    def _fail_all(self) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(Disconnected())
        self._waiting.clear()


def _result(method: str, path: str, answer: Mapping[str, Any]) -> Any:
    status = int(answer["status_code"])
    text = answer.get("message_body")
    body = orjson.loads(text) if text else None
    if status >= 400:
        words = body.get("message") or body.get("error") if isinstance(body, dict) else answer.get("reason_phrase")
        raise AriError(f"{method} {path}: {status} {words}", status=status, again=status >= 500)
    return body
