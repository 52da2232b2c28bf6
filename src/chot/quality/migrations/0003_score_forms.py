"""Forms that calls are scored by: a version is never changed, not even by a faulty program."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEEP = """
CREATE FUNCTION quality_form_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'archived_at' = to_jsonb(OLD) - 'archived_at' THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'a version of a score form is never changed';
END $$;

CREATE TRIGGER form_stays BEFORE UPDATE OR DELETE ON quality_scoreform FOR EACH ROW EXECUTE FUNCTION quality_form_stays();
"""
LOOSEN = """
DROP TRIGGER form_stays ON quality_scoreform;
DROP FUNCTION quality_form_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("quality", "0002_exam_words"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="ScoreForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40)),
                ("version", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=120)),
                ("plan_role", models.CharField(blank=True, max_length=64)),
                ("campaign", models.CharField(blank=True, max_length=64)),
                ("rows", models.JSONField(default=list)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("made_at", models.DateTimeField()),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                ("made_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ("code", "-version"),
                "constraints": [models.UniqueConstraint(fields=("code", "version"), name="score_form_versions")],
            },
        ),
        migrations.AddField(
            "review", "form",
            models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="quality.scoreform"
            ),
        ),
        migrations.AddField("review", "marks", models.JSONField(blank=True, null=True)),
        migrations.AddField("review", "comment", models.TextField(blank=True, db_default="", default="")),
        migrations.AddField(
            "review", "reviewed_by",
            models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.RunSQL(KEEP, LOOSEN),
    ]
