"""Recordings: the list, one to replay with comments, its sound, its file, and how long they are kept."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.calls.models import Call
from chot.customers.queries import customer_of
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries import agent_names
from chot.people.rates import limited
from chot.people.rules import allowed
from chot.recordings import actions, queries, rules
from chot.recordings.forms import CommentForm, RetentionForm
from chot.recordings.models import Recording, Retention
from chot.recordings.ranges import answer
from chot.recordings.retention import DEFAULTS

PAGE = 50
TYPES = {"flac": "audio/flac"}


def _recording(request: HttpRequest, call_id: str) -> Recording:
    assert isinstance(request.user, User)
    found = Recording.objects.filter(call_id=call_id).first()
    if found is None:
        raise Http404
    if not rules.hears(request.user, found):
        raise PermissionDenied
    return found


def _kept(request: HttpRequest, call_id: str) -> Recording:
    found = _recording(request, call_id)
    if found.state != Recording.State.KEPT:
        raise Http404
    return found


@allowed(rules.hears_recordings)
@require_GET
def recordings(request: HttpRequest) -> HttpResponse:
    """The recordings that one may hear, the latest first."""
    assert isinstance(request.user, User)
    given = {name: request.GET.get(name, "")[:100] for name in ("agent", "day", "outcome")}
    page = Paginator(queries.filtered(queries.heard_by(request.user), **given), PAGE).get_page(request.GET.get("page"))
    names = agent_names()
    shown = {
        "page": page, "query": f"{urlencode(given)}&", "given": given, "names": names,
        "calls": queries.calls_of(row.call_id for row in page),
        "agents": sorted(((each, names.get(each, each)) for each in queries.agents_of(request.user)), key=lambda each: each[1]),
        "outcomes": Call.Outcome.choices, "sees_rules": rules.sees_retention(request.user),
    }  # fmt: skip
    return render(request, "recordings/recordings.html", shown)


@allowed(rules.hears_recordings)
@never_cache
@require_GET
def recording(request: HttpRequest, call_id: str) -> HttpResponse:
    """One recording to replay."""
    return _page(request, _recording(request, call_id), CommentForm())


def _page(request: HttpRequest, found: Recording, form: CommentForm) -> HttpResponse:
    assert isinstance(request.user, User)
    call, message = queries.calls_of([found.call_id]).get(found.call_id), queries.message_of(found)
    shown = {
        "recording": found, "call": call, "customer": customer_of(call.customer_id) if call else None, "names": agent_names(),
        "peaks": bytes(found.peaks).hex(), "comments": queries.comments_of(found), "form": form, "seconds": found.duration_ms // 1000,
        "comments_it": rules.comments_recordings(request.user), "downloads": rules.downloads_recordings(request.user),
        "keeps": rules.keeps_recordings(request.user), "classes": Retention.choices, "pauses": queries.pauses_of(found),
        "notice": queries.notice_of(found), "message": message,
        "begins_at": message["from_s"] if message and (found.only_message or not found.agents) else 0,
        "scores_it": call is not None and rules.scores_call_of(request.user, found),
    }  # fmt: skip
    return render(request, "recordings/recording.html", shown, status=422 if form.errors else 200)


@allowed(rules.hears_recordings)
@require_GET
def sound(request: HttpRequest, call_id: str) -> HttpResponse:
    """The sound, in parts as a player asks for them; the listen is in the audit trail."""
    assert isinstance(request.user, User)
    found = _kept(request, call_id)
    actions.note_listen(found, by=request.user, address=address_of(request))
    made = answer(request, found, TYPES[found.codec])
    made["Cache-Control"] = "private, no-store"
    return made


@allowed(rules.downloads_recordings)
@require_GET
@limited("export")
def file(request: HttpRequest, call_id: str) -> HttpResponse:
    """The whole recording as a file."""
    assert isinstance(request.user, User)
    found = _kept(request, call_id)
    actions.note_download(found, by=request.user, address=address_of(request))
    made = answer(request, found, TYPES[found.codec])
    name = "".join(each if each.isalnum() or each in "-_" else "_" for each in call_id)
    made["Content-Disposition"] = f'attachment; filename="{name}.{found.codec}"'
    made["Cache-Control"] = "private, no-store"
    return made


@allowed(rules.comments_recordings)
@require_POST
def comment(request: HttpRequest, call_id: str) -> HttpResponse:
    """Say something about a second."""
    assert isinstance(request.user, User)
    found = _kept(request, call_id)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    given = form.cleaned_data
    made = actions.comment(found, given["at_s"], given["text"], by=request.user, address=address_of(request))
    return redirect(f"{reverse('recordings:recording', args=[call_id])}#t={made.at_s}")


@allowed(rules.keeps_recordings)
@require_POST
def retention_of(request: HttpRequest, call_id: str) -> HttpResponse:
    """Another class of retention for one recording."""
    assert isinstance(request.user, User)
    found = _kept(request, call_id)
    wanted = request.POST.get("retention", "")
    if wanted not in Retention.values:
        raise Http404
    actions.classify(found.pk, wanted, by=request.user, address=address_of(request))
    messages.success(request, _("Kept."))
    return redirect("recordings:recording", call_id=call_id)


@allowed(rules.sees_retention)
@require_http_methods(["GET", "POST"])
def retention(request: HttpRequest) -> HttpResponse:
    """How long recordings are kept."""
    assert isinstance(request.user, User)
    if request.method == "POST" and not rules.keeps_recordings(request.user):
        raise PermissionDenied
    form = RetentionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.set_days(**form.cleaned_data, by=request.user, address=address_of(request))
        messages.success(request, _("Kept."))
        return redirect("recordings:retention")
    shown = {
        "rules": queries.rules(), "form": form, "keeps": rules.keeps_recordings(request.user),
        "defaults": [(each.label, days) for each, days in DEFAULTS.items()],
    }  # fmt: skip
    return render(request, "recordings/retention.html", shown, status=422 if form.errors else 200)
