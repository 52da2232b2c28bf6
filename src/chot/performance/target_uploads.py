"""Targets from a CSV or XLSX file, with everything that is wrong with it by line."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import openpyxl
from django.utils.translation import gettext as _

from chot.core.errors import InputError, Problem
from chot.kpi.plan import Item
from chot.kpi.target_files import COLUMNS, targets_of
from chot.people.upload_checks import check_workbook
from chot.performance.queries_targets import Grid

LARGEST = 5_000_000  # bytes of a file
UNPACKED = 50_000_000
ROWS = 20_000


@dataclass(frozen=True, kw_only=True)
class Read:
    """The targets of a file by (agent, metric), and its problems."""

    targets: dict[tuple[str, str], Fraction]
    problems: Sequence[Problem]


def read_upload(name: str, content: bytes, found: Grid) -> Read:
    """The targets of an uploaded file for the people and items of the grid; nobody is left out in silence."""
    text, problem = _text(name, content)
    if problem:
        return Read(targets={}, problems=[problem])
    items = {column.item.metric.id: column.item for column in found.columns}
    rows = targets_of(_three_columns(text), file=name, metrics=items)
    known = {agent for agent, _team in found.people}
    targets, problems = dict[tuple[str, str], Fraction](), list(rows.problems)
    for metric, entries in rows.rows.items():
        for row in entries:
            what = _wrong(row.agent_id, row.number, items[metric], known)
            if what:
                problems.append(Problem(file=name, line=row.line, field=what[0], what=what[1]))
            targets[row.agent_id, metric] = row.number.value
    return Read(targets=targets, problems=sorted(problems, key=lambda each: each.line or 0))


def _wrong(agent_id: str, number: Any, item: Item, known: set[str]) -> tuple[str, str] | None:
    if agent_id not in known:
        return "agent_id", _("the plan is not for “%(agent)s”") % {"agent": agent_id}
    if number.percent and item.metric.unit != "ratio":
        return "target", _("this KPI is no share, so its target takes no %%") % {}
    if number.value < 0 or (number.value == 0 and item.direction == "higher"):
        return "target", _("a target must be above 0")
    return None


def _text(name: str, content: bytes) -> tuple[str, Problem | None]:
    if len(content) > LARGEST:
        return "", Problem(file=name, what=_("The file is larger than 5 MB."))
    if content[:2] == b"PK":
        return _sheet(name, content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "", Problem(file=name, what=_("The file is no UTF-8 text. Save it as UTF-8 and try again."))
    head = text.partition("\n")[0]
    return (text.replace(";", ",") if ";" in head and "," not in head else text), None


def _sheet(name: str, content: bytes) -> tuple[str, Problem | None]:
    """The first sheet of a workbook as CSV; row n stays line n."""
    damaged = Problem(file=name, what=_("This is no workbook that can be read. Save it as XLSX or CSV and try again."))
    try:
        check_workbook(io.BytesIO(content), most=UNPACKED)
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            page = book.worksheets[0]
            page.reset_dimensions()
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            for row in page.iter_rows(values_only=True, max_row=ROWS, max_col=20):
                writer.writerow([_written(cell) for cell in row])
    except InputError as error:
        return "", error.problems[0]
    except Exception:  # openpyxl raises whatever the broken part led it to
        return "", damaged
    return text.getvalue(), None


def _written(cell: object) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{cell:.6f}".rstrip("0")
    return "" if cell is None else str(cell).strip()


def _three_columns(text: str) -> str:
    """The columns of a target file alone, when there are others beside them; a text without them stays as it is."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return text
    head = [cell.strip() for cell in rows[0]] if rows else []
    if len(head) <= len(COLUMNS) or not set(COLUMNS) <= set(head) or any("\n" in cell for row in rows for cell in row):
        return text
    places = [head.index(column) for column in COLUMNS]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([row[place] if place < len(row) else "" for place in places] if any(row) else [""] for row in rows)
    return out.getvalue()
