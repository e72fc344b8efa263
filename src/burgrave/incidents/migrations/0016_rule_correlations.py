"""What a live correlation asks stands beside its rules."""

from typing import Any

from django.db import migrations, models


def load_again(apps: Any, _schema: Any) -> None:
    """The next worker writes what they ask beside the correlations that are live."""
    apps.get_model("incidents", "RuleSetState").objects.update(sha256="")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0015_raw_segments")]

    operations = [
        migrations.RunPython(load_again, migrations.RunPython.noop),
        migrations.AddField(
            model_name="ruleversion",
            name="correlation",
            field=models.JSONField(default=dict),
        ),
    ]
