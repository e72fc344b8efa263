from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0007_foreign_identities"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(fields=["role", "unit", "person"], name="people_grant_by_role_and_unit"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["name", "id"], name="people_person_by_name"),
        ),
    ]
