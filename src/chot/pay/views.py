"""Pay runs: the list, one run, the steps of its closing, and how far the worker is with it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chot.core.errors import ChotError, InputError
from chot.pay import actions, actions_jobs, queries, queries_jobs
from chot.pay.actions_closing import Approval
from chot.pay.core_words import core_words, error_words
from chot.pay.forms import Close, SendBack
from chot.pay.models import PayJob, PayRun
from chot.pay.run_page import run_page
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed, closes_pay, sees_pay
from chot.performance.models import PlanVersion


@allowed(sees_pay)
@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """Every pay run by period and plan, and the periods that wait for theirs."""
    user = _user(request)
    may_close, found = closes_pay(user), queries.listed_runs(queries.visible_agents(user))
    plan, state = request.GET.get("plan", ""), request.GET.get("state", "")
    plans = {each.run.plan.plan_id: each.run.plan.title for each in found}
    shown = [each for each in found if plan in ("", each.run.plan.plan_id) and state in ("", each.run.state)]
    jobs = queries_jobs.open_jobs() if may_close else []
    busy = {(job.plan_id, job.period) for job in jobs}
    offers = [each for each in queries.offers() if (each.plan.pk, each.period) not in busy] if may_close else []
    context = {
        "page": Paginator(shown, 50).get_page(request.GET.get("page")), "plans": plans, "plan": plan, "state": state,
        "states": PayRun.State.choices, "any": bool(found), "may_close": may_close, "jobs": jobs,
        "offers": _offers(offers), "missing": [words for each in offers for words in each.lacking()],
        "query": f"plan={plan}&state={state}&" if plan or state else "",
    }  # fmt: skip
    return render(request, "pay/runs.html", context)


def _offers(found: list[queries.Offer]) -> dict[str, list[queries.Offer]]:
    """What waits for its pay: the newest period before everything older; nothing when nothing waits."""
    newest = [each for each in found if each.period == found[0].period]
    return {"newest": newest, "older": found[len(newest) :]} if found else {}


@allowed(sees_pay)
@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One pay run: who gets what and why, and what has to be looked at before it is closed."""
    return run_page(request, _run(pk))


@allowed(closes_pay)
@require_GET
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a job is, asked for by the pages every second; when it is over, they go on to its run, or to what went wrong."""
    found = get_object_or_404(PayJob.objects.select_related("plan", "by"), pk=pk)
    about = queries_jobs.run_of(found)
    context = {"job": found, "run": about, "problem": core_words([found.problem])[0] if found.problem else ""}
    if not request.headers.get("HX-Request"):
        if found.state == PayJob.State.DONE and about:
            return redirect("pay:run", about.pk)
        return render(request, "pay/job.html", context)
    answer = render(request, "pay/job.html#progress", context)
    if found.state not in PayJob.OPEN:
        well = found.state == PayJob.State.DONE and about
        answer.headers["HX-Redirect"] = reverse("pay:run", args=[about.pk]) if well and about else reverse("pay:job", args=[pk])
    return answer


@allowed(closes_pay)
@require_POST
def prepare(request: HttpRequest) -> HttpResponse:
    """Have a draft computed, of a new period or again."""
    plan = request.POST.get("plan", "")
    saved = get_object_or_404(PlanVersion.objects.exclude(state=PlanVersion.State.DRAFT), pk=plan if plan.isdigit() else None)
    try:
        asked = actions_jobs.ask_prepare(saved, request.POST.get("period", ""), by=_user(request), address=address_of(request))
    except ChotError as error:
        messages.error(request, error_words(error))
        return redirect("pay:runs")
    return redirect("pay:job", asked.pk)


@allowed(closes_pay)
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a draft over to the second person."""
    return _step(request, pk, actions.submit, _("Handed over. Somebody else from payroll reviews and closes it."))


@allowed(closes_pay)
@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to a draft, with a reason."""
    form = SendBack(request.POST)
    if not form.is_valid():
        return run_page(request, _run(pk), send_back=form, status=422)

    def step(found: PayRun, *, by: User, address: str | None) -> object:
        return actions.send_back(found, form.cleaned_data["reason"], by=by, address=address)

    return _step(request, pk, step, _("Sent back."))


@allowed(closes_pay)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a draft up."""
    try:
        actions.discard(_run(pk), by=_user(request), address=address_of(request))
    except InputError as error:
        messages.error(request, str(error))
        return redirect("pay:run", pk)
    messages.success(request, _("The draft is gone."))
    return redirect("pay:runs")


@allowed(closes_pay)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a reviewed run, or say what stands against it."""
    found, form = _run(pk), Close(request.POST)
    if not form.is_valid():
        return run_page(request, found, close=form, status=422)
    ticked, said = frozenset(request.POST.getlist("adjust")), form.cleaned_data
    approval = Approval(adjustments=ticked, note=said["note"], rejects=form.accepted(), law=said["law_because"])
    try:
        asked = actions_jobs.ask_close(found, by=_user(request), approval=approval, address=address_of(request))
    except InputError as error:
        return run_page(request, _run(pk), close=form, ticked=ticked, refusal=str(error), status=409)
    return redirect("pay:job", asked.pk) if asked else redirect("pay:run", pk)


def _step(request: HttpRequest, pk: int, step: Callable[..., object], done: str) -> HttpResponse:
    try:
        step(_run(pk), by=_user(request), address=address_of(request))
    except InputError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("pay:run", pk)


def _run(pk: int) -> PayRun:
    return get_object_or_404(PayRun.objects.select_related("plan", "prepared_by", "closed_by"), pk=pk)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
