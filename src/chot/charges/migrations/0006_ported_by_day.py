from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("charges", "0005_parts_of_calls")]

    operations = [
        migrations.AlterModelOptions(name="portednumber", options={"ordering": ("number", "-since")}),
        migrations.AddField(
            model_name="portednumber", name="source", field=models.CharField(blank=True, default="", max_length=80, verbose_name="known from"),
            preserve_default=False,
        ),
        migrations.AlterField(model_name="portednumber", name="number", field=models.CharField(max_length=20, verbose_name="number")),
        migrations.AddConstraint(
            model_name="portednumber",
            constraint=models.UniqueConstraint(fields=("number", "since"), name="one_move_of_a_number_per_day"),
        ),
    ]  # fmt: skip
