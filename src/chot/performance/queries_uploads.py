"""Reads: what the facts hold, and the files that were uploaded."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from chot.core.errors import InputError
from chot.facts import rejects
from chot.facts.documents import fields_of
from chot.facts.folder import open_folder
from chot.facts.grids import Layout
from chot.facts.opening import open_grid
from chot.facts.overview import TableView, overview
from chot.kpi.schema import TABLES
from chot.performance.actions_uploads import report_of
from chot.performance.fact_states import facts_state
from chot.performance.models import Upload
from chot.performance.remembering import remembered
from chot.performance.workplace import data_folder

_PREVIEW = 5
TITLES = {
    "agents": _("Agents"), "calls": _("Calls"), "leads": _("Leads"), "orders": _("Orders"), "tickets": _("Tickets"),
    "surveys": _("Surveys"), "reviews": _("Quality reviews"), "exams": _("Exams"), "workdays": _("Working days"),
}  # fmt: skip
"""What each table is called."""


def tables() -> tuple[list[TableView], list[str]]:
    """Every table with its rows and days, and what is worth knowing about the folder; read anew when the facts change."""
    return _tables(facts_state())


@lru_cache(maxsize=1)
def _tables(_state: str) -> tuple[list[TableView], list[str]]:
    with open_folder(data_folder()) as dataset:
        return overview(dataset, remembered), list(dataset.notes)


def uploads() -> QuerySet[Upload]:
    """The files that were uploaded, the latest first."""
    return Upload.objects.select_related("by").order_by("-pk")


def columns_read(upload: Upload) -> list[dict[str, Any]]:
    """Each column of the table beside the header of the file that it is read from, as the mapping says."""
    if upload.table not in TABLES:
        return []
    with suppress(InputError):
        fields = fields_of(upload.mapping, file="").get("columns")
        sources = fields if isinstance(fields, dict) else {}
        known = TABLES[upload.table].columns
        return [{"name": column.name, "required": column.required, **_source(sources.get(column.name))} for column in known]
    return []


def _source(given: object) -> dict[str, str]:
    """How one column is read, on one line."""
    if not isinstance(given, dict):
        return {"header": " + ".join(map(str, given)) if isinstance(given, list) else str(given or ""), "how": ""}
    header = given.get("from", "")
    said = [f"{name}: {value}" for name, value in given.items() if name in ("unit", "decimal", "dates", "value")]
    words = given.get("values")
    said += [f"{word} = {meant}" for word, meant in words.items()] if isinstance(words, dict) else []
    return {"header": " + ".join(header) if isinstance(header, list) else str(header), "how": ", ".join(said)}


def preview(upload: Upload) -> dict[str, Any] | None:
    """The headers and first rows, each cell with its header, as they stand in the file; None when it is no table."""
    try:
        grid = open_grid(Path(upload.path), Layout(score=lambda texts: sum(bool(each) for each in texts)))
        rows = list(islice((row for batch in grid.batches() for row in zip(*batch.columns, strict=True)), _PREVIEW))
    except InputError:
        return None
    shown = [[(header, _said(cell)) for header, cell in zip(grid.headers, row, strict=True)] for row in rows]
    return {"headers": grid.headers, "rows": shown}


def _said(cell: Any) -> str:
    """A cell as it stands in the file; nothing for an empty one, Arrow's as well as Python's."""
    value = cell.as_py() if hasattr(cell, "as_py") else cell
    return "" if value is None else str(value)


def rejected(upload: Upload) -> Iterator[dict[str, str]]:
    """The rows of an upload that wait for repair, with the reason of each."""
    place = report_of(upload)
    if place is None:
        return
    with place.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield {name: row.get(name) or "" for name in rejects.COLUMNS}
