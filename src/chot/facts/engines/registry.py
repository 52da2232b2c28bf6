"""Engines by name, imported only when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

from chot.core.errors import InputError, Problem
from chot.core.text import did_you_mean
from chot.facts.engines.contract import Dataset, Engine

_ENGINES: dict[str, tuple[str, str, str]] = {
    "duckdb": ("chot.facts.engines.duckdb", "DuckDB", ""),
    "postgres": ("chot.facts.engines.postgres", "Postgres", ""),
    "spark": ("chot.facts.engines.spark", "Spark", "spark"),
    "clickhouse": ("chot.facts.engines.clickhouse", "ClickHouse", "clickhouse"),
}
"""Engine name -> (module, class, the extra of the package that brings its parts)."""

NAMES = tuple(_ENGINES)


def open_engine(name: str, dataset: Dataset, **options: Any) -> Engine:
    """The engine called ``name`` over the dataset; ``options`` are the engine's own.

    Raises ``InputError`` when there is no such engine or its parts are not installed.
    """
    if name not in _ENGINES:
        raise InputError(Problem(field="--engine", what=f"there is no engine {name!r}", fix=did_you_mean(name, _ENGINES)))
    module, kind, extra = _ENGINES[name]
    try:
        made = getattr(import_module(module), kind)(dataset, **options)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("chot"):
            raise
        what = f"the engine {name} needs the Python package {error.name!r}, which is not installed"
        fix = f"Install it with: pip install 'chot[{extra}]'" if extra else "Install Chốt again"
        raise InputError(Problem(field="--engine", what=what, fix=fix)) from None
    return cast(Engine, made)
