from __future__ import annotations

import django.core.validators
from django.db import migrations, models

_PURPOSES = [("advertising", "Advertising"), ("sales", "Sales"), ("care", "Customer care")]
_STATUSES = [("planned", "Planned"), ("running", "Running"), ("archived", "Archived")]
_CODE = django.core.validators.RegexValidator(
    "^[A-Za-z0-9][A-Za-z0-9._-]*\\Z", "Latin letters, digits, dots, dashes and underscores only."
)


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64, unique=True, validators=[_CODE], verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("purpose", models.CharField(choices=_PURPOSES, default="care", max_length=12, verbose_name="purpose")),
                ("teams", models.JSONField(blank=True, default=list, verbose_name="teams")),
                ("first_day", models.DateField(blank=True, null=True, verbose_name="from")),
                ("last_day", models.DateField(blank=True, null=True, verbose_name="until")),
                ("status", models.CharField(choices=_STATUSES, default="planned", max_length=10, verbose_name="status")),
                ("description", models.TextField(blank=True, max_length=2000, verbose_name="description")),
            ],
            options={
                "ordering": ("name", "code"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("first_day", None), ("last_day", None), ("last_day__gte", models.F("first_day")), _connector="OR"
                        ),
                        name="campaign_days_forward",
                    )
                ],
            },
        ),
    ]
