"""Reads: the review of a period that is over, what it suggests, and what each version of a plan has brought."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from chot.core import clock
from chot.core.periods import Period, containing
from chot.facts import runs
from chot.kpi import review as reviewing
from chot.kpi.findings import Thresholds
from chot.kpi.history import points
from chot.kpi.plan import Plan
from chot.kpi.review_changes import Suggestion, suggestions
from chot.performance import plan_guards
from chot.performance.models import Event, PlanVersion
from chot.performance.plan_charts import reach_chart
from chot.performance.plan_editing import with_values
from chot.performance.plan_reading import said
from chot.performance.queries_plans import MONTH_NAME
from chot.performance.workplace import Workplace, read_plan

BINS = 15  # of attainment, ten per cent each; the last holds all above


def events_in(period: Period) -> list[Event]:
    """What was recorded for days of the period."""
    return list(Event.objects.filter(first__lte=period.last, last__gte=period.first).select_related("by"))


def over(period: Period) -> bool:
    """Whether the period has ended."""
    return period.last < clock.today()


def ended_periods(saved: PlanVersion) -> list[str]:
    """The periods of a plan that are over, the latest first."""
    plan = read_plan(saved.text)
    found, period = [], containing(plan.starts, plan.period)
    if period.first < plan.starts:
        period = period.shifted(1)
    while period.last <= plan.ends and over(period):
        found.append(str(period))
        period = period.shifted(1)
    return found[::-1]


def review_of(
    plan: Plan, period: Period, *, events: Sequence[Event] | None = None, now: plan_guards.Stand | None = None
) -> dict[str, Any]:
    """The review's document, with every measured point and everyone's pay; kept until facts, plan or events change.

    ``events`` are those of more days when they are known already, ``now`` how things stand.
    """
    happenings = [
        reviewing.Happening(team_id=each.team_id, first=each.first, last=each.last, note=each.note)
        for each in (events_in(period) if events is None else events)
        if each.first <= period.last and each.last >= period.first
    ]
    stamp = hashlib.sha256(repr(happenings).encode()).hexdigest()[:12]
    return dict(plan_guards.kept(f"review-{period}-{stamp}", plan, partial(_review, period, happenings), now, periods=[period]))


def _review(period: Period, happenings: Sequence[reviewing.Happening], plan: Plan, work: Workplace) -> dict[str, Any]:
    run, name = runs.current(work.archive, plan, period, work.facts)
    result = reviewing.review(run, work.facts, plan_guards.limits(work), happenings=happenings)
    found = [
        {"agent_id": each.agent_id, "team_id": each.team_id, "metric": each.metric, "attainment": str(each.attainment)}
        for each in points([run])
    ]
    pays = {span.agent_id: run.variable_vnd(place) for place, span in enumerate(run.spans)}
    teams = {span.agent_id: span.team_id for span in run.spans}
    return {**reviewing.document(result), "run_id": name, "points": found, "pays": pays, "team_of": teams}


def suggested(plan: Plan, doc: Mapping[str, Any]) -> list[Suggestion]:
    """What the review suggests for the next version."""
    found = plan_guards.known_findings(plan, plan_guards.stand()) or []
    unreliable = {each["subject"] for each in found if each["code"] == "K4" and each["severity"] == "error"}
    return suggestions(plan, doc, unreliable=unreliable, limits=Thresholds())


def shares(plan: Plan, doc: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The share reaching each target, of all and by team."""
    rows = []
    for item in plan.items:
        own = [each for each in doc["points"] if each["metric"] == item.metric.id]
        teams = sorted({each["team_id"] for each in own})
        by_team = [(team, _reached([each for each in own if each["team_id"] == team])) for team in teams]
        title = item.title or said(item.metric.title)
        rows.append({"metric": item.metric.id, "title": title, "share": _reached(own), "people": len(own), "teams": by_team})
    return rows


def charts(plan: Plan, doc: Mapping[str, Any]) -> dict[str, Any]:
    """The share reaching each target by team against the healthy band, and how attainment is spread."""
    return {"reach": reach_chart(shares(plan, doc)), "spread": _spread(plan, doc)}


def _reached(found: Sequence[Mapping[str, Any]]) -> float | None:
    return sum(_ratio(each["attainment"]) >= 1 for each in found) / len(found) if found else None


def _ratio(text: str) -> float:
    whole, _slash, part = text.partition("/")
    return int(whole) / int(part or 1)


def _spread(plan: Plan, doc: Mapping[str, Any]) -> dict[str, Any]:
    names = [f"{place * 10}" for place in range(BINS - 1)] + [f"≥{(BINS - 1) * 10}"]
    series = []
    for item in plan.items:
        counts = [0] * BINS
        for each in doc["points"]:
            if each["metric"] == item.metric.id:
                counts[min(max(int(_ratio(each["attainment"]) * 10), 0), BINS - 1)] += 1
        series.append({"type": "bar", "name": item.title or said(item.metric.title), "stack": None, "data": counts})
    return {
        "xAxis": {"type": "category", "data": names, "axisLabel": {"formatter": "{value} %"}},
        "yAxis": {"type": "value", "minInterval": 1}, "legend": {"top": 0},
        "grid": {"left": 8, "right": 16, "top": 36, "bottom": 34, "containLabel": True}, "series": series,
    }  # fmt: skip


def following(saved: PlanVersion, period: Period) -> str:
    """The plan's document for what comes after the period: the rest of its days, or as many months after its end, never in the past."""
    plan, today = read_plan(saved.text), clock.today()
    start = containing(max(period.last, today), plan.period).shifted(1)
    if start.last <= plan.ends:
        return with_values(saved.text, [(("starts",), start.first.isoformat()), (("announced",), "")])
    months = (plan.ends.year - plan.starts.year) * 12 + plan.ends.month - plan.starts.month
    start = containing(max(plan.ends, today), plan.period).shifted(1)
    last = containing(start.first, "month").shifted(months).last
    return with_values(saved.text, [(("plan",), _named(plan.id, start.first)), *_days(start.first, last)])


def _named(plan_id: str, first: date) -> str:
    return f"{MONTH_NAME.sub('', plan_id)}-{first:%Y-%m}"


def _days(first: date, last: date) -> list[tuple[tuple[str], str]]:
    return [(("starts",), first.isoformat()), (("ends",), last.isoformat()), (("announced",), "")]
