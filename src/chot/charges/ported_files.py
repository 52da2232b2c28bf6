"""Numbers that moved to another operator in a file: read whole or refused with every problem."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chot.charges.column_files import Columns
from chot.charges.forms_ported import mobile_number
from chot.charges.models import PortedNumber
from chot.charges.queries_ported import known_operators
from chot.core.errors import Problem
from chot.core.text import key

_WORDS = {
    "number": "number phone so so_dien_thoai dien_thoai so_thue_bao thue_bao",
    "operator": "operator network nha_mang mang mang_chuyen_den chuyen_den",
    "since": "since from date ngay tu_ngay ngay_chuyen hieu_luc_tu", "source": "source nguon known_from ghi_chu",
}  # fmt: skip
COLUMNS = Columns(
    model=PortedNumber, fields=tuple(_WORDS), words=_WORDS, needed=frozenset({"number", "operator", "since"}), most=50_000,
    too_many=lambda: _("The file has more than 50,000 rows"),
)  # fmt: skip


def read_ported(path: Path) -> list[PortedNumber]:
    """The rows of a file, none saved. Raises ``InputError`` with every problem, by line."""
    operators = {key(each): each for each in known_operators()}
    return COLUMNS.read(
        path, lambda line, cells, problems: _row(line, cells, operators, problems), missing=_said,
        fix=_("The file needs the columns number, operator and since; the list that can be taken along has them."),
    )  # fmt: skip


def _said(missing: set[str]) -> str:
    return ", ".join(each for each, name in zip(COLUMNS.headings(), COLUMNS.fields, strict=True) if name in missing)


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
