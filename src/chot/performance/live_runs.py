"""Runs that follow the facts: the periods of today within seconds, older open ones when they are touched."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from django.conf import settings

from chot.core import clock
from chot.core.errors import InputError
from chot.facts.folder import Dataset
from chot.feed.actions import tell
from chot.feed.models import LiveState
from chot.kpi.plan import Plan
from chot.kpi.windows import months_needed
from chot.performance import queries_pace
from chot.performance.actions import compute_run
from chot.performance.actions_uploads import ask, paid_periods
from chot.performance.models import PlanVersion
from chot.performance.workplace import Workplace, read_plan, workplace


def follow() -> list[int]:
    """Compute the runs of today's periods whose facts have changed; the runs that were computed, each told on the channel."""
    computed = []
    for saved, period, state in _stale(today=True):
        try:
            run = compute_run(saved, period)
            queries_pace.prepare(run)
        except InputError:  # a plan that lacks something says so on its own page
            continue
        finally:
            _remember(saved, period, state)
        tell("run", run.pk)
        computed.append(run.pk)
    return computed


def begin() -> None:
    """Right after the first runs were computed: they rest on the facts as they are."""
    if LiveState.objects.exists():
        return
    for saved, period, state in [*_stale(today=True), *_stale(today=False)]:
        if saved.runs.filter(period=period).exists():
            _remember(saved, period, state)


def follow_older() -> int:
    """Ask the worker for the runs of other open periods whose facts have changed; how many."""
    asked = 0
    for saved, period, state in _stale(today=False):
        asked += ask("compute", plan=saved.pk, period=period)
        _remember(saved, period, state)
    return asked


def _stale(*, today: bool) -> list[tuple[PlanVersion, str, str]]:
    """Open periods (of today, or all others) of announced plans whose facts are not those of their latest run."""
    known = {(each.plan_version, each.period): each.facts for each in LiveState.objects.all()}
    found = []
    with workplace() as work:
        closed = {(each["plan"], each["period"]) for each in work.archive.manifests}
        for saved in PlanVersion.objects.filter(state=PlanVersion.State.ANNOUNCED).order_by("pk"):
            plan = read_plan(saved.text)
            for name in paid_periods(saved):
                if (saved.plan_id, name) in closed or (clock.today() in plan.period_of(name)) != today:
                    continue
                state = _state(plan, name, work)
                if known.get((saved.pk, name)) != state:
                    found.append((saved, name, state))
    return found


def _state(plan: Plan, name: str, work: Workplace) -> str:
    """What the run rests on: the files of the months that it reads, closed runs (guarantees, corrections), and for today's period the
    day of its outlook and the program, of which another version reads nothing of what this one keeps beside the run.
    """
    period = plan.period_of(name)
    needed = months_needed([(plan, period)], work.facts)
    day = f"{clock.today()} {settings.CACHES['default']['KEY_PREFIX']}" if clock.today() in period else ""
    closed = [each["run_id"] for each in work.archive.manifests]
    return hashlib.sha256(repr([plan.version, day, _files(work.facts.dataset, needed), closed]).encode()).hexdigest()


def _files(dataset: Dataset, needed: Mapping[str, Sequence[str] | None]) -> list[object]:
    found: list[object] = []
    for table, months in sorted({"agents": None, **needed}.items()):
        known = dataset.manifests.get(table)
        if known is not None:
            found.append([table, [part.sha256 for part in known.files if months is None or part.month in months]])
        elif (path := dataset.folder / f"{table}.csv").is_file():
            found.append([table, path.stat().st_mtime_ns, path.stat().st_size])
    return found


def _remember(saved: PlanVersion, period: str, state: str) -> None:
    LiveState.objects.update_or_create(plan_version=saved.pk, period=period, defaults={"facts": state, "at": clock.now()})
