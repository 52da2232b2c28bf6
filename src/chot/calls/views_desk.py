"""The agent's desk, the states of agents, and what is asked after calls."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.calls import queries_outcomes as outcomes
from chot.calls.actions_settings import keep
from chot.calls.actions_states import choose_state
from chot.calls.forms import DispositionForm, FieldForm, NoticeForm, RulesForm
from chot.calls.models import DeskState, Disposition, OutcomeField, RecordingNotice
from chot.calls.queries_desk import open_call, shown_state, state_choices
from chot.calls.queries_states import open_state, rules, states_on, team_states
from chot.calls.rules import leads_desks, manages_outcomes, sets_state_of
from chot.campaigns.queries import campaign_names
from chot.core import clock
from chot.core.errors import InputError
from chot.customers.models import Customer
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed, is_agent
from chot.switchboard.queries_queues import queue_titles

ROWS = 50


@allowed(is_agent)
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """The agent's own desk: state, callbacks, last calls; the customer on the line comes with the call."""
    assert isinstance(request.user, User)
    agent_id = request.user.agent_id
    callbacks, calls = outcomes.open_callbacks(agent_id), outcomes.last_calls(agent_id)
    ids = {row.customer_id for row in callbacks} | {row.customer_id for row in calls}
    now_is = open_state(agent_id)
    shown = {
        "state": shown_state(now_is), "call": open_call(agent_id),
        "wrapping": now_is.call_id if now_is and now_is.state == DeskState.WRAP_UP else "",
        "callbacks": callbacks, "calls": calls, "now": clock.now(),
        "spent": states_on(agent_id, clock.instant().date()),
        "names": dict(Customer.objects.filter(customer_id__in=ids).values_list("customer_id", "name")),
        "dispositions": dict(Disposition.objects.values_list("code", "name")),
    }  # fmt: skip
    return render(request, "calls/desk.html", shown)


@allowed(is_agent)
@require_POST
def state(request: HttpRequest) -> HttpResponse:
    """The agent says what the agent is doing."""
    assert isinstance(request.user, User)
    chosen, _colon, reason = request.POST.get("state", "").partition(":")
    try:
        made = choose_state(request.user.agent_id, chosen, reason, by=request.user, address=address_of(request))
    except InputError as error:
        return JsonResponse({"problem": " ".join(str(each) for each in error.problems)}, status=422)
    return JsonResponse(shown_state(made))


@allowed(leads_desks)
@require_http_methods(["GET", "POST"])
def states(request: HttpRequest) -> HttpResponse:
    """What everybody is doing now; a leader may set it."""
    assert isinstance(request.user, User)
    if request.method == "POST":
        agent_id = request.POST.get("agent_id", "")
        if not sets_state_of(request.user, agent_id):
            raise PermissionDenied
        chosen, _colon, reason = request.POST.get("state", "").partition(":")
        try:
            choose_state(agent_id, chosen, reason, by=request.user, address=address_of(request))
        except InputError as error:
            messages.error(request, " ".join(str(each) for each in error.problems))
        return redirect(request.get_full_path())
    page = Paginator(team_states(request.user), ROWS).get_page(request.GET.get("page"))
    rows = [{**row, "may": row["agent_id"] != request.user.agent_id, "shown": shown_state(row["state"] if row["state"].pk else None)}
            for row in page]  # fmt: skip
    return render(request, "calls/states.html", {"rows": rows, "page": page, "choices": state_choices()})


@allowed(manages_outcomes)
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Dispositions, fields, and how long a wrap-up may last."""
    form = RulesForm(request.POST or None, instance=rules())
    if request.method == "POST" and form.is_valid():
        return _kept(request, form, model_to_dict(rules()))
    shown = {
        "form": form, "dispositions": Disposition.objects.all(), "fields": OutcomeField.objects.all(),
        "campaigns": campaign_names(), "queues": queue_titles(), "notices": RecordingNotice.objects.select_related("prompt"),
    }  # fmt: skip
    return render(request, "calls/settings.html", shown, status=422 if form.errors else 200)


@allowed(manages_outcomes)
@require_http_methods(["GET", "POST"])
def disposition(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """One disposition, or a new one."""
    row = get_object_or_404(Disposition, pk=pk) if pk else None
    return _edit(request, DispositionForm, row, _("Disposition"))


@allowed(manages_outcomes)
@require_http_methods(["GET", "POST"])
def field(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """One field that is asked for, or a new one."""
    row = get_object_or_404(OutcomeField, pk=pk) if pk else None
    return _edit(request, FieldForm, row, _("Field"))


@allowed(manages_outcomes)
@require_http_methods(["GET", "POST"])
def notice(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """What customers of a campaign are told of the recording, or a new one."""
    row = get_object_or_404(RecordingNotice, pk=pk) if pk else None
    return _edit(request, NoticeForm, row, _("Telling of the recording"))


def _edit(request: HttpRequest, made: Any, row: Any, title: str) -> HttpResponse:
    before = model_to_dict(row) if row else None
    form = made(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        return _kept(request, form, before)
    return render(request, "calls/settings_edit.html", {"form": form, "title": row or title}, status=422 if form.errors else 200)


def _kept(request: HttpRequest, form: Any, before: dict[str, Any] | None) -> HttpResponse:
    assert isinstance(request.user, User)
    keep(form.save(commit=False), by=request.user, address=address_of(request), before=before)
    messages.success(request, _("Kept."))
    return redirect("calls:settings")
