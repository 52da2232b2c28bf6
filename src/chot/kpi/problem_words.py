"""Problems of plans, formulas and target files in Vietnamese.

The core words a problem in English, for files and terminals; this catalogue has the Vietnamese of each sentence,
with ``{}`` for the parts that change. A test holds it complete.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from chot.kpi.problem_catalogue import PARTS, SENTENCES
from chot.kpi.problem_catalogue_facts import ON_PAGES

_AT = re.compile(r"(.+) at character (\d+)", re.DOTALL)  # where in a formula
_PLACE = re.compile(r"((?:[^:\s]+:)?\d+: )?([\w.\[\]]+: )?(.+)", re.DOTALL)  # a warning with its line and field


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The catalogue as patterns, the most telling first."""
    return _compiled(SENTENCES)


@cache
def _page_patterns() -> list[tuple[re.Pattern[str], str]]:
    return _compiled(ON_PAGES)


def _compiled(sentences: Mapping[str, str]) -> list[tuple[re.Pattern[str], str]]:
    ordered = sorted(sentences.items(), key=lambda pair: -len(pair[0].replace("{}", "")))
    return [(re.compile("(.*?)".join(map(re.escape, english.split("{}"))), re.DOTALL), said) for english, said in ordered]


def page_words(text: str, lang: str) -> str:
    """A sentence for who reads it on a page: what would name an option of the command line says what to do there.

    >>> page_words("it may hold calls or leads. Say which: --table calls", "en")
    'it may hold calls or leads. Choose below which they are'
    """
    for pattern, said in _page_patterns():
        match = pattern.fullmatch(text)
        if match:
            return problem_words(said.format(*match.groups()[: said.count("{}")]), lang)
    return problem_words(text, lang)


def problem_words(text: str, lang: str) -> str:
    """A problem's sentence, or its advice, in the language of the reader; one that is not known stays English.

    >>> problem_words("the weights sum to 90", "vi"), problem_words("the weights sum to 90", "en")
    ('tổng tỷ trọng là 90', 'the weights sum to 90')
    >>> problem_words("an operator is missing before 'x' at character 7", "vi")
    "thiếu phép tính trước 'x', ở ký tự 7"
    """
    if lang != "vi" or not text:
        return text
    at = _AT.fullmatch(text)
    if at:
        return f"{problem_words(at[1], lang)}, ở ký tự {at[2]}"
    return _known(text) or text


def warning_words(text: str, lang: str) -> str:
    """A plan's warning, which begins with its line and field, in the language of the reader.

    >>> warning_words("12: items[1].target: a target of 40 is 4000 %: was % forgotten?", "vi")
    'dòng 12: items[1].target: chỉ tiêu là 40, tức 4000 %: có quên dấu % không?'
    """
    match = _PLACE.fullmatch(text)
    if lang != "vi" or match is None:
        return text
    line, place = match[1] or "", match[2] or ""
    found = _known(match[3])
    return f"{f'dòng {line}' if line[:1].isdigit() else line}{place}{found}" if found else text


def _known(text: str) -> str:
    if text in PARTS:
        return PARTS[text]
    for pattern, said in _patterns():
        match = pattern.fullmatch(text)
        if match:
            return said.format(*(PARTS[part] if part in PARTS else _inside(part) for part in match.groups()))
    first, stop, second = text.partition(". ")
    if stop and (said := _known(first)):
        return f"{said}. {_known(second) or second}"
    place, colon, sentence = text.partition(": ")  # what follows the value that it is about
    found = _known(sentence) if colon else ""
    return f"{place}{colon}{found}" if found else ""


def _inside(part: str) -> str:
    """A part that is a sentence of its own."""
    return (_known(part) or part) if " " in part and part != "" else part
