"""Writes of reviews: a call scored by a version of a form, and a review removed with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chot.calls.models import Call
from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.customers.actions_work import locked, next_key
from chot.people.actions_notifications import notify_agents
from chot.people.audit import record
from chot.people.models import User
from chot.quality.models import Review
from chot.quality.models_forms import ScoreForm
from chot.quality.queries_reviews import subject
from chot.quality.scoring import score


@transaction.atomic
def review(call: Call, form: ScoreForm, marks: Mapping[str, Decimal], comment: str, *, by: User, address: str | None) -> Review:
    """Score a call. Raises ``InputError`` when the same person has reviewed it already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"review {call.call_id}"])
    if Review.objects.filter(call_id=call.call_id, reviewed_by=by).exists():
        raise InputError(Problem(what=_("You have reviewed this call already"), fix=_("Remove that review first, with a reason.")))
    score_bp, fails = score(form.criteria, marks)
    pk = next_key(Review)
    made = Review(
        pk=pk, review_id=f"ct-r{pk}", agent_id=call.agent_id, call_id=call.call_id, score_bp=score_bp, auto_fail=fails, final=True,
        reviewed_at=clock.now(), form=form, marks={key: f"{mark.normalize():f}" for key, mark in marks.items()}, comment=comment,
        reviewed_by=by,
    )  # fmt: skip
    made.save(force_insert=True)
    record("review.given", subject(made), by=by, address=address, after=_told(made))
    notify_agents([made.agent_id], "review.given", link=f"/reviews/{pk}", form=form.title, day=call.started_at.date().isoformat())
    return made


@transaction.atomic
def remove(pk: int, reason: str, *, by: User, address: str | None) -> Review:
    """Take a review away that should not count, and why; it stays in the audit trail."""
    found = locked(Review, pk)
    record("review.removed", subject(found), by=by, address=address, before=_told(found), after={"reason": reason})
    notify_agents([found.agent_id], "review.removed", link="/reviews", day=found.day.isoformat())
    found.delete()
    return found


def _told(found: Review) -> dict[str, Any]:
    return {
        "agent": found.agent_id, "call": found.call_id, "score_bp": found.score_bp, "auto_fail": found.auto_fail, "marks": found.marks,
        "form": found.form and f"{found.form.code}/{found.form.version}", "comment": found.comment,
    }  # fmt: skip
