"""Quotas: how much is used and left, set, lifted, taken along as a file; and an agent's own on the desk."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.charges import actions_quotas, queries_quotas
from chot.charges.forms import LiftForm, QuotaForm
from chot.charges.models import Holder, Quota, QuotaPeriod
from chot.charges.queries_quotas import QuotaLine, quota_lines, who_lifts
from chot.charges.rules import lifts_quota, sees_quotas, sets_quotas
from chot.core.errors import InputError
from chot.people.exports import SHEETS, Value, sheet_response
from chot.people.models import Role, User
from chot.people.origin import address_of
from chot.people.queries_teams import team_titles
from chot.people.rates import limited
from chot.people.rules import allowed, is_agent

ROWS = 50


def _chosen(request: HttpRequest) -> tuple[str, str]:
    """The kind of holder and the period that the address asks for."""
    holder, period = request.GET.get("whose", Holder.AGENT), request.GET.get("per", QuotaPeriod.DAY)
    return holder if holder in Holder.values else Holder.AGENT, period if period in QuotaPeriod.values else QuotaPeriod.DAY


@allowed(sees_quotas)
@require_GET
def quotas_page(request: HttpRequest) -> HttpResponse:
    """Every quota of a kind and a period, those nearest to their end first."""
    assert isinstance(request.user, User)
    holder, period = _chosen(request)
    lines = quota_lines(request.user, holder, period)
    kinds = [each for each in Holder.choices if each[0] not in (Holder.CAMPAIGN, Holder.COMPANY) or request.user.role != Role.LEADER]
    shown = {
        "holder": holder, "period": period, "holders": kinds, "periods": QuotaPeriod.choices, "total": len(lines),
        "query": f"whose={holder}&per={period}&",
        "page": Paginator(lines, ROWS).get_page(request.GET.get("page")), "sets": sets_quotas(request.user),
        "everyones": Quota.objects.filter(holder=holder, period=period, holder_id="").first(),
        "sums": {
            "limit": sum(each.held.limit_vnd for each in lines), "used": sum(each.held.use.used_vnd for each in lines),
            "reserved": sum(each.held.use.reserved_vnd for each in lines), "blocked": sum(each.state == "blocked" for each in lines),
        },
        "lifts": queries_quotas.last_lifts(request.user), "names": queries_quotas.holder_names(holder),
    }  # fmt: skip
    return render(request, "charges/quotas.html", shown)


@allowed(sees_quotas)
@require_GET
@limited("export")
def quotas_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The same as a file."""
    assert isinstance(request.user, User)
    if kind not in SHEETS:
        raise Http404
    holder, period = _chosen(request)
    heads = [
        _("Id"), _("Name"), _("Team"), _("Since"), _("Limit (₫)"), _("Used (₫)"), _("Set aside (₫)"), _("Left (₫)"),
        _("Granted on top (₫)"), _("State"),
    ]  # fmt: skip
    titles = team_titles()
    rows: list[list[Value]] = [
        [
            line.holder_id, line.name, titles[line.team], line.held.use.since, line.held.limit_vnd, line.held.use.used_vnd,
            line.held.use.reserved_vnd, line.held.left_vnd, line.held.use.extra_vnd, line.state,
        ]
        for line in quota_lines(request.user, holder, period)
    ]  # fmt: skip
    return sheet_response(kind, f"quotas-{holder}-{period}", heads, rows)


@allowed(sets_quotas)
@require_http_methods(["GET", "POST"])
def quota(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A quota, or a new one."""
    assert isinstance(request.user, User)
    found = get_object_or_404(Quota, pk=pk) if pk else Quota()
    first = {"whose": f"{request.GET.get('whose', 'agent')}:{request.GET.get('id', '')}", "period": request.GET.get("per", "day")}
    form = QuotaForm(request.POST or None, instance=found, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions_quotas.save_quota(form.save(commit=False), by=request.user, address=address_of(request))
        except InputError as error:
            form.add_error(None, " ".join(str(each) for each in error.problems))
        else:
            messages.success(request, _("The quota holds from now on."))
            return redirect(_list(row.holder, row.period))
    name = queries_quotas.holder_names(found.holder).get(found.holder_id, found.holder_id) if pk else ""
    back = _list(found.holder, found.period) if pk else reverse("charges:quotas")
    shown = {"form": form, "pk": pk, "quota": found, "name": name, "back": back}
    return render(request, "charges/quota_edit.html", shown, status=422 if form.errors else 200)


@allowed(sets_quotas)
@require_POST
def quota_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """No such quota any longer."""
    assert isinstance(request.user, User)
    row = get_object_or_404(Quota, pk=pk)
    actions_quotas.delete_quota(pk, by=request.user, address=address_of(request))
    messages.success(request, _("Deleted. What was used stays known."))
    return redirect(_list(row.holder, row.period))


@allowed(sees_quotas)
@require_http_methods(["GET", "POST"])
def lift(request: HttpRequest, holder: str, period: str, holder_id: str) -> HttpResponse:
    """Lift one quota for a while, with a reason."""
    assert isinstance(request.user, User)
    if not lifts_quota(request.user, holder, holder_id):
        raise PermissionDenied
    line = _line(request.user, holder, period, holder_id)
    form = LiftForm(request.POST or None, initial={"how": "extra", "extra_vnd": 50_000})
    if request.method == "POST" and form.is_valid():
        extra = form.cleaned_data["extra_vnd"] if form.cleaned_data["how"] == "extra" else 0
        try:
            actions_quotas.lift_quota(
                holder, holder_id, period, extra_vnd=extra, why=form.cleaned_data["why"], by=request.user, address=address_of(request)
            )
        except InputError as error:
            form.add_error(None, " ".join(str(each) for each in error.problems))
        else:
            messages.success(request, _("The quota is lifted; calls are possible at once."))
            return redirect(_list(holder, period))
    shown: dict[str, Any] = {"form": form, "line": line, "back": _list(holder, period)}
    return render(request, "charges/quota_lift.html", shown, status=422 if form.errors else 200)


@allowed(is_agent)
@require_GET
def own(request: HttpRequest) -> HttpResponse:
    """How much an agent may still spend, for the desk."""
    assert isinstance(request.user, User)
    lines = queries_quotas.own_quotas(request.user.agent_id)
    lifters = who_lifts(lines[0]) if lines and lines[0].state == "blocked" else []
    return render(request, "charges/own.html", {"lines": lines, "lifters": lifters})


def _line(user: User, holder: str, period: str, holder_id: str) -> QuotaLine:
    for line in quota_lines(user, holder, period):
        if line.holder_id == holder_id:
            return line
    raise Http404


def _list(holder: str, period: str) -> str:
    return f"{reverse('charges:quotas')}?whose={holder}&per={period}"
