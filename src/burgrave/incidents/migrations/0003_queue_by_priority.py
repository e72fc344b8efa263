from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_priority")]

    operations = [
        migrations.RemoveIndex("alert", "alerts_queue"),
        migrations.AddIndex(
            "alert", models.Index(fields=["unit", "state", "-priority_rank", "-raised_at"], name="alerts_queue")
        ),
    ]
