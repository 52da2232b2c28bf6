"""The outcome of a call, callbacks, and the card of a customer who is on the line."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.calls import queries_outcomes as queries
from chot.calls.actions_outcomes import finish_callback, save_outcome
from chot.calls.actions_states import begin_wrap_up
from chot.calls.forms import OutcomeForm
from chot.customers import timeline
from chot.customers.queries import ids_of
from chot.people.masking import masked
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed, is_agent


@allowed(is_agent)
@never_cache
@require_http_methods(["GET", "POST"])
def outcome(request: HttpRequest, call_id: str) -> HttpResponse:
    """What came of a call of the agent's own; only the form when the phone asks for it."""
    assert isinstance(request.user, User)
    party = queries.party_of(call_id, request.user.agent_id)
    if party is None:
        raise Http404
    dispositions = queries.dispositions_for(party.campaign_id, party.queue_id)
    fields = queries.fields_for(party.campaign_id, party.queue_id)
    form = OutcomeForm(request.POST or None, dispositions=dispositions, fields=fields, initial=_known(call_id, request.user.agent_id))
    part = "#form" if getattr(request, "htmx", False) else ""
    if request.method == "POST" and form.is_valid():
        save_outcome(request.user, call_id, form.noted(), address=address_of(request))
        if part:
            return HttpResponse(headers={"HX-Trigger": "chot:noted"})
        messages.success(request, _("Kept."))
        return redirect("calls:desk")
    shown = {"form": form, "party": party, "number": masked(party.number), "call_id": call_id}
    return render(request, f"calls/outcome.html{part}", shown, status=422 if form.errors else 200)


def _known(call_id: str, agent_id: str) -> dict[str, Any]:
    row = queries.outcome_of(call_id, agent_id)
    if row is None:
        return {}
    return {"disposition": row.disposition, "note": row.note, **{f"field_{key}": value for key, value in row.values.items()}}


@allowed(is_agent)
@require_POST
def ended(request: HttpRequest, call_id: str) -> HttpResponse:
    """The page has seen the end of the agent's part: the wrap-up begins as soon as the exchange has told of it too (202: not yet)."""
    assert isinstance(request.user, User)
    over_at = queries.part_of(call_id, request.user.agent_id)
    if over_at is None:
        return HttpResponse(status=202)
    begin_wrap_up(request.user.agent_id, call_id, over_at)
    return HttpResponse(status=204)


@allowed(is_agent)
@never_cache
@require_GET
def card(request: HttpRequest, call_id: str) -> HttpResponse:
    """Who is on the line: the customer with the latest orders, tickets and calls."""
    assert isinstance(request.user, User)
    party = queries.party_of(call_id, request.user.agent_id)
    if party is None:
        raise Http404
    events = timeline.page(timeline.Subject(customer=party.customer, ids=ids_of(party.customer)))[0] if party.customer else []
    return render(request, "calls/card.html", {"party": party, "number": masked(party.number), "events": events[:6], "call_id": call_id})


@allowed(is_agent)
@require_POST
def drop_callback(request: HttpRequest, pk: int) -> HttpResponse:
    """A callback that is not needed any more."""
    assert isinstance(request.user, User)
    if not finish_callback(pk, request.user, address=address_of(request)):
        raise Http404
    return redirect("calls:desk")
