"""Asterisk CDR files in every layout: one contact is one row, and a bad line is a reject with its cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from chot.core.errors import InputError
from tests.facts.readers.collecting import Collected, at, collect, written

HEADER = "calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,amaflags,accountcode,uniqueid,userfield"


def master(src: str = "0912345678", dst: str = "19001001", *, channel: str = "PJSIP/trunk-00000001", to: str = "", app: str = "Dial",
           data: str = "", start: str = "08:00:00", answer: str = "", end: str = "08:01:00", billsec: int | None = None,
           how: str = "ANSWERED", context: str = "from-trunk", more: tuple[str, ...] = ("1790000000.1", "")) -> str:  # fmt: skip
    """One line of Master.csv on 2 November 2026, with ``more`` columns behind amaflags."""
    day = "2026-11-02 "

    def second(clock: str) -> int:
        hour, minute, second = map(int, clock.split(":"))
        return hour * 3600 + minute * 60 + second

    duration = second(end) - second(start)
    talked = (second(end) - second(answer) if answer else 0) if billsec is None else billsec
    cells = ["", src, dst, context, f'"X" <{src}>', channel, to, app, data, day + start, day + answer if answer else "", day + end]
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    return ",".join([*quoted, str(duration), str(talked), f'"{how}"', '"DOCUMENTATION"', *(f'"{each}"' for each in more)]) + "\n"


def read(tmp_path: Path, text: str, **options: object) -> Collected:
    return collect("asterisk-cdr", written(tmp_path / "Master.csv", text), tmp_path / "scratch", **options)  # type: ignore[arg-type]


def test_a_queue_of_ten_agents_ringing_four_times_is_one_call(tmp_path: Path) -> None:
    """The trap: 40 legs that rang in vain and one that was answered."""
    legs = [
        master(to=f"PJSIP/10{agent:02d}-{agent + 16 * turn:08x}", app="Queue", data="sales,tT", start=f"08:00:{turn * 12:02d}",
               end=f"08:00:{turn * 12 + 10:02d}", how="NO ANSWER")
        for turn in range(4) for agent in range(10)
    ]  # fmt: skip
    answered = master(to="PJSIP/1007-000000ff", app="Queue", data="sales,tT", start="08:00:48", answer="08:00:52", end="08:03:52")
    found = read(tmp_path, "".join(legs) + answered)
    assert (found.source_rows, len(found.calls), found.further, found.rejects) == (41, 1, 40, [])
    call = found.calls[0]
    assert (call["call_id"], call["agent_id"], call["queue_id"], call["outcome"]) == ("1790000000.1", "1007", "sales", "answered")
    assert (call["started_at"], call["answered_at"], call["ended_at"]) == (at("2026-11-02 08:00:00"), at("2026-11-02 08:00:52"),
                                                                           at("2026-11-02 08:03:52"))  # fmt: skip
    assert (call["wait_s"], call["ring_s"], call["talk_s"]) == (52, 4, 180)


def test_naive_times_are_of_the_zone_asked_for(tmp_path: Path) -> None:
    call = read(tmp_path, master(to="PJSIP/1001-1", answer="08:00:05"), tz="Asia/Ho_Chi_Minh").calls[0]
    assert call["started_at"] == at("2026-11-02 01:00:00")


@pytest.mark.parametrize(
    ("how", "outcome"),
    [("NO ANSWER", "no_answer"), ("BUSY", "busy"), ("FAILED", "failed"), ("CONGESTION", "failed"), ("CANCEL", "cancelled")],
)
def test_outcomes_of_calls_out(how: str, outcome: str, tmp_path: Path) -> None:
    line = master("1001", "0938000001", channel="SIP/1001-1", to="SIP/viettel-2", context="from-internal", how=how, end="08:00:20")
    call = read(tmp_path, line).calls[0]
    assert (call["direction"], call["outcome"], call["agent_id"], call["line_id"]) == ("out", outcome, "1001", "viettel")
    assert (call["customer_id"], call["ring_s"], call["talk_s"], call["wait_s"]) == ("+84938000001", 20, 0, None)


def test_a_second_trunk_answers_where_the_first_was_full(tmp_path: Path) -> None:
    one = master("1001", "0938000001", channel="SIP/1001-1", to="SIP/viettel-2", how="CONGESTION", end="08:00:02")
    two = master("1001", "0938000001", channel="SIP/1001-1", to="SIP/vnpt-3", start="08:00:02", answer="08:00:12", end="08:01:12")
    call = read(tmp_path, one + two).calls[0]
    assert (call["outcome"], call["line_id"], call["talk_s"]) == ("answered", "vnpt", 60)


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (master(app="Queue", data="care", answer="08:00:00"), "abandoned"),  # the queue answered, nobody else did
        (master(app="Queue", data="care", how="NO ANSWER"), "abandoned"),  # it did not answer, and the caller left
        (master(app="Playback", data="hello", answer="08:00:00"), "abandoned"),  # a menu
        (master(app="VoiceMail", data="1001", answer="08:00:00"), "voicemail"),
        (master(to="PJSIP/1001-1", how="NO ANSWER"), "no_answer"),
        (master(to="PJSIP/1001-1", how="BUSY"), "busy"),
    ],
)
def test_calls_in_without_an_agent(line: str, outcome: str, tmp_path: Path) -> None:
    call = read(tmp_path, line).calls[0]
    assert (call["outcome"], call["agent_id"], call["talk_s"], call["wait_s"], call["answered_at"]) == (outcome, None, 0, 60, None)


def test_an_answered_call_of_no_seconds_is_answered(tmp_path: Path) -> None:
    call = read(tmp_path, master(to="PJSIP/1001-1", answer="08:01:00", billsec=0)).calls[0]
    assert (call["outcome"], call["agent_id"], call["talk_s"]) == ("answered", "1001", 0)


def test_a_call_forwarded_to_a_mobile_is_answered_by_nobody_known(tmp_path: Path) -> None:
    call = read(tmp_path, master(to="PJSIP/trunk-2", answer="08:00:10")).calls[0]
    assert (call["direction"], call["outcome"], call["agent_id"], call["talk_s"]) == ("in", "answered", None, 50)


def test_the_agent_who_talked_longest_has_the_contact(tmp_path: Path) -> None:
    """A transfer: one row, the agent of the longest leg, that agent's talk only."""
    one = master(to="PJSIP/1001-1", answer="08:00:05", end="08:00:15")
    two = master(to="PJSIP/1002-2", start="08:00:15", answer="08:00:18", end="08:03:18")
    call = read(tmp_path, one + two).calls[0]
    assert (call["agent_id"], call["talk_s"], call["wait_s"], call["ended_at"]) == ("1002", 180, 5, at("2026-11-02 08:03:18"))


def test_without_any_id_legs_of_one_channel_are_one_contact(tmp_path: Path) -> None:
    """16 columns; the channel's name comes again after a restart, an hour later."""
    legs = [master(to=f"PJSIP/100{agent}-{agent}", how="NO ANSWER", end="08:00:10", more=()) for agent in range(3)]
    late = [master(to="PJSIP/1001-9", start="09:30:00", answer="09:30:04", end="09:31:00", more=())]
    found = read(tmp_path, "".join(legs + late))
    assert [(call["call_id"], call["outcome"]) for call in found.calls] == [
        ("20261102T080000Z-PJSIP/trunk-00000001", "no_answer"), ("20261102T093000Z-PJSIP/trunk-00000001", "answered")]  # fmt: skip
    assert found.further == 2


def test_local_channels_of_other_uniqueids_belong_to_the_caller(tmp_path: Path) -> None:
    """A queue member behind a Local channel: its half has a uniqueid of its own; a later call reuses the name."""
    outer = master(to="Local/1006@members-00000001;1", app="Queue", data="tech", answer="08:00:00", more=("1790000000.1", ""))
    inner = master("0912345678", "1006", channel="Local/1006@members-00000001;2", to="PJSIP/1006-3", start="08:00:02", answer="08:00:06",
                   context="members", more=("1790000002.3", ""))  # fmt: skip
    later = master("0912345678", "1006", channel="Local/1006@members-00000001;2", to="PJSIP/1006-3", start="12:00:02", answer="12:00:06",
                   end="12:01:00", context="from-trunk", more=("1790014402.3", ""))  # fmt: skip
    found = read(tmp_path, inner + outer + later)
    assert [(call["call_id"], call["agent_id"], call["talk_s"]) for call in found.calls] == [
        ("1790000000.1", "1006", 54), ("1790014402.3", "1006", 54)]  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        ("1790000000.1",),
        ("1790000000.1", "userfield"),
        ("1790000000.1", "", "peer", "1790000000.1", "7"),
        ("", "1790000000.1", "1790000000.1", "7"),
        ("pbx1-1790000000.1", "", "pbx1-1790000000.1"),
    ],
)
def test_columns_behind_amaflags(more: tuple[str, ...], tmp_path: Path) -> None:
    found = read(tmp_path, master(to="PJSIP/1001-1", how="NO ANSWER", more=more) + master(to="PJSIP/1002-2", answer="08:00:05", more=more))
    assert [call["call_id"] for call in found.calls] == [next(each for each in more if "." in each)]
    assert found.further == 1


def test_more_columns_from_some_day_on(tmp_path: Path) -> None:
    """The system was told to log more columns: both widths are read, a torn line is a reject."""
    narrow = [master(to="PJSIP/1001-1", answer="08:00:05", more=(f"179000000{each}.1", "")) for each in range(5)]
    wide = [master(to="PJSIP/1001-1", answer="08:00:05", more=(f"179000001{each}.1", "", "", f"179000001{each}.1", "4")) for each in range(5)]
    torn = wide[0].partition(',"DOCUMENTATION"')[0]
    found = read(tmp_path, "".join(narrow + wide) + torn)
    assert (len(found.calls), found.further) == (10, 0)
    assert [(reject.line, "15 cells" in reject.reason) for reject in found.rejects] == [(11, True)]


def test_a_header_names_the_columns(tmp_path: Path) -> None:
    """An export of the database: no answer and no end, which follow from the durations."""
    row = "2026-11-02 08:00:00,x,0912345678,19001001,from-trunk,SIP/trunk-1,SIP/1001-2,Dial,,70,60,ANSWERED,3,,1790000000.1,"
    call = read(tmp_path, f"{HEADER}\n{row}\n").calls[0]
    assert (call["agent_id"], call["talk_s"], call["wait_s"], call["ended_at"]) == ("1001", 60, 10, at("2026-11-02 08:01:10"))


def test_semicolons_epoch_times_and_fractions(tmp_path: Path) -> None:
    row = '"x";"0912345678";"19001001";"in";"SIP/trunk-1";"SIP/1001-2";"Dial";"";"1793606400";"1793606405.5";"1793606465.5";"65.5";"60.000000"'
    found = read(tmp_path, row + ';"ANSWERED";"3";"";"1793606400.1";""\n')
    call = found.calls[0]
    assert (call["started_at"], call["talk_s"], call["wait_s"]) == (at("2026-11-02 08:00:00"), 60, 5)


def test_rejects_name_line_column_and_reason(tmp_path: Path) -> None:
    good = master(to="PJSIP/1001-1", answer="08:00:05")
    lines = [
        good,
        good.replace("2026-11-02 08:00:00", "2026-13-02 08:00:00"),
        good.replace('"ANSWERED"', '"MAYBE"'),
        good.replace(",60,", ",-60,"),
        good.replace("2026-11-02 08:01:00", "2026-11-02 07:01:00"),
        '"","broken","row"\n',
        good.replace('"X"', 'X"'),
        good.replace("1790000000.1", "1790000000.2"),
    ]
    found = read(tmp_path, "".join(lines))
    assert [call["call_id"] for call in found.calls] == ["1790000000.1", "1790000000.2"]
    assert [(reject.line, reject.column) for reject in found.rejects] == [
        (6, ""), (7, ""), (2, "start"), (3, "disposition"), (4, "duration"), (5, "end")]  # fmt: skip
    assert all(reject.reason for reject in found.rejects)


def test_a_mapping_tells_trunks_agents_and_contexts_apart(tmp_path: Path) -> None:
    line = master("", "s", channel="PJSIP/lan-1", to="PJSIP/minh-2", answer="08:00:05", context="sảnh")
    assert read(tmp_path, line, mapping={"trunks": ["lan"], "agents": {"minh": "a05"}}).calls[0]["agent_id"] == "a05"
    assert read(tmp_path, line, mapping={"contexts": {"sảnh": "internal"}}).calls[0]["direction"] == "internal"


@pytest.mark.parametrize("text", ["", "a,b,c\n1,2,3\n", "\x00\x00\x00", '"' * 50, "1795368283|NONE|NONE|NONE|QUEUESTART|\n"])
def test_what_is_no_cdr_is_said_in_one_message(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row has the columns of an Asterisk CDR"):
        read(tmp_path, text)
