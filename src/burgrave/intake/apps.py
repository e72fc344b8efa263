"""The Django application `intake`."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "burgrave.intake"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"
