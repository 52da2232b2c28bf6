"""Reads about sessions: which of a person's run, found by the hash of their key."""

from __future__ import annotations

import hashlib

from django.contrib.sessions.models import Session
from django.db.models import CharField, Exists, F, Func, OuterRef, QuerySet

from chot.core import clock
from chot.people.models import User, UserSession


class _KeyHash(Func):
    """The hash of a session's key, computed by PostgreSQL."""

    template = "encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')"
    output_field = CharField()


def key_hash(key: str) -> str:
    """What is kept of a session's key."""
    return hashlib.sha256(key.encode()).hexdigest()


def stored_sessions() -> QuerySet[Session]:
    """Every session with the hash of its key as ``hashed``."""
    return Session.objects.annotate(hashed=_KeyHash(F("session_key")))


def sessions_over(user: User) -> QuerySet[UserSession]:
    """The person's sessions that have ended by themselves."""
    return UserSession.objects.filter(user=user).exclude(Exists(_running()))


def sessions_of(user: User, key: str) -> list[UserSession]:
    """The person's sessions that run, the one with ``key`` first."""
    own = key_hash(key)
    found = UserSession.objects.filter(Exists(_running()), user=user)
    return sorted(found, key=lambda session: session.key_hash != own)


def _running() -> QuerySet[Session]:
    return stored_sessions().filter(expire_date__gt=clock.now(), hashed=OuterRef("key_hash"))  # type: ignore[misc]


def sessions_running() -> QuerySet[UserSession]:
    """Every session that runs, the latest used first."""
    return UserSession.objects.select_related("user").filter(Exists(_running())).order_by("-seen_at", "-pk")
