"""What the guards find in a plan, its replay over past periods, and an agent's own example; kept until past facts or plans change."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from chot.core import clock
from chot.core.periods import Period
from chot.kpi import backtest as testing
from chot.kpi import checks
from chot.kpi.findings import Thresholds, load_thresholds
from chot.kpi.history import past_periods, replays
from chot.kpi.pay import metrics_read
from chot.kpi.plan import Plan
from chot.kpi.run import document
from chot.kpi.values import measures_of
from chot.performance.fact_states import FactState, facts_now
from chot.performance.models import Acknowledgement, PlanVersion
from chot.performance.queries import opened_plan
from chot.performance.queries_records import consultations
from chot.performance.workplace import Workplace, data_folder, workplace

_KEPT = "guards"  # a folder below VAR; whatever is in it can be computed again
ALONE = ("example", "targets", "review")  # results that no other plan has a part in
_LONGEST = 24  # past periods, more than any result looks at
Make = Callable[[Workplace], Any]


@dataclass(frozen=True, kw_only=True)
class Stand:
    """What results depend on beside the plan: the facts, files beside them (of people, and closed runs), the announced plans, who
    acknowledged each, and when they were discussed.
    """

    facts: FactState
    files: Sequence[tuple[str, int]]
    announced: Sequence[Plan]
    acknowledged: Mapping[tuple[str, str], Sequence[str]]
    consulted: Mapping[str, date]


def stand() -> Stand:
    """How things stand now, in three queries."""
    folder, state = data_folder(), PlanVersion.State.ANNOUNCED
    paths = sorted([*folder.glob("*.csv"), *folder.glob("*.yaml"), *folder.glob("runs/*")])
    announced = _announced()
    given = Acknowledgement.objects.filter(plan__state=state, state=Acknowledgement.State.AGREED).order_by("agent_id")
    acknowledged: dict[tuple[str, str], list[str]] = {(each.id, each.version): [] for each in announced}
    for plan_id, version, agent_id in given.values_list("plan__plan_id", "plan__version", "agent_id"):
        acknowledged[plan_id, version].append(agent_id)
    return Stand(
        facts=facts_now(), files=[(str(path), path.stat().st_mtime_ns) for path in paths], announced=announced,
        acknowledged=acknowledged, consulted=consultations(),
    )  # fmt: skip


def findings(plan: Plan) -> list[dict[str, Any]]:
    """Every finding about the plan beside the company's other announced plans, the gravest first."""
    now = stand()
    return list(_kept("findings", plan, now, partial(_findings, plan, now)))


def known_findings(plan: Plan, now: Stand) -> list[dict[str, Any]] | None:
    """The findings when they were computed before and nothing has changed since; None when not."""
    found: list[dict[str, Any]] | None = _read(_place("findings", plan, now))
    return found


def counts(found: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many findings of each severity.

    >>> counts([{"severity": "error"}, {"severity": "note"}, {"severity": "error"}])
    {'error': 2, 'warning': 0, 'note': 1}
    """
    return {severity: sum(each["severity"] == severity for each in found) for severity in ("error", "warning", "note")}


def backtest(plan: Plan, periods: int) -> dict[str, Any]:
    """The plan replayed over its last periods, against closed runs or the plan that it follows."""
    return dict(_kept(f"backtest-{periods}", plan, stand(), partial(_backtest, plan, periods)))


def example(plan: Plan, agent_id: str) -> dict[str, Any] | None:
    """What the plan would have paid the agent in the last period before it starts; None when nothing is known."""
    doc = _kept("example", plan, stand(), partial(_example, plan))
    entry = next((each for each in doc["agents"] if each["agent_id"] == agent_id), None) if doc else None
    return {"period": doc["period"], **entry} if entry else None


def predecessor(plan: Plan) -> Plan | None:
    """The announced plan that people are paid by until this one starts: an earlier version, or one for the same people."""
    others = [each for each in _announced() if each.version != plan.version]
    same = next((each for each in others if each.id == plan.id), None)
    if same:
        return same
    shared = [each for each in others if set(each.roles) & set(plan.roles) or set(each.teams) & set(plan.teams)]
    return max((each for each in shared if each.starts < plan.starts), key=lambda each: each.starts, default=None)


def _announced() -> list[Plan]:
    texts = PlanVersion.objects.filter(state=PlanVersion.State.ANNOUNCED).order_by("plan_id").values_list("text", flat=True)
    return [opened_plan(text) for text in texts]


def _findings(plan: Plan, now: Stand, work: Workplace) -> list[dict[str, Any]]:
    before = predecessor(plan)
    left_out = {plan.id, before.id if before else ""}
    records = checks.load_records(work.folder / "records.yaml", plan.id)
    found = checks.check(
        plan, work.facts, others=[each for each in _announced() if each.id not in left_out], closed=work.archive.closed, against=before,
        records=replace(
            records, acknowledged=now.acknowledged.get((plan.id, plan.version), records.acknowledged),
            consulted=now.consulted.get(plan.id, records.consulted),
        ),
        limits=limits(work), today=clock.today(),
    )  # fmt: skip
    return [each.document() for each in found]


def limits(work: Workplace) -> Thresholds:
    """The company's own thresholds."""
    return load_thresholds(work.folder / "guards.yaml")


def _backtest(plan: Plan, periods: int, work: Workplace) -> dict[str, Any]:
    before = predecessor(plan)
    result = testing.backtest(plan, work.facts, periods=periods, closed=work.archive.closed, against=before)
    doc = testing.document(result, checks.history_findings(result, limits(work)))
    return {**doc, "against": (before.title or before.id) if before else ""}


def _example(plan: Plan, work: Workplace) -> dict[str, Any]:
    runs = replays(plan, work.facts, past_periods(plan, work.facts, 1))
    return document(runs[-1], "") if runs else {}


def kept(
    what: str, plan: Plan, make: Callable[[Plan, Workplace], Any], now: Stand | None = None, *, periods: Sequence[Period] | None = None
) -> Any:  # fmt: skip
    """Whatever ``make`` computes from the plan and the facts of ``periods`` (the plan's past ones), kept until one of them changes.

    ``now`` is how they stand, if it is known.
    """
    return _kept(what, plan, now or stand(), partial(make, plan), periods)


def _kept(what: str, plan: Plan, now: Stand, make: Make, periods: Sequence[Period] | None = None) -> Any:
    place = _place(what, plan, now, periods)
    found = _read(place)
    if found is None:
        with workplace() as work:
            found = json.loads(json.dumps(make(work), default=str))
        _write(place, found)
    return found


def _place(what: str, plan: Plan, now: Stand, periods: Sequence[Period] | None = None) -> Path:
    """Where a result is kept: another name when the plan, its past facts, closed runs or other plans are others."""
    alone = what.partition("-")[0] in ALONE
    acknowledged = now.acknowledged.get((plan.id, plan.version))
    announced = [(each.id, each.version) for each in now.announced]
    others = [] if alone else [announced, acknowledged, now.consulted.get(plan.id), str(clock.today())]
    plans = [plan] if alone else [plan, *now.announced]
    past = _past(plans, now, past_periods(plan, now.facts, _LONGEST) if periods is None else periods)
    stamp = hashlib.sha256(repr([plan.version, plan.title, past, now.files, others]).encode()).hexdigest()[:24]
    return Path(settings.VAR) / _KEPT / f"{what}-{stamp}.json"


def _past(plans: Sequence[Plan], now: Stand, periods: Sequence[Period]) -> list[str]:
    """The state of all facts up to the last period, and of what the plans' metrics look at beyond it; of everything without a period."""
    if not periods or now.facts.loose:
        return [now.facts.until("9999-12")]
    last = max(periods, key=lambda each: each.last)
    measures = measures_of([metric for plan in plans for metric in metrics_read(plan)])
    return [now.facts.until(max(last.months())), now.facts.of(measures, last)]


def _read(place: Path) -> Any:
    try:
        return json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(place: Path, found: Any) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=place.parent, suffix=".tmp", delete=False) as stream:
        json.dump(found, stream, ensure_ascii=False)
    os.replace(stream.name, place)
