"""The Django application `people`."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext

from burgrave.people.errors import PeopleError


class PeopleConfig(AppConfig):
    name = "burgrave.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        PeopleError.translate = staticmethod(gettext)
        post_migrate.connect(_write_roles, sender=self, dispatch_uid="people.roles")


def _write_roles(using: str, **_signal: Any) -> None:
    """The role table says what ``terms.ROLES`` says."""
    from burgrave.people.commands.roles import write_roles

    write_roles(using=using)
