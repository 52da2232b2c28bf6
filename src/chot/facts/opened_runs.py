"""Opening the run to explain, on today's facts or on the frozen ones, with the closed runs behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from chot.core.periods import Period
from chot.facts import runs
from chot.facts.access import OpenFacts, open_facts
from chot.facts.runs import Archive
from chot.kpi.explanation import Opened
from chot.kpi.plan import Plan
from chot.kpi.run import Run, compute


@contextmanager
def open_run(archive: Archive, facts: OpenFacts, plan: Plan, period: Period) -> Iterator[Opened]:
    """The run to explain: on its frozen facts when the period is closed, else on today's."""
    with ExitStack() as stack:
        found = archive.find(plan.id, period)
        if found:
            yield _frozen(archive, facts.engine_name, stack, found["run_id"])
            return
        run, run_id = runs.current(archive, plan, period, facts)
        yield Opened(
            run=run, run_id=run_id, facts=facts, timezone=facts.dataset.timezone,
            history=archive.history(period), frozen=partial(_frozen, archive, facts.engine_name, stack),
        )  # fmt: skip


@contextmanager
def open_computed(archive: Archive, facts: OpenFacts, run: Run, run_id: str, *, history: bool) -> Iterator[Opened]:
    """A run of a period that goes on, with the facts that it was computed on, and with closed runs behind it if ``history``."""
    with ExitStack() as stack:
        yield Opened(
            run=run, run_id=run_id, facts=facts, timezone=facts.dataset.timezone, history=archive.history(run.period) if history else (),
            frozen=partial(_frozen, archive, facts.engine_name, stack),
        )  # fmt: skip


def _frozen(archive: Archive, engine: str, stack: ExitStack, run_id: str) -> Opened:
    """A closed run, computed again on its frozen facts."""
    closed = archive.load(run_id)
    manifest = next(each for each in archive.manifests if each["run_id"] == run_id)
    facts = open_facts(archive.folder(run_id) / "facts", engine=engine)
    stack.callback(facts.close)
    facts.warnings = manifest["warnings"]
    history = [archive.load(each) for each in manifest["settles"]]
    run = compute(closed.plan, closed.period, facts, closed=history, targets=closed.targets)
    return Opened(
        run=run, run_id=run_id, facts=facts, closed=True, timezone=facts.dataset.timezone, history=history,
        frozen=partial(_frozen, archive, engine, stack),
    )  # fmt: skip
