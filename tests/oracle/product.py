"""The product's own command, run in process on a folder of CSV files."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner

from tests.oracle.facts import COLUMNS, Folder


def write_folder(path: Path, folder: Folder) -> Path:
    """The tables as ``path/<table>.csv``; only the columns that some row has."""
    path.mkdir(parents=True, exist_ok=True)
    for old in path.glob("*.csv"):
        old.unlink()
    for table, rows in folder.items():
        columns = [name for name in COLUMNS[table].split() if any(name in row for row in rows)]
        with (path / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns or COLUMNS[table].split())
            writer.writeheader()
            writer.writerows(rows)
    return path


def write_plan(path: Path, plan: dict[str, Any]) -> Path:
    """The plan as YAML; every scalar stays the text that it is."""
    path.write_text(yaml.dump(plan, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def run(*arguments: str) -> dict[str, Any]:
    """``chot …`` in process; its JSON, or an AssertionError with what it said."""
    from chot.cli.main import app

    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, f"chot {' '.join(arguments)} ended with {result.exit_code}: {result.output}"
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def product_pay(folder_path: Path, plan_path: Path, period: str, *, close: bool = False) -> dict[str, Any]:
    """`chot kpi pay PLAN --data DIR --period … --format json`"""
    closing = ["--close"] if close else []
    return run("kpi", "pay", str(plan_path), "--data", str(folder_path), "--period", period, "--format", "json", *closing)


def product_metrics(folder_path: Path, period: str, by: str) -> dict[str, Any]:
    """`chot kpi metrics --data DIR --period … --by … --format json`"""
    return run("kpi", "metrics", "--data", str(folder_path), "--period", period, "--by", by, "--format", "json")
