"""Each order and each facet of the list is read off an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assets", "0003_sort_key")]

    operations = [
        migrations.RemoveIndex(model_name="asset", name="assets_by_name"),
        migrations.RemoveIndex(model_name="asset", name="assets_by_need"),
        migrations.RemoveIndex(model_name="asset", name="assets_by_type"),
        migrations.AddIndex(
            model_name="asset", index=models.Index(fields=["sort_key", "id", "unit"], name="assets_by_sort_key")
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["need_highest", "sort_key", "id"], name="assets_by_highest_need"),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["type", "sort_key", "id"], name="assets_by_type_and_sort_key"),
        ),
        migrations.AddIndex(
            model_name="asset", index=models.Index(fields=["lifecycle", "sort_key", "id"], name="assets_by_lifecycle")
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["personal_data", "sort_key", "id"], name="assets_by_personal_data"),
        ),
    ]
