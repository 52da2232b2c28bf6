"""Evaluate and tune: who missed and why, what that suggests, the next version, and what each version has brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chot.core.errors import InputError, UsageError
from chot.core.periods import Period
from chot.kpi.plan import Plan
from chot.kpi.problem_words import problem_words
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries import agent_names
from chot.people.rules import allowed, sees_company, sees_pay, sees_plans, sets_goals
from chot.performance import actions_review
from chot.performance.models import PlanVersion
from chot.performance.plan_reading import language, said
from chot.performance.queries_plans import own_team
from chot.performance.queries_review import charts, ended_periods, events_in, over, review_of, shares, suggested
from chot.performance.queries_review_days import PRESETS
from chot.performance.queries_versions import band_names, bands_chart, versions
from chot.performance.workplace import read_plan

PAGE = 50
REASONS = ("unrealistic", "event", "individual", "unmeasured")


def reason_names() -> dict[str, str]:
    """Why a target was missed, in words."""
    return {
        "unrealistic": _("Unrealistic target"), "event": _("Event"), "individual": _("Individual"), "unmeasured": _("Not measured"),
    }  # fmt: skip


def _asked(pk: int, name: str) -> tuple[PlanVersion, Plan, Period]:
    saved = get_object_or_404(PlanVersion, pk=pk)
    try:
        plan = read_plan(saved.text)
        return saved, plan, plan.period_of(name)
    except (InputError, UsageError):
        raise Http404 from None


@allowed(sees_plans)
@require_GET
def review(request: HttpRequest, pk: int, period: str) -> HttpResponse:
    """The review of a period that is over."""
    assert isinstance(request.user, User)
    saved, plan, asked = _asked(pk, period)
    context: dict[str, Any] = {
        "plan": saved, "period": period, "periods": ended_periods(saved), "presets": PRESETS, "span": request.GET.get("span", ""),
    }  # fmt: skip
    if not over(asked):
        return render(request, "performance/review.html", context | {"running": True})
    doc = review_of(plan, asked)
    everyone = sees_company(request.user)
    seen = None if everyone else own_team(request.user)
    misses = [each for each in doc["misses"] if seen is None or each["agent_id"] in seen]
    reason = request.GET.get("reason", "")
    listed = [each for each in misses if reason not in REASONS or each["reason"] == reason]
    titles = {item.metric.id: (item.title or said(item.metric.title), item.metric.unit) for item in plan.items}
    counts, drawn = Counter(each["reason"] for each in misses), charts(plan, doc)
    page = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    context |= {
        "counts": [(name, title, counts[name]) for name, title in reason_names().items()], "reason": reason, "page": page,
        "misses": _shown(list(page), titles, doc, saved), "shares": shares(plan, doc), "charts": drawn,
        "targets": [{**each, "title": titles[each["metric"]][0], "unit": titles[each["metric"]][1]} for each in doc["targets"]],
        "people": len(doc["team_of"]), "events": events_in(asked), "teams": sorted(set(doc["team_of"].values())),
        "suggestions": _suggestions(plan, doc, titles), "designs": sets_goals(request.user), "asked": asked,
        "cost": sum(doc["pays"].values()) if everyone and sees_pay(request.user) else None,
        "followers": saved.followers.all(),
    }  # fmt: skip
    return render(request, "performance/review.html", context)


def _shown(misses: list[Any], titles: Mapping[str, tuple[str, str]], doc: Mapping[str, Any], saved: PlanVersion) -> list[dict[str, Any]]:
    """Misses with names, and the line of the statement behind each figure."""
    names, reasons = agent_names(), reason_names()
    with_statement = set(saved.runs.filter(period=doc["period"]).values_list("results__agent_id", flat=True))
    return [
        {
            **each, "name": names.get(each["agent_id"], each["agent_id"]), "team": doc["team_of"].get(each["agent_id"], ""),
            "title": titles[each["metric"]][0], "why": reasons[each["reason"]], "line": f"item:{each['metric']}",
            "opens": each["agent_id"] in with_statement, "days": each["evidence"].get("days", []),
        }
        for each in misses
    ]  # fmt: skip


def _suggestions(plan: Plan, doc: Mapping[str, Any], titles: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    return described([each.document() for each in suggested(plan, doc)], titles)


def described(changes: list[Any], titles: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    """Changes with what they are about, ready for a page."""
    kinds = {
        "target": _("Target"), "ability": _("Share of past values that the target is taken from"),
        "people": _("Everyone's own target, times"), "weight": _("Weight"),
    }  # fmt: skip
    return [
        {
            **each, "title": titles.get(each["metric"], (each["metric"], ""))[0], "what": kinds[each["kind"]],
            "unit": titles.get(each["metric"], ("", "count"))[1] if each["kind"] == "target" else "",
        }
        for each in changes
    ]  # fmt: skip


@allowed(sets_goals)
@require_POST
def review_draft(request: HttpRequest, pk: int, period: str) -> HttpResponse:
    """Draft the next version with the chosen changes; it opens in the designer and is announced by nobody but a person."""
    assert isinstance(request.user, User)
    saved, _plan, asked = _asked(pk, period)
    if not over(asked):
        raise Http404
    try:
        draft = actions_review.draft_next(saved, asked, request.POST.getlist("changes"), by=request.user, address=address_of(request))
    except InputError as error:
        _tell(request, error)
        return redirect("performance:plan_review", pk=pk, period=period)
    messages.success(request, _("The next version is drafted. Look at it, change what you like, and announce it when it is right."))
    return redirect("performance:plan", pk=draft.pk)


def _tell(request: HttpRequest, error: InputError) -> None:
    for problem in error.problems:
        messages.error(request, problem_words(problem.what, language()))


@allowed(sets_goals)
@require_POST
def review_event(request: HttpRequest, pk: int, period: str) -> HttpResponse:
    """Record something unforeseen, or take it back."""
    assert isinstance(request.user, User)
    _asked(pk, period)
    posted, address = request.POST, address_of(request)
    if posted.get("remove", "").isdecimal():
        actions_review.remove_event(int(posted["remove"]), by=request.user, address=address)
        messages.success(request, _("The event is removed."))
    else:
        try:
            actions_review.record_event(
                team_id=posted.get("team", "")[:64], first=_day(posted.get("first", "")), last=_day(posted.get("last", "")),
                note=posted.get("note", ""), by=request.user, address=address,
            )  # fmt: skip
            messages.success(request, _("The event is recorded, and the review counts it."))
        except InputError as error:
            _tell(request, error)
    return redirect("performance:plan_review", pk=pk, period=period)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@allowed(sees_plans)
@require_GET
def plan_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version of a plan: when it was in force, what it changed, and what each period under it brought."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(PlanVersion, pk=pk)
    pays = sees_company(request.user) and sees_pay(request.user)
    rows = versions(saved)
    context = {
        "plan": saved, "rows": rows, "pays": pays, "designs": sets_goals(request.user), "chart": bands_chart(rows), "bands": band_names(),
    }  # fmt: skip
    return render(request, "performance/plan_history.html", context)
