"""The demo company's running month: its rows can be worked on, and the facts say the same as before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from chot.calls.models import Call
from chot.core.phones import e164
from chot.customers.models import Customer, Order
from chot.demo.making import make
from chot.demo.settings import Settings
from chot.facts import manifest
from chot.facts.application_rows import content, stored_rows
from chot.feed.models import FactChange, RejectedRow
from chot.feed.sources import SOURCES
from chot.kpi.schema import TABLES
from chot.web.demo_rows import load_rows

pytestmark = pytest.mark.django_db
MONTH = "2026-11"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = tmp_path / "data"
    monkeypatch.setattr(settings, "DATA", data)
    FactChange.objects.all().delete()
    make(data, Settings(agents=16, months=2, seed=7, end=MONTH, until="2026-11-03T15:00"), stored=True)
    return data


def contents(folder: Path) -> dict[str, Any]:
    found = {}
    for name in SOURCES:
        known = manifest.read(folder / name)
        assert known
        found[name] = content(TABLES[name], stored_rows(folder / name, TABLES[name], known.files))
    return found


def test_the_running_month_is_in_the_database_and_the_facts_are_as_they_were(folder: Path) -> None:
    before = contents(folder)
    load_rows(folder)
    assert contents(folder) == before
    assert Call.objects.count() > 100 and Order.objects.exists()
    assert not FactChange.objects.exists() and not RejectedRow.objects.exists()
    named = set(Call.objects.exclude(customer_id="").values_list("customer_id", flat=True))
    customers = {each.customer_id: each for each in Customer.objects.all()}
    assert named <= customers.keys()
    assert len({each.phone for each in customers.values()}) == len(customers)
    assert all(e164(each.phone) == each.phone and len(each.name.split()) >= 3 and each.search_name for each in customers.values())
    count = Call.objects.count()
    load_rows(folder)
    assert Call.objects.count() == count and contents(folder) == before
