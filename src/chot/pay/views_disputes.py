"""Questions about pay: asked by the agent, answered by the office before they are due."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core import clock
from chot.core.errors import InputError, UsageError
from chot.core.periods import parse
from chot.pay import actions_disputes, queries_disputes
from chot.pay.forms import Answer, Ask
from chot.pay.models import Dispute, PayAdjustment
from chot.pay.queries import line_label
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries import agent_names
from chot.people.rules import allowed, answers_disputes, anyone_signed_in, closes_pay, is_agent
from chot.performance.models import PlanVersion, Run
from chot.performance.workplace import read_plan

_ROWS = 50


@allowed(anyone_signed_in)
@require_GET
def disputes(request: HttpRequest) -> HttpResponse:
    """The questions that one may read; those that wait, by the day they are due."""
    user = _user(request)
    found, state = queries_disputes.disputes_for(user), request.GET.get("state", "open")
    counts = {"open": found.filter(state=Dispute.State.OPEN).count(), "answered": found.exclude(state=Dispute.State.OPEN).count()}
    waiting = state != "answered"
    if waiting:
        found = found.filter(state=Dispute.State.OPEN).order_by("due", "pk")
    else:
        found = found.exclude(state=Dispute.State.OPEN).order_by("-answered_at", "-pk")
    page = Paginator(found, _ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page, "rows": queries_disputes.labelled(list(page)), "waiting": waiting, "counts": counts, "today": clock.today(),
        "names": agent_names(), "of_others": user.role != "agent", "may_answer": answers_disputes(user), "asks": is_agent(user),
        "days": actions_disputes.ANSWER_DAYS,
    }  # fmt: skip
    return render(request, "pay/disputes.html", context)


@allowed(is_agent)
@require_http_methods(["GET", "POST"])
def dispute_new(request: HttpRequest, plan: int, period: str, line: str) -> HttpResponse:
    """Ask about a line of one's own pay; ``total`` asks about all of it."""
    user = _user(request)
    saved = get_object_or_404(PlanVersion, pk=plan)
    try:
        parse(period)
    except UsageError:
        raise Http404 from None
    lines = {each["id"]: each for each in queries_disputes.own_lines(saved, period, user.agent_id)}
    if not lines or line not in {*lines, "total"} or len(line) > 120:
        raise Http404
    amount = sum(each["amount_vnd"] for each in lines.values()) if line == "total" else lines[line]["amount_vnd"]
    form = Ask(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        asked = actions_disputes.ask(saved, period, line, form.cleaned_data["text"], by=user, address=address_of(request))
        messages.success(request, _("Your question is with payroll."))
        return redirect("pay:dispute", asked.pk)
    context = {
        "form": form, "plan": saved, "period": period, "amount": amount, "label": line_label(read_plan(saved.text), line),
        "due": actions_disputes.answer_due(clock.today()),
        "run": Run.objects.filter(plan=saved, period=period).first(), "agent_id": user.agent_id,
    }  # fmt: skip
    return render(request, "pay/dispute_new.html", context, status=422 if form.errors else 200)


@allowed(anyone_signed_in)
@require_GET
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """One question with its answer, or the form for it."""
    return _page(request, _seen(request, pk), Answer())


@allowed(answers_disputes)
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or refuse, with words for the agent."""
    found, form = _seen(request, pk), Answer(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    accept = form.cleaned_data["decision"] == "accept"
    try:
        actions_disputes.answer(found, form.cleaned_data["answer"], accept=accept, by=_user(request), address=address_of(request))
    except InputError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Answered."))
    return redirect("pay:dispute", pk)


def _page(request: HttpRequest, found: Dispute, form: Answer, *, status: int = 200) -> HttpResponse:
    user = _user(request)
    lines = {line["id"]: line["amount_vnd"] for line in queries_disputes.own_lines(found.plan, found.period, found.agent_id)}
    context = {
        "dispute": found, "form": form, "label": line_label(read_plan(found.plan.text), found.line),
        "amount": sum(lines.values()) if found.line == "total" else lines.get(found.line), "name": agent_names().get(found.agent_id, ""),
        "late": found.state == Dispute.State.OPEN and found.due < clock.today(), "waiting": found.state == Dispute.State.OPEN,
        "may_answer": answers_disputes(user) and user.agent_id != found.agent_id, "own": user.agent_id == found.agent_id,
        "run": Run.objects.filter(plan=found.plan_id, period=found.period).first(),
    }  # fmt: skip
    if not context["waiting"]:
        context |= _adjusting(found, user)
    return render(request, "pay/dispute.html", context, status=status)


def _adjusting(found: Dispute, user: User) -> dict[str, object]:
    """The adjustments that answer a question, and the open run that another one could be paid with."""
    made = found.adjustments.select_related("run")
    if user.agent_id == found.agent_id:
        made = made.filter(state=PayAdjustment.State.APPROVED)
    proposes = closes_pay(user) and found.state == Dispute.State.ACCEPTED
    return {"adjustments": list(made), "proposes": proposes, "propose_with": queries_disputes.payable_with(found) if proposes else None}


def _seen(request: HttpRequest, pk: int) -> Dispute:
    """The question, when the person may read it."""
    found = get_object_or_404(Dispute.objects.select_related("plan", "answered_by"), pk=pk)
    if not queries_disputes.disputes_for(_user(request)).filter(pk=pk).exists():
        raise PermissionDenied
    return found


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
