"""What a call costs: cases worked out by hand, and what holds for every tariff."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chot.charges.tariff import Tariff, affordable_s, billed_s, charge
from chot.core.destinations import destination, operators

SIX_ONE = Tariff(first_block_s=6, next_block_s=1, rate_vnd=780)
MINUTES = Tariff(first_block_s=60, next_block_s=60, rate_vnd=718)
BRANDED = Tariff(first_block_s=6, next_block_s=1, rate_vnd=550, fee_vnd=20, brand_fee_vnd=550)


@pytest.mark.parametrize(
    ("tariff", "seconds", "branded", "vnd"),
    [
        (SIX_ONE, 0, False, 0),  # nobody answered
        (SIX_ONE, 1, False, 78),  # 6 s: 780 × 6 / 60
        (SIX_ONE, 6, False, 78),
        (SIX_ONE, 7, False, 91),  # 780 × 7 / 60
        (SIX_ONE, 61, False, 793),  # 780 × 61 / 60
        (MINUTES, 1, False, 718),
        (MINUTES, 60, False, 718),
        (MINUTES, 61, False, 1436),
        (BRANDED, 10, False, 112),  # 20 + 91.67
        (BRANDED, 10, True, 662),  # 20 + 550 + 91.67
        (BRANDED, 0, True, 0),
        (Tariff(first_block_s=1, next_block_s=1, rate_vnd=30), 1, False, 1),  # half a đồng goes up
    ],
)
def test_cases(tariff: Tariff, seconds: int, branded: bool, vnd: int) -> None:
    assert charge(tariff, seconds, branded=branded) == vnd


tariffs = st.builds(
    Tariff, first_block_s=st.integers(1, 120), next_block_s=st.integers(1, 60), rate_vnd=st.integers(0, 50_000),
    fee_vnd=st.integers(0, 3000), brand_fee_vnd=st.integers(0, 3000),
)  # fmt: skip


@given(tariff=tariffs, seconds=st.integers(1, 20_000), branded=st.booleans())
def test_every_tariff(tariff: Tariff, seconds: int, branded: bool) -> None:
    """Longer is never cheaper; what is billed covers the call by less than a block; the price is the exact one but for half a đồng."""
    vnd = charge(tariff, seconds, branded=branded)
    assert charge(tariff, seconds + 1, branded=branded) >= vnd
    billed = billed_s(tariff, seconds)
    assert seconds <= billed < seconds + max(tariff.first_block_s, tariff.next_block_s)
    exact = tariff.fee_vnd + branded * tariff.brand_fee_vnd + Fraction(tariff.rate_vnd * billed, 60)
    assert abs(vnd - exact) <= Fraction(1, 2)


@given(tariff=tariffs, vnd=st.integers(0, 100_000), branded=st.booleans())
def test_what_is_affordable_is_the_longest(tariff: Tariff, vnd: int, branded: bool) -> None:
    most = 7200
    longest = affordable_s(tariff, vnd, most_s=most, branded=branded)
    assert charge(tariff, longest, branded=branded) <= vnd
    assert longest == most or charge(tariff, longest + 1, branded=branded) > vnd


def test_operators_by_prefix() -> None:
    day = date(2026, 11, 3)
    found = {number: destination(number, day).operator for number in ("+84987654321", "+84879000000", "+84559000000", "+84993123456")}
    assert found == {"+84987654321": "Viettel", "+84879000000": "iTel", "+84559000000": "Wintel", "+84993123456": "Gmobile"}
    assert destination("+84987654321", day, {"+84987654321": "MobiFone"}).operator == "MobiFone"
    assert destination("+84879000000", date(2019, 1, 1)).operator == ""  # not given yet
    assert {"Viettel", "Vinaphone", "MobiFone"} <= set(operators())
    assert [destination(number, day).kind for number in ("+842471234567", "+841800123456", "19001234", "115", "+6569001234")] == [
        "fixed", "freephone", "premium", "service", "international",
    ]  # fmt: skip
