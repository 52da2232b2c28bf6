"""Open the table in a file, whatever its format."""

from __future__ import annotations

from pathlib import Path

from chot.facts.grid_records import JsonGrid, ParquetGrid
from chot.facts.grid_sheet import SheetGrid
from chot.facts.grid_text import TextGrid
from chot.facts.grids import Grid, Layout, head_of, kind_of


def open_grid(path: Path, layout: Layout) -> Grid:
    """The table in a file. Raises ``InputError`` when there is none that can be read."""
    head = head_of(path)
    kind = kind_of(path, head)
    if kind == "sheet":
        return SheetGrid(path, layout)
    if kind == "parquet":
        return ParquetGrid(path)
    if kind == "json":
        return JsonGrid(path)
    return TextGrid(path, layout, head)
