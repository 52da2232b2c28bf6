"""Writes: the closing of a reviewed run by a second person, which only goes forward once it has begun."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chot.core import clock
from chot.core.errors import ChotError, InputError, InternalError, Problem
from chot.core.text import normal
from chot.facts import runs
from chot.facts.runs import Archive
from chot.pay import law_checks
from chot.pay.adjusting import check_closable
from chot.pay.core_words import error_words
from chot.pay.models import PayAdjustment, PayEntry, PayRun
from chot.pay.run_states import (
    CHANGED,
    demand,
    demand_unchanged,
    locked,
    moved,
    refusal,
    refuse_before_earlier,
    refuse_other_versions,
    subject,
)
from chot.people.actions_notifications import notify_agents
from chot.people.models import AuditEntry, User
from chot.people.queries import agent_names, rows_on
from chot.performance.models import Result
from chot.performance.workplace import Workplace, data_folder, read_plan, workplace

MORE_REJECTED = gettext_noop("Other rows of the facts are left out than those that were accepted. Prepare the run again.")
_CLOSING = "pay closing"  # one closing at a time, whichever process does it
Step = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Approval:
    """What the closer agreed to: adjustments ticked off with a note, why rejected rows may be left out, why to pay against a law check."""

    adjustments: frozenset[str] = frozenset()
    note: str = ""
    rejects: str = ""
    law: str = ""


class RejectedRows(InputError):
    """Rows of the facts were left out, and nobody has accepted that yet; ``rows`` are sentences about them."""

    def __init__(self, rows: Sequence[str], count: int) -> None:
        self.rows, self.count = rows, count
        super().__init__(
            Problem(
                what=_("%(count)s rows of the facts were left out") % {"count": count},
                fix=_("Repair them, or accept closing without them and say why."),
            )
        )


def close_run(run: PayRun, *, by: User, approval: Approval | None = None, address: str | None = None) -> PayRun:
    """Approve and close at once. Twice, or by two people at once, is once. Raises what ``approve`` raises."""
    approve(run, by=by, approval=approval, address=address)
    run = finish(run.pk)
    if run.state != PayRun.State.CLOSED:
        raise refusal(_(run.problem) if run.problem else _("Only a run in review can be closed"))
    return run


@transaction.atomic
def approve(run: PayRun, *, by: User, approval: Approval | None = None, address: str | None = None) -> PayRun:
    """The second pair of eyes: ``by`` must not be the one who prepared the run. From here on the closing may only be finished.

    Raises ``InputError`` when something stands against it, ``RejectedRows`` when that is rows left out of the facts.
    """
    run, approval = locked(pk=run.pk), approval or Approval()
    if run.state in (PayRun.State.CLOSING, PayRun.State.CLOSED):
        return run
    demand(run, PayRun.State.REVIEW)
    if run.prepared_by_id == by.pk:
        raise refusal(
            _("You prepared this run, so somebody else has to close it"), _("Pay is closed by a second person from payroll (four eyes).")
        )
    refuse_other_versions(run.plan, run.period)
    refuse_before_earlier(run)
    demand_unchanged(run)
    check_closable(run)
    agreed = {**_corrections(run, approval), **_lawful(run, approval), **_left_out(run, approval)}
    run.closed_by, run.problem = by, ""
    return moved(
        run, PayRun.State.CLOSING, "pay.closing", by=by, address=address, run_id=run.run_id, total_vnd=run.total_vnd, **agreed
    )  # fmt: skip


def _corrections(run: PayRun, approval: Approval) -> dict[str, Any]:
    wanted = adjustments_of(run)
    if not wanted <= approval.adjustments or (wanted and not approval.note.strip()):
        raise refusal(_("This run corrects closed runs"), _("Tick every adjustment off and write a note, or send the run back."))
    return {"adjustments": sorted(wanted), "note": normal(approval.note).strip()} if wanted else {}


def _lawful(run: PayRun, approval: Approval) -> dict[str, Any]:
    against = [each for each in law_checks.of_run(run) if each.severity == "error"]
    if against and not approval.law.strip():
        raise refusal(
            _("The law stands against paying this run: %(codes)s") % {"codes": ", ".join(sorted({each.code for each in against}))},
            _("Settle what is listed under Law, or say why it is paid in spite of it."),
        )
    if not against:
        return {}
    found = [{"code": each.code, "agent_id": each.agent_id, "what": each.what} for each in against]
    return {"law_findings": found, "law_accepted_because": normal(approval.law).strip()}


def _left_out(run: PayRun, approval: Approval) -> dict[str, Any]:
    if not run.rejected:
        return {}
    if not approval.rejects.strip():
        raise RejectedRows(run.rejected["rows"], run.rejected["count"])
    return {"rejected_rows": run.rejected["count"], "accepted_because": normal(approval.rejects).strip()}


def adjustments_of(run: PayRun) -> set[str]:
    """The adjustments of an open run, each as ``agent|line``."""
    found = Result.objects.filter(run__plan=run.plan_id, run__period=run.period).values_list("agent_id", "lines")
    return {f"{agent}|{line['id']}" for agent, lines in found for line in lines if line["kind"] == "adjust"}


def finish_closings() -> int:
    """Finish every closing that was cut off; how many were. Another process at it is not waited for."""
    done = 0
    for pk in PayRun.objects.filter(state=PayRun.State.CLOSING).values_list("pk", flat=True):
        with _one_closing(wait=False) as mine:
            done += mine and _finish(pk).state == PayRun.State.CLOSED
    return done


def finish(pk: int, *, step: Step = lambda name: None) -> PayRun:
    """Go on with an approved closing from wherever it stands, to its end."""
    with _one_closing():
        return _finish(pk, step)


def _finish(pk: int, step: Step = lambda name: None) -> PayRun:
    run = PayRun.objects.select_related("plan", "closed_by").get(pk=pk)
    if run.state != PayRun.State.CLOSING:
        return run
    step("freezing")
    try:
        doc, names = _freeze(run)
    except ChotError as error:
        return _stopped(run, PayRun.State.REVIEW, error_words(error))
    if not doc:
        return _stopped(run, PayRun.State.DRAFT, MORE_REJECTED)
    step("booking")
    return _book(run, doc, names) if doc["run_id"] == run.run_id else _stopped(run, PayRun.State.DRAFT, CHANGED)


def _freeze(run: PayRun) -> tuple[Mapping[str, Any], Mapping[str, tuple[str, str]]]:
    """The run's document as it is closed on disk; that of today's facts, nothing closed, when it is no longer what was reviewed.

    Empty, and nothing closed, when other rows are left out than were accepted.
    """
    home = str(data_folder() / "plans" / f"{run.plan.plan_id}.yaml")  # files that the plan names lie beside it
    plan = replace(read_plan(run.plan.text), file=home)
    period = plan.period_of(run.period)
    names = {row.agent_id: (row.name, row.team_id) for row in rows_on(period.last)}
    listed = Result.objects.filter(run__plan=run.plan_id, run__period=run.period)
    names |= {agent: (name, team) for agent, name, team in listed.values_list("agent_id", "name", "team_id")}
    with workplace() as work:
        seen = runs.draft(work.archive, plan, period, work.facts)
        if seen.closed or seen.document["run_id"] != run.run_id:
            return seen.document, names
        if not _accepted(run, work):
            return {}, names
        archive = Archive(work.archive.path)  # as it is now, under the lock of the archive
        return runs.close(archive, plan, period, work.facts, accept_rejects=True).document, names


def _accepted(run: PayRun, work: Workplace) -> bool:
    """Whether as many rows are left out as the closer agreed to."""
    return bool(len(work.facts.dataset.rejects) == approved(run).get("rejected_rows", 0))


def approved(run: PayRun) -> Mapping[str, Any]:
    """What was agreed to when the closing began, as it stands in the audit trail."""
    entry = AuditEntry.objects.filter(action="pay.closing", subject=subject(run)).order_by("-pk").first()
    return entry.after or {} if entry else {}


@transaction.atomic
def _book(run: PayRun, doc: Mapping[str, Any], names: Mapping[str, tuple[str, str]]) -> PayRun:
    """The entries and the closed state, all or nothing."""
    run = locked(pk=run.pk)
    if run.state != PayRun.State.CLOSING:
        return run
    known, entries = agent_names(), []
    for agent in doc["agents"]:
        agent_id = agent["agent_id"]
        name, team = names.get(agent_id) or (known.get(agent_id, ""), "")
        entries.append(
            PayEntry(
                run=run, agent_id=agent_id, name=name, team_id=team, variable_vnd=agent["variable_vnd"], carry_vnd=agent["carry_vnd"],
                lines=agent["lines"],
            )
        )  # fmt: skip
    paid = sum(line["amount_vnd"] for entry in entries for line in entry.lines)
    if not paid == sum(entry.variable_vnd for entry in entries) == doc["total_variable_vnd"] == run.total_vnd:
        raise InternalError(f"the lines of run {run.run_id} do not add up to its total")
    PayEntry.objects.bulk_create(entries)
    _tell(run, [entry.agent_id for entry in entries])
    run.closed_at, run.problem = clock.now(), ""
    return moved(run, PayRun.State.CLOSED, "pay.closed", by=run.closed_by, run_id=run.run_id, total_vnd=run.total_vnd, people=len(entries))


def _tell(run: PayRun, agents: Sequence[str]) -> None:
    """Everybody paid hears that the own payslip is there."""
    beside = run.adjustments.filter(state=PayAdjustment.State.APPROVED).values_list("agent_id", flat=True)
    for agent_id in sorted({*agents, *beside}):
        page = reverse("pay:slip", args=[run.pk, agent_id])
        notify_agents([agent_id], "pay.closed", link=page, key=f"pay.closed {run.pk}", period=run.period)


@transaction.atomic
def _stopped(run: PayRun, state: PayRun.State, problem: str) -> PayRun:
    """A closing that cannot be finished goes back, with what stands against it; nothing is closed."""
    run = locked(pk=run.pk)
    if run.state != PayRun.State.CLOSING:
        return run
    by, run.closed_by, run.problem = run.closed_by, None, problem
    return moved(run, state, "pay.closing_stopped", by=by, problem=problem)


@contextmanager
def _one_closing(*, wait: bool = True) -> Iterator[bool]:
    """Whether this process is the one that closes; the database lets go of the lock when the process dies."""
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_lock(hashtext(%s)), true", [_CLOSING])
        else:
            cursor.execute("SELECT '', pg_try_advisory_lock(hashtext(%s))", [_CLOSING])
        mine = bool(cursor.fetchone()[1])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [_CLOSING])
