"""Writes: a pay run as a draft, handed over for review, sent back, given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.text import normal
from chot.pay.models import PayAdjustment, PayDraft, PayRun
from chot.pay.run_states import demand, demand_unchanged, link, locked, moved, refusal, refuse_other_versions, subject
from chot.people.actions_notifications import notify
from chot.people.audit import record
from chot.people.models import Role, User
from chot.performance import actions as performance
from chot.performance.models import PlanVersion, Run
from chot.performance.workplace import Workplace, read_plan

KEPT_DRAFTS = 12
"""So many drafts of a period stay to compare with."""

_SHOWN_REJECTS = 200
Step = Callable[[str], None]


def check_preparable(saved: PlanVersion, period_name: str) -> str:
    """The period's name. Raises ``InputError`` when it has not ended, or its pay is beyond a draft already."""
    period = read_plan(saved.text).period_of(period_name)
    if period.last >= clock.today():
        raise refusal(_("This period has not ended yet"), _("Prepare its pay after its last day."))
    refuse_other_versions(saved, str(period))
    known = PayRun.objects.filter(plan=saved, period=str(period)).first()
    if known:
        demand(known, PayRun.State.DRAFT)
    return str(period)


def prepare(saved: PlanVersion, period_name: str, *, by: User, address: str | None = None, step: Step = lambda name: None) -> PayRun:
    """Compute the plan's pay of a period that has ended, as a draft that ``by`` answers for; again = on today's facts.

    Raises ``InputError`` when the period has not ended, or its pay is beyond a draft already.
    """
    period, rejected = check_preparable(saved, period_name), dict[str, Any]()

    def told(name: str, work: Workplace) -> None:
        rejected.update(rejected_of(work))
        step(name)

    computed = performance.compute_run(saved, period, told=told)
    return _drafted(saved, computed, rejected, by=by, address=address)


def rejected_of(work: Workplace) -> dict[str, Any]:
    """How many rows of the facts were left out, and sentences about the first of them; empty when there are none."""
    count = len(work.facts.dataset.rejects)
    return {"count": count, "rows": list(work.facts.warnings)[:_SHOWN_REJECTS]} if count else {}


@transaction.atomic
def _drafted(saved: PlanVersion, computed: Run, rejected: dict[str, Any], *, by: User, address: str | None) -> PayRun:
    PayRun.objects.get_or_create(plan=saved, period=computed.period)
    run = locked(plan=saved, period=computed.period)
    demand(run, PayRun.State.DRAFT)
    before = _told(run)
    run.run_id, run.total_vnd = computed.run_id, computed.document["total_variable_vnd"]
    run.prepared_by, run.problem, run.rejected = by, "", rejected
    run.save()
    _keep(run, computed)
    if _told(run) != before:
        record("pay.prepared", subject(run), by=by, address=address, before=before, after=_told(run))
    return run


def _keep(run: PayRun, computed: Run) -> None:
    """What this draft says, for the next one to be compared with; the same draft again is the same."""
    kept = PayDraft.objects.filter(plan=run.plan_id, period=run.period)
    last = kept.first()
    if last and last.run_id == run.run_id:
        return
    people = {
        each.agent_id: {
            "name": each.name, "team_id": each.team_id, "variable_vnd": each.variable_vnd, "carry_vnd": each.carry_vnd,
            "lines": each.lines, "items": each.items,
        }
        for each in computed.results.all()
    }  # fmt: skip
    PayDraft.objects.create(
        plan=run.plan, period=run.period, run_id=run.run_id, total_vnd=run.total_vnd, people=people, made_by=run.prepared_by,
        made_at=clock.now(),
    )  # fmt: skip
    kept.filter(pk__in=list(kept.values_list("pk", flat=True)[KEPT_DRAFTS:])).delete()


@transaction.atomic
def submit(run: PayRun, *, by: User, address: str | None = None) -> PayRun:
    """Hand a draft over for review; only the one who prepared it vouches for it. Twice is once."""
    run = locked(pk=run.pk)
    if run.state == PayRun.State.REVIEW and run.prepared_by_id == by.pk:
        return run
    demand(run, PayRun.State.DRAFT)
    if run.prepared_by_id != by.pk:
        raise refusal(_("Only the person who prepared a run hands it over"), _("Prepare it again to answer for its figures yourself."))
    demand_unchanged(run)
    others = User.objects.filter(role=Role.PAYROLL).exclude(pk=by.pk)
    notify(others, "pay.handed_over", link=link(run), name=str(by), period=run.period, plan=run.plan.title)
    return moved(run, PayRun.State.REVIEW, "pay.submitted", by=by, address=address)


@transaction.atomic
def send_back(run: PayRun, reason: str, *, by: User, address: str | None = None) -> PayRun:
    """Back to a draft, with the reviewer's reason. Twice is once."""
    run = locked(pk=run.pk)
    if run.state == PayRun.State.DRAFT:
        return run
    demand(run, PayRun.State.REVIEW)
    run.problem = normal(reason).strip()
    preparer = [run.prepared_by] if run.prepared_by else []
    notify(preparer, "pay.sent_back", link=link(run), name=str(by), period=run.period, plan=run.plan.title, reason=run.problem[:200])
    return moved(run, PayRun.State.DRAFT, "pay.sent_back", by=by, address=address, reason=run.problem)


@transaction.atomic
def discard(run: PayRun, *, by: User, address: str | None = None) -> None:
    """Give a draft up; its period can be prepared again. Adjustments that count on it have to be withdrawn before."""
    run = locked(pk=run.pk)
    demand(run, PayRun.State.DRAFT)
    open_states = (PayAdjustment.State.PROPOSED, PayAdjustment.State.APPROVED)
    if run.adjustments.filter(state__in=open_states).exists():
        raise refusal(_("Adjustments are to be paid with this run"), _("Withdraw them first, or prepare the run again instead."))
    after = {"plan": run.plan.plan_id, "period": run.period}
    record("pay.discarded", subject(run), by=by, address=address, before=_told(run), after=after)
    run.adjustments.all().delete()
    run.delete()


def _told(run: PayRun) -> dict[str, Any]:
    return {"run_id": run.run_id, "total_vnd": run.total_vnd, "prepared_by": run.prepared_by_id}
