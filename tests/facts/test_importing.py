"""One file into a folder: every source row ends somewhere, bad rows wait for repair, and a dry run changes nothing."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chot.core.errors import InputError, InternalError
from chot.facts import importing, rejects
from chot.facts.folder import open_folder
from chot.facts.importing import Outcome, import_file
from chot.facts.readers.base import Cells, Options, Reject, Sample, Sink
from chot.facts.reject_log import RejectLog

HEADER = "call_id,agent_id,direction,started_at,outcome,talk_s\n"


def call(name: str, talk: object = 60, at: str = "2026-10-01T08:00:00+07:00") -> str:
    return f"{name},a1,in,{at},answered,{talk}\n"


def source(folder: Path, content: str | bytes, name: str = "calls.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def take(path: Path, data: Path, **options: object) -> Outcome:
    outcome = import_file(path, data, format_name="table", table="calls", **options)  # type: ignore[arg-type]
    assert outcome.rows == outcome.imported + outcome.folded + outcome.duplicates + len(outcome.rejected)
    return outcome


def ids(data: Path) -> list[str]:
    with open_folder(data) as dataset:
        return sorted(dataset.table("calls").column("call_id").to_pylist())


def report(outcome: Outcome) -> dict[str, object]:
    stream = io.StringIO()
    outcome.write_json(stream)
    return json.loads(stream.getvalue())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


BAD = HEADER + call("c1") + call("c2", -5) + call("c3") + 'c4,"open\n' + call("c5") + call("c6", "x")


def test_the_report_says_what_became_of_every_row(tmp_path, data):
    path = source(tmp_path, BAD)
    assert report(take(path, data)) == {
        "file": str(path), "format": "table", "table": "calls", "rows": 6, "imported": 3, "folded": 0, "duplicates": 0,
        "rejected": [
            {"line": 3, "column": "talk_s", "value": "-5", "reason": "is negative"},
            {"line": 5, "column": "", "value": 'c4,"open', "reason": "a quote is opened and never closed"},
            {"line": 7, "column": "talk_s", "value": "x", "reason": "is not a whole number. Write plain digits"},
        ],
    }  # fmt: skip
    assert ids(data) == ["c1", "c3", "c5"]


def test_bad_rows_wait_in_a_report_beside_their_raw_lines_and_are_warned_of(tmp_path, data):
    outcome = take(source(tmp_path, BAD), data)
    found = outcome.rejects_file
    assert found is not None and found.parent == data / "rejects"
    rows = list(csv.DictReader(io.StringIO(found.read_text())))
    assert [(row["file"], row["line"], row["column"]) for row in rows] == [
        (str(tmp_path / "calls.csv"), "3", "talk_s"), (str(tmp_path / "calls.csv"), "5", ""), (str(tmp_path / "calls.csv"), "7", "talk_s"),
    ]  # fmt: skip
    assert rejects.rows_path(found, tmp_path / "calls.csv").read_text() == HEADER + call("c2", -5) + 'c4,"open\n' + call("c6", "x")
    with open_folder(data) as dataset:
        assert dataset.warnings[0] == f"{tmp_path / 'calls.csv'}:3: column 'talk_s' = '-5': is negative" and len(dataset.rejects) == 3


def test_repairing_the_raw_lines_and_importing_them_clears_the_report(tmp_path, data):
    found = take(source(tmp_path, BAD), data).rejects_file
    assert found is not None
    rows = rejects.rows_path(found, tmp_path / "calls.csv")
    rows.write_text(rows.read_text().replace("-5", "5"))
    assert take(rows, data).rejects_file == found
    with open_folder(data) as dataset:
        assert [(row.file, row.line) for row in dataset.rejects] == [(f"rejects/{rows.name}", 3), (f"rejects/{rows.name}", 4)]
    rows.write_text(HEADER + call("c2", 5) + call("c4") + call("c6"))
    assert take(rows, data).duplicates == 1
    assert ids(data) == ["c1", "c2", "c3", "c4", "c5", "c6"] and list((data / "rejects").iterdir()) == []


def test_importing_the_repaired_source_itself_clears_the_report(tmp_path, data):
    take(source(tmp_path, BAD), data)
    outcome = take(source(tmp_path, BAD.replace("-5", "5").replace('"open', "a1,in,2026-10-01T08:00:00Z,busy,0").replace("x", "0")), data)
    assert (outcome.imported, outcome.duplicates, len(outcome.rejected)) == (3, 3, 0)
    assert list((data / "rejects").iterdir()) == []


def test_two_files_of_one_name_keep_their_reports_apart(tmp_path, data):
    for folder in ("jan", "feb"):
        (tmp_path / folder).mkdir()
        take(source(tmp_path / folder, HEADER + call("c1", -1)), data)
    assert len(list((data / "rejects").glob("*.csv"))) == 4
    with open_folder(data) as dataset:
        assert len(dataset.rejects) == 2


def test_a_rejected_record_over_several_lines_is_kept_whole(tmp_path, data):
    long = 'c1,"a\nb",in,2026-10-01T08:00:00Z,answered,-1\n'
    found = take(source(tmp_path, HEADER + call("c0") + long + call("c2")), data).rejects_file
    assert found is not None and rejects.rows_path(found, tmp_path / "calls.csv").read_text() == HEADER + long


def test_a_dry_run_says_the_same_and_changes_nothing(tmp_path, data):
    path = source(tmp_path, BAD)
    dry = report(take(path, data, dry_run=True))
    assert not data.exists()
    assert dry == report(take(path, data))
    before = {each: each.read_bytes() for each in data.rglob("*") if each.is_file()}
    assert take(source(tmp_path, HEADER + call("c1") + call("c9"), "more.csv"), data, dry_run=True).imported == 1
    assert {each: each.read_bytes() for each in data.rglob("*") if each.is_file()} == before


def test_a_compressed_file_is_read(tmp_path, data):
    assert take(source(tmp_path, gzip.compress((HEADER + call("c1")).encode()), "calls.csv.gz"), data).imported == 1


@pytest.mark.parametrize("name", ["nothing.csv", "."])
def test_no_file_is_an_input_error_and_makes_no_folder(tmp_path, data, name):
    with pytest.raises(InputError, match="there is no such file"):
        take(tmp_path / name, data)
    assert not data.exists()


def test_progress_is_told_to_the_end_of_the_file(tmp_path, data):
    seen: list[int] = []
    path = source(tmp_path, HEADER + call("c1"))
    take(path, data, progress=seen.append)
    assert seen[-1] == path.stat().st_size


class Given:
    """A reader that gives what the test says."""

    name = "given"

    def __init__(
        self, table: str, columns: Mapping[str, Cells], lines: Sequence[int], *, read: int, folded: int = 0, bad: Sequence[Reject] = ()
    ) -> None:
        self.table, self.columns, self.lines, self.count, self.further, self.bad = table, columns, lines, read, folded, bad

    def recognises(self, sample: Sample) -> bool:
        return True

    def read(self, path: Path, sink: Sink, options: Options) -> None:
        sink.read(self.count, done_bytes=1)
        for each in self.bad:
            sink.reject(each)
        (sink.scratch() / "spill").write_text("x")
        sink.rows(self.table, self.columns, self.lines)
        sink.folded(self.further)


def give(reader: Given, tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    monkeypatch.setattr(importing.registry, "reader", lambda name: reader)
    return import_file(source(tmp_path, "x"), data, format_name="given")


AGENTS = {"agent_id": ["a", "a", "a", "b"], "valid_from": ["", "2026-10-10", "2026-10-09", None], "valid_to": ["2026-10-10", "", "", None]}


def test_overlapping_agents_are_rejected_within_a_file_and_against_the_folder(tmp_path, data, monkeypatch):
    outcome = give(Given("agents", AGENTS, [2, 3, 4, 5], read=4), tmp_path, data, monkeypatch)
    assert (outcome.imported, [each.line for each in outcome.rejected]) == (3, [4])
    later = {"agent_id": ["b", "a", "c"], "valid_from": ["2026-01-01", "", ""], "valid_to": ["", "2026-10-10", ""]}
    outcome = give(Given("agents", later, [2, 3, 4], read=3), tmp_path, data, monkeypatch)
    assert (outcome.imported, outcome.duplicates, [each.line for each in outcome.rejected]) == (1, 1, [2])
    with open_folder(data) as dataset:
        assert dataset.table("agents").column("agent_id").to_pylist() == ["a", "a", "b", "c"]


def test_a_reader_that_loses_rows_is_found_out_before_anything_is_stored(tmp_path, data, monkeypatch):
    with pytest.raises(InternalError, match="read 5 rows, but 4 given, 0 folded, 0 rejected"):
        give(Given("agents", AGENTS, [2, 3, 4, 5], read=5), tmp_path, data, monkeypatch)
    with open_folder(data) as dataset:
        assert dataset.table("agents").num_rows == 0


def test_folded_rows_and_the_readers_own_rejects_are_in_the_balance(tmp_path, data, monkeypatch):
    bad = [Reject(line=9, column="x", value="y", reason="z")]
    outcome = give(Given("agents", AGENTS, [2, 3, 4, 5], read=7, folded=2, bad=bad), tmp_path, data, monkeypatch)
    assert (outcome.rows, outcome.imported, outcome.folded, [each.line for each in outcome.rejected]) == (7, 3, 2, [4, 9])


def test_a_log_of_rejects_beyond_memory_keeps_them_all():
    log = RejectLog(held=3)
    log.extend(Reject(line=line, column="c", value='a"\n,', reason="r") for line in range(10))
    assert len(log) == 10 and [each.line for each in log] == list(range(10)) == [each.line for each in log]
    assert all(each.value == 'a"\n,' for each in log)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["1", "2", "-1", '"', "", "é"])), max_size=8), st.binary(max_size=20))
def test_the_balance_holds_for_any_file_and_nothing_is_doubled(tmp_path_factory, rows, noise):
    folder = tmp_path_factory.mktemp("any")
    path = source(folder, (HEADER + "".join(call(name, talk) for name, talk in rows)).encode() + noise)
    data = folder / "data"
    try:
        first = take(path, data)
    except InputError:
        return
    again = take(path, data)
    assert again.imported == 0 and again.rows == first.rows and len(again.rejected) == len(first.rejected)
    assert len(ids(data)) == len(set(ids(data))) == first.imported


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_in_any_format_are_imported_or_refused(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("any")
    try:
        outcome = import_file(source(folder, content, "any"), folder / "data")
    except InputError:
        return
    assert outcome.rows == outcome.imported + outcome.folded + outcome.duplicates + len(outcome.rejected)
