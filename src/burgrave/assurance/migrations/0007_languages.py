"""Requirements in several languages, and what Burgrave wrote about findings so that any reader's language can say it."""

from django.db import migrations, models

from burgrave.assurance.models.frameworks import InWords


class Migration(migrations.Migration):
    dependencies = [
        ("assurance", "0006_asked_since"),
    ]

    operations = [
        *(
            migrations.AddField(model_name=model, name=name, field=models.JSONField(default=dict, encoder=InWords))
            for model, name in (("framework", "titles"), ("requirement", "titles"), ("requirement", "texts"))
        ),
        *(
            migrations.AddField(model_name=model, name=name, field=models.JSONField(null=True))
            for model, name in (
                ("finding", "title_said"),
                ("finding", "detail_said"),
                ("correctiveaction", "title_said"),
            )
        ),
    ]
