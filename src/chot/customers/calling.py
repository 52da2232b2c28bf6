"""Whether a customer may be called, and if not, why: asked by whoever dials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chot.customers.models import Consent, Customer, DoNotCall
from chot.customers.models_contact import Channel, Purpose


@dataclass(frozen=True)
class Refusal:
    """Why not; ``text`` is for the person who wanted to call."""

    code: str
    text: Any


_SPARED = {
    "all": _("This number or customer is on the do-not-call list."),
    "advertising": _("This number or customer takes no advertising calls."),
}
_REFUSED = _("The customer has refused calls for this purpose.")
_NOT_ASKED = _("The customer has not agreed to advertising calls. The law wants consent first.")


def may_call(*, number: str, purpose: str, customer: Customer | None = None) -> Refusal | None:
    """Why an E.164 ``number`` must not be called for a ``purpose`` (``Purpose``); None when it may.

    Advertising needs consent that was given; other purposes stop at a refusal. Hours and how often are the outbound rules' part.
    """
    spared = Q(phone=number) | Q(customer=customer) if customer else Q(phone=number)
    scopes = set(DoNotCall.objects.filter(spared, lifted_at=None).values_list("scope", flat=True))
    if DoNotCall.Scope.ALL in scopes:
        return Refusal("do_not_call", _SPARED["all"])
    if purpose == Purpose.ADVERTISING and scopes:
        return Refusal("no_advertising", _SPARED["advertising"])
    said = consent_of(customer, purpose, Channel.CALL) if customer else None
    if said is False:
        return Refusal("refused", _REFUSED)
    if said is None and purpose == Purpose.ADVERTISING:
        return Refusal("not_asked", _NOT_ASKED)
    return None


def may_message(customer: Customer, purpose: str, channel: str) -> Refusal | None:
    """The same for messages by SMS, Zalo or e-mail."""
    if purpose == Purpose.ADVERTISING and DoNotCall.objects.filter(Q(phone=customer.phone) | Q(customer=customer), lifted_at=None).exists():
        return Refusal("no_advertising", _SPARED["advertising"])
    said = consent_of(customer, purpose, channel)
    if said is False:
        return Refusal("refused", _REFUSED)
    return Refusal("not_asked", _NOT_ASKED) if said is None and purpose == Purpose.ADVERTISING else None


def consent_of(customer: Customer, purpose: str, channel: str) -> bool | None:
    """What the customer said last about a purpose on a channel; None when never asked."""
    said = Consent.objects.filter(customer=customer, purpose=purpose, channel__in=(channel, Channel.ANY))
    return said.values_list("given", flat=True).first()
