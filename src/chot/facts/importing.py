"""One file into a data folder: read, taken in, merged with what is there, committed, and reported."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pyarrow as pa

from chot.core import settings
from chot.core.errors import InputError, Problem
from chot.facts import completing, store
from chot.facts import rejects as reject_files
from chot.facts.drafting import Draft
from chot.facts.merge import Merge, connect
from chot.facts.readers import registry
from chot.facts.readers.base import Options, Reader
from chot.facts.readers.table import TABLE, drafted
from chot.facts.reject_log import RejectLog
from chot.facts.staging import Progress, Staging
from chot.kpi.schema import TABLES


@dataclass(kw_only=True)
class Outcome:
    """What became of every source row of one file: ``rows = imported + folded + duplicates + len(rejected)``.

    ``imported`` counts by table; ``rejects_file`` is where the rejects wait for repair (None without any,
    and in a dry run); ``draft`` is the mapping that was drafted, None when there was no need.
    """

    file: str
    format: str
    rows: int = 0
    folded: int = 0
    duplicates: int = 0
    by_table: dict[str, int] = field(default_factory=dict)
    rejected: RejectLog = field(default_factory=RejectLog)
    rejects_file: Path | None = None
    draft: Draft | None = None

    @property
    def imported(self) -> int:
        return sum(self.by_table.values())

    @property
    def table(self) -> str:
        """The table that got most rows (the first of them when equal)."""
        return max(self.by_table, key=lambda name: self.by_table[name], default="")

    def write_json(self, stream: IO[str], indent: str = "") -> None:
        """The import report as JSON, however long it is."""
        head = {
            "file": self.file, "format": self.format, "table": self.table, "rows": self.rows,
            "imported": self.imported, "folded": self.folded, "duplicates": self.duplicates,
        }  # fmt: skip
        stream.write(indent + json.dumps(head, ensure_ascii=False)[:-1] + ', "rejected": [')
        for number, reject in enumerate(self.rejected):
            body = {"line": reject.line, "column": reject.column, "value": reject.value, "reason": reject.reason}
            stream.write((",\n" if number else "\n") + indent + "  " + json.dumps(body, ensure_ascii=False))
        stream.write(f"\n{indent}]}}" if len(self.rejected) else "]}")


def import_file(
    path: Path,
    data: Path,
    *,
    format_name: str = "auto",
    table: str | None = None,
    mapping: Mapping[str, object] | None = None,
    tz: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """Import one file into the data folder ``data``; a dry run does everything but change it.

    Bad rows never stop an import: they go to the rejects file and to the outcome. Raises ``InputError``
    when the file cannot be read at all or the folder cannot be written; then nothing has changed. Killed
    at any moment, the folder holds the table as before or as after; running again finishes the work.
    """
    if not path.is_file():
        raise InputError(Problem(file=str(path), what="there is no such file", fix="Check the name."))
    mapping = mapping if mapping is not None else reject_files.kept_mapping(data, path)
    reader = _reader(path, format_name, mapping)
    draft = None
    if reader.name == TABLE and mapping is None:
        draft, mapping = drafted(path, table)
    zone = settings.load(data).timezone if data.is_dir() else settings.DEFAULT_ZONE
    options = Options(tz=tz or zone, mapping=mapping, table=table)
    with _workplace(data, dry_run=dry_run) as folder:
        outcome = Outcome(file=str(path), format=reader.name, draft=draft)
        staging = Staging(folder, zone, outcome.rejected, progress)
        _read(reader, path, staging, options)
        outcome.rows, outcome.folded = staging.source_rows, staging.further
        with ExitStack() as stack:
            handed: list[pa.Table] = []
            merges = _merge(data, staging, outcome, stack, handed, zone=zone)
            if not dry_run:  # the rejects first: whatever happens next, no row is lost in silence
                outcome.rejects_file = reject_files.keep(data, path, outcome.rejected, staging.first_line or 1, mapping=mapping)
                for rows in handed:
                    completing.hand_over(data, rows, folder)
                for name, merge in merges.items():
                    store.commit(data, store.current(data, name, zone=zone), merge, folder)
        return outcome


def _reader(path: Path, format_name: str, mapping: Mapping[str, object] | None) -> Reader:
    """The format that was named, that a table's mapping means, or that the file shows."""
    if format_name != "auto":
        return registry.reader(format_name)
    return registry.reader(TABLE) if mapping and "columns" in mapping else registry.recognise(registry.sample(path))


@contextmanager
def _workplace(data: Path, *, dry_run: bool) -> Iterator[Path]:
    if dry_run:
        with tempfile.TemporaryDirectory(prefix="chot-") as name:
            yield Path(name)
    else:
        with store.writing(data) as folder:
            yield folder


def _read(reader: Reader, path: Path, staging: Staging, options: Options) -> None:
    try:
        reader.read(path, staging, options)
    except OSError as error:
        raise InputError(Problem(file=str(path), what=f"the file cannot be read ({error.strerror or error})")) from error
    staging.finish()


def _merge(data: Path, staging: Staging, outcome: Outcome, stack: ExitStack, handed: list[pa.Table], *, zone: str) -> dict[str, Merge]:
    """Decide about every staged row, table by table, in the order of the contract; ``handed`` gets what is for the application."""
    merges: dict[str, Merge] = {}
    outcome.by_table.update(dict.fromkeys(staging.tables, 0))
    for name in [name for name in TABLES if name in staging.staged]:
        folder = staging.folder / f"merge-{name}"
        folder.mkdir()
        known = store.current(data, name, zone=zone)
        merge = Merge(connect(folder), TABLES[name], staging.staged[name], store.stored_files(data, known), store.ruling_files(data, known))
        stack.callback(merge.close)
        merge.resolve()
        rows = completing.completions(data, known, merge)
        handed += [rows] if rows is not None else []
        overlaps = merge.overlapping()
        contradictions = len(outcome.rejected)
        outcome.rejected.extend(merge.rejects())
        outcome.rejected.extend(overlaps)
        duplicates = merge.duplicates()
        outcome.duplicates += duplicates
        outcome.by_table[name] = merge.total - duplicates - (len(outcome.rejected) - contradictions)
        merges[name] = merge
    return merges
