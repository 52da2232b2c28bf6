"""The demo company's running month in the operational tables, and the customers whom it names: what people work on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction

from chot.calls.models import Call
from chot.core import clock
from chot.core.text import unaccented
from chot.customers.models import Customer
from chot.demo.names import usual_names
from chot.demo.writing import MARKER
from chot.facts import manifest
from chot.facts.application_rows import stored_rows
from chot.feed import actions as feed
from chot.feed.sources import SOURCES, Source
from chot.kpi.schema import TABLES

_PREFIXES = ("90", "91", "93", "96", "97", "98", "32", "35", "37", "70", "77", "79", "81", "83", "86", "88")
_NUMBERS = 10_000_019  # a prime: customers' numbers stay apart


def load_rows(folder: Path) -> None:
    """The running month's rows and their customers into the database, once; then on into the facts, where nothing changes."""
    month = _running_month(folder)
    if not month:
        return
    with transaction.atomic():
        if Call.objects.exists() or Customer.objects.exists():
            return
        found = {name: _month(folder, name, month) for name in SOURCES if name != "agents"}
        _customers(found, clock.now().isoformat())
        for name, rows in found.items():
            _copy(SOURCES[name].place, _not_null(SOURCES[name]), rows.select(TABLES[name].names))
    while feed.move(folder):
        pass


def _running_month(folder: Path) -> str:
    path = folder / MARKER
    made = json.loads(path.read_text())["settings"] if path.is_file() else {}
    return str(made["end"]) if made.get("until") else ""


def _month(folder: Path, name: str, month: str) -> pa.Table:
    known = manifest.read(folder / name)
    return stored_rows(folder / name, TABLES[name], [part for part in known.files if part.month == month] if known else [])


def _customers(found: dict[str, pa.Table], now: str) -> None:
    owners: dict[str, str] = {}
    for name in ("tickets", "surveys", "calls", "orders", "leads"):  # the later ones know better who looks after a customer
        owners.update(_pairs(found[name]))
    ids = sorted(owners)
    names = usual_names(np.random.default_rng(7), len(ids))
    _copy("customers_customer", ["email", "owner"], pa.table({
        "customer_id": ids, "name": names, "search_name": [unaccented(name) for name in names], "phone": [_phone(each) for each in ids],
        "email": pa.nulls(len(ids), pa.string()), "owner": [owners[each] for each in ids], "created_at": [now] * len(ids),
    }))  # fmt: skip


def _pairs(rows: pa.Table) -> Iterator[tuple[str, str]]:
    named = rows.filter(pc.is_valid(rows.column("customer_id"))).select(["customer_id", "agent_id"])
    for customer, agent in zip(*(column.to_pylist() for column in named.columns), strict=True):
        yield customer, agent or ""


def _phone(customer_id: str) -> str:
    """A mobile number, another one for each customer."""
    number = int("".join(filter(str.isdigit, customer_id)) or 0)
    return f"+84{_PREFIXES[number % len(_PREFIXES)]}{(number * 7_919_993 + 1_234_567) % _NUMBERS % 10_000_000:07d}"


def _not_null(source: Source) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_nullable = 'NO' AND data_type IN"
            " ('character varying', 'text')", [source.place],
        )  # fmt: skip
        return [row[0] for row in cursor.fetchall() if row[0] in source.table.names]


def _copy(place: str, empty: list[str], rows: pa.Table) -> None:
    """Rows into a table; an empty cell of the columns ``empty`` is an empty text."""
    columns = ", ".join(f'"{name}"' for name in rows.column_names)
    cells = [(pc.fill_null(rows.column(name), "") if name in empty else rows.column(name)).to_pylist() for name in rows.column_names]
    with connection.cursor() as cursor, cursor.copy(f"COPY {place} ({columns}) FROM STDIN") as copy:
        for row in zip(*cells, strict=True):
            copy.write_row(row)
