from __future__ import annotations

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

_FILL = """
    UPDATE recordings_recording r SET agents = ARRAY(
        SELECT agent FROM (
            SELECT r.agent_id AS agent, 0 AS place
            UNION ALL
            SELECT told.agent, told.place FROM telephony_journal j, jsonb_array_elements_text(j.payload->'agents') WITH ORDINALITY AS told (agent, place)
            WHERE j.call_id = r.call_id AND j.kind = 'call_ended'
        ) part WHERE agent <> '' GROUP BY agent ORDER BY min(place))"""


class Migration(migrations.Migration):
    dependencies = [("recordings", "0001_initial"), ("calls", "0005_states_and_outcomes")]

    operations = [
        migrations.AddField(
            "recording", "agents", django.contrib.postgres.fields.ArrayField(models.CharField(max_length=64), default=list, size=None)
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        migrations.AddIndex("recording", django.contrib.postgres.indexes.GinIndex(fields=["agents"], name="recordings_of_agent")),
    ]
