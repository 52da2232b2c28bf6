"""The company's values made of months: exactly those of the metric report, and only what changed is measured again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache

from chot.core.periods import between, parse
from chot.facts import locks
from chot.kpi.metric_report import report
from chot.performance import company_values
from chot.performance.fact_states import FactState, facts_state
from chot.performance.workplace import data_folder, metrics, workplace

pytestmark = pytest.mark.django_db
DAYS = between(date(2026, 8, 17), date(2026, 11, 3))
MONTH = parse("2026-10")


def test_made_of_months_is_the_report() -> None:
    """Every metric there is, over two part months with two whole ones between, and of a month."""
    cache.clear()
    known = metrics()
    for period in (DAYS, MONTH):
        asked = [metric for metric in known.values() if period == MONTH or metric.periods != ("month",)]
        with workplace() as work:
            expected = [row["value"] for row in report(asked, period, work.facts, by="company")["rows"]]
        assert company_values.company_values([(metric, period) for metric in asked], FactState()) == expected
        assert len(asked) > 20 and any(expected)


def test_only_the_month_that_changed_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other hashes of November's calls: October and what is of other tables stays."""
    cache.clear()
    known = metrics()
    asked = [(known["talk_time"], DAYS), (known["revenue"], DAYS), (known["first_contact_resolution"], DAYS)]
    before = company_values.company_values(asked, FactState())
    measured: list[tuple[str, list[str]]] = []
    take = company_values._asked

    def told(facts: Any, measures: Any, piece: Any) -> Any:
        measured.append((piece.name, sorted({measure.table for measure in measures})))
        return take(facts, measures, piece)

    monkeypatch.setattr(company_values, "_asked", told)
    assert company_values.company_values(asked, FactState()) == before and measured == []
    state = facts_state()
    with locks.writer(data_folder(), patience_s=5):
        pass  # as the mover does twice a second
    assert company_values.company_values(asked, FactState()) == before and measured == []
    assert facts_state() == state
    changed = FactState()
    changed._files["calls"] = {**changed._files["calls"], "2026-11": ["another"]}
    assert company_values.company_values(asked, changed) == before
    assert measured == [("2026-11-01..2026-11-03", ["calls", "tickets"])]
    measured.clear()
    changed._files["tickets"] = {**changed._files["tickets"], "2026-10": ["another"]}  # one opened in October, and done later, perhaps
    assert company_values.company_values(asked, changed) == before
    assert sorted(measured) == [("2026-10", ["tickets"]), ("2026-11-01..2026-11-03", ["tickets"])]
    measured.clear()
    changed._files["tickets"] = {**changed._files["tickets"], "2026-11": ["a new one"]}
    assert company_values.company_values(asked, changed) == before
    assert measured == [("2026-11-01..2026-11-03", ["tickets"])]
