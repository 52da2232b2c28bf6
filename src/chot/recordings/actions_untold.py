"""A customer could not be told of the recording: nothing is kept of what an agent said and heard, and somebody is told to mend it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chot.calls.models import TelephonyJournal
from chot.core import clock
from chot.people.actions_notifications import notify
from chot.people.audit import record
from chot.people.models import Role, User
from chot.recordings.actions_delete import forget
from chot.recordings.actions_message import conversations
from chot.recordings.models import Recording

WORDS = {
    "recordings.untold": _("The announcement of the recording could not be played, so calls are not recorded. Check its prompt or text."),
}
BATCH = 200


@transaction.atomic
def drop_untold() -> int:
    """Delete what was recorded of conversations of which the customer could not be told; how many. A caller's message stays, alone.

    Administrators and managers are told once a day.
    """
    waiting = Recording.objects.filter(state=Recording.State.WAITING, notice__failed=True, only_message={}).order_by("pk")
    found = {row.call_id: row for row in waiting.select_for_update(skip_locked=True)[:BATCH]}
    ended = TelephonyJournal.objects.filter(call_id__in=found, kind="call_ended").values_list("call_id", "payload__agents")
    rows = [found[call_id] for call_id in sorted({call_id for call_id, agents in ended if agents})]
    for row in rows:
        record("recording.untold", f"recording:{row.call_id}", by=None)
    if rows:
        people = User.objects.filter(role__in=(Role.ADMIN, Role.MANAGER))
        notify(people, "recordings.untold", link="/lines/queues", key=f"recordings.untold:{clock.today().isoformat()}")
    return forget(conversations(rows))
