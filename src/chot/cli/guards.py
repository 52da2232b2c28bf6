"""``chot kpi check``, ``backtest``, ``review``, ``targets`` and ``forecast``."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the guard commands to ``app``."""
