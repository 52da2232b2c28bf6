"""The parts of a formula: frozen nodes, their exact arithmetic, and their text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from chot.core.errors import ChotError
from chot.core.money import decimal_text, round_half_away

Kind = Literal["plain", "vnd", "seconds", "condition"]
ZERO_DIVISOR = "division by zero"


@dataclass(frozen=True)
class Number:
    """A number as written: ``8%`` is 8/100 with ``percent``."""

    value: Fraction
    percent: bool = False
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Name:
    """A measure or a metric."""

    name: str
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Negative:
    """Unary minus."""

    of: Node
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Arithmetic:
    """A chain of ``+ -`` or of ``* /``, from left to right: one operator between two parts."""

    parts: tuple[Node, ...]
    operators: tuple[str, ...]
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Call:
    """``min``, ``max`` (two or more parts), ``round`` or ``abs`` (one)."""

    function: str
    parts: tuple[Node, ...]
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Comparison:
    """One comparison of two numbers."""

    operator: str
    left: Node
    right: Node
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Logic:
    """A chain of ``and`` or of ``or``."""

    operator: str
    parts: tuple[Node, ...]
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Not:
    """The contrary of a condition."""

    of: Node
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Choice:
    """``then if condition else otherwise``."""

    then: Node
    condition: Node
    otherwise: Node
    at: int = field(default=1, compare=False)


Node = Number | Name | Negative | Arithmetic | Call | Comparison | Logic | Not | Choice


class NotMeasurable(ChotError):
    """A formula has no value for this agent: a name is unmeasured, or data made a divisor zero.

    ``name`` is the unmeasured name, or the text of the divisor; ``reason`` says why.
    """

    def __init__(self, reason: str, name: str) -> None:
        self.reason, self.name = reason, name
        super().__init__(f"{reason}: {name} is 0" if reason == ZERO_DIVISOR else f"{name} is not measured: {reason}")


def parts_of(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in the order in which they are evaluated."""
    match node:
        case Arithmetic() | Call() | Logic():
            return node.parts
        case Negative() | Not():
            return (node.of,)
        case Comparison():
            return (node.left, node.right)
        case Choice():
            return (node.condition, node.then, node.otherwise)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for part in parts_of(node):
        yield from walk(part)


def names_in(node: Node) -> frozenset[str]:
    """Every name below a node."""
    return frozenset(each.name for each in walk(node) if isinstance(each, Name))


def combine(operator: str, left: Fraction, right: Fraction, divisor: Node) -> Fraction:
    """One step of arithmetic; ``divisor`` is the node of ``right``, for the reason when it is 0."""
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            if not right:
                raise NotMeasurable(ZERO_DIVISOR, render(divisor))
            return left / right


def compare(operator: str, left: Fraction, right: Fraction) -> bool:
    """One comparison, exact."""
    match operator:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "==":
            return left == right
        case _:
            return left != right


def call(function: str, values: list[Fraction]) -> Fraction:
    """One of the four functions; ``round`` is half away from zero, to a whole number."""
    match function:
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "abs":
            return abs(values[0])
        case _:
            return Fraction(round_half_away(values[0]))


CHOICE, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, ATOM = range(9)
"""How tightly each part binds; a part that binds less than its place asks for stands in brackets."""


def binding(node: Node) -> int:
    """How tightly the node binds."""
    match node:
        case Choice():
            return CHOICE
        case Logic():
            return OR if node.operator == "or" else AND
        case Not():
            return NOT
        case Comparison():
            return COMPARISON
        case Arithmetic():
            return SUM if node.operators[0] in "+-" else PRODUCT
        case Negative():
            return SIGN
        case _:
            return ATOM


def as_written(number: Number) -> str:
    """The number in formula language, with its ``%``.

    >>> as_written(Number(Fraction(8, 100), percent=True))
    '8%'
    """
    return decimal_text(number.value * 100, 40) + "%" if number.percent else decimal_text(number.value, 40)


def by_value(number: Number) -> str:
    """The number in formula language without ``%``, so that ``8%`` and ``0.08`` read the same."""
    return decimal_text(number.value, 40)


def render(node: Node, number: Callable[[Number], str] = as_written, least: int = CHOICE) -> str:
    """The node as text of the formula language, with no more brackets than it needs."""
    text = _render(node, number)
    return f"({text})" if binding(node) < least else text


def _render(node: Node, number: Callable[[Number], str]) -> str:
    match node:
        case Number():
            return number(node)
        case Name():
            return node.name
        case Negative():
            return "-" + render(node.of, number, SIGN)
        case Arithmetic():
            level = binding(node)
            rest = (f" {op} {render(part, number, level + 1)}" for op, part in zip(node.operators, node.parts[1:], strict=True))
            return render(node.parts[0], number, level) + "".join(rest)
        case Call():
            return f"{node.function}({', '.join(render(part, number) for part in node.parts)})"
        case Comparison():
            return f"{render(node.left, number, SUM)} {node.operator} {render(node.right, number, SUM)}"
        case Logic():
            return f" {node.operator} ".join(render(part, number, binding(node)) for part in node.parts)
        case Not():
            return "not " + render(node.of, number, NOT)
        case Choice():
            then, condition = render(node.then, number, OR), render(node.condition, number, OR)
            return f"{then} if {condition} else {render(node.otherwise, number)}"
