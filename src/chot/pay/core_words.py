"""What the computation says in English, in the reader's language: warnings, problems, rows that were left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import get_language

from chot.core.errors import ChotError, InputError
from chot.kpi.problem_words import problem_words
from chot.kpi.wording import reason_words
from chot.performance.workplace import metrics

_ROW = re.compile(r"(?!gate:)(?P<place>\S+:\d+: )(?P<column>column '[^']*' = .*?: |column '[^']*': )?(?P<why>.+)", re.DOTALL)
_WHY: tuple[tuple[re.Pattern[str], str], ...] = tuple((re.compile(pattern), said) for pattern, said in (
    (r"is not a time\. Write it as (\S+)", r"không phải thời điểm. Hãy viết như \1"),
    (r"is not a date\. Write it as (\S+)", r"không phải ngày. Hãy viết như \1"),
    (r"is not a whole number\. Write plain digits", "không phải số nguyên. Hãy viết toàn chữ số"),
    (r"is neither true nor false", "không phải true hay false"),
    (r"is not text", "không phải chữ"),
    (r"is not a known (\w+)\.", r"không phải giá trị \1 đã biết."),
    (r"is negative", "là số âm"),
    (r"is less than (\S+)", r"nhỏ hơn \1"),
    (r"is more than (\S+)", r"lớn hơn \1"),
    (r"is empty", "để trống"),
    (r"more rows were left out: .*", "dòng nữa bị loại; xem trang Dữ liệu"),
))  # why a row was left out, as a pattern, with its Vietnamese  # fmt: skip
_LINES = (
    ("guarantee: ", "bù bảo đảm thu nhập, "), ("pool: ", "quỹ thưởng, "), ("floor: ", "nâng lên 0, "),
)  # fmt: skip
_GATE = re.compile(r"gate:(\d+): ")


def reader() -> str:
    """The reader's language, as the words of the core know it."""
    return "vi" if (get_language() or "vi").startswith("vi") else "en"


def core_words(sentences: Sequence[str]) -> list[str]:
    """Sentences of the computation in the reader's language; one that is not known stays as it is."""
    titles = {name: metric.title for name, metric in metrics().items()} if sentences else {}
    about_rows = [bool(_ROW.fullmatch(each)) or "more rows were left out" in each for each in sentences]
    pairs = zip(sentences, about_rows, strict=True)
    return [_row(each) if row else _line(reason_words(each, reader(), titles)) for each, row in pairs]


def error_words(error: ChotError) -> str:
    """A refusal of the core in the reader's language, every problem of it."""
    if not isinstance(error, InputError):
        return problem_words(str(error), reader())
    return "\n".join(_problem(each.what, each.fix) for each in error.problems)


def _problem(what: str, fix: str) -> str:
    said = problem_words(what, reader())
    said = core_words([said])[0] if said == what else said
    return f"{said}. {problem_words(fix, reader())}" if fix else said


def _line(text: str) -> str:
    """A warning with the name of the line that it is about."""
    if reader() != "vi":
        return text
    for name, said in _LINES:
        text = said + text.removeprefix(name) if text.startswith(name) else text
    return _GATE.sub(r"điều kiện \1, ", text, count=1)


def _row(text: str) -> str:
    """A row that was left out: file and line stand as they are."""
    if reader() != "vi":
        return text
    said = text.replace(": column '", ": cột '", 1)
    for pattern, vietnamese in _WHY:
        said = pattern.sub(vietnamese, said, count=1)
    return said
