"""A plan as people read it: every rule as words and figures, ready for a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from chot.core.money import exact_text
from chot.kpi.figure_words import in_unit, money, number, percent
from chot.kpi.formula import Formula
from chot.kpi.metrics import Words
from chot.kpi.plan import AbilityTarget, FixedTarget, Item, PerAgentTargets, Plan, Scale
from chot.people.queries_teams import team_titles
from chot.performance.target_sets import reasons


def reading(plan: Plan, *, names: Mapping[str, str], goals: Mapping[str, str], agent_id: str = "") -> dict[str, Any]:
    """The whole plan for a template; ``agent_id`` names the reader whose own targets are shown."""
    whys = reasons(plan, agent_id) if agent_id else {}
    return {
        "goal": goals.get(plan.goal, plan.goal),
        "who": ", ".join(plan.roles or map(team_titles().__getitem__, plan.teams)),
        "period": period_kind(plan.period),
        "supervisor": names.get(plan.supervisor, plan.supervisor),
        "bonus_vnd": plan.bonus_vnd,
        "items": [_item(each, plan, goals, agent_id) | {"why": whys.get(each.metric.id)} for each in plan.items],
        "scales": _scales(plan),
        "gates": [_gate(number, plan) for number in range(len(plan.gates))],
        "commission": [_commission(number, plan) for number in range(len(plan.commission))],
        "lines": [
            {"title": each.title or each.name, "words": formula_words(each.formula, plan, unit="vnd"), "gated": each.gated}
            for each in plan.lines
        ],
        "pool": {"vnd": plan.pool.vnd, "by": vars(plan.pool.by.title)} if plan.pool else None,
        "guarantee": plan.guarantee,
        "proration": _proration(plan),
        "min_measured_weight": plan.min_measured_weight,
        "rounding": plan.rounding_unit_vnd,
        "warnings": plan.warnings,
    }


def language() -> Any:
    """``vi`` or ``en``, as the reader has chosen."""
    return "vi" if (translation.get_language() or "vi").startswith("vi") else "en"


def period_kind(kind: str) -> str:
    """The kind of a plan's periods in words."""
    return {"month": _("month"), "quarter": _("quarter"), "week": _("week")}[kind]


def said(words: Words) -> str:
    """Words in the reader's language."""
    return words.vi if language() == "vi" else words.en


def line_title(line: str, plan: Plan) -> str:
    """What a statement's line is called: ``item:revenue``, ``gate:1``, ``commission:1``, ``line:early_bird``."""
    kind, _sep, name = line.partition(":")
    if kind == "item":
        item = next((each for each in plan.items if each.metric.id == name), None)
        return (item.title or said(item.metric.title)) if item else name
    if kind in ("gate", "commission") and name.isdecimal():
        rules: Sequence[Any] = plan.gates if kind == "gate" else plan.commission
        place = int(name) - 1
        titles = [rule.title for rule in rules]
        return titles[place] if place < len(titles) and titles[place] else (_("Gate") if kind == "gate" else _("Commission"))
    if kind == "line":
        return next((each.title for each in plan.lines if each.name == name and each.title), name)
    named = {"floor": _("Never below zero"), "guarantee": _("Guarantee"), "pool": _("Shared pool"), "adjust": _("Adjustment")}
    return named.get(kind, line)


def formula_words(formula: Formula, plan: Plan, *, unit: Any = None) -> str:
    """A formula in the reader's language."""
    return formula.words(language(), {name: metric.title for name, metric in plan.metrics.items()}, unit=unit)


def target_words(item: Item, agent_id: str = "") -> str:
    """The target of an item, in words where it is not one number."""
    lang, target = language(), item.target
    match target:
        case FixedTarget():
            return in_unit(target.value, item.metric.unit, lang)
        case AbilityTarget():
            share = percent(1 - target.quantile, lang)
            return _("by own ability: what was reached in %(share)s of one's past periods") % {"share": share}
        case PerAgentTargets() if agent_id in target.by_agent:
            return in_unit(target.by_agent[agent_id], item.metric.unit, lang)
        case _:
            return _("individual, for %(count)s people") % {"count": len(target.by_agent)}


def _item(item: Item, plan: Plan, goals: Mapping[str, str], agent_id: str) -> dict[str, Any]:
    return {
        "metric": item.metric.id, "title": item.title or said(item.metric.title), "about": vars(item.metric.about),
        "influence": vars(item.metric.influence), "weight": item.weight, "target": target_words(item, agent_id),
        "worth_vnd": Fraction(plan.bonus_vnd * item.weight, 100).__floor__(), "unit": item.metric.unit,
        "goal": goals.get(item.goal, item.goal), "lower": item.direction == "lower", "of": _scopes()[item.of],
        "min_sample": item.min_sample, "unmeasured": _unmeasured()[item.unmeasured],
        "settings": {name: number(value, language()) for name, value in item.metric.settings.items()},
    }  # fmt: skip


def _scales(plan: Plan) -> list[dict[str, Any]]:
    """Each scale once, with the KPIs that it is for."""
    found: dict[str, dict[str, Any]] = {}
    for item in plan.items:
        scale = found.setdefault(item.scale.name, {**scale_words(item.scale), "titles": []})
        scale["titles"].append(item.title or said(item.metric.title))
    return [{**scale, "of": ", ".join(scale["titles"])} for scale in found.values()]


def _scopes() -> dict[str, str]:
    return {"own": "", "team": _("the figures of the team"), "company": _("the figures of the company")}


def _unmeasured() -> dict[str, str]:
    return {
        "redistribute": _("its weight goes to the other KPIs"), "neutral": _("it pays as if the target were reached"),
        "zero": _("it pays nothing"),
    }  # fmt: skip


def scale_words(scale: Scale) -> dict[str, Any]:
    """A scale as sentences and as a chart."""
    lang = language()
    steps = [{"at": percent(attained, lang), "pays": percent(payout, lang)} for attained, payout in scale.points]
    return {"name": scale.name, "linear": scale.mode == "linear", "steps": steps, "chart": scale_chart(scale)}


def scale_chart(scale: Scale) -> dict[str, Any]:
    """A scale as a line from attainment to payout, in per cent, with what lies before its first and after its last point."""
    points = [(float(attained) * 100, float(payout) * 100) for attained, payout in scale.points]
    first, last = points[0], points[-1]
    reach = max(last[0] + 20, 130)
    below = 0.0 if scale.mode == "step" or first[1] == 0 else first[1]
    shown = [(max(first[0] - 20, 0), below), *points, (reach, last[1])]
    return {
        "xAxis": {"type": "value", "min": min(each[0] for each in shown), "max": reach, "axisLabel": {"formatter": "{value} %"}},
        "yAxis": {"type": "value", "min": 0, "axisLabel": {"formatter": "{value} %"}},
        "tooltip": {"trigger": "axis"},
        "series": [
            {
                "type": "line", "data": [list(each) for each in shown], "showSymbol": True, "symbolSize": 5,
                **({"step": "end"} if scale.mode == "step" else {}), "name": _("Payout"),
            }
        ],
    }  # fmt: skip


def _gate(place: int, plan: Plan) -> dict[str, Any]:
    gate = plan.gates[place]
    return {
        "title": gate.title, "when": formula_words(gate.when, plan), "otherwise": exact_text(gate.otherwise), "min_sample": gate.min_sample,
    }  # fmt: skip


def _commission(place: int, plan: Plan) -> dict[str, Any]:
    rule, lang = plan.commission[place], language()
    return {
        "title": rule.title or _("Commission"), "on": vars(rule.on.title), "marginal": rule.mode == "marginal", "gated": rule.gated,
        "tiers": [{"above": money(start, lang), "rate": percent(rate, lang)} for start, rate in rule.tiers if rate or start],
    }  # fmt: skip


def _proration(plan: Plan) -> list[str]:
    rule = plan.proration
    leave = {
        "holiday": _("public holidays"), "annual": _("annual leave"), "sick": _("sick leave"), "maternity": _("maternity leave"),
        "unpaid": _("unpaid leave"),
    }  # fmt: skip
    calendars = {"mon-sat": _("Monday to Saturday"), "mon-fri": _("Monday to Friday"), "roster": _("the days on the roster")}
    calendar = calendars[rule.calendar] if isinstance(rule.calendar, str) else _("the days that the plan lists")
    listed = {name: ", ".join(leave[kind] for kind in getattr(rule, name)) or _("none") for name in ("targets", "bonus")}
    sentences = [
        _("Working days: %(days)s.") % {"days": calendar},
        _("Days that lower the target: %(kinds)s.") % {"kinds": listed["targets"]},
        _("Days that lower the bonus: %(kinds)s.") % {"kinds": listed["bonus"]},
    ]
    if rule.joins:
        sentences.append(_("Days before the first and after the last day of work lower both."))
    return sentences
