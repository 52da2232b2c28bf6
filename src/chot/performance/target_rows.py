"""The target grid as a page shows it: one row for each person, one cell for each item, figures as people type them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _

from chot.kpi.ability import sensible
from chot.kpi.plan import Item
from chot.performance.plan_reading import language, said, target_words
from chot.performance.queries_targets import Cell, Column, Grid, source
from chot.performance.target_numbers import NoNumberError, shown, typed

ORIGINS: Mapping[str, Any] = {
    "own": _("own past periods"), "colleagues": _("colleagues of the same role"), "team": _("median of the team"),
    "plan": _("number of the plan"),
}  # fmt: skip
"""Where a proposal comes from, in words."""
WIDE, HIGH = 64, 18  # of a small drawing of past periods


def field_name(agent_id: str, metric: str) -> str:
    """The name of a cell's input."""
    return f"t:{metric}:{agent_id}"


def headings(found: Grid) -> list[dict[str, Any]]:
    """The items as the head of the grid, with the target that the plan has now."""
    return [
        {
            "metric": column.item.metric.id, "title": title_of(column.item), "unit": column.item.metric.unit, "weight": column.item.weight,
            "lower": column.item.direction == "lower", "now": target_words(column.item), "source": source(column.item),
            "wanted": column.wanted,
        }
        for column in found.columns
    ]  # fmt: skip


def title_of(item: Item) -> str:
    """What the plan calls an item."""
    return item.title or said(item.metric.title)


def rows(
    found: Grid, people: Sequence[tuple[str, str]], names: Mapping[str, str], *, given: Mapping[str, str], wrong: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The rows of these people; ``given`` are inputs as they were sent, ``wrong`` what is wrong with one."""
    return [
        {
            "agent_id": agent, "name": names.get(agent, agent), "team": team,
            "cells": [_cell(column, column.cells[agent], given, wrong) if agent in column.cells else None for column in found.columns],
        }
        for agent, team in people
    ]  # fmt: skip


def _cell(column: Column, cell: Cell, given: Mapping[str, str], wrong: Mapping[str, str]) -> dict[str, Any]:
    name, unit, lang = field_name(cell.agent_id, cell.metric), column.item.metric.unit, language()
    text = shown(cell.target, unit, lang)
    return {
        "name": name, "cell": cell, "origin": ORIGINS[cell.origin],
        "unit": unit, "text": text, "value": given.get(name, text), "wrong": wrong.get(name, ""),
        "proposed": shown(cell.proposed, unit, lang),
        "usual": None if cell.usual is None else sensible(cell.usual, column.item), "spark": spark(cell),
    }  # fmt: skip


def spark(cell: Cell) -> dict[str, Any] | None:
    """The past periods as a line in a box of ``WIDE`` by ``HIGH``, and where the target lies; None for fewer than two."""
    if len(cell.past) < 2:
        return None
    values = [float(value) for _period, value in cell.past]
    low, high = min([*values, float(cell.target)]), max([*values, float(cell.target)])
    reach = (high - low) or 1.0
    heights = [round(HIGH - 2 - (value - low) / reach * (HIGH - 4), 1) for value in [*values, float(cell.target)]]
    step = (WIDE - 4) / (len(values) - 1)
    points = " ".join(f"{round(2 + place * step, 1)},{height}" for place, height in enumerate(heights[:-1]))
    return {"points": points, "target": str(heights[-1]), "last_x": str(WIDE - 2), "last_y": str(heights[-2])}


def sent(found: Grid, posted: Mapping[str, str]) -> tuple[dict[tuple[str, str], Fraction | None], dict[str, str]]:
    """The cells that a form changed, and the inputs that are no numbers. A cell that was emptied goes back to its proposal."""
    lang = language()
    wanted, wrong = dict[tuple[str, str], Fraction | None](), dict[str, str]()
    for column in found.columns:
        unit = column.item.metric.unit
        for agent, cell in column.cells.items():
            name = field_name(agent, cell.metric)
            text = posted.get(name, "").strip()
            if name not in posted or text == shown(cell.target, unit, lang):
                continue
            try:
                wanted[agent, cell.metric] = typed(text, unit, lang) if text else None
            except NoNumberError:
                wrong[name] = text
    return wanted, wrong


def live(found: Grid) -> dict[str, Any]:
    """What the page needs to tell the probability of a target while it is typed."""
    return {
        column.item.metric.id: {
            "sign": column.sign, "deviations": [round(each, 6) for each in column.deviations], "unit": column.item.metric.unit,
        }
        for column in found.columns
    }  # fmt: skip
