"""The page on which a plan's consultation and publication are recorded."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core.errors import InputError
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rates import limited
from chot.people.rules import allowed, sees_plans, sets_goals
from chot.performance.actions_records import add_record, void_record
from chot.performance.actions_reminders import remind
from chot.performance.forms_records import RecordForm
from chot.performance.models import PlanRecord, PlanVersion
from chot.performance.queries_records import minutes_file, records_of


@allowed(sees_plans)
@require_http_methods(["GET", "POST"])
def plan_records(request: HttpRequest, pk: int) -> HttpResponse:
    """What is recorded about a plan; managers add to it."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(PlanVersion, pk=pk)
    if request.method == "POST" and not sets_goals(request.user):
        raise PermissionDenied
    form = RecordForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        file = given["file"]
        add_record(
            saved.plan_id, given["kind"], on=given["on"], place=given["place"], who=given["who"], minutes=given["minutes"],
            file_name=file.name if file else "", content=file.read() if file else b"", by=request.user, address=address_of(request),
        )  # fmt: skip
        messages.success(request, _("The record is kept."))
        return redirect("performance:plan_records", pk=pk)
    context = {"plan": saved, "rows": records_of(saved.plan_id), "form": form, "records": sets_goals(request.user)}
    return render(request, "performance/plan_records.html", context, status=422 if request.method == "POST" else 200)


@allowed(sees_plans)
@require_GET
@limited("export")
def plan_minutes(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file of the minutes, to save."""
    found = get_object_or_404(PlanRecord, pk=pk)
    path = minutes_file(found)
    if not found.file_hash or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=found.file_name, content_type="application/octet-stream")


@allowed(sets_goals)
@require_POST
def plan_record_void(request: HttpRequest, pk: int) -> HttpResponse:
    """A wrong record no longer counts."""
    assert isinstance(request.user, User)
    found = get_object_or_404(PlanRecord, pk=pk)
    try:
        void_record(found, request.POST.get("why", ""), by=request.user, address=address_of(request))
    except InputError as error:
        messages.error(request, "; ".join(f"{each.what}. {each.fix}" for each in error.problems))
    plan = PlanVersion.objects.filter(plan_id=found.plan_id).order_by("-created_at").first()
    return redirect("performance:plan_records", pk=plan.pk) if plan else redirect("performance:plans")


@allowed(sets_goals)
@require_POST
def plan_remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Remind those who have not answered, now."""
    assert isinstance(request.user, User)
    count = remind(get_object_or_404(PlanVersion, pk=pk, state="announced"), by=request.user, address=address_of(request))
    if count:
        messages.success(request, _("%(count)s people were reminded.") % {"count": count})
    else:
        messages.info(request, _("Everyone who has not answered was told or reminded today already."))
    return redirect("performance:plan_answers", pk=pk)
