"""Replaying a plan over closed periods before anyone is paid by it: winners, losers, cost, and K2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from chot.core.money import decimal_text
from chot.kpi.checks_plan import percent
from chot.kpi.findings import Finding, Thresholds
from chot.kpi.history import Point, past_periods, points, replays, share_reached
from chot.kpi.metrics import Words
from chot.kpi.plan import Plan
from chot.kpi.run import Run
from chot.kpi.settling import ClosedRun
from chot.kpi.source import Facts
from chot.kpi.statistics import median, percentile


@dataclass(frozen=True, kw_only=True)
class Pay:
    """One agent's variable pay of one period: new by the plan, old by what was (or would have been) paid; None unknown."""

    period: str
    agent_id: str
    team_id: str
    new_vnd: int
    old_vnd: int | None

    @property
    def change(self) -> Fraction | None:
        """The change relative to the old pay; None when there is none to compare with."""
        if self.old_vnd is None:
            return None
        return Fraction(self.new_vnd - self.old_vnd, self.old_vnd) if self.old_vnd else Fraction(0 if self.new_vnd == 0 else 1)


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """The plan over past periods."""

    plan: Plan
    runs: Sequence[Run]
    points: Sequence[Point]
    pays: Sequence[Pay]


def backtest(plan: Plan, facts: Facts, *, periods: int, closed: Sequence[ClosedRun] = (), against: Plan | None = None) -> Backtest:
    """The plan replayed over its last ``periods`` periods with facts; old pay from ``against`` or from closed runs."""
    chosen = past_periods(plan, facts, periods)
    runs = replays(plan, facts, chosen)
    old = _old_pay(replays(against, facts, chosen) if against else (), closed)
    pays = [
        Pay(
            period=str(run.period),
            agent_id=span.agent_id,
            team_id=span.team_id,
            new_vnd=run.variable_vnd(place),
            old_vnd=old.get((str(run.period), span.agent_id)),
        )
        for run in runs
        for place, span in enumerate(run.spans)
    ]
    return Backtest(plan=plan, runs=runs, points=list(points(runs)), pays=pays)


def _old_pay(runs: Sequence[Run], closed: Sequence[ClosedRun]) -> dict[tuple[str, str], int]:
    found = {
        (str(run.period), entry["agent_id"]): int(sum(line["amount_vnd"] for line in entry["lines"] if line["kind"] != "adjust"))
        for run in closed
        for entry in run.document["agents"]
    }
    found |= {(str(run.period), span.agent_id): run.variable_vnd(place) for run in runs for place, span in enumerate(run.spans)}
    return found


def real_pay(result: Backtest, limits: Thresholds) -> Iterator[Finding]:
    """K2: the median change below 0, or an agent of the top quarter losing more than 3 %, without a guarantee."""
    compared = [pay for pay in result.pays if pay.change is not None]
    if not compared:
        yield Finding(
            code="K2",
            severity="note",
            subject=result.plan.id,
            figures={"compared": 0},
            what=Words(vi="Chưa có lương cũ để so sánh", en="There is no earlier pay to compare with"),
            suggestion=Words(
                vi="So sánh được khi đã chốt một kỳ lương, hoặc khi có kế hoạch trước đó",
                en="It can be compared once a period is closed, or with an earlier plan",
            ),
            written="--against PLAN",
        )
        return
    changes = agent_changes(compared)
    middle = median(list(changes.values()))
    severity: Any = "warning" if result.plan.guarantee else "error"
    if middle < 0:
        yield Finding(
            code="K2",
            severity=severity,
            subject=result.plan.id,
            figures={"median_change": middle, "agents": len(changes)},
            what=Words(
                vi=f"Một nửa nhân viên mất ít nhất {percent(-middle)} thu nhập biến đổi",
                en=f"Half of the agents lose {percent(-middle)} or more of variable pay",
            ),
            suggestion=Words(
                vi="Tăng tiền thưởng, hạ chỉ tiêu, hoặc thêm bảo đảm thu nhập", en="Raise the bonus, lower targets, or add a guarantee"
            ),
            written="bonus_vnd:, target:, guarantee:",
        )
    losers = sorted(agent for agent in top_quarter(compared) if changes[agent] < -limits.k2_loss)
    if losers:
        worst = min(changes[agent] for agent in losers)
        yield Finding(
            code="K2",
            severity=severity,
            subject=", ".join(losers),
            figures={"agents": len(losers), "worst_change": worst},
            what=Words(
                vi=f"{len(losers)} người giỏi nhất mất trên {percent(limits.k2_loss)}",
                en=f"{len(losers)} of the best lose more than {percent(limits.k2_loss)}",
            ),
            suggestion=Words(
                vi="Người giỏi nghỉ việc trước tiên khi thu nhập giảm: thêm bảo đảm thu nhập hoặc nới trần",
                en="The best leave first when pay falls: add a guarantee or lift the cap",
            ),
        )


def agent_changes(pays: Sequence[Pay]) -> dict[str, Fraction]:
    """The relative change of each agent's total over the compared periods."""
    totals: dict[str, tuple[int, int]] = {}
    for pay in pays:
        old, new = totals.get(pay.agent_id, (0, 0))
        totals[pay.agent_id] = (old + (pay.old_vnd or 0), new + pay.new_vnd)
    return {agent: Fraction(new - old, old) if old else Fraction(0 if new == 0 else 1) for agent, (old, new) in totals.items()}


def top_quarter(pays: Sequence[Pay]) -> list[str]:
    """The quarter of the agents with the highest old pay."""
    totals: dict[str, int] = {}
    for pay in pays:
        totals[pay.agent_id] = totals.get(pay.agent_id, 0) + (pay.old_vnd or 0)
    ranked = sorted(totals, key=lambda agent: (-totals[agent], agent))
    return ranked[: -(-len(ranked) // 4)]


def document(result: Backtest, findings: Sequence[Finding]) -> dict[str, Any]:
    """The backtest as JSON: cost, winners and losers, shares reaching target, and everyone's pay."""
    compared = [pay for pay in result.pays if pay.old_vnd is not None]
    changes = sorted(agent_changes(compared).values())
    return {
        "plan": result.plan.id,
        "plan_version": result.plan.version,
        "periods": [str(run.period) for run in result.runs],
        "cost_vnd": sum(pay.new_vnd for pay in result.pays),
        "compared": {
            "old_vnd": sum(pay.old_vnd or 0 for pay in compared),
            "new_vnd": sum(pay.new_vnd for pay in compared),
            "winners": sum(change > 0 for change in changes),
            "losers": sum(change < 0 for change in changes),
            "median_change": decimal_text(median(changes), 4) if changes else None,
            "p10_change": decimal_text(percentile(changes, Fraction(1, 10)), 4) if changes else None,
            "by_decile": _deciles(compared),
        },
        "share_reaching": _shares(result),
        "pays": [{**vars(pay), "change": None if pay.change is None else decimal_text(pay.change, 4)} for pay in result.pays],
        "findings": [finding.document() for finding in findings],
    }


def _deciles(compared: Sequence[Pay]) -> list[dict[str, Any]]:
    """The median change of each tenth of the agents, the best paid first."""
    if not compared:
        return []
    changes, totals = agent_changes(compared), dict[str, int]()
    for pay in compared:
        totals[pay.agent_id] = totals.get(pay.agent_id, 0) + (pay.old_vnd or 0)
    ranked = sorted(totals, key=lambda agent: (-totals[agent], agent))
    tenths = [ranked[len(ranked) * tenth // 10 : len(ranked) * (tenth + 1) // 10] for tenth in range(10)]
    return [
        {"decile": number, "agents": len(members), "median_change": decimal_text(median([changes[agent] for agent in members]), 4)}
        for number, members in enumerate(tenths, start=1)
        if members
    ]


def _shares(result: Backtest) -> list[dict[str, Any]]:
    found = []
    for item in result.plan.items:
        own = [point for point in result.points if point.metric == item.metric.id]
        teams = {
            team: share_reached([point for point in own if point.team_id == team]) for team in sorted({point.team_id for point in own})
        }
        found.append(
            {
                "metric": item.metric.id,
                "share": decimal_text(share_reached(own), 4),
                "agent_periods": len(own),
                "teams": {team: decimal_text(share, 4) for team, share in teams.items()},
                "median_attainment": decimal_text(median([point.attainment for point in own]), 4) if own else None,
            }
        )
    return found
