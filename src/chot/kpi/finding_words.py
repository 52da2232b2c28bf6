"""The figures behind a guard's finding, named and written as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from chot.kpi.figure_words import number, percent
from chot.kpi.metrics import Words

_NAMES: Mapping[str, Words] = {
    "agent_periods": Words(vi="số lượt (người × kỳ)", en="people × periods"),
    "agents": Words(vi="số người", en="people"),
    "announced": Words(vi="ngày công bố", en="announced on"),
    "base_pay_vnd": Words(vi="lương cơ bản (₫)", en="base pay (₫)"),
    "cases": Words(vi="số trường hợp", en="cases"),
    "closed_run": Words(vi="kỳ đã đóng", en="closed run"),
    "colleagues": Words(vi="tỷ lệ của đồng nghiệp", en="share of colleagues"),
    "compared": Words(vi="số lượt so sánh được", en="compared"),
    "consulted": Words(vi="ngày tham khảo ý kiến", en="consulted on"),
    "days": Words(vi="số ngày", en="days"),
    "excess": Words(vi="phần vượt", en="excess"),
    "highest_team": Words(vi="nhóm", en="team"),
    "highest": Words(vi="tỷ lệ cao nhất", en="highest share"),
    "items": Words(vi="số chỉ tiêu", en="KPIs"),
    "just_above": Words(vi="số ngay trên ngưỡng", en="just above the threshold"),
    "just_below": Words(vi="số ngay dưới ngưỡng", en="just below the threshold"),
    "lines": Words(vi="số khoản", en="lines"),
    "lowest_team": Words(vi="nhóm", en="team"),
    "lowest": Words(vi="tỷ lệ thấp nhất", en="lowest share"),
    "median_change": Words(vi="thay đổi trung vị", en="median change"),
    "members": Words(vi="số người áp dụng", en="people whom it names"),
    "minimum_vnd": Words(vi="lương tối thiểu vùng (₫)", en="regional minimum (₫)"),
    "missing": Words(vi="số người thiếu", en="missing"),
    "needed": Words(vi="số cần", en="needed"),
    "of": Words(vi="trên tổng số", en="of"),
    "other_plan": Words(vi="kế hoạch kia", en="other plan"),
    "p": Words(vi="xác suất do ngẫu nhiên (p)", en="probability of chance (p)"),
    "period": Words(vi="kỳ", en="period"),
    "plan": Words(vi="kế hoạch", en="plan"),
    "previous_plan": Words(vi="kế hoạch trước", en="previous plan"),
    "ratio": Words(vi="tỷ số thấp nhất / cao nhất", en="lowest / highest"),
    "redials": Words(vi="số cuộc gọi lại", en="redials"),
    "short_calls": Words(vi="số cuộc rất ngắn", en="very short calls"),
    "reliability": Words(vi="độ tin cậy", en="reliability"),
    "share": Words(vi="tỷ lệ", en="share"),
    "share_reaching": Words(vi="tỷ lệ đạt", en="share reaching it"),
    "team_share_of_variance": Words(vi="phần chênh lệch do nhóm", en="share of variance between teams"),
    "threshold_s": Words(vi="ngưỡng (giây)", en="threshold (seconds)"),
    "weight": Words(vi="tỷ trọng (%)", en="weight (%)"),
    "worst_change": Words(vi="người mất nhiều nhất", en="largest loss"),
}  # fmt: skip
_SHARES = {"share", "share_reaching", "colleagues", "median_change", "worst_change", "team_share_of_variance", "highest", "lowest"}


def figure_words(name: str, value: Any, lang: str) -> tuple[str, str]:
    """What a figure is called, and the figure as people write it.

    >>> figure_words("share_reaching", "0.31", "vi"), figure_words("agents", 12, "en")
    (('tỷ lệ đạt', '31 %'), ('people', '12'))
    """
    known = _NAMES.get(name)
    title = (known.vi if lang == "vi" else known.en) if known else name.replace("_", " ")
    try:
        exact = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return title, str(value)
    if name == "p":
        return title, str(value).replace(".", ",") if lang == "vi" else str(value)
    return title, percent(exact, lang) if name in _SHARES else number(exact, lang, 2)
