"""Reads about accounts: who may sign in, as what, and with which protection."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django_otp.plugins.otp_totp.models import TOTPDevice

from chot.core import clock
from chot.people.models import AgentRow, Role, User


def second_factor_of(user: User) -> TOTPDevice | None:
    """The app that gives the person's codes; None when only the password is asked."""
    found: TOTPDevice | None = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    return found


def waiting_second_factor_of(user: User) -> TOTPDevice | None:
    """An app that was set up and has not yet given its first code."""
    found: TOTPDevice | None = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return found


def should_have_second_factor(user: User) -> bool:
    """Whether the role opens so much that a password alone is too little."""
    return user.role in {Role.PAYROLL, Role.MANAGER, Role.ADMIN}


def password_lapses(user: User) -> datetime | None:
    """The moment from which the password that somebody else has given opens nothing; None when it is the person's own."""
    if not user.temporary_password:
        return None
    return (user.password_given_at or user.created_at) + timedelta(days=settings.FIRST_PASSWORD_DAYS)


def password_lapsed(user: User) -> bool:
    """Whether the first password was used too late."""
    until = password_lapses(user)
    return until is not None and until <= clock.now()


def accounts() -> QuerySet[User]:
    """Every account, with ``protected`` where a second factor is asked for."""
    confirmed = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
    return User.objects.annotate(protected=Exists(confirmed)).order_by("-is_active", "name", "pk")


def agents_to_choose() -> list[tuple[str, str]]:
    """Every agent with the name, for a field that proposes them."""
    return sorted(dict(AgentRow.objects.order_by("valid_from").values_list("agent_id", "name")).items())


def account_names() -> dict[str, tuple[int, str]]:
    """The account of each agent who has one: its number and sign-in name."""
    return {agent: (pk, name) for agent, pk, name in User.objects.exclude(agent_id="").values_list("agent_id", "pk", "username")}
