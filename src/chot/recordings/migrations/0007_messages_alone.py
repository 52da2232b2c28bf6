"""Of a call whose conversation may not be kept, the caller's message alone is."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recordings", "0006_refusals")]

    operations = [migrations.AddField(model_name="recording", name="only_message", field=models.JSONField(default=dict))]
