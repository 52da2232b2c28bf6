"""Generated facts folders and plans: few people and customers, so that everything collides, and days at the edges."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

Rows = list[dict[str, str]]
Folder = dict[str, Rows]

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
AGENTS = ["a01", "a02", "a03", "a04"]
STRANGER = "x99"
CUSTOMERS = ["c1", "c2", "c3", ""]
ROLES = ["telesale", "telesale", "telesale", "telesale", "lead", "cskh"]
TEAMS = ["t1", "t2"]
OUTCOMES = ["answered", "answered", "answered", "no_answer", "busy", "failed", "cancelled", "abandoned", "voicemail"]
PERIODS = {"month": ["2026-10", "2026-11"], "quarter": ["2026-Q4"], "week": ["2026-W40", "2026-W44"]}
LIFETIMES = {"month": ("2026-10-01", "2026-12-31"), "quarter": ("2026-10-01", "2026-12-31"), "week": ("2026-09-28", "2026-11-29")}

october = st.dates(date(2026, 10, 1), date(2026, 10, 31))
edges = st.sampled_from([date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 4), date(2026, 10, 31), date(2026, 11, 1)])
earlier = st.dates(date(2026, 3, 20), date(2026, 9, 30)) | st.dates(date(2025, 10, 1), date(2025, 10, 31))
later = st.dates(date(2026, 11, 1), date(2026, 12, 31))
days = st.one_of(october, october, october, october, edges, earlier, later)
clock = st.sampled_from([0, 1, 6 * 3600, 9 * 3600, 15 * 3600, 86_399])


def written(moment: datetime, in_utc: bool) -> str:
    """A moment in one of the ways that files write it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if in_utc else moment.isoformat()


def at(day: date, seconds: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=HANOI) + timedelta(seconds=seconds)


moments = st.builds(lambda day, seconds, in_utc: written(at(day, seconds), in_utc), days, clock, st.booleans())
seconds_of = st.sampled_from(["60", "20", "5", "6", "21", "29", "30", "179", "600", "0", ""])
amounts = st.sampled_from(["3333333", "1000000", "50000000", "100000000", "999999", "1", "0", "", "-2000000"])
points = st.sampled_from(["7000", "8550", "4999", "10000", "1", "0", ""])
truth = st.sampled_from(["false", "", "true"])
somebody = st.sampled_from([*AGENTS, *AGENTS, STRANGER])


def numbered(prefix: str, rows: Rows) -> Rows:
    return [{f"{prefix}_id": f"{prefix}{place}", **row} for place, row in enumerate(rows)]


@st.composite
def agents(draw: st.DrawFn) -> Rows:
    """Each agent with one to three rows in order, perhaps with gaps, perhaps a joiner or a leaver."""
    rows = []
    for agent_id in sorted(draw(st.sets(st.sampled_from(AGENTS), min_size=2))):
        hired_on = draw(st.sampled_from(["2020-01-01", "2020-01-01", "", "2026-09-01", "2026-10-05", "2026-10-19"]))
        left_on = draw(st.sampled_from(["", "", "", "2026-10-31", "2026-10-30", "2026-11-15"]))
        cuts = sorted(draw(st.lists(st.sampled_from(["2026-08-01", "2026-10-04", "2026-10-12", "2026-10-20", "2026-11-01"]),
                                    unique=True, max_size=3)))  # fmt: skip
        starts = ["2020-01-01", *cuts]
        ends = [*cuts, ""]
        for valid_from, valid_to in zip(starts, ends, strict=True):
            if len(starts) == 1 or draw(st.integers(0, 5)):
                rows.append({
                    "agent_id": agent_id, "name": agent_id, "team_id": draw(st.sampled_from(TEAMS)), "role": draw(st.sampled_from(ROLES)),
                    "hired_on": hired_on, "left_on": left_on, "base_pay_vnd": "5000000", "valid_from": valid_from, "valid_to": valid_to,
                })  # fmt: skip
    return rows


@st.composite
def calls(draw: st.DrawFn) -> dict[str, str]:
    """One call; it ends after it starts."""
    start = at(draw(days), draw(clock))
    lasted = draw(st.sampled_from([0, 60, 3600, 86_400]))
    agent_id = draw(st.sampled_from([*AGENTS, *AGENTS, STRANGER, ""]))
    return {
        "agent_id": agent_id, "team_id": draw(st.sampled_from(["", *TEAMS])), "customer_id": draw(st.sampled_from(CUSTOMERS)),
        "direction": draw(st.sampled_from(["in", "out", "in", "out", "internal"])), "outcome": draw(st.sampled_from(OUTCOMES)),
        "started_at": written(start, draw(st.booleans())),
        "ended_at": draw(st.sampled_from(["", written(start + timedelta(seconds=lasted), False)])),
        "wait_s": draw(seconds_of), "talk_s": draw(seconds_of), "hold_s": draw(seconds_of), "wrap_s": draw(seconds_of),
        "disposition": draw(st.sampled_from(["", "interested", "callback", "refused"])),
        "fields_collected": draw(st.sampled_from(["", "0", "1", "2", "3"])), "charge_vnd": draw(st.sampled_from(["", "0", "350", "1200"])),
    }  # fmt: skip


orders = st.fixed_dictionaries({
    "agent_id": somebody, "customer_id": st.sampled_from(CUSTOMERS), "call_id": st.sampled_from(["", "call0", "call1", "call2", "call5"]),
    "ordered_at": moments, "amount_vnd": amounts,
    "status": st.sampled_from(["completed", "confirmed", "completed", "confirmed", "returned", "pending", "cancelled", ""]),
})  # fmt: skip
leads = st.fixed_dictionaries({
    "agent_id": somebody, "customer_id": st.sampled_from(CUSTOMERS), "assigned_at": moments,
    "stage": st.sampled_from(["won", "interested", "trial", "contacted", "lost", "new", ""]),
    "best_stage": st.sampled_from(["", "", "contacted", "interested", "trial", "won"]),
})  # fmt: skip
reviews = st.fixed_dictionaries({"agent_id": somebody, "score_bp": points, "auto_fail": truth, "final": truth, "reviewed_at": moments})
exams = st.fixed_dictionaries({"agent_id": somebody, "taken_at": moments, "score_bp": points})


@st.composite
def surveys(draw: st.DrawFn) -> dict[str, str]:
    """One answer within the range of its kind."""
    kind, low, high = draw(st.sampled_from([("csat", 1, 5), ("nps", 0, 10), ("ces", 1, 7)]))
    score = draw(st.integers(low, high).map(str) | st.just(""))
    return {"agent_id": draw(somebody), "kind": kind, "score": score, "answered_at": draw(moments)}


@st.composite
def tickets(draw: st.DrawFn) -> dict[str, str]:
    """One ticket; it is not done before it is opened."""
    opened = at(draw(days), draw(clock))
    due = opened + timedelta(days=draw(st.sampled_from([0, 1, 30])))
    done = opened + timedelta(days=draw(st.sampled_from([0, 1, 2, 30])))
    due_at = draw(st.sampled_from([written(due, False), written(due, True), ""]))
    done_at = draw(st.sampled_from([written(done, False), written(done, True), ""]))
    return {
        "agent_id": draw(somebody), "customer_id": draw(st.sampled_from(CUSTOMERS)),
        "opened_at": draw(st.sampled_from([written(opened, False), written(opened, True), *([""] if due_at or done_at else [])])),
        "due_at": due_at, "done_at": done_at,
        "status": draw(st.sampled_from(["done", "done", "", "open", "cancelled"])), "reopened": draw(truth),
    }  # fmt: skip


@st.composite
def workdays(draw: st.DrawFn) -> Rows:
    """Some days of some agents, one row each."""
    rows = []
    for agent_id, day in sorted(draw(st.sets(st.tuples(st.sampled_from([*AGENTS, STRANGER]), days), max_size=12))):
        rows.append({
            "agent_id": agent_id, "date": day.isoformat(), "scheduled_s": draw(st.sampled_from(["28800", "14400", "0", ""])),
            "worked_s": draw(st.sampled_from(["14400", "28800", "30000", "0", ""])), "pause_s": draw(st.sampled_from(["1800", "0", ""])),
            "leave": draw(st.sampled_from(["", "none", "none", "annual", "sick", "maternity", "holiday", "unpaid"])),
        })  # fmt: skip
    return rows


@st.composite
def folders(draw: st.DrawFn) -> Folder:
    """A whole data folder."""
    return {
        "agents": draw(agents()),
        "calls": numbered("call", draw(st.lists(calls(), min_size=8, max_size=24))),
        "orders": numbered("order", draw(st.lists(orders, min_size=5, max_size=16))),
        "leads": numbered("lead", draw(st.lists(leads, min_size=2, max_size=8))),
        "tickets": numbered("ticket", draw(st.lists(tickets(), min_size=2, max_size=8))),
        "surveys": numbered("survey", draw(st.lists(surveys(), min_size=2, max_size=10))),
        "reviews": numbered("review", draw(st.lists(reviews, min_size=2, max_size=8))),
        "exams": numbered("exam", draw(st.lists(exams, max_size=5))),
        "workdays": draw(workdays()),
    }


@st.composite
def changing_folders(draw: st.DrawFn) -> tuple[Folder, Folder]:
    """A folder and what it looks like later: other orders, a few more calls."""
    before = draw(folders())
    after = {**before, "orders": numbered("order", draw(st.lists(orders, max_size=12)))}
    return before, after


# --- plans -------------------------------------------------------------------------------------------------------------

SCALES: dict[str, dict[str, Any]] = {
    "standard": {"mode": "linear", "points": [["70%", "0%"], ["100%", "100%"], ["120%", "150%"]]},
    "steps": {"mode": "step", "points": [["0%", "0%"], ["80%", "50%"], ["100%", "100%"], ["110%", "120%"]]},
    "gentle": {"mode": "linear", "points": [["0%", "7%"], ["33.3%", "50%"], ["250%", "199.5%"]]},
    "one": {"mode": "step", "points": [["10%", "33.3%"]]},
    "below": {"mode": "linear", "points": [["0", "0.3"], ["1", "1"]]},
}
COUNTS = {
    "revenue": ["1000000", "30_000_000", "77777777"], "orders": ["1", "2", "7"], "opportunities": ["1", "3"],
    "successful_calls": ["1", "2"], "calls_out": ["2", "5"], "calls_in": ["2", "5"], "calls_answered": ["3"],
    "calls_missed": ["0", "1", "2"], "talk_time": ["60", "601"], "talk_time_out": ["60"], "talk_time_in": ["45.5"],
    "customers_reached": ["1", "2"], "tickets_done": ["1", "2"], "tickets_overdue": ["0", "1", "3"], "call_charge": ["0", "500", "2000"],
}  # fmt: skip
AVERAGES = {
    "average_order_value": ["1000000", "3333333"], "average_talk_time": ["30", "61"], "average_handle_time": ["60", "360"],
    "csat": ["4", "4.5"], "ces": ["5"], "cost_per_order": ["0", "700"],
}  # fmt: skip
RATIOS = [
    "close_rate", "conversion_rate", "interest_kept_rate", "connect_rate", "service_level", "abandon_rate", "nps", "quality_score",
    "first_contact_resolution", "on_time_rate", "defect_rate", "exam_score", "occupancy", "adherence",
]  # fmt: skip
MONTHLY = ["revenue_growth_mom", "revenue_growth_yoy", "repeat_customer_rate"]
MONEY = ["revenue", "average_order_value", "call_charge", "cost_per_order"]
FORMULAS = [
    "500000 if orders >= 2 else 0", "revenue * 1.5% + orders * 20000", "revenue / calls_answered", "min(revenue * 10%, 50_000)",
    "round(talk_time / average_talk_time / 2) * 1000", "csat * 10000 if orders >= 1 else 0", "0 - orders * 12345",
    "100 if orders >= 1 and csat >= 4 else 200", "100 if not close_rate > 20% or orders == 2 else 1 / 2",
    "abs(revenue - 3000000) / 3", "max(orders, calls_out, 3) * 333.5", "-1.5 * calls_out", "average_order_value / 7",
    "service_level * 100000", "1000 / (orders - 1)",
]  # fmt: skip


@st.composite
def some_of(draw: st.DrawFn, names: list[str], most: int) -> list[str]:
    """One to ``most`` different names, all equally likely (hypothesis prefers the first of a list)."""
    return random.Random(draw(st.integers(0, 2**32))).sample(names, draw(st.integers(1, most)))


@st.composite
def items(draw: st.DrawFn, kind: str, ways: list[str], per_agent: dict[tuple[str, str], str]) -> list[dict[str, Any]]:
    """One to six items whose weights sum to 100."""
    names = [*COUNTS, *AVERAGES, *RATIOS, *(MONTHLY if kind == "month" else [])]
    chosen = draw(some_of(names, 6))
    cuts = sorted(draw(st.sets(st.integers(1, 99), min_size=len(chosen) - 1, max_size=len(chosen) - 1)))
    weights = [high - low for low, high in zip([0, *cuts], [*cuts, 100], strict=True)]
    return [draw(item(metric, weight, ways, per_agent)) for metric, weight in zip(chosen, weights, strict=True)]


@st.composite
def item(draw: st.DrawFn, metric: str, weight: int, ways: list[str], per_agent: dict[tuple[str, str], str]) -> dict[str, Any]:
    """One item; only what it says is in it."""
    found: dict[str, Any] = {"metric": metric, "weight": str(weight), "scale": draw(st.sampled_from(sorted(SCALES)))}
    values = {**COUNTS, **AVERAGES}.get(metric, ["5%", "50%", "33.3%", "100%"])
    found["target"] = draw(st.sampled_from(values))
    if found["target"] == "0" and draw(st.integers(0, 3)):
        found["target"] = "1"
    way = draw(st.sampled_from(ways))
    if way == "per_agent":
        found["target"] = {"per_agent": "targets.csv"}
        per_agent.update({(agent_id, metric): draw(st.sampled_from([value for value in values if value != "0"])) for agent_id in AGENTS})
    elif way == "ability":
        found["target"] = {"ability": draw(st.sampled_from(["0.40", "0.5", "0.75"]))}
    if draw(st.booleans()):
        found["min_sample"] = draw(st.sampled_from(["1", "2", "3"]))
    if draw(st.booleans()):
        found["unmeasured"] = draw(st.sampled_from(["redistribute", "neutral", "zero"]))
    if draw(st.integers(0, 2)) == 0:
        found["of"] = draw(st.sampled_from(["own", "team", "company"]))
    if found["target"] != "0" and draw(st.integers(0, 5)) == 0:
        found["direction"] = draw(st.sampled_from(["lower", "higher"]))
    if metric == "successful_calls" and draw(st.booleans()):
        found["settings"] = {"min_talk_s": draw(st.sampled_from(["0", "20", "60"])), "min_fields": draw(st.sampled_from(["0", "2"]))}
    return found


@st.composite
def gates(draw: st.DrawFn) -> dict[str, str]:
    """One gate on any metric."""
    metric = draw(some_of([*COUNTS, *AVERAGES, *RATIOS], 1))[0]
    bound = draw(st.sampled_from(["0%", "50%", "100%"] if metric in RATIOS else ["0", "1", "3", "60"]))
    comparison = draw(st.sampled_from([">=", "<=", ">", "<", "=="]))
    found = {"when": f"{metric} {comparison} {bound}", "otherwise": draw(st.sampled_from(["0%", "33.3%", "50%", "100%"]))}
    if draw(st.booleans()):
        found["min_sample"] = draw(st.sampled_from(["1", "2", "3"]))
    return found


@st.composite
def commissions(draw: st.DrawFn) -> dict[str, Any]:
    """Tiers over a figure in đồng."""
    starts = sorted(draw(st.sets(st.sampled_from([0, 1, 500, 1_000_000, 3_333_333, 100_000_000]), min_size=1, max_size=3)))
    rates = ["1%", "0.5%", "2.25%", "10%", "0%"]
    found: dict[str, Any] = {
        "on": draw(st.sampled_from(["revenue", *MONEY])), "mode": draw(st.sampled_from(["marginal", "whole"])),
        "tiers": [[str(start), draw(st.sampled_from(rates))] for start in starts],
    }  # fmt: skip
    if draw(st.booleans()):
        found["gated"] = draw(st.sampled_from(["true", "false"]))
    return found


@st.composite
def prorations(draw: st.DrawFn) -> dict[str, Any]:
    """Some of the settings of proration."""
    leaves = st.lists(st.sampled_from(["holiday", "annual", "sick", "maternity", "unpaid"]), unique=True)
    dates = ["2026-10-02", "2026-10-05", "2026-10-29", "2026-10-31", "2026-11-02", "2026-12-15"]
    calendar = st.sampled_from(["mon-sat", "mon-fri", "roster", dates])
    every: dict[str, st.SearchStrategy[Any]] = {
        "targets": leaves, "bonus": leaves, "joins": st.sampled_from(["true", "false"]), "calendar": calendar,
        "absent": st.sampled_from(["zero", "neutral"]),
    }  # fmt: skip
    return {name: draw(value) for name, value in every.items() if draw(st.booleans())}


@st.composite
def plans(
    draw: st.DrawFn, kind: str | None = None, ways: tuple[str, ...] = ("per_agent", "ability")
) -> tuple[dict[str, Any], str, dict[str, str]]:
    """A plan, one of its periods, and the files beside it. ``ways``: what a target may be besides a number."""
    kind = kind or draw(st.sampled_from(["month", "month", "month", "quarter", "week"]))
    per_agent: dict[tuple[str, str], str] = {}
    plan: dict[str, Any] = {
        "plan": "generated", "title": "Generated", "period": kind, "starts": LIFETIMES[kind][0], "ends": LIFETIMES[kind][1],
        "announced": "2026-08-01", "supervisor": "lan", "goal": "grow",
        "bonus_vnd": draw(st.sampled_from(["0", "6000000", "1000001", "101"])),
        "items": draw(items(kind, ["number"] * 12 + list(ways), per_agent)), "scales": SCALES,
    }  # fmt: skip
    plan |= draw(st.sampled_from([{"role": "telesale"}, {"role": "telesale"}, {"role": "lead"}, {"team": ["t1"]}, {"team": ["t1", "t2"]}]))
    if draw(st.booleans()):
        plan["gates"] = draw(st.lists(gates(), min_size=1, max_size=3))
    if draw(st.booleans()):
        plan["commission"] = draw(st.lists(commissions(), min_size=1, max_size=2))
    if draw(st.booleans()):
        formulas = draw(st.lists(st.sampled_from(FORMULAS), min_size=1, max_size=3))
        plan["lines"] = [{"name": f"n{place}", "formula": text, **draw(st.sampled_from([{}, {"gated": "true"}]))}
                         for place, text in enumerate(formulas)]  # fmt: skip
    if draw(st.integers(0, 2)) == 0:
        by = draw(some_of([*COUNTS, *RATIOS], 1))[0]
        plan["pool"] = {"vnd": draw(st.sampled_from(["1", "100", "20000000"])), "by": by}
    if draw(st.booleans()):
        plan["proration"] = draw(prorations())
    if draw(st.booleans()):
        plan["min_measured_weight"] = draw(st.sampled_from(["1", "30", "70", "100"]))
    if draw(st.booleans()):
        plan["rounding"] = {"unit_vnd": draw(st.sampled_from(["1", "100", "1000"]))}
    rows = [f"{agent_id},{metric},{target}" for (agent_id, metric), target in per_agent.items()]
    files = {"targets.csv": "\n".join(["agent_id,metric,target", *rows, ""])} if per_agent else {}
    return plan, draw(st.sampled_from(PERIODS[kind])), files
