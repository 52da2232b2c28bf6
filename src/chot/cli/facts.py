"""``chot facts``: take files in, and look over what a data folder holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chot.core.errors import InputError, Problem, UsageError
from chot.core.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from chot.facts.importing import Outcome
    from chot.facts.overview import TableView

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_SHOWN = 20
"""Bad rows and unknown agents that ``check`` spells out per file and table."""

DataOption = Annotated[Path | None, typer.Option("--data", help="The data folder.")]


@app.command("import")
def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="What to read; .gz too.")],
    data: DataOption = None,
    format_: Annotated[
        str, typer.Option("--format", help="auto, asterisk-cdr, asterisk-cel, asterisk-queue-log, freeswitch-cdr, vicidial-leads, table.")
    ] = "auto",
    table: Annotated[str | None, typer.Option("--table", help="The fact table, for --format table: calls, orders, …")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="How columns become facts (YAML).")] = None,
    tz: Annotated[str | None, typer.Option("--tz", help="The zone of times without an offset; default the company's.")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Print the mapping drafted by looking at the file, and import nothing.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but change the folder.")] = False,
    report: Annotated[Path | None, typer.Option("--report", help="Write the import report as JSON (several files: a list).")] = None,
) -> None:
    """Take files in; bad rows never stop an import, they wait for repair in DIR/rejects."""
    from chot.facts.importing import import_file

    _check_usage(format_, table, tz, report)
    if draft:
        _print_draft(files, table)
        return
    folder = _data(data)
    fields = _mapping(mapping, format_)
    outcomes: list[Outcome] = []
    problems: list[Problem] = []
    for path in files:
        try:
            with _progress(path) as progress:
                outcome = import_file(
                    path, folder, format_name=format_, table=table, mapping=fields, tz=tz, dry_run=dry_run, progress=progress
                )
        except InputError as error:
            problems.extend(error.problems)
        else:
            outcomes.append(outcome)
            _say(outcome, folder, dry_run=dry_run)
    if report:
        _write_report(report, outcomes, single=len(files) == 1)
    if problems:
        raise InputError(problems)


def _print_draft(files: Sequence[Path], table: str | None) -> None:
    """The drafted mapping on stdout, what is in doubt and worth knowing on stderr."""
    from chot.facts.drafting import draft

    if len(files) != 1:
        raise UsageError("--draft looks at one file at a time")
    if not files[0].is_file():
        raise InputError(Problem(file=str(files[0]), what="there is no such file", fix="Check the name."))
    found = draft(files[0], table=table)
    print(found.text, end="")
    for doubt in found.doubts:
        print(f"in doubt: {doubt}", file=sys.stderr)
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)


def _data(data: Path | None) -> Path:
    if data is None:
        raise UsageError("say which data folder to work on: --data DIR")
    return data


def _check_usage(format_: str, table: str | None, tz: str | None, report: Path | None) -> None:
    from zoneinfo import available_timezones

    from chot.core.settings import is_zone
    from chot.facts.readers import registry
    from chot.kpi.schema import TABLES

    if format_ != "auto" and format_ not in registry.NAMES:
        raise UsageError(f"{format_!r} is not a format. {did_you_mean(format_, ['auto', *registry.NAMES])}")
    if table is not None and table not in TABLES:
        raise UsageError(f"{table!r} is not a fact table. {did_you_mean(table, TABLES)}")
    if tz is not None and not is_zone(tz):
        raise UsageError(f"{tz!r} is not a time zone. {did_you_mean(tz, available_timezones())}")
    if report is not None and not report.parent.is_dir():
        raise UsageError(f"the folder of --report {report} does not exist")


def _mapping(path: Path | None, format_: str) -> Mapping[str, Any] | None:
    """The fields of a mapping file, checked where its lines are still known."""
    if path is None:
        return None
    from chot.facts import mapping
    from chot.facts.documents import fields_of

    if not path.is_file():
        raise InputError(Problem(file=str(path), what="there is no such mapping file", fix="Leave --mapping out: a mapping is drafted."))
    fields = fields_of(path.read_bytes(), file=str(path))
    if format_ == "table" or (format_ == "auto" and fields.keys() & {"columns", "table"}):
        mapping.load(path)
    return fields


@contextmanager
def _progress(path: Path) -> Iterator[Callable[[int], None] | None]:
    """A bar on stderr while a file is read; nothing when nobody watches."""
    if not sys.stderr.isatty() or not path.is_file():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(path.name, total=path.stat().st_size)
        yield lambda done: bar.update(task, completed=done)


def _say(outcome: Outcome, folder: Path, *, dry_run: bool) -> None:
    tables = ", ".join(outcome.by_table) or "nothing"
    counts = f"{outcome.imported} imported, {outcome.folded} folded, {outcome.duplicates} duplicates, {len(outcome.rejected)} rejected"
    head = "would be " if dry_run else ""
    print(f"{outcome.file} ({outcome.format}) -> {tables}: {outcome.rows} rows, {head}{counts}")
    if outcome.draft:
        print(f"  read by a drafted mapping; see it: chot facts import {outcome.file} --draft", file=sys.stderr)
        for note in outcome.draft.notes:
            print(f"  note: {note}", file=sys.stderr)
    if len(outcome.rejected):
        _say_rejects(outcome)


def _say_rejects(outcome: Outcome) -> None:
    for number, reject in enumerate(outcome.rejected):
        if number == _SHOWN:
            print(f"  … and {len(outcome.rejected) - _SHOWN} more", file=sys.stderr)
            break
        cell = f"column {reject.column!r} = {reject.value!r}: " if reject.column else f"{reject.value!r}: "
        print(f"  {outcome.file}:{reject.line}: {cell}{reject.reason}", file=sys.stderr)
    report = outcome.rejects_file
    if report is None:
        return
    rows = next(iter(sorted(report.parent.glob(f"{report.stem}.rows*"))), None)
    again = f" Correct {rows} and import it again." if rows else " Correct the file and import it again."
    print(f"{len(outcome.rejected)} rows of {outcome.file} wait for repair: {report}.{again}", file=sys.stderr)


def _write_report(path: Path, outcomes: list[Outcome], *, single: bool) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as stream:
        if not single:
            stream.write("[\n")
        for number, outcome in enumerate(outcomes):
            stream.write(",\n" if number else "")
            outcome.write_json(stream)
        stream.write("\n" if single else "\n]\n")
    temporary.replace(path)


@app.command()
def check(
    data: DataOption = None,
    form: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
) -> None:
    """Rows, days, duplicates and unknown agents of every table, and every bad row; exit code 1 when there is one."""
    from chot.facts import overview
    from chot.facts.folder import open_folder

    if form not in ("table", "json"):
        raise UsageError(f"there is no format {form!r}. Choose table or json")
    with open_folder(_data(data)) as dataset:
        views = overview.overview(dataset)
        damage = list(overview.damaged(dataset))
        if form == "json":
            print(json.dumps(_document(views, dataset.rejects, dataset.notes), ensure_ascii=False, indent=2))
        else:
            _print_views(views)
        if damage:
            raise InputError(damage)
        if form == "table":
            for note in dataset.notes:
                print(f"warning: {note}", file=sys.stderr)
            _print_bad_rows(dataset.rejects)
        if dataset.rejects:
            raise typer.Exit(1)


@app.command()
def prove(
    var: Annotated[Path, typer.Option("--var", help="The folder of the installation, whose database is the truth.")] = Path("var"),
) -> None:
    """Compute the facts of the operational tables anew and compare; what differs is shown, kept as evidence and repaired (exit code 1)."""
    from chot.cli.serving import on_database

    if not var.is_dir():
        raise UsageError(f"there is no installation in {var}. Name its folder with --var DIR")
    with on_database(var) as manage:
        manage("prove_facts")


def _document(views: list[TableView], rejects: list[Any], notes: list[str]) -> dict[str, Any]:
    return {
        "tables": [
            {
                "table": view.name, "rows": view.rows, "first": str(view.first or "") or None, "last": str(view.last or "") or None,
                "duplicates": view.duplicates, "unknown_agents": view.orphans,
            }
            for view in views
        ],
        "rejected": [
            {"file": row.file, "line": row.line, "column": row.column, "value": row.value, "reason": row.reason} for row in rejects
        ],
        "warnings": notes,
    }  # fmt: skip


def _print_views(views: list[TableView]) -> None:
    if not views:
        print("no facts yet. Take some in: chot facts import FILE --data DIR")
    for view in views:
        span = f", {view.first} to {view.last}" if view.first else ""
        again = f", {view.duplicates} duplicates left out" if view.duplicates else ""
        print(f"{view.name:<9} {view.rows:>10} rows{span}{again}")
        if view.orphans:
            named = ", ".join(f"{agent} ({rows})" for agent, rows in list(view.orphans.items())[:_SHOWN])
            more = f" and {len(view.orphans) - _SHOWN} more" if len(view.orphans) > _SHOWN else ""
            print(f"{'':<9} agents without an agents row: {named}{more}")


def _print_bad_rows(rejects: list[Any]) -> None:
    counts: dict[str, int] = {}
    for row in rejects:
        counts[row.file] = counts.get(row.file, 0) + 1
        if counts[row.file] <= _SHOWN:
            print(row, file=sys.stderr)
    for file, count in counts.items():
        print(f"{file}: {count} bad rows left out", file=sys.stderr)
