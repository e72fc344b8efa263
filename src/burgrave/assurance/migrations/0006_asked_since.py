"""Since when a requirement asks for what it asks: evidence of before speaks of other parameters."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assurance", "0005_one_index_of_reach"),
    ]

    operations = [
        migrations.AddField(model_name="requirement", name="asked_since", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="wording", name="asked_since", field=models.DateTimeField(null=True)),
    ]
