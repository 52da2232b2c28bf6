"""Any order of commits, several movers, and movers that die on the way: the facts end as the table, and the proof finds nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chot.feed import actions
from chot.feed.actions import move
from chot.feed.actions_proof import prove
from chot.feed.models import FactChange
from tests.feed.rows import by_hand, facts, moment, moved

WRITERS = 3
PUT = (
    "INSERT INTO customers_order (order_id, agent_id, customer_id, call_id, ordered_at, status, product, amount_vnd)"
    " VALUES (%s, 'a1', '', '', %s, 'confirmed', '', %s)"
    " ON CONFLICT (order_id) DO UPDATE SET amount_vnd = EXCLUDED.amount_vnd, ordered_at = EXCLUDED.ordered_at"
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "delete", "commit", "commit", "roll back", "move", "die early", "die late", "two movers"]),
        st.integers(0, WRITERS - 1), st.integers(0, 2), st.sampled_from(["10-31", "11-01"]), st.integers(0, 9),
    ),
    max_size=14,
)  # fmt: skip


class Died(Exception):
    """The mover's process is gone."""


@pytest.fixture
def writers(data: Path) -> Iterator[list[Any]]:
    """Connections of their own, each in a transaction; each writes keys of its own, so that none waits for another."""
    made: list[Any] = [connection.copy() for _ in range(WRITERS)]
    for each in made:
        each.set_autocommit(False)
    yield made
    for each in made:
        each.close()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_order_of_commits_ends_as_the_table(data: Path, writers: list[Any], steps: list[tuple[str, int, int, str, int]]) -> None:
    """The folder and the table go on from one example to the next."""
    for kind, number, key, day, amount in steps:
        writer, name = writers[number], f"w{number}-{key}"
        with writer.cursor() as cursor:
            if kind == "put":
                cursor.execute(PUT, [name, moment(day), amount])
            elif kind == "delete":
                cursor.execute("DELETE FROM customers_order WHERE order_id = %s", [name])
        if kind == "commit":
            writer.commit()
        elif kind == "roll back":
            writer.rollback()
        elif kind == "move":
            move(data)
        elif kind.startswith("die"):
            with _dying(before_consuming=kind == "die early"), suppress(Died):
                move(data)
        elif kind == "two movers":
            _two_at_once(data)
    for writer in reversed(writers):  # the last to begin commits first
        writer.commit()
    assert moved(data) == by_hand()
    assert not FactChange.objects.exists()
    assert {each.state for each in prove(data)} <= {"equal"}


@contextmanager
def _dying(*, before_consuming: bool) -> Iterator[None]:
    """A mover that ends after the new manifest: before or in the middle of the transaction that takes the changes away."""
    name = "_finish" if before_consuming else "tell"

    def die(*_given: Any) -> None:
        raise Died

    kept = getattr(actions, name)
    setattr(actions, name, die)
    try:
        yield
    finally:
        setattr(actions, name, kept)


def _two_at_once(data: Path) -> None:
    failed: list[BaseException] = []

    def mover() -> None:
        try:
            move(data)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=mover) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert not data.exists() or facts(data) is not None
