"""Reads: plans, who was told of them, and what they answered."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from chot.core import clock
from chot.core.periods import containing
from chot.people.asked_once import once_a_request
from chot.people.models import User
from chot.people.queries import agent_names, rows_on, team_of
from chot.people.rules import sees_company
from chot.performance.models import Acknowledgement, Goal, PlanVersion
from chot.performance.plan_editing import with_values

MONTH_NAME = re.compile(r"-\d{4}-(\d{2}|q\d)$")  # telesale-2026-08
TEMPLATES = ("telesale", "cskh")
"""The plans that a new one may begin with, by the name of their file."""


def plan_versions() -> QuerySet[PlanVersion]:
    """Every version with ``sent``, ``agreed`` and ``asked``: how many agents were told, acknowledged and asked."""
    answers = "acknowledgements"
    return PlanVersion.objects.annotate(
        sent=Count(answers),
        agreed=Count(answers, filter=Q(acknowledgements__state=Acknowledgement.State.AGREED)),
        asked=Count(answers, filter=Q(acknowledgements__state=Acknowledgement.State.ASKED, acknowledgements__answer="")),
    ).order_by("-starts", "plan_id", "-created_at")


def answers_of(plan: PlanVersion, user: User) -> list[dict[str, Any]]:
    """Those told of a plan whom the user sees, by name: open questions first, then those who have not answered."""
    names, today = agent_names(), clock.now()
    shown = None if sees_company(user) else own_team(user)
    order = {Acknowledgement.State.ASKED: 0, Acknowledgement.State.SENT: 1, Acknowledgement.State.AGREED: 2}
    found = [
        {
            "given": each, "name": names.get(each.agent_id, each.agent_id), "open": each.state == "asked" and not each.answer,
            "waiting_days": (today - each.sent_at).days if each.state == Acknowledgement.State.SENT else None,
        }
        for each in plan.acknowledgements.all()
        if shown is None or each.agent_id in shown
    ]  # fmt: skip
    return sorted(found, key=lambda each: (not each["open"], order[each["given"].state], each["name"], each["given"].agent_id))


def announcements_of(user: User) -> QuerySet[Acknowledgement]:
    """What was announced to the agent who the user is, the latest first."""
    given = Acknowledgement.objects.filter(agent_id=user.agent_id).exclude(plan__state=PlanVersion.State.DRAFT)
    return (given if user.agent_id else given.none()).select_related("plan").order_by("-plan__starts", "-sent_at")


def acknowledged_before(given: Acknowledgement) -> PlanVersion | None:
    """What the agent acknowledged before this was sent: an earlier version of the plan, else the plan before; None for the first."""
    earlier = Acknowledgement.objects.filter(agent_id=given.agent_id, state=Acknowledgement.State.AGREED, sent_at__lt=given.sent_at)
    found = list(earlier.exclude(plan=given.plan_id).select_related("plan").order_by("-sent_at")[:20])
    same = next((each for each in found if each.plan.plan_id == given.plan.plan_id), None)
    latest = same or next(iter(found), None)
    return latest.plan if latest else None


def pending_announcement(user: User) -> Acknowledgement | None:
    """The announced plan that the user has still to acknowledge, or whose answer is new; its ``plan`` is loaded. None without one."""
    mine = announcements_of(user).filter(plan__state=PlanVersion.State.ANNOUNCED)
    return mine.filter(state=Acknowledgement.State.SENT).first()


def own_team(user: User) -> set[str]:
    """The agents of the user's own team today, the user too; nobody without a team."""
    team = team_of(user.agent_id)
    return set(rows_on(clock.today()).filter(team_id=team).values_list("agent_id", flat=True)) if team else set()


@once_a_request
def goal_titles() -> dict[str, str]:
    """The title of every goal by its name in plans."""
    return dict(Goal.objects.order_by("slug").values_list("slug", "title"))


def from_template(name: str) -> str:
    """A template's document for the three months from the next one on."""
    text = (files("chot.performance") / "plan_templates" / f"{name}.yaml").read_text(encoding="utf-8")
    first = containing(clock.today(), "month").shifted(1)
    return _dated(text, name, first.first, first.shifted(2).last)


def _dated(text: str, name: str, starts: date, ends: date) -> str:
    return with_values(text, [(("plan",), f"{name}-{starts:%Y-%m}"), (("starts",), starts.isoformat()), (("ends",), ends.isoformat())])


def family_of(saved: PlanVersion) -> list[PlanVersion]:
    """Every version of a plan and of its successors by name (telesale-2026-08, telesale-2026-q4), the latest first."""
    base = MONTH_NAME.sub("", saved.plan_id)
    found = PlanVersion.objects.filter(Q(plan_id=base) | Q(plan_id__startswith=f"{base}-")).order_by("-starts", "-created_at")
    return [each for each in found if MONTH_NAME.sub("", each.plan_id) == base]


def next_version(plan: PlanVersion) -> str:
    """The document of a plan by these rules after all that is announced, over as many months, under an id of its own; never in the past."""
    announced = [each.ends for each in family_of(plan) if each.state != PlanVersion.State.DRAFT]
    following = containing(max([plan.ends, *announced]), "month").shifted(1)
    if following.last < clock.today():
        following = containing(clock.today(), "month").shifted(1)
    months = (plan.ends.year - plan.starts.year) * 12 + plan.ends.month - plan.starts.month
    return with_values(
        plan.text,
        [
            (("plan",), f"{MONTH_NAME.sub('', plan.plan_id)}-{following.first:%Y-%m}"),
            (("starts",), following.first.isoformat()), (("ends",), following.shifted(months).last.isoformat()), (("announced",), ""),
        ],
    )  # fmt: skip


def unanswered() -> QuerySet[Acknowledgement]:
    """Questions about announced plans that nobody has answered, the oldest first."""
    asked = Acknowledgement.objects.filter(state=Acknowledgement.State.ASKED, answer="")
    return asked.select_related("plan").order_by(F("answered_at").asc(nulls_last=True))
