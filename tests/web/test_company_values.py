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


def test_the_running_month_shares_its_days_up_to_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The month, and a goal's days up to today, are the report's; what both are made of is measured once."""
    cache.clear()
    known = metrics()
    month, asked = parse("2026-11"), [known[name] for name in ("first_contact_resolution", "talk_time", "revenue")]
    measured: list[tuple[str, str]] = []
    take = company_values._asked

    def told(facts: Any, measures: Any, piece: Any) -> Any:
        measured.extend((piece.name, measure.name) for measure in measures)
        return take(facts, measures, piece)

    monkeypatch.setattr(company_values, "_asked", told)
    for period in (month, DAYS, between(date(2026, 11, 1), date(2026, 11, 3))):
        with workplace() as work:
            expected = [row["value"] for row in report(asked, period, work.facts, by="company")["rows"]]
        assert company_values.company_values([(metric, period) for metric in asked], FactState()) == expected
    assert len(measured) == len(set(measured))
    assert {piece for piece, name in measured if name == "resolved_first"} == {
        "2026-11-01..2026-11-03", "2026-11-04..2026-11-30", "2026-08-17..2026-08-31", "2026-09", "2026-10",
    }  # fmt: skip


def test_only_the_month_that_changed_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other hashes of November's calls: October and what is of other tables stays."""
    cache.clear()
    known = metrics()
    asked = [(known["talk_time"], DAYS), (known["revenue"], DAYS), (known["first_contact_resolution"], DAYS)]
    before = company_values.company_values(asked, FactState())
    measured: list[tuple[str, list[str]]] = []
    take = company_values._asked

    def told(facts: Any, measures: Any, piece: Any) -> Any:
        measured.append((piece.name, sorted(measure.name for measure in measures)))
        return take(facts, measures, piece)

    def again() -> list[tuple[str, list[str]]]:
        """The same values, and what was measured for them."""
        measured.clear()
        assert company_values.company_values(asked, changed) == before
        return sorted(measured)

    monkeypatch.setattr(company_values, "_asked", told)
    changed, state = FactState(), facts_state()
    assert again() == []
    with locks.writer(data_folder(), patience_s=5):
        pass  # as the mover does twice a second
    changed = FactState()
    assert (again(), facts_state()) == ([], state)
    running = "2026-11-01..2026-11-03"
    changed._files["calls"] = {**changed._files["calls"], "2026-11": ["another"]}
    assert again() == [(running, ["answered_calls", "answered_talk_s", "resolved_first"])]
    changed._files["tickets"] = {**changed._files["tickets"], "2026-11": ["another"]}
    assert again() == [
        ("2026-08-17..2026-08-31", ["done_tickets"]), ("2026-09", ["done_tickets"]), ("2026-10", ["done_tickets"]),
        (running, ["done_tickets", "resolved_first"]),
    ], "a ticket without an opening lies in the month in which it is due"  # fmt: skip
