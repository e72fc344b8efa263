from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0010_person_by_sort_key"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["unit", "sort_key", "id"], name="people_person_by_unit_and_name"),
        ),
    ]
