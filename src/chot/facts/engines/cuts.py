"""Groups cut finer than by whom: by day, by weekday and hour, by campaign, by queue, by campaign and day, hour or both."""

from __future__ import annotations

from chot.facts.engines.dialect import Dialect
from chot.kpi.measures import CUT, Cut
from chot.kpi.schema import TABLES

_FINER: dict[Cut, tuple[Cut, ...]] = {"campaign_day": ("day",), "campaign_hour": ("hour",), "campaign_day_hour": ("day", "hour")}
_OF_CALLS = {"campaign": "campaign_id", "queue": "queue_id", **dict.fromkeys(_FINER, "campaign_id")}
CALL = "k"
"""The row of ``calls`` that an order, a survey or a review names."""


def moment_of(table: str, day: str) -> str:
    """The time column behind a day column."""
    return next((source for name, source in TABLES[table].days if name == day), TABLES[table].moment[0])


def cut_key(sql: Dialect, group: str, cut: Cut, table: str, day: str, zone: str) -> str:
    """The group and its part as one key; NULL when the row has none."""
    return f"{group} || {sql.text(CUT)} || {_part(sql, cut, table, day, zone)}"


def _part(sql: Dialect, cut: Cut, table: str, day: str, zone: str) -> str:
    on = f"f.{sql.name(day)}"
    if cut in _FINER:
        parts: tuple[Cut, ...] = ("campaign", *_FINER[cut])
        return f" || {sql.text(CUT)} || ".join(_part(sql, each, table, day, zone) for each in parts)
    if cut == "day":
        return f"CAST({on} AS {sql.types['text']})"
    if cut == "hour":
        hour = sql.hour(f"f.{sql.name(moment_of(table, day))}", zone)
        whole = f"CAST(100 * {sql.weekday(on)} + {hour} AS {sql.types['int']})"
        return f"CAST({whole} AS {sql.types['text']})"
    column, names = _OF_CALLS[cut], TABLES[table].names
    if column in names:
        return f"f.{column}"
    return f"{CALL}.{column}" if "call_id" in names else f"CAST(NULL AS {sql.types['text']})"


def needs_call(cut: Cut, table: str) -> bool:
    """Whether the part is that of another row: the call that the row names."""
    return cut in _OF_CALLS and _OF_CALLS[cut] not in TABLES[table].names and "call_id" in TABLES[table].names
