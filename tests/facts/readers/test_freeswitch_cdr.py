"""FreeSWITCH CDR files: both legs and every phone that rang are one contact, in all templates."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from chot.core.errors import InputError
from tests.facts.readers.collecting import Collected, at, collect, written

DATA = Path(__file__).resolve().parents[2] / "data/freeswitch"


def uuid(number: int) -> str:
    return f"aaaaaaaa-0000-4000-8000-{number:012x}"


def leg(number: int, caller: str, dialled: str, *, start: str, answer: str = "", end: str, cause: str = "NORMAL_CLEARING", bleg: int = 0,
        context: str = "default", more: tuple[str, ...] = ("", "PCMA", "PCMA")) -> list[str]:  # fmt: skip
    """The cells of one record of the template ``example`` on 2 November 2026."""
    day = "2026-11-02 "
    billsec = int((at(day + end) - at(day + answer)).total_seconds()) if answer else 0
    duration = int((at(day + end) - at(day + start)).total_seconds())
    return ["", caller, dialled, context, day + start, day + answer if answer else "", day + end, str(duration), str(billsec), cause,
            uuid(number), uuid(bleg) if bleg else "", *more]  # fmt: skip


def read(tmp_path: Path, *legs: list[str], **options: object) -> Collected:
    text = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in each) + "\n" for each in legs)
    return collect("freeswitch-cdr", written(tmp_path / "Master.csv", text), tmp_path / "scratch", **options)  # type: ignore[arg-type]


def test_every_kind_of_contact(tmp_path: Path) -> None:
    found = collect("freeswitch-cdr", DATA / "Master.csv", tmp_path)
    wanted = list(csv.DictReader((DATA / "expected.csv").read_text(encoding="utf-8").splitlines()))
    assert (found.source_rows, len(found.calls), found.further, found.rejects) == (16, len(wanted), 6, [])
    for call, row in zip(found.calls, wanted, strict=True):
        shown = {
            "direction": call["direction"], "agent": call["agent_id"], "customer": call["customer_id"], "outcome": call["outcome"],
            "ring_s": call["ring_s"], "wait_s": call["wait_s"], "talk_s": call["talk_s"],
            "answered_at": f"{call['answered_at']:%Y-%m-%d %H:%M:%S}" if call["answered_at"] else None,
            "ended_at": f"{call['ended_at']:%Y-%m-%d %H:%M:%S}",
        }  # fmt: skip
        assert {name: "" if value is None else str(value) for name, value in shown.items()} == {name: row[name] for name in shown}


def test_only_first_legs_logged(tmp_path: Path) -> None:
    """With legs=a the phone that answered is known only when it was dialled itself."""
    found = read(tmp_path, leg(1, "0912000001", "19001001", start="08:00:00", answer="08:00:05", end="08:01:05", bleg=9, context="public"),
                 leg(2, "0912000002", "1003", start="08:00:00", answer="08:00:05", end="08:01:05", bleg=8, context="public"))  # fmt: skip
    assert [(call["outcome"], call["agent_id"], call["talk_s"]) for call in found.calls] == [("answered", None, 60), ("answered", "1003", 60)]


def test_a_dialler_s_calls_stay_apart(tmp_path: Path) -> None:
    """One shown number calls many customers in the same second; nothing but the number is the same."""
    legs = [leg(each, "02473001001", f"09380000{each:02d}", start="08:00:00", end="08:00:30", cause="NO_ANSWER") for each in range(20)]
    found = read(tmp_path, *legs, mapping={"contexts": {"default": "out"}})
    assert (len(found.calls), found.further) == (20, 0)
    assert {call["direction"] for call in found.calls} == {"out"}


def test_a_customer_who_calls_twice_is_two_contacts(tmp_path: Path) -> None:
    legs = [leg(each, "0912000001", "1003", start=f"08:0{each}:00", end=f"08:0{each}:30", cause="NO_ANSWER", context="public") for each in (1, 2)]
    assert len(read(tmp_path, *legs).calls) == 2


def test_who_hung_up_where_the_template_has_it(tmp_path: Path) -> None:
    more = ("", "PCMA", "PCMA", "recv_bye")
    inbound = leg(1, "0912000001", "1003", start="08:00:00", answer="08:00:05", end="08:01:05", context="public", more=more)
    out = leg(2, "1001", "0938000001", start="08:10:00", answer="08:10:05", end="08:11:05", more=more)
    assert [call["hangup_by"] for call in read(tmp_path, inbound, out).calls] == ["customer", "agent"]


def test_the_template_with_a_blank_before_a_quote(tmp_path: Path) -> None:
    cells = leg(1, "0912000001", "1003", start="08:00:00", answer="08:00:05", end="08:01:05", context="public")
    text = ",".join(f'"{cell}"' for cell in cells[:12]) + ', "acc","PCMA","PCMA"\n'
    path = written(tmp_path / "Master.csv", text.replace(f',"{uuid(1)}"', f', "{uuid(1)}"'))
    assert [call["call_id"] for call in collect("freeswitch-cdr", path, tmp_path / "scratch").calls] == [uuid(1)]


def test_the_template_asterisk(tmp_path: Path) -> None:
    """Asterisk's columns with FreeSWITCH's hangup causes."""
    row = ["acc", "0912000001", "1003", "public", "x", "sofia/external/0912", "sofia/internal/1003", "bridge", "user/1003",
           "2026-11-02 08:00:00", "2026-11-02 08:00:05", "2026-11-02 08:01:05", "65", "60", "NORMAL_CLEARING", "3", uuid(1), ""]  # fmt: skip
    (call,) = read(tmp_path, row).calls
    assert (call["agent_id"], call["talk_s"], call["wait_s"], call["call_id"]) == ("1003", 60, 5, uuid(1))


def test_rejects(tmp_path: Path) -> None:
    good = [leg(each, "0912000001", "1003", start="08:00:00", end="08:00:30", cause="NO_ANSWER", context="public") for each in range(1, 9)]
    good[1][4] = "2026-11-02 25:00:00"
    good[2][10] = ""
    good[3][7] = "x"
    good[4][6] = "2026-11-02 07:00:00"
    good[5] = good[5][:7]
    found = read(tmp_path, *good)
    assert sorted((reject.line, reject.column) for reject in found.rejects) == [(2, "start"), (3, "uuid"), (4, "duration"), (5, "end"), (6, "")]


@pytest.mark.parametrize("text", ["", "a,b,c\n", "\ufeff\n\n"])
def test_what_is_no_freeswitch_cdr(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row has the columns of a FreeSWITCH CDR"):
        collect("freeswitch-cdr", written(tmp_path / "Master.csv", text), tmp_path / "scratch")
