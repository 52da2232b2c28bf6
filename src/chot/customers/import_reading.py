"""Customers and leads in an XLSX or CSV file: which columns are what, and each row as texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext_lazy

from chot.core.errors import InputError, Problem
from chot.core.text import key
from chot.customers.models import CustomField
from chot.facts.grid_rows import named_rows
from chot.facts.grids import Grid, Layout
from chot.facts.opening import open_grid
from chot.people.exports import typed

MOST = 20_000
_DAYS = ("born_on", "agreed_on")

FIELDS: dict[str, Any] = {
    "name": gettext_lazy("Name"), "phone": gettext_lazy("Telephone"), "phone2": gettext_lazy("Second number"), "email": "E-mail",
    "address": gettext_lazy("Postal address"), "born_on": gettext_lazy("Born on"), "source": gettext_lazy("Came from"),
    "owner": gettext_lazy("Looked after by"), "tags": gettext_lazy("Tags"), "customer_id": gettext_lazy("Customer id"),
    "agreed": gettext_lazy("Agreed to advertising"), "agreed_on": gettext_lazy("Agreed or refused on"),
    "agreed_proof": gettext_lazy("Proof of it"),
}  # fmt: skip
_KNOWN: dict[str, str] = {
    "name": "name ho_ten ho_va_ten ten ten_khach ten_khach_hang khach_hang full_name customer customer_name",
    "phone": "phone so_dien_thoai dien_thoai sdt so_dt dt tel mobile di_dong telephone so_may so_dien_thoai_1 sdt_1",
    "phone2": "phone_2 phone2 so_dien_thoai_2 dien_thoai_2 sdt_2 sdt2 sdt_phu so_phu second_number so_thu_hai",
    "email": "email e_mail mail thu_dien_tu",
    "address": "address dia_chi",
    "born_on": "born_on birthday dob ngay_sinh sinh_nhat",
    "source": "source nguon nguon_khach nguon_khach_hang came_from",
    "owner": "owner agent nguoi_phu_trach phu_trach nhan_vien ma_nhan_vien looked_after_by",
    "tags": "tags tag nhan the phan_loai nhom_khach",
    "customer_id": "customer_id id ma ma_kh ma_khach ma_khach_hang",
    "agreed": "agreed consent opt_in dong_y dong_y_quang_cao dong_y_nhan_quang_cao agreed_to_advertising",
    "agreed_on": "agreed_on consent_date ngay_dong_y agreed_or_refused_on",
    "agreed_proof": "agreed_proof consent_proof bang_chung bang_chung_dong_y proof_of_it",
}


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What the columns of a file may be: ``labels`` by field, words that headers are known by, and the fields of which one is needed."""

    labels: Mapping[str, Any]
    words: Mapping[str, str]
    needs: tuple[str, ...]
    missing: Any

    def fields(self) -> dict[str, Any]:
        """Every field that a column may be, with its name; custom ones of customers too."""
        return {**self.labels, **{f"field.{each.key}": each.label for each in CustomField.objects.filter(shown=True)}}

    def by_key(self) -> dict[str, str]:
        """Fields by what a header says: the words, and the labels in every language of the pages."""
        found = {word: name for name, words in self.words.items() for word in words.split()}
        for language, _name in settings.LANGUAGES:
            with override(language):
                found |= {key(str(label)): name for name, label in self.fields().items()}
        return found


CUSTOMERS = Columns(
    labels=FIELDS, words=_KNOWN, needs=("name", "phone"), missing=gettext_lazy("No column is a name or a telephone number"),
)
LEADS = Columns(
    labels={
        **{name: label for name, label in FIELDS.items() if name != "owner"},
        "agent": gettext_lazy("Agent"), "title": pgettext_lazy("lead", "About"), "stage": gettext_lazy("Stage"),
        "note": gettext_lazy("Note"), "lead_id": gettext_lazy("Lead id"),
    },
    words={
        **{name: words for name, words in _KNOWN.items() if name != "owner"},
        "agent": f"{_KNOWN['owner']} nhan_vien_phu_trach telesale sale",
        "title": "title about noi_dung nhu_cau quan_tam san_pham_quan_tam san_pham goi_quan_tam product interest",
        "stage": "stage giai_doan trang_thai tinh_trang status",
        "note": "note notes ghi_chu",
        "lead_id": "lead_id ma_lead ma_data ma_khach_tiem_nang",
    },
    needs=("phone", "email", "customer_id"), missing=gettext_lazy("No column is a telephone number, an e-mail address or a customer id"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Given:
    """One row: its line, and its texts by field; custom fields as ``field.KEY``."""

    line: int
    cells: Mapping[str, str]


@dataclass(kw_only=True)
class Read:
    """A file as it was read: its headers, the header of each field, the rows, and what is wrong with the file."""

    headers: Sequence[str] = ()
    mapping: dict[str, str] = field(default_factory=dict)
    rows: list[Given] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def guessed(headers: Sequence[str], by_key: Mapping[str, str]) -> dict[str, str]:
    """The header of each field, as far as headers tell."""
    found: dict[str, str] = {}
    for header in headers:
        name = by_key.get(key(header))
        if name:
            found.setdefault(name, header)
    return found


def read_rows(path: Path, columns: Columns, mapping: Mapping[str, str] | None = None) -> Read:
    """The rows of a file, by ``mapping`` (field -> header) or by what its headers say. What makes it no table is in ``problems``."""
    wanted, by_key = columns.fields(), columns.by_key()
    try:
        grid = open_grid(path, Layout(score=lambda texts: sum(key(text) in by_key for text in texts)))
        read = Read(headers=grid.headers)
        chosen = guessed(grid.headers, by_key) if mapping is None else mapping
        read.mapping = {name: header for name, header in chosen.items() if name in wanted and header in grid.headers}
        if not any(name in read.mapping for name in columns.needs):
            read.problems = [Problem(field="file", what=str(columns.missing), fix=_("Say below which column is what."))]
            return read
        read.rows = list(_rows(grid, read))
    except InputError as error:
        return Read(problems=list(error.problems))
    return read


def _rows(grid: Grid, read: Read) -> Iterator[Given]:
    for number, (line, given) in enumerate(named_rows(grid, read.mapping, read.problems)):
        if number >= MOST:
            raise InputError(Problem(field="file", what=_("The file has more than 20,000 rows"), fix=_("Split it.")))
        cells = {name: _text(cell, name, grid.epoch) for name, cell in given.items()}
        if any(cells.values()):
            yield Given(line=line, cells=cells)


def _text(cell: Any, name: str, epoch: dt.date) -> str:
    """A number that stands for a day is that day."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if name in _DAYS and isinstance(cell, int) and 1_000 < cell < 80_000:
        return (epoch + dt.timedelta(days=cell)).isoformat()
    return typed(cell)
