"""Why an import was refused, so that any reader's language can say it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0002_said"),
    ]

    operations = [
        migrations.AddField(model_name="import", name="refusal_said", field=models.JSONField(default=str)),
    ]
