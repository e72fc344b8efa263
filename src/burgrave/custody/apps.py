"""The Django application `custody`."""

from django.apps import AppConfig


class CustodyConfig(AppConfig):
    name = "burgrave.custody"
    label = "custody"
    default_auto_field = "django.db.models.BigAutoField"
