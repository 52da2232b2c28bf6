"""The facts of calls, made in a process of its own with the application's functions. JSON out."""

from __future__ import annotations

import json
import sys

SAID = ("direction", "outcome", "hangup_by", "agent_id", "wait_s", "started_at", "answered_at", "ended_at")


def main(*calls: str) -> None:
    """Read the journal, and once more from its beginning: each call is one row."""
    import django

    django.setup()
    from chot.calls.actions_journal import take_in_calls
    from chot.calls.models import Call, JournalReader

    take_in_calls()
    JournalReader.objects.update(seq=0)
    take_in_calls()
    rows = list(Call.objects.filter(call_id__in=calls))
    assert sorted(row.call_id for row in rows) == sorted(calls)
    print(json.dumps({row.call_id: {name: getattr(row, name) for name in SAID} for row in rows}, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
