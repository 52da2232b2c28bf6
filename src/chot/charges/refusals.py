"""Why a number may not be called now: each rule of ``CallingRules`` as a question, the answer in words for the person who dials."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from chot.campaigns.queries import advertises
from chot.charges.models import CallCharge, CallingRules, CallPurpose
from chot.charges.routing import Way
from chot.core import clock, destinations
from chot.core.destinations import Destination
from chot.core.errors import ChotError
from chot.people.models import User


@dataclass(frozen=True)
class Asked:
    """Who wants to call where, and what for."""

    agent_id: str
    number: str
    purpose: str
    to: Destination
    role: str = ""
    """Whose rights hold; empty: the agent's own."""


class CallRefused(ChotError):
    """The call must not be made: ``code`` for programs, ``reason`` for the person who dials."""

    def __init__(self, code: str, reason: Any) -> None:
        self.code, self.reason = code, str(reason)
        super().__init__(self.reason)


def rules() -> CallingRules:
    """The rules for calling out; those that come with Chốt until somebody changes them."""
    return CallingRules.objects.filter(pk=1).first() or CallingRules(pk=1)


def purpose_of(asked: str, campaign_id: str) -> str:
    """What a call is for: what was asked, but for campaigns that advertise always advertising. Care where nothing known was asked."""
    if advertises(campaign_id):
        return CallPurpose.ADVERTISING
    return asked if asked in CallPurpose.values else CallPurpose.CARE


def is_emergency(asked: Asked, held: CallingRules) -> bool:
    """Emergency calls are never refused."""
    return asked.to.number in held.emergency or asked.number in held.emergency


def refuse_number(asked: Asked, held: CallingRules) -> None:
    """Numbers that nobody may call, and those that only some roles may. Raises ``CallRefused``."""
    if any(asked.number.startswith(prefix) or asked.to.number.startswith(prefix) for prefix in held.forbidden if prefix):
        words = _("Numbers that begin like this are forbidden here. An administrator can change it under Calling rules.")
        raise CallRefused("forbidden", words)
    if asked.to.kind == destinations.SERVICE:
        raise CallRefused("service", _("%(number)s is a service number and no emergency number.") % {"number": asked.to.number})
    if asked.to.kind == destinations.INTERNATIONAL and _role(asked) not in held.international_roles:
        raise CallRefused("international", _("You may not call abroad. An administrator can allow it for your role under Calling rules."))
    if asked.to.kind == destinations.PREMIUM and _role(asked) not in held.premium_roles:
        words = _("You may not call 1900 numbers, which cost extra. An administrator can allow it under Calling rules.")
        raise CallRefused("premium", words)


def refuse_time(asked: Asked, held: CallingRules, now: datetime) -> None:
    """Hours of the law for advertising, and hours in which nobody calls. Raises ``CallRefused``."""
    hour = now.astimezone(clock.ZONE).time()
    if asked.purpose == CallPurpose.ADVERTISING and not _within(hour, held.ad_from, held.ad_to):
        words = _("Advertising calls are only made from %(first)s to %(last)s (Decree 91/2020).")
        raise CallRefused("ad_hours", words % {"first": f"{held.ad_from:%H:%M}", "last": f"{held.ad_to:%H:%M}"})
    if held.night_from and held.night_to and _within(hour, held.night_from, held.night_to):
        words = _("Nobody is called from %(first)s to %(last)s.")
        raise CallRefused("night", words % {"first": f"{held.night_from:%H:%M}", "last": f"{held.night_to:%H:%M}"})


def refuse_often(asked: Asked, held: CallingRules, now: datetime) -> None:
    """How often an agent dials, and how often a number is advertised to. Raises ``CallRefused``."""
    if asked.agent_id:
        minute = CallCharge.objects.filter(agent_id=asked.agent_id, made_at__gt=now - timedelta(minutes=1)).count()
        if minute >= held.calls_per_minute:
            words = _("You have dialled %(count)s calls within a minute. Wait a moment.")
            raise CallRefused("too_fast", words % {"count": minute})
    if asked.purpose == CallPurpose.ADVERTISING:
        ads = CallCharge.objects.filter(number=asked.number, purpose=CallPurpose.ADVERTISING, made_at__gt=now - timedelta(hours=24))
        done = ads.exclude(state=CallCharge.State.RELEASED).exclude(state=CallCharge.State.SETTLED, seconds=0).count()
        if done >= held.ads_per_day:
            raise CallRefused("ad_often", _("This number had its advertising call within the last 24 hours (Decree 91/2020)."))


def refuse_brand(asked: Asked, held: CallingRules, way: Way) -> None:
    """Advertising calls need a certified brand name. Raises ``CallRefused``."""
    if asked.purpose == CallPurpose.ADVERTISING and held.ads_need_brand and way.brand is None:
        words = _("Advertising calls need a brand name that is valid and switched on for the number shown and for %(operator)s.")
        raise CallRefused("no_brand", words % {"operator": asked.to.operator or _("this operator")})


def _within(hour: time, first: time, last: time) -> bool:
    """Whether an hour lies in [first, last), past midnight too."""
    return first <= hour < last if first <= last else hour >= first or hour < last


def _role(asked: Asked) -> str:
    if asked.role or not asked.agent_id:
        return asked.role
    return User.objects.filter(agent_id=asked.agent_id, is_active=True).values_list("role", flat=True).first() or ""
