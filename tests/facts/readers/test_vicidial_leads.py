"""VICIdial lead files in every layout; what a file does not say comes from the mapping, and is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from chot.core.errors import InputError
from chot.facts.readers.vicidial_leads import full_number, packed_numbers
from tests.facts.readers.collecting import Collected, at, collect, written

DATA = Path(__file__).resolve().parents[2] / "data/vicidial"
FOUR = [
    ("V001", "a01", "+84912000001", at("2026-11-02 08:00:00"), "new"),
    ("V002", "a02", "+84912000002", at("2026-11-02 08:00:05"), "won"),
    ("101-+84912000003", "a01", "+84912000003", at("2026-11-03 00:00:00"), "contacted"),
    ("V004", "a02", "+6569001234", at("2026-11-05 09:30:00"), "lost"),
]


def shown(found: Collected) -> list[tuple[object, ...]]:
    columns = ("lead_id", "agent_id", "customer_id", "assigned_at", "stage")
    return [tuple(row[name] for name in columns) for row in found.tables.get("leads", [])]


def lead(**cells: str) -> str:
    """One pipe-delimited line of 29 columns."""
    names = ("vendor_lead_code source_id list_id phone_code phone_number title first_name middle_initial last_name address1 address2 address3 "
             "city state province postal_code country_code gender date_of_birth alt_phone email security_phrase comments called_count status "
             "entry_date rank owner multi_alt_phones").split()  # fmt: skip
    standard = {"vendor_lead_code": "V1", "list_id": "101", "phone_code": "84", "phone_number": "0912345678", "gender": "U",
                "entry_date": "2026-11-02 08:00:00", "owner": "a01", "status": "NEW"}  # fmt: skip
    return "|".join({**standard, **cells}.get(name, "") for name in names) + "\n"


def read(tmp_path: Path, text: str, **options: object) -> Collected:
    return collect("vicidial-leads", written(tmp_path / "leads.txt", text), tmp_path / "scratch", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["leads.pipe", "leads.csv"])
def test_loader_files(name: str, tmp_path: Path) -> None:
    found = collect("vicidial-leads", DATA / name, tmp_path)
    assert shown(found) == FOUR
    assert (found.source_rows, found.rejects) == (4, [])


def test_tabs_and_no_dates(tmp_path: Path) -> None:
    """The web loader's 25 columns: the date of the list comes from the mapping."""
    found = collect("vicidial-leads", DATA / "leads.tab", tmp_path, mapping={"assigned_at": "2026-11-01"}, tz="Asia/Ho_Chi_Minh")
    assert [row[:3] for row in shown(found)] == [row[:3] for row in FOUR]
    assert {row[3] for row in shown(found)} == {at("2026-10-31 17:00:00")}


def test_a_file_that_says_neither_when_nor_whose_says_so(tmp_path: Path) -> None:
    narrow = "|".join(lead().split("|")[:23]) + "\n"
    with pytest.raises(InputError) as caught:
        read(tmp_path, narrow)
    assert [problem.field for problem in caught.value.problems] == ["assigned_at", "agent_id"]
    found = read(tmp_path, narrow, mapping={"assigned_at": "2026-11-01 08:00:00", "agent_id": "a07"})
    assert shown(found) == [("V1", "a07", "+84912345678", at("2026-11-01 08:00:00"), None)]


def test_an_export_with_a_header(tmp_path: Path) -> None:
    """VICIdial's own lead_id and user come first; the dialler's user VDAD is nobody, so the owner counts."""
    found = collect("vicidial-leads", DATA / "export.txt", tmp_path)
    assert [row[:2] for row in shown(found)] == [("5001", "a01"), ("5002", "a02"), ("5003", "a03"), ("5004", "a02")]
    assert [row["stage_at"] for row in found.tables["leads"]] == [at(f"2026-11-10 10:00:0{each}") for each in (1, 2, 3, 4)]


def test_packed_alternative_numbers() -> None:
    packed = "0912345678_84_work!02473001003!14155552671_1_sister_in_law"
    assert packed_numbers(packed, region="VN") == [("+84912345678", "work"), ("+842473001003", ""), ("+14155552671", "sister_in_law")]
    assert packed_numbers("", region="VN") == []


@pytest.mark.parametrize("packed", ["12_84_x", "0912345678_84_x!", "0912345678_vn_x", "!", "0912345678!x"])
def test_malformed_packed_numbers_reject_the_line(packed: str, tmp_path: Path) -> None:
    found = read(tmp_path, lead() + lead(vendor_lead_code="V2", multi_alt_phones=packed))
    assert [row[0] for row in shown(found)] == ["V1"]
    assert [(reject.line, reject.column, reject.value) for reject in found.rejects] == [(2, "multi_alt_phones", packed)]


@pytest.mark.parametrize(
    ("code", "digits", "full"),
    [
        ("84", "912345678", "+84912345678"),
        ("84", "0912345678", "+84912345678"),
        ("", "0912345678", "+84912345678"),
        ("1", "0912345678", "+84912345678"),  # the loader's default code
        ("1", "4155552671", "+14155552671"),
        ("84", "84912345678", "+84912345678"),
        ("999", "123456", "123456"),
    ],
)
def test_full_numbers(code: str, digits: str, full: str) -> None:
    assert full_number(code, digits, region="VN") == full


@pytest.mark.parametrize(
    ("cell", "value"),
    [("phone_number", ""), ("phone_number", "12x"), ("phone_number", "12345678901234567"), ("alt_phone", "123"), ("entry_date", "soon"),
     ("entry_date", ""), ("owner", "")],
)  # fmt: skip
def test_bad_cells_reject_the_line(cell: str, value: str, tmp_path: Path) -> None:
    found = read(tmp_path, lead() * 3 + lead(**{cell: value}))
    assert [(reject.line, reject.column) for reject in found.rejects] == [(4, cell)]
    assert len(shown(found)) == 3


def test_day_and_month_of_a_slashed_date_come_from_the_mapping(tmp_path: Path) -> None:
    text = lead(entry_date="11/05/2026")
    assert "change places" in read(tmp_path, text).rejects[0].reason
    assert shown(read(tmp_path, text, mapping={"dates": "mm/dd/yyyy"}))[0][3] == at("2026-11-05 00:00:00")


def test_statuses_and_users_by_mapping(tmp_path: Path) -> None:
    mapping = {"stages": {"hot": "interested"}, "agents": {"6666": "a06"}}
    assert shown(read(tmp_path, lead(status="HOT", owner="6666"), mapping=mapping))[0][1::3] == ("a06", "interested")
    assert shown(read(tmp_path, lead(status="HOT", owner="6666")))[0][1::3] == ("6666", None)


def test_every_problem_of_a_mapping_is_listed(tmp_path: Path) -> None:
    wrong = {"asigned_at": "x", "assigned_at": "soon", "agents": 1, "stages": {"A": "hot"}, "dates": "yy", "region": "??"}
    with pytest.raises(InputError) as caught:
        read(tmp_path, lead(), mapping=wrong)
    assert [problem.field for problem in caught.value.problems] == [
        "mapping.asigned_at", "mapping.dates", "mapping.assigned_at", "mapping.agents", "mapping.stages.A", "mapping.region"]  # fmt: skip


@pytest.mark.parametrize("text", ["", "a|b|c\n", "1|2|3|4|5|" + "|" * 20])
def test_what_is_no_lead_file(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row has the columns of a VICIdial lead file"):
        read(tmp_path, text)
