"""Metrics inside formulas, written out: a metric's name gives way to its own formula over measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from chot.kpi.formula_parser import tree_of
from chot.kpi.formula_tree import Arithmetic, Call, Choice, Comparison, Logic, Name, Negative, Node, Not, Number, names_in, walk
from chot.kpi.measures import Measure
from chot.kpi.metrics import Metric
from chot.kpi.schema import TABLES


def inner_tree(metric: Metric) -> Node:
    """The tree of a metric as part of another: it has no value wherever the metric is unmeasured.

    A formula that divides by its sample has that already. Any other is multiplied and divided by
    ``max(sample, 0)``, which changes no value and is a division by zero where the sample is not above 0.
    """
    tree, sample = tree_of(metric.formula), tree_of(metric.sample)
    measures = {measure.name: measure for measure in metric.measures}
    divides = any(_is_multiple(divisor, sample) for divisor in certain_divisors(tree))
    if metric.always or (divides and _never_negative(sample, measures)):
        return tree
    positive = Call("max", (sample, Number(Fraction(0))))
    return Arithmetic((tree, positive, positive), ("*", "/"))


def written_out(node: Node, trees: Mapping[str, Node]) -> Node:
    """The node with every name of ``trees`` replaced by its tree."""

    def out(part: Node) -> Node:
        return written_out(part, trees)

    match node:
        case Name():
            return trees.get(node.name, node)
        case Arithmetic() | Call() | Logic():
            return replace(node, parts=tuple(out(part) for part in node.parts))
        case Negative() | Not():
            return replace(node, of=out(node.of))
        case Comparison():
            return replace(node, left=out(node.left), right=out(node.right))
        case Choice():
            return replace(node, then=out(node.then), condition=out(node.condition), otherwise=out(node.otherwise))
        case Number():
            return node


def size_written_out(node: Node, trees: Mapping[str, Node]) -> int:
    """How many parts ``written_out`` would have."""
    sizes = {name: sum(1 for _ in walk(tree)) for name, tree in trees.items()}
    return sum(sizes.get(part.name, 1) if isinstance(part, Name) else 1 for part in walk(node))


def divisors(node: Node) -> Iterator[Node]:
    """Every divisor with a name in it, wherever it stands."""
    return (divisor for part in walk(node) for divisor in _of(part))


def certain_divisors(node: Node) -> Iterator[Node]:
    """The divisors with a name in them that are evaluated whatever the data are, left to right."""
    yield from _of(node)
    match node:
        case Arithmetic() | Call():
            for part in node.parts:
                yield from certain_divisors(part)
        case Negative():
            yield from certain_divisors(node.of)
        case _:
            return


def adds_and_multiplies(node: Node) -> bool:
    """Whether integers give an integer: names, whole numbers, ``+ - *``."""
    return all(
        isinstance(part, Name | Negative)
        or (isinstance(part, Number) and part.value.denominator == 1)
        or (isinstance(part, Arithmetic) and "/" not in part.operators)
        for part in walk(node)
    )


def _of(node: Node) -> Iterator[Node]:
    if isinstance(node, Arithmetic):
        yield from (part for op, part in zip(node.operators, node.parts[1:], strict=True) if op == "/" and names_in(part))


def _is_multiple(divisor: Node, sample: Node) -> bool:
    """Whether the divisor is the sample, or the sample times numbers other than 0."""
    if divisor == sample:
        return True
    if not isinstance(divisor, Arithmetic) or set(divisor.operators) != {"*"}:
        return False
    others = [part for part in divisor.parts if part != sample]
    return len(others) < len(divisor.parts) and all(isinstance(part, Number) and part.value for part in others)


def _never_negative(node: Node, measures: Mapping[str, Measure]) -> bool:
    match node:
        case Number():
            return True
        case Name():
            measure = measures[node.name]
            if measure.kind not in ("sum", "max"):
                return True
            low = TABLES[measure.table].column(measure.column).low
            return low is not None and low >= 0
        case Arithmetic():
            return "-" not in node.operators and all(_never_negative(part, measures) for part in node.parts)
        case _:
            return False
