"""First passwords on their way to whoever hands them over: sealed in the page that made them, kept nowhere, opened once within an hour."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.core.sealing import SealError, seal, unseal
from chot.people.audit import record
from chot.people.models import AuditEntry, User

_PURPOSE = "first passwords"
_VALID_S = 3600
Row = tuple[str, str, str]
"""Name, sign-in name, password."""


def sealed(made: Iterable[tuple[User, str]], *, by: User) -> str:
    """The passwords as a token that only ``by`` can open, once."""
    rows = [(account.name, account.username, password) for account, password in made]
    told = {"id": secrets.token_hex(8), "by": by.pk, "at": int(clock.now().timestamp()), "rows": rows}
    return seal(json.dumps(told), settings.SECRET_KEY, purpose=_PURPOSE)


@transaction.atomic
def opened(token: str, *, by: User, address: str | None) -> list[Row]:
    """The passwords that still hold: whoever has chosen one meanwhile is left out. In the audit trail, without them.

    Raises ``InputError`` for a token of somebody else, after an hour, and the second time.
    """
    try:
        told = json.loads(unseal(token, settings.SECRET_KEY, purpose=_PURPOSE) or "{}")
    except SealError:
        told = {}
    subject = f"passwords:{told.get('id', '')}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [subject])
    fresh = told.get("by") == by.pk and 0 <= int(clock.now().timestamp()) - told["at"] <= _VALID_S
    if not fresh or AuditEntry.objects.filter(subject=subject).exists():
        raise InputError(Problem(
            what=_("These passwords can no longer be downloaded"),
            fix=_("They can be taken once, within an hour, by whoever made them. Give new ones under Accounts."),
        ))  # fmt: skip
    names = [username for _name, username, _password in told["rows"]]
    waiting = set(User.objects.filter(username__in=names, temporary_password=True, is_active=True).values_list("username", flat=True))
    record("account.passwords_taken", subject, by=by, address=address, after={"accounts": sorted(waiting)})
    return [(name, username, password) for name, username, password in told["rows"] if username in waiting]
