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
from chot.calls.models import AgentPhone, TelephonyCommand
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
    if not _NAME.fullmatch(user.agent_id):
        what = _("A phone cannot be named %(name)s") % {"name": user.agent_id}
        raise InputError(Problem(what=what, fix=_("Ask for an agent id of letters and digits.")))
    _one_at_a_time()
    password = _password(user.agent_id, session)
    digest = sip_digest(user.agent_id, password)
    AgentPhone.objects.update_or_create(agent_id=user.agent_id, defaults={"digest": digest, "given_at": clock.now()})
    _tell_exchanges()
    return GivenPhone(name=user.agent_id, password=password)


@transaction.atomic
def take_phone(agent_id: str) -> None:
    """The agent's phone can no longer register."""
    _one_at_a_time()
    if AgentPhone.objects.filter(agent_id=agent_id).delete()[0]:
        _tell_exchanges()


def _password(name: str, session: str) -> str:
    made = hmac.digest(settings.SECRET_KEY.encode(), f"phone {name} {session}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _tell_exchanges() -> None:
    """Every node that does not have this list of phones gets it."""
    active = User.objects.filter(is_active=True).exclude(agent_id="")
    names = dict(active.values_list("agent_id", "name"))
    rows = AgentPhone.objects.filter(agent_id__in=names).order_by("agent_id")
    wanted = SetPhones(phones=tuple(PhoneAccount(name=row.agent_id, digest=row.digest, display="") for row in rows))
    for node in live_nodes():
        told = TelephonyCommand.objects.filter(kind=kind_of(wanted), node=node.name, created_at__gte=node.up_at).order_by("-id").first()
        fails = told is None or told.payload != encode(wanted) or (told.done_at is not None and not told.outcome.startswith("done"))
        if fails or (told and told.done_at is None and told.expires_at and told.expires_at < clock.instant()):
            send_command(wanted, node=node.name)
