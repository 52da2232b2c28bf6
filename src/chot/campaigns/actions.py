"""Writes: campaigns, each audited with what it was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404

from chot.campaigns.models import Campaign
from chot.people.audit import record
from chot.people.models import User


@transaction.atomic
def save_campaign(campaign: Campaign, *, by: User, address: str | None) -> Campaign:
    """Add or change a campaign; its code stays."""
    before = Campaign.objects.select_for_update().filter(pk=campaign.pk).first() if campaign.pk else None
    if before:
        campaign.code = before.code
    campaign.save()
    told = {"before": _told(before) if before else None, "after": _told(campaign)}
    record("campaign.saved", f"campaign:{campaign.code}", by=by, address=address, **told)
    return campaign


@transaction.atomic
def archive_campaign(pk: int, *, archived: bool, by: User, address: str | None) -> Campaign:
    """Take a campaign out of the forms, or bring it back; its calls keep it. Twice is once."""
    campaign = get_object_or_404(Campaign.objects.select_for_update(), pk=pk)
    if (campaign.status == Campaign.Status.ARCHIVED) == archived:
        return campaign
    before = campaign.status
    campaign.status = Campaign.Status.ARCHIVED if archived else Campaign.Status.RUNNING
    campaign.save(update_fields=["status"])
    action = "campaign.archived" if archived else "campaign.brought_back"
    record(action, f"campaign:{campaign.code}", by=by, address=address, before={"status": before}, after={"status": campaign.status})
    return campaign


def keep_codes(codes: Iterable[str]) -> int:
    """A row for each code that calls have and nobody has described yet; how many were asked for."""
    rows = [Campaign(code=code, name=code, status=Campaign.Status.RUNNING) for code in sorted(set(codes)) if code]
    Campaign.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _told(campaign: Campaign) -> dict[str, Any]:
    named = {name: getattr(campaign, name) for name in ("code", "name", "purpose", "teams", "status", "description")}
    return {**named, "from": str(campaign.first_day or ""), "until": str(campaign.last_day or "")}
