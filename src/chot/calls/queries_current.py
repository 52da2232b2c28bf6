"""The call with a customer that an agent has, or had just now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q

from chot.calls.models import Call, OpenCall
from chot.core import clock
from chot.customers.current_calls import CurrentCall

JUST_NOW = timedelta(hours=1)
"""So long after a call has ended an order that is written down may still come from it."""


def current_call(agent_id: str, ids: Sequence[str]) -> CurrentCall | None:
    """The one that goes on, else the last one that was answered and ended within the hour."""
    whose = Q(customer_id__in=ids) | Q(number__in=ids)
    going = OpenCall.objects.filter(whose, agents__contains=[agent_id], answered_at__isnull=False).order_by("-started_at")
    ended = Call.objects.filter(agent_id=agent_id, customer_id__in=ids, outcome=Call.Outcome.ANSWERED, ended_at__gt=clock.now() - JUST_NOW)
    row = going.first() or ended.order_by("-started_at").first()
    return CurrentCall(row.call_id, row.started_at) if row else None
