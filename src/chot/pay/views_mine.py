"""An agent's own pay, period by period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chot.pay import queries, queries_mine
from chot.pay.queries_mine import Paid
from chot.people.exports import Value, csv_response
from chot.people.models import User
from chot.people.rates import limited
from chot.people.rules import allowed, is_agent
from chot.people.templatetags import figures


@allowed(is_agent)
@require_GET
@limited("export", asked="export")
def mine(request: HttpRequest) -> HttpResponse:
    """What was paid in every closed period, and of what."""
    assert isinstance(request.user, User)
    found = queries_mine.history(request.user.agent_id)
    kinds = [kind for kind in (*queries.KINDS, "beside") if any(each.kinds.get(kind) for each in found)]
    columns = [(kind, _name(kind)) for kind in kinds]
    if request.GET.get("export") == "csv":
        heads = [_("Period"), _("Plan"), *(title for _kind, title in columns), _("Paid (₫)")]
        rows: Iterable[Sequence[Value]] = (
            [each.run.period, each.run.plan.title, *(each.kinds.get(kind, 0) for kind in kinds), each.paid_vnd] for each in found
        )  # fmt: skip
        return csv_response(f"pay-{request.user.agent_id}", heads, rows)
    context = {"found": found, "columns": columns, "chart": _chart(found, columns), "total": sum(each.paid_vnd for each in found)}
    return render(request, "pay/mine.html", context)


def _name(kind: str) -> str:
    return _("Other adjustments") if kind == "beside" else queries.kind_name(kind)


def _chart(found: Sequence[Paid], columns: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """One bar a period, its parts one above the other."""
    ordered = found[::-1]
    return {
        "legend": {"top": 0}, "grid": {"left": 8, "right": 16, "top": 64, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": [figures.period(each.run.period) for each in ordered]},
        "yAxis": {"type": "value"},
        "series": [
            {
                "type": "bar", "stack": "pay", "name": title, "barMaxWidth": 48,
                "data": [each.kinds.get(kind, 0) / 1_000_000 for each in ordered],
            }
            for kind, title in columns
        ],
    }  # fmt: skip
