"""Runs of periods that go on, held with their facts: statements open from them while newer facts come in.

A new call makes another run; computing the month again for whoever opens a statement costs seconds. So whoever computes a run holds
its facts (``facts.held``) and keeps what was computed, and a statement of today's period is of the run that the other pages show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.cache import caches

from chot.core import clock
from chot.core.periods import parse
from chot.facts import held
from chot.facts.access import OpenFacts
from chot.facts.opened_runs import open_computed
from chot.facts.runs import Archive
from chot.kpi import explain as explaining
from chot.kpi.explanation import Opened
from chot.kpi.explanation_json import document as explanation_document
from chot.kpi.measures import Measured
from chot.kpi.run import ENGINE_VERSION, compute
from chot.kpi.run import Run as Computed
from chot.performance.models import Result, Run
from chot.performance.workplace import Workplace, data_folder, read_plan

_REMEMBERED_S = 24 * 3600
_Kept = tuple[Computed, dict[object, Measured]]


def hold(opened: Opened, work: Workplace) -> None:
    """Hold a run of a period that goes on: from now on ``document`` opens its statements."""
    if clock.today() in opened.run.period and held.hold(work.facts.dataset, opened.run_id):
        _keep(opened)


def let_go() -> None:
    """Let go of runs that newer ones replaced, and of those whose period is over."""
    today = clock.today()
    held.let_go(data_folder(), {run_id for run_id, period in Run.objects.values_list("run_id", "period") if today in parse(period)})


def document(result: Result, line_id: str = "") -> Mapping[str, Any] | None:
    """The agent's statement of a run that is held: all lines without rows, or one line with its rows; None when it is not held."""
    run, kinds = result.run, {line["kind"] for line in result.lines}
    archive = Archive(data_folder() / "runs")
    period = parse(run.period)
    if clock.today() not in period or archive.find(run.plan.plan_id, period):
        return None
    with held.open_held(data_folder(), run.run_id) as facts:
        if facts is None:
            return None
        computed, counted = _computed(run, archive, facts)
        place = computed.place(result.agent_id)
        if place is None or [line.document() for line in computed.lines[place]] != result.lines:  # metrics.yaml has changed since
            return None
        with open_computed(archive, facts, computed, run.run_id, history=bool(kinds & {"adjust", "guarantee"})) as opened:
            opened.counted.update(counted)
            return explanation_document(
                explaining.explain(opened, agent_id=result.agent_id, line_id=line_id or None, rows=bool(line_id))
            )  # fmt: skip


def _computed(run: Run, archive: Archive, facts: OpenFacts) -> _Kept:
    """What was computed: as it was kept, else once more on the same facts."""
    kept: _Kept | None = caches["runs"].get(_key(run.run_id))
    if kept is None:
        period = parse(run.period)
        computed = compute(read_plan(run.plan.text), period, facts, closed=archive.history(period))
        kept = _keep(Opened(run=computed, run_id=run.run_id, facts=facts))
    return kept


def _keep(opened: Opened) -> _Kept:
    explaining.count(opened)
    kept = opened.run, opened.counted
    caches["runs"].set(_key(opened.run_id), kept, _REMEMBERED_S)
    return kept


def _key(run_id: str) -> str:
    return f"run:{run_id}:{ENGINE_VERSION}"
