"""Evaluate several periods together: presets of days as reports have them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from chot.core.errors import InputError
from chot.people.models import User
from chot.people.queries import agent_names
from chot.people.rules import allowed, sees_company, sees_pay, sees_plans
from chot.performance import queries_review_days as days
from chot.performance.models import PlanVersion, Result
from chot.performance.queries_plans import own_team
from chot.performance.queries_review import ended_periods
from chot.performance.views_review import PAGE, REASONS, reason_names


@allowed(sees_plans)
@require_GET
def review_days(request: HttpRequest, pk: int) -> HttpResponse:
    """The periods that ended in the days of a preset; a single one, also by its name, is its own page."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(PlanVersion, pk=pk)
    span = request.GET.get("span", "")
    try:
        ended, running = ended_periods(saved), days.running_period(saved)
        found = days.periods_in(saved, span) if span in days.PRESETS else []
    except InputError:
        raise Http404 from None
    if span in ended or (len(found) == 1 and found[0][0] == saved):
        return _alone(saved, span if span in ended else found[0][1], span)
    if not found and span == "month" and running:
        return _alone(saved, str(running), span)
    context: dict[str, Any] = {"plan": saved, "span": span, "presets": days.PRESETS, "periods": ended}
    return render(request, "performance/review_days.html", context | _together(request.user, found, request.GET.dict()))


def _alone(saved: PlanVersion, period: str, span: str) -> HttpResponse:
    answer = redirect("performance:plan_review", pk=saved.pk, period=period)
    if span in days.PRESETS:
        answer["Location"] += f"?{urlencode({'span': span})}"
    return answer


def _together(user: User, found: list[tuple[PlanVersion, str]], query: dict[str, str]) -> dict[str, Any]:
    """What the page says of several periods."""
    looked = days.reviewed(found)
    everyone = sees_company(user)
    seen = None if everyone else own_team(user)
    reason = query.get("reason", "") if query.get("reason", "") in REASONS else ""
    names = reason_names()
    counts = {name: sum(numbers) for name, numbers in days.counts(looked, seen).items()}
    rows = days.people(looked, seen, agent_names(), reason)
    page = Paginator(rows, PAGE).get_page(query.get("page"))
    opens = set(
        Result.objects.filter(run__plan__in={each.saved for each in looked}).values_list("run__plan", "run__period", "agent_id")
    )  # fmt: skip
    for row in page:
        row["misses"] = [{**each, "opens": (each["plan"], each["period"], row["agent_id"]) in opens} for each in row["misses"]]
        row["why"] = [(names[name], number, name) for name, number in row["reasons"].most_common()]
    return {
        "looked": looked, "reason": reason, "page": page, "query": f"{urlencode({'span': query.get('span', ''), 'reason': reason})}&",
        "counts": [(name, title, counts[name]) for name, title in names.items()], "reach": days.reach(looked),
        "people": len({agent for each in looked for agent in each.doc["team_of"] if seen is None or agent in seen}),
        "cost": sum(sum(each.doc["pays"].values()) for each in looked) if everyone and sees_pay(user) else None,
        "charts": days.charts(looked, seen, names) if looked else {}, "reasons": names,
    }  # fmt: skip
