"""Reviews: listed and taken along, given for a call, looked at with the form that they were given by, removed with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.calls.models import Call
from chot.core.errors import InputError
from chot.people.answering import lay, warn_of_pay
from chot.people.exports import SHEETS, Value, sheet_response
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries import agent_names
from chot.people.rates import limited
from chot.people.rules import allowed
from chot.people.templatetags.figures import percent
from chot.quality import actions_reviews as actions
from chot.quality import queries, queries_forms, queries_reviews
from chot.quality.forms import RemoveForm, ReviewFilter
from chot.quality.forms_scoring import ReviewForm
from chot.quality.models import Review
from chot.quality.rules import enters_exam_of, enters_exams, sees_exams
from chot.recordings.queries import has_page_for

ROWS = 50


def _by(request: HttpRequest) -> dict[str, Any]:
    assert isinstance(request.user, User)
    return {"by": request.user, "address": address_of(request)}


def _filtered(request: HttpRequest) -> tuple[ReviewFilter, QuerySet[Review]]:
    user = _by(request)["by"]
    titles = [(each.code, each.title) for each in queries_forms.latest()]
    form = ReviewFilter(request.GET, agents=queries.agents_to_choose(user), forms_known=titles)
    form.is_valid()
    given = form.cleaned_data
    return form, queries_reviews.reviews(
        user, agent=given.get("agent", ""), form=given.get("form", ""), first=given.get("first"), last=given.get("last")
    )


@allowed(sees_exams)
@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """How calls were scored, the latest first."""
    form, found = _filtered(request)
    query = request.GET.copy()
    query.pop("page", None)
    shown = {
        "form": form, "page": Paginator(found, ROWS).get_page(request.GET.get("page")), "query": query.urlencode(),
        "pages": f"{query.urlencode()}&" if query else "", "names": agent_names(), "narrowed": any(query.values()),
        "gives": enters_exams(_by(request)["by"]),
    }  # fmt: skip
    return render(request, "quality/reviews.html", shown)


@allowed(sees_exams)
@require_GET
@limited("export")
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The list as it is filtered, as ``csv`` or ``xlsx``."""
    if kind not in SHEETS:
        raise Http404
    _form, found = _filtered(request)
    headings = [
        _("Day"), _("Agent"), _("Name"), _("Call"), _("Score"), _("Call failed"), _("Form"), _("Version"), _("Reviewed by"), _("Comment"),
        _("Id"),
    ]  # fmt: skip
    return sheet_response(kind, "reviews", headings, _cells(found))


def _cells(found: QuerySet[Review]) -> Iterator[list[Value]]:
    names = agent_names()
    for row in found.iterator():
        yield [
            row.day, row.agent_id, names.get(row.agent_id, ""), row.call_id, "" if row.share is None else percent(row.share, 2),
            _("yes") if row.auto_fail else "", row.form.title if row.form else "", row.form.version if row.form else None,
            row.reviewed_by.name if row.reviewed_by else "", row.comment, row.review_id,
        ]  # fmt: skip


@allowed(enters_exams)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A call, scored by one of the forms that fit it."""
    by = _by(request)
    call = get_object_or_404(Call, call_id=(request.POST or request.GET).get("call", ""))
    if not call.agent_id or not enters_exam_of(by["by"], call.agent_id):
        raise PermissionDenied
    fitting = queries_forms.fitting(call)
    wanted = (request.POST or request.GET).get("form", "")
    chosen = next((each for each in fitting if not wanted or str(each.pk) == wanted), None)
    typed = ReviewForm(request.POST or None, by=chosen) if chosen else None
    if request.method == "POST" and typed is None:
        messages.warning(request, _("The form has a newer version. Look at it, and score by that one."))
        return redirect(f"{request.path}?call={call.call_id}")
    if request.method == "POST" and typed and chosen and typed.is_valid():
        try:
            made = actions.review(call, chosen, typed.cleaned_data["marks"], typed.cleaned_data["comment"].strip(), **by)
        except InputError as error:
            lay(typed, error)
        else:
            messages.success(request, _("The review is given; the agent is told."))
            return redirect("quality:review", pk=made.pk)
    shown = {
        "call": call, "form": typed, "chosen": chosen, "fitting": fitting, "name": agent_names().get(call.agent_id, call.agent_id),
        "recorded": has_page_for(by["by"], call.call_id),
    }  # fmt: skip
    return render(request, "quality/review_new.html", shown, status=422 if typed and typed.errors else 200)


@allowed(sees_exams)
@require_GET
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One review with its marks, by the version of the form that it was given by."""
    return _page(request, _reached(request, pk), RemoveForm())


@allowed(enters_exams)
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """A review that should not count."""
    by, found = _by(request), _reached(request, pk)
    if not enters_exam_of(by["by"], found.agent_id):
        raise PermissionDenied
    form = RemoveForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    removed = actions.remove(pk, form.cleaned_data["reason"].strip(), **by)
    messages.success(request, _("The review is removed."))
    warn_of_pay(request, [removed.day], [removed.agent_id])
    return redirect("quality:reviews")


def _reached(request: HttpRequest, pk: int) -> Review:
    found = get_object_or_404(Review.objects.select_related("form", "reviewed_by"), pk=pk)
    if not queries_reviews.seen(_by(request)["by"]).filter(pk=pk).exists():
        raise PermissionDenied
    return found


def _page(request: HttpRequest, found: Review, removing: RemoveForm) -> HttpResponse:
    by = _by(request)["by"]
    shown = {
        "review": found, "recorded": has_page_for(by, found.call_id), "marks": queries_reviews.marks_of(found),
        "name": agent_names().get(found.agent_id, found.agent_id),
        "edits": enters_exam_of(by, found.agent_id), "removing": removing,
    }  # fmt: skip
    return render(request, "quality/review.html", shown, status=422 if removing.errors else 200)
