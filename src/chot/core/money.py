"""Whole đồng and exact fractions: the only two kinds of number that pay is made of."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def round_half_away(value: Fraction | int, unit: int = 1) -> int:
    """``value`` rounded to a multiple of ``unit``, halves away from zero.

    >>> round_half_away(Fraction(5, 2)), round_half_away(Fraction(-5, 2)), round_half_away(1500, 1000)
    (3, -3, 2000)
    """
    scaled = Fraction(value) / unit
    whole = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    return unit * (whole if scaled >= 0 else -whole)


def exact_text(value: Fraction | int) -> str:
    """The exact value as ``n/d``, always with a denominator.

    >>> exact_text(Fraction(6, 8)), exact_text(5)
    ('3/4', '5/1')
    """
    n, d = value.as_integer_ratio()
    return f"{n}/{d}"


def decimal_text(value: Fraction | int, places: int = 12) -> str:
    """The value in plain decimals, at most ``places``, half away from zero, no trailing zeros.

    >>> decimal_text(Fraction(3, 40)), decimal_text(Fraction(-1, 3), 3), decimal_text(7)
    ('0.075', '-0.333', '7')
    """
    scaled = round_half_away(Fraction(value) * 10**places)
    whole, part = divmod(abs(scaled), 10**places)
    fraction = f"{part:0{places}d}".rstrip("0") if places else ""
    return ("-" if scaled < 0 else "") + str(whole) + (f".{fraction}" if fraction else "")


def share_out(amount: int, weights: Sequence[Fraction | int], unit: int = 1) -> list[int]:
    """``amount`` split in proportion to ``weights`` by largest remainder, in multiples of ``unit``.

    Negative weights count as 0; ties go to the earlier place; all zero gives zeros. What does not
    fill a whole unit is not shared out.

    >>> share_out(100, [1, 1, 1]), share_out(5, [0, 0])
    ([34, 33, 33], [0, 0])
    """
    positive = [max(Fraction(weight), Fraction(0)) for weight in weights]
    total = sum(positive)
    if not total:
        return [0] * len(positive)
    units = amount // unit
    exact = [units * weight / total for weight in positive]
    whole = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: (whole[place] - exact[place], place))
    for place in by_remainder[: units - sum(whole)]:
        whole[place] += 1
    return [count * unit for count in whole]
