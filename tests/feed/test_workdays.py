"""The roster plans a day and a file brings the time worked on it: whichever comes first, the facts have both."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from chot.facts import completing
from chot.facts.folder import open_folder
from chot.facts.importing import Outcome, import_file
from chot.feed.actions import move
from chot.feed.models import FactChange
from chot.people.models import Workday

DAY = date(2026, 11, 2)
HEADER = "agent_id,date,scheduled_s,worked_s,pause_s,leave\n"


def imported(data: Path, tmp_path: Path, *lines: str) -> Outcome:
    path = tmp_path / "worked.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return import_file(path, data, format_name="table", table="workdays")


def days(data: Path) -> list[tuple[str, int | None, int | None, int | None, str]]:
    while move(data):
        pass
    with open_folder(data) as dataset:
        rows = dataset.table("workdays").to_pylist()
    return sorted((row["agent_id"], row["scheduled_s"], row["worked_s"], row["pause_s"], row["leave"]) for row in rows)


def test_worked_time_that_was_imported_first_stays_when_the_day_is_rostered(data: Path, tmp_path: Path) -> None:
    imported(data, tmp_path, "a1,2026-11-02,,27000,900,none", "a2,2026-11-02,,26000,,none")
    Workday.objects.create(agent_id="a1", date=DAY, scheduled_s=28800)
    assert days(data) == [("a1", 28800, 27000, 900, "none"), ("a2", None, 26000, None, "none")]
    assert Workday.objects.values_list("agent_id", "worked_s", "pause_s").get() == ("a1", 27000, 900)


def test_worked_time_of_a_rostered_day_is_taken_in(data: Path, tmp_path: Path) -> None:
    Workday.objects.create(agent_id="a1", date=DAY, scheduled_s=28800)
    assert days(data) == [("a1", 28800, None, None, "none")]
    found = imported(data, tmp_path, "a1,2026-11-02,27000,25200,600,none", "a2,2026-11-02,,26000,,none")
    assert (found.imported, found.duplicates, list(found.rejected)) == (2, 0, [])
    assert days(data) == [("a1", 28800, 25200, 600, "none"), ("a2", None, 26000, None, "none")]
    assert completing.waiting(data) == [] and not FactChange.objects.exists()
    again = imported(data, tmp_path, "a1,2026-11-02,27000,25200,600,none")
    assert (again.imported, again.duplicates) == (0, 1)


@pytest.mark.parametrize("line", ["a1,2026-11-02,,25201,,none", "a1,2026-11-02,30000,,,none"])
def test_a_contradiction_is_rejected_and_changes_nothing(data: Path, tmp_path: Path, line: str) -> None:
    Workday.objects.create(agent_id="a1", date=DAY, scheduled_s=28800, worked_s=25200)
    before = days(data)
    found = imported(data, tmp_path, line)
    assert (found.imported, [each.value for each in found.rejected]) == (0, ["a1"])
    assert days(data) == before


def test_a_shift_that_is_taken_back_before_it_was_moved_leaves_the_imported_day(data: Path, tmp_path: Path) -> None:
    imported(data, tmp_path, "a1,2026-11-02,,27000,,none")
    Workday.objects.create(agent_id="a1", date=DAY, scheduled_s=28800)
    Workday.objects.all().delete()
    assert days(data) == [("a1", None, 27000, None, "none")]


def test_a_day_that_is_deleted_after_it_was_moved_is_gone(data: Path) -> None:
    Workday.objects.create(agent_id="a1", date=DAY, scheduled_s=28800)
    days(data)
    Workday.objects.all().delete()
    assert days(data) == []
