"""People in an XLSX or CSV file: which columns are what, each row as a person, and everything that is wrong by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from chot.core.errors import InputError, Problem
from chot.facts import mapping as mappings
from chot.facts.conversion import Converter
from chot.facts.drafting import draft
from chot.facts.opening import open_grid
from chot.facts.readers.table import layout_of
from chot.people.actions_import import Given
from chot.people.exports import typed

_ZONE = "Asia/Ho_Chi_Minh"
_READ = ("agent_id", "name", "team_id", "role", "hired_on", "left_on", "base_pay_vnd", "wage_region")
MOST = 20_000
"""Rows of one file."""


@dataclass(kw_only=True)
class Read:
    """A file as it was read: the mapping (YAML), the header of each column, the people, and the problems by line."""

    mapping: str
    headers: dict[str, str] = field(default_factory=dict)
    doubts: Sequence[str] = ()
    given: list[Given] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_people(path: Path, *, mapping: str = "") -> Read:
    """The people of a file, by ``mapping`` or by one that is drafted. Raises ``InputError`` when it is no table."""
    drafted = None if mapping else draft(path, table="agents")
    read = Read(mapping=mapping or (drafted.text if drafted else ""), doubts=drafted.doubts if drafted else ())
    try:
        chosen = mappings.parse(read.mapping, file="")
    except InputError as error:
        read.problems = list(error.problems)
        return read
    read.headers = {name: chosen.columns[name].label for name in _READ if name in chosen.columns}
    missing = [name for name in ("agent_id", "name") if name not in read.headers]
    if missing or chosen.table != "agents":
        what = _("The file needs a column for the agent number and one for the name")
        fix = _("Name the columns as the page says, or change the mapping.")
        read.problems = [Problem(field=", ".join(missing), what=what, fix=fix)]
        return read
    _collect(path, chosen, read)
    return read


def _collect(path: Path, chosen: mappings.TableMapping, read: Read) -> None:
    seen: dict[str, int] = {}
    for line, row in _rows(path, chosen, read):
        agent_id = row["agent_id"]
        if not agent_id:
            read.problems.append(Problem(line=line, field=read.headers["agent_id"], what=_("the agent number is missing")))
        elif agent_id in seen:
            what = _("“%(agent)s” stands in line %(line)s already") % {"agent": agent_id, "line": seen[agent_id]}
            read.problems.append(Problem(line=line, field=read.headers["agent_id"], what=what))
        else:
            seen[agent_id] = line
            read.given.append(Given(line=line, agent_id=agent_id, cells=row))


def _rows(path: Path, chosen: mappings.TableMapping, read: Read) -> Iterator[tuple[int, dict[str, str]]]:
    grid = open_grid(path, layout_of(chosen))
    converter = Converter(chosen, grid, path=path.name, zone=_ZONE)
    total = 0
    for batch in grid.batches():
        total += len(batch.lines)
        if total > MOST:
            raise InputError(Problem(field="file", what=_("The file has more than 20,000 rows"), fix=_("Split it.")))
        read.problems += [Problem(line=each.line, field=each.column, what=f"{each.value}: {each.reason}") for each in batch.rejects]
        if not len(batch.lines):
            continue
        found = converter.convert(batch)
        read.problems += [Problem(line=each.line, field=each.column, what=f"{each.value}: {each.reason}") for each in found.rejects]
        columns = {name: found.columns[name].to_pylist() for name in read.headers}
        for place, line in enumerate(found.lines):
            yield line, {name: typed(cells[place]) for name, cells in columns.items()}


def columns_shown(read: Read) -> Mapping[str, str]:
    """The columns that a file may have, in order, with the header each is read from; empty = not read."""
    return {name: read.headers.get(name, "") for name in _READ}
