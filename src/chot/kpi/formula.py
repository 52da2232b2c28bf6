"""The formula language of plans and company metrics: an allow-list, exact, checked before it is used.

    numbers     500000  1_000  0.25  8%        (% directly after the number)
    names       of metrics or measures
    arithmetic  + - * /   min(a, b, …)  max(a, b, …)  round(a)  abs(a)
    conditions  < <= > >= == !=   and  or  not
    choice      500000 if orders >= 40 else 0

``docs/formula.md`` is the reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from chot.core.errors import InputError, Problem
from chot.core.text import normal
from chot.kpi.formula_columns import Columns, columns_of
from chot.kpi.formula_evaluation import Lookup, Step, Tracer, Unmeasured, value_of
from chot.kpi.formula_parser import FormulaError, tree_of
from chot.kpi.formula_tree import Kind, Node, NotMeasurable, by_value, names_in, render
from chot.kpi.formula_units import UnitCheck, kind_of_measure, kind_of_unit
from chot.kpi.formula_words import Language, Speaker
from chot.kpi.metrics import Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Formula", "Kind", "NotMeasurable", "Step", "Unmeasured", "kind_of_measure", "kind_of_unit", "parse",
]  # fmt: skip


@dataclass(frozen=True)
class Formula:
    """A parsed and checked formula.

    ``canonical`` is the same for formulas that differ in spaces, brackets, ``1_000`` or ``8%`` only.
    """

    canonical: str
    kind: Kind
    text: str = field(compare=False)
    tree: Node = field(compare=False, repr=False)
    kinds: Mapping[str, Kind] = field(compare=False, repr=False)

    @property
    def names(self) -> frozenset[str]:
        """Every name the formula reads."""
        return frozenset(self.kinds)

    def evaluate(self, values: Lookup) -> Fraction | bool:
        """The exact value; a bool for a condition. Only the branch taken is evaluated.

        ``values`` gives a number, or ``Unmeasured``. Raises ``NotMeasurable`` for an unmeasured name and for
        a division by a zero that comes from data.

        >>> parse("20000 * orders / 3", names={"orders": "count"}).evaluate(lambda name: 7)
        Fraction(140000, 3)
        """
        return value_of(self.tree, values)

    def evaluate_traced(self, values: Lookup) -> Step:
        """The value with every step to it; where ``evaluate`` raises, the step has the reason instead."""
        return Tracer(values).step(self.tree)

    def columns(self, values: Columns) -> tuple[NDArray[Any], NDArray[Any]] | None:
        """Numerators and denominators over whole columns of integers; None when rows must be evaluated one by one.

        Denominators are positive, and 0 where ``evaluate`` would find a division by zero.
        """
        return columns_of(self.tree, values)

    def words(self, lang: Language, titles: Mapping[str, Words], *, unit: Kind | None = None) -> str:
        """The formula in plain words; ``unit`` is what its value is paid or shown in (its own when not given).

        >>> bonus = parse("500000 if orders >= 40 else 0", names={"orders": "count"})
        >>> bonus.words("vi", {"orders": Words(vi="Số đơn hàng", en="Orders")}, unit="vnd")
        '500.000 ₫ nếu số đơn hàng ≥ 40, nếu không 0'
        """
        own = self.kind if self.kind != "condition" else "plain"
        return Speaker(lang, titles, self.kinds).say(self.tree, unit or own)


def parse(text: str, *, names: Mapping[str, str], file: str = "", line: int | None = None, field: str = "") -> Formula:
    """The formula written in ``text`` over ``names`` (name -> unit or kind).

    Raises ``InputError`` with every unknown name, unit that does not fit and constant division by zero,
    or with the first place that is not the formula language.

    >>> parse("ordrs * 2", names={"orders": "count"})
    Traceback (most recent call last):
    chot.core.errors.InputError: unknown name 'ordrs' at character 1. Did you mean 'orders'?
    """
    kinds: dict[str, Kind] = {name: "condition" if unit == "condition" else kind_of_unit(unit) for name, unit in names.items()}
    try:
        tree = tree_of(text)
        check = UnitCheck(kinds)
        kind = check.kind(tree)
        faults = check.faults
    except FormulaError as fault:
        faults = [fault]
    if faults:
        raise InputError(
            Problem(file=file, line=line, field=field, what=f"{fault.what} at character {fault.at}", fix=fault.fix) for fault in faults
        )
    read = {name: kinds[name] for name in sorted(names_in(tree))}
    return Formula(canonical=render(tree, by_value), kind=kind, text=normal(text).strip(), tree=tree, kinds=read)
