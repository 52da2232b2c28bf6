"""Writes: the phones of agents, given at the desk and taken back when they sign out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from chot.calls.actions_telephony import send_command
from chot.calls.models import AgentPhone, DeskPhone, TelephonyCommand
from chot.calls.queries_exchange import live_nodes
from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.core.messages import PhoneAccount, SetPhones, encode, kind_of, sip_digest
from chot.people.models import User

_LOCK = 0x70686F6E  # one writer of the list of phones at a time
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class GivenPhone:
    """What a browser needs to register."""

    name: str
    password: str


@transaction.atomic
def give_phone(user: User, session: str) -> GivenPhone:
    """The agent's phone for this sign-in. Its password follows from the sign-in and a secret, is kept nowhere, and ends
    when the agent signs in elsewhere: one phone for one agent."""
    checked_name(user)
    one_at_a_time()
    password = _password(user.agent_id, session)
    digest = sip_digest(user.agent_id, password)
    AgentPhone.objects.update_or_create(agent_id=user.agent_id, defaults={"digest": digest, "given_at": clock.now()})
    tell_exchanges()
    return GivenPhone(name=user.agent_id, password=password)


@transaction.atomic
def take_phone(agent_id: str) -> None:
    """The agent's phone can no longer register."""
    one_at_a_time()
    if AgentPhone.objects.filter(agent_id=agent_id).delete()[0]:
        tell_exchanges()


def checked_name(user: User) -> None:
    """Raises ``InputError`` for an agent id that no phone can have."""
    if not _NAME.fullmatch(user.agent_id):
        what = _("A phone cannot be named %(name)s") % {"name": user.agent_id}
        raise InputError(Problem(what=what, fix=_("Ask for an agent id of letters and digits.")))


def _password(name: str, session: str) -> str:
    made = hmac.digest(settings.SECRET_KEY.encode(), f"phone {name} {session}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def one_at_a_time() -> None:
    """Hold the list of phones until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@transaction.atomic
def tell_exchanges() -> None:
    """Every node that does not have this list of phones gets it."""
    one_at_a_time()
    names = set(User.objects.filter(is_active=True).exclude(agent_id="").values_list("agent_id", flat=True))
    browsers = dict(AgentPhone.objects.filter(agent_id__in=names).values_list("agent_id", "digest"))
    desks = {row.agent_id: row for row in DeskPhone.objects.filter(agent_id__in=names)}
    wanted = SetPhones(phones=tuple(_account(name, browsers.get(name, ""), desks.get(name)) for name in sorted({*browsers, *desks})))
    for node in live_nodes():
        told = TelephonyCommand.objects.filter(kind=kind_of(wanted), node=node.name, created_at__gte=node.up_at).order_by("-id").first()
        fails = told is None or told.payload != encode(wanted) or (told.done_at is not None and not told.outcome.startswith("done"))
        if fails or (told and told.done_at is None and told.expires_at and told.expires_at < clock.instant()):
            send_command(wanted, node=node.name)


def _account(name: str, digest: str, desk: DeskPhone | None) -> PhoneAccount:
    """Who has not signed in since the desk phone was given has no password for a browser: one that nobody knows."""
    if desk is None:
        return PhoneAccount(name=name, digest=digest)
    return PhoneAccount(name=name, digest=digest or desk.digest, desk_digest=desk.digest, at_desk=desk.used)
