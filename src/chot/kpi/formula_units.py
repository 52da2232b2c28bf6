"""Which unit a formula gives: đồng and seconds do not mix, conditions are no numbers, names are known.

    đồng ± đồng, đồng ± number     đồng        đồng * number, đồng / number    đồng
    đồng / đồng                    number      đồng / seconds                  number (đồng per second)
    number / đồng, number / seconds  number    đồng with seconds otherwise     an error
    đồng * đồng, seconds * seconds   an error

Counts, ratios, scores and written numbers are plain numbers; a plain number fits any unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import cast

from chot.core.text import did_you_mean
from chot.kpi.formula_evaluation import value_of
from chot.kpi.formula_parser import FormulaError
from chot.kpi.formula_tree import (
    Arithmetic,
    Call,
    Choice,
    Comparison,
    Kind,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    NotMeasurable,
    Number,
    names_in,
    render,
)
from chot.kpi.measures import Measure

ADVISED = 5  # unknown names of one formula for which the nearest known one is looked up
_TITLES = {"vnd": "đồng", "seconds": "seconds", "plain": "a number", "condition": "a condition"}


def kind_of_unit(unit: str) -> Kind:
    """The kind of number of a metric's unit: counts, ratios and scores are plain.

    >>> kind_of_unit("ratio"), kind_of_unit("vnd")
    ('plain', 'vnd')
    """
    return cast(Kind, unit) if unit in ("vnd", "seconds") else "plain"


def kind_of_measure(measure: Measure) -> Kind:
    """The kind of number a measure gives: that of the column it sums; counts are plain."""
    if measure.kind in ("sum", "max"):
        return "vnd" if measure.column.endswith("_vnd") else "seconds" if measure.column.endswith("_s") else "plain"
    return "plain"


class UnitCheck:
    """One pass over a tree; ``faults`` collects everything that is wrong with names, units and constant divisors."""

    def __init__(self, names: Mapping[str, Kind]) -> None:
        self._names = names
        self._unknown: set[str] = set()
        self.faults: list[FormulaError] = []

    def kind(self, node: Node) -> Kind:
        """The kind of a node; after a fault the best guess, so that the pass goes on."""
        match node:
            case Number():
                return "plain"
            case Name():
                return self._name(node)
            case Negative():
                return self._number(node.of)
            case Arithmetic():
                return self._arithmetic(node)
            case Call():
                return self._same([self._number(part) for part in node.parts], node.at, f"{node.function} of")
            case Comparison():
                self._same([self._number(node.left), self._number(node.right)], node.at, "a comparison of")
                return "condition"
            case Logic():
                for part in node.parts:
                    self._condition(part)
                return "condition"
            case Not():
                self._condition(node.of)
                return "condition"
            case Choice():
                return self._choice(node)

    def _name(self, node: Name) -> Kind:
        known = self._names.get(node.name)
        if known is None and node.name not in self._unknown:
            advice = did_you_mean(node.name[:80], self._names) if len(self._unknown) < ADVISED else ""
            self._unknown.add(node.name)
            self.faults.append(FormulaError(node.at, f"unknown name {node.name[:40]!r}", advice))
        return known or "plain"

    def _number(self, node: Node) -> Kind:
        kind = self.kind(node)
        if kind == "condition":
            self.faults.append(FormulaError(node.at, "a condition stands where a number is needed", "Write: 1 if condition else 0"))
            return "plain"
        return kind

    def _condition(self, node: Node) -> None:
        if self.kind(node) != "condition":
            self.faults.append(FormulaError(node.at, "a number stands where a condition is needed", "Compare it, as in orders >= 40"))

    def _choice(self, node: Choice) -> Kind:
        self._condition(node.condition)
        then, otherwise = self.kind(node.then), self.kind(node.otherwise)
        if (then == "condition") != (otherwise == "condition"):
            self.faults.append(FormulaError(node.at, "one branch of the if is a number and the other a condition"))
            return "plain"
        return self._same([then, otherwise], node.at, "an if with branches of")

    def _same(self, kinds: list[Kind], at: int, what: str) -> Kind:
        """The one unit of several parts; plain numbers fit any."""
        units = sorted({kind for kind in kinds if kind != "plain"})
        if len(units) > 1:
            mixed = " and ".join(_TITLES[unit] for unit in reversed(units))
            self.faults.append(FormulaError(at, f"{what} {mixed}: đồng and seconds do not mix"))
        return units[0] if units else "plain"

    def _arithmetic(self, node: Arithmetic) -> Kind:
        kinds = [self._number(part) for part in node.parts]
        if node.operators[0] in "+-":
            return self._same(kinds, node.at, "a sum of")
        kind = kinds[0]
        for operator, part, other in zip(node.operators, node.parts[1:], kinds[1:], strict=True):
            kind = self._times(kind, other, part) if operator == "*" else self._over(kind, other, part)
        return kind

    def _times(self, left: Kind, right: Kind, part: Node) -> Kind:
        if left != "plain" and right != "plain":
            what = f"{_TITLES[left]} times {_TITLES[right]} is no amount"
            self.faults.append(FormulaError(part.at, what, "One of the two must be a plain number"))
        return left if right == "plain" else right

    def _over(self, left: Kind, right: Kind, divisor: Node) -> Kind:
        if _is_zero(divisor):
            self.faults.append(FormulaError(divisor.at, f"division by {render(divisor)[:40]}, which is always 0"))
        if left == "seconds" and right == "vnd":
            self.faults.append(FormulaError(divisor.at, "seconds divided by đồng: đồng and seconds do not mix"))
        return left if right == "plain" else "plain"


def kind_in(node: Node, names: Mapping[str, Kind]) -> Kind:
    """The kind of a node of a tree that has been checked."""
    return UnitCheck(names).kind(node)


def _is_zero(node: Node) -> bool:
    """Whether a node without names is 0 (a division by zero inside it is reported at its own place)."""
    if names_in(node):
        return False
    try:
        return value_of(node, _no_names) == 0
    except NotMeasurable:
        return False


def _no_names(name: str) -> Fraction:
    raise KeyError(name)
