"""Reads about the versions of a plan: when each was in force, what it changed, and what every period under it brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from chot.core.errors import InputError
from chot.kpi.plan import Plan
from chot.people.templatetags.figures import period as period_words
from chot.performance.models import PlanVersion, Result
from chot.performance.plan_changes import Change, changes
from chot.performance.queries_plans import family_of
from chot.performance.workplace import read_plan

BANDS = (0.7, 1.0, 1.2)  # of attainment: below the usual threshold, below the target, at it, well above


def versions(saved: PlanVersion) -> list[dict[str, Any]]:
    """Every version of a plan, its successors too, with what each period under it brought and what it changed, the latest first."""
    family = family_of(saved)
    effects: dict[int, dict[str, list[Any]]] = {each.pk: {} for each in family}
    rows = Result.objects.filter(run__plan__in=family).order_by("-run__period", "agent_id")
    for plan, period, pay, items in rows.values_list("run__plan__pk", "run__period", "variable_vnd", "items"):
        effects[int(plan)].setdefault(period, []).append((pay, items))
    plans = {each.pk: _read(each) for each in family}
    found = []
    for place, each in enumerate(family):
        before = next((older for older in family[place + 1 :] if older.state != PlanVersion.State.DRAFT), None)
        found.append({
            "plan": each, "periods": [_effect(name, of_period) for name, of_period in effects[each.pk].items()],
            "before": before, "changes": _changed(plans[before.pk], plans[each.pk]) if before else [],
            "days": _in_force(each, family[:place]),
        })  # fmt: skip
    return found


def _read(saved: PlanVersion) -> Plan | None:
    try:
        return read_plan(saved.text)
    except InputError:  # its own page says what is wrong with it
        return None


def _changed(before: Plan | None, after: Plan | None) -> list[Change]:
    return changes(before, after) if before and after else []


def _in_force(saved: PlanVersion, later: Sequence[PlanVersion]) -> tuple[date, date] | None:
    """The first and last day on which a version pays; None for a draft, and for one that was replaced before it began."""
    if saved.state == PlanVersion.State.DRAFT:
        return None
    same = [each for each in later if each.plan_id == saved.plan_id and each.state != PlanVersion.State.DRAFT]
    if any(each.starts <= saved.starts for each in same):
        return None
    return saved.starts, min([saved.ends, *(each.starts.fromordinal(each.starts.toordinal() - 1) for each in same)])


def _effect(period: str, found: Sequence[tuple[int, Sequence[Mapping[str, Any]]]]) -> dict[str, Any]:
    pays = sorted(pay for pay, _items in found)
    attained = [_ratio(item["attainment"]) for _pay, items in found for item in items if item["attainment"] is not None]
    middle = (pays[(len(pays) - 1) // 2] + pays[len(pays) // 2]) // 2
    share = sum(each >= 1 for each in attained) / len(attained) if attained else None
    bands = [0] * (len(BANDS) + 1)
    for each in attained:
        bands[sum(each >= bound for bound in BANDS)] += 1
    return {"period": period, "people": len(pays), "cost_vnd": sum(pays), "median_vnd": middle, "share": share, "bands": bands}


def _ratio(text: str) -> float:
    whole, _slash, part = text.partition("/")
    return int(whole) / int(part or 1)


def band_names() -> list[str]:
    """The bands of attainment in words."""
    return [_("below 70 %"), _("70 to below 100 %"), _("100 to below 120 %"), _("120 % and more")]


def bands_chart(found: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """How attainment was spread in each period, the oldest first: shares of all people and KPIs, one bar for each period of a version."""
    periods = [(row["plan"], each) for row in reversed(found) for each in reversed(row["periods"]) if sum(each["bands"])]
    if not periods:
        return None
    series = [
        {
            "type": "bar", "stack": "all", "name": name, "barMaxWidth": 56,
            "data": [round(each["bands"][place] / sum(each["bands"]) * 100, 1) for _plan, each in periods],
        }
        for place, name in enumerate(band_names())
    ]
    return {
        "kind": "bands", "unit": "%", "legend": {"top": 0, "type": "scroll"},
        "grid": {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": [f"{period_words(each['period'])} · {plan.version[:4]}" for plan, each in periods]},
        "yAxis": {"type": "value", "max": 100}, "series": series,
    }  # fmt: skip
