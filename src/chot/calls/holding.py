"""Locks on agents and calls that last until the transaction ends."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

AGENT, CALL = 0x73746174, 0x6F757463
"""One writer of an agent's states at a time; outcome and fact of a call one after the other. Agents are held before calls."""
_SQL = """
SELECT pg_advisory_xact_lock(%s, number)
FROM (SELECT DISTINCT hashtext(name) AS number FROM unnest(%s::text[]) AS name ORDER BY number) AS held
"""


def hold(kind: int, names: Collection[str]) -> None:
    """Hold those of a kind, in the one order."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [kind, list(names)])
