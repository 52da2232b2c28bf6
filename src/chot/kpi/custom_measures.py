"""A company's own measures: counts and sums over one fact table, checked against the tables' columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from chot.core.text import did_you_mean
from chot.kpi.document import Listing, Node, Scalar
from chot.kpi.document_fields import LARGEST, Fields, WrittenWrongError, short, whole_of
from chot.kpi.formula_parser import RESERVED
from chot.kpi.measures import Condition, Measure, Operator
from chot.kpi.schema import TABLES, Column, Table

ROWS = "_rows"  # the end of the name of the measure that counts the rows of another
_ID = re.compile(r"[a-z][a-z0-9_]{0,59}")  # long_calls
_COMPARED = re.compile(r"(<=|>=|<|>)\s*(.+)", re.DOTALL)  # >= 300
_MEASURED = {name: table for name, table in TABLES.items() if table.moment}


def read_id(fields: Fields, taken: Iterable[str]) -> str:
    """The id of a measure or metric: a name of the formula language that nothing else has; empty on a problem."""
    name, taken = fields.text("id", required=True), frozenset(taken)
    if not name:
        return ""
    if not _ID.fullmatch(name):
        fields.problem("id", f"{short(name)} is no id", "Use small letters without accents, digits and _, as in long_calls")
    elif name in RESERVED:
        fields.problem("id", f"{name} is a word of the formula language", "Choose another id")
    elif name in taken:
        fields.problem("id", f"{name} is taken by another metric or measure", "Choose another id")
    elif name.endswith(ROWS):
        fields.problem("id", f"an id cannot end in {ROWS}", "Choose another id")
    else:
        return name
    return ""


def read_measure(fields: Fields, taken: Iterable[str]) -> Measure | None:
    """One measure; None on a problem (which is collected)."""
    before = len(fields.problems)
    name = read_id(fields, taken)
    table_name = fields.text("table", required=True)
    table = _MEASURED.get(table_name)
    if table_name and table is None:
        fields.problem("table", f"unknown table {short(table_name)}", did_you_mean(table_name[:60], _MEASURED))
    if table is None:
        return None
    kind, column = _what(fields, table)
    where = [*_internal(table, fields), *_where(fields, table)]
    if kind == "count" and column:
        where.append(Condition(column, "known"))
        column = ""
    days = {table.moment[0]: "local_date"} | {source: day for day, source in table.days}
    day = days[fields.choice("day", tuple(days), default=table.moment[0])]
    fields.done()
    if len(fields.problems) > before:
        return None
    return Measure(name=name, table=table.name, kind=kind, column=column, where=tuple(where), day=day)  # type: ignore[arg-type]


def counting(measure: Measure, known: Iterable[Measure]) -> Measure:
    """The measure that counts the rows of ``measure``: itself, one of ``known``, or a new one."""
    if measure.kind not in ("sum", "max"):
        return measure
    where = (*measure.where, Condition(measure.column, "known")) if measure.kind == "max" else measure.where
    rows = replace(measure, name=measure.name + ROWS, kind="count", column="", where=where)
    return next((each for each in known if replace(each, name=rows.name) == rows), rows)


def _what(fields: Fields, table: Table) -> tuple[str, str]:
    """What is counted or summed: the kind, and its column (empty for all rows)."""
    kinds = ("count", "sum", "max", "distinct")
    given = [(kind, fields.text(kind)) for kind in kinds if fields.given(kind)]
    if len(given) > 1:
        fields.problem(given[1][0], f"stands beside {given[0][0]}", "Keep one of count, sum, max and distinct")
    kind, column = given[0] if given else ("count", "rows")
    if kind == "count" and column == "rows":
        return kind, ""
    allowed = [each.name for each in table.columns if _fits(kind, each)]
    if column not in allowed:
        what = f"{table.name} has no column {short(column)}" if column not in table.names else f"{kind} does not fit {column}"
        fields.problem(kind, what, did_you_mean(column[:60], allowed))
    return kind, column


def _fits(kind: str, column: Column) -> bool:
    if kind in ("sum", "max"):
        return column.type == "int"
    return kind == "count" or column.type in ("id", "text", "enum")


def _internal(table: Table, fields: Fields) -> list[Condition]:
    """Internal calls are never counted: a measure over calls that says no direction takes the other two."""
    inner = fields.inner("where") if fields.is_mapping("where") else None
    if table.name != "calls" or (inner and inner.given("direction")):
        return []
    return [Condition("direction", "in", ("in", "out"))]


def _where(fields: Fields, table: Table) -> list[Condition]:
    inner = fields.inner("where")
    found: list[Condition] = []
    for name in inner.section.fields if inner else ():
        assert inner is not None
        if name not in table.names:
            inner.problem(name[:60], f"{table.name} has no column {short(name)}", did_you_mean(name[:60], table.names))
            continue
        try:
            found += _conditions(table.column(name), inner.section.fields[name], table)
        except WrittenWrongError as error:
            inner.problem(name, error.what, error.fix)
    return found


def _conditions(column: Column, node: Node, table: Table) -> list[Condition]:
    """What one entry of ``where`` asks of its column; raises ``WrittenWrongError``."""
    if isinstance(node, Listing):
        texts = [item.text for item in node.items if isinstance(item, Scalar)]
        if len(texts) < len(node.items) or not texts:
            raise WrittenWrongError("needs a list of values", "Write [answered, voicemail]")
        return [Condition(column.name, "in", tuple(_value(column, text) for text in texts))]
    if not isinstance(node, Scalar) or not node.text:
        raise WrittenWrongError("needs a value, a list, a comparison or known", 'Write answered, [in, out], ">= 300" or known')
    if node.text == "known":
        return [Condition(column.name, "known")]
    compared = _COMPARED.fullmatch(node.text)
    if compared:
        return [_comparison(column, compared[1], compared[2].strip(), table)]
    if column.type == "int":
        number = whole_of(node.text, low=-LARGEST)
        return [Condition(column.name, ">=", number), Condition(column.name, "<=", number)]
    return [Condition(column.name, "in", (_value(column, node.text),))]


def _comparison(column: Column, operator: str, text: str, table: Table) -> Condition:
    if column.type == "int":
        return Condition(column.name, cast(Operator, operator), whole_of(text, low=-LARGEST))
    others = [each.name for each in table.columns if each.type == column.type and each.name != column.name]
    if column.type in ("time", "date") and operator == "<=":
        if text not in others:
            raise WrittenWrongError(f"{short(text)} is no {column.type} column of {table.name}", did_you_mean(text[:60], others))
        return Condition(column.name, "<= column", text)
    raise WrittenWrongError(f"{column.name} cannot be compared with {operator}", "Numbers can; a time can be <= another time column")


def _value(column: Column, text: str) -> str | bool:
    match column.type:
        case "bool":
            if text not in ("true", "false"):
                raise WrittenWrongError(f"{short(text)} is not known here", "Write true or false")
            return text == "true"
        case "enum":
            if text not in column.values or (column.name == "direction" and text == "internal"):
                known = [value for value in column.values if value != "internal"]
                raise WrittenWrongError(f"{column.name} is never {short(text)}", did_you_mean(text[:60], known))
            return text
        case "id" | "text":
            return text
        case _:
            raise WrittenWrongError(f"{column.name} takes no list of values", 'Write a comparison, as in ">= 300"')
