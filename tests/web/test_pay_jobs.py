"""Work on pay runs in the background: asked for once, begun again after a crash, its problems in words."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from chot.jobs import tasks
from chot.pay import actions, actions_closing, actions_jobs
from chot.pay.models import PayEntry, PayJob, PayRun
from chot.people.models import AuditEntry, Notification, User
from chot.people.signing import signature
from tests.web.test_pay_runs import PERIOD, SignIn, archive, draft, payroll, review, second, telesale  # noqa: F401


@pytest.fixture
def asked(telesale, payroll, archive) -> PayJob:  # type: ignore[no-untyped-def]  # noqa: F811
    """Preparing October, asked for and waiting."""
    return actions_jobs.ask_prepare(telesale, PERIOD, by=payroll)


def waiting() -> list[dict[str, int]]:
    return list(ProcrastinateJob.objects.filter(task_name="chot.jobs.tasks.pay", status="todo").values_list("args", flat=True))


def run(job: PayJob) -> PayJob:
    done = actions_jobs.work(PayJob.objects.select_related("plan", "by").get(pk=job.pk))
    return PayJob.objects.get(pk=done.pk)


def test_asked_twice_is_one_job_and_nothing_is_computed_in_the_request(sign_in: SignIn, asked: PayJob) -> None:
    answer = sign_in("payroll").post(reverse("pay:prepare"), {"plan": asked.plan_id, "period": PERIOD})
    assert answer.headers["Location"] == reverse("pay:job", args=[asked.pk])
    assert PayJob.objects.count() == 1 and waiting() == [{"job": asked.pk}] and not PayRun.objects.exists()


def test_progress_goes_on_to_the_run(sign_in: SignIn, asked: PayJob) -> None:
    client, url = sign_in("payroll"), reverse("pay:job", args=[asked.pk])
    going = client.get(url, headers={"HX-Request": "true"})
    assert 'role="progressbar"' in going.content.decode() and "HX-Redirect" not in going.headers
    assert "hx-get" in client.get(reverse("pay:runs")).content.decode()
    done = run(asked)
    made = PayRun.objects.get()
    assert (done.state, done.problem, made.state) == ("done", "", "draft")
    assert client.get(url, headers={"HX-Request": "true"}).headers["HX-Redirect"] == reverse("pay:run", args=[made.pk])
    assert client.get(url).headers["Location"] == reverse("pay:run", args=[made.pk])
    assert sign_in("manager").get(url).status_code == 403


def test_a_job_done_twice_is_one_draft(asked: PayJob) -> None:
    run(asked)
    PayJob.objects.filter(pk=asked.pk).update(state="working")  # as if the worker had died before it said so
    assert run(asked).state == "done"
    assert PayRun.objects.count() == 1 and AuditEntry.objects.filter(action="pay.prepared").count() == 1


def test_what_stands_against_it_is_said_in_the_readers_language(asked: PayJob, payroll: User, sign_in: SignIn) -> None:  # noqa: F811
    actions.submit(actions.prepare(asked.plan, PERIOD, by=payroll), by=payroll)
    done = run(asked)
    assert done.state == "failed" and "đang duyệt" in done.problem
    page = sign_in("payroll").get(reverse("pay:job", args=[asked.pk])).content.decode()
    assert "đang duyệt" in page


def test_closing_is_approved_at_once_and_done_by_the_worker(review: PayRun, sign_in: SignIn) -> None:  # noqa: F811
    answer = sign_in("payroll2").post(reverse("pay:close", args=[review.pk]))
    job = PayJob.objects.get(kind="close")
    review.refresh_from_db()
    assert (answer.headers["Location"], review.state, PayEntry.objects.count()) == (reverse("pay:job", args=[job.pk]), "closing", 0)
    tasks.pay.func(_Context(), job=job.pk)
    tasks.pay.func(_Context(), job=job.pk)
    review.refresh_from_db()
    job.refresh_from_db()
    assert (review.state, job.state) == ("closed", "done")
    told = set(Notification.objects.filter(kind="pay.closed").values_list("user__agent_id", flat=True))
    with_account = set(User.objects.exclude(agent_id="").values_list("agent_id", flat=True))
    assert told == set(review.entries.values_list("agent_id", flat=True)) & with_account and told


class _Context:
    """What the task asks its context."""

    class job:  # noqa: N801
        """The first attempt."""

        attempts = 2


def test_after_the_last_attempt_the_job_ends_with_the_reason(asked: PayJob, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(actions, "prepare", broken)
    with pytest.raises(OSError, match="disk full"):
        tasks.pay.func(_Context(), job=asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.problem) == ("failed", "OSError: disk full")


def test_payslips_are_signed_once_and_zipped(review: PayRun, second: User, sign_in: SignIn, var: Path, agent: str) -> None:  # noqa: F811
    client = sign_in("payroll")
    assert client.get(reverse("pay:slip_pdf", args=[review.pk, agent])).status_code == 404
    client.post(reverse("pay:slips_make", args=[review.pk]))
    assert not PayJob.objects.filter(kind="slips").exists()
    actions_closing.close_run(review, by=second)
    own = b"".join(sign_in(agent).get(reverse("pay:slip_pdf", args=[review.pk, agent])).streaming_content)  # type: ignore[attr-defined]
    found = signature(own)
    assert own.startswith(b"%PDF") and found and found.whole
    client.post(reverse("pay:slips_make", args=[review.pk]))
    done = run(PayJob.objects.get(kind="slips"))
    assert (done.state, done.total) == ("done", review.entries.count())
    content = b"".join(client.get(reverse("pay:slips", args=[review.pk])).streaming_content)  # type: ignore[attr-defined]
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert len(names) == len(set(names)) == review.entries.count()
    [mine] = [name for name in names if f"/{agent} " in name]
    assert zipfile.ZipFile(io.BytesIO(content)).read(mine) == own
    other = review.entries.exclude(agent_id=agent)[0].agent_id
    assert sign_in(other).get(reverse("pay:slip_pdf", args=[review.pk, agent])).status_code == 403


