"""What was unforeseen in a period: a CSV ``team_id,first,last,note``, as a manager records it on the review's page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from chot.core.errors import InputError, Problem
from chot.core.text import did_you_mean
from chot.kpi.document import read_text
from chot.kpi.document_fields import short
from chot.kpi.review import Happening
from chot.kpi.target_files import records

COLUMNS = ("team_id", "first", "last", "note")
BYTES = 1_000_000


def read_events(path: Path, *, teams: Iterable[str]) -> list[Happening]:
    """The events of a file; an empty team is everyone. Raises ``InputError`` with file and line of everything that is wrong."""
    return events_of(read_text(path, limit=BYTES), file=str(path), teams=teams)


def events_of(text: str, *, file: str, teams: Iterable[str]) -> list[Happening]:
    """The events of a text that is called ``file``, like ``read_events``."""
    known, problems, found = sorted(teams), list[Problem](), list[Happening]()
    for line, cells in records(text, file, COLUMNS, problems):
        team, before = cells["team_id"], len(problems)
        if team and team not in known:
            what = f"unknown team {short(team)}"
            problems.append(Problem(file=file, line=line, field="team_id", what=what, fix=did_you_mean(team, known)))
        first, last = (_day(cells[name], name, line, file, problems) for name in ("first", "last"))
        if first and last and last < first:
            problems.append(Problem(file=file, line=line, field="last", what="the last day lies before the first", fix="Swap the days"))
        if not cells["note"]:
            problems.append(Problem(file=file, line=line, field="note", what="is missing", fix="Say in a few words what happened"))
        if first and last and len(problems) == before:
            found.append(Happening(team_id=team, first=first, last=last, note=cells["note"]))
    if problems:
        raise InputError(problems)
    return found


def _day(text: str, name: str, line: int, file: str, problems: list[Problem]) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(Problem(file=file, line=line, field=name, what=f"{short(text)} is not a date", fix="Write it as 2026-10-01"))
        return None
