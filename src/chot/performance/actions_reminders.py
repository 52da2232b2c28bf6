"""Writes: reminding those who have not answered an announced plan, once a day until it starts."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from chot.core import clock
from chot.people.actions_notifications import notify_agents
from chot.people.audit import record
from chot.people.models import Notification, User
from chot.performance.actions import announcement_link
from chot.performance.models import Acknowledgement, PlanVersion


def remind_everyone() -> int:
    """Remind about every announced plan that has not started; how many reminders went out. Again on the same day: none."""
    waiting = PlanVersion.objects.filter(state=PlanVersion.State.ANNOUNCED, starts__gte=clock.today())
    return sum(remind(saved, by=None) for saved in waiting)


@transaction.atomic
def remind(saved: PlanVersion, *, by: User | None, address: str | None = None) -> int:
    """Remind those who have not answered a plan, each at most once a day and not on the day it was sent; how many.

    A reminder takes the place of an earlier one that is still unread.
    """
    today = clock.today()
    silent = (
        Acknowledgement.objects.select_for_update()
        .filter(plan=saved, state=Acknowledgement.State.SENT, sent_at__date__lt=today)
        .exclude(reminded_on=today)
    )
    agents = [each.agent_id for each in silent]
    if not agents:
        return 0
    link = announcement_link(saved)
    Notification.objects.filter(kind="plan.reminder", link=link, read_at=None, user__agent_id__in=agents).delete()
    notify_agents(agents, "plan.reminder", link=link, key=f"plan.reminder:{saved.pk}:{today}", title=saved.title, starts=str(saved.starts))
    reminded = Acknowledgement.objects.filter(plan=saved, agent_id__in=agents)
    reminded.update(reminders=F("reminders") + 1, reminded_on=today)
    record("plan.reminded", f"plan:{saved.plan_id}:{saved.version}", by=by, address=address, after={"agents": len(agents)})
    return len(agents)
