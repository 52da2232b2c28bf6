"""Calls of an installation made and looked at from a process of its own, with the application's own functions. JSON out.

``queue NAME TITLE AGENT …`` makes a queue that is always open; ``lead DIALLED NAME`` gives it the callers of a number of ours; ``forward NAME TITLE NUMBER DIALLED AGENT …`` one that leads callers of a number of ours to a
number outside after a second. ``dial AGENT:NUMBER …`` calls customers from agents' desk phones; ``look CALL …`` says what became of calls everywhere.
"""

from __future__ import annotations

import io
import json
import sys
import uuid
from typing import Any

SECONDS = 8000


def dial(wanted: list[str]) -> list[str]:
    """The ids of the calls, each placed as the agent's page places it."""
    from chot.calls.actions_dial import place_call
    from chot.people.models import User

    agents = {user.agent_id: user for user in User.objects.exclude(agent_id="")}
    pairs = [each.split(":") for each in wanted]
    return [place_call(agents[agent], number, key=uuid.uuid4().hex) for agent, number in pairs]


def seat(agents: list[str]) -> None:
    """Each agent is ready at a desk phone; wrap-ups are short, and calls may be made at night."""
    from chot.calls.actions_states import choose_state
    from chot.calls.models import AgentPhone, DeskRules
    from chot.charges.models import CallingRules
    from chot.core import clock
    from chot.people.models import User

    DeskRules.objects.update_or_create(pk=1, defaults={"wrap_limit_s": 2})
    CallingRules.objects.update_or_create(pk=1, defaults={"night_from": None, "night_to": None})
    for agent in agents:
        AgentPhone.objects.get_or_create(agent_id=agent, defaults={"digest": "", "given_at": clock.now()})
        choose_state(agent, "ready", by=User.objects.get(agent_id=agent))


def queue(wanted: list[str]) -> int:
    """The version of the routing in which the queue is."""
    from chot.switchboard.actions_queues import publish
    from chot.switchboard.models import CallQueue, QueueMember

    name, title, *agents = wanted
    made = CallQueue.objects.create(name=name, title=title, ring_s=30)
    QueueMember.objects.bulk_create([QueueMember(queue=made, agent_id=agent) for agent in agents])
    return publish(None, "test").number


def lead(wanted: list[str]) -> int:
    """The version of the routing in which callers of DIALLED wait in the queue NAME."""
    from chot.switchboard.actions_queues import publish
    from chot.switchboard.models import Number, Trunk

    dialled, name = wanted
    Number.objects.create(number=dialled, trunk=Trunk.objects.all()[0], leads_to="queue", target=name)
    return publish(None, "test").number


def forward(wanted: list[str]) -> int:
    """The version of the routing in which callers of DIALLED are led outside."""
    from chot.switchboard.actions_queues import publish
    from chot.switchboard.models import CallQueue, Number, QueueMember, Trunk

    name, title, number, dialled, *agents = wanted
    made = CallQueue.objects.create(name=name, title=title, max_wait_s=1, overflow_to="number", overflow_target=number)
    QueueMember.objects.bulk_create([QueueMember(queue=made, agent_id=agent) for agent in agents])
    Number.objects.create(number=dialled, trunk=Trunk.objects.all()[0], leads_to="queue", target=name)
    return publish(None, "test").number


def look(calls: list[str]) -> dict[str, Any]:
    """Facts, recordings, charges and the journal."""
    from chot.calls.models import AgentState, Call, JournalProblem, JournalReader, OpenCall, TelephonyJournal
    from chot.charges.models import CallCharge, QuotaUse
    from chot.feed.models import FactChange
    from chot.performance.workplace import data_folder
    from chot.recordings.models import Recording

    held = {row.call_id: _heard(row) for row in Recording.objects.filter(call_id__in=calls)}
    states = AgentState.objects.filter(ended_at=None).values_list("agent_id", "state")
    return {
        "rows": {row.call_id: _row(row) for row in Call.objects.filter(call_id__in=calls)},
        "facts": _facts(str(data_folder()), calls),
        "moving": FactChange.objects.count(),
        "recordings": held,
        "held": CallCharge.objects.filter(state=CallCharge.State.HELD).count(),
        "reserved": sum(QuotaUse.objects.values_list("reserved_vnd", flat=True)),
        "unread": TelephonyJournal.objects.filter(seq__gt=min(JournalReader.objects.values_list("seq", flat=True))).count(),
        "problems": JournalProblem.objects.count(),
        "ends": list(TelephonyJournal.objects.filter(kind="call_ended", call_id__in=calls).values_list("call_id", flat=True)),
        "states": dict(states),
        "spells": list(AgentState.objects.order_by("started_at", "pk").values_list("agent_id", "state", "call_id", "started_at", "ended_at")),
        "open": OpenCall.objects.filter(call_id__in=calls).count(),
    }


def _row(row: Any) -> dict[str, Any]:
    """What the fact says, ``lasted`` from the customer's answer to the end."""
    lasted = (row.ended_at - row.answered_at).total_seconds() if row.answered_at else 0
    named = {name: getattr(row, name) for name in ("agent_id", "outcome", "hangup_by", "talk_s", "wait_s", "charge_vnd", "queue_id", "direction", "ended_at")}
    return {**named, "lasted": lasted}


def _heard(row: Any) -> dict[str, Any]:
    """Whether a recording is kept, its length, and the loudness of the customer and the agent in its last second."""
    import numpy as np
    import soundfile

    from chot.recordings import storage

    if row.state != "kept":
        return {"state": row.state, "problem": row.problem}
    sound, _rate = soundfile.read(io.BytesIO(storage.read(row, 0, row.size)), dtype="int16")
    last = np.abs(sound[-SECONDS:].astype(int)).max(axis=0)
    return {"state": row.state, "seconds": len(sound) / SECONDS, "last": [int(each) for each in last], "repaired": row.repaired}


def _facts(folder: str, calls: list[str]) -> dict[str, list[Any]]:
    """How often each call is in the facts, and its outcome there."""
    import duckdb

    question = "SELECT call_id, count(*), min(outcome) FROM read_parquet(?) WHERE call_id IN (SELECT unnest(?)) GROUP BY 1"
    found = duckdb.execute(question, [f"{folder}/calls/**/*.parquet", calls]).fetchall()
    return {call: [count, outcome] for call, count, outcome in found}


if __name__ == "__main__":
    import django

    django.setup()
    asked = {"seat": seat, "queue": queue, "lead": lead, "forward": forward, "dial": dial, "look": look}[sys.argv[1]]
    print(json.dumps(asked(sys.argv[2:]), default=str))
