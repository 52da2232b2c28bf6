"""A sheet of rows, and one cell of it as a person or a spreadsheet reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from chot.kpi.figure_words import in_unit, number

Kind = Literal["text", "vnd", "number", "percent", "unit"]

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column of a sheet: its key in the row, its heading, and how a person reads it.

    ``unit`` is a value in the unit that the row's own ``unit`` names. A column for ``only_files`` is for spreadsheets and
    programs. A ``spare`` column is left out of a
    table on the terminal where it says nothing: every cell empty, 0 or equal to ``usual``.
    """

    key: str
    heading: str
    kind: Kind = "text"
    spare: bool = False
    usual: object = None
    only_files: bool = False


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A named list of rows; a ``detail`` sheet is for files, too long for a terminal; ``total`` marks the last row."""

    name: str
    fields: Sequence[Field]
    rows: Sequence[Mapping[str, Any]]
    detail: bool = False
    total: bool = False


def shown(row: Mapping[str, Any], field: Field, lang: str) -> str:
    """One cell as a person reads it; an empty one is a dash."""
    value = row.get(field.key)
    if value is None or value == "":
        return "–"
    if field.kind == "text":
        return str(value)
    exact = Fraction(value)
    unit = row.get("unit", "") if field.kind == "unit" else field.kind
    match unit:
        case "vnd":
            return f"{number(exact, lang, 0)} ₫"
        case "percent" | "ratio":
            return f"{number(exact * 100, lang, 1 if unit == 'percent' else 2)} %"
        case "seconds":
            return f"{number(exact, lang)} " + ("giây" if lang == "vi" else "s")
        case _:
            return in_unit(exact, unit, lang)


def harmless(value: Any) -> Any:
    """A cell of text that no spreadsheet takes for a formula; figures stay as they are.

    >>> harmless("=1+1"), harmless("-2+3"), harmless("  @x"), harmless("-5"), harmless("Lan"), harmless(-5)
    ("'=1+1", "'-2+3", "'  @x", '-5', 'Lan', -5)
    """
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    start = value.lstrip(" \N{NO-BREAK SPACE}\ufeff")[:1]
    return f"'{value}" if start and start in "=+-@\t\r\n＝＋－＠" else value
