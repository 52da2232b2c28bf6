"""Reads: the phones of agents."""

from __future__ import annotations

from dataclasses import dataclass

from chot.calls.models import AgentPhone, DeskPhone
from chot.core.messages_phones import desk_name
from chot.people.models import User
from chot.people.queries import agent_names
from chot.switchboard.models import PhoneState


@dataclass(frozen=True, kw_only=True)
class ShownPhone:
    """An agent's desk phone, and how the phone that is rung does (None: never heard of)."""

    row: DeskPhone
    name: str
    state: PhoneState | None

    @property
    def user(self) -> str:
        """The user name with which it registers."""
        return desk_name(self.row.agent_id)


def has_phone(agent_id: str) -> bool:
    """Whether the agent can be rung anywhere."""
    return desk_phone_used(agent_id) is not None or AgentPhone.objects.filter(agent_id=agent_id).exists()


def with_phones() -> set[str]:
    """The agents who can be rung."""
    return {*AgentPhone.objects.values_list("agent_id", flat=True), *DeskPhone.objects.filter(used=True).values_list("agent_id", flat=True)}


def desk_phone_used(agent_id: str) -> DeskPhone | None:
    """The desk phone at which the agent is called."""
    return DeskPhone.objects.filter(agent_id=agent_id, used=True).first()


def desk_phones() -> list[ShownPhone]:
    """All desk phones, by the names of their agents."""
    names = agent_names()
    states = {row.name: row for row in PhoneState.objects.all()}
    rows = DeskPhone.objects.select_related("given_by")
    found = [ShownPhone(row=row, name=names.get(row.agent_id, row.agent_id), state=states.get(row.agent_id)) for row in rows]
    return sorted(found, key=lambda each: (each.name, each.row.agent_id))


def without_desk_phone() -> list[tuple[str, str]]:
    """The agents who may be given one: ``(agent_id, name)``."""
    given = DeskPhone.objects.values_list("agent_id", flat=True)
    rows = User.objects.filter(is_active=True).exclude(agent_id="").exclude(agent_id__in=given).order_by("name", "agent_id")
    return [(row.agent_id, f"{row.name or row.agent_id} · {row.agent_id}") for row in rows.only("agent_id", "name")]


def shown_ear(agent_id: str) -> dict[str, object] | None:
    """Where the agent is called, for who has a choice: ``desk`` or ``browser``, and whether the desk phone is online."""
    row = DeskPhone.objects.filter(agent_id=agent_id).first()
    if row is None:
        return None
    online = row.used and PhoneState.objects.filter(name=agent_id, online=True).exists()
    return {"used": "desk" if row.used else "browser", "online": online}
