"""The comments of a drafted mapping for who reads it on a page: in their language, and without the command line."""

from __future__ import annotations

import re

from chot.kpi.problem_words import page_words

_COMMENTS = (
    (r"# How to read (.+); drafted from what stands in it\..*", "# How to read {}; drafted from what stands in it.",
     "# Cách đọc {}; soạn sẵn theo nội dung tệp."),
    (r"# Check: (.+)", "# Check: {}", "# Cần kiểm tra: {}"),
    (r"(# timezone: \S+ +)# of times without an offset", "{}# of times without an offset", "{}# cho giờ không ghi múi giờ"),
    (r"( *# \w+: )REQUIRED: write the header of its column, or (.+)", "{}REQUIRED: write the header of its column, or {}",
     "{}BẮT BUỘC: ghi tiêu đề cột của nó, hoặc {}"),
    (r"( *# .+: +)# ([0-9]+) rows; one of (.+)", "{}# {} rows; one of {}", "{}# {} dòng; chọn một trong: {}"),
    (r"# Not used: (.+) and ([0-9]+) more", "# Not used: {} and {} more", "# Không dùng: {} và {} cột nữa"),
    (r"# Not used: (.+)", "# Not used: {}", "# Không dùng: {}"),
)  # fmt: skip
"""Each comment that ``drafted_text`` writes, as a page shows it: English, Vietnamese."""
_DOUBT = "# Check: "


def in_words(text: str, lang: str) -> str:
    """The mapping with its comments for a reader of ``lang``.

    >>> in_words("table: orders\\n# Not used: STT, Ghi chú\\n", "vi")
    'table: orders\\n# Không dùng: STT, Ghi chú\\n'
    """
    return "\n".join(_said(line, lang) if line.lstrip().startswith("#") else line for line in text.split("\n"))


def _said(line: str, lang: str) -> str:
    for pattern, english, vietnamese in _COMMENTS:
        found = re.fullmatch(pattern, line)
        if found:
            parts = [page_words(part, lang) for part in found.groups()] if line.startswith(_DOUBT) else found.groups()
            return (vietnamese if lang == "vi" else english).format(*parts)
    return line
