"""Notifications: a customer's request about personal data waits, and the law's day for it comes near."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from chot.core import clock
from chot.customers.models import DataRequest
from chot.people.actions_notifications import notify
from chot.people.models import Role, User

DAYS = (5, 2, 0)
"""So many days before the last one, each once; from the first day too late on, every day."""

WORDS = {
    "data_request.unanswered": _("The customer has not been told yet that the request about personal data has come in: by %(day)s."),
    "data_request.due": _("A request about personal data is to be answered by %(day)s."),
    "data_request.late": _("A request about personal data should have been answered by %(day)s. Answer it today."),
}


def remind_of_requests() -> int:
    """Tell managers of requests whose day comes near or has passed; how many were told."""
    today, told = clock.today(), 0
    managers = list(User.objects.filter(role=Role.MANAGER, is_active=True))
    for asked in DataRequest.objects.filter(state=DataRequest.State.OPEN, due_on__lte=today + timedelta(days=DAYS[0])):
        late, left = asked.due_on < today, (asked.due_on - today).days
        step = today.isoformat() if late else f"{min(days for days in DAYS if left <= days)}"
        kind, day = "data_request.late" if late else "data_request.due", asked.due_on.isoformat()
        told += notify(managers, kind, link=f"/data-requests/{asked.pk}", key=f"data_request:{asked.pk}:{day}:{step}", day=day)
    for asked in DataRequest.objects.filter(state=DataRequest.State.OPEN, acknowledged_at=None, acknowledge_by__lte=today):
        day = asked.acknowledge_by.isoformat()
        key = f"data_request:{asked.pk}:acknowledge:{today}"
        told += notify(managers, "data_request.unanswered", link=f"/data-requests/{asked.pk}", key=key, day=day)
    return told
