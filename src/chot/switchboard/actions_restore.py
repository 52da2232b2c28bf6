"""Writes: everything that inbound calls go through as an earlier version had it."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from chot.core.errors import InputError, Problem
from chot.people.audit import record
from chot.people.models import User
from chot.switchboard.actions_queues import publish
from chot.switchboard.documents_rows import NAMED
from chot.switchboard.models import CallFlow, CallQueue, Number, OpeningHours, QueueMember, RoutingVersion


@transaction.atomic
def restore_routing(number: int, *, by: User, address: str | None) -> RoutingVersion:
    """Queues with their agents who still work here, hours, flows and where numbers lead; prompts and skills stay as they are.

    Raises ``InputError`` when a prompt of the version is gone, or something that came later cannot be taken away.
    """
    rows = RoutingVersion.objects.get(number=number).rows
    if rows is None:
        what = _("This version was saved before versions could be restored")
        raise InputError(Problem(what=what, fix=_("Restore its flows one by one.")))
    for each in rows["hours"]:
        OpeningHours.objects.update_or_create(name=each["name"], defaults=each)
    for each in rows["flows"]:
        CallFlow.objects.update_or_create(name=each["name"], defaults=each)
    for each in rows["queues"]:
        _restore_queue(dict(each))
    for each in rows["numbers"]:
        Number.objects.filter(number=each["number"]).update(leads_to=each["leads_to"], target=each["target"])
    _take_away(CallQueue.objects.exclude(name__in=_names(rows["queues"])))
    _take_away(CallFlow.objects.exclude(name__in=_names(rows["flows"])))
    _take_away(OpeningHours.objects.exclude(name__in=_names(rows["hours"])))
    record("routing.restored", f"version:{number}", by=by, address=address)
    return publish(by, f"version {number}")


def _restore_queue(each: dict[str, Any]) -> None:
    members = each.pop("members")
    for name, kind in NAMED.items():
        each[name] = _named(kind, each[name]) if each.get(name) else None
    queue, _made = CallQueue.objects.update_or_create(name=each["name"], defaults=each)
    here = set(User.objects.filter(is_active=True, agent_id__in=members).values_list("agent_id", flat=True))
    QueueMember.objects.filter(queue=queue).exclude(agent_id__in=here).delete()
    QueueMember.objects.bulk_create([QueueMember(queue=queue, agent_id=agent) for agent in sorted(here)], ignore_conflicts=True)


def _named(kind: type[models.Model], name: str) -> models.Model:
    found = kind._default_manager.filter(name=name).first()
    if found is None:
        raise InputError(Problem(what=_("The prompt %(name)s of this version is gone") % {"name": name}, fix=_("Upload it again first.")))
    return found


def _take_away(rows: Any) -> None:
    for row in rows:
        try:
            row.delete()
        except ProtectedError:
            raise InputError(Problem(what=_("%(what)s still leads there") % {"what": row}, fix=_("Change that first."))) from None


def _names(rows: list[dict[str, Any]]) -> list[str]:
    return [each["name"] for each in rows]
