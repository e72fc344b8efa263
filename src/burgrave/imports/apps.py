"""The Django application `imports`."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "burgrave.imports"
    label = "imports"
    default_auto_field = "django.db.models.BigAutoField"
