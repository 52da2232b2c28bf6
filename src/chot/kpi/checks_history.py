"""The guards that replay the past: K1 reachable targets, K3 equal standards, K4 influenceable metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from chot.kpi.checks_plan import percent
from chot.kpi.findings import Figure, Finding, Thresholds
from chot.kpi.history import Point, share_reached
from chot.kpi.metrics import Words
from chot.kpi.plan import Item, Plan
from chot.kpi.statistics import Reliability, fisher_exact, reliability, reliability_of_rates, shares_of_variance

_FEW = 10  # fewer points than this say nothing


def by_item(plan: Plan, found: Sequence[Point]) -> list[tuple[Item, list[Point]]]:
    """The points of each item that has enough of them."""
    pairs = [(item, [point for point in found if point.metric == item.metric.id]) for item in plan.items]
    return [(item, points) for item, points in pairs if len(points) >= _FEW]


def reachable(plan: Plan, found: Sequence[Point], limits: Thresholds) -> Iterator[Finding]:
    """K1: the share of agents who would have reached the target."""
    for item, points in by_item(plan, found):
        share = share_reached(points)
        title = item.metric.title
        figures: dict[str, Figure] = {"share_reaching": share, "agent_periods": len(points)}
        if share < limits.k1_error_below:
            yield Finding(
                code="K1",
                severity="error",
                subject=item.metric.id,
                figures=figures,
                what=Words(
                    vi=f"{title.vi}: chỉ {percent(share)} lượt đạt chỉ tiêu",
                    en=f"{title.en}: only {percent(share)} would have reached the target",
                ),
                suggestion=_healthy(points, item, limits),
            )
        elif share > limits.k1_warning_above:
            yield Finding(
                code="K1",
                severity="warning",
                subject=item.metric.id,
                figures=figures,
                what=Words(
                    vi=f"{title.vi}: {percent(share)} lượt đạt, quá dễ", en=f"{title.en}: {percent(share)} would have reached it, too easy"
                ),
                suggestion=_healthy(points, item, limits),
            )


def _healthy(points: Sequence[Point], item: Item, limits: Thresholds) -> Words:
    """The factor on the target at which the middle of the healthy share would reach it."""
    wanted = (limits.k1_healthy_low + limits.k1_healthy_high) / 2
    ratios = sorted((point.actual / point.target for point in points if point.target), reverse=item.direction == "higher")
    if not ratios:
        return Words(vi="Đặt chỉ tiêu lớn hơn 0", en="Set a target above 0")
    factor = ratios[min(int(wanted * len(ratios)), len(ratios) - 1)]
    return Words(
        vi=f"Chỉ tiêu bằng {percent(factor)} mức này thì khoảng {percent(wanted)} đạt",
        en=f"At {percent(factor)} of this target about {percent(wanted)} would reach it",
    )


def equal_standards(plan: Plan, found: Sequence[Point], limits: Thresholds) -> Iterator[Finding]:
    """K3: the teams under one target, lowest against highest share reaching it, with Fisher's exact test."""
    for item, points in by_item(plan, found):
        teams = {team: [point for point in points if point.team_id == team] for team in sorted({point.team_id for point in points})}
        counted = {team: (sum(point.attainment >= 1 for point in own), len(own)) for team, own in teams.items() if len(own) >= _FEW}
        if len(counted) < 2 or not any(reached for reached, _ in counted.values()):
            continue
        low = min(counted, key=lambda team: Fraction(*counted[team]))
        high = max(counted, key=lambda team: Fraction(*counted[team]))
        (won_low, all_low), (won_high, all_high) = counted[low], counted[high]
        ratio = Fraction(won_low, all_low) / Fraction(won_high, all_high)
        p_value = fisher_exact(won_low, all_low - won_low, won_high, all_high - won_high)
        if ratio < limits.k3_ratio and p_value < limits.k3_p:
            lows, highs = percent(Fraction(won_low, all_low)), percent(Fraction(won_high, all_high))
            yield Finding(
                code="K3",
                severity="error",
                subject=item.metric.id,
                figures={
                    "lowest_team": low,
                    "lowest": Fraction(won_low, all_low),
                    "highest_team": high,
                    "highest": Fraction(won_high, all_high),
                    "ratio": ratio,
                    "p": p_value,
                },
                what=Words(
                    vi=f"{item.metric.title.vi}: nhóm {low} chỉ {lows} đạt, nhóm {high} {highs}, cùng một chỉ tiêu",
                    en=f"{item.metric.title.en}: {lows} of team {low} reach it, {highs} of team {high}, under one target",
                ),
                suggestion=Words(
                    vi="Đặt chỉ tiêu theo năng lực hoặc theo danh sách khách của từng nhóm",
                    en="Set targets by ability, or by the quality of each team's list",
                ),
            )


def influenceable(plan: Plan, found: Sequence[Point], limits: Thresholds) -> Iterator[Finding]:
    """K4: reliability of one period's value, and teams that differ more than people do."""
    for item, points in by_item(plan, found):
        if item.of != "own":
            continue
        measured = reliability_of(item, points)
        if measured is None:
            continue
        value = Fraction(measured.value).limit_denominator(1000)
        if value < limits.k4_warning_below:
            yield Finding(
                code="K4",
                severity="error" if value < limits.k4_error_below else "warning",
                subject=item.metric.id,
                figures={"reliability": value, "cases": round(measured.cases)},
                what=Words(
                    vi=f"{item.metric.title.vi}: độ tin cậy {float(value):.2f}, phần lớn là may rủi hoặc hoàn cảnh",
                    en=f"{item.metric.title.en}: reliability {float(value):.2f}, most of it is chance or circumstance",
                ),
                suggestion=Words(
                    vi="Đo theo nhóm, kéo dài kỳ, hoặc chỉ dùng để kèm cặp",
                    en="Measure it per team, over a longer period, or use it for coaching only",
                ),
            )
        yield from _teams_above_people(item, points)


def reliability_of(item: Item, points: Sequence[Point]) -> Reliability | None:
    """The reliability of one period: binomial for rates between 0 and 1, by analysis of variance otherwise."""
    if item.metric.unit == "ratio" and all(0 <= point.actual <= 1 for point in points) and _is_rate(points):
        by_agent: dict[str, tuple[int, int]] = {}
        for point in points:
            won, cases = by_agent.get(point.agent_id, (0, 0))
            by_agent[point.agent_id] = (won + round(point.actual * point.sample), cases + point.sample)
        periods = len({point.period for point in points})
        found = reliability_of_rates(list(by_agent.values()))
        if found is None:
            return None
        cases_each = found.cases / periods
        noise = found.within / cases_each
        return Reliability(
            found.between, found.within, cases_each, found.between / (found.between + noise) if found.between + noise else 0.0
        )
    groups = list(_centred(points).values())
    found = reliability(groups)
    if found is None:
        return None
    spread = found.between + found.within
    return Reliability(found.between, found.within, 1.0, found.between / spread if spread else 0.0)


def _is_rate(points: Sequence[Point]) -> bool:
    """Whether every value is a count of cases over the sample (and not, say, an average of scores)."""
    return all((point.actual * point.sample).denominator == 1 for point in points)


def _centred(points: Sequence[Point]) -> dict[tuple[str, str], list[float]]:
    """Values per full target share, less the mean of their period, by (team, agent)."""
    by_period: dict[str, list[float]] = {}
    for point in points:
        by_period.setdefault(point.period, []).append(_full(point))
    means = {period: sum(values) / len(values) for period, values in by_period.items()}
    found: dict[tuple[str, str], list[float]] = {}
    for point in points:
        found.setdefault((point.team_id, point.agent_id), []).append(_full(point) - means[point.period])
    return found


def _full(point: Point) -> float:
    """Attainment: already relative to the days that count."""
    return float(point.attainment)


def _teams_above_people(item: Item, points: Sequence[Point]) -> Iterator[Finding]:
    across, inside = shares_of_variance(_centred(points))
    if across > inside > 0 and across / (across + inside) > 0.5:
        share = Fraction(across / (across + inside)).limit_denominator(1000)
        yield Finding(
            code="K4",
            severity="warning",
            subject=item.metric.id,
            figures={"team_share_of_variance": share},
            what=Words(
                vi=f"{item.metric.title.vi}: khác biệt giữa các nhóm lớn hơn giữa các nhân viên",
                en=f"{item.metric.title.en}: teams differ more than people do",
            ),
            suggestion=Words(
                vi="Kiểm tra danh sách khách và chiến dịch trước khi chấm từng người",
                en="Look at lists and campaigns before judging people by it",
            ),
        )
