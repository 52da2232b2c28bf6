"""What a run would pay if an agent's own figures were others: the plan's real scoring and pay on supposed measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from chot.core.money import round_half_away
from chot.core.periods import Period
from chot.kpi.formula import NotMeasurable, parse
from chot.kpi.measures import Grain, Measure, Measured, Outside
from chot.kpi.metrics import Metric
from chot.kpi.source import AgentRow, Facts, Row, Within, Workday

AMOUNT, ORDERS, WON, OPPORTUNITIES = "counted_amount", "counted_orders", "won_leads", "opportunity_leads"


class Supposed:
    """Facts in which one agent has ``extra`` (by measure name) more, or less, in one period; all else is as it is."""

    def __init__(self, facts: Facts, period: Period, *, agent_id: str, team_id: str, extra: Mapping[str, int]) -> None:
        self._facts, self._period, self._extra = facts, period, extra
        self._keys = {"agent": agent_id, "team": team_id, "company": "company"}
        self.warnings: Sequence[str] = facts.warnings

    def agents(self) -> Sequence[AgentRow]:
        """Every agent row."""
        return self._facts.agents()

    def workdays(self, first: date, last: date) -> Sequence[Workday]:
        """The roster."""
        return self._facts.workdays(first, last)

    def measure(self, measures: Sequence[Measure], period: Period, *, grain: Grain = "agent", outside: Sequence[Outside] = ()) -> Measured:
        """The measures, with the extra in those of the supposed period."""
        found = self._facts.measure(measures, period, grain=grain, outside=outside)
        key = self._keys.get(grain)
        extra = {each.name: self._extra[each.name] for each in measures if each.name in self._extra and each.window == "period"}
        if period != self._period or not key or not extra:
            return found
        keys = found.keys if key in found else [*found.keys, key]
        place = keys.index(key)
        columns = {}
        for name, values in found.columns.items():
            column = [int(value) for value in values] + [0] * (len(keys) - len(found.keys))
            column[place] += extra.get(name, 0)
            columns[name] = column
        return Measured(keys, columns)

    def agents_with_facts(self, period: Period) -> Sequence[str]:
        """The agents named by any fact of the period."""
        return self._facts.agents_with_facts(period)

    def rows(self, table: str, *, day: str, first: date, last: date, agent_id: str | None) -> Sequence[Row]:
        """The rows as they are."""
        return self._facts.rows(table, day=day, first=first, last=last, agent_id=agent_id)

    def rows_where(
        self, table: str, column: str, values: Sequence[str], *, columns: Sequence[str] = (), within: Within | None = None
    ) -> Sequence[Row]:
        """The rows as they are."""
        return self._facts.rows_where(table, column, values, columns=columns, within=within)

    def months(self) -> Sequence[str]:
        """The months that hold a fact."""
        return self._facts.months()


def moved(metric: Metric, values: Mapping[str, int], by: Fraction) -> dict[str, int]:
    """The extra in one measure that moves the metric ``by`` so much, as near as whole calls, orders or seconds allow.

    ``values`` are the agent's measures. The first measure in which the formula is linear moves; empty when there is none.
    """
    now = _value(metric, values)
    if now is None:
        return {}
    for measure in metric.measures:
        if measure.window != "period" or (measure.name == metric.sample and not metric.always):
            continue
        one, two = (_value(metric, {**values, measure.name: values[measure.name] + step}) for step in (1, 2))
        if one is None or two is None or one == now or two - one != one - now:
            continue
        extra = max(round_half_away(by / (one - now)), -values[measure.name])
        return {measure.name: extra} if extra else {}
    return {}


def _value(metric: Metric, values: Mapping[str, int]) -> Fraction | None:
    formula = parse(metric.formula, names={measure.name: "plain" for measure in metric.measures})
    try:
        return Fraction(formula.evaluate(lambda name: Fraction(values[name])))
    except NotMeasurable:
        return None


def more_orders(count: int, values: Mapping[str, int]) -> dict[str, int]:
    """The extra of ``count`` more counted orders, each worth the agent's average so far and won from an open opportunity.

    >>> more_orders(2, {"counted_orders": 4, "counted_amount": 4_000_000, "won_leads": 3, "opportunity_leads": 4})
    {'counted_orders': 2, 'counted_amount': 2000000, 'won_leads': 2, 'opportunity_leads': 1}
    """
    orders = values.get(ORDERS, 0)
    extra = {ORDERS: count}
    if AMOUNT in values and orders > 0:
        extra[AMOUNT] = count * round_half_away(Fraction(values[AMOUNT], orders))
    if WON in values:
        extra[WON] = count
        short = values[WON] + count - values.get(OPPORTUNITIES, 0)
        if OPPORTUNITIES in values and short > 0:
            extra[OPPORTUNITIES] = short
    return extra
