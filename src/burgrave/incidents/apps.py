"""The Django application `incidents`."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "burgrave.incidents"
    label = "incidents"
    default_auto_field = "django.db.models.BigAutoField"
