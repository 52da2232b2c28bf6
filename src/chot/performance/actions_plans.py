"""Writes: drafts of plans, and announcing them."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people.audit import record
from chot.people.models import User
from chot.performance import actions, plan_guards
from chot.performance.models import PlanVersion
from chot.performance.plan_editing import NotYamlError, with_value
from chot.performance.target_sets import with_kept_files
from chot.performance.workplace import data_folder, read_plan


@transaction.atomic
def new_draft(text: str, *, by: User, address: str | None = None) -> PlanVersion:
    """A draft with this document. Raises ``InputError`` with every problem, or when the same plan is there already."""
    plan = read_plan(text)
    there = PlanVersion.objects.filter(plan_id=plan.id, version=plan.version).first()
    if there:
        raise InputError(_same(there))
    return actions.save_plan(text, by=by, address=address)


@transaction.atomic
def change_draft(saved: PlanVersion, text: str, *, by: User, address: str | None = None) -> PlanVersion:
    """Give a draft another document; its version follows. Raises ``InputError``, then nothing has changed.

    The same document again changes nothing and leaves no trace.
    """
    saved = PlanVersion.objects.select_for_update().get(pk=saved.pk)
    if saved.state != PlanVersion.State.DRAFT:
        raise InputError(Problem(what=_("an announced plan never changes"), fix=_("Make a new version of it.")))
    if text == saved.text:
        return saved
    plan = read_plan(text)
    text = with_kept_files(text, folder=data_folder() / "plans", plan_id=plan.id, by=by)
    there = PlanVersion.objects.filter(plan_id=plan.id, version=plan.version).exclude(pk=saved.pk).first()
    if there:
        raise InputError(_same(there))
    before = {"plan": saved.plan_id, "version": saved.version, "text": saved.text}
    saved.plan_id, saved.version, saved.title, saved.text = plan.id, plan.version, plan.title or plan.id, text
    saved.starts, saved.ends = plan.starts, plan.ends
    saved.save()
    after = {"plan": plan.id, "version": plan.version, "text": text}
    record("plan.changed", f"plan:{plan.id}:{plan.version}", by=by, address=address, before=before, after=after)
    return saved


def _same(there: PlanVersion) -> Problem:
    return Problem(
        what=_("“%(title)s” says exactly the same already") % {"title": there.title}, fix=_("Change something, or open that version.")
    )


@transaction.atomic
def delete_draft(saved: PlanVersion, *, by: User, address: str | None = None) -> bool:
    """Remove a draft; whether there was one to remove. What was announced stays."""
    found = PlanVersion.objects.select_for_update().filter(pk=saved.pk, state=PlanVersion.State.DRAFT).first()
    if found is None:
        return False
    record(
        "plan.deleted", f"plan:{found.plan_id}:{found.version}", by=by, address=address,
        before={"plan": found.plan_id, "version": found.version, "text": found.text},
    )  # fmt: skip
    found.delete()
    return True


def ready(text: str) -> str:
    """The document as it is announced today: with today as its day of announcement when it starts later."""
    plan = read_plan(text)
    if plan.announced or plan.starts <= clock.today():
        return text
    try:
        return with_value(text, ("announced",), clock.today().isoformat())
    except NotYamlError:
        return text


def announce_draft(saved: PlanVersion, *, by: User, override: str = "", address: str | None = None) -> PlanVersion:
    """Announce a draft to everyone whom it names. Twice is once.

    Raises ``InputError`` when the guards find an error and there is no reason to override it.
    """
    if saved.state != PlanVersion.State.DRAFT:
        return saved
    text = ready(saved.text)
    errors = plan_guards.counts(plan_guards.findings(read_plan(text)))["error"]
    if errors and not override.strip():
        raise InputError(
            Problem(
                field="override", what=_("the guards found errors in this plan"),
                fix=_("Correct the plan, or say why it is announced in spite of them."),
            )
        )  # fmt: skip
    with transaction.atomic():
        saved = change_draft(saved, text, by=by, address=address)
        actions.announce(saved, by=by, override=override.strip() if errors else "", address=address)
    saved.refresh_from_db()
    return saved
