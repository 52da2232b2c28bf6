"""Times of day are typed as people write them, and read exactly."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from chot.people.forms_clock import ClockField, EndOfDayField


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("8:30", time(8, 30)), ("0830", time(8, 30)), ("830", time(8, 30)), ("8h30", time(8, 30)), ("8H", time(8)), ("8", time(8)),
        (" 17.05 ", time(17, 5)), ("00:00", time(0)), ("23:59", time(23, 59)), ("22:00:00", time(22)), (time(6, 15), time(6, 15)),
    ],
)  # fmt: skip
def test_a_time_as_it_is_typed(typed: Any, read: time) -> None:
    assert ClockField().clean(typed) == read


@pytest.mark.parametrize("typed", ["24:00", "25:00", "8:60", "8:3", "12:30 PM", "2:30 CH", "sáng", "-1", "٨:٣٠", "08:30:15", "12345"])
def test_what_is_no_time_says_how_it_is_written(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ClockField().clean(typed)
    assert refused.value.messages == ["Ghi giờ dạng 08:30."]


def test_empty_is_refused_only_where_it_is_needed() -> None:
    assert ClockField(required=False).clean("") is None and EndOfDayField(required=False).clean("") == ""
    with pytest.raises(ValidationError):
        ClockField().clean("")


def test_the_end_of_a_day_is_24_00() -> None:
    assert [EndOfDayField().clean(typed) for typed in ("24:00", "2400", "24", "7h")] == ["24:00", "24:00", "24:00", "07:00"]
    with pytest.raises(ValidationError):
        EndOfDayField().clean("24:01")


def test_a_field_looks_the_same_in_every_browser() -> None:
    shown = str(ClockField().widget.render("starts", time(8, 30)))
    assert 'type="text"' in shown and 'value="08:30"' in shown and 'inputmode="numeric"' in shown and "pattern=" in shown
    assert not ClockField().has_changed(time(8, 30), "8h30") and ClockField().has_changed(time(8, 30), "8h31")
