"""Generated facts and plans: the product's JSON equals the oracle's, to the last đồng and the last fraction."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chot.core.errors import InputError
from tests import oracle, strategies
from tests.oracle.product import product_metrics, product_pay, write_folder, write_plan

EXAMPLES = int(os.environ.get("CHOT_ORACLE_EXAMPLES", "0"))
"""How many folders and plans are drawn; thousands for a long run, the same few every time when it is not set."""


def generated(few: int) -> settings:
    """Settings of a generated test that draws ``few`` examples unless a long run was asked for."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(max_examples=EXAMPLES or few, derandomize=not EXAMPLES, deadline=None, suppress_health_check=slow)


def without_reasons(found: dict[str, Any]) -> dict[str, Any]:
    """The pay JSON without what the oracle does not know: the run's hashes, the warnings and the words of reasons."""
    entries = []
    for entry in found["agents"]:
        items = [{name: value for name, value in item.items() if name not in ("reason",)} for item in entry["items"]]
        lines = [{name: value for name, value in line.items() if name in ("id", "kind", "factor", "amount_vnd")} for line in entry["lines"]]
        entries.append({**entry, "items": items, "lines": lines})
    kept = {name: value for name, value in found.items() if name not in ("run_id", "plan_version", "warnings")}
    return {**kept, "agents": entries}


@generated(24)
@given(folder=strategies.folders(), plan=strategies.plans())
def test_pay_equals_the_oracle(folder: strategies.Folder, plan: tuple[dict[str, Any], str, dict[str, str]]) -> None:
    raw, period, files = plan
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        for file, text in files.items():
            (path / file).write_text(text, encoding="utf-8")
        write_folder(path / "data", folder)
        write_plan(path / "plan.yaml", raw)
        try:
            wanted = oracle.pay(raw, folder, period, files=files)
        except oracle.NoTargetError:
            with pytest.raises(InputError, match="no target by ability"):
                product_pay(path / "data", path / "plan.yaml", period)
        else:
            assert without_reasons(product_pay(path / "data", path / "plan.yaml", period)) == wanted


@generated(5)
@given(folders=strategies.changing_folders(), plan=strategies.plans(kind="month", ways=("per_agent",)), guarantee=st.booleans())
def test_closed_runs_equal_the_oracle(
    folders: tuple[strategies.Folder, strategies.Folder], plan: tuple[dict[str, Any], str, dict[str, str]], *, guarantee: bool
) -> None:
    """October is closed, then facts change, November is closed and December computed."""
    raw, _, files = plan
    if guarantee:
        raw = {**raw, "guarantee": {"periods": "3", "lookback": "2"}}
    history: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        for file, text in files.items():
            (path / file).write_text(text, encoding="utf-8")
        for period, folder in (("2026-10", folders[0]), ("2026-11", folders[1]), ("2026-12", folders[1])):
            closing = period != "2026-12"
            found = product_pay(write_folder(path / "data", folder), write_plan(path / "plan.yaml", raw), period, close=closing)
            wanted = oracle.pay(raw, folder, period, history=history, files=files)
            assert without_reasons(found) == wanted, period
            history.append({**wanted, "run_id": found["run_id"]})


@generated(5)
@given(folder=strategies.folders(), period=st.sampled_from(["2026-10", "2026-10", "2026-11", "2026-Q4", "2026-W40"]))
def test_metrics_equal_the_oracle(folder: strategies.Folder, period: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        data = write_folder(Path(name) / "data", folder)
        for by in ("agent", "team", "role", "company"):
            found = product_metrics(data, period, by)
            key = {"agent": "agent_id", "team": "team_id", "role": "role", "company": "company"}[by]
            rows = {(row[key] if by != "company" else "company", row["metric"]): row for row in found["rows"]}
            wanted = {(row[key], row["metric"]): row for row in oracle.metrics(folder, period, by)}
            assert set(rows) == set(wanted), by
            for place, row in wanted.items():
                same = {name: rows[place][name] for name in ("value", "decimal", "sample", "unit")}
                assert same == {name: row[name] for name in same}, f"by {by}: {place}"
