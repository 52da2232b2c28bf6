"""A leader beside an agent's call: who may, what is sent to the exchange, and what the audit trail says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chot.calls import actions_supervision as actions
from chot.calls.models import AgentPhone, OpenCall, Supervision, TelephonyCommand
from chot.calls.rules import supervises
from chot.core import clock
from chot.core.errors import InputError
from chot.core.messages_supervision import SupervisionChanged
from chot.people.models import AuditEntry, Role, User
from chot.people.queries import team_of, working_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def leader(db: None) -> User:
    """A leader with a phone."""
    user = User.objects.filter(role=Role.LEADER).exclude(agent_id="")[0]
    AgentPhone.objects.create(agent_id=user.agent_id, digest="d", given_at=clock.instant())
    return user


@pytest.fixture
def talking(leader: User) -> str:
    """An agent of the leader's team in a call."""
    others = working_on(clock.today()).filter(team_id=team_of(leader.agent_id)).exclude(agent_id=leader.agent_id)
    agent_id = others.values_list("agent_id", flat=True)[0]
    now = clock.instant()
    values = {"node": "n", "direction": "out", "number": "0912345678", "started_at": now, "changed_at": now, "phase": "talking"}
    OpenCall.objects.create(call_id="k", agent_id=agent_id, agents=[agent_id], **values)
    return agent_id


def test_who_may(leader: User, talking: str) -> None:
    other = working_on(clock.today()).exclude(team_id=team_of(leader.agent_id)).values_list("agent_id", flat=True)[0]
    assert all(supervises(leader, talking, mode) for mode in actions.ACTIONS)
    assert not supervises(leader, other, "listen") and not supervises(leader, leader.agent_id, "listen")
    manager = User.objects.filter(role=Role.MANAGER)[0]
    assert not supervises(manager, talking, "listen"), "no phone"
    manager.agent_id = "m01"
    assert supervises(manager, other, "listen") and not any(supervises(manager, talking, mode) for mode in ("whisper", "barge", "take_over"))
    agent = User.objects.get(agent_id=talking)
    assert not supervises(agent, leader.agent_id, "listen")


def test_each_use_is_sent_and_audited_with_its_length(leader: User, talking: str) -> None:
    row = actions.supervise(leader, talking, "listen", address="192.0.2.7")
    again = actions.supervise(leader, talking, "whisper")
    assert again.watch_id == row.watch_id and Supervision.objects.count() == 1
    sent = list(TelephonyCommand.objects.filter(kind="supervise").order_by("id").values_list("node", "payload__mode", "payload__agent_id", "payload__call_id"))
    assert sent == [("n", "listen", talking, "k"), ("n", "whisper", talking, "k")]
    told = SupervisionChanged(
        watch_id=row.watch_id, call_id="k", agent_id=leader.agent_id, of=talking, mode="whisper", state="ended", reason="left", listen_s=12,
        whisper_s=5, changed_at=clock.instant(),
    )  # fmt: skip
    actions.note_end(replace(told, state="on"))
    actions.note_end(told)
    entries = list(AuditEntry.objects.filter(subject="call:k").order_by("pk").values_list("action", "user", "after", "address"))
    assert entries == [
        ("call.listened", leader.pk, {"agent": talking}, "192.0.2.7"),
        ("call.whispered", leader.pk, {"agent": talking}, None),
        ("call.supervision_ended", leader.pk, {"agent": talking, "listen_s": 12, "whisper_s": 5, "barge_s": 0, "end": "left"}, None),
    ]
    assert Supervision.objects.get().ended_at is not None


def test_one_call_at_a_time_and_none_beside_the_own(leader: User, talking: str) -> None:
    first = actions.supervise(leader, talking, "listen")
    OpenCall.objects.filter(pk="k").update(call_id="gone", agents=[])
    with pytest.raises(InputError, match=r"This call is over|đã kết thúc"):
        actions.supervise(leader, talking, "listen")
    OpenCall.objects.filter(agents=[]).update(call_id="k2", agents=[talking])
    second = actions.supervise(leader, talking, "listen")
    assert second.watch_id != first.watch_id and Supervision.objects.get(ended_at=None).pk == second.pk
    actions.stop(leader)
    assert not Supervision.objects.filter(ended_at=None).exists() and TelephonyCommand.objects.filter(kind="stop_supervising").count() == 1
    OpenCall.objects.filter(call_id="k2").update(agents=[talking, leader.agent_id])
    with pytest.raises(InputError):
        actions.supervise(leader, talking, "listen")
