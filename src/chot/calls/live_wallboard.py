"""The wallboard pushed to whoever watches it: the board anew whenever something at a desk has changed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from django.template.loader import render_to_string
from django.utils import translation

from chot.calls.live import EVERYBODY, listening
from chot.calls.queries_wallboard import wall
from chot.calls.rules import sees_wallboard
from chot.core import clock
from chot.people.models import User
from chot.people.watching import Windows, own_connection, viewer

LOOK_S, TOGETHER_S = 5.0, 0.5
windows = Windows(most=4)


async def stream(user: User, session: str, team: str, language: str) -> AsyncIterator[bytes]:
    """Server-sent events: the board's tables when they have changed; an end when the person may no longer watch."""
    seen, known = -1, ""
    with listening() as listener, windows.one(user):
        yield b"retry: 2000\n\n"
        while True:
            seen = listener.count(EVERYBODY) if seen < 0 else await listener.after(EVERYBODY, seen, LOOK_S)
            board = await asyncio.to_thread(_now, user.pk, session, team, language)
            if board is None:
                yield b"event: over\ndata: {}\n\n"
                return
            told = json.dumps({"now": clock.instant().isoformat(), "board": board}, ensure_ascii=False)
            yield f"event: wall\ndata: {told}\n\n".encode() if board != known else b": alive\n\n"
            known = board
            await asyncio.sleep(TOGETHER_S)


def _now(pk: int, session: str, team: str, language: str) -> str | None:
    with own_connection():
        return _board(pk, session, team, language)


def _board(pk: int, session: str, team: str, language: str) -> str | None:
    """The board's tables as the person may see them at this moment; None for someone signed out, stopped or moved."""
    user = viewer(pk, session, sees_wallboard)
    if user is None:
        return None
    with translation.override(language):
        return render_to_string("calls/wallboard.html#board", {"wall": wall(user, team), "streamed": True})
