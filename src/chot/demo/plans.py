"""The example plans, with dates that fit the demo months and targets that fit what its people reach."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from string import Template

from chot.core.periods import Period, containing, parse
from chot.demo.figures import Figures
from chot.demo.people import Company

_FITTED = (  # metric, name in the templates, unit it is rounded to, shown as
    ("revenue", 1_000_000, "{:.0f}"),
    ("conversion_rate", 0.005, "percent"),
    ("successful_calls", 5, "{:.0f}"),
    ("csat", 0.01, "{:.2f}"),
    ("average_handle_time", 2, "{:.0f}"),
    ("on_time_rate", 0.005, "percent"),
    ("first_contact_resolution", 0.005, "percent"),
    ("calls_in", 10, "{:.0f}"),
    ("orders", 1, "{:.0f}"),
)
_WITHOUT_DATA = {
    "revenue": 70e6, "conversion_rate": 0.35, "successful_calls": 280, "csat": 4.1, "average_handle_time": 290, "on_time_rate": 0.88,
    "first_contact_resolution": 0.74, "calls_in": 1200, "orders": 44,
}  # fmt: skip

_TELESALE = """\
# KPI của telesale: ba chỉ tiêu nhân viên tự làm chủ được, trả thêm hoa hồng, có bảo đảm hai kỳ đầu.
# Chỉ tiêu lấy từ chính kết quả của công ty: khoảng 60 % số người từng đạt. Giải thích từng dòng: README.md
plan: telesale-$tag
title: KPI telesale $window
role: telesale
period: month
starts: $starts
ends: $ends
announced: $announced
supervisor: $supervisor
goal: grow-revenue-20
bonus_vnd: 6000000
items:
  - metric: revenue
    title: Doanh thu
    weight: 40
    target: $revenue
    scale: standard
  - metric: conversion_rate
    title: Tỷ lệ chuyển đổi
    weight: 30
    target: $conversion_rate
    scale: standard
    min_sample: 20
  - metric: successful_calls
    title: Cuộc gọi thành công
    weight: 30
    target: $successful_calls
    scale: standard
    settings: {min_talk_s: 30, min_fields: 1}
scales:
  standard: {mode: linear, points: [[70%, 0%], [100%, 100%], [120%, 150%]]}
gates:
  - {title: Điểm chất lượng từ 60 % trở lên, when: quality_score >= 60%, otherwise: 50%, min_sample: 3}
commission:
  - {title: Hoa hồng doanh thu, on: revenue, mode: marginal, tiers: [[0, 0%], [$tier_1, 1%], [$tier_2, 2%]]}
lines:
  - {name: early_bird, title: Thưởng vượt số đơn, formula: "500000 if orders >= $many_orders else 0"}
guarantee: {periods: 2, lookback: 3}
rounding: {unit_vnd: 1, mode: half_up}
"""

_CSKH = """\
# KPI của chăm sóc khách hàng: khách hài lòng, xử lý gọn, đúng hạn, xong ngay lần đầu.
plan: cskh-$tag
title: KPI chăm sóc khách hàng $window
role: cskh
period: month
starts: $starts
ends: $ends
announced: $announced
supervisor: $care_supervisor
goal: keep-customers-90
bonus_vnd: 4000000
items:
  - metric: csat
    title: Mức hài lòng (CSAT)
    weight: 30
    target: $csat
    scale: score
    min_sample: 20
  - metric: average_handle_time
    title: Thời gian xử lý trung bình
    weight: 25
    target: $average_handle_time
    scale: standard
    min_sample: 50
  - metric: on_time_rate
    title: Tỷ lệ phiếu đúng hạn
    weight: 25
    target: $on_time_rate
    scale: standard
    min_sample: 20
  - metric: first_contact_resolution
    title: Giải quyết ngay lần đầu
    weight: 20
    target: $first_contact_resolution
    scale: standard
    min_sample: 20
scales:
  standard: {mode: linear, points: [[70%, 0%], [100%, 100%], [120%, 150%]]}
  score:    {mode: linear, points: [[85%, 0%], [100%, 100%], [110%, 150%]]}
gates:
  - {title: Điểm chất lượng từ 60 % trở lên, when: quality_score >= 60%, otherwise: 50%, min_sample: 3}
commission:
  - {title: Hoa hồng đơn bán thêm, on: revenue, mode: marginal, tiers: [[0, 2%]]}
lines:
  - {name: early_bird, title: Thưởng không phiếu quá hạn, formula: "300000 if tickets_done >= 100 and tickets_overdue <= 5 else 0"}
guarantee: {periods: 2, lookback: 3}
rounding: {unit_vnd: 1, mode: half_up}
"""

_MISTAKES = """\
# Cùng một kế hoạch, cố ý mắc cả bảy lỗi, để xem "chot kpi check" nói gì. Đừng dùng để trả lương.
plan: telesale-$tag-sai
title: KPI telesale $window
team: [t1, t2]                 # K3: hai nhóm danh sách khác nhau, một chỉ tiêu; trưởng nhóm bị đo như nhân viên
period: month
starts: $starts
ends: $ends
announced: $too_late           # K7: báo trước 3 ngày, không có bảo đảm
supervisor: $supervisor
bonus_vnd: 1500000             # K2: thưởng thấp hơn trước, không có hoa hồng
items:                         # K5: không mục nào có tên; K6: tám chỉ tiêu, trọng số vụn
  - {metric: revenue, weight: 16, target: $unreal_revenue, scale: cliff}         # K1: không ai đạt nổi
  - {metric: orders, weight: 14, target: $unreal_orders, scale: cliff}
  - {metric: conversion_rate, weight: 14, target: 15%, scale: cliff}         # K1: ai cũng đạt
  - {metric: successful_calls, weight: 14, target: $successful_calls, scale: cliff}
  - {metric: abandon_rate, weight: 12, target: 5%, scale: cliff, of: company}  # K4: telesale không ảnh hưởng được
  - {metric: nps, weight: 10, target: 30%, scale: cliff, min_sample: 1}          # K4: vài câu trả lời, phần lớn là may rủi
  - {metric: occupancy, weight: 10, target: 22%, scale: cliff}                   # K4: do xếp ca
  - {metric: defect_rate, weight: 10, target: 5%, scale: cliff}                  # K4: do sản phẩm và giao hàng
scales:
  cliff: {mode: step, points: [[0%, 0%], [100%, 100%]]}
gates:
  - {when: quality_score >= 95%, otherwise: 0%}
lines:
  - {name: x1, formula: "200000 if calls_out >= 2000 and talk_time >= 90000 else 0"}
"""

TEMPLATES = {"telesale": _TELESALE, "cskh": _CSKH, "mistakes": _MISTAKES}
PLAN_MONTHS, NOTICE_DAYS = 3, 22
PAID = ("telesale", "cskh")


def plans(company: Company, found: Figures) -> dict[str, str]:
    """The YAML text of every example plan by name; the plans cover the last ``PLAN_MONTHS`` months.

    Of a running month they cover its quarter; those that are paid also come as ``NAME-truoc`` for the quarter before, when it is known.
    """
    targets = _targets(found)
    if not company.settings.running:
        return _written(TEMPLATES, company, company.months[-PLAN_MONTHS:], targets)
    quarter = containing(company.settings.today, "quarter")
    made = _written(TEMPLATES, company, _months(quarter), targets)
    earlier = [month for month in _months(quarter.shifted(-1)) if month in company.months]
    paid = {f"{name}-truoc": TEMPLATES[name] for name in PAID}
    return {**made, **(_written(paid, company, earlier, targets) if earlier else {})}


def _months(quarter: Period) -> list[Period]:
    return [parse(name, "month") for name in quarter.months()]


def _written(templates: Mapping[str, str], company: Company, covered: Sequence[Period], targets: Mapping[str, str]) -> dict[str, str]:
    values = {**_dates(company, covered), **targets}
    return {name: Template(text).substitute(values) for name, text in templates.items()}


def _dates(company: Company, covered: Sequence[Period]) -> dict[str, str]:
    starts, ends = covered[0].first, covered[-1].last
    window = f"tháng {_month(starts)}" if len(covered) == 1 else f"tháng {starts.month}–{_month(ends)}"
    leads = {person.stints[0].team_id: person.agent_id for person in company.people if person.stints[0].role == "lead"}
    anyone = company.people[0].agent_id
    return {
        "tag": f"{starts:%Y-%m}", "window": window, "starts": starts.isoformat(), "ends": ends.isoformat(),
        "announced": (starts - timedelta(days=NOTICE_DAYS)).isoformat(), "too_late": (starts - timedelta(days=3)).isoformat(),
        "supervisor": leads.get("t1", anyone), "care_supervisor": leads.get("cs", anyone),
    }  # fmt: skip


def _month(day: date) -> str:
    return f"{day.month}/{day.year}"


def _targets(found: Figures) -> dict[str, str]:
    values: dict[str, str] = {}
    exact: dict[str, float] = {}
    for metric, unit, shape in _FITTED:
        value = found.healthy(metric)
        exact[metric] = _WITHOUT_DATA[metric] if math.isnan(value) or value <= 0 else max(round(value / unit), 1) * unit
        values[metric] = f"{exact[metric] * 100:.1f}".removesuffix(".0") + "%" if shape == "percent" else shape.format(exact[metric])
    million = 1_000_000
    values |= {
        "tier_1": str(round(exact["revenue"] * 0.8 / (5 * million)) * 5 * million),
        "tier_2": str(round(exact["revenue"] * 1.4 / (5 * million)) * 5 * million + 5 * million),
        "many_orders": str(round(exact["orders"] * 1.25)),
        "unreal_revenue": str(round(exact["revenue"] * 3 / million) * million), "unreal_orders": str(round(exact["orders"] * 3)),
    }  # fmt: skip
    return values
