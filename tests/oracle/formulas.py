"""The formula language, read with Python's own grammar over an allow-list."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any


class UnmeasuredError(Exception):
    """An unmeasured name, or a division by a zero that comes from data."""


ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip


def evaluate(formula: str, look_up: Callable[[str], Fraction]) -> Any:
    """"numbers, `%` directly after a number, names, + - * /, one comparison at a time, `and or not`, `if else`,
    `min max round abs`"; "Only the branch taken is evaluated" """
    text = re.sub(r"(?<![\w.])(\d[\d_]*(?:\.\d+)?)%", r"(\1/100)", formula.strip())

    def value(node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return Fraction((ast.get_source_segment(text, node) or "").replace("_", ""))
        if isinstance(node, ast.Name):
            return look_up(node.id)
        if isinstance(node, ast.IfExp):
            return value(node.body) if value(node.test) else value(node.orelse)
        if isinstance(node, ast.BoolOp):
            if isinstance(node.op, ast.And):
                return all(value(part) for part in node.values)
            return any(value(part) for part in node.values)
        if isinstance(node, ast.UnaryOp):
            inner = value(node.operand)
            return not inner if isinstance(node.op, ast.Not) else -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.Compare):
            (comparison,), (right,) = node.ops, node.comparators
            return COMPARISONS[type(comparison)](value(node.left), value(right))
        if isinstance(node, ast.BinOp):
            return calculate(node.op, value(node.left), value(node.right))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return FUNCTIONS[node.func.id](*[value(argument) for argument in node.args])
        raise AssertionError(f"not in the formula language: {ast.dump(node)}")

    return value(ast.parse(text, mode="eval").body)


def whole_number(number: Fraction) -> Fraction:
    """"round is half away from zero" """
    size = int(abs(number) + Fraction(1, 2))
    return Fraction(-size if number < 0 else size)


FUNCTIONS: dict[str, Callable[..., Fraction]] = {"min": min, "max": max, "abs": abs, "round": whole_number}


def calculate(operation: ast.operator, left: Fraction, right: Fraction) -> Fraction:
    """"a division by a zero that comes from data makes that agent's line 0" """
    if isinstance(operation, ast.Div) and right == 0:
        raise UnmeasuredError
    result: Fraction = ARITHMETIC[type(operation)](left, right)
    return result
