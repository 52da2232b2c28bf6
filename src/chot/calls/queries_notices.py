"""Reads: what a customer who is called is told of the recording."""

from __future__ import annotations

from chot.calls.models import RecordingNotice
from chot.core.flows import Notice
from chot.switchboard.models import NoticeMode


def notice_for(campaign_id: str, number: str) -> Notice | None:
    """Of the campaign, else of all calls; None when nothing is to be said. Short numbers (emergency, services) hear none."""
    if not number.startswith("+"):
        return None
    rows = {row.campaign_id: row for row in RecordingNotice.objects.select_related("prompt").filter(campaign_id__in=("", campaign_id))}
    row = rows.get(campaign_id) or rows.get("")
    if row is None or row.mode == NoticeMode.NONE:
        return None
    return Notice(mode=row.mode, text=row.said, prompt=row.prompt.sha if row.prompt else "", key=row.key)
