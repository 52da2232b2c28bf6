"""What ends with somebody who leaves: places in queues, and skills by which calls are given."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chot.people.handover import NOBODY, Holding, Leaver, register
from chot.switchboard.actions_queues import publish
from chot.switchboard.models_queues import AgentSkill, QueueMember
from chot.switchboard.models_versions import RoutingVersion


def _leave_queues(leaver: Leaver) -> None:
    places, _by_model = QueueMember.objects.filter(agent_id=leaver.agent_id).delete()
    skills, _by_model = AgentSkill.objects.filter(agent_id=leaver.agent_id).delete()
    if places + skills and RoutingVersion.objects.exists():
        publish(None, f"leaver {leaver.agent_id}")


def register_all() -> None:
    """Said once, when the application starts."""
    register(
        Holding(
            kind="queues", title=_("Places in queues"), to=NOBODY, ends=_leave_queues,
            rows=lambda leaver: QueueMember.objects.filter(agent_id=leaver.agent_id),
        )
    )  # fmt: skip
