"""Writes: work on pay runs that the worker does: asked for once, begun again after a crash, ended in words."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import ChotError
from chot.pay import actions, actions_closing, payslip, queries
from chot.pay.core_words import error_words
from chot.pay.models import PayJob, PayRun
from chot.pay.run_states import demand, subject
from chot.people.audit import record
from chot.people.models import User
from chot.performance.actions_uploads import ask
from chot.performance.models import PlanVersion

Kind, State = PayJob.Kind, PayJob.State
_STEPS = {Kind.PREPARE: ("facts", "computing", "saving"), Kind.CLOSE: ("freezing", "booking"), Kind.SLIPS: ("slips",)}


def ask_prepare(saved: PlanVersion, period: str, *, by: User, address: str | None = None) -> PayJob:
    """A draft in the background; the one that waits already when there is one. Raises what ``check_preparable`` raises."""
    return _asked(Kind.PREPARE, saved, actions.check_preparable(saved, period), by=by, address=address)


@transaction.atomic
def ask_close(run: PayRun, *, by: User, approval: actions_closing.Approval, address: str | None = None) -> PayJob | None:
    """Approve now, close in the background; None when the run is closed already. Raises what ``approve`` raises."""
    run = actions_closing.approve(run, by=by, approval=approval, address=address)
    return _asked(Kind.CLOSE, run.plan, run.period, by=by, address=address) if run.state == PayRun.State.CLOSING else None


def ask_slips(run: PayRun, *, by: User, address: str | None = None) -> PayJob:
    """Everyone's signed payslips of a closed run as one archive, in the background. Raises ``InputError`` before it is closed."""
    demand(run, PayRun.State.CLOSED)
    return _asked(Kind.SLIPS, run.plan, run.period, by=by, address=address)


def _asked(kind: PayJob.Kind, saved: PlanVersion, period: str, *, by: User, address: str | None) -> PayJob:
    try:
        with transaction.atomic():
            job = PayJob.objects.create(
                kind=kind, plan=saved, period=period, by=by, address=address, asked_at=clock.now(), total=len(_STEPS[kind])
            )  # fmt: skip
            ask("pay", job=job.pk)
            return job
    except IntegrityError:  # somebody asked for the same a moment ago
        job = PayJob.objects.get(kind=kind, plan=saved, period=period, state__in=PayJob.OPEN)
        ask("pay", job=job.pk)  # in case the worker lost it
        return job


def work(job: PayJob) -> PayJob:
    """Do a job from its beginning, which changes nothing that was done already; what stands against it is kept in words."""
    assert job.by is not None
    PayJob.objects.filter(pk=job.pk).update(state=State.WORKING)
    with translation.override(job.by.language):
        try:
            problem = _WORK[Kind(job.kind)](job)
        except ChotError as error:
            problem = error_words(error)
    return end(job, problem)


def _prepare(job: PayJob) -> str:
    assert job.by is not None
    step = _step(job)
    step("facts")
    actions.prepare(job.plan, job.period, by=job.by, address=job.address, step=step)
    return ""


def _close(job: PayJob) -> str:
    run = PayRun.objects.get(plan=job.plan, period=job.period)
    run = actions_closing.finish(run.pk, step=_step(job))
    return "" if run.state == PayRun.State.CLOSED else _(run.problem) if run.problem else _("The closing was stopped.")


def _slips(job: PayJob) -> str:
    """A PDF for each person, those already made kept as they are; then the archive, under its name only when it is whole."""
    run = PayRun.objects.select_related("plan", "prepared_by", "closed_by").get(plan=job.plan, period=job.period)
    folder = Path(settings.VAR) / "payslips"
    folder.mkdir(parents=True, exist_ok=True)
    path, draft = folder / f"{run.pk}.zip", folder / f".{run.pk}.{os.getpid()}.zip"
    people = queries.people_of(run, None)
    PayJob.objects.filter(pk=job.pk).update(step="slips", total=len(people), done=0)
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for done, slip in enumerate(payslip.everyone(run, people)):
            PayJob.objects.filter(pk=job.pk).update(done=done)
            file = payslip.signed_file(slip, "vi")
            archive.write(file, _place(slip))
    draft.replace(path)
    PayJob.objects.filter(pk=job.pk).update(file=str(path))
    record("pay.slips_made", subject(run), by=job.by, address=job.address, after={"people": len(people)})
    return ""


def _place(slip: payslip.Payslip) -> str:
    """Where a slip lies in the archive: by team, then by agent and name."""
    parts = (slip.team or "-", f"{slip.person.agent_id} {slip.person.name}".strip())
    return "/".join(part.replace("/", "_").replace("\\", "_").replace("..", "_") for part in parts) + ".pdf"


_WORK: dict[PayJob.Kind, Callable[[PayJob], str]] = {Kind.PREPARE: _prepare, Kind.CLOSE: _close, Kind.SLIPS: _slips}


def _step(job: PayJob) -> Callable[[str], None]:
    names = _STEPS[Kind(job.kind)]

    def step(name: str) -> None:
        PayJob.objects.filter(pk=job.pk).update(step=name, done=names.index(name))

    return step


def end(job: PayJob, problem: str = "") -> PayJob:
    """The job is over, well or with what stands against it."""
    state = State.FAILED if problem else State.DONE
    PayJob.objects.filter(pk=job.pk, state__in=PayJob.OPEN).update(state=state, problem=problem, ended_at=clock.now())
    job.refresh_from_db()
    return job
