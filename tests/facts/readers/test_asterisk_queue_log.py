"""Queue logs line by line: every event, calls that begin or end outside the log, shifts over midnight and restarts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chot.core.errors import InputError
from tests.facts.readers.collecting import Collected, at, collect, written

EIGHT = 1793606400  # 2026-11-02 08:00:00 UTC


def log(*events: str) -> str:
    """Lines from ``seconds after eight|callid|queue|agent|EVENT|data``."""
    lines = []
    for each in events:
        second, rest = each.split("|", 1)
        lines.append(f"{EIGHT + int(second)}|{rest}\n")
    return "".join(lines)


def read(tmp_path: Path, *events: str, **options: object) -> Collected:
    path = written(tmp_path / "queue_log", log(*events))
    return collect("asterisk-queue-log", path, tmp_path / "scratch", **options)  # type: ignore[arg-type]


def only(found: Collected) -> dict[str, Any]:
    (call,) = found.calls
    return call


ENTER = "0|c1|sales|NONE|ENTERQUEUE||0912345678|1"
CONNECT = "12|c1|sales|PJSIP/1001|CONNECT|12|c1.2|4"


@pytest.mark.parametrize(("event", "by"), [("COMPLETECALLER", "customer"), ("COMPLETEAGENT", "agent")])
def test_an_answered_call(event: str, by: str, tmp_path: Path) -> None:
    found = read(tmp_path, ENTER, "6|c1|sales|PJSIP/1002|RINGNOANSWER|5000", CONNECT, f"72|c1|sales|PJSIP/1001|{event}|12|60|1")
    call = only(found)
    assert (call["agent_id"], call["queue_id"], call["customer_id"], call["direction"]) == ("1001", "sales", "+84912345678", "in")
    assert (call["wait_s"], call["ring_s"], call["talk_s"], call["hangup_by"], call["outcome"]) == (12, 4, 60, by, "answered")
    assert (call["answered_at"], call["ended_at"]) == (at("2026-11-02 08:00:12"), at("2026-11-02 08:01:12"))
    assert (found.source_rows, found.further) == (4, 3)


@pytest.mark.parametrize(
    ("line", "outcome", "by", "wait"),
    [
        ("30|c1|sales|NONE|ABANDON|1|1|30", "abandoned", "customer", 30),
        ("30|c1|sales|NONE|EXITWITHTIMEOUT|1", "no_answer", "system", 30),
        ("30|c1|sales|NONE|EXITEMPTY|1|1|30", "no_answer", "system", 30),
        ("30|c1|sales|NONE|EXITWITHKEY|2|1|1|30", "abandoned", None, 30),
        ("30|c1|sales|NONE|SYSCOMPAT|", "failed", "system", 30),
    ],
)
def test_callers_who_reach_nobody(line: str, outcome: str, by: str | None, wait: int, tmp_path: Path) -> None:
    call = only(read(tmp_path, ENTER, "9|c1|sales|PJSIP/1001|RINGCANCELED|3000", line))
    assert (call["outcome"], call["hangup_by"], call["wait_s"], call["talk_s"], call["agent_id"]) == (outcome, by, wait, 0, None)


@pytest.mark.parametrize(
    "line",
    [
        "72|c1|sales|PJSIP/1001|BLINDTRANSFER|1004|from-agent|12|60|1",
        "72|c1|sales|PJSIP/1001|TRANSFER|1004|from-agent|12|60",
        "72|c1|sales|PJSIP/1001|ATTENDEDTRANSFER|BRIDGE|4a1c|12|60|1",
        "72|c1|sales|PJSIP/1001|ATTENDEDTRANSFER|LINK|PJSIP/1-1|PJSIP/2-2|12|60|1",
    ],
)
def test_transfers_end_the_agent_s_talk_not_the_call(line: str, tmp_path: Path) -> None:
    call = only(read(tmp_path, ENTER, CONNECT, line))
    assert (call["agent_id"], call["talk_s"], call["ended_at"], call["hangup_by"], call["outcome"]) == ("1001", 60, None, None, "answered")


def test_a_second_queue_is_the_same_contact(tmp_path: Path) -> None:
    found = read(tmp_path, ENTER, "30|c1|sales|NONE|EXITWITHTIMEOUT|1|1|30", "30|c1|care|NONE|ENTERQUEUE||0912345678|1",
                 "40|c1|care|Lan|CONNECT|10|x|3", "50|c1|care|Lan|COMPLETEAGENT|10|10|1")  # fmt: skip
    call = only(found)
    assert (call["queue_id"], call["agent_id"], call["wait_s"], call["talk_s"]) == ("care", "Lan", 40, 10)


def test_the_did_is_the_line(tmp_path: Path) -> None:
    call = only(read(tmp_path, "0|c1|NONE|NONE|DID|02473001003", ENTER, "30|c1|sales|NONE|ABANDON|1|1|30"))
    assert call["line_id"] == "02473001003"


def test_a_log_that_begins_while_they_talk_still_knows_everything(tmp_path: Path) -> None:
    call = only(read(tmp_path, "72|c1|sales|PJSIP/1001|COMPLETEAGENT|12|60|1"))
    assert (call["started_at"], call["answered_at"]) == (at("2026-11-02 08:00:00"), at("2026-11-02 08:00:12"))
    assert (call["wait_s"], call["talk_s"], call["agent_id"]) == (12, 60, "1001")


def test_a_call_of_which_only_a_ringing_is_known_is_rejected(tmp_path: Path) -> None:
    found = read(tmp_path, "6|c1|sales|PJSIP/1002|RINGNOANSWER|5000", "9|c2|sales|NONE|ABANDON|1|1|5")
    assert [call["call_id"] for call in found.calls] == ["c2"]
    assert [(reject.line, reject.column) for reject in found.rejects] == [(1, "callid")]


def test_never_closed_a_connected_call_counts_without_a_talk_time(tmp_path: Path) -> None:
    call = only(read(tmp_path, ENTER, CONNECT))
    assert (call["outcome"], call["agent_id"], call["talk_s"], call["ended_at"], call["wait_s"]) == ("answered", "1001", None, None, 12)


def test_never_closed_a_waiting_caller_is_rejected_for_now(tmp_path: Path) -> None:
    found = read(tmp_path, ENTER)
    assert found.calls == []
    assert "still waiting where the log ends" in found.rejects[0].reason


def test_a_restart_ends_what_was_open(tmp_path: Path) -> None:
    found = read(tmp_path, ENTER, CONNECT, "20|c2|sales|NONE|ENTERQUEUE||0987654321|1", "600|NONE|NONE|NONE|QUEUESTART|",
                 "700|NONE|NONE|NONE|CONFIGRELOAD|")  # fmt: skip
    first, second = found.calls
    assert (first["outcome"], first["hangup_by"], first["talk_s"], first["ended_at"]) == ("answered", "system", None, None)
    assert (second["outcome"], second["hangup_by"], second["wait_s"], second["talk_s"]) == ("failed", "system", None, None)
    assert found.further == 3


def days(found: Collected) -> list[tuple[str, date, int | None, int | None]]:
    return [(row["agent_id"], row["date"], row["worked_s"], row["pause_s"]) for row in found.tables.get("workdays", [])]


MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)


def test_a_shift_with_a_break(tmp_path: Path) -> None:
    found = read(tmp_path, "0|CLI|sales|PJSIP/1001|ADDMEMBER|", "3600|NONE|sales|PJSIP/1001|PAUSE|lunch",
                 "5400|NONE|sales|PJSIP/1001|UNPAUSE|lunch", "28800|CLI|sales|PJSIP/1001|REMOVEMEMBER|")  # fmt: skip
    assert days(found) == [("1001", MONDAY, 28800, 1800)]
    assert (found.source_rows, found.further) == (4, 3)


def test_a_shift_is_split_at_local_midnight(tmp_path: Path) -> None:
    """08:00 UTC is 15:00 in Hà Nội; ten hours later it is Tuesday there."""
    events = ("0|CLI|sales|Lan|ADDMEMBER|", "36000|CLI|sales|Lan|REMOVEMEMBER|")
    assert days(read(tmp_path, *events, tz="Asia/Ho_Chi_Minh")) == [("Lan", MONDAY, 32400, 0), ("Lan", TUESDAY, 3600, 0)]


def test_a_login_over_many_days_gives_every_day(tmp_path: Path) -> None:
    found = read(tmp_path, "0|CLI|sales|Lan|ADDMEMBER|", f"{3 * 86400}|CLI|sales|Lan|REMOVEMEMBER|")
    assert [worked for _, _, worked, _ in days(found)] == [57600, 86400, 86400, 28800]


def test_two_queues_are_one_shift_and_a_pause_in_one_is_no_break(tmp_path: Path) -> None:
    found = read(tmp_path, "0|CLI|sales|Lan|ADDMEMBER|", "60|CLI|care|Lan|ADDMEMBER|", "100|NONE|sales|Lan|PAUSE|x",
                 "200|NONE|care|Lan|PAUSE|x", "300|NONE|sales|Lan|UNPAUSE|", "400|CLI|sales|Lan|REMOVEMEMBER|",
                 "500|CLI|care|Lan|REMOVEMEMBER|")  # fmt: skip
    assert days(found) == [("Lan", MONDAY, 500, 200)]  # 200 to 300, and 400 to 500 paused in the only queue left


def test_pauseall_and_a_member_who_comes_in_paused(tmp_path: Path) -> None:
    found = read(tmp_path, "0|CLI|sales|Lan|ADDMEMBER|PAUSED", "100|NONE|sales|Lan|UNPAUSE|", "200|NONE|NONE|Lan|PAUSEALL|",
                 "300|NONE|NONE|Lan|UNPAUSEALL|", "400|CLI|sales|Lan|REMOVEMEMBER|")  # fmt: skip
    assert days(found) == [("Lan", MONDAY, 400, 200)]


@pytest.mark.parametrize(
    ("login", "logoff"),
    [
        ("0|u1|NONE|Agent/7|AGENTLOGIN|PJSIP/1-1", "900|u1|NONE|Agent/7|AGENTLOGOFF|PJSIP/1-1|900"),
        ("0|NONE|NONE|Agent/7|AGENTCALLBACKLOGIN|7@in", "900|NONE|NONE|Agent/7|AGENTCALLBACKLOGOFF|7@in|900|"),
        ("850|c|s|NONE|ENTERQUEUE||1|1", "900|u1|NONE|Agent/7|AGENTLOGOFF|PJSIP/1-1|900"),  # the login is not in the log
    ],
)
def test_agent_logins(login: str, logoff: str, tmp_path: Path) -> None:
    assert days(read(tmp_path, login, logoff)) == [("7", MONDAY, 900, 0)]


def test_still_logged_in_where_the_log_ends(tmp_path: Path) -> None:
    assert days(read(tmp_path, "0|CLI|sales|Lan|ADDMEMBER|", "500|NONE|NONE|NONE|CONFIGRELOAD|")) == [("Lan", MONDAY, 500, 0)]


def test_after_a_restart_who_comes_in_anew_had_been_logged_off(tmp_path: Path) -> None:
    found = read(tmp_path, "0|CLI|sales|Lan|ADDMEMBER|", "0|CLI|sales|Minh|ADDMEMBER|", "100|c1|sales|NONE|ENTERQUEUE||09|1",
                 "100|c1|sales|NONE|ABANDON|1|1|0", "300|NONE|NONE|NONE|QUEUESTART|", "400|CLI|sales|Lan|ADDMEMBER|",
                 "500|CLI|sales|Lan|REMOVEMEMBER|", "500|CLI|sales|Minh|REMOVEMEMBER|")  # fmt: skip
    assert days(found) == [("Lan", MONDAY, 200, 0), ("Minh", MONDAY, 500, 0)]


def test_a_pause_of_a_fixed_member_counts_only_inside_a_day(tmp_path: Path) -> None:
    found = read(tmp_path, "0|NONE|sales|Lan|PAUSE|lunch", "600|NONE|sales|Lan|UNPAUSE|", "0|NONE|sales|Minh|PAUSE|home",
                 f"{86400}|NONE|sales|Minh|UNPAUSE|")  # fmt: skip
    assert days(found) == [("Lan", MONDAY, None, 600)]
    assert [(reject.line, reject.column) for reject in found.rejects] == [(3, "agent"), (4, "agent")]


def test_one_table_of_the_two(tmp_path: Path) -> None:
    events = (ENTER, CONNECT, "72|c1|sales|Lan|COMPLETEAGENT|12|60|1", "80|CLI|sales|Lan|ADDMEMBER|", "90|CLI|sales|Lan|REMOVEMEMBER|")
    assert list(read(tmp_path, *events, table="calls").tables) == ["calls"]
    assert list(read(tmp_path, *events, table="workdays").tables) == ["workdays"]
    with pytest.raises(InputError, match="gives calls and workdays"):
        read(tmp_path, *events, table="orders")


def test_rejects(tmp_path: Path) -> None:
    path = written(tmp_path / "queue_log", log(ENTER, "30|c1|sales|NONE|ABANDON|1|1|30") +
                   "soon|c9|sales|NONE|ABANDON|1\n1793606400|c9|sales|NONE|SNEEZE|\n1793606400|c9|sales\n")  # fmt: skip
    found = collect("asterisk-queue-log", path, tmp_path / "scratch")
    assert [(reject.line, reject.column) for reject in found.rejects] == [(3, "time"), (4, "event"), (5, "")]
    assert len(found.calls) == 1


@pytest.mark.parametrize("text", ["", "\n\n", "a|b|c|d|e\n", "x" * 1000])
def test_what_is_no_queue_log(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no line is an event"):
        collect("asterisk-queue-log", written(tmp_path / "queue_log", text), tmp_path / "scratch")
