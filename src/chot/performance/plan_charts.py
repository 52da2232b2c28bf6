"""A replay of a plan as charts and rows: cost, winners and losers, who reaches what, and each person's old and new pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from chot.kpi.plan import Plan
from chot.people.queries_teams import team_titles
from chot.performance.plan_reading import said


def backtest_view(doc: Mapping[str, Any], plan: Plan, names: Mapping[str, str], *, pays: bool) -> dict[str, Any]:
    """What the page shows of a replay's document; without ``pays`` only who would have reached what."""
    titles = {item.metric.id: item.title or said(item.metric.title) for item in plan.items}
    shares = [{**each, "title": titles[each["metric"]], "teams": list(each["teams"].items())} for each in doc["share_reaching"]]
    reach = reach_chart(shares)
    if not pays:
        return {"periods": doc["periods"], "shares": shares, "reach": reach}
    people = _people(doc, names)
    return {
        "periods": doc["periods"], "shares": shares, "reach": reach, "pays": True, "both": _both(people),
        "cost_vnd": doc["cost_vnd"], "compared": doc["compared"],
        "against": doc["against"],
        "has_old": any(each["old_vnd"] is not None for each in doc["pays"]), "people": people,
        "chart": _by_period(doc), "changes": _changes(people),
    }  # fmt: skip


def reach_chart(shares: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The share reaching each target by team, in per cent, with the healthy band from 55 to 65 behind it."""
    teams, titles = sorted({team for each in shares for team, _share in each["teams"]}), team_titles()
    series: list[dict[str, Any]] = [
        {"type": "bar", "name": titles[team], "barMaxWidth": 28, "data": [_share(dict(each["teams"]).get(team)) for each in shares]}
        for team in teams
    ]
    if series:
        series[0]["markArea"] = {
            "silent": True, "itemStyle": {"color": "rgba(21, 128, 61, 0.14)"},
            "data": [[{"yAxis": 55}, {"yAxis": 65}]],
        }  # fmt: skip
    return {
        "xAxis": {"type": "category", "data": [each["title"] for each in shares],
                  "axisLabel": {"interval": 0, "width": 84, "lineHeight": 14, "overflow": "break"}},
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value} %"}}, "legend": {"bottom": 0},
        "grid": {"left": 8, "right": 16, "top": 16, "bottom": 32, "containLabel": True}, "series": series,
    }  # fmt: skip


def _share(text: Any) -> float | None:
    return None if text is None else round(float(text) * 100, 1)


def _both(people: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Everyone's old and new pay side by side, in millions over all periods; None without earlier pay."""
    known = [row for row in people if row["old_vnd"] is not None]
    if not known:
        return None
    return {
        "xAxis": {"type": "category", "data": [row["name"] for row in known], "axisLabel": {"rotate": 60, "fontSize": 10}},
        "yAxis": {"type": "value"}, "legend": {"top": 0},
        "series": [
            {"type": "bar", "name": _("This plan"), "data": [_millions(row["new_vnd"]) for row in known]},
            {"type": "bar", "name": _("Before"), "data": [_millions(row["old_vnd"]) for row in known]},
        ],
    }  # fmt: skip


def _people(doc: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Everyone's pay over the compared periods, the largest loss first."""
    found: dict[str, dict[str, Any]] = {}
    for pay in doc["pays"]:
        agent_id = pay["agent_id"]
        row = found.setdefault(agent_id, {"agent_id": agent_id, "name": names.get(agent_id, agent_id), "new_vnd": 0, "old_vnd": None})
        row |= {"team_id": pay["team_id"], "new_vnd": row["new_vnd"] + pay["new_vnd"]}
        if pay["old_vnd"] is not None:
            row["old_vnd"] = (row["old_vnd"] or 0) + pay["old_vnd"]
    for row in found.values():
        row["difference_vnd"] = None if row["old_vnd"] is None else row["new_vnd"] - row["old_vnd"]
    return sorted(found.values(), key=lambda row: (row["difference_vnd"] is None, row["difference_vnd"] or 0, row["name"]))


def _by_period(doc: Mapping[str, Any]) -> dict[str, Any]:
    """Old and new cost of each period, in millions."""
    totals = {period: [0, None] for period in doc["periods"]}
    for pay in doc["pays"]:
        both = totals[pay["period"]]
        both[0] = (both[0] or 0) + pay["new_vnd"]
        if pay["old_vnd"] is not None:
            both[1] = (both[1] or 0) + pay["old_vnd"]
    series = [{"type": "bar", "name": _("This plan"), "data": [_millions(new) for new, _old in totals.values()]}]
    if any(old is not None for _new, old in totals.values()):
        series.append({"type": "bar", "name": _("Before"), "data": [_millions(old) for _new, old in totals.values()]})
    return {
        "xAxis": {"type": "category", "data": list(totals)}, "yAxis": {"type": "value"},
        "legend": {"bottom": 0}, "grid": {"left": 8, "right": 16, "top": 16, "bottom": 32, "containLabel": True}, "series": series,
    }  # fmt: skip


def _changes(people: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Who gains and who loses, in millions over all periods; None without earlier pay."""
    known = [row for row in people if row["difference_vnd"] is not None]
    if not known:
        return None
    colours = ["#15803d" if row["difference_vnd"] >= 0 else "#b42318" for row in known]
    bars = [{"value": _millions(row["difference_vnd"]), "itemStyle": {"color": colour}} for row, colour in zip(known, colours, strict=True)]
    return {
        "xAxis": {"type": "category", "data": [row["name"] for row in known], "axisLabel": {"rotate": 60, "fontSize": 10}},
        "yAxis": {"type": "value"}, "series": [{"type": "bar", "name": _("Difference"), "data": bars}],
    }  # fmt: skip


def _millions(amount: int | None) -> float | None:
    return None if amount is None else round(amount / 1_000_000, 2)
