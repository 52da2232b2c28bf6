"""A carrier's list of calls in a file: which column is what, and each row as a call."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.core.phones import current, number_id
from chot.core.text import key, normal
from chot.facts.grid_rows import named_rows
from chot.facts.grids import Grid, Layout
from chot.facts.opening import open_grid

MOST = 50_000
FIELDS: dict[str, Any] = {
    "number": gettext_lazy("Number called"), "started_at": gettext_lazy("Began at"), "seconds": gettext_lazy("Seconds"),
    "charge_vnd": gettext_lazy("Charge (₫)"), "shown": gettext_lazy("Number shown"), "brand": gettext_lazy("Brand name shown"),
}  # fmt: skip
NEEDED = ("number", "started_at", "seconds", "charge_vnd")
_KNOWN = {
    "number": "number called so_bi_goi so_duoc_goi so_goi_den callee dst destination so_dich b_number called_number number_called",
    "started_at": "started_at began_at thoi_gian bat_dau thoi_gian_bat_dau thoi_diem_goi ngay_gio start_time calldate begin",
    "seconds": "seconds giay thoi_luong thoi_luong_giay duration billsec so_giay billed_seconds",
    "charge_vnd": "charge charge_vnd cuoc cuoc_phi thanh_tien tien_cuoc cost amount so_tien",
    "shown": "shown so_goi so_hien_thi so_chu_goi caller src a_number cli number_shown",
    "brand": "brand brand_name brandname ten_dinh_danh dinh_danh thuong_hieu brand_name_shown",
}  # fmt: skip
_TIMES = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%H:%M:%S %d/%m/%Y", "%d-%m-%Y %H:%M:%S")


@dataclass(frozen=True, kw_only=True)
class Reported:
    """One row: the number called in E.164, when it began, what was shown, how long and how much."""

    line: int
    number: str
    started_at: dt.datetime
    seconds: int
    charge_vnd: int
    shown: str
    brand: str


@dataclass(kw_only=True)
class CarrierFile:
    """A file as it was read: headers, the header of each field, rows, and what is wrong."""

    headers: Sequence[str] = ()
    mapping: dict[str, str] = field(default_factory=dict)
    rows: list[Reported] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_report(path: Path, mapping: Mapping[str, str] | None = None) -> CarrierFile:
    """The calls of a file, by ``mapping`` (field -> header) or by what its headers say."""
    by_key = {word: name for name, words in _KNOWN.items() for word in words.split()}
    try:
        grid = open_grid(path, Layout(score=lambda texts: sum(key(text) in by_key for text in texts)))
        read = CarrierFile(headers=grid.headers)
        guessed: dict[str, str] = {}
        for header in grid.headers:
            guessed.setdefault(by_key.get(key(header), ""), header)
        chosen = guessed if mapping is None else mapping
        read.mapping = {name: header for name, header in chosen.items() if name in FIELDS and header in grid.headers}
        if missing := [str(FIELDS[name]) for name in NEEDED if name not in read.mapping]:
            what = _("No column is known for: %(names)s") % {"names": ", ".join(missing)}
            read.problems = [Problem(field="file", what=what, fix=_("Say below which column is what."))]
            return read
        _read_rows(grid, read)
    except InputError as error:
        return CarrierFile(problems=list(error.problems))
    return read


def _read_rows(grid: Grid, read: CarrierFile) -> None:
    for line, cells in named_rows(grid, read.mapping, read.problems):
        if len(read.rows) >= MOST:
            raise InputError(Problem(field="file", what=_("The file has more than 50,000 rows"), fix=_("Split it.")))
        if any(cell not in (None, "") for cell in cells.values()):
            _read_row(line, cells, read)


def _read_row(line: int, cells: Mapping[str, Any], read: CarrierFile) -> None:
    try:
        number = number_id(_text(cells["number"]))
        if not number:
            raise ValueError(_("no telephone number"))
        read.rows.append(
            Reported(
                line=line, number=(current(number) or number)[:20], started_at=_moment(cells["started_at"]),
                seconds=_whole(cells["seconds"]), charge_vnd=_whole(cells["charge_vnd"]),
                shown=number_id(_text(cells.get("shown")))[:20], brand=_text(cells.get("brand"))[:40],
            )
        )  # fmt: skip
    except ValueError as error:
        read.problems.append(Problem(line=line, what=str(error)))


def _moment(cell: Any) -> dt.datetime:
    if isinstance(cell, dt.datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=clock.ZONE)
    text = _text(cell)
    for form in _TIMES:
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=clock.ZONE)
        except ValueError:
            continue
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(_("%(text)s is no time; write it as 31/12/2026 09:30:00") % {"text": text}) from None
    return found if found.tzinfo else found.replace(tzinfo=clock.ZONE)


def _whole(cell: Any) -> int:
    """Seconds or đồng: 75, 1.343, 1:15."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and cell >= 0:
        return round(cell)
    text = _text(cell).removesuffix("đ").removesuffix("₫").strip()
    if re.fullmatch(r"[0-9]+(:[0-9]{2}){1,2}", text):
        total = 0
        for part in text.split(":"):
            total = total * 60 + int(part)
        return total
    if re.fullmatch(r"[0-9]{1,3}([.,][0-9]{3})+|[0-9]+", text):
        return int(re.sub("[.,]", "", text))
    raise ValueError(_("%(text)s is no whole number") % {"text": text or "–"})


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return normal(str(cell)).strip().lstrip("'") if cell is not None else ""
