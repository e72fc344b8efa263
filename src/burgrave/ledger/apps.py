"""The Django application `ledger`."""

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "burgrave.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The guards stand after every migration, also one that rebuilt the table."""
        post_migrate.connect(guard_records, sender=self, dispatch_uid="burgrave.ledger.guards")


def guard_records(*, using: str, **_: object) -> None:
    """The table of records refuses changes, where the migration has made it."""
    from burgrave.ledger.commands import install_guards

    connection = connections[using]
    if "ledger_entry" in connection.introspection.table_names():
        install_guards(connection)
