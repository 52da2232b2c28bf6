import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("performance", "0006_exportcolumns"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedDays",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("rule", models.CharField(blank=True, max_length=20)),
                ("days", models.PositiveSmallIntegerField(null=True)),
                ("first", models.DateField(null=True)),
                ("last", models.DateField(null=True)),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="saved_days", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ("name", "pk"),
                "constraints": [
                    models.UniqueConstraint(fields=("user", "name"), name="one_saved_days_per_name"),
                    models.CheckConstraint(condition=models.Q(models.Q(("rule", ""), _negated=True), models.Q(("first__isnull", False), ("last__gte", models.F("first"))), _connector="OR"), name="fixed_days_have_both_ends"),
                    models.CheckConstraint(condition=models.Q(models.Q(("rule", "days"), _negated=True), ("days__gte", 1), _connector="OR"), name="last_days_are_at_least_one"),
                ],
            },
        ),
    ]
