"""Reads: one agent's pay of the closed periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chot.pay.models import PayAdjustment, PayEntry, PayRun
from chot.pay.queries import by_kind


@dataclass(frozen=True, kw_only=True)
class Paid:
    """What a closed run paid one agent, by kind of line; ``beside`` is the adjustments beside the KPI lines."""

    run: PayRun
    kinds: dict[str, int]

    @property
    def paid_vnd(self) -> int:
        """All of it."""
        return sum(self.kinds.values())


def history(agent_id: str) -> Sequence[Paid]:
    """Every closed run that paid the agent, the latest period first, in two queries."""
    found: dict[int, Paid] = {}
    for entry in PayEntry.objects.filter(agent_id=agent_id, run__state=PayRun.State.CLOSED).select_related("run__plan"):
        found[entry.run_id] = Paid(run=entry.run, kinds=by_kind(entry.lines))
    beside = PayAdjustment.objects.filter(agent_id=agent_id, state=PayAdjustment.State.APPROVED, run__state=PayRun.State.CLOSED)
    for each in beside.select_related("run__plan"):
        paid = found.setdefault(each.run_id, Paid(run=each.run, kinds={}))
        paid.kinds["beside"] = paid.kinds.get("beside", 0) + each.amount_vnd
    return sorted(found.values(), key=lambda each: (each.run.period, each.run.pk), reverse=True)
