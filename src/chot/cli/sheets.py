"""Headings in both languages, and run documents as sheets: what ``kpi metrics``, ``score`` and ``pay`` print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chot.cli.cells import Field, Sheet
from chot.core.periods import parse
from chot.kpi.figure_words import period_name
from chot.kpi.wording import measure_words, reason_words

if TYPE_CHECKING:
    from chot.kpi.metrics import Metric, Words
    from chot.kpi.plan import Plan

_HEADS: dict[str, tuple[str, str]] = {
    "agent_id": ("Mã NV", "Agent"),
    "team_id": ("Nhóm", "Team"),
    "role": ("Vai trò", "Role"),
    "company": ("Công ty", "Company"),
    "name": ("Họ tên", "Name"),
    "metric": ("Mã chỉ số", "KPI id"),
    "title": ("Chỉ số", "KPI"),
    "value": ("Giá trị (n/d)", "Exact (n/d)"),
    "decimal": ("Giá trị", "Value"),
    "actual": ("Thực đạt", "Actual"),
    "target": ("Chỉ tiêu", "Target"),
    "attainment": ("Hoàn thành", "Attainment"),
    "payout": ("Mức trả", "Payout"),
    "weight": ("Tỷ trọng", "Weight"),
    "amount_vnd": ("Thành tiền", "Amount"),
    "status": ("Trạng thái", "Status"),
    "sample": ("Số mẫu", "Sample"),
    "line": ("Dòng", "Line"),
    "kind": ("Loại", "Kind"),
    "target_share": ("Công chỉ tiêu", "Target share"),
    "bonus_share": ("Công thưởng", "Bonus share"),
    "variable_vnd": ("Lương biến đổi", "Variable pay"),
    "carry_vnd": ("Chuyển kỳ sau", "Carried"),
    "items_vnd": ("Thưởng KPI", "KPI bonus"),
    "gates_vnd": ("Điều kiện", "Gates"),
    "commission_vnd": ("Hoa hồng", "Commission"),
    "formula_vnd": ("Thưởng thêm", "Extra lines"),
    "pool_vnd": ("Quỹ chung", "Pool"),
    "guarantee_vnd": ("Bảo đảm", "Guarantee"),
    "adjust_vnd": ("Điều chỉnh", "Adjustments"),
    "floor_vnd": ("Bù về 0", "Floor"),
    "reason": ("Lý do", "Reason"),
    "unit": ("Đơn vị", "Unit"),
    "code": ("Mã", "Code"),
    "severity": ("Mức", "Severity"),
    "subject": ("Đối tượng", "Subject"),
    "what": ("Phát hiện", "Finding"),
    "suggestion": ("Gợi ý", "Suggestion"),
    "figures": ("Số liệu", "Figures"),
    "period": ("Kỳ", "Period"),
    "old_vnd": ("Lương cũ", "Old pay"),
    "new_vnd": ("Lương mới", "New pay"),
    "change": ("Thay đổi", "Change"),
    "share": ("Tỷ lệ đạt", "Share reaching"),
    "share_reaching": ("Tỷ lệ đạt", "Share reaching"),
    "agent_periods": ("Số lượt", "Agent-periods"),
    "median_attainment": ("Trung vị hoàn thành", "Median attainment"),
    "words": ("Diễn giải", "In words"),
    "verdict": ("Đánh giá", "Verdict"),
    "present": ("Hiện tại", "Present"),
    "proposed": ("Đề xuất", "Proposed"),
    "probability": ("Khả năng đạt", "Probability"),
    "periods": ("Số kỳ", "Periods"), "origin": ("Căn cứ", "Basis"),
    "flag": ("Lưu ý", "Flag"),
    "pay_vnd": ("Dự báo lương biến đổi", "Forecast pay"),
    "pay_low_vnd": ("Thấp", "Low"),
    "pay_high_vnd": ("Cao", "High"),
    "low": ("Thấp", "Low"),
    "high": ("Cao", "High"),
}

_SUMS = {
    "items_vnd": "bonus", "gates_vnd": "gate", "commission_vnd": "commission", "formula_vnd": "formula", "pool_vnd": "pool",
    "guarantee_vnd": "guarantee", "floor_vnd": "floor", "adjust_vnd": "adjust",
}  # fmt: skip


def fields(lang: str, *columns: tuple[str, str]) -> list[Field]:
    """Columns by key and kind, with their headings.

    After the kind: ``!`` only in files, ``?`` spare on a terminal, ``1?`` spare there also where it is always 1.
    """
    place = 0 if lang == "vi" else 1
    return [
        Field(key=key, heading=_HEADS[key][place], kind=kind.rstrip("1?!"), spare=kind.endswith("?"),  # type: ignore[arg-type]
              usual="1/1" if kind.endswith("1?") else None, only_files=kind.endswith("!"))
        for key, kind in columns
    ]  # fmt: skip


def said(words: Words, lang: str) -> str:
    """The words in the reader's language."""
    return words.vi if lang == "vi" else words.en


def titles(plan: Plan) -> dict[str, Words]:
    """The plan's metrics by id, and the measures behind them by name: what reasons may name."""
    found: dict[str, Words] = {measure.name: measure_words(measure) for item in plan.items for measure in item.metric.measures}
    return found | {name: metric.title for name, metric in plan.metrics.items()}


def item_titles(plan: Plan, lang: str) -> dict[str, str]:
    """The KPIs of the plan by metric id, as the plan calls them."""
    return {item.metric.id: item.title or said(item.metric.title, lang) for item in plan.items}


def metrics(report: Mapping[str, Any], known: Mapping[str, Metric], names: Mapping[str, str], key: str, lang: str) -> Sheet:
    """One row for every group and metric."""
    measures = {measure.name: measure_words(measure) for metric in known.values() for measure in metric.measures}
    rows = [
        {**row, "name": names.get(row.get("agent_id", ""), ""), "title": said(known[row["metric"]].title, lang),
         "reason": reason_words(row.get("reason", ""), lang, measures)}
        for row in report["rows"]
    ]  # fmt: skip
    columns = [(key, "text"), *([("name", "text?")] if key == "agent_id" else []), ("metric", "text"), ("title", "text")]
    columns += [("decimal", "unit"), ("value", "text!"), ("sample", "number"), ("unit", "text!"), ("reason", "text?")]
    return Sheet(name=period_title(report["period"], lang), fields=fields(lang, *columns), rows=rows)


def scorecard(card: Mapping[str, Any], plan: Plan, names: Mapping[str, str], lang: str) -> Sheet:
    """One row for every agent and KPI."""
    units, shown, reasons = {item.metric.id: item.metric.unit for item in plan.items}, item_titles(plan, lang), titles(plan)
    rows = [
        {**item, "agent_id": agent["agent_id"], "name": names.get(agent["agent_id"], ""), "title": shown[item["metric"]],
         "unit": units[item["metric"]], "target_share": agent["target_share"],
         "reason": reason_words(item.get("reason", ""), lang, reasons)}
        for agent in card["agents"] for item in agent["items"]
    ]  # fmt: skip
    columns = fields(
        lang, ("agent_id", "text"), ("name", "text?"), ("metric", "text!"), ("title", "text"), ("actual", "unit"), ("target", "unit"),
        ("attainment", "percent"), ("payout", "percent"), ("weight", "number"), ("sample", "number"), ("amount_vnd", "vnd"),
        ("status", "text!"), ("unit", "text!"), ("reason", "text?"),
    )  # fmt: skip
    return Sheet(name=heading(plan, card["period"], lang), fields=columns, rows=rows)


def heading(plan: Plan, period: str, lang: str) -> str:
    """The period and the plan, above a table."""
    return f"{period_title(period, lang)} · {plan.title or plan.id}"


def period_title(period: str, lang: str) -> str:
    """A period above a table: Kỳ 10/2026."""
    said = period_name(parse(period), lang)
    return f"Kỳ {said}" if lang == "vi" else said[:1].upper() + said[1:]


def pay(doc: Mapping[str, Any], names: Mapping[str, str], plan: Plan, lang: str) -> Sequence[Sheet]:
    """A row for every agent; then a row for every line (the sheet that CSV holds)."""
    summary = [_summary(agent, names) for agent in doc["agents"]]
    total = {"agent_id": "", "name": "Tổng cộng" if lang == "vi" else "Total", "variable_vnd": doc["total_variable_vnd"]}
    total |= {key: sum(row[key] for row in summary) for key in (*_SUMS, "carry_vnd")}
    first = Sheet(
        name=heading(plan, doc["period"], lang), rows=[*summary, total] if summary else [], total=True,
        fields=fields(
            lang, ("agent_id", "text"), ("name", "text"), ("target_share", "percent1?"), ("bonus_share", "percent1?"), ("items_vnd", "vnd"),
            *((key, "vnd?") for key in _SUMS if key != "items_vnd"), ("variable_vnd", "vnd"), ("carry_vnd", "vnd?"),
        ),
    )  # fmt: skip
    second = Sheet(
        name="Các dòng" if lang == "vi" else "Lines", rows=list(_lines(doc, names, plan, lang)), detail=True,
        fields=fields(
            lang, ("agent_id", "text"), ("name", "text"), ("line", "text"), ("title", "text"), ("kind", "text"), ("amount_vnd", "vnd"),
            ("reason", "text"),
        ),
    )  # fmt: skip
    return [first, second]


def _summary(agent: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    by_kind: dict[str, int] = {}
    for line in agent["lines"]:
        by_kind[line["kind"]] = by_kind.get(line["kind"], 0) + line["amount_vnd"]
    return {**agent, **{key: by_kind.get(kind, 0) for key, kind in _SUMS.items()}, "name": names.get(agent["agent_id"], "")}


def _lines(doc: Mapping[str, Any], names: Mapping[str, str], plan: Plan, lang: str) -> Iterable[dict[str, Any]]:
    shown, reasons = _line_titles(plan, lang), titles(plan)
    for agent in doc["agents"]:
        for line in agent["lines"]:
            known = line["id"].split(":", 2)[2] if line["kind"] == "adjust" else line["id"]
            yield {
                **line, "agent_id": agent["agent_id"], "name": names.get(agent["agent_id"], ""), "line": line["id"],
                "title": shown.get(known, ""),
                "reason": reason_words(line.get("reason", ""), lang, reasons),
            }  # fmt: skip


def _line_titles(plan: Plan, lang: str) -> dict[str, str]:
    found = {f"item:{metric}": title for metric, title in item_titles(plan, lang).items()}
    found |= {f"gate:{place}": gate.title for place, gate in enumerate(plan.gates, start=1)}
    found |= {f"commission:{place}": each.title for place, each in enumerate(plan.commission, start=1)}
    return found | {f"line:{line.name}": line.title or line.name for line in plan.lines}
