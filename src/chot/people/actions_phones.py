"""Writes about telephone numbers: one is set, one is looked at. No number ever reaches the audit trail."""

from __future__ import annotations

from django.db import transaction

from chot.people.audit import record
from chot.people.masking import masked
from chot.people.models import Person, User


@transaction.atomic
def set_phone(agent_id: str, phone: str, *, by: User, address: str | None) -> bool:
    """Set or take away a person's number; False when it is that already."""
    person, _made = Person.objects.select_for_update().get_or_create(agent_id=agent_id)
    if person.phone == phone:
        return False
    before = masked(person.phone)
    person.phone = phone
    person.save(update_fields=["phone"])
    record("phone.set", f"agent:{agent_id}", by=by, address=address, before={"phone": before}, after={"phone": masked(phone)})
    return True


def note_reveal(kind: str, subject: str, *, by: User, address: str | None) -> None:
    """Somebody looks at a whole number."""
    record("phone.revealed", f"{kind}:{subject}", by=by, address=address)
