"""A run beside its last draft or the period before: what changed for whom, and why."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from chot.pay import queries, queries_compare
from chot.pay.models import PayRun
from chot.pay.pay_sheets import ON_PAPER, changes_sheet
from chot.pay.queries_compare import Change, Side
from chot.people.models import User
from chot.people.rates import limited
from chot.people.rules import allowed, sees_pay
from chot.performance.report_files import FORMS, response

_ROWS = 200
_SIDES = {"draft": queries_compare.draft_before, "period": queries_compare.period_before}


@allowed(sees_pay)
@require_GET
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Every line that changed, sortable."""
    run, before, after, against = _sides(request, pk)
    unchanged = request.GET.get("lines") == "all"
    found = queries_compare.changes(before, after, unchanged=unchanged) if before else []
    sort = request.GET.get("sort", "difference")
    context = {
        "run": run, "before": before, "after": after, "against": against, "has_draft": against == "draft" or _draft_of(request, run),
        "page": Paginator(_sorted(found, sort), _ROWS).get_page(request.GET.get("page")), "sort": sort, "all": unchanged,
        "difference": sum(each.difference_vnd for each in found), "up": _up(found), "down": _up(found, -1),
        "query": f"against={against}&sort={sort}&" + ("lines=all&" if unchanged else ""),
    }  # fmt: skip
    return render(request, "pay/compare.html", context)


@allowed(sees_pay)
@require_GET
@limited("export")
def compare_export(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The same as a file."""
    run, before, after, against = _sides(request, pk)
    if before is None or form not in FORMS:
        raise Http404
    assert isinstance(request.user, User)
    found = queries_compare.changes(before, after, unchanged=request.GET.get("lines") == "all")
    found = _sorted(found, request.GET.get("sort", "difference"))
    sheet = changes_sheet(run, (before, after), found, against=against, most=ON_PAPER if form == "pdf" else None)
    return response(request.user, sheet, form)


def _sides(request: HttpRequest, pk: int) -> tuple[PayRun, Side | None, Side, str]:
    assert isinstance(request.user, User)
    run = get_object_or_404(PayRun.objects.select_related("plan"), pk=pk)
    visible = queries.visible_agents(request.user)
    after = queries_compare.now(run, visible)
    if visible is not None and not after.people:
        raise PermissionDenied
    against = request.GET.get("against", "")
    if against not in _SIDES:
        against = "draft" if run.state != PayRun.State.CLOSED and queries_compare.draft_before(run, visible) else "period"
    return run, _SIDES[against](run, visible), after, against


def _draft_of(request: HttpRequest, run: PayRun) -> bool:
    assert isinstance(request.user, User)
    return queries_compare.draft_before(run, queries.visible_agents(request.user)) is not None


def _sorted(found: Sequence[Change], sort: str) -> list[Change]:
    """In the order asked for; ``found`` comes with the largest difference first."""
    if sort == "name":
        return sorted(found, key=lambda each: (each.name, each.agent_id))
    if sort == "line":
        return sorted(found, key=lambda each: (each.line, -abs(each.difference_vnd), each.name))
    if sort == "team":
        return sorted(found, key=lambda each: (each.team_id, each.name, each.agent_id))
    return list(found)


def _up(found: Sequence[Change], sign: int = 1) -> int:
    """How many people get more, with -1 less."""
    return sum(each * sign > 0 for each in queries_compare.by_person(found).values())
