"""Facts drawn at random, crowded around the edges where rules change: few ids, few moments, many empty cells."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

from chot.kpi.measures import Outside
from chot.kpi.schema import OUTCOMES, STAGES
from tests.facts.engines.dataset import HANOI

Rows = list[dict[str, str]]

_AGENTS = ("a1", "a2", "ánh", "d'Or", "e\\n", "gone")
_TEAMS = ("t1", "t2", "Đội ba")
_CUSTOMERS = ("k1", "k2", "k3", "K3", "ắ")
_MOMENT = datetime(2026, 10, 1, tzinfo=HANOI)
_EDGES = tuple(timedelta(days=days) for days in (-395, -366, -365, -92, -91, -90, -62, -61, -31, -30, -1, 0, 1, 5, 14, 29, 30, 31, 32, 60))
_TICKS = (timedelta(0), -timedelta(microseconds=1), timedelta(microseconds=1), timedelta(hours=7), timedelta(hours=-7), timedelta(hours=13))


def tables(seed: int, size: int = 120) -> dict[str, Rows]:
    """A company's tables as text cells; the same seed gives the same."""
    random = Random(seed)
    return {
        "agents": _agents(random),
        "calls": [_call(random, number) for number in range(4 * size)],
        "leads": [_lead(random, number) for number in range(size // 2)],
        "orders": [_order(random, number, 4 * size) for number in range(size)],
        "tickets": [_ticket(random, number) for number in range(size)],
        "surveys": [_survey(random, number) for number in range(size)],
        "reviews": [_review(random, number) for number in range(size // 2)],
        "exams": [_exam(random, number) for number in range(size // 4)],
        "workdays": _workdays(random),
    }


def outside(seed: int) -> tuple[Outside, ...]:
    """A few spans of days of some agents, overlapping now and then; for quote-free ids only."""
    random = Random(seed)
    spans = []
    for _ in range(random.randrange(1, 6)):
        first = date(2026, 9, 20) + timedelta(days=random.randrange(40))
        last = first + timedelta(days=random.randrange(10))
        spans.append(Outside(agent_id=random.choice(("a1", "a2", "ánh")), first=first.isoformat(), last=last.isoformat()))
    return tuple(spans)


def _moment(random: Random) -> datetime:
    if random.random() < 0.5:
        return _MOMENT + random.choice(_EDGES) + random.choice(_TICKS)
    return _MOMENT + timedelta(seconds=random.randrange(-100 * 86400, 40 * 86400))


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _some(random: Random, *values: object) -> str:
    return "" if random.random() < 0.2 else str(random.choice(values))


def _agents(random: Random) -> Rows:
    rows = []
    for agent in _AGENTS[:-1]:
        cuts = sorted({date(2026, 9, 1) + timedelta(days=random.randrange(60)) for _ in range(random.randrange(4))})
        bounds = ["", *(cut.isoformat() for cut in cuts), ""]
        for first, last in pairwise(bounds):
            if random.random() < 0.9:
                row = {"agent_id": agent, "team_id": _some(random, *_TEAMS), "role": _some(random, "telesale", "cskh")}
                rows.append(row | {"valid_from": first, "valid_to": last})
    return rows


def _call(random: Random, number: int) -> dict[str, str]:
    started = _moment(random)
    ended = started + timedelta(seconds=random.choice((0, 1, 60, 3600, 86400 * 40)))
    return {
        "call_id": f"c{number}", "agent_id": _some(random, *_AGENTS), "team_id": _some(random, *_TEAMS),
        "customer_id": _some(random, *_CUSTOMERS), "direction": random.choice(("in", "out", "out", "internal")),
        "started_at": _text(started), "ended_at": _some(random, _text(ended)),
        "outcome": random.choice((*OUTCOMES, "answered", "answered")),
        "wait_s": _some(random, 0, 5, 6, 20, 21), "talk_s": _some(random, 0, 29, 30, 31, 900), "hold_s": _some(random, 0, 7),
        "wrap_s": _some(random, 0, 11), "fields_collected": _some(random, 0, 1, 2), "charge_vnd": _some(random, 0, 350, 10**15),
        "disposition": _some(random, "interested", "callback", "refused"),
    }  # fmt: skip


def _lead(random: Random, number: int) -> dict[str, str]:
    row = {"lead_id": f"l{number}", "agent_id": random.choice(_AGENTS), "assigned_at": _text(_moment(random))}
    return row | {"stage": _some(random, *STAGES), "best_stage": _some(random, *STAGES)}


def _order(random: Random, number: int, calls: int) -> dict[str, str]:
    return {
        "order_id": f"o{number}", "agent_id": random.choice(_AGENTS), "customer_id": _some(random, *_CUSTOMERS),
        "call_id": _some(random, f"c{random.randrange(calls)}"), "ordered_at": _text(_moment(random)),
        "status": _some(random, "pending", "confirmed", "completed", "completed", "returned", "cancelled"),
        "amount_vnd": _some(random, 0, 1, 250000, 10**15, -7),
    }  # fmt: skip


def _ticket(random: Random, number: int) -> dict[str, str]:
    opened = _moment(random)
    done = opened + timedelta(seconds=random.choice((0, 1, 3600, 86400, 86400 * 20)))
    row = {"ticket_id": f"q{number}", "agent_id": random.choice(_AGENTS), "customer_id": _some(random, *_CUSTOMERS)}
    row |= {"opened_at": _some(random, _text(opened)), "done_at": _some(random, _text(done))}
    row["due_at"] = _some(random, _text(done), _text(_moment(random))) if row["opened_at"] or row["done_at"] else _text(_moment(random))
    row["reopened"] = random.choice(("", "", "true", "false"))
    return row | {"status": random.choice(("", "", "open", "done", "done", "cancelled"))}


def _survey(random: Random, number: int) -> dict[str, str]:
    row = {"survey_id": f"s{number}", "agent_id": random.choice(_AGENTS), "kind": _some(random, "csat", "nps", "ces")}
    return row | {"score": _some(random, 0, 1, 6, 7, 8, 9, 10), "answered_at": _text(_moment(random))}


def _review(random: Random, number: int) -> dict[str, str]:
    row = {"review_id": f"r{number}", "agent_id": random.choice(_AGENTS), "score_bp": _some(random, 0, 7500, 10000)}
    row |= {"auto_fail": random.choice(("", "true", "false")), "final": random.choice(("", "true", "false"))}
    return row | {"reviewed_at": _text(_moment(random))}


def _exam(random: Random, number: int) -> dict[str, str]:
    row = {"exam_id": f"e{number}", "agent_id": random.choice(_AGENTS), "taken_at": _text(_moment(random))}
    return row | {"score_bp": _some(random, 0, 1, 10000)}


def _workdays(random: Random) -> Rows:
    rows = []
    for agent in _AGENTS:
        for number in range(-3, 35):
            if random.random() < 0.5:
                row = {"agent_id": agent, "date": (_MOMENT.date() + timedelta(days=number)).isoformat()}
                row |= {"scheduled_s": _some(random, 0, 28800), "worked_s": _some(random, 0, 14400, 30000)}
                rows.append(row | {"pause_s": _some(random, 0, 600), "leave": _some(random, "none", "sick", "holiday")})
    return rows
