"""Writes: files on their way into the facts."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.text import get_valid_filename
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from chot.core import clock
from chot.core.errors import ChotError, InputError, Problem
from chot.core.text import normal
from chot.facts import mapping as mappings
from chot.facts import rejects
from chot.facts.documents import fields_of
from chot.facts.drafting import draft
from chot.facts.importing import Outcome, import_file
from chot.facts.readers import registry
from chot.people.actions import copy_agents
from chot.people.audit import record
from chot.people.models import User
from chot.people.upload_checks import check_size, sniff
from chot.performance.actions import periods_of
from chot.performance.models import PlanVersion, Upload
from chot.performance.workplace import data_folder, read_plan, workplace

TABLE = "table"
SHOWN = 200  # rejects kept with the report
_TICK_S = 1.0


def receive(file: UploadedFile[Any], *, by: User, repairs: Upload | None = None, address: str | None = None) -> Upload:
    """Keep an uploaded file and look at its first bytes. Raises ``InputError`` for what is no table, and keeps nothing.

    ``repairs`` is the upload whose rejected rows this file corrects.
    """
    check_size(file.size or 0)
    folder = Path(settings.VAR) / "uploads" / uuid4().hex
    folder.mkdir(parents=True)
    try:
        name = normal(Path(file.name or "file").name)[-150:]
        raw = folder / "received"
        with raw.open("wb") as stream:
            for chunk in file.chunks():
                stream.write(chunk)
                check_size(stream.tell())
        suffix = sniff(raw, name)
        path = folder / f"{_stem(name)}{suffix}"
        raw.rename(path)
        with transaction.atomic():
            saved = Upload.objects.create(
                name=name, path=str(path), size=path.stat().st_size, by=by, at=clock.now(),
                report={"repairs": repairs.pk} if repairs else None,
            )  # fmt: skip
            record("facts.uploaded", f"upload:{saved.pk}", by=by, address=address, after={"name": name, "size": saved.size})
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return saved


def _stem(name: str) -> str:
    with suppress(ValueError):
        return get_valid_filename(Path(name).stem.replace(".", "-"))[:80]
    return "file"


def prepare(upload: Upload, *, table: str | None = None) -> Upload:
    """Recognise the format, and draft the mapping of a table (onto ``table`` when named); a draft that fails says why."""
    path, repaired = Path(upload.path), repairs_of(upload)
    try:
        if repaired:
            upload.format, upload.table, upload.mapping = repaired.format, repaired.table, repaired.mapping
        else:
            upload.format = registry.recognise(registry.sample(path)).name
            if upload.format == TABLE:
                found = draft(path, table=table)
                upload.table, upload.mapping = found.table, found.text
                upload.report = {"doubts": list(found.doubts), "notes": list(found.notes)}
        upload.problem = ""
    except InputError as error:
        upload.format, upload.problem = TABLE, said(error, upload)
        upload.table = table or upload.table
    Upload.objects.filter(pk=upload.pk, state=Upload.State.WAITING).update(
        format=upload.format, table=upload.table, mapping=upload.mapping, report=upload.report, problem=upload.problem
    )
    return upload


def repairs_of(upload: Upload) -> Upload | None:
    """The upload whose rejected rows this one corrects."""
    number = (upload.report or {}).get("repairs")
    return Upload.objects.filter(pk=number).first() if number else None


def start(upload: Upload, *, mapping: str = "", by: User, address: str | None = None) -> Upload:
    """Hand the file to the worker, read by ``mapping``. Once started it is not started again.

    Raises ``InputError`` with every problem of the mapping.
    """
    if upload.format == TABLE:
        fields = mappings.parse(mapping, file="")
        upload.table = fields.table
    with transaction.atomic():
        saved = Upload.objects.select_for_update().get(pk=upload.pk)
        if saved.state != Upload.State.WAITING:
            return saved
        saved.state, saved.mapping, saved.table = Upload.State.READING, mapping, upload.table
        saved.done_bytes, saved.problem = 0, ""
        saved.save()
        after = {"name": saved.name, "format": saved.format, "table": saved.table}
        record("facts.import_started", f"upload:{saved.pk}", by=by, address=address, after=after)
        ask("import_upload", upload=saved.pk)
    return saved


def look_later(upload: Upload) -> None:
    """Ask the worker to recognise a large file and to draft its mapping."""
    ask("prepare_upload", upload=upload.pk)


@transaction.atomic
def discard(upload: Upload, *, by: User, address: str | None = None) -> bool:
    """Forget a file that was not taken in; whether there was one to forget."""
    saved = Upload.objects.select_for_update().filter(pk=upload.pk, state__in=[Upload.State.WAITING, Upload.State.FAILED]).first()
    if saved is None:
        return False
    record("facts.upload_discarded", f"upload:{saved.pk}", by=by, address=address, before={"name": saved.name})
    saved.delete()
    transaction.on_commit(lambda: shutil.rmtree(Path(saved.path).parent, ignore_errors=True))
    return True


def take_in(upload: Upload) -> Upload:
    """Import a started upload; run again after a crash it finishes the work, and nothing doubles."""
    if upload.state != Upload.State.READING:
        return upload
    try:
        outcome = import_file(
            _source(upload), data_folder(), format_name=upload.format, table=upload.table or None, mapping=_fields(upload),
            progress=progress(upload),
        )  # fmt: skip
    except ChotError as error:
        return _finish(upload, Upload.State.FAILED, problem=said(error, upload))
    if "agents" in outcome.by_table:
        with workplace() as work:
            copy_agents(work.facts.agents(), by=upload.by)
    return _finish(upload, Upload.State.DONE, report=report(outcome))


def give_up(upload: Upload, problem: str) -> Upload:
    """Mark an import that cannot be finished."""
    return _finish(upload, Upload.State.FAILED, problem=problem)


def _source(upload: Upload) -> Path:
    """What is read: the file, or for a repair the place of the rows that it corrects, so that they no longer wait."""
    repaired, given = repairs_of(upload), Path(upload.path)
    if repaired is None:
        return given
    workbook = Path(repaired.path).suffix == ".xlsx"  # its rejected rows are kept nowhere else
    place = Path(repaired.path) if workbook else rows_of(repaired)
    if place is None:  # nothing waits any more
        return given
    temporary = place.with_name(f".{place.name}.repair")
    shutil.copyfile(given, temporary)
    os.replace(temporary, place)
    return place


def rows_of(upload: Upload) -> Path | None:
    """The raw rows of an upload that wait for repair; None when none do, or when its file is no text."""
    path = rejects.rows_path(rejects.report_path(data_folder(), Path(upload.path)), Path(upload.path))
    return path if path.is_file() else None


def report_of(upload: Upload) -> Path | None:
    """The list of an upload's rejected rows; None without any."""
    path = rejects.report_path(data_folder(), Path((repairs_of(upload) or upload).path))
    return path if path.is_file() else None


def _fields(upload: Upload) -> Mapping[str, object] | None:
    return fields_of(upload.mapping, file="") if upload.format == TABLE and upload.mapping else None


def progress(upload: Upload) -> Callable[[int], None]:
    """Stores how many bytes are behind, at most once in a second."""
    last = [-_TICK_S]

    def tick(done: int) -> None:
        now = time.monotonic()
        if now - last[0] >= _TICK_S:
            last[0] = now
            Upload.objects.filter(pk=upload.pk).update(done_bytes=done)

    return tick


def report(outcome: Outcome) -> dict[str, Any]:
    """What became of the rows, for the page."""
    return {
        "format": outcome.format, "rows": outcome.rows, "imported": outcome.imported, "by_table": outcome.by_table,
        "folded": outcome.folded, "duplicates": outcome.duplicates, "rejected": len(outcome.rejected),
        "rejects": [vars(each) | {} for each in islice(outcome.rejected, SHOWN)],
    }  # fmt: skip


def said(error: ChotError, upload: Upload) -> str:
    """The problems line by line, with the file's own name instead of its place on the disk."""
    problems = error.problems if isinstance(error, InputError) else (Problem(what=str(error)),)
    return "\n".join(str(each) for each in problems).replace(upload.path, upload.name)


@transaction.atomic
def _finish(upload: Upload, state: str, *, report: dict[str, Any] | None = None, problem: str = "") -> Upload:
    saved = Upload.objects.select_for_update().get(pk=upload.pk)
    if saved.state != Upload.State.READING:
        return saved
    kept = {"repairs": saved.report["repairs"]} if saved.report and "repairs" in saved.report else {}
    saved.state, saved.problem, saved.done_bytes = state, problem, saved.size
    saved.report = {**(report or {}), **kept} or None
    saved.save()
    if kept and report:
        _repaired(kept["repairs"], report)
    counts = {name: value for name, value in (report or {}).items() if name not in ("rejects", "format")}
    record(f"facts.import_{state}", f"upload:{saved.pk}", by=saved.by, after={"name": saved.name, **counts})
    return saved


def _repaired(number: int, found: Mapping[str, Any]) -> None:
    """The rows that still wait, told where they were first rejected."""
    first = Upload.objects.select_for_update().filter(pk=number).first()
    if first and first.report:
        first.report = {**first.report, "rejected": found["rejected"], "rejects": found["rejects"]}
        first.save(update_fields=["report"])


def compute_open_periods() -> int:
    """Ask the worker for the runs of every period that an announced plan pays and that is not closed; how many were asked for."""
    with workplace() as work:
        closed = {(each["plan"], each["period"]) for each in work.archive.manifests}
    asked = 0
    for plan in PlanVersion.objects.filter(state=PlanVersion.State.ANNOUNCED).order_by("pk"):
        for period in paid_periods(plan):
            if (plan.plan_id, period) not in closed:
                asked += ask("compute", plan=plan.pk, period=period)
    return asked


def paid_periods(plan: PlanVersion) -> list[str]:
    """The plan's periods up to today's that lie wholly inside it."""
    loaded, found = read_plan(plan.text), []
    for name in periods_of(plan):
        with suppress(InputError):
            found.append(str(loaded.period_of(name)))
    return found


def ask(task: str, **arguments: Any) -> bool:
    """Ask the worker for a job; False when the same one waits already."""
    lock = " ".join([task, *map(str, arguments.values())])
    try:
        with transaction.atomic():  # a refusal undoes itself alone
            app.configure_task(f"chot.jobs.tasks.{task}", queueing_lock=lock).defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True
