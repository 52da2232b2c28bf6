"""Reads: through whose hands a contact went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from chot.calls.models import CallPart
from chot.people.masking import masked
from chot.people.queries import agent_names
from chot.switchboard.queries_queues import queue_titles


def ways(call_ids: Sequence[str]) -> dict[str, str]:
    """Agents, queues and numbers outside in their order, in words, of the calls that went through more than one or went outside."""
    rows = list(CallPart.objects.filter(call_id__in=call_ids))
    if not rows:
        return {}
    names, titles = agent_names(), queue_titles()
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        told = {
            CallPart.Kind.AGENT: names.get(row.agent_id, row.agent_id), CallPart.Kind.QUEUE: titles.get(row.queue_id, row.queue_id),
            CallPart.Kind.OUTSIDE: masked(row.number),
        }  # fmt: skip
        found[row.call_id].append(told[CallPart.Kind(row.kind)])
    return {call_id: " → ".join(parts) for call_id, parts in found.items()}
