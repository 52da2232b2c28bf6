"""Reads: work on pay runs that the worker does."""

from __future__ import annotations

from pathlib import Path

from chot.pay.models import PayJob, PayRun


def open_job(plan: int, period: str) -> PayJob | None:
    """The job at a plan's period that is not over yet."""
    return PayJob.objects.filter(plan=plan, period=period, state__in=PayJob.OPEN).select_related("plan").first()


def open_jobs() -> list[PayJob]:
    """Every job that is not over yet, the latest first."""
    return list(PayJob.objects.filter(state__in=PayJob.OPEN).select_related("plan"))


def run_of(job: PayJob) -> PayRun | None:
    """The pay run that the job is about, when there is one yet."""
    return PayRun.objects.filter(plan=job.plan_id, period=job.period).first()


def last_slips(run: PayRun) -> PayJob | None:
    """The last archive of payslips of a closed run, as long as its file is there."""
    if run.state != PayRun.State.CLOSED:
        return None
    found = PayJob.objects.filter(plan=run.plan_id, period=run.period, kind=PayJob.Kind.SLIPS, state=PayJob.State.DONE).first()
    return found if found and Path(found.file).is_file() else None
