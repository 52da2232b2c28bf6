"""Score forms: listed, looked at with every version, begun, changed into the next version, put away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.campaigns.queries import campaign_choices, campaign_names
from chot.core.errors import InputError
from chot.people.answering import lay
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries_teams import plan_roles
from chot.people.rules import allowed
from chot.quality import actions_forms, queries_forms
from chot.quality.forms_scoring import ReviewForm, VersionForm, initial_of
from chot.quality.models_forms import ScoreForm
from chot.quality.rules import sees_exams, sets_score_forms


@allowed(sees_exams)
@require_GET
def forms(request: HttpRequest) -> HttpResponse:
    """What calls are scored by."""
    assert isinstance(request.user, User)
    away = bool(request.GET.get("away"))
    shown = {
        "rows": queries_forms.latest().filter(archived_at__isnull=not away), "away": away, "sets": sets_score_forms(request.user),
        "campaigns": campaign_names(),
    }  # fmt: skip
    return render(request, "quality/forms.html", shown)


@allowed(sees_exams)
@require_GET
def form(request: HttpRequest, code: str) -> HttpResponse:
    """A form as reviewers see it, in any of its versions, with how many reviews each has."""
    assert isinstance(request.user, User)
    versions = queries_forms.versions(code)
    wanted = request.GET.get("version", "")
    found = next((each.form for each in versions if str(each.form.version) == wanted or not wanted), None)
    if found is None:
        raise Http404
    shown = {
        "form": found, "versions": versions, "latest": versions[0].form, "preview": ReviewForm(by=found),
        "sets": sets_score_forms(request.user), "campaigns": campaign_names(),
    }  # fmt: skip
    return render(request, "quality/form.html", shown)


@allowed(sets_score_forms)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A form that is not there yet."""
    return _written(request, None)


@allowed(sets_score_forms)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, code: str) -> HttpResponse:
    """The next version of a form."""
    latest = ScoreForm.objects.filter(code=code).first()
    if latest is None:
        raise Http404
    return _written(request, latest)


def _written(request: HttpRequest, latest: ScoreForm | None) -> HttpResponse:
    assert isinstance(request.user, User)
    choices: dict[str, Any] = {"roles": plan_roles(), "campaigns": campaign_choices(_("every campaign"), latest.campaign if latest else "")}
    typed = VersionForm(request.POST or None, new=latest is None, initial=initial_of(latest) if latest else None, **choices)
    if request.method == "POST" and typed.is_valid():
        code, before = (latest.code if latest else typed.cleaned_data["code"]), request.POST.get("before", "")
        try:
            made = actions_forms.save_version(
                code, typed.written(), before=int(before) if latest and before.isdecimal() and len(before) < 9 else 0,
                reason=typed.cleaned_data.get("reason", ""), by=request.user, address=address_of(request),
            )  # fmt: skip
        except InputError as error:
            lay(typed, error)
        else:
            messages.success(request, _("Version %(version)s is in use.") % {"version": made.version})
            return redirect("quality:form", code=made.code)
    return render(request, "quality/form_change.html", {"form": typed, "latest": latest}, status=422 if typed.errors else 200)


@allowed(sets_score_forms)
@require_POST
def put_away(request: HttpRequest, code: str) -> HttpResponse:
    """No longer to score by, or again."""
    assert isinstance(request.user, User)
    away = request.POST.get("back") != "1"
    actions_forms.put_away(code, away=away, by=request.user, address=address_of(request))
    messages.success(request, _("The form is put away; its reviews stay.") if away else _("The form is in use again."))
    return redirect("quality:score_forms")
