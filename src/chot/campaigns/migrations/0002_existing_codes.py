"""Codes that calls, quotas, outcomes and the calling rules have already become campaigns; those that advertised go on to."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def keep(apps: Any, schema_editor: Any) -> None:
    campaign = apps.get_model("campaigns", "Campaign")
    codes: set[str] = set()
    for name in ("Call", "Disposition", "OutcomeField", "Callback", "RecordingNotice"):
        codes |= set(apps.get_model("calls", name).objects.order_by().values_list("campaign_id", flat=True).distinct())
    for name in ("Quota", "QuotaUse"):
        codes |= set(apps.get_model("charges", name).objects.filter(holder="campaign").values_list("holder_id", flat=True).distinct())
    codes |= set(apps.get_model("charges", "CallCharge").objects.order_by().values_list("campaign_id", flat=True).distinct())
    advertising = {code for rules in apps.get_model("charges", "CallingRules").objects.all() for code in rules.ad_campaigns}
    campaign.objects.bulk_create(
        [
            campaign(code=code, name=code, status="running", purpose="advertising" if code in advertising else "care", teams=[])
            for code in sorted(codes | advertising)
            if code and len(code) <= 64
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial"), ("calls", "0009_recording_pauses"), ("charges", "0006_ported_by_day")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
