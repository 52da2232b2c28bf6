"""Reads: where a call can be handed to, by one search over colleagues, queues and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext as _

from chot.calls.models import AgentState, DeskState, OpenCall
from chot.calls.queries_desk import shown_state
from chot.calls.queries_phones import with_phones
from chot.core.phones import bare, number_id
from chot.core.text import unaccented
from chot.people.models import User
from chot.people.queries import agent_names
from chot.switchboard.models import CallQueue

MOST = 12
_MARKS = set("+0123456789 .-()")


def places(user: User, typed: str) -> list[dict[str, str]]:
    """``to`` as a transfer takes it, ``words``, ``detail``, ``kind``; a typed number, colleagues, the ready ones first, queues."""
    wanted = unaccented(typed).split()
    found = [place for place in (*_colleagues(user), *_queues()) if _fits(place, wanted)]
    return [*_number(typed), *found][:MOST]


def _fits(place: dict[str, str], wanted: list[str]) -> bool:
    told = unaccented(f"{place['words']} {place['to']}")
    return all(word in told for word in wanted)


def _number(typed: str) -> Iterator[dict[str, str]]:
    digits = sum(mark.isdigit() for mark in typed)
    if digits >= 3 and set(typed) <= _MARKS:
        yield {"to": f"number:{number_id(bare(typed))}", "words": typed.strip(), "detail": _("Number outside"), "kind": "number"}


def _colleagues(user: User) -> list[dict[str, str]]:
    """Those whose phone is there and who are not offline."""
    names = agent_names()
    phones = with_phones() - {user.agent_id}
    rows = list(AgentState.objects.filter(agent_id__in=phones, ended_at=None).exclude(state=DeskState.OFFLINE))
    rows.sort(key=lambda row: (row.state != DeskState.READY, names.get(row.agent_id, row.agent_id)))
    return [
        {
            "to": f"agent:{row.agent_id}", "words": names.get(row.agent_id, row.agent_id), "detail": shown_state(row)["label"],
            "kind": "ready" if row.state == DeskState.READY else "agent",
        }
        for row in rows
    ]  # fmt: skip


def _queues() -> list[dict[str, str]]:
    waiting = Counter(OpenCall.objects.filter(phase="waiting").exclude(queue_id="").values_list("queue_id", flat=True))
    return [
        {"to": f"queue:{name}", "words": title, "detail": _waiting(waiting[name]), "kind": "queue"}
        for name, title in CallQueue.objects.filter(enabled=True).values_list("name", "title")
    ]


def _waiting(number: int) -> str:
    return _("Queue · %(number)s waiting") % {"number": number}
