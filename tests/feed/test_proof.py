"""The nightly proof: equal facts are proved equal, any difference is found, kept as evidence and repaired."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chot.customers.models import Order
from chot.facts import manifest, store
from chot.facts.importing import import_file
from chot.feed.actions import move
from chot.feed.actions_proof import prove
from chot.feed.models import FactChange, Proof
from tests.feed.rows import by_hand, facts, moment, moved, order


def states(data: Path) -> dict[tuple[str, str], str]:
    return {(each.fact_table, each.month): each.state for each in prove(data)}


@pytest.fixture
def filled(data: Path, tmp_path: Path) -> Path:
    """Five orders of the database in two months, and an imported one."""
    path = tmp_path / "orders.csv"
    path.write_text("order_id,agent_id,ordered_at,amount_vnd\nimported,a1,2026-11-02T09:00:00+07:00,1\n")
    import_file(path, data, format_name="table", table="orders")
    for number in range(5):
        order(f"o{number}", day="10-31" if number == 4 else "11-01", amount=number)
    moved(data)
    return data


def test_equal_facts_are_proved_equal_month_by_month(filled: Path) -> None:
    before = (filled / "orders" / manifest.FILE).read_bytes()
    assert states(filled) == {("orders", "2026-10"): "equal", ("orders", "2026-11"): "equal"}
    assert [each.rows for each in Proof.objects.order_by("month")] == [1, 4]
    assert (filled / "orders" / manifest.FILE).read_bytes() == before and not (filled / "evidence").exists()


def _quietly(sql: str) -> None:
    """A change that no trigger sees."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET session_replication_role = replica; {sql}; SET session_replication_role = origin")


DAMAGES: dict[str, Callable[[], None]] = {
    "a row edited": lambda: _quietly("UPDATE customers_order SET amount_vnd = 99 WHERE order_id = 'o1'"),
    "a row deleted": lambda: _quietly("DELETE FROM customers_order WHERE order_id = 'o4'"),
    "a row that came": lambda: _quietly(
        "INSERT INTO customers_order (order_id, agent_id, customer_id, call_id, ordered_at, status, product)"
        " VALUES ('new', 'a1', '', '', '2026-12-01T08:00:00+07:00', '', '')"
    ),
    "the key of an imported row": lambda: _quietly(
        "UPDATE customers_order SET order_id = 'imported', ordered_at = '2026-10-30T08:00:00+07:00' WHERE order_id = 'o3'"
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_difference_is_found_kept_and_repaired(filled: Path, damage: str) -> None:
    DAMAGES[damage]()
    assert not FactChange.objects.exists()
    found = prove(filled)
    assert "repaired" in {each.state for each in found}
    evidence = next(each.evidence for each in found if each.state == "repaired")
    assert (filled / evidence["file"]).read_text().count("\n") == evidence["differ"] + 1
    assert json.dumps(evidence)
    imported = {} if "imported" in by_hand() else {"imported": ("11-02", 1)}
    assert facts(filled) == {**imported, **by_hand()}
    assert set(states(filled).values()) == {"equal"}


def test_changed_bytes_are_found_set_aside_and_written_anew(filled: Path) -> None:
    known = manifest.read(filled / "orders")
    assert known
    part = next(each for each in known.files if each.origin and each.month == "2026-11")
    path = filled / "orders" / part.path
    rows = pq.read_table(path, partitioning=None)
    path.write_bytes(path.read_bytes()[:-9] + b"\0" * 9)
    found = {each.month: each for each in prove(filled) if each.fact_table == "orders"}
    assert found["2026-11"].state == "repaired" and found["2026-11"].evidence["damaged"] == [part.path]
    assert [each.name for each in (filled / "evidence").rglob("*.parquet")] == [Path(part.path).name]
    assert rows.num_rows == 4 and facts(filled) == {"imported": ("11-02", 1), **by_hand()}
    assert set(states(filled).values()) == {"equal"}


def test_a_change_that_waits_is_no_difference(filled: Path) -> None:
    Order.objects.filter(order_id="o1").update(amount_vnd=77)
    order("o9")
    assert set(states(filled).values()) == {"equal"}
    assert moved(filled)["o1"] == ("11-01", 77)


def test_a_row_in_both_a_file_of_an_import_and_the_databases_is_found(filled: Path) -> None:
    known = manifest.read(filled / "orders")
    assert known
    mine = next(each for each in known.files if each.origin and each.month == "2026-11")
    copy = filled / "orders" / "month=2026-11" / "orders-000999.parquet"
    with store.writing(filled):
        copy.write_bytes((filled / "orders" / mine.path).read_bytes())
        part = manifest.describe(filled / "orders", copy, month="2026-11", rows=mine.rows, content=mine.content)
        manifest.write(filled / "orders", manifest.Manifest(table="orders", timezone=known.timezone, generation=999, files=(*known.files, part)))
    found = [each.evidence for each in prove(filled) if each.state == "repaired"]
    assert [each["double"] for each in found] == [["o0", "o1", "o2", "o3"]]
    assert facts(filled) == {"imported": ("11-02", 1), **by_hand()}


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["put", "delete", "rename", "move", "rollback"]), st.sampled_from("abcdef"),
        st.sampled_from(["10-01", "10-31", "11-01"]), st.integers(0, 9),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_after_any_operations_the_facts_are_the_table(data: Path, operations: list[tuple[str, str, str, int]]) -> None:
    """The data folder and the table go on from one example to the next, so every example also starts from another state."""
    from django.db import transaction

    for kind, name, day, amount in operations:
        if kind == "move":
            move(data)
        with transaction.atomic():
            if kind in ("put", "rollback"):
                Order.objects.update_or_create(order_id=name, defaults={"agent_id": "a1", "ordered_at": moment(day), "amount_vnd": amount})
            elif kind == "delete":
                Order.objects.filter(order_id=name).delete()
            elif kind == "rename" and not Order.objects.filter(order_id=f"{name}2").exists():
                Order.objects.filter(order_id=name).update(order_id=f"{name}2")
            transaction.set_rollback(kind == "rollback")
    assert moved(data) == by_hand()
    assert not data.exists() or set(states(data).values()) <= {"equal"}
