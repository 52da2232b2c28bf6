"""Numbers, flows, queues, hours and prompts as the one document that exchanges are given."""

from __future__ import annotations

from typing import Any

from chot.core.flows import Exit, Flow, Lead, Notice, Queue, Routing, Sound, Step
from chot.core.messages import MessageError, decode, encode
from chot.switchboard.models import NOTICE_TEXTS, CallFlow, CallQueue, LeadsTo, Number, OpeningHours, Prompt
from chot.switchboard.queries_queues import as_hours, holidays_of, members_of


def present() -> Routing:
    """All of it as it is now."""
    queues = list(CallQueue.objects.filter(enabled=True).select_related("hours"))
    prompts = dict(Prompt.objects.values_list("pk", "name"))
    members, holidays = members_of(queues), holidays_of()
    return Routing(
        leads=_leads(), flows=tuple(flow_of(row) for row in CallFlow.objects.all()),
        queues=tuple(_queue(row, members[row.name], holidays, prompts) for row in queues),
        hours=tuple(as_hours(row, holidays) for row in OpeningHours.objects.all()),
        music=Prompt.objects.filter(is_music=True).values_list("name", flat=True).first() or "",
        sounds=tuple(Sound(name=name, sha=sha) for name, sha in Prompt.objects.values_list("name", "sha")),
    )  # fmt: skip


def flow_of(row: CallFlow) -> Flow:
    """The steps of a flow; those that cannot be read are left out."""
    return Flow(name=row.name, title=row.title, steps=steps_of(row.document))


def steps_of(document: dict[str, Any]) -> tuple[Step, ...]:
    """The steps in a document."""
    try:
        return tuple(decode(Step, each) for each in document.get("steps", ()))
    except MessageError:
        return ()


def as_document(steps: tuple[Step, ...]) -> dict[str, Any]:
    """Steps as a flow keeps them: only what differs from the defaults."""
    plain = encode(Step(name="", kind=""))
    rows = [{key: value for key, value in encode(step).items() if key in ("name", "kind") or value != plain[key]} for step in steps]
    return {"steps": rows}


def _leads() -> tuple[Lead, ...]:
    rows = Number.objects.filter(enabled=True).exclude(leads_to=LeadsTo.NOTHING)
    return tuple(Lead(number=row.number, kind=row.leads_to, target=row.target) for row in rows)


def _queue(row: CallQueue, members: tuple[Any, ...], holidays: tuple[str, ...], prompts: dict[int, str]) -> Queue:
    return Queue(
        name=row.name, title=row.title, hours=as_hours(row.hours, holidays) if row.hours else None, strategy=row.strategy,
        members=members, priority=row.priority, ring_s=row.ring_s, misses=row.misses, greeting=row.greeting,
        greeting_prompt=prompts.get(row.greeting_prompt_id or 0, ""), music=prompts.get(row.music_id or 0, ""), announce_s=row.announce_s,
        says_position=row.says_position, max_wait_s=row.max_wait_s, max_waiting=row.max_waiting, callback_key=row.callback_key,
        overflow=Exit(kind=row.overflow_to, target=row.overflow_target, text=row.overflow_text),
        notice=_notice(row, prompts), closed=Exit(kind=row.closed_to, target=row.closed_target, text=row.closed_text),
    )  # fmt: skip


def _notice(row: CallQueue, prompts: dict[int, str]) -> Notice | None:
    """What callers of the queue are told of the recording; its prompt by its name."""
    if row.notice_mode not in NOTICE_TEXTS:
        return None
    text = row.notice_text or NOTICE_TEXTS[row.notice_mode].format(key=row.notice_key)
    return Notice(mode=row.notice_mode, text=text, prompt=prompts.get(row.notice_prompt_id or 0, ""), key=row.notice_key)
