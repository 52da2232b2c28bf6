"""Channel events: connections through bridges and Local channels, old versions' bridges, logs that begin or end in a call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chot.core.errors import InputError
from tests.facts.readers.collecting import Collected, at, collect, written

BASE = 1793606400  # 2026-11-02 08:00:00 UTC
CUSTOMER, AGENT, OTHER = "PJSIP/trunk-00000001", "PJSIP/1001-00000002", "PJSIP/1002-00000003"
IDS = {CUSTOMER: "1793606400.1", AGENT: "1793606402.2", OTHER: "1793606430.3"}


def event(second: float, name: str, channel: str, *, app: str = "", data: str = "", exten: str = "19001001", peer: str = "",
          width: int = 20, linked: str = "1793606400.1", **extra: object) -> str:  # fmt: skip
    """One line in the order of cel_custom.conf, ``second`` seconds after eight."""
    number = {CUSTOMER: "0912345678", AGENT: "1001", OTHER: "1002"}.get(channel, "")
    context = "from-trunk" if channel == CUSTOMER else "from-agent"
    cells = [name, f"{BASE + second:.6f}", "X", number, number, "", "", exten, context, channel, app, data, "3", "", IDS.get(channel, "1793606499.9"),
             linked, peer, "", "", json.dumps(extra) if extra else ""][:width]  # fmt: skip
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


def read(tmp_path: Path, text: str, **options: object) -> Collected:
    return collect("asterisk-cel", written(tmp_path / "cel.csv", text), tmp_path / "scratch", **options)  # type: ignore[arg-type]


START = [
    event(0, "CHAN_START", CUSTOMER),
    event(0.1, "APP_START", CUSTOMER, app="Queue", data="sales,tT"),
    event(2, "CHAN_START", AGENT, exten="s"),
    event(6, "ANSWER", AGENT),
    event(6, "ANSWER", CUSTOMER),
]
TALK = [event(6.1, "BRIDGE_ENTER", AGENT, bridge_id="b1"), event(6.2, "BRIDGE_ENTER", CUSTOMER, bridge_id="b1")]
END = [
    event(66.2, "BRIDGE_EXIT", CUSTOMER, bridge_id="b1"),
    event(66.2, "BRIDGE_EXIT", AGENT, bridge_id="b1"),
    event(66.3, "HANGUP", CUSTOMER, hangupcause=16, hangupsource=CUSTOMER, dialstatus="ANSWER"),
    event(66.3, "CHAN_END", CUSTOMER),
    event(66.3, "LINKEDID_END", CUSTOMER),
]


def test_a_queue_call(tmp_path: Path) -> None:
    found = read(tmp_path, "".join(START + TALK + END))
    assert (found.source_rows, found.further, found.rejects) == (12, 11, [])
    (call,) = found.calls
    assert (call["agent_id"], call["queue_id"], call["line_id"], call["outcome"]) == ("1001", "sales", "19001001", "answered")
    assert (call["wait_s"], call["ring_s"], call["talk_s"], call["hangup_by"]) == (6, 4, 60, "customer")
    assert call["started_at"] == at("2026-11-02 08:00:00")


def test_events_in_any_order_of_lines(tmp_path: Path) -> None:
    lines = START + TALK + END
    assert read(tmp_path, "".join(reversed(lines))).calls == read(tmp_path, "".join(lines)).calls


def test_a_consultation_is_no_talk_with_the_customer(tmp_path: Path) -> None:
    """The agent leaves the customer's bridge for 20 seconds and comes back."""
    away = [event(16.2, "BRIDGE_EXIT", AGENT, bridge_id="b1"), event(16.2, "BRIDGE_ENTER", AGENT, bridge_id="b2"),
            event(36.2, "BRIDGE_EXIT", AGENT, bridge_id="b2"), event(36.2, "BRIDGE_ENTER", AGENT, bridge_id="b1")]  # fmt: skip
    assert [call["talk_s"] for call in read(tmp_path, "".join(START + TALK + away + END)).calls] == [40]


def test_bridges_of_old_versions_name_the_peer_once(tmp_path: Path) -> None:
    talk = [event(6.2, "BRIDGE_START", CUSTOMER, peer=AGENT, width=18), event(66.2, "BRIDGE_END", CUSTOMER, peer=AGENT, width=18)]
    end = [event(66.3, "HANGUP", CUSTOMER, width=18), event(66.3, "CHAN_END", CUSTOMER, width=18)]
    (call,) = read(tmp_path, "".join(START + talk + end)).calls
    assert (call["agent_id"], call["talk_s"], call["wait_s"]) == ("1001", 60, 6)


def test_without_any_bridge_event_answered_channels_talk(tmp_path: Path) -> None:
    (call,) = read(tmp_path, "".join([*START, event(66, "HANGUP", AGENT), *END[2:]])).calls
    assert (call["agent_id"], call["talk_s"], call["outcome"]) == ("1001", 60, "answered")


def test_a_header_may_put_the_columns_anywhere(tmp_path: Path) -> None:
    header = "id,eventtype,eventtime,cid_num,exten,context,channame,uniqueid,linkedid"
    rows = [f"1,CHAN_START,2026-11-02 08:00:00,0912345678,19001001,from-trunk,{CUSTOMER},1793606400.1,1793606400.1",
            f"2,HANGUP,2026-11-02 08:00:09,0912345678,19001001,from-trunk,{CUSTOMER},1793606400.1,1793606400.1"]  # fmt: skip
    (call,) = read(tmp_path, "\n".join([header, *rows])).calls
    assert (call["outcome"], call["wait_s"]) == ("failed", 9)


@pytest.mark.parametrize(
    ("status", "cause", "source", "outcome"),
    [
        ("BUSY", 17, "", "busy"),
        ("NOANSWER", 16, "", "no_answer"),
        ("CANCEL", 0, AGENT, "cancelled"),
        ("CONGESTION", 34, "", "failed"),
        ("NOANSWER", 1, "", "failed"),  # no such number
        ("", 0, "", "failed"),
    ],
)
def test_outcomes_of_calls_out(status: str, cause: int, source: str, outcome: str, tmp_path: Path) -> None:
    agent_id = IDS[AGENT]
    lines = [
        event(0, "CHAN_START", AGENT, exten="0938000001", linked=agent_id),
        event(1, "CHAN_START", CUSTOMER, exten="s", linked=agent_id),
        event(9, "HANGUP", CUSTOMER, linked=agent_id, hangupcause=cause, hangupsource="", dialstatus=""),
        event(9, "HANGUP", AGENT, linked=agent_id, hangupcause=cause, hangupsource=source, dialstatus=status),
    ]
    (call,) = read(tmp_path, "".join(lines)).calls
    assert (call["direction"], call["outcome"], call["agent_id"], call["ring_s"]) == ("out", outcome, "1001", 8)
    assert (call["customer_id"], call["line_id"], call["talk_s"]) == ("+84938000001", "trunk", 0)


def test_a_log_that_begins_in_a_call_rejects_its_lines(tmp_path: Path) -> None:
    found = read(tmp_path, "".join(START[1:] + TALK + END))
    assert found.calls == []
    assert {reject.reason for reject in found.rejects} == {"the call began before this log"}
    assert len(found.rejects) == 11


def test_a_log_that_ends_in_a_call(tmp_path: Path) -> None:
    """Answered, so it counts; how long they talked is not known."""
    (call,) = read(tmp_path, "".join(START + TALK)).calls
    assert (call["outcome"], call["agent_id"], call["talk_s"], call["ended_at"], call["wait_s"]) == ("answered", "1001", None, None, 6)


def test_a_log_that_ends_while_the_caller_waits(tmp_path: Path) -> None:
    found = read(tmp_path, "".join(START[:3]))
    assert (found.calls, len(found.rejects)) == ([], 3)
    assert "not over where the log ends" in found.rejects[0].reason


def test_user_events_and_broken_extras_are_part_of_the_call(tmp_path: Path) -> None:
    own = [event(1, "WINK", CUSTOMER), event(2, "CHAN_END", OTHER, exten="s").replace('""', '"{broken"', 1)]
    assert [call["talk_s"] for call in read(tmp_path, "".join(START + own + TALK + END)).calls] == [60]


def test_rejects(tmp_path: Path) -> None:
    lines = [*START, event(7, "ANSWER", AGENT).replace(f"{BASE + 7}", "soon"), "torn,line\n", *TALK, *END]
    found = read(tmp_path, "".join(lines))
    assert sorted((reject.line, reject.column) for reject in found.rejects) == [(6, "eventtime"), (7, "")]
    assert [call["talk_s"] for call in found.calls] == [60]


@pytest.mark.parametrize("text", ["", "a,b\n", "\ufeff", '"CHAN_START"\n'])
def test_what_is_no_log_of_channel_events(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row has the columns"):
        read(tmp_path, text)
