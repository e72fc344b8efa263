"""Scopes and findings name assets that may be merged away before the news of it arrives."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0005_merged"),
        ("assurance", "0003_measures_and_checks"),
    ]

    operations = [
        migrations.AlterField(
            model_name="findingasset",
            name="asset",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="assets.asset"
            ),
        ),
        migrations.AlterField(
            model_name="measureasset",
            name="asset",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="assets.asset"
            ),
        ),
    ]
