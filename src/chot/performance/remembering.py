"""What pages remember, one for all processes; a key says everything that the value rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from django.core.cache import cache

Made = TypeVar("Made")
A_DAY_S = 24 * 3600


def remembered(key: str, make: Callable[[], Made]) -> Made:
    """What is remembered under a key for a day, else what is made now, which is then remembered."""
    return cast("Made", cache.get_or_set(key, make, A_DAY_S))
