"""A formula over whole columns of integers at once: exact numerators and denominators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chot.kpi.formula_tree import Arithmetic, Name, Negative, Node, Number, walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAFE = 2**62
Columns = Mapping[str, "NDArray[Any]"]


@dataclass(frozen=True)
class _Pair:
    """Numerators over denominators (arrays, or one integer for all), each with a bound on its magnitude."""

    n: Any
    d: Any
    bound_n: int
    bound_d: int


def columns_of(tree: Node, values: Columns) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Numerators and denominators of the formula, row by row; None when it needs a look at every row.

    Only names, numbers and ``+ - * /`` can be done in columns. Denominators are positive, or 0 where data
    made a divisor zero; fractions are not in lowest terms. The arrays are int64 when no step can reach
    2**62, else arrays of Python integers.
    """
    import numpy as np  # here, because it takes longer to load than a small pay run

    if not all(isinstance(node, Number | Name | Negative | Arithmetic) for node in walk(tree)) or not values:
        return None
    columns = {node.name: np.asarray(values[node.name]) for node in walk(tree) if isinstance(node, Name)}
    length = len(next(iter(columns.values()))) if columns else len(next(iter(values.values())))
    bounds = {name: _largest(column) for name, column in columns.items()}
    walker = _Walker({}, bounds)
    walker.pair(tree)
    wide = walker.highest >= _SAFE
    dtype: Any = object if wide else np.int64
    done = _Walker({name: column.astype(dtype) for name, column in columns.items()}, bounds).pair(tree)
    n, d = (np.full(length, each, dtype=dtype) if isinstance(each, int) else each for each in (done.n, done.d))
    return n, d


def _largest(column: NDArray[Any]) -> int:
    return max(abs(int(column.max())), abs(int(column.min()))) if len(column) else 0


class _Walker:
    """One pass over a tree; without columns it only follows the bounds, and ``highest`` is the largest of them."""

    def __init__(self, columns: Columns, bounds: Mapping[str, int]) -> None:
        self._columns, self._bounds = columns, bounds
        self.highest = 1

    def pair(self, node: Node) -> _Pair:
        """The node as numerators over denominators."""
        match node:
            case Number():
                pair = _Pair(node.value.numerator, node.value.denominator, node.value.numerator, node.value.denominator)
            case Name():
                pair = _Pair(self._columns.get(node.name, 1), 1, self._bounds[node.name], 1)
            case Negative():
                of = self.pair(node.of)
                pair = _Pair(-of.n, of.d, of.bound_n, of.bound_d)
            case Arithmetic():
                pair = self.pair(node.parts[0])
                for operator, part in zip(node.operators, node.parts[1:], strict=True):
                    pair = self._seen(_combined(operator, pair, self.pair(part)))
            case _:
                raise TypeError(node)
        return self._seen(pair)

    def _seen(self, pair: _Pair) -> _Pair:
        self.highest = max(self.highest, pair.bound_n, pair.bound_d)
        return pair


def _combined(operator: str, left: _Pair, right: _Pair) -> _Pair:
    if operator in "+-":
        n = left.n * right.d + right.n * left.d if operator == "+" else left.n * right.d - right.n * left.d
        bound = left.bound_n * right.bound_d + right.bound_n * left.bound_d
        return _Pair(n, left.d * right.d, bound, left.bound_d * right.bound_d)
    if operator == "/":
        right = _inverse(right)
    return _Pair(left.n * right.n, left.d * right.d, left.bound_n * right.bound_n, left.bound_d * right.bound_d)


def _inverse(pair: _Pair) -> _Pair:
    """The reciprocal, its denominator positive; where the pair itself has denominator 0 it stays without a value."""
    if isinstance(pair.n, int):
        n, d = (-pair.d, -pair.n) if pair.n < 0 else (pair.d, pair.n)
        return _Pair(n, d, pair.bound_d, pair.bound_n)
    sign = 1 - 2 * (pair.n < 0)
    there = pair.d != 0
    return _Pair(pair.d * sign, pair.n * sign * there, pair.bound_d, pair.bound_n)
