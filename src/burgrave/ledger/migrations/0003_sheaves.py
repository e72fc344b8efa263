"""A row may hold a sheaf of records; what is there already are sheaves of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations, models

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def add_count(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Both databases add a constant column at once, without writing any row anew."""
    schema_editor.execute('ALTER TABLE ledger_entry ADD COLUMN "count" smallint NOT NULL DEFAULT 1')
    if schema_editor.connection.vendor == "postgresql":
        # Compressing leaves costs more than writing them: digests and ids do not shrink.
        schema_editor.execute("ALTER TABLE ledger_entry ALTER COLUMN leaf SET STORAGE EXTERNAL")
    else:
        # The guard is put back, with the new column in it, when the migrations have run.
        schema_editor.execute("DROP TRIGGER IF EXISTS ledger_entry_no_update")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_swift_appends")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField("entry", "count", models.SmallIntegerField(db_default=1, default=1)),
                migrations.AlterField("opening", "salt", models.BinaryField()),
            ],
            database_operations=[migrations.RunPython(add_count)],
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["position"], condition=models.Q(count__gt=1), name="ledger_entry_sheaf"),
        ),
        migrations.CreateModel(
            name="SheafSubjects",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "slot", "epoch", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slot", models.IntegerField()),
                ("epoch", models.IntegerField()),
                ("keys", models.BinaryField()),
            ],
        ),
    ]
