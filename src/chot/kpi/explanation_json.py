"""An explanation as JSON, as ``docs/explain.md`` describes it: exact values as ``n/d``, times on the company's clock."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, tzinfo
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from chot.core.money import exact_text
from chot.kpi.evidence import Evidence, row_id
from chot.kpi.explanation import Change, Explanation, GateCheck, Input, LineExplanation, Step
from chot.kpi.source import Row
from chot.kpi.wording import measure_words


def as_json(found: Explanation) -> str:
    """The document, ending with a line break."""
    return json.dumps(document(found), ensure_ascii=False, indent=1) + "\n"


def document(found: Explanation) -> dict[str, Any]:
    """The document as plain data."""
    zone = ZoneInfo(found.timezone)
    return {
        "run_id": found.run_id, "closed": found.closed, "plan": found.plan.id, "plan_version": found.plan.version,
        "plan_title": found.plan.title, "period": str(found.period), "first_day": found.period.first.isoformat(),
        "last_day": found.period.last.isoformat(), "timezone": found.timezone, "currency": "VND",
        "agent_id": found.agent_id, "agent_name": found.agent_name, "team_id": found.team_id,
        "working_days": found.working_days, "target_days": exact_text(found.target_days), "bonus_days": exact_text(found.bonus_days),
        "reduced_days": [
            {"date": day.date.isoformat(), "reason": day.reason, "for_target": exact_text(day.for_target),
             "for_bonus": exact_text(day.for_bonus)}
            for day in found.reduced
        ],
        "lines": [_line(each, zone) for each in found.lines],
        "gates": [_gate(each) for each in found.gates],
        "variable_vnd": found.variable_vnd, "carry_vnd": found.carry_vnd, "base_pay_vnd": found.base_pay_vnd,
        "warnings": list(found.warnings),
    }  # fmt: skip


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else exact_text(value)


def _line(found: LineExplanation, zone: tzinfo) -> dict[str, Any]:
    return {
        **found.line.document(), "exact": exact_text(found.line.exact), "title": asdict(found.title), "formula": asdict(found.formula),
        "steps": [_step(step) for step in found.steps],
        "remarks": [asdict(each) for each in found.remarks],
        "parameters": dict(found.parameters),
        "inputs": [_input(each, zone) for each in found.inputs],
        **({"changes": [_change(each, zone) for each in found.changes]} if found.line.kind == "adjust" else {}),
    }  # fmt: skip


def _step(step: Step) -> dict[str, Any]:
    note = {"note": asdict(step.note)} if step.note else {}
    return {"name": step.name, "value": _exact(step.value), "unit": step.unit, "words": asdict(step.words), **note}


def _gate(found: GateCheck) -> dict[str, Any]:
    return {
        "id": found.id, "title": asdict(found.title), "condition": asdict(found.condition), "state": found.state,
        "values": {metric.id: _exact(value) for metric, value in found.values}, **({"reason": found.reason} if found.reason else {}),
    }  # fmt: skip


def _input(found: Input, zone: tzinfo) -> dict[str, Any]:
    return {
        "metric": found.metric.id, "version": found.metric.version,
        "title": asdict(found.metric.title), "about": asdict(found.metric.about),
        "formula": found.metric.formula, "sample_formula": found.metric.sample, "unit": found.metric.unit, "of": found.scope,
        "group": found.group, "value": _exact(found.value), "sample": found.sample, **({"reason": found.reason} if found.reason else {}),
        "measures": [_evidence(each, zone) for each in found.evidence],
    }  # fmt: skip


def _evidence(found: Evidence, zone: tzinfo) -> dict[str, Any]:
    return {
        "measure": found.measure.name, "title": asdict(measure_words(found.measure)), "table": found.measure.table, "value": found.value,
        "counted": _counted(found, found.counted, zone),
        "not_counted": [{"id": row_id(found.measure, row), "reason": asdict(why), **_cells(row, zone)} for row, why in found.left_out],
    }  # fmt: skip


def _counted(found: Evidence, rows: Sequence[tuple[Row, int]], zone: tzinfo) -> list[dict[str, Any]]:
    return [{"id": row_id(found.measure, row), "adds": added, **_cells(row, zone)} for row, added in rows]


def _change(found: Change, zone: tzinfo) -> dict[str, Any]:
    return {
        "measure": found.after.measure.name, "title": asdict(measure_words(found.after.measure)), "table": found.after.measure.table,
        "before": found.before.value, "after": found.after.value,
        "came": _counted(found.after, found.came, zone), "went": _counted(found.before, found.went, zone),
        "why": {name: asdict(why) for name, why in found.why.items()},
    }  # fmt: skip


def _cells(row: Row, zone: tzinfo) -> dict[str, Any]:
    return {name: value if type(value) in _AS_THEY_ARE else _cell(value, zone) for name, value in row.items() if value is not None}


_AS_THEY_ARE = frozenset((str, int, bool))  # most of the ten thousands of cells behind a line


def _cell(value: object, zone: tzinfo) -> object:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    return value.isoformat() if isinstance(value, date) else value
