"""Columns of exact rational numbers: numpy speed where 64 bits are enough, Python integers where not.

Every value is ``numerators / denominators`` with positive denominators. A bound on the magnitude is
carried along; as long as no operation can reach 2**62 the arrays are int64, beyond that they are
arrays of Python integers. There is no rounding and no overflow, so a column equals the ``Fraction``
computed one value at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

_SAFE = 2**62

Integers = NDArray[Any]


def _held(values: Integers, bound: int) -> Integers:
    return values if bound < _SAFE or values.dtype == object else values.astype(object)


class Rationals:
    """An immutable column of exact rationals.

    >>> list(Rationals.of([Fraction(1, 3), 2]) + Rationals.of([Fraction(1, 6), 1]))
    [Fraction(1, 2), Fraction(3, 1)]
    """

    __slots__ = ("bound_d", "bound_n", "d", "n")

    def __init__(self, n: Integers, d: Integers, bound_n: int, bound_d: int) -> None:
        self.n, self.d, self.bound_n, self.bound_d = n, d, bound_n, bound_d

    @classmethod
    def of(cls, values: Iterable[Fraction | int]) -> Rationals:
        """The column of these exact values."""
        ratios = [value.as_integer_ratio() for value in values]
        return cls.from_integers([n for n, _ in ratios], [d for _, d in ratios])

    @classmethod
    def from_integers(cls, numerators: Iterable[int], denominators: Iterable[int] | int = 1) -> Rationals:
        """The column ``numerators / denominators``; denominators must be positive."""
        n, bound_n = _column(numerators)
        if isinstance(denominators, int):
            return cls(n, np.full(len(n), denominators, dtype=np.int64), bound_n, denominators)
        d, bound_d = _column(denominators)
        return cls(n, d, bound_n, max(bound_d, 1))

    @classmethod
    def full(cls, length: int, value: Fraction | int) -> Rationals:
        """``length`` times the same value."""
        return cls.of([value]).take(np.zeros(length, dtype=np.intp))

    def __len__(self) -> int:
        return len(self.n)

    def __getitem__(self, place: int) -> Fraction:
        return Fraction(int(self.n[place]), int(self.d[place]))

    def __iter__(self) -> Iterator[Fraction]:
        return iter(self.fractions())

    def texts(self) -> list[str]:
        """Every value in lowest terms as ``n/d``."""
        if len(self) > 1 and (self.n == self.n[0]).all() and (self.d == self.d[0]).all():
            return self.take(np.array([0])).texts() * len(self)
        common = np.gcd(self.n, self.d)
        n, d = self.n // common, self.d // common
        if n.dtype == object or d.dtype == object or not len(self):
            return [f"{n}/{d}" for n, d in zip(n.tolist(), d.tolist(), strict=True)]
        pairs = np.stack([n, d], axis=1)  # whole columns become digits at once: [[1,2],[3,4]]
        return orjson.dumps(pairs, option=orjson.OPT_SERIALIZE_NUMPY)[2:-2].decode().replace(",", "/").split("]/[")

    def fractions(self) -> list[Fraction]:
        """Every value as a ``Fraction``."""
        return [Fraction(n, d) for n, d in zip(self.n.tolist(), self.d.tolist(), strict=True)]

    def take(self, places: Integers) -> Rationals:
        """The values at ``places`` (indices or a mask)."""
        return Rationals(self.n[places], self.d[places], self.bound_n, self.bound_d)

    def spread(self, places: Integers, length: int) -> Rationals:
        """A column of ``length`` with these values at ``places`` and 0 elsewhere."""
        n: Integers = np.zeros(length, dtype=self.n.dtype)
        d: Integers = np.ones(length, dtype=self.d.dtype)
        n[places], d[places] = self.n, self.d
        return Rationals(n, d, self.bound_n, max(self.bound_d, 1))

    def __add__(self, other: Rationals) -> Rationals:
        bound_n = self.bound_n * other.bound_d + other.bound_n * self.bound_d
        bound_d = self.bound_d * other.bound_d
        (n1, d1), (n2, d2) = self._wide(max(bound_n, bound_d)), other._wide(max(bound_n, bound_d))
        return Rationals(n1 * d2 + n2 * d1, d1 * d2, bound_n, bound_d)._lean()

    def __sub__(self, other: Rationals) -> Rationals:
        return self + (-other)

    def __neg__(self) -> Rationals:
        return Rationals(-self.n, self.d, self.bound_n, self.bound_d)

    def __mul__(self, other: Rationals) -> Rationals:
        bound_n, bound_d = self.bound_n * other.bound_n, self.bound_d * other.bound_d
        (n1, d1), (n2, d2) = self._wide(max(bound_n, bound_d)), other._wide(max(bound_n, bound_d))
        return Rationals(n1 * n2, d1 * d2, bound_n, bound_d)._lean()

    def over(self, other: Rationals) -> Rationals:
        """The quotient; every value of ``other`` must be positive."""
        return self * Rationals(other.d, other.n, other.bound_d, other.bound_n)

    def scaled(self, factor: Fraction | int) -> Rationals:
        """Every value times one factor."""
        return self * Rationals.full(len(self), factor)

    def at_least(self, value: Fraction | int) -> NDArray[np.bool_]:
        """Where the value is >= ``value``."""
        limit = Fraction(value)
        bound = max(self.bound_n * limit.denominator, self.bound_d * abs(limit.numerator))
        n, d = self._wide(bound)
        return np.asarray(n * limit.denominator >= d * limit.numerator, dtype=bool)

    def where(self, mask: NDArray[np.bool_], other: Rationals) -> Rationals:
        """These values where ``mask`` holds, those of ``other`` elsewhere."""
        bound_n, bound_d = max(self.bound_n, other.bound_n), max(self.bound_d, other.bound_d)
        bound = max(bound_n, bound_d)
        (n1, d1), (n2, d2) = self._wide(bound), other._wide(bound)
        return Rationals(np.where(mask, n1, n2), np.where(mask, d1, d2), bound_n, bound_d)

    def rounded(self, unit: int = 1) -> Integers:
        """Multiples of ``unit`` nearest to each value, halves away from zero."""
        bound = max(2 * self.bound_n + self.bound_d * unit, 2 * self.bound_d * unit)
        n, d = self._wide(bound)
        d = d * unit
        whole = (2 * abs(n) + d) // (2 * d)
        signed: Integers = np.where(n < 0, -whole, whole) * unit
        return signed

    def _wide(self, bound: int) -> tuple[Integers, Integers]:
        return _held(self.n, bound), _held(self.d, bound)

    def _lean(self) -> Rationals:
        """The same values in lowest terms when the bound has outgrown 64 bits and this may win them back."""
        if max(self.bound_n, self.bound_d) < _SAFE or not len(self):
            return self
        common = np.gcd(self.n, self.d)
        n, d = self.n // common, self.d // common
        bound_n, bound_d = _largest(n), _largest(d)
        if max(bound_n, bound_d) < _SAFE:
            n, d = n.astype(np.int64), d.astype(np.int64)
        return Rationals(n, d, bound_n, bound_d)


def _column(values: Iterable[int]) -> tuple[Integers, int]:
    if isinstance(values, np.ndarray) and values.dtype != object:
        column: Integers = values.astype(np.int64)
        return column, _largest(column)
    listed = values if isinstance(values, list) else [int(value) for value in values]
    bound = max(abs(max(listed)), abs(min(listed))) if listed else 0
    column = np.empty(len(listed), dtype=object if bound >= _SAFE else np.int64)
    column[:] = listed
    return column, bound


def _largest(values: Integers) -> int:
    return max(abs(int(values.max())), abs(int(values.min()))) if len(values) else 0
