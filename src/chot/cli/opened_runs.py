"""Opening the run to explain, on today's facts or on the frozen ones, with the closed runs behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from chot.cli.opening import Workspace
from chot.core.periods import Period
from chot.facts import runs
from chot.facts.access import open_facts
from chot.kpi.explanation import Opened
from chot.kpi.plan import Plan
from chot.kpi.run import compute


@contextmanager
def open_run(work: Workspace, plan: Plan, period: Period) -> Iterator[Opened]:
    """The run to explain: on its frozen facts when the period is closed, else on today's."""
    with ExitStack() as stack:
        found = work.archive.find(plan.id, period)
        if found:
            yield _frozen(work, stack, found["run_id"])
            return
        run, run_id = runs.current(work.archive, plan, period, work.facts)
        yield Opened(
            run=run, run_id=run_id, facts=work.facts, timezone=work.facts.dataset.timezone,
            history=work.archive.history(period), frozen=partial(_frozen, work, stack),
        )  # fmt: skip


def _frozen(work: Workspace, stack: ExitStack, run_id: str) -> Opened:
    """A closed run, computed again on its frozen facts."""
    closed = work.archive.load(run_id)
    manifest = next(each for each in work.archive.manifests if each["run_id"] == run_id)
    facts = open_facts(work.archive.folder(run_id) / "facts", engine=work.facts.engine_name)
    stack.callback(facts.close)
    facts.warnings = manifest["warnings"]
    history = [work.archive.load(each) for each in manifest["settles"]]
    run = compute(closed.plan, closed.period, facts, closed=history, targets=closed.targets)
    return Opened(
        run=run, run_id=run_id, facts=facts, closed=True, timezone=facts.dataset.timezone, history=history,
        frozen=partial(_frozen, work, stack),
    )  # fmt: skip
