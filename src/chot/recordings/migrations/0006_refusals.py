from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('recordings', '0005_bucket'),
    ]

    operations = [
        migrations.AddField(
            model_name='recording',
            name='refusal_open',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='recording',
            index=models.Index(condition=models.Q(('refusal_open', True)), fields=['refusal_open'], name='recording_refused'),
        ),
    ]
