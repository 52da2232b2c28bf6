"""From metric values to attainment, payout and exact amounts, by columns: docs/pay.md, step by step.

Each function works on a whole column of agents; every number is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from chot.core.rationals import Integers, Rationals
from chot.kpi.plan import Item, Plan, Scale
from chot.kpi.values import Column

ABSENT = "no working day of the period counts towards targets"


@dataclass(frozen=True, kw_only=True)
class Scored:
    """One item for all agents of a run; ``amount`` is in whole đồng, ``exact`` the same before rounding."""

    item: Item
    value: Column
    target: Rationals
    attainment: Rationals
    payout: Rationals
    measured: NDArray[np.bool_]
    unpaid: NDArray[np.bool_]  # unmeasured, its weight given to the measured items
    effective_weight: Rationals
    exact: Rationals
    amount: Integers

    def reason(self, place: int) -> str:
        """Why the item of that agent is unmeasured; empty when it is measured."""
        if self.measured[place]:
            return ""
        return self.value.reasons.get(place, ABSENT)


def attainment(actual: Rationals, target: Rationals, *, direction: str) -> Rationals:
    """``actual / target`` for higher, ``2 - actual / target`` (not below 0) for lower.

    A lower metric with the target 0 attains 100 % when the actual is 0, else 0.
    """
    no_target = np.asarray(target.n == 0, dtype=bool)
    one, zero = Rationals.full(len(actual), 1), Rationals.full(len(actual), 0)
    ratio = actual.over(one.where(no_target, target))
    if direction == "higher":
        return zero.where(no_target, ratio)
    lower = Rationals.full(len(actual), 2) - ratio
    lower = lower.where(lower.at_least(0), zero)
    spotless = one.where(np.asarray(actual.n == 0, dtype=bool), zero)
    return spotless.where(no_target, lower)


def payout(scale: Scale, attained: Rationals) -> Rationals:
    """The payout of each attainment: 0 below the first point, the last payout above the last."""
    paid = Rationals.full(len(attained), 0)
    for place, (reached, pays) in enumerate(scale.points):
        here = Rationals.full(len(attained), pays)
        if scale.mode == "linear" and place + 1 < len(scale.points):
            next_reached, next_pays = scale.points[place + 1]
            slope = (next_pays - pays) / (next_reached - reached)
            here = attained.scaled(slope) + Rationals.full(len(attained), pays - slope * reached)
        paid = here.where(attained.at_least(reached), paid)
    return paid


def score(
    plan: Plan, values: Sequence[Column], targets: Sequence[Rationals], *, target_shares: Rationals, bonus_shares: Rationals
) -> list[Scored]:
    """Every item of the plan for every agent; ``values`` and full-time ``targets`` stand in the order of the items."""
    absent = np.asarray(target_shares.n == 0, dtype=bool)
    measured = [column.measured & ~absent for column in values]
    weights = np.array([item.weight for item in plan.items], dtype=np.int64)
    measured_weight = sum((mask * weight for mask, weight in zip(measured, weights, strict=True)), np.zeros(len(absent), dtype=np.int64))
    loose = [~mask & ~absent & (item.unmeasured == "redistribute") for mask, item in zip(measured, plan.items, strict=True)]
    loose_weight = sum((mask * weight for mask, weight in zip(loose, weights, strict=True)), np.zeros(len(absent), dtype=np.int64))
    enough = measured_weight >= plan.min_measured_weight
    grown = Rationals.from_integers(
        np.where(enough, measured_weight + loose_weight, 1), np.where(enough, np.maximum(measured_weight, 1), 1)
    )
    bonus = bonus_shares.scaled(Fraction(plan.bonus_vnd, 100))
    return [
        _score_item(plan, item, column, target, target_shares, mask, free & enough, grown, bonus)
        for item, column, target, mask, free in zip(plan.items, values, targets, measured, loose, strict=True)
    ]


def _score_item(
    plan: Plan,
    item: Item,
    value: Column,
    target: Rationals,
    shares: Rationals,
    measured: NDArray[np.bool_],
    unpaid: NDArray[np.bool_],
    grown: Rationals,
    bonus: Rationals,
) -> Scored:
    length = len(measured)
    if item.metric.always:
        target = target * shares
    attained = attainment(value.exact, target, direction=item.direction)
    pays = payout(item.scale, attained).where(measured, _unmeasured_payout(plan, item, shares, length))
    weight = Rationals.full(length, item.weight)
    effective = (weight * grown).where(measured, weight)
    effective = Rationals.full(length, 0).where(unpaid, effective)
    exact = bonus * effective * pays
    return Scored(
        item=item,
        value=value,
        target=target,
        attainment=attained,
        payout=pays,
        measured=measured,
        unpaid=unpaid,
        effective_weight=effective,
        exact=exact,
        amount=exact.rounded(plan.rounding_unit_vnd),
    )


def _unmeasured_payout(plan: Plan, item: Item, shares: Rationals, length: int) -> Rationals:
    """What an unmeasured item pays on its own weight: 100 % or nothing."""
    one, zero = Rationals.full(length, 1), Rationals.full(length, 0)
    usual = zero if item.unmeasured == "zero" else one
    absent = one if plan.proration.absent == "neutral" else zero
    return absent.where(np.asarray(shares.n == 0, dtype=bool), usual)
