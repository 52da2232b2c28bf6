from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0004_customer_sources'),
    ]

    operations = [
        migrations.AlterField(
            model_name='consent',
            name='how',
            field=models.CharField(choices=[('paper', 'Signed on paper'), ('form', 'Form on a website or app'), ('sms', 'Answer to an SMS'), ('call', 'Spoken in a recorded call'), ('key', 'Key pressed in a call'), ('message', 'Message (Zalo, e-mail)'), ('other', 'Another provable way')], max_length=8, verbose_name='how'),
        ),
    ]
