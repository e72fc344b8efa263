"""Triggers that refuse changes of records inside the database.

They stop a careless hand. A careful one removes them first, and is found out by the signatures.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

ENTRY = "ledger_entry"
SENTENCE = "records of the ledger are never changed or deleted"

_NAMES = {"update": "ledger_entry_no_update", "delete": "ledger_entry_no_delete"}

_SAME = " AND ".join(
    f"NEW.{column} = OLD.{column}"
    for column in ("arrival", "record_id", "kind", "at", "actor_label", "leaf", '"count"')
)
_PLACE_IS_GIVEN = f"(OLD.position IS NULL AND NEW.position IS NOT NULL AND {_SAME})"


def install_guards(connection: BaseDatabaseWrapper) -> None:
    """The table of records refuses UPDATE, save for giving a place, and DELETE.

    A database in memory, which dies with its process, keeps only the first: tests empty it with DELETE.
    """
    with connection.cursor() as cursor:
        for statement in _statements(connection):
            cursor.execute(statement)


def disarm_guards(connection: BaseDatabaseWrapper) -> None:
    """The triggers are gone until the next migration: for drills that play the owner of the database."""
    on = f" ON {ENTRY}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in _NAMES.values():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def _statements(connection: BaseDatabaseWrapper) -> list[str]:
    if connection.vendor == "postgresql":
        return _postgresql()
    kept_in_memory = (
        "mode=memory" in str(connection.settings_dict["NAME"]) or connection.settings_dict["NAME"] == ":memory:"
    )
    return _sqlite()[:1] if kept_in_memory else _sqlite()


def _sqlite() -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
    return [
        f"CREATE TRIGGER IF NOT EXISTS {_NAMES['update']} BEFORE UPDATE ON {ENTRY} WHEN NOT {_PLACE_IS_GIVEN} {refuse}",
        f"CREATE TRIGGER IF NOT EXISTS {_NAMES['delete']} BEFORE DELETE ON {ENTRY} {refuse}",
    ]


def _postgresql() -> list[str]:
    refuse = "FOR EACH ROW {} EXECUTE FUNCTION ledger_entry_refuse()"
    return [
        f"""CREATE OR REPLACE FUNCTION ledger_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{SENTENCE}'; END $$""",
        f"""CREATE OR REPLACE TRIGGER {_NAMES["update"]} BEFORE UPDATE ON {ENTRY}
            {refuse.format(f"WHEN (NOT {_PLACE_IS_GIVEN})")}""",
        f"CREATE OR REPLACE TRIGGER {_NAMES['delete']} BEFORE DELETE ON {ENTRY} {refuse.format('')}",
    ]
