"""From settings to a finished demo folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from chot.demo.figures import figures
from chot.demo.plans import plans
from chot.demo.planted import planted
from chot.demo.settings import Settings
from chot.demo.tables import tables
from chot.demo.world import STEPS, happen
from chot.demo.writing import Draft, refuse_foreign
from chot.facts.store import writing
from chot.kpi.schema import TABLES

LARGE = ("calls", "leads", "orders", "tickets", "surveys", "workdays")
"""Tables written as Parquet by month, which opens at once; the others are plain CSV, to be changed by hand."""

ALL_STEPS = (*STEPS, *TABLES, "plans")


def make(
    folder: Path, settings: Settings, *, force: bool = False, stored: bool = False, step: Callable[[str], None] = lambda name: None
) -> dict[str, int]:
    """Write the company of ``settings`` into ``folder``; the number of rows of every table.

    The same settings give the same bytes. Raises ``UsageError`` when the settings make no company, or
    when the folder holds anything else and not ``force``, and ``InputError`` when it cannot be written.
    ``stored``: the small tables too as an import keeps them, so that the application may change them.
    ``step`` hears the name of each of ``ALL_STEPS``.
    """
    settings.checked()
    refuse_foreign(folder, force=force)
    world = happen(settings, step)
    rows: dict[str, int] = {}
    with writing(folder) as staging:
        draft = Draft(folder, staging)
        for name, made in tables(world).items():
            step(name)
            table = made()
            rows[name] = table.num_rows
            (draft.parquet if stored or name in LARGE else draft.csv)(name, table)
        step("plans")
        for name, text in plans(world.company, figures(world)).items():
            draft.text(f"plans/{name}.yaml", text)
        draft.publish({"settings": asdict(settings), "rows": rows, "planted": planted(settings).as_json()})
    return rows
