"""Tariffs in a file: read whole or refused with every problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import override

from chot.charges.forms_prices import TariffForm
from chot.charges.models import Group, TariffRow
from chot.core.errors import InputError, Problem
from chot.core.text import key
from chot.facts.grid_rows import named_rows
from chot.facts.grids import Grid, Layout
from chot.facts.opening import open_grid
from chot.people.exports import typed

FIELDS = tuple(TariffForm.Meta.fields)
MOST = 2_000
_KNOWN = {
    "operator": "operator nha_mang mang operator_of_the_trunk",
    "group": "group nhom nhom_dich loai_cuoc calls_to huong_goi", "prefix": "prefix dau_so beginning_of_the_number",
    "first_block_s": "first_block first_block_s block_dau",
    "next_block_s": "next_block next_block_s block_sau",
    "rate_vnd": "rate rate_vnd gia don_gia gia_phut", "fee_vnd": "fee fee_vnd phi_cuoc",
    "brand_fee_vnd": "brand_fee brand_fee_vnd phi_dinh_danh",
    "valid_from": "valid_from from tu_ngay hieu_luc_tu", "valid_to": "valid_to to den_ngay hieu_luc_den",
}  # fmt: skip


def headings() -> list[str]:
    """The headings of a tariff file, in the reader's language."""
    return [str(TariffRow._meta.get_field(name).verbose_name) for name in FIELDS]  # type: ignore[union-attr]


def read_tariffs(path: Path) -> list[TariffRow]:
    """The rows of a file, none saved. Raises ``InputError`` with every problem, by line."""
    known = _known()
    grid = open_grid(path, Layout(score=lambda texts: sum(key(text) in known for text in texts)))
    mapping = {known[key(header)]: header for header in grid.headers if key(header) in known}
    missing = {"group", "rate_vnd", "valid_from"} - set(mapping)
    if missing:
        fix = _("Take the present list along as a file and change that.")
        raise InputError(Problem(field="file", what=_("Columns are missing: %(names)s") % {"names": ", ".join(sorted(missing))}, fix=fix))
    problems: list[Problem] = []
    rows = [row for line, cells in _lines(grid, mapping, problems) if (row := _row(line, cells, problems))]
    if problems:
        raise InputError(problems[:20])
    if not rows:
        fix = _("Take the present list along as a file and change that.")
        raise InputError(Problem(field="file", what=_("The file has no rows"), fix=fix))
    return rows


def _known() -> dict[str, str]:
    found = {word: name for name, words in _KNOWN.items() for word in words.split()}
    for language in ("vi", "en"):
        with override(language):
            found |= {key(text): name for name, text in zip(FIELDS, headings(), strict=True)}
    return found


def _lines(grid: Grid, mapping: Mapping[str, str], problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, (line, given) in enumerate(named_rows(grid, mapping, problems)):
        if number >= MOST:
            raise InputError(Problem(field="file", what=_("The file has more than 2,000 rows"), fix=_("Split it.")))
        cells = {name: typed(cell) for name, cell in given.items()}
        if any(cells.values()):
            yield line, cells


def _row(line: int, cells: dict[str, str], problems: list[Problem]) -> TariffRow | None:
    groups: dict[str, str] = {}
    for language in ("vi", "en"):
        with override(language):
            groups |= {key(str(each.label)): each.value for each in Group}
    given = {"first_block_s": "6", "next_block_s": "1", "fee_vnd": "0", "brand_fee_vnd": "0"}
    given |= {name: text for name, text in cells.items() if text}
    given["group"] = groups.get(key(given.get("group", "")), given.get("group", ""))
    form = TariffForm(given)
    if form.is_valid():
        made: TariffRow = form.save(commit=False)
        return made
    for name, errors in form.errors.items():
        if name == "__all__":
            continue
        label = str(form.fields[name].label)
        problems.append(Problem(line=line, field=label, what=f"{given.get(name, '') or '–'}: {' '.join(str(each) for each in errors)}"))
    return None if set(form.errors) - {"__all__"} else form.instance
