"""Writes around a call: prepared before it is dialled, released when it never began (``actions_settle``: what it cost)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chot.charges import quotas, refusals
from chot.charges.models import CallCharge, CallingRules, CallPurpose
from chot.charges.notices import warn
from chot.charges.quotas import Held
from chot.charges.refusals import Asked, CallRefused
from chot.charges.routing import Way, destination_of, tariff_for, way_for
from chot.charges.tariff import Tariff, affordable_s, charge
from chot.core import clock
from chot.core.phones import current, national
from chot.people.models import Role
from chot.people.queries import team_of

__all__ = ["CallRefused", "Route", "not_begun", "prepare_call", "prepare_part", "release", "release_expired"]

BEGIN_WITHIN = timedelta(minutes=2)
"""A call that has not begun so long after it was prepared never will: its command has expired."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """How a call is to be dialled; the fields go into ``Dial`` and ``DialAutomatically`` under the same names.

    ``caller_id`` as it is written within Vietnam; ``brand`` and ``display_name`` are empty without a brand name. The exchange
    hangs up ``max_talk_s`` seconds after the answer. ``reserved_vnd`` is set aside until the call is settled.
    """

    trunk: str
    caller_id: str
    brand: str = ""
    display_name: str = ""
    max_talk_s: int
    reserved_vnd: int


def prepare_call(agent_id: str, number_e164: str, purpose: str, campaign_id: str, call_id: str) -> Route:
    """Choose trunk, number and brand name for a call and set its price aside; raises ``CallRefused`` with ``code`` and ``reason`` in words.

    Call it before ``Dial`` or ``DialAutomatically`` is sent, outside of a longer transaction, once for each ``call_id``; the same
    id again gives the same route. ``agent_id`` is empty for automatic calls, ``campaign_id`` without one. ``purpose`` is
    ``advertising`` or ``care``. ``number_e164`` may be an emergency number (``113``). Whether the customer agreed to be called is
    not asked here (``chot.customers.calling.may_call``). If the command is not sent after all: ``release(call_id)``; a call that
    does not begin is released by itself.
    """
    made = CallCharge.objects.filter(call_id=call_id).select_related("trunk").first()
    if made is not None:
        return _route(made)
    now, held = clock.now(), refusals.rules()
    asked = _asked(agent_id, number_e164, purpose, now)
    emergency = refusals.is_emergency(asked, held)
    if not emergency:
        refusals.refuse_number(asked, held)
        refusals.refuse_time(asked, held, now)
    way = way_for(asked.to, purpose, now.date())
    if way is None:
        raise CallRefused("no_trunk", _("There is no line to the telephone network yet. An administrator adds one under Telephone lines."))
    if emergency:
        way = Way(way.trunk, way.number, None)
    else:
        refusals.refuse_brand(asked, held, way)
    with transaction.atomic():
        if not emergency:
            _refuse_often(asked, held, now)
        return _route(_reserve(asked, way, Under(call_id, campaign_id), held, now, free=emergency))


def prepare_part(agent_id: str, number_e164: str, part_id: str, call_id: str, *, campaign_id: str = "", team_id: str = "") -> Route:
    """The same for a number outside to which an agent hands a call over, or (without ``agent_id``) a flow of the team forwards it.

    A flow may forward to what managers may call, at any hour: its own opening hours lead there, to whoever is on duty at night.
    """
    made = CallCharge.objects.filter(call_id=part_id).select_related("trunk").first()
    if made is not None:
        return _route(made)
    now, held = clock.now(), refusals.rules()
    asked = _asked(agent_id, number_e164, CallPurpose.CARE, now, role="" if agent_id else Role.MANAGER)
    emergency = refusals.is_emergency(asked, held)
    if not emergency:
        refusals.refuse_number(asked, held)
        if agent_id:
            refusals.refuse_time(asked, held, now)
    way = way_for(asked.to, asked.purpose, now.date())
    if way is None:
        raise CallRefused("no_trunk", _("There is no line to the telephone network yet. An administrator adds one under Telephone lines."))
    with transaction.atomic():
        if not emergency:
            _refuse_often(asked, held, now)
        return _route(_reserve(asked, way, Under(part_id, campaign_id, part_of=call_id, team_id=team_id), held, now, free=emergency))


def _refuse_often(asked: Asked, held: CallingRules, now: datetime) -> None:
    """One call of an agent, and one to a number, is counted after the other, so that two at once are not both the first."""
    with connection.cursor() as cursor:
        for whose in filter(None, (asked.agent_id, asked.number)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"calls counted: {whose}"])
    refusals.refuse_often(asked, held, now)


def _asked(agent_id: str, number_e164: str, purpose: str, now: datetime, role: str = "") -> Asked:
    number = current(number_e164) or number_e164
    return Asked(agent_id, number, purpose, destination_of(number, now.date()), role)


@transaction.atomic
def release(call_id: str) -> bool:
    """Free the reservation of a call that will not be made; False when there is none."""
    row = CallCharge.objects.select_for_update().filter(call_id=call_id, state=CallCharge.State.HELD).first()
    if row is None:
        return False
    quotas.hold(row.holds)
    quotas.take_back(row.holds, row.reserved_vnd)
    row.state = CallCharge.State.RELEASED
    row.save(update_fields=["state"])
    return True


def release_expired() -> int:
    """Free what calls that never began have set aside; how many."""
    due = CallCharge.objects.filter(state=CallCharge.State.HELD, expires_at__lt=clock.now()).values_list("call_id", flat=True)
    return sum(release(call_id) for call_id in list(due))


def not_begun() -> list[str]:
    """The calls that have set something aside and have not begun."""
    return list(CallCharge.objects.filter(state=CallCharge.State.HELD, began_at=None).values_list("call_id", flat=True))


@dataclass(frozen=True)
class Under:
    """Under which id a price is set aside, and on whose account beside the agent's."""

    call_id: str
    campaign_id: str
    part_of: str = ""
    team_id: str = ""


def _reserve(asked: Asked, way: Way, under: Under, held: CallingRules, now: datetime, *, free: bool) -> CallCharge:
    """The row of the call, its price set aside in every quota that it counts against, all locked."""
    team_id = under.team_id or team_of(asked.agent_id, now.date())
    limits = {} if free else quotas.limits_of(asked.agent_id, team_id, under.campaign_id)
    uses = quotas.lock(limits, now.date())
    twice = CallCharge.objects.filter(call_id=under.call_id).select_related("trunk").first()
    if twice is not None:
        return twice
    price = tariff_for(asked.to, way.trunk, now.date())
    branded = way.brand is not None
    reserved, max_talk_s = _afforded(price, uses, held, now, branded=branded)
    row = CallCharge.objects.create(
        call_id=under.call_id, part_of=under.part_of, agent_id=asked.agent_id, team_id=team_id,
        campaign_id=under.campaign_id, purpose=asked.purpose, number=asked.number,
        kind=asked.to.kind, operator=asked.to.operator, trunk=way.trunk, caller_id=national(way.number.number) if way.number else "",
        brand=way.brand.name if way.brand else "", tariff=asdict(price) if price else None, holds=[each.use.pk for each in uses],
        reserved_vnd=reserved, max_talk_s=max_talk_s, made_at=now, expires_at=now + BEGIN_WITHIN,
    )  # fmt: skip
    quotas.set_aside(row.holds, reserved)
    warn(row.holds, held.warn_percent)
    return row


def _afforded(price: Tariff | None, uses: Iterable[Held], held: CallingRules, now: datetime, *, branded: bool) -> tuple[int, int]:
    """What is set aside, and how long the call may last on it. Raises ``CallRefused`` when not even a second is left."""
    bound = [each for each in uses if not each.use.lifted(now)]
    if price is None or not bound:
        return (charge(price, held.reserve_s, branded=branded) if price else 0), held.longest_call_s
    tightest = min(bound, key=lambda each: each.left_vnd)
    first = charge(price, 1, branded=branded)
    if first > tightest.left_vnd or tightest.percent >= 100:
        raise CallRefused("quota", _quota_words(tightest))
    reserved = min(charge(price, held.reserve_s, branded=branded), tightest.left_vnd)
    if not held.cut_calls:
        return reserved, held.longest_call_s
    return reserved, affordable_s(price, reserved, most_s=held.longest_call_s, branded=branded)


def _quota_words(tightest: Held) -> str:
    words = {
        "agent": _("Your charge quota is used up. Your team leader can lift it."),
        "team": _("The charge quota of your team is used up. A manager can lift it."),
        "campaign": _("The charge quota of this campaign is used up. A manager can lift it."),
        "company": _("The charge quota of the whole company is used up. A manager can lift it."),
    }
    return words[tightest.use.holder]


def _route(row: CallCharge) -> Route:
    return Route(
        trunk=row.trunk.name if row.trunk else "", caller_id=row.caller_id, brand=row.brand, display_name=row.brand,
        max_talk_s=row.max_talk_s, reserved_vnd=row.reserved_vnd,
    )  # fmt: skip
