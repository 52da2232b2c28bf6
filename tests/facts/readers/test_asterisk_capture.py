"""What a real Asterisk wrote about forty calls, against what the phones themselves saw (tests/facts/asterisk_capture.md)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from chot.core.phones import number_id
from tests.facts.readers.collecting import collect

CAPTURE = Path(__file__).resolve().parents[2] / "data/asterisk"


def table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((CAPTURE / name).read_text(encoding="utf-8").splitlines()))


EXPECTED = {row["call_id"]: row for row in table("expected.csv")}
QUEUED = {call_id: row for call_id, row in EXPECTED.items() if row["queue_log_outcome"]}


def number(text: str) -> int | None:
    return int(text) if text else None


@pytest.mark.parametrize("name", ["Master.csv", "Custom.csv", "Linked.csv"])
def test_cdr_in_three_layouts(name: str, tmp_path: Path) -> None:
    """With linkedid (Linked) or only uniqueid (Master, Custom): the same 42 contacts of 98 legs."""
    found = collect("asterisk-cdr", CAPTURE / name, tmp_path)
    assert (found.source_rows, len(found.calls), found.further, found.rejects) == (98, 42, 56, [])
    assert {call["call_id"] for call in found.calls} == set(EXPECTED)
    for call in found.calls:
        wanted = EXPECTED[call["call_id"]]
        assert call["direction"] == wanted["direction"], call
        assert (call["agent_id"] or "") == wanted["agent"], call
        assert (call["customer_id"] or "") == number_id(wanted["customer"]), call
        assert (call["queue_id"] or "") == wanted["queue"], call
        assert (call["line_id"] or "") == wanted["line"], call
        assert call["outcome"] == wanted["cdr_outcome"], call
        assert call["wait_s"] == number(wanted["cdr_wait_s"]), call
        assert call["talk_s"] == number(wanted["cdr_talk_s"]), call
        assert (call["hold_s"], call["wrap_s"], call["disposition"], call["hangup_by"]) == (None, None, None, None)


def test_cdr_never_understates_the_talk(tmp_path: Path) -> None:
    """Where the system answered before an agent did, a CDR counts the ringing as talk; elsewhere it is right to the second."""
    for call in collect("asterisk-cdr", CAPTURE / "Linked.csv", tmp_path).calls:
        wanted = EXPECTED[call["call_id"]]
        if call["outcome"] == "answered" and wanted["talk_ms"]:
            assert int(wanted["talk_ms"]) - 1000 <= call["talk_s"] * 1000, call


@pytest.mark.parametrize("name", ["cel.csv", "cel_text.csv"])
def test_cel_is_what_the_phones_saw(name: str, tmp_path: Path) -> None:
    """Channel events know every wait and talk, and who hung up; as text they are cut to whole seconds."""
    slack = 600 if name == "cel.csv" else 1500
    found = collect("asterisk-cel", CAPTURE / name, tmp_path)
    assert (found.source_rows, len(found.calls), found.further, found.rejects) == (715, 42, 673, [])
    for call in found.calls:
        wanted = EXPECTED[call["call_id"]]
        assert (call["direction"], call["outcome"]) == (wanted["direction"], wanted["cel_outcome"]), call
        assert (call["agent_id"] or "") == wanted["agent"], call
        assert (call["customer_id"] or "") == number_id(wanted["customer"]), call
        assert (call["queue_id"] or "", call["line_id"] or "") == (wanted["queue"], wanted["line"]), call
        if wanted["hangup_by"] and wanted["title"] != "attended transfer from care to 1006":
            assert call["hangup_by"] == wanted["hangup_by"], call
        for column, truth in (("talk_s", "talk_ms"), ("wait_s", "wait_ms")):
            if wanted[truth]:
                assert abs(call[column] * 1000 - int(wanted[truth])) <= slack, (column, call)


def test_queue_log_calls(tmp_path: Path) -> None:
    """The queue knows its own waits and talks to the second; of a transfer it sees only the first agent."""
    calls = collect("asterisk-queue-log", CAPTURE / "queue_log", tmp_path).calls
    assert {call["call_id"] for call in calls} == set(QUEUED)
    for call in calls:
        wanted = QUEUED[call["call_id"]]
        assert (call["agent_id"] or "") == wanted["member"], call
        assert (call["queue_id"], call["outcome"]) == (wanted["queue"], wanted["queue_log_outcome"]), call
        assert call["customer_id"] == number_id(wanted["customer"])
        assert (call["wait_s"], call["talk_s"]) == (number(wanted["queue_log_wait_s"]), number(wanted["queue_log_talk_s"])), call
        if wanted["hangup_by"] and "transfer" not in wanted["title"]:
            assert call["hangup_by"] == wanted["hangup_by"], call


def test_queue_log_workdays(tmp_path: Path) -> None:
    found = collect("asterisk-queue-log", CAPTURE / "queue_log", tmp_path)
    rows = [
        {"agent": row["agent_id"], "date": row["date"].isoformat(), "worked_s": row["worked_s"], "pause_s": row["pause_s"]}
        for row in found.tables["workdays"]
    ]
    wanted = table("expected_workdays.csv")
    assert rows == [{**row, "worked_s": number(row["worked_s"]), "pause_s": number(row["pause_s"])} for row in wanted]
    assert (found.source_rows, found.given, found.further, found.rejects) == (120, 33, 87, [])


def test_member_names_join_the_extensions_by_mapping(tmp_path: Path) -> None:
    mapping = {"agents": {"Lan": "a04", "1004": "a04", "Phuong": "a07", "1007": "a07"}}
    queue = collect("asterisk-queue-log", CAPTURE / "queue_log", tmp_path / "q", mapping=mapping)
    cdr = collect("asterisk-cdr", CAPTURE / "Master.csv", tmp_path / "c", mapping=mapping)
    assert {call["agent_id"] for call in queue.calls if call["customer_id"] == "+84912000010"} == {"a04"}
    assert {call["agent_id"] for call in cdr.calls if call["customer_id"] == "+84912000010"} == {"a04"}
    assert [row["worked_s"] for row in queue.tables["workdays"] if row["agent_id"] == "a07"] == [15]
