"""Names are sorted by pinyin."""

from django.db import migrations

import burgrave.web.sorting
from burgrave.engines.pinyin import sort_key


def collate(apps, schema_editor):
    """Both databases compare the keys byte by byte; SQLite does so by itself."""
    if schema_editor.connection.vendor == "postgresql":
        for table in ("people_person", "people_unit"):
            schema_editor.execute(f'ALTER TABLE {table} ALTER COLUMN sort_key TYPE varchar(300) COLLATE "C"')


def fill(apps, schema_editor):
    for name in ("Person", "Unit"):
        model = apps.get_model("people", name)
        rows = list(model.objects.only("pk", "name"))
        for row in rows:
            row.sort_key = sort_key(row.name, is_person=name == "Person")
        model.objects.bulk_update(rows, ["sort_key"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [("people", "0008_indexes")]

    operations = [
        migrations.AddField(
            model_name="person", name="sort_key", field=burgrave.web.sorting.SortKeyField(is_person=True, of="name")
        ),
        migrations.AddField(
            model_name="unit", name="sort_key", field=burgrave.web.sorting.SortKeyField(is_person=False, of="name")
        ),
        migrations.RunPython(collate, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
