"""Writes: a pay run from draft to closed by two people, and questions about pay with their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chot.core import clock
from chot.core.errors import ChotError, InputError, InternalError, Problem
from chot.core.periods import parse
from chot.core.text import normal
from chot.facts import runs
from chot.facts.runs import Archive
from chot.pay.models import Dispute, PayEntry, PayRun
from chot.people.audit import record
from chot.people.models import AuditEntry, User
from chot.people.queries import agent_names, rows_on
from chot.performance import actions as performance
from chot.performance.models import PlanVersion, Result, Run
from chot.performance.workplace import data_folder, read_plan, workplace

ANSWER_DAYS = 5
"""A question about pay is answered within so many working days, Monday to Saturday."""

CHANGED = gettext_noop("The facts have changed since this run was prepared. Prepare it again.")
_CLOSING = "pay closing"  # one closing at a time, whichever process does it


@dataclass(frozen=True, kw_only=True)
class Approval:
    """What the closer agreed to: adjustments ticked off with a note, and why rejected rows may be left out."""

    adjustments: frozenset[str] = frozenset()
    note: str = ""
    rejects: str = ""


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


def prepare(saved: PlanVersion, period_name: str, *, by: User, address: str | None = None) -> PayRun:
    """Compute the plan's pay of a period that has ended, as a draft that ``by`` answers for; again = on today's facts.

    Raises ``InputError`` when the period has not ended, or its pay is beyond a draft already.
    """
    period = read_plan(saved.text).period_of(period_name)
    if period.last >= clock.today():
        raise _refusal(_("This period has not ended yet"), _("Prepare its pay after its last day."))
    _refuse_other_versions(saved, str(period))
    known = PayRun.objects.filter(plan=saved, period=str(period)).first()
    if known:
        _demand(known, PayRun.State.DRAFT)
    computed = performance.compute_run(saved, str(period))
    with transaction.atomic():
        PayRun.objects.get_or_create(plan=saved, period=str(period))
        run = _locked(plan=saved, period=str(period))
        _demand(run, PayRun.State.DRAFT)
        before = _told(run)
        run.run_id, run.total_vnd = computed.run_id, computed.document["total_variable_vnd"]
        run.prepared_by, run.problem = by, ""
        run.save()
        if _told(run) != before:
            record("pay.prepared", _subject(run), by=by, address=address, before=before, after=_told(run))
    return run


@transaction.atomic
def submit(run: PayRun, *, by: User, address: str | None = None) -> PayRun:
    """Hand a draft over for review; only the one who prepared it vouches for it. Twice is once."""
    run = _locked(pk=run.pk)
    if run.state == PayRun.State.REVIEW and run.prepared_by_id == by.pk:
        return run
    _demand(run, PayRun.State.DRAFT)
    if run.prepared_by_id != by.pk:
        raise _refusal(_("Only the person who prepared a run hands it over"), _("Prepare it again to answer for its figures yourself."))
    _demand_unchanged(run)
    return _moved(run, PayRun.State.REVIEW, "pay.submitted", by=by, address=address)


@transaction.atomic
def send_back(run: PayRun, reason: str, *, by: User, address: str | None = None) -> PayRun:
    """Back to a draft, with the reviewer's reason. Twice is once."""
    run = _locked(pk=run.pk)
    if run.state == PayRun.State.DRAFT:
        return run
    _demand(run, PayRun.State.REVIEW)
    run.problem = normal(reason).strip()
    return _moved(run, PayRun.State.DRAFT, "pay.sent_back", by=by, address=address, reason=run.problem)


@transaction.atomic
def discard(run: PayRun, *, by: User, address: str | None = None) -> None:
    """Give a draft up; its period can be prepared again."""
    run = _locked(pk=run.pk)
    _demand(run, PayRun.State.DRAFT)
    after = {"plan": run.plan.plan_id, "period": run.period}
    record("pay.discarded", _subject(run), by=by, address=address, before=_told(run), after=after)
    run.delete()


def close_run(run: PayRun, *, by: User, approval: Approval | None = None, address: str | None = None) -> PayRun:
    """Close a reviewed run; ``by`` must not be the one who prepared it. Twice, or by two people at once, is once.

    Raises ``InputError`` when something stands against it, ``RejectedRows`` when that is rows left out of the facts.
    """
    run.refresh_from_db()
    if run.state == PayRun.State.REVIEW:
        with workplace() as work:
            rejected = RejectedRows(work.facts.warnings, len(work.facts.dataset.rejects)) if work.facts.dataset.rejects else None
        _approve(run.pk, by, approval or Approval(), rejected, address)
    run = finish(run.pk)
    if run.state != PayRun.State.CLOSED:
        raise _refusal(_(run.problem) if run.problem else _("Only a run in review can be closed"))
    return run


def finish_closings() -> int:
    """Finish every closing that was cut off; how many were. Another process at it is not waited for."""
    done = 0
    for pk in PayRun.objects.filter(state=PayRun.State.CLOSING).values_list("pk", flat=True):
        with _one_closing(wait=False) as mine:
            done += mine and _finish(pk).state == PayRun.State.CLOSED
    return done


def finish(pk: int) -> PayRun:
    """Go on with an approved closing from wherever it stands, to its end."""
    with _one_closing():
        return _finish(pk)


@transaction.atomic
def _approve(pk: int, by: User, approval: Approval, rejected: RejectedRows | None, address: str | None) -> None:
    """The second pair of eyes: from here on the closing may only be finished."""
    run = _locked(pk=pk)
    if run.state in (PayRun.State.CLOSING, PayRun.State.CLOSED):
        return
    _demand(run, PayRun.State.REVIEW)
    if run.prepared_by_id == by.pk:
        raise _refusal(
            _("You prepared this run, so somebody else has to close it"), _("Pay is closed by a second person from payroll (four eyes).")
        )
    _refuse_other_versions(run.plan, run.period)
    _refuse_before_earlier(run)
    _demand_unchanged(run)
    wanted = adjustments_of(run)
    if not wanted <= approval.adjustments or (wanted and not approval.note.strip()):
        raise _refusal(_("This run corrects closed runs"), _("Tick every adjustment off and write a note, or send the run back."))
    if rejected and not approval.rejects.strip():
        raise rejected
    run.closed_by, run.problem = by, ""
    after = {"run_id": run.run_id, "total_vnd": run.total_vnd}
    if wanted:
        after |= {"adjustments": sorted(wanted), "note": normal(approval.note).strip()}
    if rejected:
        after |= {"rejected_rows": rejected.count, "accepted_because": normal(approval.rejects).strip()}
    _moved(run, PayRun.State.CLOSING, "pay.closing", by=by, address=address, **after)


def adjustments_of(run: PayRun) -> set[str]:
    """The adjustments of an open run, each as ``agent|line``."""
    found = Result.objects.filter(run__plan=run.plan_id, run__period=run.period).values_list("agent_id", "lines")
    return {f"{agent}|{line['id']}" for agent, lines in found for line in lines if line["kind"] == "adjust"}


def _finish(pk: int) -> PayRun:
    run = PayRun.objects.select_related("plan", "closed_by").get(pk=pk)
    if run.state != PayRun.State.CLOSING:
        return run
    try:
        doc, names = _freeze(run)
    except ChotError as error:
        return _stopped(run, PayRun.State.REVIEW, str(error))
    return _book(run, doc, names) if doc["run_id"] == run.run_id else _stopped(run, PayRun.State.DRAFT, CHANGED)


def _freeze(run: PayRun) -> tuple[Mapping[str, Any], Mapping[str, tuple[str, str]]]:
    """The run's document as it is closed on disk; that of today's facts, nothing closed, when it is no longer what was reviewed."""
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
        accepted = "accepted_because" in approved(run)
        archive = Archive(work.archive.path)  # as it is now, under the lock of the archive
        return runs.close(archive, plan, period, work.facts, accept_rejects=accepted).document, names


def approved(run: PayRun) -> Mapping[str, Any]:
    """What was agreed to when the closing began, as it stands in the audit trail."""
    entry = AuditEntry.objects.filter(action="pay.closing", subject=_subject(run)).order_by("-pk").first()
    return entry.after or {} if entry else {}


@transaction.atomic
def _book(run: PayRun, doc: Mapping[str, Any], names: Mapping[str, tuple[str, str]]) -> PayRun:
    """The entries and the closed state, all or nothing."""
    run = _locked(pk=run.pk)
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
    run.closed_at, run.problem = clock.now(), ""
    return _moved(run, PayRun.State.CLOSED, "pay.closed", by=run.closed_by, run_id=run.run_id, total_vnd=run.total_vnd, people=len(entries))


@transaction.atomic
def _stopped(run: PayRun, state: PayRun.State, problem: str) -> PayRun:
    """A closing that cannot be finished goes back, with what stands against it; nothing is closed."""
    run = _locked(pk=run.pk)
    if run.state != PayRun.State.CLOSING:
        return run
    by, run.closed_by, run.problem = run.closed_by, None, problem
    return _moved(run, state, "pay.closing_stopped", by=by, problem=problem)


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


def _locked(**which: Any) -> PayRun:
    return PayRun.objects.select_for_update(of=("self",)).select_related("plan", "prepared_by", "closed_by").get(**which)


def _moved(run: PayRun, state: PayRun.State, action: str, *, by: User | None, address: str | None = None, **after: Any) -> PayRun:
    before = {"state": run.state}
    run.state = state
    run.save()
    record(action, _subject(run), by=by, address=address, before=before, after={"state": str(state), **after})
    return run


def _demand(run: PayRun, state: PayRun.State) -> None:
    if run.state != state:
        raise _refusal(
            _("The pay of this period is %(state)s, so this cannot be done") % {"state": run.get_state_display().lower()},
            _("Load the page again."),
        )


def _demand_unchanged(run: PayRun) -> None:
    if not Run.objects.filter(plan=run.plan_id, period=run.period, run_id=run.run_id).exists():
        raise _refusal(_(CHANGED))


def _refuse_other_versions(saved: PlanVersion, period: str) -> None:
    """Two versions of a plan never pay one period."""
    other = PayRun.objects.filter(plan__plan_id=saved.plan_id, period=period).exclude(plan=saved).exclude(state=PayRun.State.DRAFT)
    if other.exists():
        raise _refusal(_("Another version of this plan pays this period already"))


def _refuse_before_earlier(run: PayRun) -> None:
    """Periods are closed in order, so that each settles what the earlier ones owe."""
    period, states = parse(run.period), dict[str, set[str]]()
    for each, state in PayRun.objects.filter(plan__plan_id=run.plan.plan_id).values_list("period", "state"):
        states.setdefault(each, set()).add(state)
    if any(PayRun.State.CLOSED not in found and parse(each).last < period.first for each, found in states.items()):
        raise _refusal(_("An earlier period of this plan is not closed yet"), _("Close the earlier period first."))


def _refusal(what: str, fix: str = "") -> InputError:
    return InputError(Problem(what=what.rstrip("."), fix=fix))


def _subject(run: PayRun) -> str:
    return f"pay_run:{run.pk}"


def _told(run: PayRun) -> dict[str, Any]:
    return {"run_id": run.run_id, "total_vnd": run.total_vnd, "prepared_by": run.prepared_by_id}


def answer_due(asked: date) -> date:
    """The day by which a question of that day is answered."""
    day, left = asked, ANSWER_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.isoweekday() <= 6
    return day


@transaction.atomic
def ask(saved: PlanVersion, period: str, line: str, text: str, *, by: User, address: str | None = None) -> Dispute:
    """Ask about a line of one's own pay; while it waits for its answer, asking again is the same question."""
    with connection.cursor() as cursor:  # one question at a time for each agent
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"dispute {by.agent_id}"])
    same = Dispute.objects.filter(plan=saved, period=period, agent_id=by.agent_id, line=line, state=Dispute.State.OPEN).first()
    if same:
        return same
    now = clock.now()
    found = Dispute.objects.create(
        plan=saved, period=period, agent_id=by.agent_id, line=line, text=normal(text).strip(), asked_at=now, due=answer_due(now.date())
    )
    after = {"plan": saved.plan_id, "period": period, "line": line, "due": found.due.isoformat()}
    record("pay.asked", f"dispute:{found.pk}", by=by, address=address, after=after)
    return found


@transaction.atomic
def answer(dispute: Dispute, text: str, *, accept: bool, by: User, address: str | None = None) -> Dispute:
    """Accept or refuse what was asked, with the words for the agent. Raises ``InputError`` when it is answered already."""
    found = Dispute.objects.select_for_update(of=("self",)).get(pk=dispute.pk)
    if found.state != Dispute.State.OPEN:
        raise _refusal(_("This question is answered already"))
    if found.agent_id == by.agent_id:
        raise _refusal(_("Somebody else has to answer a question about your own pay"))
    found.state = Dispute.State.ACCEPTED if accept else Dispute.State.REFUSED
    found.answer, found.answered_by, found.answered_at = normal(text).strip(), by, clock.now()
    found.save()
    record(
        "pay.answered", f"dispute:{found.pk}", by=by, address=address, before={"state": "open"},
        after={"state": found.state, "answer": found.answer},
    )  # fmt: skip
    return found
