"""Writes: adjustments beside the KPI lines of a run, proposed by one person and approved by another."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.text import normal
from chot.pay.adjusting import Proposal, check
from chot.pay.models import Dispute, PayAdjustment, PayRun
from chot.pay.run_states import locked, refusal
from chot.people.actions_notifications import notify
from chot.people.audit import record
from chot.people.models import AgentRow, Role, User

State = PayAdjustment.State
LARGEST = 10_000_000
"""Bytes of an attachment."""

_KINDS = {b"%PDF": ".pdf", b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"PK\x03\x04": ".xlsx .docx"}
_BEFORE_CLOSING = (PayRun.State.DRAFT, PayRun.State.REVIEW)


def keep_attachment(file: UploadedFile[Any]) -> tuple[str, str]:
    """The path and the name of a kept file. Raises ``InputError`` for one that is too large or of another kind than its name says."""
    name = normal(Path(file.name or "file").name)[-150:]
    head = file.read(4)
    file.seek(0)
    kinds = next((suffixes for start, suffixes in _KINDS.items() if head.startswith(start)), "")
    if (file.size or 0) > LARGEST or Path(name).suffix.lower().replace(".jpeg", ".jpg") not in kinds.split():
        raise refusal(_("The attachment has to be a PDF, a picture, XLSX or DOCX of at most 10 MB"))
    folder = Path(settings.VAR) / "attachments"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / uuid4().hex
    with path.open("wb") as kept:
        for chunk in file.chunks():
            kept.write(chunk)
    return str(path), name


@transaction.atomic
def propose(
    run: PayRun, wanted: Proposal, *, by: User, dispute: Dispute | None = None, attachment: tuple[str, str] = ("", ""),
    address: str | None = None,
) -> PayAdjustment:  # fmt: skip
    """An adjustment that waits for a second person. Raises ``InputError`` when it may not be made."""
    run = _open(run)
    _one_at_a_time(wanted.agent_id)
    if not AgentRow.objects.filter(agent_id=wanted.agent_id).exists():
        raise refusal(_("There is no agent %(agent)s") % {"agent": wanted.agent_id})
    if by.agent_id and by.agent_id == wanted.agent_id:
        raise refusal(_("Somebody else has to propose an adjustment of your own pay"))
    if dispute and dispute.agent_id != wanted.agent_id:
        raise refusal(_("This question was asked by somebody else"))
    check(run, wanted)
    path, name = attachment
    made = PayAdjustment.objects.create(
        run=run, agent_id=wanted.agent_id, kind=wanted.kind, amount_vnd=wanted.amount_vnd, reason=normal(wanted.reason).strip(),
        corrects=wanted.corrects, corrects_line=wanted.line, net_pay_vnd=wanted.net_pay_vnd, dispute=dispute, attachment=path,
        attachment_name=name, proposed_by=by, proposed_at=clock.now(),
    )  # fmt: skip
    others = User.objects.filter(role__in=[Role.PAYROLL, Role.MANAGER]).exclude(pk=by.pk).exclude(agent_id=made.agent_id)
    notify(others, "pay.adjustment_proposed", link=_page(made), name=str(by), period=run.period)
    record("pay.adjustment_proposed", _subject(made), by=by, address=address, after=_told(made))
    return made


@transaction.atomic
def approve(made: PayAdjustment, *, by: User, address: str | None = None) -> PayAdjustment:
    """The second person agrees. Twice is once. Raises ``InputError`` when it may not be, or no longer."""
    made = _waiting(made, by)
    if made.state == State.APPROVED:
        return made
    check(made.run, _wanted(made), but=made.pk)
    return _decided(made, State.APPROVED, "pay.adjustment_approved", by=by, address=address)


@transaction.atomic
def refuse(made: PayAdjustment, why: str, *, by: User, address: str | None = None) -> PayAdjustment:
    """The second person does not agree, and says why."""
    made = _waiting(made, by)
    if made.state == State.APPROVED:
        raise refusal(_("This adjustment is approved already"))
    made.decision = normal(why).strip()
    return _decided(made, State.REFUSED, "pay.adjustment_refused", by=by, address=address)


@transaction.atomic
def withdraw(made: PayAdjustment, *, by: User, address: str | None = None) -> PayAdjustment:
    """Not wanted any more; possible until the run is closing. Twice is once."""
    run = _open(made.run)
    made = PayAdjustment.objects.select_for_update(of=("self",)).get(pk=made.pk, run=run)
    if made.state not in (State.PROPOSED, State.APPROVED):
        return made
    before, made.state = {"state": made.state}, State.WITHDRAWN
    made.save()
    record("pay.adjustment_withdrawn", _subject(made), by=by, address=address, before=before, after={"state": made.state})
    return made


def _open(run: PayRun) -> PayRun:
    found = locked(pk=run.pk)
    if found.state not in _BEFORE_CLOSING:
        raise refusal(_("A closed run is never changed"), _("Propose the adjustment with the next period."))
    return found


def _waiting(made: PayAdjustment, by: User) -> PayAdjustment:
    """The adjustment under lock, when ``by`` may decide on it."""
    run = _open(made.run)
    _one_at_a_time(made.agent_id)
    made = PayAdjustment.objects.select_for_update(of=("self",)).select_related("corrects").get(pk=made.pk, run=run)
    made.run = run
    if made.state not in (State.PROPOSED, State.APPROVED):
        raise refusal(_("This adjustment is decided already"))
    if made.proposed_by_id == by.pk:
        raise refusal(_("You proposed this adjustment, so somebody else has to decide on it (four eyes)"))
    if by.agent_id and by.agent_id == made.agent_id:
        raise refusal(_("Somebody else has to decide on an adjustment of your own pay"))
    return made


def _decided(made: PayAdjustment, state: PayAdjustment.State, action: str, *, by: User, address: str | None) -> PayAdjustment:
    before = {"state": made.state}
    made.state, made.decided_by, made.decided_at = state, by, clock.now()
    made.save()
    notify([made.proposed_by], "pay.adjustment_decided", link=_page(made), name=str(by), period=made.run.period)
    record(action, _subject(made), by=by, address=address, before=before, after={**_told(made), "why": made.decision})
    return made


def _wanted(made: PayAdjustment) -> Proposal:
    return Proposal(
        agent_id=made.agent_id, kind=made.kind, amount_vnd=made.amount_vnd, reason=made.reason, corrects=made.corrects,
        line=made.corrects_line, net_pay_vnd=made.net_pay_vnd,
    )  # fmt: skip


def _one_at_a_time(agent_id: str) -> None:
    """One adjustment of an agent at a time, so that limits hold for two at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"adjustment {agent_id}"])


def _page(made: PayAdjustment) -> str:
    return reverse("pay:adjustment", args=[made.pk])


def _subject(made: PayAdjustment) -> str:
    return f"pay_adjustment:{made.pk}"


def _told(made: PayAdjustment) -> dict[str, Any]:
    return {
        "run": made.run_id, "agent_id": made.agent_id, "kind": made.kind, "amount_vnd": made.amount_vnd, "reason": made.reason,
        "state": made.state, "dispute": made.dispute_id,
    }  # fmt: skip
