"""What a file says of consent to advertising: yes or no, since when, and the proof, which the ledger does not do without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.text import key
from chot.customers.models import Consent, Customer
from chot.customers.models_contact import Purpose
from chot.people.models import User

_SAID = {**dict.fromkeys("co yes y x 1 true dong_y da_dong_y".split(), True), **dict.fromkeys("khong no n 0 false tu_choi".split(), False)}


def said(text: str) -> bool | None:
    """Yes or no as people write it; None for anything else.

    >>> said("Có"), said("Từ chối"), said("có lẽ")
    (True, False, None)
    """
    return _SAID.get(key(text))


def wrong(values: Mapping[str, Any]) -> tuple[str, str]:
    """The field that is missing beside an answer and what to say of it; two empty texts when nothing is."""
    if "agreed" in values and not values.get("agreed_on"):
        return "agreed_on", _("the day of the answer is missing")
    if values.get("agreed") and not values.get("agreed_proof"):
        return "agreed_proof", _("consent without proof does not count; name the form, the message or the recording")
    return "", ""


def note_agreements(given: Sequence[tuple[Customer, Mapping[str, Any]]], *, by: User) -> int:
    """Write answers into the ledger as far as it does not have them; how many were new. Call it in the import's transaction."""
    lines = [_line(customer, values, by) for customer, values in given if "agreed" in values]
    there = Consent.objects.filter(customer__in=[line.customer_id for line in lines], purpose=Purpose.ADVERTISING)
    known = set(there.values_list("customer_id", "given", "at", "proof"))
    fresh = [line for line in lines if (line.customer_id, line.given, line.at, line.proof) not in known]
    return len(Consent.objects.bulk_create(fresh, batch_size=1000))


def _line(customer: Customer, values: Mapping[str, Any], by: User) -> Consent:
    at = datetime.combine(values["agreed_on"], time(), clock.ZONE)
    return Consent(
        customer=customer, purpose=Purpose.ADVERTISING, given=values["agreed"], at=at, how=Consent.How.OTHER,
        proof=values.get("agreed_proof", ""), noted_by=by, noted_at=clock.now(),
    )  # fmt: skip
