"""Cells as people write them: each spelling has one exact value, or a reason."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chot.facts.written import CellError, basis_points, boolean, choice, exact, identifier, is_empty, money, number, text, tidy, whole


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("1234567", "", 1234567),
        ("1.234.567", "", 1234567),
        ("1,234,567", "", 1234567),
        ("1 234 567", "", 1234567),
        ("1\u00a0234\u202f567", "", 1234567),
        ("1\u00a0234\u00a0567", "", 1234567),
        ("1'234'567", "", 1234567),
        ("1.234", ",", 1234),
        ("1.234", ".", Fraction(1234, 1000)),
        ("1,234", ".", 1234),
        ("1,5", "", Fraction(3, 2)),
        ("1.5", "", Fraction(3, 2)),
        (".5", "", Fraction(1, 2)),
        ("1.234.567,89", "", Fraction(123456789, 100)),
        ("1,234,567.89", "", Fraction(123456789, 100)),
        ("(1.500.000)", "", -1500000),
        ("-1.500.000", "", -1500000),
        ("\u22121500", "", -1500),
        ("1500-", "", -1500),
        ("+7", "", 7),
        ("12,5 %", "", Fraction(1, 8)),
        ("8%", "", Fraction(2, 25)),
        (" 0012 ", "", 12),
        (12, "", 12),
        (0.1 + 0.2, "", Fraction(3, 10)),
        (Decimal("1.10"), "", Fraction(11, 10)),
    ],
)
def test_a_number_is_read_exactly(cell: object, decimal: str, value: Fraction | int) -> None:
    assert number(cell, decimal=decimal) == value


@pytest.mark.parametrize(
    ("cell", "decimal", "reason"),
    [
        ("1.234", "", "it can be read as 1234 or as 1.234"),
        ("1,234", "", "it can be read as 1.234 or as 1234"),
        ("1,234,567", ",", "not a number with ',' as the decimal mark"),
        ("1e5", "", "not a number"),
        ("12.34.567", "", "not a number"),
        ("1234.567.890", "", "not a number"),
        ("1.234 567", "", "not a number"),
        ("٣٤", "", "not a number"),
        ("", "", "not a number"),
        ("-", "", "not a number"),
        ("()", "", "not a number"),
        ("--5", "", "not a number"),
        ("#DIV/0!", "", "an error of the spreadsheet's formula"),
        ("9" * 65, "", "not a number"),
        ("9" * 17, "", "larger than 10^15"),
        (float("inf"), "", "not a finite number"),
        (True, "", "not a number but yes/no"),
        (dt.date(2026, 10, 1), "", "not a number but a date"),
        (Decimal("1E+900000"), "", "not a finite number"),
        ([1], "", "not a number but a list or an object"),
    ],
)
def test_what_is_no_number_has_a_reason(cell: object, decimal: str, reason: str) -> None:
    with pytest.raises(CellError) as caught:
        number(cell, decimal=decimal)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("1.234.567 ₫", "", 1234567),
        ("1.234.567đ", "", 1234567),
        ("1,234,567 VND", "", 1234567),
        ("VND 1.000.000", "", 1000000),
        ("₫1.000.000", "", 1000000),
        ("2.500.000 vnđ", "", 2500000),
        ("500 đồng", "", 500),
        ("1,5 triệu", "", 1500000),
        ("1.5tr", ",", 1500000),
        ("1tr5", ",", 1500000),
        ("1tr250", "", 1250000),
        ("2 tỷ", "", 2000000000),
        ("1,2 tỉ đồng", "", 1200000000),
        ("50k", "", 50000),
        ("50 nghìn", "", 50000),
        ("50 ngàn đồng", "", 50000),
        ("-50.000đ", ",", -50000),
        ("(50.000 ₫)", ",", -50000),
        ("1.234,00", "", 1234),
        (1499999.9999999998, "", 1500000),
        (Decimal("5.00"), "", 5),
    ],
)
def test_money_is_whole_dong(cell: object, decimal: str, value: int) -> None:
    assert money(cell, decimal=decimal) == value


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("1.234,5", "a fraction of a đồng; money is whole đồng"),
        (0.5, "a fraction of a đồng; money is whole đồng"),
        ("0,0000001 tr", "a fraction of a đồng; money is whole đồng"),
        ("12 USD", "an amount in another currency; give it in đồng"),
        ("$12", "an amount in another currency; give it in đồng"),
        ("10%", "a percentage is no amount"),
        ("ten", "not a number"),
        ("9999999 tỷ", "larger than 10^15"),
    ],
)
def test_what_is_no_amount_has_a_reason(cell: object, reason: str) -> None:
    with pytest.raises(CellError) as caught:
        money(cell, decimal=",")
    assert str(caught.value) == reason


def test_the_column_s_unit_counts_unless_the_cell_names_its_own() -> None:
    assert money("12,5", decimal=",", unit="triệu") == 12_500_000
    assert money("12,5 tỷ", decimal=",", unit="triệu") == 12_500_000_000
    assert money(3, unit="nghìn") == 3000


@pytest.mark.parametrize(
    ("cell", "unit", "value"),
    [("85 %", "", 8500), ("85", "percent", 8500), ("8,5", "out of 10", 8500), (0.85, "ratio", 8500), ("8500", "", 8500),
     ("66,666", "percent", 6667)],
)
def test_a_score_is_in_basis_points(cell: object, unit: str, value: int) -> None:
    assert basis_points(cell, decimal=",", unit=unit) == value


def test_a_score_without_a_unit_is_whole_basis_points() -> None:
    with pytest.raises(CellError, match="not whole basis points"):
        basis_points("8,5", decimal=",")


def test_a_count_is_whole() -> None:
    assert whole("3,0", decimal=",") == 3
    with pytest.raises(CellError, match="not a whole number"):
        whole(2.5)


def test_yes_and_no_in_two_languages() -> None:
    assert [boolean(cell) for cell in ("TRUE", "Có", "x", "1", 1, "Đạt", True)] == [True] * 7
    assert [boolean(cell) for cell in ("false", "Không", "0", 0, "Không đạt", "N")] == [False] * 6
    with pytest.raises(CellError, match="neither yes nor no"):
        boolean("maybe")


@pytest.mark.parametrize(
    ("cell", "value"), [(" NV01 ", "NV01"), (101, "101"), (101.0, "101"), ("8E5", "8E5"), ("Hoa\u0300n", "Hoàn"), (10**17, str(10**17))]
)
def test_an_id_is_text(cell: object, value: str) -> None:
    assert identifier(cell) == value


@pytest.mark.parametrize(
    "cell", ["8.49E+10", "8,49e+10", 8.49e18, "#N/A", "#REF!", True, dt.datetime(2026, 1, 1), "a\0b", "\ud800", {"a": 1}]
)
def test_an_id_that_lost_digits_or_is_none_is_refused(cell: object) -> None:
    with pytest.raises(CellError):
        identifier(cell)


def test_an_id_of_a_sheet_has_15_digits_at_most() -> None:
    with pytest.raises(CellError, match="keeps 15 digits"):
        identifier(10**17, of_sheet=True)


def test_a_word_is_translated_or_is_the_contract_s_own() -> None:
    choices = {"hoàn thành": "completed"}
    assert choice(" HOÀN THÀNH", choices=choices, targets=("completed", "pending")) == "completed"
    assert choice("pending", choices=choices, targets=("completed", "pending")) == "pending"
    with pytest.raises(CellError, match="Did you mean 'hoàn thành'"):
        choice("Hoàn thàn", choices=choices, targets=("completed", "pending"))


def test_what_is_empty() -> None:
    assert all(map(is_empty, (None, "", "  ", "\u00a0", "\ufeff", float("nan"))))
    assert not any(map(is_empty, ("0", 0, False, "-")))


@given(st.integers(-(10**15), 10**15), st.sampled_from([".", ",", " "]))
def test_a_grouped_whole_amount_reads_back(amount: int, mark: str) -> None:
    written = f"{amount:,}".replace(",", mark)
    decimal = "," if mark == "." else "."
    assert number(written, decimal=decimal) == amount
    assert money(f"{written} ₫", decimal=decimal) == amount


@given(st.one_of(st.text(), st.floats(), st.integers(), st.decimals(), st.booleans(), st.none(), st.datetimes(), st.lists(st.integers())))
def test_any_cell_is_a_value_or_a_reason(cell: object) -> None:
    for parse in (number, money, whole, basis_points, boolean, identifier, text):
        with suppress(CellError):
            assert parse(cell) is not None


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14))
def test_a_float_is_what_a_spreadsheet_shows(cell: float) -> None:
    assert exact(cell) == Fraction(format(cell, ".15g"))


@given(st.text())
def test_tidying_twice_is_tidying_once(cell: str) -> None:
    assert tidy(tidy(cell)) == tidy(cell)
