"""The clock, running and stopped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chot.core import clock
from chot.core.errors import UsageError


def test_the_clock_runs_in_the_companys_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHOT_TODAY", raising=False)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert clock.now().utcoffset() == timedelta(hours=7)


@pytest.mark.parametrize(
    ("stopped", "day"),
    [
        ("2026-11-22", date(2026, 11, 22)),
        ("2026-10-31T20:00:00+00:00", date(2026, 11, 1)),
        ("2026-11-01T01:30:00+07:00", date(2026, 11, 1)),
    ],
)
def test_the_clock_can_be_stopped(monkeypatch: pytest.MonkeyPatch, stopped: str, day: date) -> None:
    monkeypatch.setenv("CHOT_TODAY", stopped)
    assert clock.today() == day


@pytest.mark.parametrize("stopped", ["yesterday", "2026-13-01", "2026-11-22T10:00:00", "22/11/2026"])
def test_a_stopped_clock_that_shows_no_day_is_wrong_usage(monkeypatch: pytest.MonkeyPatch, stopped: str) -> None:
    monkeypatch.setenv("CHOT_TODAY", stopped)
    with pytest.raises(UsageError, match="CHOT_TODAY"):
        clock.today()
