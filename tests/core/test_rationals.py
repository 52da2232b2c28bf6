"""Columns of exact rationals equal ``Fraction`` one value at a time, also where 64 bits end."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chot.core.money import round_half_away
from chot.core.rationals import Rationals

values = st.lists(st.fractions(min_value=-(10**15), max_value=10**15, max_denominator=10**6), min_size=1, max_size=8)
positive = st.fractions(min_value=Fraction(1, 10**6), max_value=10**15, max_denominator=10**6)


@given(values, st.data())
def test_arithmetic_equals_fractions(left: list[Fraction], data: st.DataObject) -> None:
    right = data.draw(st.lists(positive, min_size=len(left), max_size=len(left)))
    a, b = Rationals.of(left), Rationals.of(right)
    assert list(a + b) == [x + y for x, y in zip(left, right, strict=True)]
    assert list(a - b) == [x - y for x, y in zip(left, right, strict=True)]
    assert list(a * b) == [x * y for x, y in zip(left, right, strict=True)]
    assert list(a.over(b)) == [x / y for x, y in zip(left, right, strict=True)]
    assert list((a * b * a).scaled(Fraction(7, 9))) == [x * y * x * Fraction(7, 9) for x, y in zip(left, right, strict=True)]


@given(values, st.fractions(max_denominator=1000), st.sampled_from([1, 100, 1000]))
def test_comparison_and_rounding_equal_fractions(column: list[Fraction], limit: Fraction, unit: int) -> None:
    rationals = Rationals.of(column)
    assert rationals.at_least(limit).tolist() == [value >= limit for value in column]
    assert [int(value) for value in rationals.rounded(unit)] == [round_half_away(value, unit) for value in column]


@given(values)
def test_texts_are_in_lowest_terms(column: list[Fraction]) -> None:
    assert Rationals.of(column).texts() == [f"{value.numerator}/{value.denominator}" for value in column]


def test_numbers_beyond_64_bits_stay_exact() -> None:
    huge = Rationals.of([Fraction(10**18 + 1, 3)] * 2)
    squared = huge * huge * huge
    assert squared.n.dtype == object
    assert list(squared) == [Fraction(10**18 + 1, 3) ** 3] * 2


def test_halves_round_away_from_zero() -> None:
    assert Rationals.of([Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2)]).rounded().tolist() == [1, -1, 2]


def test_where_and_spread_keep_places() -> None:
    mask = np.array([True, False, True])
    chosen = Rationals.of([1, 2, 3]).where(mask, Rationals.of([Fraction(1, 7)] * 3))
    assert list(chosen) == [1, Fraction(1, 7), 3]
    assert list(Rationals.of([5]).spread(np.array([2]), 3)) == [0, 0, 5]
