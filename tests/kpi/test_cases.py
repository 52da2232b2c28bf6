"""Hand-written cases: the product and the oracle must both equal what the payroll manager worked out."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import oracle
from tests.oracle.facts import COLUMNS
from tests.oracle.product import product_metrics, product_pay, write_folder, write_plan

Case = dict[str, Any]

CASES = Path(__file__).with_name("cases")
PLAN = {
    "plan": "case", "title": "Case", "role": "telesale", "period": "month", "starts": "2026-10-01", "ends": "2026-12-31",
    "announced": "2026-09-10", "supervisor": "lan", "goal": "grow", "bonus_vnd": "6000000",
}  # fmt: skip
SCALES = {
    "standard": {"mode": "linear", "points": [["70%", "0%"], ["100%", "100%"], ["120%", "150%"]]},
    "steps": {"mode": "step", "points": [["0%", "0%"], ["80%", "50%"], ["100%", "100%"], ["110%", "120%"]]},
}
NOTHING_TO_EARN = {"metric": "orders", "weight": "100", "target": "1000", "scale": "steps"}
AGENT = {"role": "telesale", "team_id": "t1", "hired_on": "2020-01-01", "valid_from": "2020-01-01"}


def cases() -> list[Any]:
    """Every case of every file, by its name."""
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader):
            found.append(pytest.param(case, id=f"{path.stem}: {case['name']}"))
    return found


def plan_of(raw: dict[str, Any]) -> dict[str, Any]:
    """The plan with what every plan of these cases has: see cases/README.md."""
    plan = {**PLAN, **raw}
    if "team" in raw:
        plan.pop("role")
    plan["items"] = [{"scale": "standard", **item} for item in raw.get("items", [NOTHING_TO_EARN])]
    used = {item["scale"] for item in plan["items"]}
    plan["scales"] = {**{name: scale for name, scale in SCALES.items() if name in used}, **raw.get("scales", {})}
    return plan


def folder_of(tables: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """Tables as a manager types them: words apart by spaces, ``-`` for empty, column ``x`` for so many equal rows."""
    folder: dict[str, list[dict[str, str]]] = {}
    for table, text in tables.items():
        lines = [line.split() for line in text.splitlines() if line.strip()]
        key, rows = COLUMNS[table].split()[0], []
        for cells in lines[1:]:
            assert len(cells) == len(lines[0]), f"{table}: {cells}"
            row = {name: cell_of(name, cell) for name, cell in zip(lines[0], cells, strict=True)}
            rows += [dict(row) for _ in range(int(row.pop("x", "1")))]
        for place, row in enumerate(rows, start=1):
            row.pop("x", None)
            if key not in row:
                row[key] = f"{table}-{place}"
        folder[table] = [{**AGENT, **row} for row in rows] if table == "agents" else rows
    return folder


def cell_of(name: str, cell: str) -> str:
    if cell == "-":
        return ""
    if name.endswith("_at"):
        return cell if re.search(r"[+Z]", cell) else f"{cell}:00+07:00"
    return cell.replace("_", "") if re.fullmatch(r"-?\d[\d_]*", cell) else cell


@pytest.mark.parametrize("case", cases())
def test_the_oracle_pays_what_the_manager_worked_out(case: Case) -> None:
    folder, period = folder_of(case["facts"]), case.get("period", "2026-10")
    if "metrics" in case:
        check_metrics(case, oracle.metrics(folder, period, case.get("by", "agent")))
    else:
        check_pay(case, oracle_run(case, plan_of(case["plan"]), folder, period))


@pytest.mark.parametrize("case", cases())
def test_the_command_pays_what_the_manager_worked_out(case: Case, tmp_path: Path) -> None:
    folder, period = folder_of(case["facts"]), case.get("period", "2026-10")
    if "metrics" in case:
        check_metrics(case, product_metrics(write_folder(tmp_path / "data", folder), period, case.get("by", "agent"))["rows"])
    else:
        check_pay(case, product_run(case, plan_of(case["plan"]), folder, period, tmp_path))


def oracle_run(case: Case, plan: dict[str, Any], folder: dict[str, list[dict[str, str]]], period: str) -> dict[str, Any]:
    """The oracle's pay after the case's closed runs, each called by its period."""
    files = case.get("files", {})
    history: list[dict[str, Any]] = []
    for closed in case.get("closed", []):
        closed_folder = folder_of({**case["facts"], **closed.get("facts", {})})
        earlier_plan = plan_of(closed["plan"]) if "plan" in closed else plan
        run = oracle.pay(earlier_plan, closed_folder, closed["period"], history=history, files=files)
        history.append({**run, "run_id": closed["period"]})
    return oracle.pay(plan, folder, period, history=history, files=files)


def product_run(case: Case, plan: dict[str, Any], folder: dict[str, list[dict[str, str]]], period: str, path: Path) -> dict[str, Any]:
    """The command's pay after really closing the case's closed runs; their ids replaced by their periods."""
    for name, text in case.get("files", {}).items():
        (path / name).write_text(text, encoding="utf-8")
    run_ids = {}
    for closed in case.get("closed", []):
        data = write_folder(path / "data", folder_of({**case["facts"], **closed.get("facts", {})}))
        earlier_plan = plan_of(closed["plan"]) if "plan" in closed else plan
        run = product_pay(data, write_plan(path / "plan.yaml", earlier_plan), closed["period"], close=True)
        run_ids[run["run_id"]] = closed["period"]
    data = write_folder(path / "data", folder)
    found = product_pay(data, write_plan(path / "plan.yaml", plan), period)
    for entry in found["agents"]:
        for line in entry["lines"]:
            for run_id, name in run_ids.items():
                line["id"] = line["id"].replace(run_id, name)
    return found


def number(text: str) -> Fraction:
    return Fraction(text.rstrip("%").replace("_", "")) / (100 if text.endswith("%") else 1)


def check_metrics(case: Case, rows: list[dict[str, Any]]) -> None:
    key = {"agent": "agent_id", "team": "team_id", "role": "role", "company": "company"}[case.get("by", "agent")]
    found = {(row[key] if key != "company" else "company", row["metric"]): row for row in rows}
    for name, expected in case["metrics"].items():
        for metric, (value, sample) in expected.items():
            row = found[name, metric]
            wanted = None if value == "unmeasured" else number(value)
            actual = None if row["value"] is None else Fraction(row["value"])
            assert (actual, row["sample"]) == (wanted, int(number(sample))), f"{name} {metric}"


def check_pay(case: Case, found: dict[str, Any]) -> None:
    entries = {entry["agent_id"]: entry for entry in found["agents"]}
    assert list(entries) == list(case["expect"])
    for agent_id, expected in case["expect"].items():
        check_entry(expected, entries[agent_id], agent_id)
    assert found["total_variable_vnd"] == sum(entry["variable_vnd"] for entry in found["agents"])


def check_entry(expected: dict[str, Any], entry: dict[str, Any], agent_id: str) -> None:
    """``lines`` and ``total`` are compared whole; shares and items where the case names them."""
    lines = [(line["id"], line["amount_vnd"]) for line in entry["lines"]]
    assert lines == [(name, int(number(amount))) for name, amount in expected["lines"].items()], agent_id
    assert entry["variable_vnd"] == int(number(expected["total"])), agent_id
    assert entry["carry_vnd"] == int(number(expected.get("carry", "0"))), agent_id
    for name in ("target_share", "bonus_share"):
        if name in expected:
            assert entry[name] == expected[name], f"{agent_id} {name}"
    items = {item["metric"]: item for item in entry["items"]}
    for metric, fields in expected.get("items", {}).items():
        for name, value in fields.items():
            assert same(items[metric][name], value), f"{agent_id} {metric} {name}: {items[metric][name]} is not {value}"


def same(found: Any, expected: str) -> bool:
    """``none`` is null, words are words, everything else is a number."""
    if expected == "none" or found is None:
        return found is None and expected == "none"
    if expected in ("measured", "unmeasured"):
        return bool(found == expected)
    return Fraction(found) == number(expected)
