"""The rows of a grid one by one, with their cells by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chot.core.errors import Problem
from chot.facts.grids import Grid


def named_rows(grid: Grid, mapping: Mapping[str, str], problems: list[Problem]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row's line and its cells by the names of ``mapping`` (name -> header); rows that cannot be read at all become ``problems``."""
    places = {name: grid.headers.index(header) for name, header in mapping.items()}
    for batch in grid.batches():
        problems += [Problem(line=each.line, field=each.column, what=f"{each.value}: {each.reason}") for each in batch.rejects]
        columns = {name: _listed(batch.columns[at]) for name, at in places.items()}
        for at, line in enumerate(_listed(batch.lines)):
            yield int(line), {name: column[at] for name, column in columns.items()}


def _listed(column: Any) -> Any:
    return column.to_pylist() if hasattr(column, "to_pylist") else column
