"""A KPI plan as frozen data: what was announced, typed and checked. ``kpi.plan_loading`` reads it from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from chot.core.errors import InputError, Problem
from chot.core.periods import Kind, Period, parse
from chot.kpi.formula import Formula
from chot.kpi.metrics import Direction, Metric, Scope

Unmeasured = Literal["redistribute", "neutral", "zero"]


@dataclass(frozen=True, kw_only=True)
class FixedTarget:
    """The same target for everyone, full time; in the metric's unit (a ratio's 8 % is 8/100)."""

    value: Fraction


@dataclass(frozen=True, kw_only=True)
class AbilityTarget:
    """A target from the agent's own past: the q-quantile of the periods before the plan starts."""

    quantile: Fraction


@dataclass(frozen=True, kw_only=True)
class PerAgentTargets:
    """Targets from a CSV beside the plan, by agent_id; ``source`` is the text of that file."""

    path: str
    by_agent: Mapping[str, Fraction]
    source: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """From attainment to payout: (attainment, payout) points, attainment strictly rising."""

    name: str
    mode: Literal["linear", "step"]
    points: tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One KPI of the plan. ``metric`` already carries the item's own settings and direction."""

    metric: Metric
    weight: int
    target: FixedTarget | AbilityTarget | PerAgentTargets
    scale: Scale
    min_sample: int = 0  # 0 also where the metric is a sum or a count
    unmeasured: Unmeasured = "redistribute"
    of: Scope = "own"
    goal: str = ""
    title: str = ""

    @property
    def direction(self) -> Direction:
        """Whether a higher or a lower figure is better."""
        return self.metric.direction


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A condition on the agent's own figures; when it fails the gated sum is multiplied by ``otherwise``."""

    when: Formula
    otherwise: Fraction
    min_sample: int = 0
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Commission:
    """Tiers (threshold in đồng, rate) on a đồng metric."""

    on: Metric
    mode: Literal["marginal", "whole"]
    tiers: tuple[tuple[Fraction, Fraction], ...]
    gated: bool = False
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class FormulaLine:
    """A line computed by a formula, in đồng."""

    name: str
    formula: Formula
    gated: bool = False
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """An amount shared out in proportion to a metric."""

    vnd: int
    by: Metric


@dataclass(frozen=True, kw_only=True)
class Proration:
    """Which leave lowers targets and bonus, and what a working day is."""

    targets: tuple[str, ...] = ("holiday", "annual", "sick", "maternity", "unpaid")
    bonus: tuple[str, ...] = ("maternity", "unpaid")
    joins: bool = True
    calendar: Literal["mon-sat", "mon-fri", "roster"] | tuple[date, ...] = "mon-sat"
    absent: Literal["zero", "neutral"] = "zero"


@dataclass(frozen=True, kw_only=True)
class Guarantee:
    """The first ``periods`` periods pay at least the average of the last ``lookback`` closed runs."""

    periods: int
    lookback: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A whole plan. ``version`` is the hash of its content, targets and custom metrics included."""

    id: str
    version: str
    title: str
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    period: Kind
    starts: date
    ends: date
    announced: date | None
    supervisor: str
    goal: str
    bonus_vnd: int
    items: tuple[Item, ...]
    gates: tuple[Gate, ...] = ()
    commission: tuple[Commission, ...] = ()
    lines: tuple[FormulaLine, ...] = ()
    pool: Pool | None = None
    proration: Proration = field(default_factory=Proration)
    min_measured_weight: int = 50
    guarantee: Guarantee | None = None
    rounding_unit_vnd: int = 1
    metrics: Mapping[str, Metric] = field(default_factory=dict)  # every metric the plan may name, custom ones included
    warnings: tuple[str, ...] = ()
    source: str = ""  # the YAML text
    file: str = ""

    def names(self, *, role: str, team_id: str) -> bool:
        """Whether the plan names an agent row of this role and team."""
        return role in self.roles if self.roles else team_id in self.teams

    def period_of(self, text: str) -> Period:
        """The period called ``text``: of the plan's kind and inside ``starts``..``ends``.

        Raises ``UsageError`` when malformed, ``InputError`` when it is no period of this plan, or when
        the plan's list of working days has none in it.
        """
        period = parse(text)
        if period.kind != self.period:
            what = f"{text} is a {period.kind}, and the plan pays by {self.period}"
            raise InputError(Problem(file=self.file, field="period", what=what))
        if period.first < self.starts or period.last > self.ends:
            what = f"{text} lies outside the plan, which runs from {self.starts} to {self.ends}"
            raise InputError(Problem(file=self.file, field="starts", what=what))
        calendar = self.proration.calendar
        if isinstance(calendar, tuple) and not any(day in period for day in calendar):
            what = f"the calendar lists no working day in {text}"
            raise InputError(Problem(file=self.file, field="proration.calendar", what=what, fix="Add the working days of this period"))
        return period
