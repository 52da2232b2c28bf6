"""``chot facts``: what it prints, the report it writes, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chot.cli.facts import app
from chot.core.errors import InputError, UsageError

HEADER = "call_id,agent_id,direction,started_at,outcome,talk_s\n"
GOOD = "c1,a1,in,2026-10-01T08:00:00+07:00,answered,60\n"
BAD = "c2,a1,in,2026-10-01T08:00:00+07:00,answered,-1\n"


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def source(folder: Path, *rows: str, name: str = "calls.csv") -> Path:
    path = folder / name
    path.write_text(HEADER + "".join(rows))
    return path


def take(*files: Path, data: Path, **options: object) -> Any:
    named = [each for name, value in options.items() for each in (f"--{name.replace('_', '-')}", value) if each is not True]
    return run("import", *files, "--data", data, "--format", "table", "--table", "calls", *named)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_an_import_says_what_became_of_the_rows_and_where_rejects_wait(tmp_path, data):
    path = source(tmp_path, GOOD, BAD)
    result = take(path, data=data)
    assert result.exit_code == 0
    assert result.stdout == f"{path} (table) -> calls: 2 rows, 1 imported, 0 folded, 0 duplicates, 1 rejected\n"
    (report,) = (each for each in (data / "rejects").iterdir() if each.suffix == ".csv" and ".rows" not in each.name)
    assert f"{path}:3: column 'talk_s' = '-1': is negative" in result.stderr and str(report) in result.stderr


def test_the_report_is_one_object_for_one_file_and_a_list_for_several(tmp_path, data):
    paths = [source(tmp_path, GOOD, BAD), source(tmp_path, GOOD, name="more.csv")]
    report = tmp_path / "report.json"
    take(paths[0], data=data, report=report)
    one = json.loads(report.read_text())
    assert list(one) == ["file", "format", "table", "rows", "imported", "folded", "duplicates", "rejected"]
    assert one["rejected"] == [{"line": 3, "column": "talk_s", "value": "-1", "reason": "is negative"}]
    take(*paths, data=data, report=report)
    assert [(each["file"], each["duplicates"]) for each in json.loads(report.read_text())] == [(str(paths[0]), 1), (str(paths[1]), 1)]


def test_a_dry_run_makes_no_folder(tmp_path, data):
    result = take(source(tmp_path, GOOD), data=data, dry_run=True)
    assert result.exit_code == 0 and "would be 1 imported" in result.stdout and not data.exists()


def test_a_file_that_cannot_be_read_does_not_keep_others_out(tmp_path, data):
    result = take(tmp_path / "no.csv", source(tmp_path, GOOD), tmp_path / "neither.csv", data=data)
    assert isinstance(result.exception, InputError) and len(result.exception.problems) == 2
    assert "1 imported" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--format", "asterisk-crd"], "Did you mean 'asterisk-cdr'"),
        (["--table", "call"], "Did you mean 'calls'"),
        (["--tz", "Asia/Ho_Chi_Min"], "Did you mean 'Asia/Ho_Chi_Minh'"),
        (["--report", "no/such/folder/report.json"], "does not exist"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_read(tmp_path, data, arguments, what):
    result = run("import", source(tmp_path, GOOD), "--data", data, *arguments)
    assert isinstance(result.exception, UsageError) and what in str(result.exception) and not data.exists()


def test_data_must_be_said(tmp_path):
    for arguments in (["import", source(tmp_path, GOOD)], ["check"]):
        assert isinstance(run(*arguments).exception, UsageError)


def test_a_mapping_says_how_columns_become_facts(tmp_path, data):
    path = tmp_path / "export.csv"
    path.write_text("Mã;Bắt đầu;Hướng;Kết quả\nc1;01/10/2026 08:00;vào;nghe\n")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "table: calls\ndelimiter: ';'\ncolumns:\n  call_id: Mã\n"
        "  started_at: {from: Bắt đầu, dates: dd/mm/yyyy}\n"
        "  direction: {from: Hướng, values: {vào: in}}\n  outcome: {from: Kết quả, values: {nghe: answered}}\n"
    )
    result = run("import", path, "--data", data, "--mapping", mapping, "--format", "table")
    assert result.exit_code == 0, result.exception
    assert "1 imported" in result.stdout
    missing = run("import", path, "--data", data, "--mapping", tmp_path / "no.yaml")
    assert isinstance(missing.exception, InputError) and "no such mapping file" in str(missing.exception)


def test_check_shows_rows_days_duplicates_unknown_agents_and_fails_on_bad_rows(tmp_path):
    source(tmp_path, GOOD, GOOD, GOOD.replace("c1", "c3").replace("a1", "a9"))
    (tmp_path / "agents.csv").write_text("agent_id\na1\n")
    good = run("check", "--data", tmp_path)
    assert good.exit_code == 0
    assert good.stdout.splitlines() == [
        "agents             1 rows",
        "calls              2 rows, 2026-10-01 to 2026-10-01, 1 duplicates left out",
        "          agents without an agents row: a9 (1)",
    ]
    source(tmp_path, GOOD, BAD)
    bad = run("check", "--data", tmp_path)
    assert bad.exit_code == 1
    assert bad.stderr.splitlines() == ["calls.csv:3: column 'talk_s' = '-1': is negative", "calls.csv: 1 bad rows left out"]


def test_check_as_json_lists_everything(tmp_path):
    source(tmp_path, GOOD, BAD)
    document = json.loads(run("check", "--data", tmp_path, "--format", "json").stdout)
    assert document["tables"] == [
        {"table": "calls", "rows": 1, "first": "2026-10-01", "last": "2026-10-01", "duplicates": 0, "unknown_agents": {"a1": 1}}
    ]
    assert document["rejected"] == [{"file": "calls.csv", "line": 3, "column": "talk_s", "value": "-1", "reason": "is negative"}]


def test_check_finds_stored_files_that_were_changed(tmp_path, data):
    take(source(tmp_path, GOOD), data=data)
    assert run("check", "--data", data).exit_code == 0
    (path,) = data.rglob("*.parquet")
    changed = bytearray(path.read_bytes())
    changed[-20] ^= 1
    path.write_bytes(changed)
    result = run("check", "--data", data)
    assert isinstance(result.exception, InputError) or result.exit_code == 1


def test_check_of_an_empty_folder_says_what_to_do(tmp_path):
    assert run("check", "--data", tmp_path).stdout == "no facts yet. Take some in: chot facts import FILE --data DIR\n"


ORDERS = "Mã đơn;Mã NV;Ngày đặt;Trạng thái;Doanh số\nD1;a1;01/10/2026;Hoàn thành;1.250.000 ₫\nD2;a1;02/10/2026;Hoàn thành;{}\nD3;a1;31/10/2026;Hoàn thành;2.000.000 ₫\n"


def orders(folder: Path, amount: str = "một triệu") -> Path:
    path = folder / "don_hang.csv"
    path.write_text(ORDERS.format(amount))
    return path


def test_a_drafted_mapping_is_printed_and_imports_the_same(tmp_path, data):
    path = orders(tmp_path, "900.000 ₫")
    drafted = run("import", path, "--draft")
    assert drafted.exit_code == 0 and "amount_vnd: Doanh số" in drafted.stdout and not data.exists()
    (tmp_path / "mine.yaml").write_text(drafted.stdout)
    first = run("import", path, "--data", data)
    assert first.stdout == f"{path} (table) -> orders: 3 rows, 3 imported, 0 folded, 0 duplicates, 0 rejected\n"
    assert f"read by a drafted mapping; see it: chot facts import {path} --draft" in first.stderr
    second = run("import", path, "--data", data, "--mapping", tmp_path / "mine.yaml")
    assert second.stdout == f"{path} (table) -> orders: 3 rows, 0 imported, 0 folded, 3 duplicates, 0 rejected\n"
    assert "drafted" not in second.stderr


def test_repaired_rows_are_read_by_the_mapping_of_their_source(tmp_path, data):
    """The few rows left would not show by themselves which facts they are."""
    run("import", orders(tmp_path), "--data", data)
    (rows,) = (data / "rejects").glob("*.rows.csv")
    assert rows.read_text().splitlines()[1:] == ["D2;a1;02/10/2026;Hoàn thành;một triệu"]
    rows.write_text(rows.read_text().replace("một triệu", "3.000.000 ₫"))
    again = run("import", rows, "--data", data)
    assert again.stdout == f"{rows} (table) -> orders: 1 rows, 1 imported, 0 folded, 0 duplicates, 0 rejected\n"
    assert list((data / "rejects").iterdir()) == []


def test_a_call_log_takes_its_own_mapping(tmp_path, data):
    (tmp_path / "pbx.yaml").write_text("agents: {1001: lan}\n")
    log = Path(__file__).parents[1] / "data" / "asterisk" / "Master.csv"
    result = run("import", log, "--data", data, "--mapping", tmp_path / "pbx.yaml")
    assert result.exit_code == 0, result.exception
    (tmp_path / "bad.yaml").write_text("agnts: {1001: lan}\n")
    wrong = run("import", log, "--data", data, "--mapping", tmp_path / "bad.yaml")
    assert isinstance(wrong.exception, InputError) and "Did you mean 'agents'" in str(wrong.exception)
