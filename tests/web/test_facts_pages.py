"""Files into the facts: what is let in, how it is read, imported, rejected, repaired, and computed anew."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook
from procrastinate.contrib.django.models import ProcrastinateJob

from chot.core.errors import InputError
from chot.facts.folder import open_folder
from chot.facts.overview import overview
from chot.jobs import tasks
from chot.people import upload_checks
from chot.people.models import AuditEntry, User
from chot.performance import actions_uploads
from chot.performance.models import PlanVersion, Run, Upload

SignIn = Callable[[str], Client]
HEAD = "Mã đơn;Nhân viên;Ngày đặt;Giờ;Thành tiền;Trạng thái\n"
GOOD = "D1;a03;05/10/2026;09:30;1.500.000;Đã xác nhận\nD2;a03;06/10/2026;14:05;2.250.000;Hoàn thành\n"
BAD = "D3;a03;07/10/2026;10:00;không rõ;Hoàn thành\n"


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, var: Path) -> Path:
    """Facts and uploads of this test's own."""
    shutil.copytree(var / "data", tmp_path / "data")
    monkeypatch.setattr(settings, "VAR", tmp_path)
    monkeypatch.setattr(settings, "DATA", tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def manager(db: None) -> User:
    return User.objects.get(username="manager")


def orders(data: Path) -> int:
    with open_folder(data) as dataset:
        return next(view.rows for view in overview(dataset) if view.name == "orders")


def file(text: str | bytes, name: str = "don-hang.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def sent(client: Client, text: str | bytes, name: str = "don-hang.csv") -> Upload:
    answer = client.post("/facts/upload", {"file": file(text, name)})
    assert answer.status_code == 302, answer.context["problems"]
    return Upload.objects.latest("pk")


def started(client: Client, upload: Upload, mapping: str | None = None) -> Upload:
    answer = client.post(f"/facts/uploads/{upload.pk}/start", {"does": "start", "mapping": mapping or upload.mapping})
    assert answer.status_code == 302, answer.context["problems"]
    upload.refresh_from_db()
    return upload


def worked(upload: Upload) -> Upload:
    """The job as the worker runs it."""
    done = actions_uploads.take_in(Upload.objects.get(pk=upload.pk))
    if done.state == "done":
        actions_uploads.compute_open_periods()
    return Upload.objects.get(pk=upload.pk)


def jobs(task: str) -> list[dict[str, Any]]:
    return list(ProcrastinateJob.objects.filter(task_name=f"chot.jobs.tasks.{task}").order_by("id").values_list("args", flat=True))


# coming in


def test_a_table_is_drafted_shown_and_changes_nothing_before_it_is_confirmed(sign_in: SignIn, data: Path) -> None:
    client, before = sign_in("manager"), orders(data)
    upload = sent(client, HEAD + GOOD)
    assert (upload.state, upload.format, upload.table, upload.name) == ("waiting", "table", "orders", "don-hang.csv")
    page = client.get(f"/facts/uploads/{upload.pk}")
    read = {column["name"]: column["header"] for column in page.context["columns"] if column["header"]}
    assert read["order_id"] == "Mã đơn" and read["amount_vnd"] == "Thành tiền" and read["ordered_at"] == "Ngày đặt + Giờ"
    seen = ("D1", "a03", "05/10/2026", "09:30", "1.500.000", "Đã xác nhận")
    assert page.context["preview"]["rows"][0] == list(zip(page.context["preview"]["headers"], seen, strict=True))
    assert jobs("import_upload") == [] and orders(data) == before


def test_confirmed_it_is_imported_once_and_the_open_periods_are_asked_for(sign_in: SignIn, data: Path) -> None:
    client, before = sign_in("manager"), orders(data)
    upload = started(client, sent(client, HEAD + GOOD))
    assert upload.state == "reading" and jobs("import_upload") == [{"upload": upload.pk}]
    started(client, upload)
    assert jobs("import_upload") == [{"upload": upload.pk}]
    done = worked(upload)
    assert done.state == "done" and orders(data) == before + 2
    assert done.report and (done.report["rows"], done.report["imported"], done.report["rejected"]) == (2, 2, 0)
    plans = PlanVersion.objects.filter(state="announced")
    assert {each["plan"] for each in jobs("compute")} == {plan.pk for plan in plans}
    count = len(jobs("compute"))
    worked(upload)
    assert orders(data) == before + 2 and len(jobs("compute")) == count
    actions = list(AuditEntry.objects.filter(subject=f"upload:{upload.pk}").order_by("pk").values_list("action", flat=True))
    assert actions == ["facts.uploaded", "facts.import_started", "facts.import_done"]


def test_killed_after_the_facts_were_written_the_job_runs_again_and_nothing_doubles(sign_in: SignIn, data: Path) -> None:
    client, before = sign_in("manager"), orders(data)
    upload = started(client, sent(client, HEAD + GOOD))
    worked(upload)
    Upload.objects.filter(pk=upload.pk).update(state="reading", report=None)  # as if the worker had died before it said so
    done = worked(upload)
    assert done.state == "done" and orders(data) == before + 2
    assert done.report and (done.report["imported"], done.report["duplicates"]) == (0, 2)


def test_a_corrected_mapping_is_used_and_a_wrong_one_is_named_by_line(sign_in: SignIn, data: Path) -> None:
    client, before = sign_in("manager"), orders(data)
    upload = sent(client, HEAD + GOOD)
    wrong = client.post(f"/facts/uploads/{upload.pk}/start", {"does": "start", "mapping": "table: orders\ncolumns:\n  ordr_id: Mã đơn\n"})
    assert wrong.status_code == 422 and any(problem.line == 3 for problem in wrong.context["problems"])
    assert Upload.objects.get(pk=upload.pk).state == "waiting" and jobs("import_upload") == []
    mapping = upload.mapping.replace("Đã xác nhận: confirmed", "Đã xác nhận: pending")
    done = worked(started(client, upload, mapping))
    assert done.mapping == mapping and orders(data) == before + 2


def test_another_table_is_drafted_when_it_is_named(sign_in: SignIn) -> None:
    client = sign_in("manager")
    upload = sent(client, HEAD + GOOD)
    client.post(f"/facts/uploads/{upload.pk}/start", {"does": "draft", "table": "tickets", "mapping": upload.mapping})
    upload.refresh_from_db()
    assert (upload.table, upload.state) == ("tickets", "waiting") and upload.report and upload.report["doubts"]
    shown = client.get(f"/facts/uploads/{upload.pk}").context["mapping"]
    assert "# Cần kiểm tra: không tìm thấy cột" in shown and "# ticket_id: BẮT BUỘC: " in shown and "# Check: " in upload.mapping


def test_a_workbook_is_read(sign_in: SignIn, data: Path) -> None:
    before, book = orders(data), Workbook()
    for line in (HEAD + GOOD).splitlines():
        book.active.append(line.split(";"))
    content = io.BytesIO()
    book.save(content)
    client = sign_in("manager")
    done = worked(started(client, sent(client, content.getvalue(), "đơn hàng.xlsx")))
    assert done.state == "done" and orders(data) == before + 2


def test_a_log_of_a_queue_needs_no_mapping(sign_in: SignIn) -> None:
    log = "1790000000|1790000000.1|support|NONE|ENTERQUEUE||0901234567|1\n1790000005|1790000000.1|support|Agent/a03|CONNECT|5|1790000005.2|3\n1790000065|1790000000.1|support|Agent/a03|COMPLETECALLER|5|60|1\n"
    client = sign_in("admin")
    upload = sent(client, log, "queue_log")
    assert (upload.format, upload.mapping) == ("asterisk-queue-log", "")
    done = worked(started(client, upload, ""))
    assert done.state == "done", done.problem
    assert done.report and done.report["by_table"].get("calls") == 1


# rejects and repair


def test_rejects_are_listed_downloaded_repaired_and_gone(sign_in: SignIn, data: Path) -> None:
    client, before = sign_in("manager"), orders(data)
    first = worked(started(client, sent(client, HEAD + GOOD + BAD)))
    assert first.report and (first.report["imported"], first.report["rejected"]) == (2, 1)
    page = client.get(f"/facts/uploads/{first.pk}")
    assert [(row["line"], row["value"]) for row in page.context["rejects"]] == [("4", "không rõ")]
    listed = client.get(f"/facts/uploads/{first.pk}/rejects.csv").content.decode("utf-8-sig").splitlines()
    assert len(listed) == 2 and listed[1].startswith("4,")
    rows = b"".join(client.get(f"/facts/uploads/{first.pk}/rows").streaming_content).decode()  # type: ignore[arg-type]
    assert rows == HEAD + BAD
    answer = client.post(f"/facts/uploads/{first.pk}/repair", {"file": file(rows.replace("không rõ", "900.000"))})
    repair = Upload.objects.latest("pk")
    assert answer.headers["Location"] == f"/facts/uploads/{repair.pk}" and (repair.state, repair.mapping) == ("reading", first.mapping)
    done = worked(repair)
    assert done.report and (done.report["imported"], done.report["rejected"]) == (1, 0) and orders(data) == before + 3
    first.refresh_from_db()
    assert first.report["rejected"] == 0 and not list((data / "rejects").glob("*"))
    assert client.get(f"/facts/uploads/{first.pk}/rows").status_code == 404


def test_a_repair_that_repairs_nothing_leaves_the_row_waiting(sign_in: SignIn, data: Path) -> None:
    client, before = sign_in("manager"), orders(data)
    first = worked(started(client, sent(client, HEAD + GOOD + BAD)))
    client.post(f"/facts/uploads/{first.pk}/repair", {"file": file(HEAD + BAD)})
    repair = worked(Upload.objects.latest("pk"))
    assert repair.report and repair.report["rejected"] == 1 and orders(data) == before + 2
    assert [row["value"] for row in client.get(f"/facts/uploads/{first.pk}").context["rejects"]] == ["không rõ"]


def test_a_file_that_cannot_be_read_fails_and_says_why(sign_in: SignIn, data: Path) -> None:
    client, before = sign_in("manager"), orders(data)
    upload = started(client, sent(client, HEAD + GOOD))
    Path(upload.path).unlink()
    failed = worked(upload)
    assert failed.state == "failed" and "don-hang.csv" in failed.problem and orders(data) == before and jobs("compute") == []
    assert str(data.parent) not in failed.problem


# what is not let in


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "a.csv"), (b"%PDF-1.7 x", "a.csv"), (b"\xd0\xcf\x11\xe0 xls", "a.xlsx"), (b"\x7fELF\x00", "a.csv"), (b"a;b\0c", "a.csv"),
        (b"\x1f\x8b\x08", "a.csv.gz"), (b"PK\x03\x04 no zip", "a.xlsx"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_and_leaves_nothing(sign_in: SignIn, data: Path, content: bytes, name: str) -> None:
    answer = sign_in("manager").post("/facts/upload", {"file": file(content, name)})
    assert answer.status_code == 422 and answer.context["problems"]
    assert not Upload.objects.exists() and not list((data.parent / "uploads").glob("*"))


def archive(path: Path, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return path


def test_an_archive_that_bursts_or_is_no_workbook_is_refused(tmp_path: Path) -> None:
    bomb = archive(tmp_path / "bomb.xlsx", xl__workbook_xml=b"<x/>", xl__worksheets__sheet1_xml=bytes(30_000_000))
    with pytest.raises(InputError):
        upload_checks.sniff(bomb, "bomb.xlsx")
    with pytest.raises(InputError):
        upload_checks.sniff(archive(tmp_path / "other.zip", a_xml=b"x"), "other.xlsx")
    small = archive(tmp_path / "small.xlsx", xl__workbook_xml=b"<x/>", xl__worksheets__sheet1_xml=bytes(10_000_000))
    assert upload_checks.sniff(small, "small.csv") == ".xlsx"


def test_a_file_that_is_too_large_is_refused(sign_in: SignIn, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_checks, "LARGEST", 100)
    answer = sign_in("manager").post("/facts/upload", {"file": file("a;b\n" * 100)})
    assert answer.status_code == 422 and not Upload.objects.exists() and not list((data.parent / "uploads").glob("*"))


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "=cmd.csv", "x" * 300 + ".csv", "đơn\u0000hàng.csv", ".csv"])
def test_a_name_cannot_lead_anywhere(sign_in: SignIn, data: Path, name: str) -> None:
    upload = sent(sign_in("manager"), HEAD + GOOD, name)
    assert Path(upload.path).resolve().is_relative_to(data.parent / "uploads") and Path(upload.path).is_file()


# who


def test_reading_and_importing_are_two_rights(sign_in: SignIn, data: Path, manager: User) -> None:
    upload = sent(sign_in("manager"), HEAD + GOOD)
    auditor, count = sign_in("auditor"), AuditEntry.objects.count()
    assert auditor.get("/facts").status_code == 200 and auditor.get(f"/facts/uploads/{upload.pk}").status_code == 200
    for address, given in [
        ("/facts/upload", {"file": file(HEAD + GOOD)}), (f"/facts/uploads/{upload.pk}/start", {"does": "start", "mapping": upload.mapping}),
        (f"/facts/uploads/{upload.pk}/discard", {}), (f"/facts/uploads/{upload.pk}/repair", {"file": file(HEAD)}),
    ]:  # fmt: skip
        assert auditor.post(address, given).status_code == 403
    upload.refresh_from_db()
    assert upload.state == "waiting" and Upload.objects.count() == 1 and jobs("import_upload") == [] and AuditEntry.objects.count() == count


@pytest.mark.parametrize("who", ["payroll", "quality"])
def test_others_see_no_facts(sign_in: SignIn, who: str) -> None:
    client = sign_in(who)
    assert client.get("/facts").status_code == 403 and client.post("/facts/upload").status_code == 403


def test_a_waiting_file_is_removed_with_its_bytes(sign_in: SignIn, data: Path, django_capture_on_commit_callbacks: Any) -> None:
    client = sign_in("manager")
    upload = sent(client, HEAD + GOOD)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"/facts/uploads/{upload.pk}/discard").status_code == 302
    assert not Upload.objects.exists() and not Path(upload.path).exists()


def test_the_list_asks_the_database_no_more_for_three_uploads_than_for_one(sign_in: SignIn) -> None:
    client = sign_in("manager")
    sent(client, HEAD + GOOD)
    with CaptureQueriesContext(connection) as one:
        assert len(client.get("/facts").context["page"].object_list) == 1
    sent(client, HEAD + GOOD)
    sent(client, HEAD + GOOD)
    with CaptureQueriesContext(connection) as three:
        assert len(client.get("/facts").context["page"].object_list) == 3
    assert len(one) == len(three)


# progress and the worker


def test_progress_is_stored_at_most_once_in_a_second(manager: User) -> None:
    upload = actions_uploads.receive(file(HEAD + GOOD), by=manager)
    tick = actions_uploads.progress(upload)
    with CaptureQueriesContext(connection) as queries:
        for done in range(1, 500):
            tick(done)
    upload.refresh_from_db()
    assert len(queries) == 1 and upload.done_bytes == 1


def test_the_page_asks_how_far_it_is_and_reloads_when_it_is_through(sign_in: SignIn) -> None:
    client = sign_in("manager")
    upload = started(client, sent(client, HEAD + GOOD))
    Upload.objects.filter(pk=upload.pk).update(done_bytes=upload.size // 2)
    going = client.get(f"/facts/uploads/{upload.pk}/progress")
    assert 'aria-valuenow="50"' in going.content.decode() and "HX-Refresh" not in going.headers
    worked(upload)
    assert client.get(f"/facts/uploads/{upload.pk}/progress").headers["HX-Refresh"] == "true"


def test_a_large_file_is_looked_at_by_the_worker(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chot.performance.views_facts.INLINE", 10)
    client = sign_in("manager")
    upload = sent(client, HEAD + GOOD)
    assert (upload.format, jobs("prepare_upload")) == ("auto", [{"upload": upload.pk}])
    assert client.get(f"/facts/uploads/{upload.pk}").context["looking"]
    tasks.prepare_upload(upload=upload.pk)
    upload.refresh_from_db()
    assert (upload.format, upload.table) == ("table", "orders")


def test_a_period_is_computed_on_the_facts_that_came(sign_in: SignIn, data: Path) -> None:
    plan = PlanVersion.objects.get(plan_id__startswith="telesale")
    period = plan.runs.order_by("-period")[0].period
    before = plan.runs.get(period=period).run_id
    client = sign_in("manager")
    worked(started(client, sent(client, HEAD + GOOD)))
    tasks.compute(plan=plan.pk, period=period)
    assert plan.runs.get(period=period).run_id != before and jobs("explain")[-1] == {"run": plan.runs.get(period=period).pk}


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database in which everything stays, tidied up afterwards."""
    with django_db_blocker.unblock():
        runs = {run.pk: run.run_id for run in Run.objects.all()}
        yield
        Upload.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_events; DELETE FROM procrastinate_jobs; DELETE FROM procrastinate_periodic_defers")
        assert set(Run.objects.values_list("pk", flat=True)) == set(runs)


def run_worker() -> None:
    """A worker that ends when nothing is left to do."""
    with tasks.app.replace_connector(tasks.app.connector.get_worker_connector()) as own:  # type: ignore[attr-defined]
        own.run_worker(queues=["facts", "upkeep"], wait=False, install_signal_handlers=False, listen_notify=False)


def confirmed(text: str) -> Upload:
    manager = User.objects.get(username="manager")
    upload = actions_uploads.prepare(actions_uploads.receive(file(text), by=manager))
    return actions_uploads.start(upload, mapping=upload.mapping, by=manager)


def status(task: str) -> list[str]:
    return list(ProcrastinateJob.objects.filter(task_name=f"chot.jobs.tasks.{task}").order_by("id").values_list("status", flat=True))


def test_a_real_worker_imports_and_asks_for_the_runs(committed: None, data: Path) -> None:
    before, upload = orders(data), confirmed(HEAD + GOOD + BAD)
    run_worker()
    done = Upload.objects.get(pk=upload.pk)
    assert done.state == "done" and orders(data) == before + 2
    assert done.report and (done.report["imported"], done.report["rejected"]) == (2, 1)
    assert status("import_upload") == ["succeeded"] and set(status("compute")) == {"todo"}


def test_the_job_of_a_killed_worker_is_given_to_the_next_one(committed: None, data: Path) -> None:
    before, upload = orders(data), confirmed(HEAD + GOOD)
    with connection.cursor() as cursor:  # as a worker leaves it that was killed with -9 and is gone
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL WHERE task_name = 'chot.jobs.tasks.import_upload'")
    tasks.retry_stalled.defer(timestamp=0)  # as every worker does once in a minute
    run_worker()
    assert Upload.objects.get(pk=upload.pk).state == "done" and orders(data) == before + 2 and status("import_upload") == ["succeeded"]


def test_an_import_that_breaks_is_given_up_at_last_and_says_so(committed: None, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_path: Path, **_options: Any) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(actions_uploads, "import_file", broken)
    upload = confirmed(HEAD + GOOD)
    run_worker()
    assert Upload.objects.get(pk=upload.pk).state == "reading" and status("import_upload") == ["todo"]  # it is tried again later
    monkeypatch.setattr(tasks, "ATTEMPTS", 2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    run_worker()
    failed = Upload.objects.get(pk=upload.pk)
    assert (failed.state, failed.problem) == ("failed", "RuntimeError: the disk is gone") and status("compute") == []
