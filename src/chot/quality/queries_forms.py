"""Reads of score forms: their latest versions, every version, and which fit a call."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, OuterRef, QuerySet, Subquery

from chot.calls.models import Call
from chot.people.queries import rows_on
from chot.quality.models import Review
from chot.quality.models_forms import ScoreForm


def latest() -> QuerySet[ScoreForm]:
    """The latest version of every form."""
    newest = ScoreForm.objects.filter(code=OuterRef("code")).order_by("-version").values("pk")[:1]
    return ScoreForm.objects.filter(pk=Subquery(newest)).order_by("title", "code")


@dataclass(frozen=True)
class Version:
    """A version with how many reviews were given by it."""

    form: ScoreForm
    reviews: int


def versions(code: str) -> list[Version]:
    """Every version of a form, the latest first."""
    counts = dict(Review.objects.filter(form__code=code).values_list("form").annotate(Count("pk")).order_by())
    return [Version(each, counts.get(each.pk, 0)) for each in ScoreForm.objects.filter(code=code).select_related("made_by")]


def fitting(call: Call) -> list[ScoreForm]:
    """The forms in use for a call: of the agent's role that day and its campaign; the most particular first."""
    day = call.started_at.date()
    role = rows_on(day).filter(agent_id=call.agent_id).values_list("plan_role", flat=True).first() or ""
    found = latest().filter(archived_at=None, plan_role__in={"", role}, campaign__in={"", call.campaign_id})
    return sorted(found, key=lambda each: (not each.campaign, not each.plan_role, each.title))
