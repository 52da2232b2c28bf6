"""Personal data of those who left is deleted when its time is over; what pay documents must keep stays there."""

from __future__ import annotations

from django.db import transaction

from chot.core import clock
from chot.people.audit import record
from chot.people.models import AgentRow, Leave, Person, User


@transaction.atomic
def purge_due() -> int:
    """Delete the names, telephone numbers and notes whose day has come; of how many people. Safe to run again."""
    due = Person.objects.select_for_update(skip_locked=True).filter(purge_on__lte=clock.today(), purged_at=None).order_by("pk")
    done = 0
    for person in due:
        nobody = f"({person.agent_id})"
        AgentRow.objects.filter(agent_id=person.agent_id).update(name=nobody)
        Leave.objects.filter(agent_id=person.agent_id).update(note="", answer="")
        for account in User.objects.filter(agent_id=person.agent_id, is_active=False):
            account.name, account.username = nobody, f"left-{account.pk}"
            account.set_unusable_password()
            account.save(update_fields=["name", "username", "password"])
        person.phone, person.purged_at = "", clock.now()
        person.save(update_fields=["phone", "purged_at"])
        record("people.purged", f"agent:{person.agent_id}", by=None, after={"purge_on": str(person.purge_on)})
        done += 1
    return done
