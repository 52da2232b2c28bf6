"""The exact value of a formula for one agent, and the same walk with every step kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from chot.kpi.formula_tree import (
    Arithmetic,
    Call,
    Choice,
    Comparison,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    NotMeasurable,
    Number,
    call,
    combine,
    compare,
    parts_of,
    render,
)


@dataclass(frozen=True)
class Unmeasured:
    """What a lookup returns for a name that has no value for this agent."""

    reason: str


Lookup = Callable[[str], Fraction | int | Unmeasured]


@dataclass(frozen=True)
class Step:
    """One part of a formula with its value.

    ``value`` is None where there is none: ``reason`` then says why, and is empty for a part that was
    not needed (the branch not taken, the rest of an ``and`` that already failed).
    """

    text: str
    value: Fraction | bool | None
    reason: str = ""
    parts: tuple[Step, ...] = ()

    @property
    def needed(self) -> bool:
        """Whether the part was evaluated at all."""
        return self.value is not None or self.reason != ""


def looked_up(name: str, values: Lookup) -> Fraction:
    """The value of a name; raises ``NotMeasurable`` when it has none."""
    found = values(name)
    if isinstance(found, Unmeasured):
        raise NotMeasurable(found.reason, name)
    return found if isinstance(found, Fraction) else Fraction(found)


def value_of(node: Node, values: Lookup) -> Fraction | bool:
    """The value of a node; only what is needed is evaluated, from left to right."""
    match node:
        case Number():
            return node.value
        case Name():
            return looked_up(node.name, values)
        case Negative():
            return -cast(Fraction, value_of(node.of, values))
        case Arithmetic():
            total = cast(Fraction, value_of(node.parts[0], values))
            for operator, part in zip(node.operators, node.parts[1:], strict=True):
                total = combine(operator, total, cast(Fraction, value_of(part, values)), part)
            return total
        case Call():
            return call(node.function, [cast(Fraction, value_of(part, values)) for part in node.parts])
        case Comparison():
            left, right = value_of(node.left, values), value_of(node.right, values)
            return compare(node.operator, cast(Fraction, left), cast(Fraction, right))
        case Logic():
            decides = node.operator == "or"
            for part in node.parts:
                if value_of(part, values) == decides:
                    return decides
            return not decides
        case Not():
            return not value_of(node.of, values)
        case Choice():
            return value_of(node.then if value_of(node.condition, values) else node.otherwise, values)


class Tracer:
    """The walk of ``value_of`` that keeps every step; both give the same value or the same reason."""

    def __init__(self, values: Lookup) -> None:
        self._values = values

    def step(self, node: Node) -> Step:
        """The node with its value and its parts, in the order in which they are evaluated."""
        done: list[Step] = []
        value: Fraction | bool | None = None
        reason = ""
        try:
            value = self._value(node, done)
        except (NotMeasurable, _StoppedError) as error:
            reason = str(error)
        skipped = (_skipped(part) for part in parts_of(node)[len(done) :])
        return Step(render(node), value, reason, (*done, *skipped))

    def _need(self, node: Node, done: list[Step]) -> Fraction | bool:
        step = self.step(node)
        done.append(step)
        if step.value is None:
            raise _StoppedError(step.reason)
        return step.value

    def _value(self, node: Node, done: list[Step]) -> Fraction | bool:
        match node:
            case Arithmetic():
                total = Fraction(self._need(node.parts[0], done))
                for operator, part in zip(node.operators, node.parts[1:], strict=True):
                    total = combine(operator, total, Fraction(self._need(part, done)), part)
                return total
            case Call():
                return call(node.function, [Fraction(self._need(part, done)) for part in node.parts])
            case Comparison():
                left = Fraction(self._need(node.left, done))
                return compare(node.operator, left, Fraction(self._need(node.right, done)))
            case Logic():
                decides = node.operator == "or"
                return decides if any(self._need(part, done) == decides for part in node.parts) else not decides
            case Not():
                return not self._need(node.of, done)
            case Negative():
                return -Fraction(self._need(node.of, done))
            case Choice():
                return self._choice(node, done)
            case _:
                return value_of(node, self._values)

    def _choice(self, node: Choice, done: list[Step]) -> Fraction | bool:
        holds = self._need(node.condition, done)
        if holds:
            value = self._need(node.then, done)
            done.append(_skipped(node.otherwise))
            return value
        done.append(_skipped(node.then))
        return self._need(node.otherwise, done)


class _StoppedError(Exception):
    """A part has no value, so what contains it has none, for the same reason."""


def _skipped(node: Node) -> Step:
    return Step(render(node), None)
