"""What a mapping may say about a lead file that does not say it itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chot.core.errors import InputError, Problem
from chot.core.phones import DEFAULT_REGION, calling_code
from chot.core.text import did_you_mean
from chot.facts.dates import ORDERS
from chot.facts.readers.base import Options
from chot.facts.readers.wall_clock import WallClock
from chot.facts.written import CellError
from chot.kpi.schema import STAGES

FIELDS = ("assigned_at", "agent_id", "agents", "stages", "dates", "region")

_STAGES = {
    "NEW": "new", "QUEUE": "new", "N": "new", "NA": "new", "B": "new", "AB": "new", "A": "new", "AA": "new", "AM": "new", "AL": "new",
    "DROP": "new", "PDROP": "new", "NANQUE": "new", "ERI": "new", "CALLBK": "contacted", "CBHOLD": "contacted", "INCALL": "contacted",
    "XFER": "interested", "SALE": "won", "NI": "lost", "NP": "lost", "DEC": "lost", "DNC": "lost", "DNCL": "lost", "DC": "lost",
    "ADC": "lost", "WRONG": "lost", "XDROP": "new",
}  # fmt: skip
"""VICIdial's own statuses. A status of the company's own has no stage until the mapping gives it one."""


@dataclass(frozen=True, kw_only=True)
class LeadOptions:
    """``assigned_at`` and ``agent_id`` stand in where a lead has none; ``agents`` renames users, ``stages`` maps statuses;
    ``order`` says which of day and month comes first (``dates: dd/mm/yyyy``)."""

    assigned_at: str | None
    agent_id: str
    agents: Mapping[str, str]
    stages: Mapping[str, str]
    order: str
    region: str

    def stage(self, status: str) -> str | None:
        """The stage that a status means; None when it is not known."""
        return self.stages.get(status.upper()) or _STAGES.get(status.upper())


def lead_options(options: Options, *, path: str) -> LeadOptions:
    """The options in a mapping. Raises ``InputError`` with every problem of it."""
    wanted = dict(options.mapping or {})
    problems = [
        _problem(path, name, f"{name!r} is not a field of this mapping", did_you_mean(name, FIELDS))
        for name in wanted
        if name not in FIELDS
    ]
    if options.table not in (None, "leads"):
        problems.append(Problem(file=path, field="--table", what=f"a lead file has no {options.table!r}", fix="It gives leads."))
    dates = str(wanted.get("dates", ""))
    if dates and dates not in ORDERS:
        problems.append(_problem(path, "dates", f"{dates!r} is no way to write a date", did_you_mean(dates, ORDERS)))
    assigned = wanted.get("assigned_at")
    if assigned is not None:
        try:
            WallClock(options.tz, order=ORDERS.get(dates, "")).instant(str(assigned))
        except CellError as error:
            problems.append(_problem(path, "assigned_at", f"{str(assigned)!r}: {error}", "Write it as 2026-10-01 or 2026-10-01 08:00:00"))
    pairs = {}
    for name in ("agents", "stages"):
        given = wanted.get(name, {})
        if not isinstance(given, Mapping):
            problems.append(_problem(path, name, "is not a list of pairs", f"Write {name}: {{key: value}}"))
            given = {}
        pairs[name] = {str(left): str(right) for left, right in given.items()}
    for status, stage in pairs["stages"].items():
        if stage not in STAGES:
            problems.append(_problem(path, f"stages.{status}", f"{stage!r} is not a stage", did_you_mean(stage, STAGES)))
    region = str(wanted.get("region", DEFAULT_REGION)).upper()
    if not calling_code(region):
        problems.append(_problem(path, "region", f"{region!r} is not a country", "Write its two letters, such as VN."))
    if problems:
        raise InputError(problems)
    return LeadOptions(
        assigned_at=None if assigned is None else str(assigned),
        agent_id=str(wanted.get("agent_id", "")),
        agents=pairs["agents"],
        stages={status.upper(): stage for status, stage in pairs["stages"].items()},
        order=ORDERS.get(dates, ""),
        region=region,
    )


def _problem(path: str, name: str, what: str, fix: str) -> Problem:
    return Problem(file=path, field=f"mapping.{name}", what=what, fix=fix)
