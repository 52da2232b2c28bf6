"""The list of running sessions, passwords that somebody else has given, and the audit trail by day."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0002_audit_append_only")]
    operations = [
        migrations.AddField(
            "user", "temporary_password", models.BooleanField(default=False, editable=False, verbose_name="has to choose a password")
        ),
        migrations.AlterField("auditentry", "at", models.DateTimeField(db_index=True)),
        migrations.CreateModel(
            name="UserSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key_hash", models.CharField(max_length=64, unique=True)),
                ("device", models.CharField(blank=True, max_length=60)),
                ("address", models.GenericIPAddressField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="sessions", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={"ordering": ("-seen_at", "-pk")},
        ),
    ]
