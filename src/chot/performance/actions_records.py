"""Writes: that a plan was discussed or published, and voiding a wrong record."""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people.audit import record
from chot.people.models import User
from chot.performance.models import PlanRecord
from chot.performance.workplace import data_folder


def add_record(
    plan_id: str, kind: str, *, on: date, place: str, who: str = "", minutes: str = "", file_name: str = "", content: bytes = b"",
    by: User, address: str | None = None,
) -> PlanRecord:  # fmt: skip
    """Record a consultation or a publication; ``content`` is the file of the minutes. The same record twice is one."""
    file_hash = _kept(content) if content else ""
    with transaction.atomic():
        said = {"kind": kind, "on": on, "place": place, "who": who, "minutes": minutes, "file_hash": file_hash}
        User.objects.select_for_update().get(pk=by.pk)  # the same form sent twice at once waits here
        there = PlanRecord.objects.filter(plan_id=plan_id, voided_at=None, **said).first()
        if there:
            return there
        made = PlanRecord.objects.create(plan_id=plan_id, file_name=file_name, by=by, at=clock.now(), **said)
        after = {**said, "on": str(on), "file_name": file_name}
        record("plan.recorded", f"plan_record:{made.pk}", by=by, address=address, after={"plan": plan_id, **after})
    return made


@transaction.atomic
def void_record(found: PlanRecord, why: str, *, by: User, address: str | None = None) -> PlanRecord:
    """A wrong record no longer counts; it stays readable. Raises ``InputError`` without a reason. Twice is once."""
    if not why.strip():
        raise InputError(Problem(field="why", what=_("a record is voided with a reason"), fix=_("Say what is wrong with it.")))
    found = PlanRecord.objects.select_for_update().get(pk=found.pk)
    if found.voided_at is None:
        found.voided_at, found.voided_why = clock.now(), why.strip()[:300]
        found.save(update_fields=["voided_at", "voided_why"])
        record("plan.record_voided", f"plan_record:{found.pk}", by=by, address=address, after={"why": found.voided_why})
    return found


def _kept(content: bytes) -> str:
    """The file stored under its hash, whole before it has its name; its hash."""
    name = hashlib.sha256(content).hexdigest()
    place = data_folder() / "records" / name
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile("wb", dir=place.parent, prefix=".", delete=False) as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(stream.name).replace(place)
    return name
