"""The index of the search, and what finds words in it on each database."""

import django.db.models.deletion
from django.db import OperationalError, migrations, models

SQLITE = (
    """CREATE VIRTUAL TABLE lists_search_fts USING fts5(
        tokens, content='lists_searchentry', content_rowid='id', detail='none', tokenize="ascii tokenchars '_.'"
    )""",
    """CREATE TRIGGER lists_search_added AFTER INSERT ON lists_searchentry BEGIN
        INSERT INTO lists_search_fts(rowid, tokens) VALUES (new.id, new.tokens);
    END""",
    """CREATE TRIGGER lists_search_removed AFTER DELETE ON lists_searchentry BEGIN
        INSERT INTO lists_search_fts(lists_search_fts, rowid, tokens) VALUES ('delete', old.id, old.tokens);
    END""",
    """CREATE TRIGGER lists_search_changed AFTER UPDATE ON lists_searchentry WHEN old.tokens <> new.tokens BEGIN
        INSERT INTO lists_search_fts(lists_search_fts, rowid, tokens) VALUES ('delete', old.id, old.tokens);
        INSERT INTO lists_search_fts(rowid, tokens) VALUES (new.id, new.tokens);
    END""",
)
POSTGRESQL = (
    """ALTER TABLE lists_searchentry
        ADD COLUMN vector tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array(tokens, ' '))) STORED""",
    "CREATE INDEX lists_search_vector ON lists_searchentry USING gin (vector)",
)


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in POSTGRESQL:
            schema_editor.execute(statement)
        return
    try:
        for statement in SQLITE:
            schema_editor.execute(statement)
    except OperationalError as error:
        raise OperationalError(
            f"making the index of the search: {error}. SQLite with FTS5 is needed; "
            "install a Python whose sqlite3 has it, or set DATABASE_URL to a PostgreSQL database"
        ) from error


def unmake(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE lists_searchentry DROP COLUMN vector")
        return
    for name in ("added", "removed", "changed"):
        schema_editor.execute(f"DROP TRIGGER lists_search_{name}")
    schema_editor.execute("DROP TABLE lists_search_fts")


class Migration(migrations.Migration):
    initial = True

    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SearchState",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("object_id", models.UUIDField()),
                ("key", models.CharField(max_length=100)),
                ("identifier", models.CharField(blank=True, default="", max_length=200)),
                ("title", models.CharField(max_length=500)),
                ("text", models.TextField(blank=True, default="")),
                ("tokens", models.TextField()),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "object_id"), name="lists_search_entry_once"),
                ],
            },
        ),
        migrations.RunPython(make, unmake),
    ]
