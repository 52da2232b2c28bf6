"""What a call costs: pure, exact, in whole đồng."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from chot.core.money import round_half_away


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """Blocks in seconds, ``rate_vnd`` for a minute, ``fee_vnd`` for each answered call, ``brand_fee_vnd`` more when a brand name was sent.

    The first block is paid whole, every later one that has begun too.
    """

    first_block_s: int
    next_block_s: int
    rate_vnd: int
    fee_vnd: int = 0
    brand_fee_vnd: int = 0


def billed_s(tariff: Tariff, seconds: int) -> int:
    """The seconds that are paid for ``seconds`` of an answered call; 0 for a call that nobody answered.

    >>> six = Tariff(first_block_s=6, next_block_s=1, rate_vnd=780)
    >>> billed_s(six, 0), billed_s(six, 1), billed_s(six, 7), billed_s(Tariff(first_block_s=60, next_block_s=60, rate_vnd=200), 61)
    (0, 6, 7, 120)
    """
    if seconds <= 0:
        return 0
    later = max(0, seconds - tariff.first_block_s)
    return tariff.first_block_s + -(-later // tariff.next_block_s) * tariff.next_block_s


def charge(tariff: Tariff, seconds: int, *, branded: bool = False) -> int:
    """The price in đồng of a call that was answered for ``seconds``, rounded once, halves up; 0 when nobody answered.

    >>> charge(Tariff(first_block_s=6, next_block_s=1, rate_vnd=780, brand_fee_vnd=550), 61, branded=True)
    1343
    """
    if seconds <= 0:
        return 0
    fixed = tariff.fee_vnd + (tariff.brand_fee_vnd if branded else 0)
    return fixed + round_half_away(Fraction(tariff.rate_vnd * billed_s(tariff, seconds), 60))


def affordable_s(tariff: Tariff, vnd: int, *, most_s: int, branded: bool = False) -> int:
    """The longest call, at most ``most_s`` seconds, whose price is not above ``vnd``; 0 when not even a second is.

    >>> affordable_s(Tariff(first_block_s=60, next_block_s=60, rate_vnd=600), 1799, most_s=3600)
    120
    """
    low, high = 0, most_s
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if charge(tariff, middle, branded=branded) <= vnd else (low, middle - 1)
    return low
