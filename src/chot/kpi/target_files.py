"""Individual targets: a CSV ``agent_id,metric,target`` that lies beside the plan."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from chot.core.errors import InputError, Problem
from chot.core.text import did_you_mean, normal
from chot.kpi.document import read_text
from chot.kpi.document_fields import Number, WrittenWrongError, number_of, short

COLUMNS = ("agent_id", "metric", "target")
BYTES = 50_000_000
SHOWN = 100  # problems of one file that are listed one by one


@dataclass(frozen=True)
class TargetRow:
    """One row: whose target, and the number as written."""

    agent_id: str
    number: Number
    line: int


@dataclass(frozen=True)
class TargetFile:
    """The rows of a file by metric id, and everything that is wrong with it."""

    file: str
    rows: dict[str, list[TargetRow]]
    problems: Sequence[Problem]
    text: str = ""


def beside(folder: Path, name: str) -> Path | None:
    """The file ``name`` inside ``folder``; None when the name leads anywhere else."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or ":" in name or "\0" in name:
        return None
    path = folder.joinpath(*parts)
    return path if path.resolve().is_relative_to(folder.resolve()) else None


def read_targets(path: Path, *, metrics: Iterable[str]) -> TargetFile:
    """The targets of a file; ``problems`` has file and line of every bad row, unknown metric and repeated agent."""
    try:
        return targets_of(read_text(path, limit=BYTES), file=str(path), metrics=metrics)
    except InputError as error:
        return TargetFile(str(path), {}, error.problems)


def targets_of(text: str, *, file: str, metrics: Iterable[str]) -> TargetFile:
    """The targets of a text that is called ``file``, like ``read_targets``."""
    known = sorted(metrics)
    problems: list[Problem] = []
    rows: dict[str, list[TargetRow]] = {}
    seen: dict[tuple[str, str], int] = {}
    for line, cells in records(text, file, COLUMNS, problems):
        row = _row(cells, known, line, file, problems)
        if row is None:
            continue
        metric, found = row
        first = seen.setdefault((metric, found.agent_id), line)
        if first != line:
            what = f"{found.agent_id!r} has a target for {metric} already, in line {first}"
            problems.append(Problem(file=file, line=line, field="agent_id", what=what, fix="Keep one"))
        rows.setdefault(metric, []).append(found)
    if len(problems) > SHOWN:
        problems[SHOWN:] = [Problem(file=file, what=f"{len(problems) - SHOWN} more problems of this kind")]
    return TargetFile(file, rows, problems, text)


def records(text: str, file: str, columns: Sequence[str], problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV with exactly these columns as cells by column, each with the line where it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = [normal(cell.strip()) for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error as error:
            problems.append(Problem(file=file, line=line, what=f"this is not CSV: {error}", fix="Check the quotes"))
            return
        if not any(cells):
            continue
        if header is None:
            header = cells
            if sorted(header) != sorted(columns):
                what = f"the columns are {short(','.join(header))}"
                problems.append(Problem(file=file, line=line, what=what, fix=f"The first line must be {','.join(columns)}"))
                return
        elif len(cells) != len(header):
            problems.append(Problem(file=file, line=line, what=f"the row has {len(cells)} cells instead of {len(header)}"))
        else:
            yield line, dict(zip(header, cells, strict=True))
    if header is None:
        problems.append(Problem(file=file, what="the file is empty", fix=f"The first line must be {','.join(columns)}"))


def _row(cells: dict[str, str], known: Sequence[str], line: int, file: str, problems: list[Problem]) -> tuple[str, TargetRow] | None:
    before = len(problems)
    metric = cells["metric"]
    if not cells["agent_id"]:
        problems.append(Problem(file=file, line=line, field="agent_id", what="is missing"))
    if metric not in known:
        fix = did_you_mean(metric[:60], known) if len(problems) < SHOWN else ""
        problems.append(Problem(file=file, line=line, field="metric", what=f"unknown metric {short(metric)}", fix=fix))
    try:
        number = number_of(cells["target"])
    except WrittenWrongError as error:
        problems.append(Problem(file=file, line=line, field="target", what=error.what, fix=error.fix))
        return None
    if len(problems) > before:
        return None
    return metric, TargetRow(cells["agent_id"], Number(number.value, number.percent, line), line)
