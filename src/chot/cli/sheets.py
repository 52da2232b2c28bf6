"""Run documents as sheets: what ``kpi score`` and ``kpi pay`` print, and what goes into CSV and XLSX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chot.cli.output import Field, Sheet
from chot.kpi.plan import Plan
from chot.kpi.run import Run

_HEADS = {
    "agent_id": ("Mã", "Id"), "name": ("Họ tên", "Name"), "metric": ("Chỉ số", "KPI"), "actual": ("Thực đạt", "Actual"),
    "target": ("Chỉ tiêu", "Target"), "attainment": ("Hoàn thành", "Attainment"), "payout": ("Mức trả", "Payout"),
    "weight": ("Tỷ trọng", "Weight"), "amount_vnd": ("Thành tiền", "Amount"), "status": ("Trạng thái", "Status"), "sample": ("Mẫu", "Sample"),
    "line": ("Dòng", "Line"), "kind": ("Loại", "Kind"), "target_share": ("Công chỉ tiêu", "Target share"),
    "bonus_share": ("Công thưởng", "Bonus share"), "variable_vnd": ("Lương biến đổi", "Variable pay"), "carry_vnd": ("Chuyển kỳ sau", "Carried"),
    "items_vnd": ("Thưởng KPI", "KPI bonus"), "gates_vnd": ("Điều kiện", "Gates"), "commission_vnd": ("Hoa hồng", "Commission"),
    "other_vnd": ("Khác", "Other"), "reason": ("Lý do", "Reason"), "unit": ("Đơn vị", "Unit"),
}  # fmt: skip


def _fields(lang: str, *columns: tuple[str, str]) -> list[Field]:
    place = 0 if lang == "vi" else 1
    return [Field(key=key, heading=_HEADS[key][place], kind=kind) for key, kind in columns]  # type: ignore[arg-type]


def scorecard(card: Mapping[str, Any], run: Run, lang: str) -> Sheet:
    """One row for every agent and KPI."""
    names = {span.agent_id: row.name for span in run.spans if (row := run.people.on(span.agent_id, span.days[-1]))}
    metrics = {item.metric.id: item.metric for item in run.plan.items}
    rows = [
        {
            **item, "agent_id": agent["agent_id"], "name": names.get(agent["agent_id"], ""), "unit": metrics[item["metric"]].unit,
            "metric": getattr(metrics[item["metric"]].title, lang), "target_share": agent["target_share"],
        }
        for agent in card["agents"] for item in agent["items"]
    ]
    fields = _fields(
        lang, ("agent_id", "text"), ("name", "text"), ("metric", "text"), ("actual", "number"), ("target", "number"), ("unit", "text"),
        ("attainment", "percent"), ("payout", "percent"), ("weight", "number"), ("sample", "number"), ("amount_vnd", "vnd"), ("status", "text"),
    )
    return Sheet(name=f"{card['plan']} {card['period']}", fields=fields, rows=rows)


def pay(doc: Mapping[str, Any], names: Mapping[str, str], plan: Plan, lang: str) -> Sequence[Sheet]:
    """A row for every agent; then a row for every line (the sheet that CSV holds)."""
    summary = [_summary(agent, names) for agent in doc["agents"]]
    total = {"agent_id": "", "name": "Tổng" if lang == "vi" else "Total", "variable_vnd": doc["total_variable_vnd"]}
    total |= {key: sum(row[key] for row in summary) for key in ("items_vnd", "gates_vnd", "commission_vnd", "other_vnd", "carry_vnd")}
    lines = [
        {**line, "agent_id": agent["agent_id"], "name": names.get(agent["agent_id"], ""), "line": line["id"]}
        for agent in doc["agents"] for line in agent["lines"]
    ]
    money = [(key, "vnd") for key in ("items_vnd", "gates_vnd", "commission_vnd", "other_vnd", "variable_vnd", "carry_vnd")]
    first = Sheet(
        name=f"{plan.title or plan.id} · {doc['period']}", rows=[*summary, total],
        fields=_fields(lang, ("agent_id", "text"), ("name", "text"), ("target_share", "percent"), ("bonus_share", "percent"), *money),
    )
    second = Sheet(
        name="lines", rows=lines, detail=True,
        fields=_fields(lang, ("agent_id", "text"), ("name", "text"), ("line", "text"), ("kind", "text"), ("amount_vnd", "vnd"), ("reason", "text")),
    )
    return [first, second]


def _summary(agent: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    by_kind: dict[str, int] = {}
    for line in agent["lines"]:
        by_kind[line["kind"]] = by_kind.get(line["kind"], 0) + line["amount_vnd"]
    known = {"items_vnd": "bonus", "gates_vnd": "gate", "commission_vnd": "commission"}
    sums = {key: by_kind.pop(kind, 0) for key, kind in known.items()}
    return {**agent, **sums, "other_vnd": sum(by_kind.values()), "name": names.get(agent["agent_id"], "")}
