"""The Django application `assurance`."""

from django.apps import AppConfig


class AssuranceConfig(AppConfig):
    name = "burgrave.assurance"
    label = "assurance"
    default_auto_field = "django.db.models.BigAutoField"
