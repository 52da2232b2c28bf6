"""Background jobs: thin functions that take ids, fetch, and call an action. Each may run twice and change nothing more.

``actions_uploads.ask`` hands them over, so that the same job never waits twice. What people wait for goes first
(``priority``); everyone's statements, which take longest, go last.
"""

from __future__ import annotations

import structlog
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from chot.api import actions_rows, actions_webhooks
from chot.calls import actions_charges, actions_dial, actions_forget, actions_journal, actions_outcomes, actions_states
from chot.charges import actions as charges
from chot.charges import notices as charge_notices
from chot.core.errors import InputError
from chot.customers.reminders import remind_of_requests
from chot.customers.reminders_work import forget_reminded, remind_of_work, sum_up_overdue
from chot.feed import actions_proof
from chot.pay import actions_closing, actions_disputes, actions_jobs
from chot.pay.models import PayJob
from chot.people import actions_people, actions_purge, rates
from chot.people.actions_notifications import forget_old
from chot.performance import actions, actions_reminders, actions_uploads
from chot.performance.models import PlanVersion, Run, Upload
from chot.performance.workplace import data_folder
from chot.recordings import actions_delete, actions_keep, actions_refusal, actions_retention, actions_untold, actions_upload

__all__ = [
    "app", "compute", "explain", "finish_closings", "import_upload", "keep_recordings", "look_after_desks", "note_desk_days", "pay",
    "people_upkeep", "prepare_upload", "prove_facts", "purge_recordings", "release_charges", "remind", "remind_of_due_work",
    "retry_stalled", "take_in_calls", "tell_other_systems",
]  # fmt: skip

log = structlog.get_logger()
ATTEMPTS = 3
STALLED_S = 15
"""A worker that has not been heard of for so long was killed; each says every 5 seconds that it is alive."""
_RETRY = RetryStrategy(max_attempts=ATTEMPTS, wait=2, exponential_wait=5)


@app.task(queue="kpi", priority=5, retry=_RETRY)
def compute(*, plan: int, period: str) -> None:
    """Compute a plan's run of a period, then everyone's statement; a plan that no longer pays it is none of our business."""
    saved = PlanVersion.objects.filter(pk=plan).first()
    if saved is None:
        return
    try:
        run = actions.compute_run(saved, period)
    except InputError as error:
        log.warning("run not computed", plan=plan, period=period, problem=str(error))
        return
    actions_uploads.ask("explain", run=run.pk)


@app.task(queue="kpi", retry=_RETRY)
def explain(*, run: int) -> None:
    """The statements of everyone in a run."""
    found = Run.objects.select_related("plan").filter(pk=run).first()
    if found:
        actions.explain_everyone(found)


@app.task(queue="facts", priority=10, retry=_RETRY)
def prepare_upload(*, upload: int) -> None:
    """Recognise a large file and draft its mapping."""
    found = Upload.objects.filter(pk=upload, state=Upload.State.WAITING, format="auto").first()
    if found:
        actions_uploads.prepare(found)


@app.task(queue="facts", lock="facts", priority=10, retry=_RETRY, pass_context=True)
def import_upload(context: JobContext, *, upload: int) -> None:
    """Take a file in, one at a time, and compute the open periods on what it brought."""
    found = Upload.objects.select_related("by").filter(pk=upload).first()
    if found is None:
        return
    try:
        found = actions_uploads.take_in(found)
    except Exception as error:
        if context.job.attempts + 1 >= ATTEMPTS:
            actions_uploads.give_up(found, f"{type(error).__name__}: {error}")
        raise
    if found.state == Upload.State.DONE:
        actions_uploads.compute_open_periods()


@app.task(queue="pay", priority=10, retry=_RETRY, pass_context=True)
def pay(context: JobContext, *, job: int) -> None:
    """Prepare or close a pay run, or make its payslips."""
    found = PayJob.objects.select_related("plan", "by").filter(pk=job, state__in=PayJob.OPEN).first()
    if found is None:
        return
    try:
        actions_jobs.work(found)
    except Exception as error:
        if context.job.attempts + 1 >= ATTEMPTS:
            actions_jobs.end(found, f"{type(error).__name__}: {error}")
        raise


@app.periodic(cron="* * * * * */15")
@app.task(queue="upkeep", priority=20, queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Give the jobs of workers that were killed back to the queue."""
    for job in await context.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
        await context.app.job_manager.retry_job(job)


@app.periodic(cron="* * * * *")
@app.task(queue="upkeep", priority=20, queueing_lock="finish_closings")
def finish_closings(timestamp: int) -> None:
    """Finish the closings whose process was killed; there are none on most minutes."""
    actions_closing.finish_closings()


@app.periodic(cron="40 2 * * *")
@app.task(queue="facts", lock="facts", priority=1, queueing_lock="prove_facts", retry=_RETRY)
def prove_facts(timestamp: int) -> None:
    """Prove every night that the facts are what the database says; what had to be repaired is computed anew. Then old journals go."""
    if any(each.state != each.State.EQUAL for each in actions_proof.prove(data_folder())):
        actions_uploads.compute_open_periods()
    actions_forget.purge_journal()


@app.periodic(cron="7 * * * *")
@app.task(queue="upkeep", priority=20, queueing_lock="people_upkeep")
def people_upkeep(timestamp: int) -> None:
    """Lock the accounts of those whose last day is over, delete personal data that is due, drop old counts and answers."""
    actions_people.close_accounts_of_left()
    actions_purge.purge_due()
    rates.forget_old()
    actions_rows.forget_answers()


@app.periodic(cron="* * * * *")
@app.task(queue="upkeep", priority=20, queueing_lock="release_charges")
def release_charges(timestamp: int) -> None:
    """Free what calls that never began have set aside of quotas."""
    charges.release_expired()


@app.periodic(cron="17 * * * *")
@app.task(queue="upkeep", priority=20, queueing_lock="remind")
def remind(timestamp: int) -> None:
    """Remind of plans and questions about pay that wait for an answer, once a day each; forget notifications that were read long ago."""
    actions_reminders.remind_everyone()
    actions_disputes.remind_due()
    charge_notices.remind_of_brands()
    remind_of_requests()
    forget_old()
    forget_reminded()


@app.periodic(cron="* * * * *")
@app.task(queue="upkeep", priority=15, queueing_lock="remind_of_due_work")
def remind_of_due_work(timestamp: int) -> None:
    """Remind of tickets and tasks that come due or are overdue; in the morning, tell leaders what of their team is."""
    remind_of_work()
    sum_up_overdue()


@app.periodic(cron="* * * * * */5")
@app.task(queue="upkeep", priority=15, queueing_lock="tell_other_systems")
def tell_other_systems(timestamp: int) -> None:
    """Tell webhooks of what happened, every five seconds."""
    actions_webhooks.collect()
    actions_webhooks.deliver_due()


@app.periodic(cron="* * * * * */2")
@app.task(queue="upkeep", priority=15, queueing_lock="take_in_calls")
def take_in_calls(timestamp: int) -> None:
    """Calls that ended on the telephone side become facts, every two seconds."""
    actions_journal.take_in_calls()
    actions_charges.extend_calls()
    actions_dial.release_undialled()
    actions_states.end_wrap_ups_due()


@app.periodic(cron="* * * * * */15")
@app.task(queue="upkeep", priority=15, queueing_lock="look_after_desks")
def look_after_desks(timestamp: int) -> None:
    """Remind of callbacks whose time has come; agents whose phones are gone are offline."""
    actions_outcomes.remind_of_callbacks()
    actions_states.leave_desks()


@app.periodic(cron="*/5 * * * *")
@app.task(queue="upkeep", priority=15, queueing_lock="note_desk_days")
def note_desk_days(timestamp: int) -> None:
    """Times at desks become the worked time and the breaks of workdays."""
    actions_states.note_days()


@app.periodic(cron="* * * * * */10")
@app.task(queue="upkeep", priority=10, queueing_lock="keep_recordings", lock="recordings")
def keep_recordings(timestamp: int) -> None:
    """Recordings of calls that ended are encoded and sealed, every ten seconds; the files of the exchange go after that.

    With a bucket the sealed files go there.
    """
    actions_keep.take_in_recordings()
    actions_untold.drop_untold()
    actions_refusal.note_refusals()
    actions_keep.keep_waiting()
    actions_keep.remove_sources()
    actions_upload.upload_kept()
    actions_upload.remove_uploaded()
    actions_delete.remove_files()


@app.periodic(cron="50 1 * * *")
@app.task(queue="upkeep", priority=10, queueing_lock="purge_recordings", retry=_RETRY)
def purge_recordings(timestamp: int) -> None:
    """Every night recordings from which an order has come are kept as such; those whose time is over are deleted."""
    while actions_retention.classify_sales():
        pass
    while actions_delete.purge_due():
        actions_delete.remove_files()
