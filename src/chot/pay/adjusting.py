"""What an adjustment may do: never more taken back than was paid, never more than the law lets, never a pay below 0."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from chot.pay.models import PayAdjustment, PayEntry, PayRun
from chot.pay.run_states import refusal
from chot.people.templatetags.figures import vnd
from chot.performance.models import Result

State, Kind = PayAdjustment.State, PayAdjustment.Kind
COUNTING = (State.PROPOSED, State.APPROVED)
NET_SHARE_PERCENT = 30
"""Of a month's net pay, so much may be deducted for damaged property (Labour Code 2019, Art. 102)."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """An adjustment as somebody wants it; ``amount_vnd`` is signed, ``corrects`` and ``line`` are of a commission taken back."""

    agent_id: str
    kind: str
    amount_vnd: int
    reason: str
    corrects: PayRun | None = None
    line: str = ""
    net_pay_vnd: int | None = None


def check(run: PayRun, wanted: Proposal, *, but: int = 0) -> None:
    """Raises ``InputError`` when the adjustment may not be made; ``but`` is the adjustment that it is itself."""
    others = run.adjustments.filter(state__in=COUNTING).exclude(pk=but)
    if wanted.kind == Kind.CLAW_BACK:
        _check_claw_back(run, wanted, but)
    if wanted.kind == Kind.DAMAGE:
        _check_damage(wanted, others)
    mine = others.filter(agent_id=wanted.agent_id).aggregate(total=Sum("amount_vnd"))["total"] or 0
    pay = variable_pay(run, [wanted.agent_id]).get(wanted.agent_id, 0)
    if wanted.amount_vnd < 0 and pay + mine + wanted.amount_vnd < 0:
        raise refusal(
            _("Variable pay of this period would be %(pay)s, and base pay is never reduced") % {"pay": vnd(pay + mine + wanted.amount_vnd)},
            _("Take at most %(most)s, and the rest with a later period.") % {"most": vnd(max(pay + mine, 0))},
        )


def _check_claw_back(run: PayRun, wanted: Proposal, but: int) -> None:
    """Only a commission of a closed run, and no more of it than is still paid."""
    if wanted.corrects is None or not wanted.line.startswith("commission:"):
        raise refusal(_("Only a commission of a closed run is taken back"), _("Choose the line that it corrects."))
    paid = commission_paid(run, wanted.agent_id, but=but).get((wanted.corrects.pk, wanted.line), 0)
    if -wanted.amount_vnd > paid:
        raise refusal(_("Of this commission %(paid)s is still paid, so no more can be taken back") % {"paid": vnd(paid)})


def _check_damage(wanted: Proposal, others: Any) -> None:
    """At most 30 % of the month's net pay, all deductions of the run together."""
    if not wanted.net_pay_vnd:
        raise refusal(_("A deduction for damage needs the net pay of the month"), _("It is what is left after insurance and income tax."))
    taken = others.filter(agent_id=wanted.agent_id, kind=Kind.DAMAGE).aggregate(total=Sum("amount_vnd"))["total"] or 0
    most = wanted.net_pay_vnd * NET_SHARE_PERCENT // 100
    if -(taken + wanted.amount_vnd) > most:
        raise refusal(
            _("%(taken)s is more than 30 %% of the net pay, %(most)s (Labour Code 2019, Art. 102)")
            % {"taken": vnd(-(taken + wanted.amount_vnd)), "most": vnd(most)},
            _("Deduct at most %(most)s now, and the rest with later periods.") % {"most": vnd(max(most + taken, 0))},
        )


def variable_pay(run: PayRun, agents: Iterable[str] | None = None) -> dict[str, int]:
    """The KPI document's variable pay by agent: as closed, else as last computed."""
    rows = (
        PayEntry.objects.filter(run=run)
        if run.state == PayRun.State.CLOSED
        else Result.objects.filter(run__plan=run.plan_id, run__period=run.period)
    )
    rows = rows if agents is None else rows.filter(agent_id__in=list(agents))
    return dict(rows.order_by().values_list("agent_id", "variable_vnd"))


def commission_paid(run: PayRun, agent_id: str, *, but: int = 0) -> dict[tuple[int, str], int]:
    """What is still paid of each commission line of closed runs, of whatever plan: by closed run and line, only what is above 0."""
    return {key: amount for key, amount in _commission_left(run, agent_id, but=but).items() if amount > 0}


def _commission_left(run: PayRun, agent_id: str, *, but: int = 0) -> dict[tuple[int, str], int]:
    """The same; below 0 where late facts and people took back the same commission."""
    entries = list(
        PayEntry.objects.filter(run__state=PayRun.State.CLOSED, agent_id=agent_id)
        .exclude(run=run).select_related("run__plan").order_by("-run__period", "-pk")
    )  # fmt: skip
    found: dict[tuple[int, str], int] = defaultdict(int)
    for entry in entries:
        for line in entry.lines:
            if line["kind"] == "commission":
                found[entry.run_id, line["id"]] += line["amount_vnd"]
    by_name = {entry.run.run_id: entry.run_id for entry in entries}
    plans = {entry.run.plan.plan_id for entry in entries}
    settling = Q(run__plan=run.plan_id) | Q(run__plan__plan_id__in=plans - {run.plan.plan_id})
    now = Result.objects.filter(settling, run__period=run.period, agent_id=agent_id).values_list("lines", flat=True)
    for lines in [*(entry.lines for entry in entries), *now]:
        _settle(found, by_name, lines)
    taken = PayAdjustment.objects.filter(agent_id=agent_id, kind=Kind.CLAW_BACK, state__in=COUNTING).exclude(pk=but)
    for corrects, line, amount in taken.values_list("corrects", "corrects_line", "amount_vnd"):
        if (corrects, line) in found:
            found[corrects, line] += amount
    return found


def _settle(found: dict[tuple[int, str], int], by_name: Mapping[str, int], lines: Iterable[Mapping[str, Any]]) -> None:
    """Add the automatic adjustments of those commissions."""
    for line in lines:
        corrects = line.get("corrects") or {}
        key = (by_name.get(corrects.get("run_id", ""), 0), corrects.get("line", ""))
        if key in found:
            found[key] += line["amount_vnd"]


def _taken_twice(run: PayRun, made: PayAdjustment) -> bool:
    return _commission_left(run, made.agent_id).get((made.corrects_id or 0, made.corrects_line), 0) < 0


def check_closable(run: PayRun) -> None:
    """Raises ``InputError`` while an adjustment waits for its second person, or takes somebody's pay below 0."""
    if run.adjustments.filter(state=State.PROPOSED).exists():
        raise refusal(_("Adjustments wait for approval"), _("Somebody other than the proposer approves or refuses each of them first."))
    claws = run.adjustments.filter(state=State.APPROVED, kind=Kind.CLAW_BACK)
    twice = sorted({each.agent_id for each in claws if _taken_twice(run, each)})
    if twice:
        raise refusal(
            _("Late facts take back a commission of %(agents)s that an adjustment takes back already") % {"agents": ", ".join(twice)},
            _("Withdraw the adjustment."),
        )
    pay, sums = variable_pay(run), dict[str, int]()
    for agent_id, amount in run.adjustments.filter(state=State.APPROVED).values_list("agent_id", "amount_vnd"):
        sums[agent_id] = sums.get(agent_id, 0) + amount
    below = sorted(agent_id for agent_id, amount in sums.items() if amount < 0 and pay.get(agent_id, 0) + amount < 0)
    if below:
        raise refusal(
            _("Adjustments take more than the variable pay of %(agents)s, and base pay is never reduced") % {"agents": ", ".join(below)},
            _("Withdraw them and propose smaller ones; the rest comes with a later period."),
        )
