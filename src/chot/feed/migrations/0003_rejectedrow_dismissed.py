"""A rejected row may be left out on purpose, by somebody who says why."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feed", "0002_triggers"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.AddField("rejectedrow", "dismissed_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "rejectedrow", "dismissed_by",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField("rejectedrow", "dismissed_because", models.CharField(blank=True, max_length=300)),
    ]  # fmt: skip
