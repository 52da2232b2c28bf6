"""Tariffs in a file: read whole or refused with every problem."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import override

from chot.charges.column_files import Columns
from chot.charges.forms_prices import TariffForm
from chot.charges.models import Group, TariffRow
from chot.core.errors import Problem
from chot.core.text import key

_WORDS = {
    "operator": "operator nha_mang mang operator_of_the_trunk",
    "group": "group nhom nhom_dich loai_cuoc calls_to huong_goi", "prefix": "prefix dau_so beginning_of_the_number",
    "first_block_s": "first_block first_block_s block_dau",
    "next_block_s": "next_block next_block_s block_sau",
    "rate_vnd": "rate rate_vnd gia don_gia gia_phut", "fee_vnd": "fee fee_vnd phi_cuoc",
    "brand_fee_vnd": "brand_fee brand_fee_vnd phi_dinh_danh",
    "valid_from": "valid_from from tu_ngay hieu_luc_tu", "valid_to": "valid_to to den_ngay hieu_luc_den",
}  # fmt: skip
COLUMNS = Columns(
    model=TariffRow, fields=tuple(TariffForm.Meta.fields), words=_WORDS, needed=frozenset({"group", "rate_vnd", "valid_from"}), most=2_000,
    too_many=lambda: _("The file has more than 2,000 rows"),
)  # fmt: skip


def read_tariffs(path: Path) -> list[TariffRow]:
    """The rows of a file, none saved. Raises ``InputError`` with every problem, by line."""
    fix = _("Take the present list along as a file and change that.")
    return COLUMNS.read(path, _row, missing=lambda names: ", ".join(sorted(names)), fix=fix)


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
