"""Writes: queues, opening hours, flows, prompts and skills, each save a new version of everything that inbound calls go through."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import ProtectedError
from django.forms.models import model_to_dict
from django.utils.translation import gettext as _

from chot.core.errors import InputError, Problem
from chot.core.flows import Routing
from chot.core.messages import SetRouting, decode, encode
from chot.people.audit import record
from chot.people.models import User
from chot.switchboard import exchange
from chot.switchboard.actions_versions import latest_held, next_version
from chot.switchboard.documents_routing import present
from chot.switchboard.documents_rows import present_rows
from chot.switchboard.models import AgentSkill, CallFlow, CallQueue, Number, Prompt, QueueMember, RoutingVersion

_HIDDEN = ("sound", "sha")
Row = TypeVar("Row", bound=models.Model)
_WORDS = {"openinghours": "hours", "callqueue": "queue", "callflow": "flow", "prompt": "prompt"}


@transaction.atomic
def save(row: models.Model, *, by: User, address: str | None, members: list[str] | None = None) -> RoutingVersion:
    """Add or change opening hours, a queue (with its ``members``), a flow or a prompt."""
    model, kind = type(row), _kind(row)
    old = model._default_manager.filter(pk=row.pk).first() if row.pk else None
    before = _told(old) if old else None
    if isinstance(row, Prompt) and row.is_music:
        Prompt.objects.filter(is_music=True).exclude(pk=row.pk).update(is_music=False)
    row.save()
    if isinstance(row, CallQueue) and members is not None:
        QueueMember.objects.filter(queue=row).exclude(agent_id__in=members).delete()
        QueueMember.objects.bulk_create([QueueMember(queue=row, agent_id=each) for each in members], ignore_conflicts=True)
    record(f"{kind}.saved", f"{kind}:{row.name}", by=by, address=address, before=before, after=_told(row))  # type: ignore[attr-defined]
    return publish(by, f"{kind} {row.name}")  # type: ignore[attr-defined]


@transaction.atomic
def delete(row: models.Model, *, by: User, address: str | None) -> RoutingVersion:
    """Take one away. Raises ``InputError`` while something leads to it."""
    kind, name = _kind(row), str(row.name)  # type: ignore[attr-defined]
    if used := _used(kind, name):
        raise InputError(Problem(what=_("%(what)s still leads there") % {"what": used}, fix=_("Change that first.")))
    before = _told(row)
    try:
        row.delete()
    except ProtectedError:
        raise InputError(Problem(what=_("A queue still uses this"), fix=_("Change that first."))) from None
    record(f"{kind}.deleted", f"{kind}:{name}", by=by, address=address, before=before)
    return publish(by, f"{kind} {name}")


@transaction.atomic
def set_skill(agent_id: str, skill: str, level: int, *, by: User, address: str | None) -> RoutingVersion:
    """How well an agent does something; 0 takes the skill away."""
    old = AgentSkill.objects.filter(agent_id=agent_id, skill=skill).first()
    if level:
        AgentSkill.objects.update_or_create(agent_id=agent_id, skill=skill, defaults={"level": level})
    elif old:
        old.delete()
    before = {"level": old.level} if old else None
    record("skill.set", f"agent:{agent_id}", by=by, address=address, before=before, after={"skill": skill, "level": level})
    return publish(by, f"skill {skill} {agent_id}")


def publish(by: User | None, why: str) -> RoutingVersion:
    """Everything as it is now, saved as a version and sent in the same transaction; nothing new where nothing has changed."""
    last, document, rows = latest_held(RoutingVersion), encode(present()), present_rows()
    if last and last.document == document:
        if last.rows != rows:  # what exchanges are not told, such as the team that a queue's messages go to
            RoutingVersion.objects.filter(pk=last.pk).update(rows=rows)
        return last
    made = next_version(RoutingVersion, last, document, by, why, rows=rows)
    apply_routing()
    return made


def apply_routing(*, again: str = "") -> int:
    """Ask every exchange that is up to bring the latest version into force; how many were asked."""
    version = RoutingVersion.objects.first()
    if version is None:
        return 0
    command = SetRouting(version=version.number, routing=decode(Routing, version.document))
    return exchange.send(command, f"routing:{version.number}:{again}")


def flow_of_version(name: str, number: int) -> dict[str, Any] | None:
    """The steps that a flow had in a version."""
    version = RoutingVersion.objects.filter(number=number).first()
    flows = version.document.get("flows", []) if version else []
    return next(({"steps": flow["steps"]} for flow in flows if flow["name"] == name), None)


def _used(kind: str, name: str) -> str:
    """What leads to a queue, a flow, hours or a prompt, in words; empty when nothing does."""
    lead = {"queue": "queue", "flow": "flow", "prompt": "announcement"}.get(kind, "-")
    if number := Number.objects.filter(leads_to=lead, target=name).first():
        return str(number)
    if kind in ("queue", "flow"):
        exits = models.Q(overflow_to=kind, overflow_target=name) | models.Q(closed_to=kind, closed_target=name)
        if queue := CallQueue.objects.filter(exits).exclude(name=name if kind == "queue" else "").first():
            return queue.title
    for flow in CallFlow.objects.all():
        steps = flow.document.get("steps", ())
        if (kind != "flow" or flow.name != name) and any(step.get(kind) == name for step in steps):
            return flow.title
    return ""


def _kind(row: models.Model) -> str:
    return _WORDS[str(type(row)._meta.model_name)]


def _told(row: models.Model) -> dict[str, Any]:
    told = {name: value for name, value in model_to_dict(row).items() if name not in _HIDDEN}
    if isinstance(row, CallQueue):
        told["members"] = sorted(QueueMember.objects.filter(queue=row).values_list("agent_id", flat=True))
    return told
