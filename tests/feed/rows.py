"""Operational rows for tests, and the same tables as the facts hold them and as SQL by hand says they should."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from chot.customers.models import Order
from chot.facts.folder import open_folder
from chot.feed.actions import move


def moment(day: str, hour: int = 8) -> datetime:
    return datetime.fromisoformat(f"2026-{day}T{hour:02d}:00:00+07:00")


def order(name: str, day: str = "11-01", amount: int = 5, **more: Any) -> Order:
    """A saved order of agent a1."""
    given = {"agent_id": "a1", "ordered_at": moment(day), "status": "confirmed", "amount_vnd": amount, **more}
    return Order.objects.create(order_id=name, **given)


def moved(data: Path) -> dict[str, tuple[str, int]]:
    """Move until nothing is left; the orders of the facts: local day and amount by id."""
    while move(data):
        pass
    return facts(data)


def facts(data: Path) -> dict[str, tuple[str, int]]:
    if not data.exists():
        return {}
    with open_folder(data) as dataset:
        rows = dataset.table("orders").to_pylist()
    assert len({row["order_id"] for row in rows}) == len(rows)
    return {row["order_id"]: (f"{row['local_date']:%m-%d}", row["amount_vnd"]) for row in rows}


def by_hand() -> dict[str, tuple[str, int]]:
    """What the database says, in SQL of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT order_id, to_char(ordered_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'MM-DD'), amount_vnd FROM customers_order")
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
