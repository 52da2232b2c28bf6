"""A data folder opened: every form a table may have, one row per key, and every row left out named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chot.core.errors import InputError
from chot.facts import folder as folder_module
from chot.facts.folder import open_folder
from chot.kpi.schema import TABLES

ORDERS = "order_id,agent_id,ordered_at,status,status_at,amount_vnd\n"
CALLS = "call_id,agent_id,direction,started_at,outcome,talk_s\n"


def order(name: str, status_at: str = "", amount: int = 5, status: str = "confirmed") -> str:
    stamp = f"2026-10-{status_at}T09:00:00+07:00" if status_at else ""
    return f"{name},a1,2026-10-01T08:00:00+07:00,{status},{stamp},{amount}\n"


def call(name: str, **cells: str) -> str:
    row = {"agent": "a1", "direction": "in", "at": "2026-11-01T01:30:00+07:00", "outcome": "answered", "talk": "60"} | cells
    return f"{name},{row['agent']},{row['direction']},{row['at']},{row['outcome']},{row['talk']}\n"


def make(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = folder / f"{name}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_an_empty_folder_has_nine_empty_tables(tmp_path):
    with open_folder(tmp_path) as dataset:
        assert [dataset.table(name).num_rows for name in TABLES] == [0] * 9
        assert not dataset.warnings and not dataset.rejects and dataset.parquet("calls") == []
        assert dataset.timezone == "Asia/Ho_Chi_Minh"


def test_a_call_just_after_midnight_in_hanoi_belongs_to_november(tmp_path):
    with open_folder(make(tmp_path, calls=CALLS + call("c1"))) as dataset:
        (row,) = dataset.table("calls").to_pylist()
        assert row["period"] == "2026-11" and row["started_at"] == datetime(2026, 10, 31, 18, 30, tzinfo=UTC)


def test_the_time_zone_of_chot_yaml_decides_the_day(tmp_path):
    (tmp_path / "chot.yaml").write_text("timezone: UTC\n")
    with open_folder(make(tmp_path, calls=CALLS + call("c1"))) as dataset:
        assert dataset.table("calls").column("local_date").to_pylist() == [date(2026, 10, 31)]


@pytest.mark.parametrize(("text", "what"), [("timezone: Hanoi", "is not a time zone"), ("timezon: UTC", "not known"), ("[", "not YAML")])
def test_a_wrong_setting_is_an_input_error(tmp_path, text, what):
    (tmp_path / "chot.yaml").write_text(text)
    with pytest.raises(InputError, match=what):
        open_folder(tmp_path)


def test_bad_rows_are_left_out_and_named_with_file_and_line(tmp_path):
    calls = CALLS + call("c1") + call("", talk="1") + call("c3", talk="-1") + 'c4,"a1\n' + call("c5")
    make(tmp_path, calls=calls, orders=ORDERS + "o1\n")
    with open_folder(tmp_path) as dataset:
        assert dataset.table("calls").column("call_id").to_pylist() == ["c1", "c5"]
        assert dataset.warnings == [
            "calls.csv:3: column 'call_id' = '': is missing",
            "calls.csv:4: column 'talk_s' = '-1': is negative",
            "calls.csv:5: a quote is opened and never closed",
            "orders.csv:2: has 1 cell where the table has 6",
        ]
        found = [(row.file, row.line) for row in dataset.rejects]
        assert found == [("calls.csv", 3), ("calls.csv", 4), ("calls.csv", 5), ("orders.csv", 2)]


def test_an_unknown_column_is_one_warning_and_no_reject(tmp_path):
    with open_folder(make(tmp_path, calls=CALLS.replace("talk_s", "talk"))) as dataset:
        assert dataset.warnings == ["calls.csv:1: column 'talk' is not a column of calls and is ignored. Did you mean 'talk_s'?"]
        assert not dataset.rejects


def test_equal_rows_are_one_row_and_a_different_call_is_rejected(tmp_path):
    with open_folder(make(tmp_path, calls=CALLS + call("c1") + call("c1") + call("c1", talk="61"))) as dataset:
        assert dataset.table("calls").column("talk_s").to_pylist() == [60]
        assert dataset.duplicates["calls"] == 1
        assert dataset.warnings == ["calls.csv:4: column 'call_id' = 'c1': is there already with other values"]


def test_a_later_order_replaces_an_earlier_one_and_no_other_does(tmp_path):
    rows = order("o1") + order("o1", "02", 6) + order("o1", "01", 7) + order("o1", "02", 8) + order("o1", "03", 9) + order("o1", "03", 9)
    with open_folder(make(tmp_path, orders=ORDERS + rows)) as dataset:
        assert dataset.table("orders").column("amount_vnd").to_pylist() == [9]
        assert [(row.line, row.reason) for row in dataset.rejects] == [
            (4, "is there already with other values, and this status_at is not later"),
            (5, "is there already with other values, and this status_at is not later"),
        ]
        assert dataset.duplicates["orders"] == 1


def test_rows_of_an_agent_must_not_overlap(tmp_path):
    rows = "agent_id,team_id,valid_from,valid_to\na,t1,,2026-10-10\na,t2,2026-10-10,2026-11-01\na,t3,2026-10-31,\n"
    rows += "b,t1,,\nb,t2,2026-01-01,\n"
    with open_folder(make(tmp_path, agents=rows)) as dataset:
        assert dataset.table("agents").column("team_id").to_pylist() == ["t1", "t2", "t1"]
        assert [(row.line, row.column, row.reason) for row in dataset.rejects] == [
            (4, "valid_from", "overlaps another row of this agent"),
            (6, "valid_from", "overlaps another row of this agent"),
        ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"call_id;agent_id\nc1;a1\n", "the cells are not separated by commas"),
        ((CALLS + call("c1")).encode("utf-16"), "the file is UTF-16"),
        ((CALLS + call("c1")).encode("utf-16-le"), "the file is UTF-16"),
        (b"call_id,direction,outcome\n", "the table calls needs this column"),
        (CALLS.replace("talk_s", "call_id").encode(), "stands twice in the header"),
        (b'call_id,"dir\n', "the header cannot be read"),
    ],
)
def test_a_file_that_cannot_be_the_table_is_an_input_error(tmp_path, content, what):
    with pytest.raises(InputError, match=what):
        open_folder(make(tmp_path, calls=content))


def test_all_problems_of_all_tables_are_listed_at_once(tmp_path):
    (tmp_path / "orders").mkdir()
    with pytest.raises(InputError) as caught:
        open_folder(make(tmp_path, calls="call_id\n", orders=ORDERS))
    assert [problem.field for problem in caught.value.problems] == ["direction", "started_at", "outcome", "orders"]


def test_no_folder_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no such data folder"):
        open_folder(tmp_path / "nothing")


@pytest.mark.parametrize("content", [b"", b"\n", CALLS.encode(), b"\xef\xbb\xbf" + CALLS.encode()])
def test_a_file_without_rows_is_an_empty_table(tmp_path, content):
    with open_folder(make(tmp_path, calls=content)) as dataset:
        assert dataset.table("calls").num_rows == 0 and not dataset.warnings


def parquet(path: Path, **columns: list) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


AT = datetime(2026, 10, 31, 18, 30, tzinfo=UTC)


def test_parquet_with_text_or_types_reads_as_csv_does(tmp_path):
    parquet(tmp_path / "calls.parquet", call_id=[1, 2], direction=["in"] * 2, started_at=[AT] * 2, outcome=["answered"] * 2,
            talk_s=[60, -1])  # fmt: skip
    parquet(tmp_path / "orders.parquet", order_id=["o1"], agent_id=["a1"], ordered_at=["2026-11-01T01:30:00+07:00"])
    with open_folder(tmp_path) as dataset:
        assert dataset.table("calls").select(["call_id", "talk_s", "period"]).to_pylist() == [
            {"call_id": "1", "talk_s": 60, "period": "2026-11"}
        ]
        assert dataset.table("orders").column("period").to_pylist() == ["2026-11"]
        assert dataset.warnings == ["calls.parquet:2: column 'talk_s' = '-1': is negative"]


def test_a_folder_of_months_is_one_table_and_its_days_are_worked_out_anew(tmp_path):
    for month, name in [("2026-10", "c1"), ("2026-11", "c2")]:
        parquet(tmp_path / f"calls/month={month}/part.parquet", call_id=[name], direction=["in"], started_at=[AT], outcome=["answered"],
                local_date=[date(2026, 10, 31)])  # fmt: skip
    with open_folder(tmp_path) as dataset:
        assert dataset.table("calls").select(["call_id", "local_date"]).to_pylist() == [
            {"call_id": "c1", "local_date": date(2026, 11, 1)}, {"call_id": "c2", "local_date": date(2026, 11, 1)},
        ]  # fmt: skip
        assert not dataset.warnings


def test_what_is_no_parquet_is_an_input_error(tmp_path):
    (tmp_path / "calls.parquet").write_bytes(b"PAR1 nothing of the kind PAR1")
    with pytest.raises(InputError, match="no readable Parquet file"):
        open_folder(tmp_path)


def test_a_table_in_memory_is_lent_as_a_file_that_close_removes(tmp_path):
    dataset = open_folder(make(tmp_path, calls=CALLS + call("c1")))
    (path,) = dataset.parquet("calls")
    assert pq.read_table(path).equals(dataset.table("calls")) and dataset.parquet("calls") == [path]
    dataset.close()
    assert not path.exists() and sorted(each.name for each in tmp_path.iterdir()) == ["calls.csv"]


def test_a_table_too_large_for_memory_has_the_same_rows_and_rejects(tmp_path, monkeypatch):
    rows = "".join(order(f"o{number % 40}", f"{1 + number % 28:02d}", number % 3) for number in range(100))
    agents = "agent_id,valid_from,valid_to\na,,2026-10-10\na,2026-10-09,\n"
    make(tmp_path, orders=ORDERS + rows, agents=agents)
    with open_folder(tmp_path) as usual:
        monkeypatch.setattr(folder_module, "IN_MEMORY_ROWS", 1)
        with open_folder(tmp_path) as spilled:
            assert isinstance(usual.source("orders"), pa.Table) and isinstance(spilled.source("orders"), list)
            by_key = [("order_id", "ascending")]
            assert spilled.table("orders").sort_by(by_key).equals(usual.table("orders").sort_by(by_key))
            assert spilled.table("agents").equals(usual.table("agents"))
            assert spilled.duplicates == usual.duplicates and usual.rejects
            assert sorted(map(str, spilled.rejects)) == sorted(map(str, usual.rejects))
            scratch = spilled.scratch()
    assert not scratch.exists()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["calls", "agents", "orders"]), st.binary(max_size=120), st.booleans())
@example("calls", b"\xed\xa0\x80", True)  # half a surrogate pair: three bytes that some readers take for a character
@example("calls", b'"\xed\xa0\x80",,,,,\n,,\xf4\x90\x80\x80\n', True)
def test_any_bytes_are_a_table_with_rejects_or_an_input_error(tmp_path_factory, name, content, with_header):
    folder = tmp_path_factory.mktemp("any")
    header = {"calls": CALLS, "agents": "agent_id,valid_from\n", "orders": ORDERS}[name].encode() if with_header else b""
    (folder / f"{name}.csv").write_bytes(header + content)
    try:
        with open_folder(folder) as dataset:
            assert dataset.table(name).num_rows + len(dataset.rejects) >= 0
    except InputError:
        pass  # said in a sentence, as every refusal must be
