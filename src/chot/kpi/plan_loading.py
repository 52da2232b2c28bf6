"""From the YAML of a plan to a checked ``Plan``, with every problem found at once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import fields as fields_of
from dataclasses import is_dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

from chot.core.errors import InputError, Problem
from chot.core.money import exact_text
from chot.core.periods import Kind, containing
from chot.kpi.catalogue import METRICS
from chot.kpi.document import checked_text, read_document, read_text
from chot.kpi.document_fields import Fields, short
from chot.kpi.formula import Formula
from chot.kpi.metrics import Metric
from chot.kpi.plan import Item, PerAgentTargets, Plan
from chot.kpi.plan_items import Context, read_items, read_scales
from chot.kpi.plan_rules import (
    read_commission,
    read_gates,
    read_guarantee,
    read_lines,
    read_pool,
    read_proration,
    read_rounding,
)

LAST = 10**9  # where a problem without a line is listed
_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")  # telesale-2026-q4
_NOT_CONTENT = frozenset({"version", "metrics", "warnings", "source", "file"})
_METRIC_TEXTS = frozenset({"title", "about", "influence", "source"})
_SETS = frozenset({"roles", "teams", "targets", "bonus"})  # the order in which they are written says nothing


def load_plan(path: Path, *, metrics: Mapping[str, Metric] = METRICS) -> Plan:
    """The plan in a YAML file, checked against ``metrics`` (built-in and the company's own).

    Raises ``InputError`` with every problem: file, line, field, what is wrong and what to do.
    """
    return plan_of(read_text(path), file=str(path), folder=path.parent, metrics=metrics)


def plan_of(
    text: str, *, file: str = "", folder: Path = Path(), metrics: Mapping[str, Metric] = METRICS, files: Mapping[str, str] | None = None
) -> Plan:
    """The plan in a YAML text; files it names are in ``files``, else inside ``folder``. Raises ``InputError`` like ``load_plan``."""
    text = checked_text(text, file=file)
    problems: list[Problem] = []
    fields = Fields(read_document(text, file=file), file=file, problems=problems)
    period = cast(Kind, fields.choice("period", ("month", "quarter", "week")))
    context = Context(metrics=metrics, period=period, folder=folder, files=files or {})
    plan = _plan(fields, context)
    fields.done()
    if problems:
        raise InputError(sorted(dict.fromkeys(problems), key=lambda each: (each.file != file, each.file, each.line or LAST)))
    plan = replace(plan, warnings=tuple(context.warnings), source=text)
    return replace(plan, version=_version(plan))


def _plan(fields: Fields, context: Context) -> Plan:
    """The plan; where a field has a problem, with a value that stands in for it."""
    roles, teams = _whom(fields)
    starts, ends, announced = _dates(fields, context)
    return Plan(
        id=_plan_id(fields), version="", title=fields.text("title"), roles=roles, teams=teams, period=context.period,
        starts=starts, ends=ends, announced=announced, supervisor=fields.text("supervisor"), goal=fields.text("goal"),
        bonus_vnd=fields.whole("bonus_vnd"),
        items=read_items(fields, context, read_scales(fields, context)),
        gates=read_gates(fields, context),
        commission=read_commission(fields, context),
        lines=read_lines(fields, context),
        pool=read_pool(fields, context),
        proration=read_proration(fields),
        min_measured_weight=fields.whole("min_measured_weight", low=1, high=100, default=50),
        guarantee=read_guarantee(fields),
        rounding_unit_vnd=read_rounding(fields),
        metrics=context.metrics, file=fields.file,
    )  # fmt: skip


def _plan_id(fields: Fields) -> str:
    plan_id = fields.text("plan", required=True)
    if plan_id and not _ID.fullmatch(plan_id):
        fix = "Use small letters without accents, digits, - _ and ., as in telesale-2026-q4"
        fields.problem("plan", f"{short(plan_id)} is no plan id", fix)
    return plan_id


def _whom(fields: Fields) -> tuple[tuple[str, ...], tuple[str, ...]]:
    roles, teams = fields.texts("role") or (), fields.texts("team") or ()
    if fields.given("role") and fields.given("team"):
        fields.problem("team", "a plan is for roles or for teams, not for both", "Remove role or team")
    elif not fields.given("role") and not fields.given("team"):
        fields.problem("role", "is missing: the plan is for nobody", "Write role: telesale or team: [t1, t2]")
    return roles, teams


def _dates(fields: Fields, context: Context) -> tuple[date, date, date | None]:
    starts, ends = fields.day("starts"), fields.day("ends")
    announced = fields.day("announced", required=False)
    if announced and starts and announced >= starts:
        fields.problem("announced", f"{announced} is not before the plan starts ({starts})", "A plan is published before it starts")
    if starts is None or ends is None:
        return date.min, date.max, announced
    if ends < starts:
        fields.problem("ends", f"{ends} is before the plan starts ({starts})")
    elif not _holds_a_period(starts, ends, context.period):
        context.warn(fields, "ends", f"no whole {context.period} lies between {starts} and {ends}, so nothing can be paid")
    return starts, ends, announced


def _holds_a_period(starts: date, ends: date, kind: Kind) -> bool:
    period = containing(starts, kind)
    return (period if period.first >= starts else period.shifted(1)).last <= ends


def _version(plan: Plan) -> str:
    """The hash of what the plan says, whatever its comments, layout and spelling of numbers."""
    own = {name: plan.metrics[name] for name in _metrics_read(plan) if plan.metrics[name] is not METRICS.get(name)}
    content = {
        "plan": _fields_content(plan, _NOT_CONTENT),
        "metrics": {name: _fields_content(metric, _METRIC_TEXTS) for name, metric in own.items()},
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _metrics_read(plan: Plan) -> list[str]:
    names = {item.metric.id for item in plan.items} | {rule.on.id for rule in plan.commission}
    names |= {name for formula in (*(gate.when for gate in plan.gates), *(line.formula for line in plan.lines)) for name in formula.names}
    return sorted(names | ({plan.pool.by.id} if plan.pool else set()))


def _content(value: Any) -> Any:
    """A value as JSON: exact numbers as n/d, formulas in canonical text, metrics by id."""
    match value:
        case Formula():
            return value.canonical
        case Fraction():
            return exact_text(value)
        case date():
            return value.isoformat()
        case PerAgentTargets():
            return {"per_agent": _content(value.by_agent)}
        case Item():
            own = {"metric": value.metric.id, "settings": dict(value.metric.settings), "direction": value.direction}
            return _fields_content(value, frozenset({"metric"})) | own
        case Metric():
            return value.id
        case Mapping():
            return {str(key): _content(each) for key, each in value.items()}
        case tuple():
            return [_content(each) for each in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _fields_content(value, frozenset())
        case _:
            return value


def _fields_content(value: Any, left_out: frozenset[str]) -> dict[str, Any]:
    kept = {each.name: getattr(value, each.name) for each in fields_of(value) if each.name not in left_out}
    return {name: _content(tuple(sorted(each)) if name in _SETS and isinstance(each, tuple) else each) for name, each in kept.items()}
