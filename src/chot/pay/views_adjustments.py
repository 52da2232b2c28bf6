"""Adjustments beside the KPI lines: proposed, decided on by a second person, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core.errors import InputError
from chot.pay import actions_adjustments, adjusting
from chot.pay.forms import Adjust, Refuse
from chot.pay.models import Dispute, PayAdjustment, PayRun
from chot.pay.queries import base_pay_of, line_label
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries import agent_names
from chot.people.rates import limited
from chot.people.rules import allowed, anyone_signed_in, closes_pay, decides_adjustments, may_see_pay_of
from chot.performance.workplace import read_plan

Kind, State = PayAdjustment.Kind, PayAdjustment.State


@allowed(closes_pay)
@require_http_methods(["GET", "POST"])
def adjustment_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose an adjustment: first of whom and what kind, then how much and why."""
    run = get_object_or_404(PayRun.objects.select_related("plan"), pk=pk)
    dispute = _dispute(request)
    if request.method == "GET":
        return _form(request, run, dispute, None)
    form = Adjust(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, run, dispute, form, status=422)
    said = form.cleaned_data
    try:
        file = said["attachment"]
        kept = actions_adjustments.keep_attachment(file) if file else ("", "")
        made = actions_adjustments.propose(
            run, _proposal(said), by=_user(request), dispute=dispute, attachment=kept, address=address_of(request)
        )  # fmt: skip
    except InputError as error:
        form.add_error(None, str(error))
        return _form(request, run, dispute, form, status=422)
    messages.success(request, _("Proposed. Somebody else approves or refuses it."))
    return redirect("pay:adjustment", made.pk)


def _dispute(request: HttpRequest) -> Dispute | None:
    """The accepted question that the adjustment answers."""
    asked = request.GET.get("dispute") or request.POST.get("dispute") or ""
    return get_object_or_404(Dispute, state=Dispute.State.ACCEPTED, pk=asked) if asked.isdigit() else None


def _proposal(said: dict[str, Any]) -> adjusting.Proposal:
    taken, (corrects, _bar, line) = said["kind"] in PayAdjustment.TAKEN, said["corrects"].partition("|")
    claws = said["kind"] == Kind.CLAW_BACK and corrects.isdigit()
    return adjusting.Proposal(
        agent_id=said["agent"], kind=said["kind"], amount_vnd=-said["amount"] if taken else said["amount"], reason=said["reason"],
        corrects=PayRun.objects.filter(pk=int(corrects), state=PayRun.State.CLOSED).first() if claws else None, line=line if claws else "",
        net_pay_vnd=said["net_pay"] if said["kind"] == Kind.DAMAGE else None,
    )  # fmt: skip


def _form(request: HttpRequest, run: PayRun, dispute: Dispute | None, form: Adjust | None, *, status: int = 200) -> HttpResponse:
    given = request.POST if form else request.GET
    agent, kind = given.get("agent", dispute.agent_id if dispute else ""), given.get("kind", "correction" if dispute else "")
    pay, names = adjusting.variable_pay(run), agent_names()
    paid = adjusting.commission_paid(run, agent) if kind == Kind.CLAW_BACK and agent else {}
    corrected = {each.pk: each for each in PayRun.objects.filter(pk__in={pk for pk, _line in paid}).select_related("plan")}
    context = {
        "run": run, "dispute": dispute, "form": form or Adjust(), "agent": agent, "kind": kind, "kinds": Kind.choices,
        "people": sorted(((agent_id, name) for agent_id, name in names.items()), key=lambda each: (each[0] not in pay, each[1])),
        "taken": kind in PayAdjustment.TAKEN, "name": names.get(agent, ""), "pay": pay.get(agent, 0),
        "base": base_pay_of(run.period, [agent]).get(agent), "corrects": given.get("corrects", ""),
        "commissions": [
            (f"{pk}|{line}", corrected[pk].period, line_label(read_plan(corrected[pk].plan.text), line), amount)
            for (pk, line), amount in paid.items()
        ],
    }  # fmt: skip
    return render(request, "pay/adjustment_new.html", context, status=status)


@allowed(anyone_signed_in)
@require_GET
def adjustment(request: HttpRequest, pk: int) -> HttpResponse:
    """One adjustment with both names; its agent sees it once it is approved."""
    return _page(request, _seen(request, pk))


@allowed(anyone_signed_in)
@require_GET
@limited("export")
def adjustment_attachment(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file that goes with it."""
    found = _seen(request, pk)
    if not found.attachment or not Path(found.attachment).is_file():
        raise Http404
    return FileResponse(Path(found.attachment).open("rb"), as_attachment=True, filename=found.attachment_name)


@allowed(decides_adjustments)
@require_POST
def adjustment_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person agrees."""
    return _step(request, pk, actions_adjustments.approve, _("Approved."))


@allowed(decides_adjustments)
@require_POST
def adjustment_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person does not agree."""
    form = Refuse(request.POST)
    if not form.is_valid():
        return _page(request, _seen(request, pk), form, status=422)

    def step(found: PayAdjustment, *, by: User, address: str | None) -> object:
        return actions_adjustments.refuse(found, form.cleaned_data["why"], by=by, address=address)

    return _step(request, pk, step, _("Refused."))


@allowed(closes_pay)
@require_POST
def adjustment_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Not wanted any more."""
    return _step(request, pk, actions_adjustments.withdraw, _("Withdrawn."))


def _step(request: HttpRequest, pk: int, step: Callable[..., object], done: str) -> HttpResponse:
    try:
        step(_seen(request, pk), by=_user(request), address=address_of(request))
    except InputError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("pay:adjustment", pk)


def _page(request: HttpRequest, found: PayAdjustment, form: Refuse | None = None, *, status: int = 200) -> HttpResponse:
    user, open_run = _user(request), found.run.state in (PayRun.State.DRAFT, PayRun.State.REVIEW)
    others = user.pk != found.proposed_by_id and user.agent_id != found.agent_id
    context = {
        "made": found, "run": found.run, "name": agent_names().get(found.agent_id, found.agent_id), "form": form or Refuse(),
        "label": line_label(read_plan(found.corrects.plan.text), found.corrects_line) if found.corrects else "",
        "may_decide": open_run and found.state == State.PROPOSED and others and decides_adjustments(user),
        "waits": open_run and found.state == State.PROPOSED, "own": user.agent_id == found.agent_id,
        "may_withdraw": open_run and found.state in adjusting.COUNTING and closes_pay(user),
        "most": found.net_pay_vnd * adjusting.NET_SHARE_PERCENT // 100 if found.net_pay_vnd else None,
    }  # fmt: skip
    return render(request, "pay/adjustment.html", context, status=status)


def _seen(request: HttpRequest, pk: int) -> PayAdjustment:
    """The adjustment, when the person may read it."""
    user = _user(request)
    found = get_object_or_404(
        PayAdjustment.objects.select_related("run__plan", "corrects__plan", "dispute", "proposed_by", "decided_by"), pk=pk
    )  # fmt: skip
    if not may_see_pay_of(user, found.agent_id):
        raise PermissionDenied
    if user.agent_id == found.agent_id and found.state != State.APPROVED:
        raise Http404
    return found


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
