"""The statistics of the guards against values worked out by hand or by brute force."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chot.kpi.statistics import (
    binomial_excess,
    fisher_exact,
    holm,
    median,
    percentile,
    quantile_regression,
    reliability,
    reliability_of_rates,
    shares_of_variance,
)


def test_fisher_on_the_tea_tasting_table() -> None:
    assert fisher_exact(3, 1, 1, 3) == Fraction(34, 70)


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_fisher_equals_counting_every_arrangement(a: int, b: int, c: int, d: int) -> None:
    people = range(a + b + c + d)
    counts: dict[int, int] = {}
    for reached in combinations(people, a + c):
        first = sum(person < a + b for person in reached)
        counts[first] = counts.get(first, 0) + 1
    as_likely = sum(ways for ways in counts.values() if ways <= counts[a])
    assert fisher_exact(a, b, c, d) == Fraction(as_likely, sum(counts.values()))


def test_binomial_excess_counts_the_upper_tail() -> None:
    assert binomial_excess(3, 1) == Fraction(4 + 1, 16)
    assert binomial_excess(0, 4) == 1


def test_reliability_by_hand() -> None:
    # groups 1,3 and 5,7: MSB = 2*4+2*4 = 16, MSW = (1+1+1+1)/2 = 2, n0 = 2: t2 = 7, s2 = 2, R = 7/(7+2/2)
    found = reliability([[1, 3], [5, 7]])
    assert found is not None
    assert (found.between, found.within, found.cases, found.value) == (7.0, 2.0, 2.0, 7 / 8)


def test_reliability_needs_two_people_and_a_repetition() -> None:
    assert reliability([[1, 2, 3]]) is None
    assert reliability([[1], [2]]) is None


def test_equal_rates_have_no_reliability() -> None:
    found = reliability_of_rates([(10, 100), (20, 200)])
    assert found is not None
    assert found.value == 0.0


def test_variance_between_teams_is_told_from_that_between_agents() -> None:
    teams, agents = shares_of_variance({("t1", "a"): [10, 10.2], ("t1", "b"): [10.1, 9.9], ("t2", "c"): [1, 1.2], ("t2", "d"): [0.9, 1.1]})
    assert teams > 10 * max(agents, 0.01)


def test_holm_stops_at_the_first_that_fails() -> None:
    p_values = {"a": Fraction(1, 100), "b": Fraction(4, 100), "c": Fraction(3, 100)}
    assert holm(p_values, Fraction(5, 100)) == {"a"}


def test_quantile_regression_equals_the_quantile_without_features() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    fitted = quantile_regression(np.zeros((5, 0)), values, 0.4)
    loss = [sum(0.4 * max(value - guess, 0) + 0.6 * max(guess - value, 0) for value in values) for guess in values]
    assert min(loss) == sum(0.4 * max(value - fitted[0], 0) + 0.6 * max(fitted[0] - value, 0) for value in values)


def test_quantile_regression_finds_a_line() -> None:
    features = np.arange(10, dtype=float).reshape(-1, 1)
    fitted = quantile_regression(features, 3 + 2 * features[:, 0], 0.4)
    assert np.allclose(fitted, [3, 2])


def test_nearest_rank_and_median() -> None:
    values = [Fraction(n) for n in (4, 1, 3, 2)]
    assert percentile(values, Fraction(1, 2)) == 2
    assert percentile(values, Fraction(51, 100)) == 3
    assert median(values) == Fraction(5, 2)
