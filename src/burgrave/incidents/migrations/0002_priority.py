from django.db import migrations, models
from django.db.models import F

LEVELS = [(word, word) for word in ("informational", "low", "medium", "high", "critical")]


def as_the_rule_says(apps, _editor):
    """Alerts that were raised before are as urgent as their rule says, until they are weighed."""
    apps.get_model("incidents", "Alert").objects.update(priority=F("level"), priority_rank=F("level_rank"))


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial")]

    operations = [
        migrations.AddField("alert", "need", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField(
            "alert",
            "priority",
            models.CharField(choices=LEVELS, default="medium", max_length=20),
            preserve_default=False,
        ),
        migrations.AddField(
            "alert", "priority_rank", models.PositiveSmallIntegerField(default=0), preserve_default=False
        ),
        migrations.RunPython(as_the_rule_says, migrations.RunPython.noop),
    ]
