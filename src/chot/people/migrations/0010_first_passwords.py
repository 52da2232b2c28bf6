"""When a first password was given: one that waits already counts from the day of its account."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0009_hand_overs'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='password_given_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
