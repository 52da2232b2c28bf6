"""A mover killed at any step leaves facts that can be read, and the next one finishes its work."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from chot.customers.models import Order
from chot.facts.importing import import_file
from chot.feed.models import FactChange
from tests.feed.killing import killing
from tests.feed.rows import by_hand, facts, moment, moved, order

pytestmark = pytest.mark.slow


def test_killed_at_every_step(data: Path, database: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("order_id,agent_id,ordered_at,amount_vnd\n" + "".join(f"o{n},a1,2026-11-02T09:00:00+07:00,{n}\n" for n in range(3)))
    import_file(path, data, format_name="table", table="orders")
    order("gone")
    moved(data)
    count, deaths, imported = 1, 0, {"o1": ("11-02", 1), "o2": ("11-02", 2)}
    with killing(data, database) as killed_at:
        while True:
            Order.objects.filter(order_id="gone").delete()
            order(f"n{count}", amount=count)
            order("gone" if count % 2 else "other", day="10-31") if not Order.objects.filter(order_id="other").exists() else None
            Order.objects.update_or_create(order_id="o0", defaults={"agent_id": "a1", "ordered_at": moment("11-01"), "amount_vnd": count})
            before = {**imported, **by_hand()}
            connection.close()
            died = killed_at(count)
            read = facts(data)
            assert set(read) <= set(before) | {"gone", "o0"}, "what is read is a state between"
            assert moved(data) == {**imported, **by_hand()}
            assert not FactChange.objects.exists()
            deaths += died
            if not died:
                break
            count += 1
    assert deaths > 15
