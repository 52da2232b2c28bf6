"""Who is asking: a token in ``Authorization: Bearer …``, what it may do, and how often.

A token has 256 random bits, so a plain SHA-256 of it is kept: there is nothing to guess by a dictionary.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.http import HttpRequest
from ninja.security import HttpBearer

from chot.api.models import Client
from chot.api.refusals import Refused
from chot.core import clock

_WINDOW = timedelta(minutes=1)
_START = 12


def new_token() -> str:
    """A token nobody has."""
    return f"chot_{secrets.token_urlsafe(32)}"


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def start_of(token: str) -> str:
    """The letters by which a person tells tokens apart."""
    return token[:_START]


class Token(HttpBearer):
    """The client of a request; 401 without one, 403 without the scope, 429 when it asks too often."""

    def __init__(self, scope: str = "") -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Client | None:
        """The active client whose token it is."""
        client = Client.objects.filter(token_hash=hash_of(token), is_active=True).first()
        if client is None or (client.expires_on and client.expires_on < clock.today()):
            return None
        if self.scope and self.scope not in client.scopes:
            what = f"this token may not do that; it needs the scope {self.scope}"
            raise Refused(403, what, fix="Ask the administrator for a token with it.")
        _count(client)
        return client


def _count(client: Client) -> None:
    """One more request in this minute; a database row counts, so that all web processes count together."""
    now = clock.now()
    mine = Client.objects.filter(pk=client.pk)
    if not mine.filter(window_start__gt=now - _WINDOW).update(window_count=F("window_count") + 1, last_used_at=now):
        mine.update(window_start=now, window_count=1, last_used_at=now)
    elif mine.filter(window_count__gt=F("per_minute")).exists():
        raise Refused(429, f"more than {client.per_minute} requests in a minute", fix="Wait a minute, or send many rows in one request.")


def client_of(request: Any) -> Client:
    """The client that ``Token`` let in."""
    found = request.auth
    assert isinstance(found, Client)
    return found
