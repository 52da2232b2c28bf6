"""``review``: after a period, why each missed target was missed, and what the next targets could be.

Order of the questions: was it unrealistic for everyone; did an event take the days or the list away;
otherwise it is individual. Proposals stay within the published change cap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Literal

from chot.core.money import decimal_text
from chot.kpi.ability import full_time, present_target, sensible
from chot.kpi.checks_plan import percent
from chot.kpi.findings import Thresholds
from chot.kpi.history import Point, points, share_reached
from chot.kpi.metrics import Words
from chot.kpi.people import Span, working_days
from chot.kpi.plan import Item
from chot.kpi.run import Run
from chot.kpi.source import Facts, Row
from chot.kpi.statistics import fisher_exact, median, percentile

Reason = Literal["unrealistic", "event", "individual", "unmeasured"]

_LONG_LEAVE = 4  # working days of leave that explain a miss
_HALVES = (Fraction(1, 20), Fraction(7, 10))  # p, and the rate after a change as a part of the rate before


@dataclass(frozen=True, kw_only=True)
class Happening:
    """Something unforeseen that a manager recorded: on which days, for which team (empty: everyone), and what."""

    team_id: str
    first: date
    last: date
    note: str


@dataclass(frozen=True, kw_only=True)
class Miss:
    """One target that one agent missed, with the reason and its evidence."""

    agent_id: str
    metric: str
    attainment: Fraction | None
    reason: Reason
    words: Words
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NextTarget:
    """A proposal for the next period: never further than the cap from the present target."""

    metric: str
    present: Fraction | None
    proposed: Fraction
    share_reached: Fraction
    verdict: Literal["unrealistic", "too easy", "healthy", "keep"]


@dataclass(frozen=True, kw_only=True)
class Review:
    """The evaluation of one run."""

    run: Run
    misses: Sequence[Miss]
    targets: Sequence[NextTarget]


def review(run: Run, facts: Facts, limits: Thresholds, *, happenings: Sequence[Happening] = ()) -> Review:
    """Every missed target of the run classified, and proposals for the next period.

    A recorded event explains a miss when it took at least the share of working days that is missing, or four of them.
    """
    found = list(points([run]))
    shares = {item.metric.id: share_reached([point for point in found if point.metric == item.metric.id]) for item in run.plan.items}
    changes = list_changes(run, facts)
    misses = [
        miss
        for place in range(len(run.spans))
        for number in range(len(run.scored))
        if (miss := _classify(run, place, number, shares, changes, limits, happenings))
    ]
    return Review(run=run, misses=misses, targets=[_next(item, found, limits) for item in run.plan.items])


def _classify(
    run: Run, place: int, number: int, shares: Mapping[str, Fraction], changes: Mapping[str, ListChange], limits: Thresholds,
    happenings: Sequence[Happening],
) -> Miss | None:  # fmt: skip
    scored, span = run.scored[number], run.spans[place]
    metric, title = scored.item.metric.id, scored.item.metric.title
    if not scored.measured[place]:
        why = scored.reason(place)
        return Miss(
            agent_id=span.agent_id,
            metric=metric,
            attainment=None,
            reason="unmeasured",
            evidence={"reason": why},
            words=Words(vi=f"{title.vi}: chưa đo được", en=f"{title.en}: not measured"),
        )
    attained = scored.attainment[place]
    if attained >= 1:
        return None
    if shares[metric] < limits.k1_error_below:
        share = percent(shares[metric])
        return Miss(
            agent_id=span.agent_id,
            metric=metric,
            attainment=attained,
            reason="unrealistic",
            evidence={"share_reaching": share},
            words=Words(vi=f"Chỉ {share} mọi người đạt", en=f"Only {share} of everyone reached it"),
        )
    away = [day for day in span.reduced if day.reason not in ("join", "other plan", "holiday")]
    if len(away) >= _LONG_LEAVE:
        return _leave(span.agent_id, metric, attained, away)
    recorded = _recorded(run, span, metric, attained, happenings)
    if recorded:
        return recorded
    change = changes.get(span.agent_id)
    if change:
        return Miss(
            agent_id=span.agent_id, metric=metric, attainment=attained, reason="event", evidence=change.document(), words=change.words()
        )
    return Miss(
        agent_id=span.agent_id,
        metric=metric,
        attainment=attained,
        reason="individual",
        evidence={"share_reaching": percent(shares[metric])},
        words=Words(
            vi=f"{percent(shares[metric])} đồng nghiệp đạt; cần trao đổi riêng",
            en=f"{percent(shares[metric])} of the others reached it; talk in person",
        ),
    )


def _recorded(run: Run, span: Span, metric: str, attained: Fraction, happenings: Sequence[Happening]) -> Miss | None:
    """The miss explained by what was recorded, if it took enough of the person's working days."""
    worked = set(span.days).intersection(working_days(run.plan.proration, run.period))
    for each in happenings:
        days = sorted(day for day in worked if each.first <= day <= each.last) if each.team_id in ("", span.team_id) else []
        if days and (len(days) >= _LONG_LEAVE or Fraction(len(days), len(worked)) >= 1 - attained):
            first, last = max(each.first, run.period.first), min(each.last, run.period.last)
            return Miss(
                agent_id=span.agent_id, metric=metric, attainment=attained, reason="event",
                evidence={"note": each.note, "days": [day.isoformat() for day in days]},
                words=Words(
                    vi=f"{each.note} ({len(days)} ngày công, từ {first.isoformat()} đến {last.isoformat()})",
                    en=f"{each.note} ({len(days)} working days, {first.isoformat()} to {last.isoformat()})",
                ),
            )  # fmt: skip
    return None


def _leave(agent_id: str, metric: str, attained: Fraction, away: Sequence[Any]) -> Miss:
    kinds = sorted({day.reason for day in away})
    days = [day.date.isoformat() for day in away]
    return Miss(
        agent_id=agent_id,
        metric=metric,
        attainment=attained,
        reason="event",
        evidence={"leave": kinds, "days": days},
        words=Words(
            vi=f"Nghỉ {len(days)} ngày ({', '.join(kinds)}), từ {days[0]} đến {days[-1]}",
            en=f"{len(days)} days of leave ({', '.join(kinds)}), {days[0]} to {days[-1]}",
        ),
    )


@dataclass(frozen=True, kw_only=True)
class ListChange:
    """A campaign whose calls stopped turning into interest from one day on, for all its agents."""

    campaign_id: str
    since: date
    before: Fraction
    after: Fraction
    p: Fraction

    def document(self) -> dict[str, Any]:
        """The evidence as JSON."""
        return {
            "campaign_id": self.campaign_id,
            "since": self.since.isoformat(),
            "before": decimal_text(self.before, 4),
            "after": decimal_text(self.after, 4),
            "p": f"{float(self.p):.2g}",
        }

    def words(self) -> Words:
        """The event in one sentence."""
        return Words(
            vi=f"Danh sách của chiến dịch {self.campaign_id} đổi từ {self.since.isoformat()}: "
            f"tỷ lệ khách quan tâm từ {percent(self.before)} còn {percent(self.after)}",
            en=f"The list of campaign {self.campaign_id} changed on {self.since.isoformat()}: "
            f"interest fell from {percent(self.before)} to {percent(self.after)} of answered calls",
        )


_GOOD = ("interested", "callback", "won", "ordered", "sale", "trial", "order")


def list_changes(run: Run, facts: Facts) -> dict[str, ListChange]:
    """For every agent of the run, the list change that hit the campaign of most of his calls, if any."""
    rows = [
        row
        for row in facts.rows("calls", day="local_date", first=run.period.first, last=run.period.last, agent_id=None)
        if row["direction"] == "out" and row["outcome"] == "answered" and row.get("campaign_id") and row.get("agent_id")
    ]
    by_campaign: dict[str, list[Row]] = {}
    for row in rows:
        by_campaign.setdefault(str(row["campaign_id"]), []).append(row)
    changed = {campaign: change for campaign, own in by_campaign.items() if (change := _change(campaign, own))}
    found: dict[str, ListChange] = {}
    for span in run.spans:
        counts: dict[str, int] = {}
        for row in rows:
            if row["agent_id"] == span.agent_id:
                counts[str(row["campaign_id"])] = counts.get(str(row["campaign_id"]), 0) + 1
        main = max(sorted(counts), key=lambda campaign: counts[campaign], default="")
        if main in changed:
            found[span.agent_id] = changed[main]
    return found


def _change(campaign: str, rows: Sequence[Row]) -> ListChange | None:
    """The day that splits the campaign's calls most clearly into better and worse."""
    days: dict[date, tuple[int, int]] = {}
    for row in rows:
        day = row["local_date"]
        assert isinstance(day, date)
        good, total = days.get(day, (0, 0))
        days[day] = (good + (row.get("disposition") in _GOOD), total + 1)
    best: ListChange | None = None
    ordered = sorted(days)
    for day in ordered[3:-2]:
        before = [days[each] for each in ordered if each < day]
        after = [days[each] for each in ordered if each >= day]
        (good1, all1), (good2, all2) = ((sum(g for g, _ in part), sum(t for _, t in part)) for part in (before, after))
        rate1, rate2 = Fraction(good1, all1), Fraction(good2, all2)
        if rate2 >= rate1 * _HALVES[1]:
            continue
        p_value = fisher_exact(good1, all1 - good1, good2, all2 - good2) * len(ordered)
        if p_value < _HALVES[0] and (best is None or p_value < best.p):
            best = ListChange(campaign_id=campaign, since=day, before=rate1, after=rate2, p=p_value)
    return best


def _next(item: Item, found: Sequence[Point], limits: Thresholds) -> NextTarget:
    own = [point for point in found if point.metric == item.metric.id]
    share = share_reached(own)
    present = present_target(item, own[0].agent_id) if own else None
    verdict: Literal["unrealistic", "too easy", "healthy", "keep"] = (
        "keep"
        if not own
        else "unrealistic"
        if share < limits.k1_error_below
        else "too easy"
        if share > limits.k1_warning_above
        else "healthy"
    )
    values = [Fraction(full_time(item, point)).limit_denominator(10**6) for point in own]
    if present is None:
        present = median(values) if values else Fraction(0)
    if verdict in ("healthy", "keep") or not values:
        return NextTarget(metric=item.metric.id, present=present, proposed=present, share_reached=share, verdict=verdict)
    aimed = percentile(values, Fraction(2, 5) if item.direction == "higher" else Fraction(3, 5))
    low, high = present * (1 - limits.change_cap), present * (1 + limits.change_cap)
    proposed = sensible(min(max(aimed, low), high), item)
    return NextTarget(metric=item.metric.id, present=present, proposed=proposed, share_reached=share, verdict=verdict)


def document(result: Review) -> dict[str, Any]:
    """The review as JSON."""
    counts: dict[str, int] = {}
    for miss in result.misses:
        counts[miss.reason] = counts.get(miss.reason, 0) + 1
    return {
        "plan": result.run.plan.id,
        "period": str(result.run.period),
        "counts": dict(sorted(counts.items())),
        "misses": [
            {
                "agent_id": miss.agent_id,
                "metric": miss.metric,
                "reason": miss.reason,
                "words": vars(miss.words),
                "evidence": dict(miss.evidence),
                "attainment": None if miss.attainment is None else decimal_text(miss.attainment, 4),
            }
            for miss in result.misses
        ],
        "targets": [
            {
                "metric": each.metric,
                "verdict": each.verdict,
                "share_reaching": decimal_text(each.share_reached, 4),
                "present": None if each.present is None else decimal_text(each.present, 6),
                "proposed": decimal_text(each.proposed, 6),
            }
            for each in result.targets
        ],
    }
