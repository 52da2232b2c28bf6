"""Every đồng opens: the explanation of each line re-adds to it from its own rows, for open and closed periods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import pytest

from chot.cli.opening import open_workspace
from chot.core.errors import InputError, InternalError
from chot.core.money import round_half_away
from chot.facts import runs
from chot.facts.opened_runs import open_run
from chot.kpi import explain, statement
from chot.kpi.catalogue import METRICS
from chot.kpi.explanation import Opened
from chot.kpi.explanation_json import document
from chot.kpi.source import Facts, Row
from tests.kpi import company

MEASURES = {measure.name for metric in METRICS.values() for measure in metric.measures if "_" in measure.name}


@contextmanager
def opened(folder: Path, period: str) -> Iterator[Opened]:
    with open_workspace(folder) as work:
        plan = work.plan(folder / "plan.yaml")
        with open_run(work.archive, work.facts, plan, plan.period_of(period)) as found:
            yield found


def close(folder: Path, period: str) -> str:
    with open_workspace(folder) as work:
        plan = work.plan(folder / "plan.yaml")
        return str(runs.close(work.archive, plan, plan.period_of(period), work.facts, accept_rejects=False).document["run_id"])


def explained(folder: Path, period: str, agent: str) -> dict[str, Any]:
    with opened(folder, period) as found:
        return document(explain.explain(found, agent_id=agent))


def statement_of(folder: Path, period: str, agent: str, *, lang: str = "vi", line: str | None = None, everything: bool = False) -> str:
    with opened(folder, period) as found:
        return statement.text(explain.explain(found, agent_id=agent, line_id=line), lang=lang, everything=everything)


def check(doc: dict[str, Any], *, unit: int) -> None:
    """That the document re-adds, from its own words only."""
    assert sum(line["amount_vnd"] for line in doc["lines"]) == doc["variable_vnd"]
    for line in doc["lines"]:
        steps = {step["name"]: None if step["value"] is None else Fraction(step["value"]) for step in line["steps"]}
        if line["kind"] == "bonus":
            product = steps["bonus_vnd"] * steps["bonus_share"] * steps["effective_weight"] * (steps["payout"] or 0)  # type: ignore[operator]
            assert product == Fraction(line["exact"]) == steps["before_rounding"], line["id"]
        if line["kind"] == "commission":
            assert sum((value or 0 for name, value in steps.items() if name.startswith("tier:")), Fraction(0)) == Fraction(line["exact"])
        if line["kind"] == "gate":
            assert round_half_away(cast(Fraction, steps["after"]), unit) - cast(Fraction, steps["published"]) == line["amount_vnd"]
        if line["kind"] not in ("gate", "adjust", "pool"):
            assert round_half_away(Fraction(line["exact"]), 1 if line["kind"] == "floor" else unit) == line["amount_vnd"], line["id"]
        for each in line["inputs"]:
            for measure in each["measures"]:
                assert sum(row["adds"] for row in measure["counted"]) == measure["value"], (line["id"], measure["measure"])
                assert all(row["reason"]["vi"] and row["reason"]["en"] for row in measure["not_counted"])


@pytest.mark.parametrize("agent", ["a01", "a02", "a03", "a04"])
def test_every_kind_of_line_adds_up_from_its_rows(tmp_path: Path, agent: str) -> None:
    """Items of self, team and company; gates; gated, marginal and whole commission; formulas; pool; floor; unit 1000."""
    company.build_full(tmp_path)
    doc = explained(tmp_path, "2026-10", agent)
    check(doc, unit=1000)
    kinds = {line["kind"] for line in doc["lines"]}
    assert kinds >= {"bonus", "commission", "formula", "pool"}
    assert ("floor" in kinds) == (agent == "a04")
    assert ("gate" in kinds) == (agent != "a01")
    for lang in ("vi", "en"):
        text = statement_of(tmp_path, "2026-10", agent, lang=lang)
        assert [name for name in MEASURES if name in text] == []  # a payslip speaks in words


def test_the_run_and_the_explanation_are_the_same_run(tmp_path: Path) -> None:
    company.build_full(tmp_path)
    with open_workspace(tmp_path) as work:
        plan = work.plan(tmp_path / "plan.yaml")
        run = runs.draft(work.archive, plan, plan.period_of("2026-10"), work.facts).document
    for entry in run["agents"]:
        doc = explained(tmp_path, "2026-10", entry["agent_id"])
        assert (doc["run_id"], doc["variable_vnd"], doc["carry_vnd"]) == (run["run_id"], entry["variable_vnd"], entry["carry_vnd"])
        assert [{key: line[key] for key in entry["lines"][0]} for line in doc["lines"]] == [
            {key: line[key] for key in entry["lines"][0]} for line in entry["lines"]
        ]


def test_facts_of_outside_days_are_named_and_not_counted(tmp_path: Path) -> None:
    """a03 was in customer care until 14 October: his order of the 10th is another plan's business."""
    company.build_full(tmp_path)
    revenue = next(line for line in explained(tmp_path, "2026-10", "a03")["lines"] if line["id"] == "item:revenue")
    amount = revenue["inputs"][0]["measures"][0]
    assert [row["id"] for row in amount["counted"]] == ["o6"]
    assert [(row["id"], row["reason"]["vi"]) for row in amount["not_counted"]] == [
        ("o5", "ngày đó bạn ở vai trò cskh, nhóm cs; kế hoạch này không áp dụng"),
    ]


def test_times_are_the_companys(tmp_path: Path) -> None:
    company.build_full(tmp_path)
    (tmp_path / "chot.yaml").write_text("timezone: Asia/Tokyo\n")
    doc = explained(tmp_path, "2026-10", "a01")
    assert doc["timezone"] == "Asia/Tokyo"
    assert doc["lines"][0]["inputs"][0]["measures"][0]["counted"][0]["ordered_at"] == "2026-10-03T11:00:00+09:00"
    assert "o1  03/10/2026 11:00" in statement_of(tmp_path, "2026-10", "a01")


def test_the_engine_counts_once_for_the_statements_of_everyone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement more reads its own rows, and scans nobody else's; what is shared adds up for each of them."""
    company.build_full(tmp_path)
    with opened(tmp_path, "2026-10") as found:
        counted, measure = [], found.facts.measure

        def counting(*arguments: Any, **named: Any) -> Any:
            counted.append(arguments)
            return measure(*arguments, **named)

        monkeypatch.setattr(found.facts, "measure", counting)
        check(document(explain.explain(found, agent_id="a01")), unit=1000)
        first = len(counted)
        assert first > 0
        for agent in ("a02", "a03"):
            check(document(explain.explain(found, agent_id=agent)), unit=1000)
        assert len(counted) == first


class Tampered:
    """Facts whose rows are not what the engine counted."""

    def __init__(self, facts: Facts, table: str, change: Any) -> None:
        self._facts, self._table, self._change = facts, table, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._facts, name)

    def rows(self, table: str, *, day: str, first: date, last: date, agent_id: str | None) -> Sequence[Row]:
        found = self._facts.rows(table, day=day, first=first, last=last, agent_id=agent_id)
        return self._change(list(found)) if table == self._table else found


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("orders", lambda rows: rows[1:]),
        ("orders", lambda rows: [*rows, rows[0]]),
        ("orders", lambda rows: [{**rows[0], "amount_vnd": rows[0]["amount_vnd"] + 1}, *rows[1:]]),
        ("orders", lambda rows: [{**rows[0], "status": "returned"}, *rows[1:]]),
        ("calls", lambda rows: [row for row in rows if row["call_id"] != "k6"]),
        ("tickets", lambda rows: [{**row, "reopened": True} for row in rows]),
    ],
)
def test_tampered_rows_never_become_a_statement(tmp_path: Path, table: str, change: Any) -> None:
    company.build_full(tmp_path)
    with opened(tmp_path, "2026-10") as found:
        tampered = replace(found, facts=cast(Facts, Tampered(found.facts, table, change)))
        with pytest.raises(InternalError):
            explain.explain(tampered, agent_id="a01")
        assert explain.explain(found, agent_id="a01").lines


def test_a_tampered_line_never_becomes_a_statement(tmp_path: Path) -> None:
    """Steps, gates, tiers, pool and floor are computed a second time."""
    company.build_full(tmp_path)
    with opened(tmp_path, "2026-10") as found:
        place = found.run.place("a04")
        assert place is not None
        for line in found.run.lines[place]:
            for more in (1000, 1):
                changed = replace(line, amount=line.amount + more, numerator=line.numerator + more * line.denominator)
                lines = [changed if each is line else each for each in found.run.lines[place]]
                run = replace(found.run, lines=[*found.run.lines[:place], lines, *found.run.lines[place + 1 :]])
                with pytest.raises(InternalError):
                    explain.explain(replace(found, run=run), agent_id="a04")


def test_a_closed_period_is_explained_from_its_frozen_facts(tmp_path: Path) -> None:
    company.build_full(tmp_path)
    before = {agent: statement_of(tmp_path, "2026-10", agent) for agent in ("a01", "a03")}
    run_id = close(tmp_path, "2026-10")
    (tmp_path / "orders.csv").write_text(company.FULL_ORDERS.replace("96000000", "1"))
    for agent, text in before.items():
        doc = explained(tmp_path, "2026-10", agent)
        assert (doc["run_id"], doc["closed"]) == (run_id, True)
        check(doc, unit=1000)
        assert statement_of(tmp_path, "2026-10", agent) == text.replace("bản nháp, kỳ chưa đóng", "kỳ đã đóng")


def late(folder: Path) -> None:
    """After October is closed: an order comes late, another is sent back."""
    orders = company.FULL_ORDERS.replace("o1,a01,c1,k1,2026-10-03T09:00:00+07:00,confirmed", "o1,a01,c1,k1,2026-10-03T09:00:00+07:00,returned")
    (folder / "orders.csv").write_text(
        orders + "o9,a02,c7,,2026-10-25T09:00:00+07:00,confirmed,2026-10-25T09:00:00+07:00,20000000\n"
        "o10,a01,c8,,2026-11-04T09:00:00+07:00,confirmed,2026-11-04T09:00:00+07:00,90000000\n"
    )


def test_an_adjustment_names_what_it_corrects_and_the_facts_that_changed(tmp_path: Path) -> None:
    company.build_full(tmp_path)
    run_id = close(tmp_path, "2026-10")
    late(tmp_path)
    doc = explained(tmp_path, "2026-11", "a02")
    check(doc, unit=1000)
    line = next(each for each in doc["lines"] if each["id"] == f"adjust:{run_id}:commission:2")
    assert line["corrects"]["line"] == "commission:2"
    assert line["corrects"]["after_vnd"] - line["corrects"]["before_vnd"] == line["amount_vnd"]
    change = line["changes"][0]
    assert (change["measure"], change["before"], change["after"]) == ("counted_amount", 60_000_000, 80_000_000)
    assert [(row["id"], row["adds"]) for row in change["came"]] == [("o9", 20_000_000)]
    assert change["went"] == []
    text = statement_of(tmp_path, "2026-11", "a02")
    assert "Điều chỉnh kỳ 10/2026: Hoa hồng" in text
    assert "+ o9  25/10/2026 09:00   20.000.000 ₫  đã xác nhận" in text


def test_a_claw_back_says_why_the_row_no_longer_counts(tmp_path: Path) -> None:
    company.build_full(tmp_path)
    run_id = close(tmp_path, "2026-10")
    late(tmp_path)
    doc = explained(tmp_path, "2026-11", "a01")
    check(doc, unit=1000)
    line = next(each for each in doc["lines"] if each["id"] == f"adjust:{run_id}:commission:1")
    assert line["amount_vnd"] == -690_000
    went = line["changes"][0]["went"]
    assert [row["id"] for row in went] == ["o1"]
    assert line["changes"][0]["why"]["o1"]["en"] == "status is returned (counted: confirmed, completed)"
    assert "− o1  03/10/2026 09:00   96.000.000 ₫  đã xác nhận  (nay: trạng thái là bị hoàn" in statement_of(tmp_path, "2026-11", "a01")


def test_what_is_not_taken_back_yet_is_shown_as_carried(tmp_path: Path) -> None:
    """A claw-back larger than the pay: the line shows the part applied, the statement what is carried."""
    company.build(tmp_path)
    close(tmp_path, "2026-10")
    (tmp_path / "orders.csv").write_text(company.ORDERS.replace("confirmed,2026-10-03T09:00:00+07:00,96000000", "returned,,96000000")
                                         .replace("2026-11-03T09:00:00+07:00,120000000", "2026-11-03T09:00:00+07:00,51000000")
                                         .replace("o4,a01", "o4,a02"))  # fmt: skip
    doc = explained(tmp_path, "2026-11", "a01")
    check(doc, unit=1)
    assert (doc["variable_vnd"], doc["carry_vnd"]) == (0, -460_000)
    text = statement_of(tmp_path, "2026-11", "a01")
    assert next(line for line in text.splitlines() if "Chuyển sang kỳ sau" in line).endswith("-460.000 ₫")


def test_an_adjustment_within_a_closed_period_is_explained_too(tmp_path: Path) -> None:
    company.build_full(tmp_path)
    first = close(tmp_path, "2026-10")
    late(tmp_path)
    draft = explained(tmp_path, "2026-11", "a02")
    close(tmp_path, "2026-11")
    (tmp_path / "orders.csv").unlink()
    again = explained(tmp_path, "2026-11", "a02")
    check(again, unit=1000)
    assert again["closed"]
    assert [line for line in again["lines"] if line["id"].startswith(f"adjust:{first}")] == [
        line for line in draft["lines"] if line["id"].startswith(f"adjust:{first}")
    ]


def test_the_guarantee_names_the_runs_it_averages(tmp_path: Path) -> None:
    company.build_full(tmp_path)
    run_id = close(tmp_path, "2026-10")
    doc = explained(tmp_path, "2026-11", "a01")
    check(doc, unit=1000)
    line = next(each for each in doc["lines"] if each["id"] == "guarantee")
    steps = {step["name"]: Fraction(step["value"]) for step in line["steps"]}
    october = explained(tmp_path, "2026-10", "a01")
    assert steps[f"run:{run_id}"] == october["variable_vnd"] / (Fraction(october["bonus_days"]) / 27)
    assert steps["promised"] - steps["earned"] == steps["before_rounding"] == Fraction(line["exact"])
    assert "Kỳ 10/2026" in statement_of(tmp_path, "2026-11", "a01")


def test_who_and_what_is_not_there_is_said_with_the_nearest(tmp_path: Path) -> None:
    company.build_full(tmp_path)
    with opened(tmp_path, "2026-10") as found:
        for agent, line, what in [
            ("a09", None, "there is no agent 'a09'"), ("a01", "item:revenu", "Did you mean 'item:revenue'?"), ("", None, "there is no agent ''"),
        ]:  # fmt: skip
            with pytest.raises(InputError) as caught:
                explain.explain(found, agent_id=agent, line_id=line)
            assert what in str(caught.value)
    with opened(tmp_path, "2026-11") as found, pytest.raises(InputError) as caught:
        explain.explain(found, agent_id="a04")
    assert str(caught.value) == "--agent: agent a04 is not in this run: not employed on any day of 2026-11. The plan pays role telesale."


def test_one_line_alone(tmp_path: Path) -> None:
    company.build_full(tmp_path)
    text = statement_of(tmp_path, "2026-10", "a02", line="gate:1")
    assert "Cộng các dòng trên (1/12)" in text
    assert "1. Chất lượng  [gate:1]" in text
    assert "2. " not in text
    assert "ĐIỀU KIỆN" not in text


def test_a_custom_metric_that_divides_by_zero_explains_itself(tmp_path: Path) -> None:
    company.build_full(tmp_path, plan=company.FULL_PLAN.replace("{metric: revenue, weight: 40, target: 120000000,", "{metric: per_product, weight: 40, target: 1,"))
    (tmp_path / "metrics.yaml").write_text(
        "measures:\n  - {id: teas, table: orders, where: {product: [Trà]}}\n"
        "metrics:\n  - {id: per_product, title: {vi: Đơn trên mỗi trà, en: Orders per tea}, unit: ratio, direction: higher, formula: orders / teas}\n"
    )
    doc = explained(tmp_path, "2026-10", "a01")
    check(doc, unit=1000)
    assert doc["lines"][0]["inputs"][0]["value"] is None
    assert doc["lines"][0]["inputs"][0]["reason"]


def test_the_payslip_reads_like_one(tmp_path: Path) -> None:
    """The whole text of a small statement, as the agent gets it."""
    company.build(tmp_path)
    shown = statement_of(tmp_path, "2026-10", "a02", line="item:revenue").splitlines()
    assert [line for line in shown if not line.startswith(("Kế hoạch", "Bản tính"))] == PAYSLIP.splitlines()
    assert max(map(len, shown)) <= statement.WIDTH


PAYSLIP = """PHIẾU LƯƠNG KPI 10/2026
════════════════════════════════════════════════════════════════════════════════════════════════
Nhân viên  Trần Văn Minh (a02), nhóm t1
Kỳ lương   10/2026 (01–31/10/2026)
Ngày công  27 ngày trong kỳ; tính chỉ tiêu 18 ngày = 66,67 % (2/3); tính thưởng 18 ngày =
           66,67 % (2/3)
           - 01–10/10/2026: chưa vào làm (9 ngày công, không tính)

TÓM TẮT
   1. Doanh thu                                                                        666.667 ₫
      ──────────────────────────────────────────────────────────────────────────────────────────
      Cộng các dòng trên (1/4)                                                         666.667 ₫
      LƯƠNG BIẾN ĐỔI                                                                 1.266.667 ₫
      Lương cơ bản (KPI không bao giờ làm giảm)                                      8.000.000 ₫

CHI TIẾT
1. Doanh thu  [item:revenue]                                                           666.667 ₫
   Thưởng × công tính thưởng × tỷ trọng × mức trả
   Thực đạt          60.000.000 ₫
   Chỉ tiêu          80.000.000 ₫   120.000.000 ₫ × 18/27 ngày công
   Hoàn thành                75 %   60.000.000 ÷ 80.000.000
   Mức trả                16,67 %   0 % + (75 % − 70 %) ÷ (100 % − 70 %) × (100 % − 0 %)
   Công tính thưởng       66,67 %   18/27 ngày công
   Tỷ trọng                 100 %   70 %, thêm 30 % của chỉ số chưa đo được
   Thành tiền        666.666,67 ₫   6.000.000 ₫ × 66,67 % (2/3) × 100 % × 16,67 % (1/6)
   Làm tròn             666.667 ₫
   Thang thưởng: đạt 70 % trả 0 %; 100 % trả 100 %; 120 % trả 150 %; ở giữa theo tỷ lệ
   Số liệu: Doanh thu = 60.000.000 ₫
     • Tiền các đơn đã xác nhận hoặc hoàn thành: 60.000.000 ₫, cộng từ 1 đơn
         o3  20/10/2026 09:00   60.000.000 ₫  hoàn thành
     • Đơn đã xác nhận hoặc hoàn thành: 1 đơn (cùng các dòng trên)

Mọi dòng: thêm --all; dạng dữ liệu: --format json
"""


def test_every_row_on_request(tmp_path: Path) -> None:
    company.build(tmp_path)
    rows = "".join(f"x{place},a01,out,2026-10-05T09:{place:02d}:00+07:00,answered,10,c1\n" for place in range(30))
    (tmp_path / "calls.csv").write_text(company.CALLS + rows)
    short, full = (statement_of(tmp_path, "2026-10", "a01", line="item:close_rate", everything=each) for each in (False, True))
    assert "… và 27 cuộc gọi nữa" in short
    assert "nữa" not in full
    assert all(f"x{place} " in full for place in range(30))


def test_leave_and_other_teams_are_joined_into_stretches(tmp_path: Path) -> None:
    """Sundays do not split a stretch; a different reason or part does."""
    company.build_full(tmp_path)
    days = "".join(f"a02,2026-10-{day:02d},28800,0,0,sick\n" for day in (16, 17, 19, 20))
    (tmp_path / "workdays.csv").write_text(company.FULL_TABLES["workdays"] + days)
    text = statement_of(tmp_path, "2026-10", "a02")
    assert "- 01–10/10/2026: chưa vào làm (9 ngày công, không tính)" in text
    assert "- 16–20/10/2026: nghỉ ốm (4 ngày công, không tính vào chỉ tiêu, tính đủ vào thưởng)" in text
    halves = statement_of(tmp_path, "2026-10", "a01")
    assert "- 21/10/2026: phép năm (tính 50 % vào chỉ tiêu, tính đủ vào thưởng)" in halves
    assert "- 22/10/2026: nghỉ không lương (không tính)" in halves
    assert "- 01–14/10/2026: thuộc vai trò hoặc nhóm khác (12 ngày công, không tính)" in statement_of(tmp_path, "2026-10", "a03")
    assert "- 21–31/10/2026: đã nghỉ việc (10 ngày công, không tính)" in statement_of(tmp_path, "2026-10", "a04")
