"""Reads: the reviews of several periods together: who missed what, how often and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from chot.core import clock
from chot.core.errors import InputError
from chot.core.periods import Period, between, containing, parse
from chot.kpi.plan import Plan
from chot.people.templatetags.figures import period as period_words
from chot.performance import plan_guards
from chot.performance.models import PlanVersion
from chot.performance.plan_reading import said
from chot.performance.queries_plans import family_of
from chot.performance.queries_review import ended_periods, events_in, review_of, shares
from chot.performance.report_filter import SPANS, span_days
from chot.performance.workplace import read_plan

PRESETS: Mapping[str, Any] = {
    **{name: SPANS[name] for name in ("month", "last_month", "months_3", "months_6", "quarter", "last_quarter")}, "all": _("All periods"),
}  # fmt: skip
MOST = 12  # periods that are looked at together


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """One period that is over, the version that paid it, and its review."""

    saved: PlanVersion
    plan: Plan
    period: str
    doc: Mapping[str, Any]

    @property
    def titles(self) -> dict[str, str]:
        """What the plan calls each metric."""
        return {item.metric.id: item.title or said(item.metric.title) for item in self.plan.items}


def periods_in(saved: PlanVersion, span: str) -> list[tuple[PlanVersion, str]]:
    """The periods that ended in the days of a preset, each with the version in force, the oldest first; a draft has only its own."""
    draft = PlanVersion.State.DRAFT
    family = [saved] if saved.state == draft else [each for each in family_of(saved) if each.state != draft]
    found: dict[str, PlanVersion] = {}
    for each in family:
        try:
            for period in ended_periods(each):
                found.setdefault(period, each)
        except InputError:  # its own page says what is wrong with it
            continue
    days = span_days(span)
    kept = [(found[name], name) for name in sorted(found) if span == "all" or (days and _within(name, *days))]
    return kept[-MOST:]


def _within(name: str, first: date, last: date) -> bool:
    period = parse(name)
    return first <= period.first and period.last <= last


def running_period(saved: PlanVersion) -> Period | None:
    """The period of the plan that today lies in; None when it does not run."""
    plan, today = read_plan(saved.text), clock.today()
    period = containing(today, plan.period)
    return period if plan.starts <= period.first and period.last <= plan.ends else None


def reviewed(found: Sequence[tuple[PlanVersion, str]]) -> list[Reviewed]:
    """The review of each period."""
    plans = {saved: read_plan(saved.text) for saved in dict.fromkeys(saved for saved, _name in found)}
    periods = [parse(name) for _saved, name in found]
    if not periods:
        return []
    events, now = events_in(between(periods[0].first, periods[-1].last)), plan_guards.stand()
    docs = [review_of(plans[saved], period, events=events, now=now) for (saved, _name), period in zip(found, periods, strict=True)]
    return [Reviewed(saved=saved, plan=plans[saved], period=name, doc=doc) for (saved, name), doc in zip(found, docs, strict=True)]


def reach(found: Sequence[Reviewed]) -> list[dict[str, Any]]:
    """For each KPI the share that reached its target, by period; None where a period had no such KPI."""
    titles: dict[str, str] = {}
    by_period: dict[tuple[str, str], float | None] = {}
    for each in found:
        titles |= each.titles
        by_period |= {(row["metric"], each.period): row["share"] for row in shares(each.plan, each.doc)}
    return [
        {"metric": metric, "title": title, "shares": [by_period.get((metric, each.period)) for each in found]}
        for metric, title in titles.items()
    ]


def people(found: Sequence[Reviewed], seen: Collection[str] | None, names: Mapping[str, str], reason: str) -> list[dict[str, Any]]:
    """Everyone with a miss: how many of how many targets, for which reasons, and each miss; who missed most for own reasons first."""
    rows: dict[str, dict[str, Any]] = {}
    asked: Counter[str] = Counter()
    for each in found:
        asked.update({agent: len(each.plan.items) for agent in each.doc["team_of"]})
        titles = each.titles
        for miss in each.doc["misses"]:
            agent = miss["agent_id"]
            if (seen is not None and agent not in seen) or (reason and miss["reason"] != reason):
                continue
            row = rows.setdefault(agent, {"agent_id": agent, "name": names.get(agent, agent), "reasons": Counter(), "misses": []})
            row["team"] = each.doc["team_of"].get(agent, "")
            row["reasons"][miss["reason"]] += 1
            about = {"title": titles[miss["metric"]], "line": f"item:{miss['metric']}"}
            row["misses"].append({**miss, **about, "period": each.period, "plan": each.saved.pk})
    for agent, row in rows.items():
        row |= {"missed": len(row["misses"]), "of": asked[agent]}
    return sorted(rows.values(), key=lambda row: (-row["reasons"]["individual"], -row["missed"], row["name"], row["agent_id"]))


def counts(found: Sequence[Reviewed], seen: Collection[str] | None) -> dict[str, list[int]]:
    """How many misses of each reason, by period."""
    told = [Counter(miss["reason"] for miss in each.doc["misses"] if seen is None or miss["agent_id"] in seen) for each in found]
    return {reason: [each[reason] for each in told] for reason in ("unrealistic", "event", "individual", "unmeasured")}


def charts(found: Sequence[Reviewed], seen: Collection[str] | None, names: Mapping[str, str]) -> dict[str, Any]:
    """The share reaching each target from period to period, and the misses of each by their reason."""
    words = [period_words(each.period) for each in found]
    grid = {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True}
    lines = [
        {
            "type": "line", "name": row["title"], "connectNulls": False,
            "data": [None if share is None else round(share * 100, 1) for share in row["shares"]],
        }
        for row in reach(found)
    ]
    bars = [
        {"type": "bar", "stack": "all", "name": names[reason], "barMaxWidth": 56, "data": numbers}
        for reason, numbers in counts(found, seen).items()
    ]
    common = {"legend": {"top": 0, "type": "scroll"}, "grid": grid, "xAxis": {"type": "category", "data": words}}
    return {
        "reach": {**common, "kind": "share", "unit": "%", "yAxis": {"type": "value", "min": 0, "max": 100}, "series": lines},
        "reasons": {**common, "yAxis": {"type": "value", "minInterval": 1}, "series": bars},
    }  # fmt: skip
