from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("isms", "0004_maturity")]

    operations = [
        migrations.AddField(
            model_name="statementofapplicability",
            name=name,
            field=field,
        )
        for name, field in (
            ("statement", models.TextField(blank=True, default="")),
            ("signature", models.TextField(blank=True, default="")),
            ("key_id", models.CharField(blank=True, default="", max_length=100)),
        )
    ]
