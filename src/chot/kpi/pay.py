"""From scored items to published lines: gates, commission, formula lines and the pool, as docs/pay.md lays them down.

A line is rounded once; the gate lines make the published sum equal the rounded exact sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from chot.core.money import share_out
from chot.core.rationals import Integers, Rationals
from chot.kpi.formula import Formula, NotMeasurable
from chot.kpi.metrics import Metric
from chot.kpi.plan import Commission, Gate, Plan
from chot.kpi.scoring import Scored
from chot.kpi.values import Column

Own = Mapping[str, Column]
"""The agents' own figures under default settings, by metric id: what gates, commission, lines and the pool read."""


@dataclass(frozen=True, kw_only=True)
class LineColumn:
    """One line of the statement for all agents; ``published`` says who gets it, ``notes`` why it is what it is."""

    id: str
    kind: str
    exact: Rationals
    amount: Integers
    published: NDArray[np.bool_]
    factor: Fraction | None = None
    notes: Mapping[int, str] = field(default_factory=dict)


def names_read(plan: Plan) -> list[str]:
    """The metric ids that gates, commission, lines and the pool read."""
    names = {name for gate in plan.gates for name in gate.when.names}
    names |= {name for line in plan.lines for name in line.formula.names}
    names |= {commission.on.id for commission in plan.commission}
    return sorted(names | ({plan.pool.by.id} if plan.pool else set()))


def metrics_read(plan: Plan) -> list[Metric]:
    """The metrics of the items, and those that gates, commission, lines and the pool read; each once."""
    found = {item.metric.id: item.metric for item in plan.items}
    return list({**found, **{name: plan.metrics[name] for name in names_read(plan)}}.values())


def pay_lines(plan: Plan, scored: Sequence[Scored], own: Own, *, agents: Sequence[str]) -> tuple[list[LineColumn], list[str]]:
    """The lines of every agent, in the order of publication, and the warnings about gates that do not apply."""
    everyone = np.ones(len(agents), dtype=bool)
    items = [
        LineColumn(id=f"item:{each.item.metric.id}", kind="bonus", exact=each.exact, amount=each.amount, published=everyone)
        for each in scored
    ]
    commissions = [_commission_line(plan, number, own, everyone) for number in range(1, len(plan.commission) + 1)]
    formulas = [_formula_line(plan, number, own, everyone) for number in range(len(plan.lines))]
    gated = items + [line for line, rule in zip(commissions, plan.commission, strict=True) if rule.gated]
    gated += [line for line, rule in zip(formulas, plan.lines, strict=True) if rule.gated]
    gates, warnings = _gate_lines(plan, gated, own, agents)
    return [*items, *gates, *commissions, *formulas, *_pool_line(plan, own, everyone)], warnings


def _gate_lines(plan: Plan, gated: Sequence[LineColumn], own: Own, agents: Sequence[str]) -> tuple[list[LineColumn], list[str]]:
    found = [failing(gate, own, len(agents)) for gate in plan.gates]
    if not found:
        return [], []
    places = np.flatnonzero(np.any([fails for fails, _ in found], axis=0))  # the exact sums matter only here
    exact, published = Rationals.full(len(places), 0), np.zeros(len(places), dtype=object)
    for line in gated:
        exact, published = exact + line.exact.take(places), published + line.amount[places]
    lines, warnings = [], []
    for number, (gate, (fails, notes)) in enumerate(zip(plan.gates, found, strict=True), start=1):
        here = fails[places]
        exact = exact.scaled(gate.otherwise).where(here, exact)
        amount = np.where(here, exact.rounded(plan.rounding_unit_vnd) - published, 0)
        published = published + amount
        lines.append(
            LineColumn(
                id=f"gate:{number}",
                kind="gate",
                exact=exact.spread(places, len(agents)),
                amount=_spread(amount, places, len(agents)),
                published=fails,
                factor=gate.otherwise,
                notes=notes,
            )
        )
        warnings += [f"gate:{number}: {agents[place]}: does not apply: {why}" for place, why in sorted(notes.items())]
    return lines, warnings


def _spread(amounts: Integers, places: Integers, length: int) -> Integers:
    whole: Integers = np.zeros(length, dtype=object)
    whole[places] = amounts
    return whole


def failing(gate: Gate, own: Own, length: int) -> tuple[NDArray[np.bool_], dict[int, str]]:
    """Whose gated sum is multiplied, and for whom the gate does not apply, with the reason."""
    fails, notes = np.zeros(length, dtype=bool), {}
    small = {name: own[name] for name in gate.when.names} if gate.min_sample else {}
    for place in range(length):
        try:
            for name, column in small.items():
                _check_sample(gate, name, column, place)
            fails[place] = not gate.when.evaluate(_reader(own, place))
        except NotMeasurable as error:
            notes[place] = str(error)
    return fails, notes


def _check_sample(gate: Gate, name: str, column: Column, place: int) -> None:
    sample = int(column.sample[place])
    if not column.always and sample < gate.min_sample:
        raise NotMeasurable(f"sample {sample} is under min_sample {gate.min_sample}", name)


def _reader(own: Own, place: int) -> Callable[[str], Fraction]:
    def read(name: str) -> Fraction:
        column = own[name]
        if not column.measured[place]:
            raise NotMeasurable(column.reasons.get(place, "unmeasured"), name)
        return column.exact[place]

    return read


def _commission_line(plan: Plan, number: int, own: Own, everyone: NDArray[np.bool_]) -> LineColumn:
    rule = plan.commission[number - 1]
    base = own[rule.on.id]
    zero = Rationals.full(len(everyone), 0)
    exact = commission(rule, base.exact).where(base.measured, zero)
    notes = {place: base.reasons.get(int(place), "unmeasured") for place in map(int, np.flatnonzero(~base.measured))}
    return LineColumn(
        id=f"commission:{number}",
        kind="commission",
        exact=exact,
        amount=exact.rounded(plan.rounding_unit_vnd),
        published=everyone,
        notes=notes,
    )


def commission(rule: Commission, base: Rationals) -> Rationals:
    """The commission on each base: every tier's rate on its own band (marginal) or the reached tier's on all (whole)."""
    length = len(base)
    zero = Rationals.full(length, 0)
    total, previous = zero, Fraction(0)
    for threshold, rate in rule.tiers:
        reached = base.at_least(threshold)
        if rule.mode == "whole":
            total = base.scaled(rate).where(reached, total)
        else:
            band = (base - Rationals.full(length, threshold)).scaled(rate - previous)
            total = (total + band).where(reached, total)
        previous = rate
    return total.where(base.at_least(0), zero)


def _formula_line(plan: Plan, number: int, own: Own, everyone: NDArray[np.bool_]) -> LineColumn:
    rule = plan.lines[number]
    exact, notes = evaluate_all(rule.formula, own, len(everyone))
    return LineColumn(
        id=f"line:{rule.name}",
        kind="formula",
        exact=exact,
        amount=exact.rounded(plan.rounding_unit_vnd),
        published=everyone,
        notes=notes,
    )


def evaluate_all(formula: Formula, own: Own, length: int) -> tuple[Rationals, dict[int, str]]:
    """The formula for every agent; where it cannot be computed 0, with the reason."""
    values, notes = [], {}
    for place in range(length):
        try:
            values.append(Fraction(formula.evaluate(_reader(own, place))))
        except NotMeasurable as error:
            values.append(Fraction(0))
            notes[place] = str(error)
    return Rationals.of(values), notes


def _pool_line(plan: Plan, own: Own, everyone: NDArray[np.bool_]) -> list[LineColumn]:
    if not plan.pool:
        return []
    column = own[plan.pool.by.id]
    weights = [exact if known else Fraction(0) for exact, known in zip(column.exact, column.measured, strict=True)]
    positive = [max(weight, Fraction(0)) for weight in weights]
    total = sum(positive)
    shares = share_out(plan.pool.vnd, positive, plan.rounding_unit_vnd)
    exact = Rationals.of(plan.pool.vnd * weight / total if total else Fraction(0) for weight in positive)
    return [LineColumn(id="pool", kind="pool", exact=exact, amount=np.array(shares, dtype=object), published=everyone)]
