"""Writes: questions about pay with their answers."""

from __future__ import annotations

from datetime import date

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.text import normal
from chot.pay.models import Dispute
from chot.pay.run_states import refusal
from chot.people import working_days
from chot.people.actions_notifications import notify, notify_agents
from chot.people.audit import record
from chot.people.models import Role, User
from chot.people.queries import agent_names
from chot.performance.models import PlanVersion

ANSWER_DAYS = 5
"""A question about pay is answered within so many working days."""


def answer_due(asked: date) -> date:
    """The day by which a question of that day is answered."""
    return working_days.after(asked, ANSWER_DAYS)


@transaction.atomic
def ask(saved: PlanVersion, period: str, line: str, text: str, *, by: User, address: str | None = None) -> Dispute:
    """Ask about a line of one's own pay; while it waits for its answer, asking again is the same question."""
    with connection.cursor() as cursor:  # one question at a time for each agent
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"dispute {by.agent_id}"])
    same = Dispute.objects.filter(plan=saved, period=period, agent_id=by.agent_id, line=line, state=Dispute.State.OPEN).first()
    if same:
        return same
    now = clock.now()
    found = Dispute.objects.create(
        plan=saved, period=period, agent_id=by.agent_id, line=line, text=normal(text).strip(), asked_at=now, due=answer_due(now.date())
    )
    after = {"plan": saved.plan_id, "period": period, "line": line, "due": found.due.isoformat()}
    _tell_office(found, "pay.asked")
    record("pay.asked", f"dispute:{found.pk}", by=by, address=address, after=after)
    return found


@transaction.atomic
def answer(dispute: Dispute, text: str, *, accept: bool, by: User, address: str | None = None) -> Dispute:
    """Accept or refuse what was asked, with the words for the agent. Raises ``InputError`` when it is answered already."""
    found = Dispute.objects.select_for_update(of=("self",)).get(pk=dispute.pk)
    if found.state != Dispute.State.OPEN:
        raise refusal(_("This question is answered already"))
    if found.agent_id == by.agent_id:
        raise refusal(_("Somebody else has to answer a question about your own pay"))
    found.state = Dispute.State.ACCEPTED if accept else Dispute.State.REFUSED
    found.answer, found.answered_by, found.answered_at = normal(text).strip(), by, clock.now()
    found.save()
    page = reverse("pay:dispute", args=[found.pk])
    notify_agents([found.agent_id], "pay.answered", link=page, period=found.period)
    record(
        "pay.answered", f"dispute:{found.pk}", by=by, address=address, before={"state": "open"},
        after={"state": found.state, "answer": found.answer},
    )  # fmt: skip
    return found


def remind_due() -> int:
    """Remind the office, once a day each, of the questions that are due today or overdue; how many notifications were made."""
    today = clock.today()
    due = Dispute.objects.filter(state=Dispute.State.OPEN, due__lte=today)
    return sum(_tell_office(each, "pay.question_due", key=f"question {each.pk} {today}") for each in due)


def _tell_office(found: Dispute, kind: str, *, key: str = "") -> int:
    """Those who answer, but for the one who asks."""
    office = User.objects.filter(role__in=[Role.PAYROLL, Role.MANAGER]).exclude(agent_id=found.agent_id)
    name = agent_names().get(found.agent_id, found.agent_id)
    page = reverse("pay:dispute", args=[found.pk])
    return notify(office, kind, link=page, key=key, name=name, period=found.period, due=found.due.isoformat())
