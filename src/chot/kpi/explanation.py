"""What an explanation is made of: a statement, its lines, their steps, inputs and rows. ``kpi.explain`` makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property

from chot.core.periods import Period
from chot.kpi.evidence import Evidence
from chot.kpi.measures import Grain, Measure, Measured, Outside
from chot.kpi.metrics import Metric, Scope, Words
from chot.kpi.people import Day
from chot.kpi.plan import Plan
from chot.kpi.row_sources import RowSource
from chot.kpi.run import Run
from chot.kpi.settling import ClosedRun, Line
from chot.kpi.source import Facts, Row

COMPANY_TIME = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A run and what it was computed from.

    ``facts`` are the frozen ones when the period is closed. ``history`` holds the closed runs before it, ``frozen``
    opens one of them by its id; without it an adjustment shows its amounts and not the facts behind them.
    ``rows`` are those of ``facts``, read for many at once (``explain_everyone``); ``counted`` is what they counted so far.
    """

    run: Run
    run_id: str
    facts: Facts
    closed: bool = False
    timezone: str = COMPANY_TIME
    history: Sequence[ClosedRun] = ()
    frozen: Callable[[str], Opened] | None = None
    rows: RowSource | None = None
    counted: dict[object, Measured] = field(default_factory=dict, compare=False, repr=False)

    def measured(self, measures: Sequence[Measure], *, grain: Grain = "agent", outside: Sequence[Outside] = ()) -> Measured:
        """What ``facts`` count in the run's period, once for everyone whose statement is opened."""
        key = (tuple(measures), grain, tuple(outside))
        if key not in self.counted:
            self.counted[key] = self.facts.measure(measures, self.run.period, grain=grain, outside=outside)
        return self.counted[key]

    @cached_property
    def scheduled(self) -> Mapping[str, set[date]]:
        """The days of the period for which the roster plans each agent."""
        found: dict[str, set[date]] = {}
        for each in self.facts.workdays(self.run.period.first, self.run.period.last):
            if (each.scheduled_s or 0) > 0:
                found.setdefault(each.agent_id, set()).add(each.date)
        return found


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a calculation: its exact value in its unit, its label, and how it came about.

    A step that is not ``shown`` is in the JSON and not in the text, which says it in another step's note.
    """

    name: str
    value: Fraction | None
    unit: str
    words: Words
    note: Words | None = None
    shown: bool = True


@dataclass(frozen=True, kw_only=True)
class Input:
    """A metric that a line reads, with its measures and their rows.

    ``calculation`` is the metric's formula in words and with the figures in it; None for a single measure.
    ``group`` is whose figures they are: the agent's, the team's or ``company``.
    """

    metric: Metric
    scope: Scope
    group: str
    value: Fraction | None
    sample: int
    reason: str = ""
    calculation: tuple[Words, Words] | None = None
    evidence: Sequence[Evidence] = ()


@dataclass(frozen=True, kw_only=True)
class Change:
    """What late facts changed in one measure of a closed line: rows that came, rows that went, with what each adds.

    ``why`` says, by row id, why a row that went does not count today.
    """

    before: Evidence
    after: Evidence
    came: Sequence[tuple[Row, int]]
    went: Sequence[tuple[Row, int]]
    why: Mapping[str, Words] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LineExplanation:
    """One published line, opened."""

    line: Line
    title: Words
    formula: Words
    steps: Sequence[Step]
    inputs: Sequence[Input] = ()
    remarks: Sequence[Words] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    changes: Sequence[Change] = ()


@dataclass(frozen=True, kw_only=True)
class GateCheck:
    """How a gate of the plan came out for the agent: ``passed``, ``failed`` (a line says more) or ``not applied``."""

    id: str
    title: Words
    condition: Words
    state: str
    values: Sequence[tuple[Metric, Fraction | None]]
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Working days in a row that do not count in full, for the same reason and alike."""

    first: Day
    last: Day
    count: int
    reason: Words


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One agent's statement, every line opened; amounts in whole đồng."""

    run_id: str
    closed: bool
    timezone: str
    plan: Plan
    period: Period
    agent_id: str
    agent_name: str
    team_id: str
    working_days: int
    target_days: Fraction
    bonus_days: Fraction
    stretches: Sequence[Stretch]
    reduced: Sequence[Day]
    lines: Sequence[LineExplanation]
    line_count: int
    gates: Sequence[GateCheck]
    variable_vnd: int
    carry_vnd: int
    base_pay_vnd: int | None
    warnings: Sequence[str]
