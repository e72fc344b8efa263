from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0009_sort_key")]

    operations = [
        migrations.AddIndex(
            model_name="person", index=models.Index(fields=["sort_key", "id"], name="people_person_by_sort_key")
        ),
    ]
