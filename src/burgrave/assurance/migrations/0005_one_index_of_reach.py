"""The measure of a reach needs no index of its own: that of measure and requirement begins with it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assurance", "0004_assets_unbound"),
    ]

    operations = [
        migrations.AlterField(
            model_name="reach",
            name="measure",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reach",
                to="assurance.measure",
            ),
        ),
    ]
