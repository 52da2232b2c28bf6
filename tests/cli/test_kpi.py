"""``chot kpi`` as a team leader, an agent and a payroll person use it: what comes out, what goes wrong, and the exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from chot.cli.opening import open_workspace
from chot.cli.tables import wide
from chot.facts.opened_runs import open_run
from chot.kpi import statement
from chot.kpi.explain import explain
from tests.cli.conftest import Chot
from tests.kpi import company

MONTH = ("--period", "2026-10")
COMMANDS = {
    "metrics": ("kpi", "metrics", *MONTH),
    "metrics by team": ("kpi", "metrics", *MONTH, "--by", "team", "--metric", "revenue", "--metric", "average_talk_time"),
    "score": ("kpi", "score", "PLAN", *MONTH),
    "pay": ("kpi", "pay", "PLAN", *MONTH),
    "check": ("kpi", "check", "PLAN"),
    "backtest": ("kpi", "backtest", "PLAN", "--periods", "2"),
    "review": ("kpi", "review", "PLAN", *MONTH),
    "targets": ("kpi", "targets", "PLAN"),
    "forecast": ("kpi", "forecast", "PLAN", "--as-of", "2026-10-15"),
}


def words(name: str, folder: Path, plan: str = "telesale") -> list[object]:
    return [folder / "plans" / f"{plan}.yaml" if word == "PLAN" else word for word in COMMANDS[name]] + ["--data", folder]


def first_agent(chot: Chot, folder: Path) -> str:
    return str(chot(*words("pay", folder), "--format", "json").document["agents"][0]["agent_id"])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_in_every_form(chot: Chot, demo: Path, name: str, tmp_path: Path) -> None:
    """A table in both languages, JSON, CSV and XLSX, all of the same result."""
    for lang in ("vi", "en"):
        done = chot(*words(name, demo), "--lang", lang)
        assert (done.code, done.out.count("\n") > 3) == (0, True), done.err
        assert "None" not in done.out and "{" not in done.out
    assert isinstance(chot(*words(name, demo), "--format", "json").document, dict)
    plain, marked = chot(*words(name, demo), "--format", "csv"), tmp_path / "out.csv"
    assert chot(*words(name, demo), "--out", marked).out == ""
    assert marked.read_bytes() == b"\xef\xbb\xbf" + plain.content  # Excel needs the mark, programs on a pipe do not
    rows = list(csv.reader(io.StringIO(plain.out)))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert chot(*words(name, demo), "--out", tmp_path / "out.xlsx").code == 0
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book.worksheets[-1].max_row == len(rows)


@pytest.mark.parametrize("columns", [80, 120, 200])
@pytest.mark.parametrize("name", COMMANDS)
def test_tables_fit_the_window(chot: Chot, demo: Path, name: str, columns: int) -> None:
    done = chot(*words(name, demo), columns=columns)
    assert done.code == 0
    assert max(wide(line) for line in done.out.splitlines()) <= columns
    assert not any(line.endswith(" ") for line in done.out.splitlines())


def test_pay_adds_up_in_every_form(chot: Chot, demo: Path, tmp_path: Path) -> None:
    doc = chot(*words("pay", demo), "--format", "json").document
    assert [agent["agent_id"] for agent in doc["agents"]] == sorted(agent["agent_id"] for agent in doc["agents"])
    for agent in doc["agents"]:
        assert sum(line["amount_vnd"] for line in agent["lines"]) == agent["variable_vnd"]
    assert sum(agent["variable_vnd"] for agent in doc["agents"]) == doc["total_variable_vnd"]
    rows = list(csv.DictReader(io.StringIO(chot(*words("pay", demo), "--format", "csv").out)))
    assert [(row["agent_id"], row["line"], int(row["amount_vnd"])) for row in rows] == [
        (agent["agent_id"], line["id"], line["amount_vnd"]) for agent in doc["agents"] for line in agent["lines"]
    ]
    chot(*words("pay", demo), "--out", tmp_path / "pay.xlsx")
    summary, lines = openpyxl.load_workbook(tmp_path / "pay.xlsx").worksheets
    heads = [cell.value for cell in summary[1]]
    assert summary.cell(summary.max_row, heads.index("Lương biến đổi") + 1).value == doc["total_variable_vnd"]
    assert summary.title.startswith("Kỳ 10-2026")
    amounts = [row[[cell.value for cell in lines[1]].index("Thành tiền")].value for row in lines.iter_rows(min_row=2)]
    assert sum(amounts) == doc["total_variable_vnd"]


def test_pay_reads_as_a_leader_expects(chot: Chot, tmp_path: Path) -> None:
    """Names, grouped money, a total; columns that say nothing are left out; a draft says that it is one."""
    plan = company.build(tmp_path)
    done = chot("kpi", "pay", plan, *MONTH, "--data", tmp_path)
    assert done.out == (
        "Kỳ 10/2026 · KPI thử\n"
        "\n"
        "Mã NV  Họ tên          Công chỉ tiêu  Công thưởng   Thưởng KPI   Hoa hồng  Thưởng thêm  Lương biến đổi\n"
        "─────  ──────────────  ─────────────  ───────────  ───────────  ─────────  ───────────  ──────────────\n"
        "a01    Nguyễn Thị Lan          100 %        100 %  4.100.000 ₫  460.000 ₫    500.000 ₫     5.060.000 ₫\n"
        "a02    Trần Văn Minh          66,7 %       66,7 %    666.667 ₫  100.000 ₫    500.000 ₫     1.266.667 ₫\n"
        "─────  ──────────────  ─────────────  ───────────  ───────────  ─────────  ───────────  ──────────────\n"
        "–      Tổng cộng                   –            –  4.766.667 ₫  560.000 ₫  1.000.000 ₫     6.326.667 ₫\n"
    )
    assert done.err.startswith("Bản nháp ")
    english = chot("kpi", "pay", plan, *MONTH, "--data", tmp_path, "--lang", "en")
    assert "October 2026 · KPI thử" in english.out and "4,100,000 ₫" in english.out


def test_reasons_are_in_the_readers_language(chot: Chot, tmp_path: Path) -> None:
    plan = company.build_full(tmp_path)
    done = chot("kpi", "pay", plan, *MONTH, "--data", tmp_path)
    assert "warning: gate:1: a04: không áp dụng: điểm chất lượng chưa đo được: mới có 0 mẫu, cần ít nhất 1\n" in done.err
    assert "quality score is not measured: sample 0 is under min_sample 1" in chot(
        "kpi", "pay", plan, *MONTH, "--data", tmp_path, "--lang", "en"
    ).err  # fmt: skip
    doc = chot("kpi", "pay", plan, *MONTH, "--data", tmp_path, "--format", "json")
    assert doc.err == ""  # in JSON they stand in the document, as the run holds them
    assert "gate:1: a04: does not apply: quality_score is not measured: sample 0 is under min_sample 1" in doc.document["warnings"]


@pytest.mark.parametrize("name", ["telesale", "cskh", "mistakes"])
def test_every_line_of_the_demo_explains_itself(chot: Chot, demo: Path, name: str) -> None:
    """The lines of the run, each re-added from the rows up; both languages can be written."""
    run = chot(*words("pay", demo, name), "--format", "json").document
    with open_workspace(demo) as work:
        plan = work.plan(demo / "plans" / f"{name}.yaml")
        with open_run(work.archive, work.facts, plan, plan.period_of("2026-10")) as opened:
            for agent in run["agents"]:
                found = explain(opened, agent_id=agent["agent_id"])
                assert [(each.line.id, each.line.amount) for each in found.lines] == [(line["id"], line["amount_vnd"]) for line in agent["lines"]]
                assert found.variable_vnd == agent["variable_vnd"] == sum(each.line.amount for each in found.lines)
                for each in (evidence for line in found.lines for given in line.inputs for evidence in given.evidence):
                    assert sum(added for _, added in each.counted) == each.value
            text = statement.text(found, lang="vi") + statement.text(found, lang="en")
    assert all(f"[{each.line.id}]" in text for each in found.lines)


def test_explain_one_line_and_the_window(chot: Chot, demo: Path, tmp_path: Path) -> None:
    agent = first_agent(chot, demo)
    asked = ("kpi", "explain", demo / "plans" / "telesale.yaml", *MONTH, "--data", demo, "--agent", agent, "--line", "item:revenue")
    narrow, wider = chot(*asked, columns=80), chot(*asked, columns=200)
    assert narrow.out.splitlines()[1] == "═" * 80
    assert wider.out.splitlines()[1] == "═" * 96
    assert "Cộng các dòng trên" in narrow.out
    assert chot(*asked, "--out", tmp_path / "slip.json").code == 0
    assert json.loads((tmp_path / "slip.json").read_text())["lines"][0]["id"] == "item:revenue"
    assert chot(*asked, "--out", tmp_path / "slip.txt").code == 0
    assert (tmp_path / "slip.txt").read_text().startswith("PHIẾU LƯƠNG KPI 10/2026\n")
    everything = chot(*asked, "--all")
    assert len(everything.out) > len(wider.out)


def test_close_then_replay_is_the_same_bytes(chot: Chot, own_demo: Path) -> None:
    closed = chot(*words("pay", own_demo), "--close", "--format", "json")
    assert closed.code == 0
    run_id = closed.document["run_id"]
    replayed = chot("kpi", "replay", run_id, "--data", own_demo)
    assert (replayed.code, replayed.content) == (0, closed.content)
    assert "equal byte for byte" in replayed.err
    assert chot(*words("pay", own_demo), "--format", "json").content == closed.content
    agent = closed.document["agents"][0]["agent_id"]
    slip = chot("kpi", "explain", own_demo / "plans" / "telesale.yaml", *MONTH, "--data", own_demo, "--agent", agent)
    assert f"{run_id} (kỳ đã đóng)" in slip.out


def test_wrong_usage_never_closes_a_period(chot: Chot, tmp_path: Path) -> None:
    """Everything about the output is checked before anything is frozen."""
    plan = company.build(tmp_path)
    for wrong in (("--format", "pdf"), ("--lang", "fr"), ("--out", tmp_path / "no" / "x.csv"), ("--engine", "oracle")):
        assert chot("kpi", "pay", plan, *MONTH, "--data", tmp_path, "--close", *wrong).code == 2
    assert not (tmp_path / "runs").exists()


def test_proposed_targets_go_back_into_a_plan(chot: Chot, own_demo: Path) -> None:
    plans = own_demo / "plans"
    assert chot(*words("targets", own_demo), "--out", plans / "targets.csv").code == 0
    plan = (plans / "telesale.yaml").read_text()
    text = re.sub(r"(metric: successful_calls.*?target:) \d+", r"\1 {per_agent: targets.csv}", plan, flags=re.DOTALL)
    (plans / "mine.yaml").write_text(text)
    done = chot(*words("score", own_demo, "mine"), "--format", "json")
    assert done.code == 0, done.err
    proposed = {
        (row["agent_id"], row["metric"]): Fraction(row["target"])
        for row in csv.DictReader((plans / "targets.csv").read_text(encoding="utf-8-sig").splitlines())
    }
    for agent in done.document["agents"]:
        target = next(item for item in agent["items"] if item["metric"] == "successful_calls")["target"]
        assert Fraction(target) == proposed[agent["agent_id"], "successful_calls"] * Fraction(agent["target_share"])


def test_targets_are_proposed_for_a_role_without_a_past(chot: Chot, own_demo: Path) -> None:
    plans, people = own_demo / "plans", own_demo / "agents.csv"
    with people.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    with people.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        for agent_id, team in (("x1", "t1"), ("x2", "new")):
            since = {"hired_on": "2026-11-01", "valid_from": "2026-11-01"}
            writer.writerow({"agent_id": agent_id, "name": agent_id, "team_id": team, "role": "trainer", **since})
    plan = (plans / "telesale.yaml").read_text()
    (plans / "trainers.yaml").write_text(plan.replace("role: telesale", "role: trainer").replace("ends: 2026-10-31", "ends: 2026-12-31"))
    found = chot(*words("targets", own_demo, "trainers"), "--format", "json").document["proposals"]
    assert {row["agent_id"] for row in found} == {"x1", "x2"}
    assert {(row["origin"], row["probability"], row["periods"], row["flag"]) for row in found} == {("team", None, 0, "")}
    said = chot(*words("targets", own_demo, "trainers"), "--lang", "vi").out
    assert "trung vị của nhóm" in said and "Căn cứ" in said


USAGE = [
    ((), "Usage: chot"),
    (("kpi", "nothing"), "No such command 'nothing'"),
    (("kpi", "pay"), "Missing argument 'PLAN'"),
    (("kpi", "pay", "PLAN", "--data", "DIR"), "Missing option '--period'"),
    (("kpi", "pay", "PLAN", *MONTH), "say which data folder to work on: --data DIR"),
    (("kpi", "pay", "PLAN", "--period", "2026-13", "--data", "DIR"), "'2026-13' is not a period. Write it as"),
    (("kpi", "pay", "PLAN", "--period", "2026-W99", "--data", "DIR"), "is not a period"),
    (("kpi", "pay", "PLAN", *MONTH, "--data", "DIR", "--accept-rejects"), "--accept-rejects goes with --close"),
    (("kpi", "pay", "PLAN", *MONTH, "--data", "DIR", "--format", "pdf"), "there is no format 'pdf'. Choose one of table, json, csv, xlsx"),
    (("kpi", "pay", "PLAN", *MONTH, "--data", "DIR", "--lang", "fr"), "there is no language 'fr'. Choose vi or en"),
    (("kpi", "pay", "PLAN", *MONTH, "--data", "DIR", "--engine", "duck"), "there is no engine 'duck'. Did you mean 'duckdb'?"),
    (("kpi", "pay", "PLAN", *MONTH, "--data", "DIR", "--out", "DIR"), "is a folder"),
    (("kpi", "pay", "PLAN", *MONTH, "--data", "DIR", "--out", "/no/where.csv"), "there is no folder /no"),
    (("kpi", "pay", "PLAN", *MONTH, "--data", "DIR", "--formt", "json"), "No such option: --formt"),
    (("kpi", "explain", "PLAN", *MONTH, "--data", "DIR", "--agent", "a01", "--format", "xlsx"), "Choose one of text, json"),
    (("kpi", "explain", "PLAN", *MONTH, "--data", "DIR"), "Missing option '--agent'"),
    (("kpi", "metrics", *MONTH, "--data", "DIR", "--by", "person"), "--by 'person' is not agent, team, role or company"),
    (("kpi", "forecast", "PLAN", "--data", "DIR", "--as-of", "soon"), "--as-of 'soon' is not a day. Write it as 2026-10-15"),
    (("kpi", "backtest", "PLAN", "--data", "DIR", "--periods", "0"), "0 is not in the range 1<=x<=60"),
]
INPUT = [
    (("kpi", "pay", "PLAN", *MONTH, "--data", "/no/folder"), "/no/folder: there is no such folder. Name a data folder"),
    (("kpi", "pay", "PLAN", *MONTH, "--data", "PLAN"), "this is a file, not a data folder"),
    (("kpi", "pay", "/no/plan.yaml", *MONTH, "--data", "DIR"), "/no/plan.yaml: cannot be read: No such file or directory"),
    (("kpi", "pay", "DIR", *MONTH, "--data", "DIR"), "cannot be read: Is a directory"),
    (("kpi", "pay", "PLAN", "--period", "2026-Q4", "--data", "DIR"), "period: 2026-Q4 is a quarter, and the plan pays by month"),
    (("kpi", "pay", "PLAN", "--period", "2027-01", "--data", "DIR"), "2027-01 lies outside the plan, which runs from 2026-10-01 to 2026-12-31"),
    (("kpi", "explain", "PLAN", *MONTH, "--data", "DIR", "--agent", "a03"), "--agent: there is no agent 'a03'. Did you mean 'a02'?"),
    (("kpi", "explain", "PLAN", *MONTH, "--data", "DIR", "--agent", "a01", "--line", "revenue"), "Did you mean 'item:revenue'?"),
    (("kpi", "metrics", *MONTH, "--data", "DIR", "--metric", "revnue"), "there is no metric 'revnue'. Did you mean 'revenue'?"),
    (("kpi", "replay", "none", "--data", "DIR"), "there is no closed run 'none'. Closed runs: none"),
    (("kpi", "check", "PLAN", "--data", "DIR", "--also", "/no/other.yaml"), "/no/other.yaml: cannot be read"),
]


@pytest.mark.parametrize(("asked", "said", "code"), [(*each, 2) for each in USAGE] + [(*each, 1) for each in INPUT])
def test_what_is_wrong_is_said_once_with_where_and_what_to_do(
    chot: Chot, tmp_path: Path, asked: tuple[str, ...], said: str, code: int
) -> None:
    """Wrong usage ends with 2, wrong input with 1; nothing on stdout, no traceback."""
    plan = company.build(tmp_path)
    done = chot(*({"PLAN": plan, "DIR": tmp_path}.get(word, word) for word in asked))
    assert (done.code, done.out) == (code, ""), done.err
    assert said in done.err


def test_every_problem_of_a_plan_is_listed(chot: Chot, tmp_path: Path) -> None:
    plan = company.build(tmp_path, plan=company.PLAN.replace("weight: 70", "weight: 71").replace("metric: close_rate", "metric: clos_rate"))
    done = chot("kpi", "pay", plan, *MONTH, "--data", tmp_path)
    assert done.code == 1
    lines = done.err.splitlines()
    assert all(line.startswith(f"error: {plan}:") for line in lines[:-1])
    assert any("Did you mean 'close_rate'?" in line for line in lines)
    assert lines[-1].endswith("errors")


@pytest.mark.parametrize("tables", [(), ("orders",)], ids=["empty", "no agents"])
def test_a_folder_without_anybody_is_not_a_silent_zero(chot: Chot, demo: Path, tmp_path: Path, tables: tuple[str, ...]) -> None:
    for table in tables:
        (tmp_path / f"{table}.csv").write_text(company.ORDERS)
    for name in ("score", "pay", "review", "targets", "forecast"):
        done = chot(*[tmp_path if word == demo else word for word in words(name, demo)])
        assert done.code == 0
        assert "(không có dòng nào)" in done.out or name == "review"
        assert f"warning: kế hoạch áp dụng cho vai trò telesale, mà {tmp_path} không có ai như vậy trong kỳ" in done.err
    done = chot(*[tmp_path if word == demo else word for word in words("pay", demo)], "--format", "json", "--lang", "en")
    assert done.document["agents"] == []
    assert "the plan is for role telesale" in done.err  # in JSON, too: nothing in the document says it


def test_bad_rows_are_left_out_and_named(chot: Chot, tmp_path: Path) -> None:
    plan = company.build(tmp_path)
    (tmp_path / "orders.csv").write_text(company.ORDERS + "o8,a01,c7,,2026-10-25 09:00,confirmed,,1\n" * 12)
    done = chot("kpi", "pay", plan, *MONTH, "--data", tmp_path)
    assert done.code == 0
    assert "warning: orders.csv:6: " in done.err
    assert "warning: 2 more (all of them: --format json)" in done.err
    assert len(chot("kpi", "pay", plan, *MONTH, "--data", tmp_path, "--format", "json").document["warnings"]) == 12
    assert chot("kpi", "pay", plan, *MONTH, "--data", tmp_path, "--close").code == 1


def process(*asked: object, **environment: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "chot", *map(str, asked)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **environment})


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_reader_who_leaves_early_is_no_error(demo: Path, form: str) -> None:
    """``| head``: the pipe is closed before the command writes."""
    child = process("kpi", "metrics", *MONTH, "--data", demo, "--format", form)
    assert child.stdout and child.stderr
    child.stdout.close()
    assert child.wait(60) == 0
    assert child.stderr.read() == b""
    child.stderr.close()


FAULTY = """
import sys
from chot.cli import kpi, main
def fails(*given, **named):
    raise ZeroDivisionError("one by none")
kpi.open_workspace = fails
sys.argv = ["chot", "kpi", "metrics", "--period", "2026-10", "--data", "."]
main.main()
"""


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_fault_of_our_own_is_a_sentence_and_a_traceback_on_request(debug: str) -> None:
    done = subprocess.run([sys.executable, "-c", FAULTY], capture_output=True, text=True, check=False, env={**os.environ, "CHOT_DEBUG": debug})
    assert done.returncode == 1
    assert ("Traceback" in done.stderr) == bool(debug)
    assert debug or done.stderr.startswith("error: this is a fault of Chốt itself (ZeroDivisionError: one by none).\nSet CHOT_DEBUG=1")


def test_vietnamese_goes_out_as_utf8_whatever_the_terminal_says(tmp_path: Path) -> None:
    plan = company.build(tmp_path)
    child = process("kpi", "pay", plan, *MONTH, "--data", tmp_path, PYTHONIOENCODING="latin-1", COLUMNS="120")
    out, err = child.communicate(timeout=60)
    assert "Nguyễn Thị Lan" in out.decode() and "Bản nháp" in err.decode()


def test_a_command_imports_only_what_it_needs(tmp_path: Path) -> None:
    """Starting up stays quick: no spreadsheets, no statistics, no demo company for a pay run."""
    plan = company.build(tmp_path)
    code = f"""
import sys
sys.argv = ["chot", "kpi", "pay", {str(plan)!r}, "--period", "2026-10", "--data", {str(tmp_path)!r}, "--out", {str(tmp_path / 'out.json')!r}]
from chot.cli.main import main
try:
    main()
except SystemExit as stop:
    assert not stop.code
heavy = {{"openpyxl", "rich", "scipy", "phonenumbers", "holidays", "psycopg", "pyspark", "chdb", "chot.demo", "chot.kpi.checks",
         "chot.kpi.explain", "chot.kpi.forecast", "chot.facts.importing"}}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stdout + done.stderr


def test_review_knows_what_was_unforeseen(chot: Chot, demo: Path, tmp_path: Path) -> None:
    """An event over the whole month for everyone explains what was left to individuals; a wrong file is an error with its lines."""
    events = tmp_path / "events.csv"
    events.write_text("team_id,first,last,note\n,2026-10-01,2026-10-31,Tổng đài hỏng\n", encoding="utf-8")
    plain = chot(*words("review", demo), "--format", "json").document["misses"]
    told = chot(*words("review", demo), "--events", events, "--format", "json").document["misses"]
    assert any(each["reason"] == "individual" for each in plain)
    assert not any(each["reason"] == "individual" for each in told)
    assert len(told) == len(plain) and any(each["evidence"].get("note") == "Tổng đài hỏng" for each in told)
    events.write_text("team_id,first,last,note\nnobody,2026-10-01,2026-10-31,x\n", encoding="utf-8")
    done = chot(*words("review", demo), "--events", events)
    assert done.code == 1 and f"{events}:2: team_id: unknown team 'nobody'" in done.err
