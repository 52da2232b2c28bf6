"""A guard's finding: a stable code, a severity, the figures behind it, and what to do; and the thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from chot.core.errors import InputError, Problem
from chot.core.money import decimal_text
from chot.core.text import did_you_mean
from chot.kpi.document import Scalar, read_document
from chot.kpi.metrics import Words

Severity = Literal["error", "warning", "note"]
Figure = Fraction | int | str

MISTAKES: Mapping[str, Words] = {
    "K1": Words(vi="Chỉ tiêu không thực tế hoặc quá dễ", en="Unrealistic or too easy target"),
    "K2": Words(vi="Cách tính mới làm giảm thu nhập thật", en="The new scheme lowers real pay"),
    "K3": Words(vi="Tiêu chuẩn kép", en="Double standards"),
    "K4": Words(vi="Nhân viên không tác động được", en="Not influenceable"),
    "K5": Words(vi="Thiếu minh bạch", en="Not transparent"),
    "K6": Words(vi="Quá nhiều chỉ số", en="Too many metrics"),
    "K7": Words(vi="Không có thời gian thích nghi", en="No time to adapt"),
    "L1": Words(vi="Lương cơ bản thấp hơn lương tối thiểu vùng", en="Base pay below the regional minimum wage"),
    "L2": Words(vi="KPI trừ vào lương cơ bản", en="A KPI deduction from base pay"),
    "L3": Words(vi="Chưa công bố hoặc chưa tham khảo ý kiến", en="Not published, or not consulted"),
    "G1": Words(vi="Dấu hiệu làm đẹp số", en="Signs of gaming"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing a guard found. ``subject`` is the metric, agent, team or line it is about.

    ``suggestion`` says what to do wherever one reads it; ``written`` how that is written in a plan's file or on the command line.
    """

    code: str
    severity: Severity
    subject: str
    what: Words
    suggestion: Words
    written: str = ""
    figures: Mapping[str, Figure] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The finding as JSON; fractions in decimals."""
        figures = {name: _shown(name, value) if isinstance(value, Fraction) else value for name, value in self.figures.items()}
        return {
            "code": self.code,
            "mistake": vars(MISTAKES[self.code]),
            "severity": self.severity,
            "subject": self.subject,
            "what": vars(self.what),
            "figures": figures,
            "suggestion": vars(self.suggestion),
            "written": self.written,
        }


def _shown(name: str, value: Fraction) -> str:
    """A figure in decimals; a p-value in the form that keeps its size."""
    return f"{float(value):.2g}" if name == "p" else decimal_text(value, 4)


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """When a guard speaks. Every value can be set in the data folder's ``guards.yaml``."""

    k1_error_below: Fraction = Fraction(35, 100)  # share of agents who would reach the target
    k1_warning_above: Fraction = Fraction(85, 100)
    k1_healthy_low: Fraction = Fraction(55, 100)
    k1_healthy_high: Fraction = Fraction(65, 100)
    k2_loss: Fraction = Fraction(3, 100)  # the loss of pay of a top-quartile agent
    k3_ratio: Fraction = Fraction(80, 100)  # lowest / highest team share reaching target
    k3_p: Fraction = Fraction(5, 100)
    k4_error_below: Fraction = Fraction(50, 100)  # reliability
    k4_warning_below: Fraction = Fraction(70, 100)
    k6_warning_items: Fraction = Fraction(5)
    k6_error_items: Fraction = Fraction(8)
    k6_weight: Fraction = Fraction(15)
    k7_days: Fraction = Fraction(14)  # days between announcement and start
    g1_p: Fraction = Fraction(1, 1000)  # after correction for the number of agents
    g1_window: Fraction = Fraction(5)  # seconds on either side of a threshold
    g1_short_s: Fraction = Fraction(10)  # a call answered and over within so many seconds
    change_cap: Fraction = Fraction(10, 100)  # the most a target may change from one period to the next
    probability_low: Fraction = Fraction(35, 100)
    probability_high: Fraction = Fraction(85, 100)


def load_thresholds(path: Path | None) -> Thresholds:
    """The thresholds of a settings file, the defaults where it says nothing.

    Raises ``InputError`` naming every unknown key and every value that is not a number above 0.
    """
    if path is None or not path.exists():
        return Thresholds()
    section = read_document(path)
    known = {each.name for each in fields(Thresholds)}
    found: dict[str, Fraction] = {}
    problems: list[Problem] = []
    for name, node in section.fields.items():
        place = {"file": str(path), "line": section.key_lines[name], "field": name}
        number = _number(node.text) if isinstance(node, Scalar) else None
        if name not in known:
            problems.append(Problem(**place, what="there is no such threshold", fix=did_you_mean(name, known)))  # type: ignore[arg-type]
        elif number is None or number <= 0:
            problems.append(Problem(**place, what="this is not a number above 0", fix="Write 0.35 or 35%"))  # type: ignore[arg-type]
        else:
            found[name] = number
    if problems:
        raise InputError(problems)
    return Thresholds(**found)


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
