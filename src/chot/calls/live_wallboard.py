"""The wallboard pushed to whoever watches it: the board anew whenever something at a desk has changed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator

from django.db import connections
from django.template.loader import render_to_string
from django.utils import translation

from chot.calls.live import EVERYBODY, listening
from chot.calls.queries_wallboard import wall
from chot.calls.rules import sees_wallboard
from chot.core import clock
from chot.people.models import User

LOOK_S, TOGETHER_S, MOST_STREAMS = 5.0, 0.5, 4
_open: Counter[int] = Counter()


def full(user: User) -> bool:
    """Whether the person watches in as many windows as one may."""
    return _open[user.pk] >= MOST_STREAMS


async def stream(user: User, session: str, team: str, language: str) -> AsyncIterator[bytes]:
    """Server-sent events: the board's tables when they have changed; an end when the person may no longer watch."""
    listener, seen, known = listening(), -1, ""
    _open[user.pk] += 1
    try:
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
    finally:
        listener.viewers -= 1
        _open[user.pk] -= 1


def _now(pk: int, session: str, team: str, language: str) -> str | None:
    try:
        return _board(pk, session, team, language)
    finally:
        connections.close_all()  # a stream lives for hours; its connection need not


def _board(pk: int, session: str, team: str, language: str) -> str | None:
    """The board's tables as the person may see them at this moment; None for someone signed out, stopped or moved."""
    from django.contrib.sessions.backends.db import SessionStore

    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or not sees_wallboard(user) or not SessionStore().exists(session):
        return None
    with translation.override(language):
        return render_to_string("calls/wallboard.html#board", {"wall": wall(user, team), "streamed": True})
