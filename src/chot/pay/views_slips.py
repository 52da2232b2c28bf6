"""Payslips: one person's as a page and as a signed PDF, everyone's as one archive."""

from __future__ import annotations

from pathlib import Path

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from chot.core.errors import InputError
from chot.pay import actions_jobs, payslip, queries, queries_jobs
from chot.pay.core_words import reader
from chot.pay.models import PayRun
from chot.pay.payslip import Payslip
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rates import limited
from chot.people.rules import allowed, anyone_signed_in, closes_pay, may_see_pay_of, sees_pay


@allowed(anyone_signed_in)
@require_GET
def slip(request: HttpRequest, pk: int, agent_id: str) -> HttpResponse:
    """One agent's pay, every line down to its rows; agents get their own once the period is closed."""
    found = _slip(request, pk, agent_id)
    context = {
        "slip": found, "run": found.run, "person": found.person, "own": _user(request).agent_id == agent_id,
        "computed": queries.computed_run(found.run),
    }  # fmt: skip
    return render(request, "pay/slip.html", context)


@allowed(anyone_signed_in)
@require_GET
@limited("export")
def slip_pdf(request: HttpRequest, pk: int, agent_id: str) -> HttpResponseBase:
    """The same as a PDF with the company's signature, of a closed run only; always the same file."""
    found = _slip(request, pk, agent_id)
    if found.run.state != PayRun.State.CLOSED:
        raise Http404
    path = payslip.signed_file(found, reader())
    return FileResponse(path.open("rb"), as_attachment=True, filename=slugify(f"payslip-{agent_id}-{found.run.period}") + ".pdf")


@allowed(closes_pay)
@require_POST
def slips_make(request: HttpRequest, pk: int) -> HttpResponse:
    """Have everyone's PDFs made as one archive."""
    run = get_object_or_404(PayRun.objects.select_related("plan"), pk=pk)
    try:
        asked = actions_jobs.ask_slips(run, by=_user(request), address=address_of(request))
    except InputError as error:
        messages.error(request, str(error))
        return redirect("pay:run", pk)
    return redirect("pay:job", asked.pk)


@allowed(closes_pay)
@require_GET
@limited("export")
def slips(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The last archive of payslips."""
    run = get_object_or_404(PayRun.objects.select_related("plan"), pk=pk)
    made = queries_jobs.last_slips(run)
    if made is None:
        raise Http404
    name = slugify(f"payslips-{run.plan.plan_id}-{run.period}")
    return FileResponse(Path(made.file).open("rb"), as_attachment=True, filename=f"{name}.zip")


def _slip(request: HttpRequest, pk: int, agent_id: str) -> Payslip:
    user = _user(request)
    if not may_see_pay_of(user, agent_id):
        raise PermissionDenied
    run = get_object_or_404(PayRun.objects.select_related("plan", "prepared_by", "closed_by"), pk=pk)
    found = payslip.of_agent(run, agent_id)
    if found is None or (run.state != PayRun.State.CLOSED and not sees_pay(user)):
        raise Http404
    return found


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
