"""Writes about sessions: listed at sign-in, marked while used, ended from elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest

from chot.core import clock
from chot.people.audit import record
from chot.people.models import User, UserSession
from chot.people.origin import address_of, device_of
from chot.people.queries_sessions import key_hash, sessions_over, stored_sessions

_seen: dict[str, datetime] = {}  # the minute that this process has noted for a session: most requests ask the database nothing
_MOST_SEEN = 5_000


def list_session(sender: object, request: HttpRequest, user: User, **named: Any) -> None:
    """List a session that has just begun, and forget those of the same person that are over."""
    sessions_over(user).delete()
    _list(request, user)


def _list(request: HttpRequest, user: User) -> None:
    hashed, minute = _hash(request), _minute()
    UserSession.objects.get_or_create(
        key_hash=hashed,
        defaults={"user": user, "device": device_of(request), "address": address_of(request), "opened_at": clock.now(), "seen_at": minute},
    )
    _note(hashed, minute)


def _hash(request: HttpRequest) -> str:
    return key_hash(request.session.session_key or "")


def _minute() -> datetime:
    return clock.now().replace(second=0, microsecond=0)


def _note(hashed: str, minute: datetime) -> None:
    if len(_seen) >= _MOST_SEEN:
        _seen.clear()
    _seen[hashed] = minute


def mark_seen(request: HttpRequest, user: User) -> None:
    """The session is in use, to the minute."""
    hashed, minute = _hash(request), _minute()
    if _seen.get(hashed) == minute:
        return
    if UserSession.objects.filter(key_hash=hashed).update(seen_at=minute, address=address_of(request)):
        _note(hashed, minute)
    else:
        _list(request, user)


@transaction.atomic
def end_sessions(user: User, *, by: User | None, address: str | None, but: str | None = None) -> int:
    """End the person's sessions, all but the one with the key ``but``; how many ended."""
    ending = UserSession.objects.filter(user=user).exclude(key_hash=key_hash(but or ""))
    hashes = list(ending.values_list("key_hash", flat=True))
    if not hashes:
        return 0
    stored_sessions().filter(hashed__in=hashes).delete()  # type: ignore[misc]
    UserSession.objects.filter(key_hash__in=hashes).delete()
    record("session.revoked", f"user:{user.username}", by=by, address=address, after={"sessions": len(hashes)})
    return len(hashes)


def forget_session(key: str) -> None:
    """Take a session that was signed out from the list."""
    UserSession.objects.filter(key_hash=key_hash(key)).delete()


def renew_session(request: HttpRequest, user: User) -> None:
    """Go on under a new key after the password has changed, which ends every session that still has the old one."""
    old = _hash(request)
    update_session_auth_hash(request, user)
    UserSession.objects.filter(key_hash=old).update(key_hash=_hash(request))
