"""``prove_facts``: each month of each table on a line, each difference under it, and an exit code that an administrator can watch."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.feed.rows import moved, order


def proved() -> list[list[str]]:
    said = StringIO()
    try:
        call_command("prove_facts", stdout=said)
    except SystemExit as ended:
        said.write(f"exit {ended.code}")
    return [line.split() for line in said.getvalue().splitlines()]


def test_equal_then_a_difference_that_no_trigger_saw(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA", data)
    data.mkdir()
    assert proved() == ["the operational tables are empty: there is nothing to prove".split()]
    order("o1")
    moved(data)
    equal = [["orders", "2026-11", "1", "rows", "equal"]]
    assert proved() == equal
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; UPDATE customers_order SET amount_vnd = 6; SET session_replication_role = origin")
    head, difference, *_rest, end = proved()
    assert (head, end) == (["orders", "2026-11", "1", "rows", "repaired"], ["exit", "1"])
    assert difference[0] == "o1:" and "'amount_vnd': '6'" in " ".join(difference).partition("facts")[0]
    assert moved(data) == {"o1": ("11-01", 6)} and proved() == equal
