"""The web's side of calls, in a process of its own with the application's functions: what a quota is, who a customer is, what callers hear."""

from __future__ import annotations

import io
import json
import sys
import time
import wave
from datetime import date

SECONDS = 20


def main(node: str, dialled: str, caller: str, number: str) -> None:
    """Say what is known and send it, call out on a quota and look after that call until it has ended. JSON out."""
    import django

    django.setup()
    _inbound(dialled, caller)
    call_id, first_s = _outbound(node, number)
    print(json.dumps(_looked_after(call_id) | {"call_id": call_id, "first_s": first_s}))


def _inbound(dialled: str, caller: str) -> None:
    """A flow that says one prompt to customers and another to strangers; both are uploaded."""

    from chot.customers.models import Customer
    from chot.people.models import User
    from chot.switchboard import actions_queues
    from chot.switchboard.models import CallFlow, Number, Prompt, Trunk
    from chot.switchboard.prompts import converted

    by = User.objects.get_or_create(username="desk")[0]
    trunk = Trunk.objects.get_or_create(name="carrier", defaults={"title": "Carrier", "host": "127.0.0.10", "operator": "Viettel"})[0]
    Customer.objects.get_or_create(customer_id=f"c{caller}", defaults={"name": "Lan", "phone": caller})
    for name, hz in (("known", 700), ("stranger", 1300)):
        made = converted(_tone(hz))
        prompt = Prompt.objects.filter(name=name).first() or Prompt(name=name, title=name)
        prompt.sound, prompt.sha, prompt.duration_ms = made.sound, made.sha, made.duration_ms
        actions_queues.save(prompt, by=by, address=None)
    steps = [
        {"name": "who", "kind": "branch", "test": "known", "next": "hello", "otherwise": "you"},
        {"name": "hello", "kind": "say", "prompt": "known", "next": "end"}, {"name": "you", "kind": "say", "prompt": "stranger"},
        {"name": "end", "kind": "hangup"},
    ]  # fmt: skip
    flow = CallFlow.objects.filter(name="who").first() or CallFlow(name="who", title="Who")
    flow.document = {"steps": steps}
    Number.objects.update_or_create(number=dialled, defaults={"trunk": trunk, "leads_to": "flow", "target": "who", "enabled": True})
    actions_queues.save(flow, by=by, address=None)


def _outbound(node: str, number: str) -> tuple[str, int]:
    """A call of 10 ₫ a second on a quota of 70 ₫, four seconds set aside at first."""
    from chot.calls.actions_telephony import send_command
    from chot.charges.actions import prepare_call
    from chot.charges.models import CallingRules, Quota, TariffRow
    from chot.core.messages import Dial, Seat

    CallingRules.objects.update_or_create(pk=1, defaults={"reserve_s": 4, "night_from": None, "night_to": None})
    TariffRow.objects.all().delete()
    for group in TariffRow._meta.get_field("group").choices or ():
        TariffRow.objects.create(group=group[0], first_block_s=1, next_block_s=1, rate_vnd=600, valid_from=date(2026, 1, 1))
    call_id = f"{node}-quota"
    Quota.objects.update_or_create(holder="agent", holder_id=node, period="day", defaults={"limit_vnd": 70})
    way = prepare_call(node, number, "care", "", call_id)
    seat = Seat(agent_id=node, phone="tone")
    send_command(Dial(call_id=call_id, seat=seat, number=number, caller_id=way.caller_id, max_talk_s=way.max_talk_s), node=node)
    return call_id, way.max_talk_s


def _looked_after(call_id: str) -> dict[str, object]:
    """As the worker does, until the call is a fact."""
    from chot.calls.actions_charges import extend_calls
    from chot.calls.actions_journal import take_in_calls
    from chot.calls.models import Call, TelephonyCommand
    from chot.charges.models import QuotaUse

    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        take_in_calls()
        extend_calls()
        if row := Call.objects.filter(call_id=call_id).first():
            break
        time.sleep(0.2)
    assert row and row.answered_at and row.ended_at
    limits = TelephonyCommand.objects.filter(kind="limit_talk", payload__call_id=call_id).order_by("id")
    use = QuotaUse.objects.get(holder="agent", holder_id=row.agent_id)
    return {
        "lasted": (row.ended_at - row.answered_at).total_seconds(), "by": row.hangup_by, "charge_vnd": row.charge_vnd,
        "limits": list(limits.values_list("payload__max_talk_s", flat=True)), "used_vnd": use.used_vnd, "reserved_vnd": use.reserved_vnd,
    }  # fmt: skip


def _tone(hz: int) -> bytes:
    import numpy as np

    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes((np.sin(np.arange(16000) * 2 * np.pi * hz / 8000) * 12000).astype("<i2").tobytes())
    return file.getvalue()


if __name__ == "__main__":
    main(*sys.argv[1:])
