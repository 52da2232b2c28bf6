"""How often somebody may do something: counted in the database, so that every process counts together."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from chot.core import clock
from chot.people.models import RateCount, User
from chot.people.origin import address_of
from chot.people.rules import View

LIMITS = {  # what is counted -> (how often, in how many seconds)
    "sign_in": (200, 300),  # by address: a whole floor may sign in through one
    "password": (10, 900),
    "reveal": (60, 3600),
    "export": (60, 3600),
}
_COUNT = """
INSERT INTO people_ratecount (key, "window", count) VALUES (%s, %s, 1)
ON CONFLICT (key, "window") DO UPDATE SET count = people_ratecount.count + 1 RETURNING count
"""


def take(what: str, who: str) -> int:
    """Count one more; 0 when it is allowed, else the seconds until it is again."""
    most, seconds = LIMITS[what]
    now = int(clock.now().timestamp())
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [f"{what}:{who}"[:120], now // seconds])
        (count,) = cursor.fetchone()
    return seconds - now % seconds if count > most else 0


def forget_old() -> int:
    """Drop the counts of windows that are over; how many."""
    now = int(clock.now().timestamp())
    gone = 0
    for what, (_most, seconds) in LIMITS.items():
        gone += RateCount.objects.filter(key__startswith=f"{what}:", window__lt=now // seconds).delete()[0]
    return gone


def limited(what: str, *, methods: tuple[str, ...] = ("GET", "POST"), asked: str = "") -> Callable[[View], View]:
    """A view that answers each person (before signing in: each address) only so often; beyond it, a page says until when.

    ``asked``: only addresses that have this in their query count, as ``?export=csv`` of a page that is a file too.
    The view carries ``what`` as its ``limit``.
    """

    def bound(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            if request.method not in methods or (asked and not request.GET.get(asked)):
                return view(request, *arguments, **named)
            wait = take(what, str(request.user.pk) if isinstance(request.user, User) else address_of(request) or "local")
            return too_often(request, wait) if wait else view(request, *arguments, **named)

        counted.limit = what  # type: ignore[attr-defined]
        return counted

    return bound


def too_often(request: HttpRequest, wait: int) -> HttpResponseBase:
    """The page that says when to go on."""
    answer = render(request, "people/too_often.html", {"minutes": -(-wait // 60)}, status=429)
    answer.headers["Retry-After"] = str(wait)
    return answer
