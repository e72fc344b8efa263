"""A table that no mapping knows says so, and is found by its columns when one does."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0010_correlation_memory")]

    operations = [
        migrations.AddField(
            model_name="eventfile",
            name="columns_sha256",
            field=models.CharField(blank=True, db_index=True, default="", max_length=64),
        ),
    ]
