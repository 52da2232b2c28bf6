from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("charges", "0006_ported_by_day"), ("campaigns", "0002_existing_codes")]

    operations = [migrations.RemoveField(model_name="callingrules", name="ad_campaigns")]
