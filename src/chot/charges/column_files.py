"""Files whose columns are known by their headings, in either language: read whole or refused with every problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import override

from chot.core.errors import InputError, Problem
from chot.core.text import key
from chot.facts.grid_rows import named_rows
from chot.facts.grids import Grid, Layout
from chot.facts.opening import open_grid
from chot.people.exports import typed

Row = TypeVar("Row")
Cells = dict[str, str]
Read = Callable[[int, Cells, list[Problem]], Row | None]
_TOLD = 20


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The fields of a model in a file: other words for their headings, those that must be there, how many rows there may be."""

    model: type[Model]
    fields: Sequence[str]
    words: Mapping[str, str]
    needed: frozenset[str]
    most: int
    too_many: Callable[[], str]

    def headings(self) -> list[str]:
        """The headings, in the reader's language."""
        return [str(self.model._meta.get_field(name).verbose_name) for name in self.fields]  # type: ignore[union-attr]

    def read(self, path: Path, row: Read[Row], *, missing: Callable[[set[str]], str], fix: str) -> list[Row]:
        """The rows of a file, as ``row`` makes them. Raises ``InputError`` with every problem, by line."""
        known = self._known()
        grid = open_grid(path, Layout(score=lambda texts: sum(key(text) in known for text in texts)))
        mapping = {known[key(header)]: header for header in grid.headers if key(header) in known}
        if absent := set(self.needed - set(mapping)):
            raise InputError(Problem(field="file", what=_("Columns are missing: %(names)s") % {"names": missing(absent)}, fix=fix))
        problems: list[Problem] = []
        rows = [made for line, cells in self._lines(grid, mapping, problems) if (made := row(line, cells, problems))]
        if problems:
            raise InputError(problems[:_TOLD])
        if not rows:
            raise InputError(Problem(field="file", what=_("The file has no rows"), fix=fix))
        return rows

    def _known(self) -> dict[str, str]:
        found = {word: name for name, words in self.words.items() for word in words.split()}
        for language in ("vi", "en"):
            with override(language):
                found |= {key(text): name for name, text in zip(self.fields, self.headings(), strict=True)}
        return found

    def _lines(self, grid: Grid, mapping: Mapping[str, str], problems: list[Problem]) -> Iterator[tuple[int, Cells]]:
        for number, (line, given) in enumerate(named_rows(grid, mapping, problems)):
            if number >= self.most:
                raise InputError(Problem(field="file", what=self.too_many(), fix=_("Split it.")))
            cells = {name: typed(cell) for name, cell in given.items()}
            if any(cells.values()):
                yield line, cells
