"""What somebody who leaves has in hand at the desk: customers to call again, and the phone."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chot.calls.actions_desk_phones import take_desk_phone
from chot.calls.actions_phones import take_phone
from chot.calls.models import AgentPhone, Callback, DeskPhone
from chot.people.handover import NOBODY, Holding, Leaver, register


def register_all() -> None:
    """Said once, when the application starts."""
    register(
        Holding(
            kind="callbacks", title=_("Callbacks"), sets=lambda: {"reminded_at": None},
            rows=lambda leaver: Callback.objects.filter(agent_id=leaver.agent_id, done_at=None),
        ),
        Holding(
            kind="phone", title=_("Phone of the desk"), to=NOBODY, ends=lambda leaver: take_phone(leaver.agent_id),
            rows=lambda leaver: AgentPhone.objects.filter(agent_id=leaver.agent_id),
        ),
        Holding(
            kind="desk_phone", title=_("Desk phone"), to=NOBODY, ends=_taken,
            rows=lambda leaver: DeskPhone.objects.filter(agent_id=leaver.agent_id),
        ),
    )  # fmt: skip


def _taken(leaver: Leaver) -> None:
    take_desk_phone(leaver.agent_id)
