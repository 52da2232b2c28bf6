"""The options that commands share, as Typer reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Plan = Annotated[Path, typer.Argument(help="The plan (YAML).")]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The data folder.")]
Period = Annotated[str, typer.Option("--period", help="2026-10, 2026-Q4 or 2026-W41.")]
Form = Annotated[str | None, typer.Option("--format", help="table, json, csv or xlsx; without it as the name of --out says.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to this file instead of stdout.")]
Engine = Annotated[str, typer.Option("--engine", help="Where measures run: duckdb, postgres, spark or clickhouse.")]
Lang = Annotated[str, typer.Option("--lang", help="vi or en.")]
Against = Annotated[Path | None, typer.Option("--against", metavar="PLAN", help="The plan in force until now, to compare pay with.")]
