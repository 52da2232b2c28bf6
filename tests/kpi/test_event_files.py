"""What was unforeseen, from a CSV: as it is recorded on the page, and everything that is wrong with a file."""

from __future__ import annotations

from datetime import date

import pytest

from chot.core.errors import InputError
from chot.kpi.event_files import events_of
from chot.kpi.problem_words import problem_words
from chot.kpi.review import Happening


def test_events_are_read_as_written() -> None:
    """Columns in any order, an empty team for everyone."""
    text = "note,team_id,first,last\n\"Tổng đài hỏng, cả ngày\",,2026-10-05,2026-10-06\nBão,t1,2026-10-12,2026-10-12\n"
    assert events_of(text, file="e.csv", teams=["t1", "t2"]) == [
        Happening(team_id="", first=date(2026, 10, 5), last=date(2026, 10, 6), note="Tổng đài hỏng, cả ngày"),
        Happening(team_id="t1", first=date(2026, 10, 12), last=date(2026, 10, 12), note="Bão"),
    ]


def test_everything_wrong_is_named() -> None:
    """With line and column, and all of it in Vietnamese."""
    text = "team_id,first,last,note\nt3,2026-10-05,2026-10-05,a\nt1,5/10/2026,2026-10-05,a\nt1,2026-10-06,2026-10-05,\n"
    with pytest.raises(InputError) as caught:
        events_of(text, file="e.csv", teams=["t1", "t2"])
    problems = caught.value.problems
    assert [(each.file, each.line, each.field) for each in problems] == [
        ("e.csv", 2, "team_id"), ("e.csv", 3, "first"), ("e.csv", 4, "last"), ("e.csv", 4, "note"),
    ]  # fmt: skip
    assert not [each.what for each in problems if problem_words(each.what, "vi").isascii()]
