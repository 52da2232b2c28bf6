"""Numbers that moved to another operator in a file: read whole or refused with every problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

from chot.charges.forms_ported import mobile_number
from chot.charges.models import PortedNumber
from chot.charges.queries_ported import known_operators
from chot.core.errors import InputError, Problem
from chot.core.text import key
from chot.facts.grid_rows import named_rows
from chot.facts.grids import Layout
from chot.facts.opening import open_grid
from chot.people.exports import typed

FIELDS = ("number", "operator", "since", "source")
MOST = 50_000
_KNOWN = {
    "number": "number phone so so_dien_thoai dien_thoai so_thue_bao thue_bao",
    "operator": "operator network nha_mang mang mang_chuyen_den chuyen_den",
    "since": "since from date ngay tu_ngay ngay_chuyen hieu_luc_tu", "source": "source nguon known_from ghi_chu",
}  # fmt: skip


def headings() -> list[str]:
    """The headings of a file, in the reader's language."""
    return [str(PortedNumber._meta.get_field(name).verbose_name) for name in FIELDS]  # type: ignore[union-attr]


def read_ported(path: Path) -> list[PortedNumber]:
    """The rows of a file, none saved. Raises ``InputError`` with every problem, by line."""
    known = _known()
    grid = open_grid(path, Layout(score=lambda texts: sum(key(text) in known for text in texts)))
    mapping = {known[key(header)]: header for header in grid.headers if key(header) in known}
    fix = _("The file needs the columns number, operator and since; the list that can be taken along has them.")
    missing = {"number", "operator", "since"} - set(mapping)
    if missing:
        names = ", ".join(each for each, name in zip(headings(), FIELDS, strict=True) if name in missing)
        raise InputError(Problem(field="file", what=_("Columns are missing: %(names)s") % {"names": names}, fix=fix))
    problems: list[Problem] = []
    operators = {key(each): each for each in known_operators()}
    rows = [row for line, cells in _lines(grid, mapping, problems) if (row := _row(line, cells, operators, problems))]
    if problems:
        raise InputError(problems[:20])
    if not rows:
        raise InputError(Problem(field="file", what=_("The file has no rows"), fix=fix))
    return rows


def _known() -> dict[str, str]:
    found = {word: name for name, words in _KNOWN.items() for word in words.split()}
    for language in ("vi", "en"):
        with override(language):
            found |= {key(text): name for name, text in zip(FIELDS, headings(), strict=True)}
    return found


def _lines(grid: object, mapping: Mapping[str, str], problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, (line, given) in enumerate(named_rows(grid, mapping, problems)):  # type: ignore[arg-type]
        if number >= MOST:
            raise InputError(Problem(field="file", what=_("The file has more than 50,000 rows"), fix=_("Split it.")))
        cells = {name: typed(cell) for name, cell in given.items()}
        if any(cells.values()):
            yield line, cells


def _row(line: int, cells: dict[str, str], operators: Mapping[str, str], problems: list[Problem]) -> PortedNumber | None:
    """The row; what is wrong with any of its cells goes into ``problems``."""
    before = len(problems)
    row = PortedNumber(source=cells.get("source", "")[:80])
    for name, read in (("number", _number), ("operator", lambda text: _operator(text, operators)), ("since", _SINCE.clean)):
        text = cells.get(name, "")
        try:
            setattr(row, name, read(text))
        except ValidationError as error:
            label = str(PortedNumber._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            problems.append(Problem(line=line, field=label, what=f"{text or '–'}: {' '.join(error.messages)}"))
    return row if len(problems) == before else None


_SINCE = forms.DateField(input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"])


def _number(text: str) -> str:
    """A number; Excel drops the zero before it."""
    return mobile_number(f"0{text}" if len(text) == 9 and text.isdigit() and text[0] != "0" else text)


def _operator(text: str, operators: Mapping[str, str]) -> str:
    if key(text) not in operators:
        raise ValidationError(_("No known operator. Known are: %(names)s.") % {"names": ", ".join(operators.values())})
    return operators[key(text)]
