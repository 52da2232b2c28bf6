"""Writes about accounts: who may sign in and as what. No password ever reaches the audit trail."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people.actions_sessions import end_sessions
from chot.people.audit import record
from chot.people.models import Role, User

_TOLD = ("name", "role", "agent_id", "sees_pay", "is_active")
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that are read for each other


def _state(account: User) -> dict[str, Any]:
    return {name: getattr(account, name) for name in _TOLD}


def new_password() -> str:
    """A password that can be read out: 20 letters and digits, about 98 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _place in range(5)) for _group in range(4))


@transaction.atomic
def create_account(fields: dict[str, Any], *, by: User | None, address: str | None) -> tuple[User, str]:
    """A new account and its first password, which the person has to change."""
    password = new_password()
    given = {"temporary_password": True, "password_given_at": clock.now(), **{name: fields[name] for name in _TOLD}}
    account = User.objects.create_user(fields["username"], password, **given)
    record("account.created", f"user:{account.username}", by=by, address=address, after=_state(account))
    return account, password


@transaction.atomic
def change_account(account: User, fields: dict[str, Any], *, by: User, address: str | None) -> bool:
    """Change what an account may do; False when nothing changes. Less than before ends its sessions.

    Raises ``InputError`` when the administrator would lose the own rights, or nobody would be left who manages accounts.
    """
    admins = list(User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk"))
    account = User.objects.select_for_update().get(pk=account.pk)
    before = _state(account)
    for name in _TOLD:
        setattr(account, name, fields[name])
    after = _state(account)
    if before == after:
        return False
    rights_kept = account.role == Role.ADMIN and account.is_active
    if account.pk == by.pk and not rights_kept:
        raise InputError(Problem(what=_("You cannot take your own rights away"), fix=_("Ask another administrator.")))
    if not rights_kept and [admin.pk for admin in admins] == [account.pk]:
        raise InputError(Problem(what=_("Nobody would be left who manages accounts"), fix=_("Make somebody else an administrator first.")))
    account.save(update_fields=_TOLD)
    record("account.changed", f"user:{account.username}", by=by, address=address, before=before, after=after)
    if not account.is_active:
        end_sessions(account, by=by, address=address)
    return True


@transaction.atomic
def reset_password(account: User, *, by: User, address: str | None) -> str:
    """A generated password that the person has to change; every session of the person ends."""
    account = User.objects.select_for_update().get(pk=account.pk)
    password = new_password()
    account.set_password(password)
    account.temporary_password, account.password_given_at = True, clock.now()
    account.save(update_fields=["password", "temporary_password", "password_given_at"])
    record("account.password_reset", f"user:{account.username}", by=by, address=address)
    end_sessions(account, by=by, address=address)
    return password
