"""What a review comes to: points of what applied, and whether a fault fails the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from chot.quality.models_forms import Criterion


def score(criteria: Sequence[Criterion], marks: Mapping[str, Decimal]) -> tuple[int | None, bool]:
    """Basis points of the criteria that have a mark (half a point up; None where none has), and whether the call fails.

    >>> greeting, advice = Criterion(key="1", title="", points=1), Criterion(key="2", title="", points=2, fails=True)
    >>> score([greeting, advice], {"1": Decimal(1), "2": Decimal("0.5")}), score([greeting, advice], {"1": Decimal(1)})
    ((5000, False), (10000, False))
    >>> score([greeting, advice], {"1": Decimal(1), "2": Decimal(0)}), score([greeting], {})
    ((3333, True), (None, False))
    """
    marked = [each for each in criteria if each.key in marks]
    most = sum(each.points for each in marked)
    if not most:
        return None, False
    given = sum(Fraction(marks[each.key]) for each in marked)
    return int(given * 10_000 / most + Fraction(1, 2)), any(each.fails and not marks[each.key] for each in marked)
