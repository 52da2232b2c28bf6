"""Score, pay and explain many agents: CPU seconds of each step, with exact arithmetic throughout.

    python benchmarks/scoring.py [--agents 10000]

The plain ``fractions.Fraction`` evaluation of the same items runs beside it, as the alternative.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from chot.core.money import round_half_away
from chot.core.periods import Period, parse
from chot.core.rationals import Rationals
from chot.kpi.catalogue import METRICS
from chot.kpi.measures import Measure, Measured
from chot.kpi.pay import LineColumn, pay_lines
from chot.kpi.plan import FixedTarget, Plan
from chot.kpi.plan_loading import load_plan
from chot.kpi.run import Run, compute, document
from chot.kpi.scoring import score
from chot.kpi.source import AgentRow, Row, Workday
from chot.kpi.values import Column

ITEMS = {
    "revenue": "120000000", "close_rate": "8%", "average_handle_time": "360", "connect_rate": "40%", "talk_time": "200000",
    "on_time_rate": "90%", "defect_rate": "5%", "orders": "40",
}  # fmt: skip
PLAN = """plan: many
title: Nhiều người
role: telesale
period: month
starts: 2026-10-01
ends: 2026-12-31
bonus_vnd: 6000000
items:
{items}
scales:
  standard: {{mode: linear, points: [[70%, 0%], [100%, 100%], [120%, 150%]]}}
commission:
  - {{on: revenue, mode: marginal, tiers: [[0, 0%], [100000000, 1%], [200000000, 2%]]}}
"""


class ManyAgents:
    """Facts of any number of agents, held as measured integers: no engine, so that only arithmetic is timed."""

    warnings: Sequence[str] = ()

    def __init__(self, count: int) -> None:
        self.ids = [f"a{number:06d}" for number in range(count)]
        self.random = np.random.default_rng(7)

    def agents(self) -> Sequence[AgentRow]:
        return [AgentRow(agent_id=each, role="telesale", hired_on=date(2024, 1, 1)) for each in self.ids]

    def workdays(self, first: date, last: date) -> Sequence[Workday]:
        return [Workday(agent_id=each, date=date(2026, 10, 5), scheduled_s=28800, leave="sick") for each in self.ids[::3]]

    def measure(self, measures: Sequence[Measure], period: Period, **_: Any) -> Measured:
        size, columns = len(self.ids), {}
        for measure in measures:
            high = 200_000_000 if "amount" in measure.name else 200_000 if measure.name.endswith("_s") else 800
            columns[measure.name] = self.random.integers(1, high, size)
        return Measured(self.ids, columns)

    def agents_with_facts(self, period: Period) -> Sequence[str]:
        return self.ids

    def rows(self, table: str, **_: Any) -> Sequence[Row]:
        return []

    def rows_where(self, table: str, column: str, values: Sequence[str], **_: Any) -> Sequence[Row]:
        return []

    def months(self) -> Sequence[str]:
        return ["2026-10"]


def timed(action: Callable[[], Any], repeat: int = 3) -> tuple[float, Any]:
    """The least CPU seconds of several runs, and the last result."""
    best, result = float("inf"), None
    for _ in range(repeat):
        start = time.process_time()
        result = action()
        best = min(best, time.process_time() - start)
    return best, result


def plan_of(folder: Path) -> Plan:
    weights = [20, 15, 15, 10, 10, 10, 10, 10]
    items = "\n".join(
        f"  - {{metric: {metric}, weight: {weight}, target: {target}, scale: standard}}"
        for (metric, target), weight in zip(ITEMS.items(), weights, strict=True)
    )
    path = folder / "plan.yaml"
    path.write_text(PLAN.format(items=items))
    return load_plan(path, metrics=METRICS)


def inputs(run: Run) -> tuple[list[Column], list[Rationals], tuple[Rationals, Rationals]]:
    values = [each.value for each in run.scored]
    targets = [Rationals.full(len(run.spans), each.item.target.value) for each in run.scored if isinstance(each.item.target, FixedTarget)]
    return values, targets, (Rationals.of(span.target_share for span in run.spans), Rationals.of(span.bonus_share for span in run.spans))


def score_and_pay(
    run: Run, values: Sequence[Column], targets: Sequence[Rationals], shares: tuple[Rationals, Rationals]
) -> list[LineColumn]:
    scored = score(run.plan, values, targets, target_shares=shares[0], bonus_shares=shares[1])
    return pay_lines(run.plan, scored, run.own, agents=[span.agent_id for span in run.spans])[0]


def with_fractions(run: Run) -> list[list[int]]:
    """The same item amounts, one Fraction at a time."""
    found = []
    for place, span in enumerate(run.spans):
        amounts = []
        for scored in run.scored:
            target = scored.item.target.value * (span.target_share if scored.item.metric.always else 1)  # type: ignore[union-attr]
            ratio = scored.value.exact[place] / target
            attained = ratio if scored.item.direction == "higher" else max(2 - ratio, Fraction(0))
            paid, points = Fraction(0), scored.item.scale.points
            for (x0, y0), (x1, y1) in pairwise(points):
                paid = y0 + (attained - x0) * (y1 - y0) / (x1 - x0) if attained >= x0 else paid
            paid = points[-1][1] if attained >= points[-1][0] else paid
            amounts.append(round_half_away(run.plan.bonus_vnd * span.bonus_share * scored.item.weight / 100 * paid))
        found.append(amounts)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        plan, facts = plan_of(Path(folder)), ManyAgents(arguments.agents)
        run = compute(plan, parse("2026-10"), facts)
        given = inputs(run)
        fast, lines = timed(lambda: score_and_pay(run, *given))
        slow, amounts = timed(lambda: with_fractions(run), repeat=1)
        same = [[int(line.amount[place]) for line in lines[: len(ITEMS)]] for place in range(len(run.spans))]
        if same != amounts:
            raise SystemExit("the two evaluations differ")
        explained, document_bytes = timed(lambda: explain_all(run))
        whole, _ = timed(lambda: compute(plan, parse("2026-10"), facts))
    print(f"agents {arguments.agents}, items {len(ITEMS)}")
    print(f"score and pay                    {fast:8.3f} s CPU")
    print(f"the same, one Fraction at a time {slow:8.3f} s CPU   ratio {fast / slow:.3f}")
    print(f"explain every line of everyone   {explained:8.3f} s CPU   {document_bytes / 1e6:.1f} MB of JSON")
    print(f"whole run from measures          {whole:8.3f} s CPU")


def explain_all(run: Run) -> int:
    return len(orjson.dumps(document(run, "benchmark")))


if __name__ == "__main__":
    main()
