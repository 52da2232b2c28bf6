"""Writes: which systems may use the API."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from chot.api import tokens
from chot.api.models import Client
from chot.core import clock
from chot.people.audit import record
from chot.people.models import User


@transaction.atomic
def make_client(
    name: str, scopes: list[str], per_minute: int, expires_on: date | None, *, by: User, address: str | None
) -> tuple[Client, str]:
    """A new client and its token, which nobody can read again later."""
    token = tokens.new_token()
    made = Client.objects.create(
        name=name, scopes=sorted(scopes), per_minute=per_minute, expires_on=expires_on, token_hash=tokens.hash_of(token),
        token_start=tokens.start_of(token), created_by=by, created_at=clock.now(),
    )  # fmt: skip
    record("api.client_made", f"client:{made.pk}", by=by, address=address, after=_told(made))
    return made, token


@transaction.atomic
def change_client(
    client: Client, scopes: list[str], per_minute: int, expires_on: date | None, *, is_active: bool, by: User, address: str | None
) -> None:
    """Change what a client may do; an inactive one is refused at once."""
    client = Client.objects.select_for_update().get(pk=client.pk)
    before = _told(client)
    client.scopes, client.per_minute, client.expires_on, client.is_active = sorted(scopes), per_minute, expires_on, is_active
    if _told(client) != before:
        client.save(update_fields=["scopes", "per_minute", "expires_on", "is_active"])
        record("api.client_changed", f"client:{client.pk}", by=by, address=address, before=before, after=_told(client))


@transaction.atomic
def renew_token(client: Client, *, by: User, address: str | None) -> str:
    """Another token for the client; the one before stops working."""
    client = Client.objects.select_for_update().get(pk=client.pk)
    token = tokens.new_token()
    before = _told(client)
    client.token_hash, client.token_start = tokens.hash_of(token), tokens.start_of(token)
    client.save(update_fields=["token_hash", "token_start"])
    record("api.token_renewed", f"client:{client.pk}", by=by, address=address, before=before, after=_told(client))
    return token


def _told(client: Client) -> dict[str, object]:
    until = client.expires_on.isoformat() if client.expires_on else None
    return {
        "name": client.name, "scopes": client.scopes, "per_minute": client.per_minute, "expires_on": until, "is_active": client.is_active,
        "token": f"{client.token_start}…",
    }  # fmt: skip
