"""Names are sorted by pinyin, and lists search in the words that the search knows."""

from django.db import migrations

import burgrave.web.sorting
from burgrave.engines.pinyin import sort_key
from burgrave.engines.search import folded

CHUNK = 1_000


def collate(apps, schema_editor):
    """Both databases compare the keys byte by byte; SQLite does so by itself."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE assets_asset ALTER COLUMN sort_key TYPE varchar(300) COLLATE "C"')


def fill(apps, schema_editor):
    assets = apps.get_model("assets", "Asset")
    after = None
    while True:
        rows = assets.objects.order_by("pk").prefetch_related("identifiers")
        rows = list((rows.filter(pk__gt=after) if after else rows)[:CHUNK])
        for row in rows:
            names = " ".join(each.value for each in row.identifiers.all())
            words = (f"AST-{row.number:06d}", row.name, row.reference, *row.tags, names, row.description)
            row.sort_key = sort_key(row.name)
            row.search_text = folded(" ".join(words)[:4_000])
        assets.objects.bulk_update(rows, ["sort_key", "search_text"], batch_size=100)
        if len(rows) < CHUNK:
            return
        after = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("assets", "0002_inventory")]

    operations = [
        migrations.AddField(
            model_name="asset", name="sort_key", field=burgrave.web.sorting.SortKeyField(is_person=False, of="name")
        ),
        migrations.RunPython(collate, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
