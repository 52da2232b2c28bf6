"""G1: figures that look made. Each agent is compared with chance or with his colleagues, corrected for many tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

from chot.core.periods import Period
from chot.kpi.findings import Figure, Finding, Thresholds
from chot.kpi.metrics import Words
from chot.kpi.people import People
from chot.kpi.plan import Plan
from chot.kpi.source import Facts, Row
from chot.kpi.statistics import binomial_excess, fisher_exact, holm

_DAY = timedelta(hours=24)
_LAST_DAYS = 3
_TIMES = 2  # a share this many times that of the colleagues, beside the test, before anyone is named


def gaming(plan: Plan, facts: Facts, people: People, period: Period, limits: Thresholds) -> Iterator[Finding]:
    """Every sign of gaming of one period among the agents whom the plan names."""
    members = [
        agent_id
        for agent_id in people.ids
        if any(plan.names(role=row.role, team_id=row.team_id) for _, row in people.employed_days(agent_id, period))
    ]
    calls = _by_agent(facts.rows("calls", day="local_date", first=period.first, last=period.last, agent_id=None), members)
    orders = _by_agent(facts.rows("orders", day="local_date", first=period.first, last=period.last, agent_id=None), members)
    for threshold in sorted(_talk_thresholds(plan)):
        yield from _above_threshold(calls, threshold, limits)
    yield from _against_colleagues(calls, _redials, limits, *_REDIALS)
    yield from _against_colleagues(calls, lambda rows: _short(rows, limits.g1_short_s), limits, *_SHORT)
    last_days = sorted({row["local_date"] for rows in orders.values() for row in rows})[-_LAST_DAYS:]  # type: ignore[type-var]
    yield from _against_colleagues(orders, lambda rows: _late(rows, last_days), limits, *_SPIKE)  # type: ignore[arg-type]


def _by_agent(rows: Sequence[Row], members: Sequence[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {agent_id: [] for agent_id in members}
    for row in rows:
        if row.get("agent_id") in found:
            found[str(row["agent_id"])].append(row)
    return found


def _talk_thresholds(plan: Plan) -> set[int]:
    return {item.metric.settings["min_talk_s"] for item in plan.items if "min_talk_s" in item.metric.settings}


def _above_threshold(calls: Mapping[str, Sequence[Row]], threshold: int, limits: Thresholds) -> Iterator[Finding]:
    """Answered calls just above a threshold that counts, against those just below it."""
    window = int(limits.g1_window)
    counts: dict[str, tuple[int, int]] = {}
    for agent_id, rows in calls.items():
        talk = [row["talk_s"] for row in rows if row["outcome"] == "answered" and isinstance(row.get("talk_s"), int)]
        above = sum(threshold <= spent < threshold + window for spent in talk)  # type: ignore[operator]
        below = sum(threshold - window <= spent < threshold for spent in talk)  # type: ignore[operator]
        counts[agent_id] = (above, below)
    named = holm({agent_id: binomial_excess(*pair) for agent_id, pair in counts.items() if sum(pair)}, limits.g1_p)
    for agent_id in sorted(named):
        above, below = counts[agent_id]
        yield Finding(
            code="G1",
            severity="warning",
            subject=agent_id,
            figures={"threshold_s": threshold, "just_above": above, "just_below": below, "p": binomial_excess(above, below)},
            what=Words(
                vi=f"{agent_id}: {above} cuộc dài ngay trên ngưỡng {threshold} giây, chỉ {below} cuộc ngay dưới",
                en=f"{agent_id}: {above} calls just above the {threshold} s threshold, only {below} just below it",
            ),
            suggestion=_LISTEN,
        )


Counter = Callable[[Sequence[Row]], tuple[int, int]]


def _against_colleagues(
    rows: Mapping[str, Sequence[Row]], count: Counter, limits: Thresholds, name: str, what: Words, suggestion: Words
) -> Iterator[Finding]:
    """Agents whose share of suspicious rows is far above that of all colleagues together."""
    counts = {agent_id: count(own) for agent_id, own in rows.items()}
    total, everything = sum(odd for odd, _ in counts.values()), sum(size for _, size in counts.values())
    tested: dict[str, Fraction] = {}
    for agent_id, (odd, size) in counts.items():
        others, rest = total - odd, everything - size
        if size and rest and Fraction(odd, size) > _TIMES * Fraction(others, rest):
            tested[agent_id] = fisher_exact(odd, size - odd, others, rest - others)
    for agent_id in sorted(holm({**dict.fromkeys(counts, Fraction(1)), **tested}, limits.g1_p)):
        odd, size = counts[agent_id]
        figures: dict[str, Figure] = {
            name: odd,
            "of": size,
            "share": Fraction(odd, size),
            "colleagues": Fraction(total - odd, everything - size),
            "p": tested[agent_id],
        }
        yield Finding(
            code="G1", severity="warning", subject=agent_id, figures=figures, what=_with(what, agent_id, figures), suggestion=suggestion
        )


def _with(what: Words, agent_id: str, figures: Mapping[str, Figure]) -> Words:
    share, others = (f"{float(figures[key]) * 100:.0f} %" for key in ("share", "colleagues"))
    return Words(vi=f"{agent_id}: {share} {what.vi}, đồng nghiệp {others}", en=f"{agent_id}: {share} {what.en}, colleagues {others}")


def _redials(rows: Sequence[Row]) -> tuple[int, int]:
    """Outbound calls to a customer whom the same agent had called within 24 hours, and all outbound calls."""
    latest: dict[object, datetime] = {}
    again = total = 0
    outbound = [row for row in rows if row["direction"] == "out" and row.get("customer_id") is not None]
    for row in sorted(outbound, key=lambda each: each["started_at"]):  # type: ignore[arg-type,return-value]
        started = row["started_at"]
        assert isinstance(started, datetime)
        before = latest.get(row["customer_id"])
        again += before is not None and started - before < _DAY
        latest[row["customer_id"]] = started
        total += 1
    return again, total


def _short(rows: Sequence[Row], limit: Fraction) -> tuple[int, int]:
    talk = [spent for row in rows if row["outcome"] == "answered" and isinstance(spent := row.get("talk_s"), int)]
    return sum(spent < limit for spent in talk), len(talk)


def _late(rows: Sequence[Row], last_days: Sequence[date]) -> tuple[int, int]:
    return sum(row["local_date"] in last_days for row in rows), len(rows)


_LISTEN = Words(vi="Nghe lại các cuộc này trước khi trả thưởng theo chỉ số", en="Listen to these calls before paying by this figure")
_REDIALS = (
    "redials",
    Words(vi="cuộc gọi ra lặp lại cùng khách trong 24 giờ", en="of outbound calls redial a customer within 24 hours"),
    _LISTEN,
)
_SHORT = ("short_calls", Words(vi="cuộc trả lời kết thúc gần như ngay", en="of answered calls end almost at once"), _LISTEN)
_SPIKE = (
    "orders_at_the_end",
    Words(vi="đơn dồn vào ba ngày cuối kỳ", en="of orders fall on the last three days of the period"),
    Words(vi="Xem các đơn này có bị hoàn hoặc hủy sau kỳ không", en="See whether these orders are returned or cancelled after the period"),
)
