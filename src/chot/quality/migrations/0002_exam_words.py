from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quality", "0001_initial")]

    operations = [
        migrations.AddField("exam", "name", models.CharField(blank=True, db_default="", default="", max_length=120)),
        migrations.AddField("exam", "points", models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True)),
        migrations.AddField("exam", "maximum", models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True)),
        migrations.AddField("exam", "note", models.CharField(blank=True, db_default="", default="", max_length=300)),
    ]
