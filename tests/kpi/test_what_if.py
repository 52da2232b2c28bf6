"""Supposed facts and the extra that moves a metric."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from chot.kpi.catalogue import METRICS
from chot.kpi.what_if import more_orders, moved

VALUES = {"won_leads": 40, "opportunity_leads": 100, "counted_amount": 5_000_000, "counted_orders": 5, "done_tickets": 4, "resolved_first": 3}


def test_a_sum_moves_by_what_is_asked() -> None:
    """More of a sum is more of its measure, and it never falls below nothing."""
    assert moved(METRICS["revenue"], VALUES, Fraction(250_000)) == {"counted_amount": 250_000}
    assert moved(METRICS["revenue"], VALUES, Fraction(-9_000_000)) == {"counted_amount": -5_000_000}


def test_a_ratio_moves_by_its_numerator() -> None:
    """Three points of 100 opportunities are three more won."""
    assert moved(METRICS["conversion_rate"], VALUES, Fraction(3, 100)) == {"won_leads": 3}


def test_what_is_not_measured_does_not_move() -> None:
    """Without a sample there is nothing to divide by."""
    assert moved(METRICS["conversion_rate"], {"won_leads": 0, "opportunity_leads": 0}, Fraction(1, 10)) == {}


@given(st.integers(1, 10_000), st.integers(0, 10_000), st.fractions(Fraction(-1, 2), Fraction(1, 2)))
def test_a_ratio_comes_within_half_a_row(opportunities: int, won: int, by: Fraction) -> None:
    """The nearest whole number of rows, and never less than none."""
    values = {"won_leads": won, "opportunity_leads": opportunities}
    extra = moved(METRICS["conversion_rate"], values, by).get("won_leads", 0)
    assert won + extra >= 0
    assert abs(Fraction(extra, opportunities) - by) <= Fraction(1, 2 * opportunities) or extra == -won


def test_orders_without_an_average_bring_no_amount() -> None:
    """Who has sold nothing yet has no average to go by."""
    assert more_orders(2, {"counted_orders": 0, "counted_amount": 0}) == {"counted_orders": 2}
