"""A table as a file: CSV, XLSX or PDF, with the columns that the person keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from chot.core import clock
from chot.people.exports import Value, sheet_response
from chot.people.models import User
from chot.people.templatetags.figures import moment
from chot.performance.models_reports import ExportColumns
from chot.performance.plan_reading import language
from chot.printing.paper import Paper

FORMS = ("csv", "xlsx", "pdf")
BARS = 25  # of the chart on paper


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its ``name`` in the choice, its ``title``, and how a value of it is written on paper."""

    name: str
    title: str
    words: Callable[[Any], str] = str
    number: bool = False
    width: float = 1.4
    on_paper: bool = True
    paper_title: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table to export. ``facts`` (period, filters) stand above it on paper, ``bars`` (name, value, words) below it.

    ``total`` is the last row on paper, a value for every column; ``empty`` is said on paper where there is no row. With
    ``split`` each value of that column has a table of its own on paper, without the columns that are empty in it.
    """

    table: str
    name: str
    title: str
    facts: Sequence[tuple[str, str]]
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    total: Sequence[Value] = ()
    bars: Sequence[tuple[str, int, str]] = field(default_factory=tuple)
    bars_title: str = ""
    split: str = ""
    empty: str = ""


def left_out(user: User, table: str) -> frozenset[str]:
    """The columns that the person leaves out of a table's exports."""
    found = ExportColumns.objects.filter(user=user, table=table).values_list("left_out", flat=True).first()
    return frozenset(found or ())


def choice(user: User, table: str, columns: Sequence[Column]) -> dict[str, Any]:
    """What the menu of exports shows: the table, and each column with whether it is kept."""
    away = left_out(user, table)
    return {"table": table, "columns": [(each.name, each.title, each.name not in away) for each in columns]}


def response(user: User, sheet: Sheet, form: str) -> HttpResponse:
    """The file in one of ``FORMS``. All columns when the choice fits none of them."""
    away = left_out(user, sheet.table)
    places = [place for place, each in enumerate(sheet.columns) if each.name not in away] or list(range(len(sheet.columns)))
    if form == "pdf":
        return pdf_response(sheet.name, paper(sheet, places))
    heads = [sheet.columns[place].title for place in places]
    return sheet_response(form, sheet.name, heads, ([row[place] for place in places] for row in sheet.rows))


def pdf_response(name: str, content: bytes) -> HttpResponse:
    """A PDF download called ``name.pdf``."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{name}.pdf") or ""
    return answer


def paper(sheet: Sheet, places: Sequence[int]) -> bytes:
    """The table on landscape sheets."""
    at = clock.now()
    foot = _("%(title)s · made %(at)s") % {"title": sheet.title, "at": moment(at)}
    made = Paper(title=sheet.title, language=language(), foot=foot, at=at, landscape=True)
    made.facts(sheet.facts, columns=3)
    shown = [place for place in places if sheet.columns[place].on_paper] or list(places)
    if not sheet.rows:
        made.text(sheet.empty or _("There is nothing in this time."))
        return made.content()
    if not sheet.split:
        _table(made, sheet, sheet.rows, shown, total=sheet.total)
    for title, rows in _parts(sheet):
        made.heading(title)
        _table(made, sheet, rows, [place for place in shown if any(row[place] is not None for row in rows)])
    if sheet.split and sheet.total:
        made.text(" ".join(_line(sheet, sheet.total, [place for place in shown if sheet.total[place] is not None])))
    if sheet.bars:
        made.heading(sheet.bars_title)
        made.bars(sheet.bars[:BARS])
        if len(sheet.bars) > BARS:
            made.note(_("The first %(shown)s of %(all)s.") % {"shown": BARS, "all": len(sheet.bars)})
    return made.content()


def _parts(sheet: Sheet) -> list[tuple[str, list[Sequence[Value]]]]:
    found: dict[str, list[Sequence[Value]]] = {}
    for place in [number for number, each in enumerate(sheet.columns) if each.name == sheet.split]:
        for row in sheet.rows:
            found.setdefault(str(row[place]), []).append(row)
    return list(found.items())


def _table(made: Paper, sheet: Sheet, rows: Sequence[Sequence[Value]], places: Sequence[int], total: Sequence[Value] = ()) -> None:
    columns = [sheet.columns[place] for place in places]
    made.table(
        [each.paper_title or each.title for each in columns], [_line(sheet, row, places) for row in rows],
        align="".join("r" if each.number else "l" for each in columns), widths=[each.width for each in columns],
        total=_line(sheet, total, places) if total else None,
    )  # fmt: skip


def _line(sheet: Sheet, row: Sequence[Value], places: Sequence[int]) -> list[str]:
    return [_written(sheet.columns[place], row[place]) for place in places]


def _written(column: Column, value: Value) -> str:
    words = "" if value in (None, "") else column.words(value)
    return words.replace(" ", "\N{NO-BREAK SPACE}") if column.number else words
