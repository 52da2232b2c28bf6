"""The statistics behind the guards: exact where tables are small, floats where an estimate is meant.

Nothing here leads to pay. Sources: Fisher 1922; Adams 2009 (reliability); Koenker & Bassett 1978.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray


def fisher_exact(reached_a: int, missed_a: int, reached_b: int, missed_b: int) -> Fraction:
    """The two-sided p-value of Fisher's exact test on a 2 x 2 table: all tables at most as likely as this one.

    >>> fisher_exact(3, 1, 1, 3)
    Fraction(17, 35)
    """
    row, other, column = reached_a + missed_a, reached_b + missed_b, reached_a + reached_b
    total = math.comb(row + other, column)
    here = math.comb(row, reached_a) * math.comb(other, reached_b)
    low, high = max(0, column - other), min(row, column)
    ways = (math.comb(row, first) * math.comb(other, column - first) for first in range(low, high + 1))
    return Fraction(sum(way for way in ways if way <= here), total)


def binomial_excess(above: int, below: int) -> Fraction:
    """The chance of ``above`` or more out of ``above + below`` when both sides are equally likely.

    >>> binomial_excess(5, 0)
    Fraction(1, 32)
    """
    total = above + below
    return Fraction(sum(math.comb(total, count) for count in range(above, total + 1)), 2**total)


@dataclass(frozen=True)
class Reliability:
    """How much of a metric's spread is the person: ``between`` t², ``within`` s² (of one case), mean cases n, R."""

    between: float
    within: float
    cases: float
    value: float


def reliability(groups: Sequence[Sequence[float]]) -> Reliability | None:
    """R = t² / (t² + s²/n) by one-way analysis of variance over the groups' values.

    t² = (MSB - MSW) / n0, not below 0, with n0 = (N - Σn²/N) / (k - 1). None for fewer than two groups
    or when no group has two values.

    >>> round(reliability([[1, 1.2, 0.8], [2, 2.2, 1.8], [3, 3.2, 2.8]]).value, 3)
    0.987
    """
    groups = [group for group in groups if len(group)]
    count, total = len(groups), sum(len(group) for group in groups)
    if count < 2 or total <= count:
        return None
    means = [sum(group) / len(group) for group in groups]
    grand = sum(sum(group) for group in groups) / total
    between = sum(len(group) * (mean - grand) ** 2 for group, mean in zip(groups, means, strict=True)) / (count - 1)
    within = sum((value - mean) ** 2 for group, mean in zip(groups, means, strict=True) for value in group) / (total - count)
    size = (total - sum(len(group) ** 2 for group in groups) / total) / (count - 1)
    return _reliability(max((between - within) / size, 0.0), within, total / count)


def reliability_of_rates(counts: Sequence[tuple[int, int]]) -> Reliability | None:
    """R of a rate from (successes, cases) per person; the variance within is the binomial one, p(1 - p).

    Cases needed for R = 0.7 are 2.33 p(1-p)/t². None for fewer than two people with cases.
    """
    counts = [(won, cases) for won, cases in counts if cases > 0]
    if len(counts) < 2:
        return None
    total = sum(cases for _, cases in counts)
    rate = sum(won for won, _ in counts) / total
    within = rate * (1 - rate)
    size = (total - sum(cases**2 for _, cases in counts) / total) / (len(counts) - 1)
    between = sum(cases * (won / cases - rate) ** 2 for won, cases in counts) / (len(counts) - 1)
    return _reliability(max((between - within) / size, 0.0), within, total / len(counts))


def _reliability(between: float, within: float, cases: float) -> Reliability:
    noise = within / cases
    return Reliability(between, within, cases, between / (between + noise) if between + noise > 0 else 0.0)


def shares_of_variance(values: Mapping[tuple[str, str], Sequence[float]]) -> tuple[float, float]:
    """The variance between teams and between agents of a team, from values by (team, agent); each at least 0."""
    teams: dict[str, list[list[float]]] = {}
    for (team, _), own in values.items():
        if len(own):
            teams.setdefault(team, []).append(list(own))
    agent_means = {team: [sum(own) / len(own) for own in members] for team, members in teams.items()}
    inside = [reliability(members) for members in teams.values()]
    agents = [found.between for found in inside if found]
    across = reliability(list(agent_means.values()))
    return (across.between if across else 0.0), (sum(agents) / len(agents) if agents else 0.0)


def holm(p_values: Mapping[str, Fraction], level: Fraction) -> set[str]:
    """The names whose p-value stays significant after Holm's correction for testing many.

    >>> sorted(holm({"a": Fraction(1, 1000), "b": Fraction(1, 25), "c": Fraction(1, 2)}, Fraction(1, 20)))
    ['a']
    """
    found: set[str] = set()
    for rank, (name, p_value) in enumerate(sorted(p_values.items(), key=lambda each: (each[1], each[0]))):
        if p_value > level / (len(p_values) - rank):
            break
        found.add(name)
    return found


def quantile_regression(features: NDArray[np.float64], values: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """The coefficients that put a ``share`` of the values below the fitted plane (linear programming).

    ``features`` is (n, k) without a constant; the result has k + 1 coefficients, the constant first.
    """
    from scipy.optimize import linprog

    count = len(values)
    design = np.column_stack([np.ones(count), features])
    width = design.shape[1]
    cost = np.concatenate([np.zeros(2 * width), np.full(count, share), np.full(count, 1 - share)])
    equal = np.hstack([design, -design, np.eye(count), -np.eye(count)])
    solved: Any = linprog(cost, A_eq=equal, b_eq=values, method="highs")
    coefficients: NDArray[np.float64] = solved.x[:width] - solved.x[width : 2 * width]
    return coefficients


def percentile(values: Sequence[Fraction], share: Fraction) -> Fraction:
    """The lower quantile by nearest rank of a non-empty list."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def median(values: Sequence[Fraction]) -> Fraction:
    """The middle value; of an even number the mean of the two middle ones.

    >>> median([Fraction(1), Fraction(4), Fraction(3), Fraction(2)])
    Fraction(5, 2)
    """
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
