"""The roll-out of a plan beside its document: review dates, tools, and the words to its people."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.http import QueryDict

from chot.people.audit import record
from chot.people.models import User
from chot.performance.models import PlanVersion, Rollout

REVIEWS = 4  # dates that the form has room for


def posted(form: QueryDict) -> dict[str, Any]:
    """What a form says about the roll-out; what is no day is left out."""
    days = sorted({day for text in form.getlist("rollout.review") if (day := _day(text))})
    return {
        "reviews": [day.isoformat() for day in days], "tools": form.get("rollout.tools", "").strip()[:2000],
        "message": form.get("rollout.message", "").strip()[:4000],
    }  # fmt: skip


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """A roll-out for the form: its days, and empty ones up to ``REVIEWS``."""
    days = list(found["reviews"])
    return {**found, "days": days + [""] * max(REVIEWS - len(days), 1)}


def rollout_of(saved: PlanVersion | None) -> dict[str, Any]:
    """What is kept about the roll-out of a plan; empty values without any."""
    found = Rollout.objects.filter(plan=saved).first() if saved else None
    return {"reviews": found.reviews, "tools": found.tools, "message": found.message} if found else posted(QueryDict())


@transaction.atomic
def save_rollout(saved: PlanVersion, wanted: dict[str, Any], *, by: User, address: str | None = None) -> None:
    """Keep the roll-out of a plan; the same twice leaves no trace."""
    saved = PlanVersion.objects.select_for_update().get(pk=saved.pk)
    before = rollout_of(saved)
    if wanted == before:
        return
    Rollout.objects.update_or_create(plan=saved, defaults=wanted)
    record("plan.rollout", f"plan:{saved.plan_id}:{saved.version}", by=by, address=address, before=before, after=wanted)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
