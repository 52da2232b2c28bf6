"""Queues, opening hours, prompts and skills on pages; each save is a version that exchanges get at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core import clock
from chot.core.errors import InputError
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed
from chot.switchboard import actions_queues as actions
from chot.switchboard.actions_restore import restore_routing
from chot.switchboard.forms_queues import HoursForm, PromptForm, QueueForm, SkillForm
from chot.switchboard.models import AgentSkill, CallFlow, CallQueue, OpeningHours, Prompt, RoutingVersion
from chot.switchboard.prompts import Made
from chot.switchboard.queries_routing import inbound
from chot.switchboard.rules import manages_queues, sees_lines

_MODELS: dict[str, type[models.Model]] = {"queue": CallQueue, "hours": OpeningHours, "flow": CallFlow, "prompt": Prompt}


@allowed(sees_lines)
@require_GET
def queues(request: HttpRequest) -> HttpResponse:
    """Everything that inbound calls go through."""
    assert isinstance(request.user, User)
    return render(request, "switchboard/queues.html", {"inbound": inbound(), "manages": manages_queues(request.user)})


@allowed(manages_queues)
@require_http_methods(["GET", "POST"])
def queue(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A queue, or a new one."""
    found = get_object_or_404(CallQueue, pk=pk) if pk else CallQueue()
    form = QueueForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        return _save(request, form.save(commit=False), members=form.cleaned_data["members"])
    return _page(request, "switchboard/queue.html", form, found.title if pk else _("New queue"), "queue", pk)


@allowed(manages_queues)
@require_http_methods(["GET", "POST"])
def hours(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Opening hours, or new ones."""
    found = get_object_or_404(OpeningHours, pk=pk) if pk else OpeningHours()
    form = HoursForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        row = form.save(commit=False)
        row.week, row.extra_days = form.cleaned_data["week"], form.cleaned_data["extra"]
        return _save(request, row)
    return _page(request, "switchboard/hours.html", form, found.title if pk else _("New opening hours"), "hours", pk)


@allowed(manages_queues)
@require_http_methods(["GET", "POST"])
def prompt(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A prompt, or a new one."""
    found = get_object_or_404(Prompt.objects.defer("sound"), pk=pk) if pk else Prompt()
    form = PromptForm(request.POST or None, request.FILES or None, instance=found)
    if request.method == "POST" and form.is_valid():
        row = form.save(commit=False)
        made: Made | None = form.cleaned_data.get("made")
        if made:
            row.sound, row.sha, row.duration_ms, row.spoken = made.sound, made.sha, made.duration_ms, made.spoken
        return _save(request, row)
    return _page(request, "switchboard/prompt.html", form, found.title if pk else _("New prompt"), "prompt", pk)


@allowed(sees_lines)
@require_GET
def prompt_sound(request: HttpRequest, pk: int) -> HttpResponse:
    """A prompt to be heard."""
    found = get_object_or_404(Prompt, pk=pk)
    return HttpResponse(bytes(found.sound), content_type="audio/wav", headers={"Cache-Control": "private, no-cache"})


@allowed(manages_queues)
@require_POST
def remove(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Take a queue, hours, a flow or a prompt away."""
    assert isinstance(request.user, User)
    if kind not in _MODELS:
        raise Http404
    row = get_object_or_404(_MODELS[kind], pk=pk)
    try:
        return _saved(request, actions.delete(row, by=request.user, address=address_of(request)))
    except InputError as error:
        messages.error(request, " ".join(f"{problem.what}. {problem.fix}" for problem in error.problems))
        return redirect("switchboard:queues")


@allowed(manages_queues)
@require_http_methods(["GET", "POST"])
def skills(request: HttpRequest) -> HttpResponse:
    """Who can do what how well."""
    assert isinstance(request.user, User)
    form = SkillForm(request.POST if request.method == "POST" and "remove" not in request.POST else None)
    if request.method == "POST":
        where = address_of(request)
        if gone := request.POST.get("remove", ""):
            row = get_object_or_404(AgentSkill, pk=int(gone) if gone.isdigit() else 0)
            actions.set_skill(row.agent_id, row.skill, 0, by=request.user, address=where)
            return redirect("switchboard:skills")
        if form.is_valid():
            given = form.cleaned_data
            actions.set_skill(given["agent_id"], given["skill"], given["level"], by=request.user, address=where)
            return redirect("switchboard:skills")
    names = dict(form.fields["agent_id"].choices)  # type: ignore[attr-defined]
    rows = [(row, names.get(row.agent_id, row.agent_id)) for row in AgentSkill.objects.all()]
    return render(request, "switchboard/skills.html", {"form": form, "rows": rows}, status=422 if form.errors else 200)


@allowed(manages_queues)
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that inbound calls go through as a version had it."""
    assert isinstance(request.user, User)
    found = get_object_or_404(RoutingVersion, pk=pk)
    try:
        made = restore_routing(found.number, by=request.user, address=address_of(request))
    except InputError as error:
        messages.error(request, " ".join(f"{problem.what}. {problem.fix}" for problem in error.problems))
    else:
        messages.success(request, _("Saved as version %(number)s.") % {"number": made.number})
    return redirect("switchboard:queues")


@allowed(manages_queues)
@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Ask the exchange once more for the latest version."""
    if actions.apply_routing(again=f"{clock.instant():%Y%m%d%H%M%S%f}"):
        messages.success(request, _("The exchange was asked again."))
    else:
        messages.warning(request, _("No exchange is running. It takes the latest version as soon as it starts."))
    return redirect("switchboard:queues")


def _save(request: HttpRequest, row: models.Model, members: list[str] | None = None) -> HttpResponse:
    assert isinstance(request.user, User)
    return _saved(request, actions.save(row, by=request.user, address=address_of(request), members=members))


def _saved(request: HttpRequest, version: RoutingVersion) -> HttpResponse:
    messages.success(request, _("Saved as version %(number)s.") % {"number": version.number})
    return redirect("switchboard:queues")


def _page(request: HttpRequest, template: str, form: Any, title: str, kind: str, pk: int | None) -> HttpResponse:
    shown = {"form": form, "title": title, "kind": kind, "pk": pk}
    return render(request, template, shown, status=422 if form.errors else 200)
