"""Writes of score forms: a version is added, never changed; a form is put away and brought back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people.audit import record
from chot.people.models import User
from chot.quality.models_forms import Criterion, ScoreForm, as_rows


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a version says."""

    title: str
    plan_role: str
    campaign: str
    criteria: Sequence[Criterion]


@transaction.atomic
def save_version(code: str, written: Written, *, before: int, reason: str, by: User, address: str | None) -> ScoreForm:
    """The next version of a form (``before`` 0: its first). Raises ``InputError`` when it is there already, or nothing differs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"score form {code}"])
    latest = ScoreForm.objects.filter(code=code).first()
    if latest is not None and not before:
        taken = _("There is a form with this code already")
        raise InputError(Problem(field="code", what=taken, fix=_("Choose another code, or open that form.")))
    if latest is not None and latest.version != before:
        raise InputError(Problem(what=_("Somebody has made a version in the meantime"), fix=_("Open the form again and change that one.")))
    said = {"title": written.title, "plan_role": written.plan_role, "campaign": written.campaign, "rows": as_rows(written.criteria)}
    if latest is not None and said == _said(latest):
        same = _("Nothing differs from version %(version)s") % {"version": before}
        raise InputError(Problem(what=same, fix=_("Change something, or go back.")))
    made = ScoreForm.objects.create(code=code, version=before + 1, reason=reason, made_by=by, made_at=clock.now(), **said)
    after = {"version": made.version, **said, "reason": reason}
    record("score_form.saved", f"score_form:{code}", by=by, address=address, before=_said(latest) if latest else None, after=after)
    return made


def _said(form: ScoreForm) -> dict[str, Any]:
    return {"title": form.title, "plan_role": form.plan_role, "campaign": form.campaign, "rows": form.rows}


@transaction.atomic
def put_away(code: str, *, away: bool, by: User, address: str | None) -> None:
    """Calls are no longer scored by a form, or are again; reviews given by it stay."""
    done = ScoreForm.objects.filter(code=code, archived_at__isnull=away).update(archived_at=clock.now() if away else None)
    if done:
        record("score_form.put_away" if away else "score_form.brought_back", f"score_form:{code}", by=by, address=address)
