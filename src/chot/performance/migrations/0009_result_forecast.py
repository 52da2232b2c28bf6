from django.db import migrations, models

_TO_RESULTS = """
UPDATE performance_result SET forecast = outlook
FROM performance_run, jsonb_array_elements(performance_run.forecast -> 'agents') AS outlook
WHERE performance_result.run_id = performance_run.id AND performance_result.agent_id = outlook ->> 'agent_id';
UPDATE performance_run SET forecast = jsonb_set(forecast, '{agents}', '[]') WHERE forecast ? 'agents';
"""


class Migration(migrations.Migration):
    """Each agent's outlook goes to the agent's result: a page of one reads no longer that of everyone."""

    dependencies = [("performance", "0008_result_head")]

    operations = [
        migrations.AddField("result", "forecast", models.JSONField(null=True)),
        migrations.RunSQL(_TO_RESULTS, migrations.RunSQL.noop),
    ]
