"""Every metric of the contract exists, speaks both languages and stands in docs/metrics.md as the catalogue has it."""

from __future__ import annotations

import re

import pytest

from chot.kpi.catalogue import METRICS
from chot.kpi.metrics import Metric
from tests.house.sources import ROOT
from tools import write_metrics_doc

CONTRACT = """
    revenue revenue_growth_mom revenue_growth_yoy orders close_rate opportunities conversion_rate average_order_value
    repeat_customer_rate interest_kept_rate successful_calls calls_out calls_in calls_answered calls_missed talk_time
    talk_time_out talk_time_in average_talk_time average_handle_time connect_rate customers_reached service_level
    abandon_rate csat ces nps quality_score first_contact_resolution tickets_done tickets_overdue on_time_rate defect_rate
    exam_score call_charge cost_per_order occupancy adherence
""".split()
LOWER = {
    "average_handle_time", "abandon_rate", "calls_missed", "tickets_overdue", "defect_rate", "call_charge", "cost_per_order",
}  # fmt: skip
VIETNAMESE = re.compile(r"[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]", re.IGNORECASE)


def test_the_catalogue_is_the_contract() -> None:
    """No metric is missing, none is extra, and lower is better where the contract says so."""
    assert sorted(METRICS) == sorted(CONTRACT)
    assert {metric.id for metric in METRICS.values() if metric.direction == "lower"} == LOWER


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_metric_speaks_both_languages(metric: Metric) -> None:
    """Title, description and influence in Vietnamese and in English, as whole phrases."""
    assert VIETNAMESE.search(metric.about.vi) and VIETNAMESE.search(metric.influence.vi)
    for words in (metric.title, metric.about, metric.influence):
        assert words.vi and words.en and words.vi != words.en, words
        assert not VIETNAMESE.search(words.en), words
        assert not words.vi.endswith(".") and not words.en.endswith("."), words
    assert metric.source


def test_the_page_is_up_to_date() -> None:
    """docs/metrics.md is what the catalogue says now."""
    written = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert written == write_metrics_doc.page(), "run: .venv/bin/python tools/write_metrics_doc.py"
