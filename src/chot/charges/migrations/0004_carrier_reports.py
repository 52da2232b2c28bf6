from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("charges", "0003_calls_cut"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.DeleteModel(name="CarrierLine"),
        migrations.CreateModel(
            name="CarrierReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("read_at", models.DateTimeField()),
                (
                    "read_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"ordering": ("-pk",)},
        ),
        migrations.CreateModel(
            name="CarrierLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField()),
                ("number", models.CharField(max_length=20)),
                ("shown", models.CharField(blank=True, max_length=20)),
                ("brand", models.CharField(blank=True, max_length=40)),
                ("started_at", models.DateTimeField()),
                ("seconds", models.PositiveIntegerField()),
                ("charge_vnd", models.BigIntegerField()),
                (
                    "call",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="reported", to="charges.callcharge"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="charges.carrierreport"),
                ),
            ],
            options={
                "ordering": ("report", "line"),
                "constraints": [models.UniqueConstraint(fields=("report", "line"), name="one_row_per_line_of_a_report")],
            },
        ),
    ]
