"""Write docs/metrics.md from the catalogue: `python tools/write_metrics_doc.py`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chot.kpi.catalogue import METRICS
from chot.kpi.measures import LINKS, Condition, Measure
from chot.kpi.metrics import Metric

PAGE = Path(__file__).resolve().parent.parent / "docs" / "metrics.md"
HEAD = """\
# Metrics · Chỉ số

<!-- Generated from src/chot/kpi/catalogue.py by tools/write_metrics_doc.py; a test keeps it true. -->

Every built-in metric, in the words that a plan, a payslip and a report use. A metric is a formula over *measures*: counts and
sums over one fact table, which an engine returns as integers. The formula is evaluated exactly; nothing is ever averaged over
averages. *Sample* is the denominator (the rows counted, for sums and counts). A ratio, average or score without a sample is
*unmeasured*; sums and counts are always measured. Internal calls count nowhere.

Mọi chỉ số có sẵn. Tử số và mẫu số đếm trực tiếp trên dữ liệu gốc (cuộc gọi, đơn hàng, phiếu…), phép tính chính xác tuyệt đối,
không lấy trung bình của trung bình. *Cỡ mẫu* là mẫu số; tỷ lệ, trung bình và điểm không có mẫu thì *không đo được*.
"""
UNITS = {"vnd": "đồng", "count": "count · số lượng", "seconds": "seconds · giây", "ratio": "ratio · tỷ lệ", "score": "score · điểm"}
DIRECTIONS = {"higher": "higher is better · cao hơn là tốt", "lower": "lower is better · thấp hơn là tốt"}
PERIODS = {"month": "month · tháng", "quarter": "quarter · quý", "week": "week · tuần"}
WINDOWS = {
    "period": "",
    "previous_month": "of the previous month",
    "same_month_last_year": "of the same month last year",
    "three_months_before": "of the month three months earlier",
}
DAYS = {"due_date": "by due_at", "done_date": "by done_at"}


def page(metrics: Mapping[str, Metric] = METRICS) -> str:
    """The whole page."""
    measures = {measure.name: measure for metric in metrics.values() for measure in metric.measures}
    parts = [HEAD, overview(metrics), *(section(metric) for metric in metrics.values())]
    parts.append("## Measures · Số đo\n\n| measure | table | what it is |\n|---|---|---|\n")
    parts[-1] += "".join(f"| `{name}` | {measures[name].table} | {in_words(measures[name])} |\n" for name in sorted(measures))
    return "\n".join(parts)


def overview(metrics: Mapping[str, Metric]) -> str:
    """One line per metric."""
    rows = [f"| [`{each.id}`](#{each.id}) | {each.title.vi} | {each.title.en} | {each.unit} |" for each in metrics.values()]
    return "\n".join(["| id | Tiếng Việt | English | unit |", "|---|---|---|---|", *rows, ""])


def section(metric: Metric) -> str:
    """All that is known about one metric."""
    settings = ", ".join(f"`{name}: {value}`" for name, value in metric.settings.items())
    facts = [
        ("formula", f"`{metric.formula}`"),
        ("unit", UNITS[metric.unit]),
        ("direction", DIRECTIONS[metric.direction]),
        ("sample", f"`{metric.sample}`"),
        ("facts", ", ".join(metric.tables)),
        ("periods", ", ".join(PERIODS[kind] for kind in metric.periods)),
        ("settings", settings),
        ("employed", "measured only when employed on every working day of both periods" if metric.employed else ""),
        ("who can move it", f"{metric.influence.en} · {metric.influence.vi}"),
        ("source", f"{metric.source} (version {metric.version})"),
    ]
    head = [f"## {metric.id}", "", f"**{metric.title.vi}** · {metric.about.vi}.", "", f"**{metric.title.en}** · {metric.about.en}.", ""]
    return "\n".join([*head, "| | |", "|---|---|", *(f"| {name} | {text} |" for name, text in facts if text), ""])


def in_words(measure: Measure) -> str:
    """One measure as a sentence."""
    kinds = {"count": "number of rows", "sum": f"sum of {measure.column}", "max": f"highest {measure.column}"}
    kinds |= {"distinct": f"different {measure.column} (non-empty)", "linked": LINKS.get(measure.link, "")}
    where = " and ".join(condition_words(each) for each in measure.where)
    parts = [kinds[measure.kind], f"where {where}" if where else "", DAYS.get(measure.day, ""), WINDOWS[measure.window]]
    return ", ".join(part for part in parts if part)


def condition_words(condition: Condition) -> str:
    """One condition as words."""
    value = condition.value
    if isinstance(value, tuple):
        texts = [str(each).lower() if isinstance(each, bool) else str(each) for each in value]
        listed = texts[0] if len(texts) == 1 else f"one of {', '.join(texts)}"
        return f"{condition.column} is {'not ' if condition.operator == 'not in' else ''}{listed}"
    if condition.operator == "known":
        return f"{condition.column} is set"
    return f"{condition.column} {condition.operator.removesuffix(' column')} {value}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
