"""Any table (CSV, TSV, XLSX, JSON Lines, Parquet) through a mapping: the one given, else one drafted by looking at the file."""

from __future__ import annotations

from pathlib import Path

from chot.core.errors import InputError, Problem
from chot.core.text import key
from chot.facts import drafting, mapping
from chot.facts.conversion import Converter
from chot.facts.documents import fields_of
from chot.facts.drafting import Draft
from chot.facts.grids import Layout, head_of, kind_of
from chot.facts.mapping import TableMapping
from chot.facts.opening import open_grid
from chot.facts.readers.base import Options, Reader, Sample, Sink

TABLE = "table"
_FEWEST_HEADERS = 2


class TableReader:
    """The format ``table``. Rows without any filled cell and rows under the mapping's ``skip`` count as folded."""

    name = TABLE

    def recognises(self, sample: Sample) -> bool:
        """Whether the file has columns at all; asked last."""
        try:
            kind = kind_of(sample.path, head_of(sample.path))
            if kind != "text":
                return True
            if "\0" in sample.text and "\ufffd" in sample.text:
                return False
            headers = open_grid(sample.path, Layout(score=lambda texts: 0)).headers
        except InputError:
            return False
        return len([header for header in headers if key(header)]) >= _FEWEST_HEADERS

    def read(self, path: Path, sink: Sink, options: Options) -> None:
        """One pass over the file. Raises ``InputError`` when the mapping does not fit it, or none can be drafted surely."""
        chosen = mapping_for(path, options)
        grid = open_grid(path, layout_of(chosen))
        converter = Converter(chosen, grid, path=path.name, zone=options.tz)
        for batch in grid.batches():
            count = len(batch.lines)
            sink.read(count + len(batch.rejects) + batch.blank, done_bytes=batch.done_bytes)
            for reject in batch.rejects:
                sink.reject(reject)
            found = converter.convert(batch) if count else None
            if batch.blank or (found and found.skipped):
                sink.folded(batch.blank + (found.skipped if found else 0))
            if found is None:
                continue
            for reject in found.rejects:
                sink.reject(reject)
            if found.lines:
                sink.rows(chosen.table, found.columns, found.lines)


def mapping_for(path: Path, options: Options) -> TableMapping:
    """The mapping that the user gave, else the drafted one. Raises ``InputError`` when neither will do."""
    chosen = mapping.from_plain(options.mapping if options.mapping is not None else drafted(path, options.table)[1])
    if options.table and options.table != chosen.table:
        what = f"the mapping is for the table {chosen.table!r}, not {options.table!r}"
        raise InputError(Problem(file=chosen.file, field="table", what=what, fix="Leave --table out, or change the mapping."))
    return chosen


def drafted(path: Path, table: str | None) -> tuple[Draft, dict[str, object]]:
    """The drafted mapping of a file, and its fields. Raises ``InputError`` when it is not sure."""
    found = drafting.draft(path, table=table)
    if not found.sure:
        raise found.refusal()
    return found, fields_of(found.text, file="the drafted mapping")


def layout_of(chosen: TableMapping) -> Layout:
    """Where the mapping says that the table stands; the header row is the one with most of its headers."""
    wanted = {key(header) or header for header in chosen.headers}
    return Layout(
        score=lambda texts: len(wanted & {key(each) or each for each in texts}),
        header_row=chosen.header_row,
        sheet=chosen.sheet,
        delimiter=chosen.delimiter,
        encoding=chosen.encoding,
    )


READER: Reader = TableReader()
