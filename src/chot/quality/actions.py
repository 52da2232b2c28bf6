"""Writes of exam results: entered for several agents at once, corrected and removed with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.customers.actions_work import locked, next_key, stale
from chot.people.actions_notifications import notify_agents
from chot.people.audit import record
from chot.people.models import User
from chot.quality.models import Exam, basis_points
from chot.quality.queries import midnight, score_words, subject


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """One exam on one day: what it is called, and what its points are of."""

    day: date
    name: str
    maximum: Decimal
    note: str = ""


@transaction.atomic
def enter(sitting: Sitting, scores: Mapping[str, Decimal], *, by: User, address: str | None) -> list[Exam]:
    """The results of one exam, by agent. Raises ``InputError``, each problem at ``points:AGENT``, for those that are there already."""
    _one_writer()
    problems = [_twice(agent, there) for agent, there in _there(sitting, scores).items()]
    if problems:
        raise InputError(problems)
    made = []
    for agent, given in scores.items():
        pk = next_key(Exam)
        exam = Exam(
            pk=pk, exam_id=f"ct-e{pk}", agent_id=agent, taken_at=_noon(sitting.day), score_bp=basis_points(given, sitting.maximum),
            name=sitting.name, points=given, maximum=sitting.maximum, note=sitting.note,
        )  # fmt: skip
        exam.save(force_insert=True)
        record("exam.entered", subject(exam.exam_id), by=by, address=address, after=_told(exam))
        _tell(exam, "exam.entered", link=f"/exams/{pk}")
        made.append(exam)
    return made


@transaction.atomic
def correct(pk: int, sitting: Sitting, given: Decimal, *, seen: str, reason: str, by: User, address: str | None) -> Exam:
    """Another day, name or score of a result, and why. Raises ``InputError`` when it changed after ``seen``, or would be there twice."""
    _one_writer()
    exam = locked(Exam, pk)
    if exam.written_at.isoformat() != seen:
        raise stale()
    for agent, there in _there(sitting, {exam.agent_id: given}, but=pk).items():
        problem = _twice(agent, there)
        raise InputError(Problem(field="day", what=problem.what, fix=problem.fix))
    before = _told(exam)
    if sitting.day != exam.day:
        exam.taken_at = _noon(sitting.day)
    exam.name, exam.points, exam.maximum, exam.note = sitting.name, given, sitting.maximum, sitting.note
    exam.score_bp = basis_points(given, sitting.maximum)
    if _told(exam) == before:
        raise InputError(Problem(what=_("Nothing differs from what is there"), fix=_("Change the result, or go back.")))
    exam.save()
    record("exam.corrected", subject(exam.exam_id), by=by, address=address, before=before, after=_told(exam) | {"reason": reason})
    _tell(exam, "exam.corrected", link=f"/exams/{pk}")
    return exam


@transaction.atomic
def remove(pk: int, reason: str, *, by: User, address: str | None) -> Exam:
    """Take a result away that should not be there, and why; it stays in the audit trail."""
    exam = locked(Exam, pk)
    if not reason:
        raise InputError(Problem(field="reason", what=_("A reason is missing"), fix=_("Say in a few words why the result is removed.")))
    record("exam.removed", subject(exam.exam_id), by=by, address=address, before=_told(exam), after={"reason": reason})
    _tell(exam, "exam.removed", link="/exams")
    exam.delete()
    return exam


def _one_writer() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('exams'))")


def _there(sitting: Sitting, scores: Mapping[str, Decimal], *, but: int = 0) -> dict[str, Exam]:
    """The results of the same exam on the same day, by agent."""
    start = midnight(sitting.day)
    rows = Exam.objects.filter(agent_id__in=list(scores), name__iexact=sitting.name).exclude(pk=but)
    return {row.agent_id: row for row in rows.filter(taken_at__gte=start, taken_at__lt=start + timedelta(days=1))}


def _twice(agent: str, there: Exam) -> Problem:
    score = score_words(there.as_entered, there.score_bp)
    return Problem(
        field=f"points:{agent}", what=_("This exam has a result of that day already: %(score)s") % {"score": score},
        fix=_("Correct that one, or give this exam another name."),
    )  # fmt: skip


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), clock.ZONE)


def _told(exam: Exam) -> dict[str, Any]:
    given = exam.as_entered
    return {
        "agent": exam.agent_id, "day": str(exam.day), "name": exam.name, "points": given and f"{given[0].normalize():f}",
        "maximum": given and f"{given[1].normalize():f}", "score_bp": exam.score_bp, "note": exam.note,
    }  # fmt: skip


def _tell(exam: Exam, kind: str, *, link: str) -> None:
    notify_agents([exam.agent_id], kind, link=link, name=str(exam), day=exam.day.isoformat())
