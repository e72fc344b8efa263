"""Subjects are filed by place and by stretches of it, openings under their record alone: fewer pages for each append."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django.db.models.deletion
from django.db import migrations, models

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

EPOCH = 2**15
PLACED = models.Q(position__isnull=False)
INDEXES = {"ledger_entry_kind": "kind", "ledger_entry_actor": "actor_label", "ledger_entry_at": "at"}


def rebuild(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Both tables are written anew, in the order of their keys, from what they hold."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    integer, blob, end = ("integer", "bytea", "") if is_postgresql else ("integer", "BLOB", " WITHOUT ROWID")
    for statement in (
        "ALTER TABLE ledger_subject RENAME TO ledger_subject_old",
        f"""CREATE TABLE ledger_subject (
            epoch {integer} NOT NULL, subject varchar(120) NOT NULL, position bigint NOT NULL,
            PRIMARY KEY (epoch, subject, position)){end}""",
        f"""INSERT INTO ledger_subject (epoch, subject, position)
            SELECT e.position / {EPOCH}, s.subject, e.position
            FROM ledger_subject_old s JOIN ledger_entry e ON e.arrival = s.entry_id
            WHERE e.position IS NOT NULL ORDER BY 1, 2, 3""",
        "DROP TABLE ledger_subject_old",
        "ALTER TABLE ledger_opening RENAME TO ledger_opening_old",
        f"""CREATE TABLE ledger_opening (
            entry_id bigint NOT NULL, name varchar(60) NOT NULL, salt {blob} NOT NULL, value text NOT NULL,
            PRIMARY KEY (entry_id, name)){end}""",
        """INSERT INTO ledger_opening (entry_id, name, salt, value)
            SELECT entry_id, name, salt, value FROM ledger_opening_old ORDER BY 1, 2""",
        "DROP TABLE ledger_opening_old",
    ):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel("Subject"),
                migrations.DeleteModel("Opening"),
                migrations.CreateModel(
                    name="Subject",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "epoch",
                                "subject",
                                "position",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("epoch", models.IntegerField()),
                        ("subject", models.CharField(max_length=120)),
                        ("position", models.BigIntegerField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Opening",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "entry", "name", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="openings",
                                to="ledger.entry",
                            ),
                        ),
                        ("name", models.CharField(max_length=60)),
                        ("salt", models.BinaryField(max_length=16)),
                        ("value", models.TextField()),
                    ],
                ),
            ],
            database_operations=[migrations.RunPython(rebuild)],
        ),
        *(migrations.RemoveIndex(model_name="entry", name=name) for name in INDEXES),
        *(
            migrations.AddIndex(
                model_name="entry", index=models.Index(fields=[field, "position"], condition=PLACED, name=name)
            )
            for name, field in INDEXES.items()
        ),
    ]
