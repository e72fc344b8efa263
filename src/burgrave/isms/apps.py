"""The Django application `isms`."""

from django.apps import AppConfig


class IsmsConfig(AppConfig):
    name = "burgrave.isms"
    label = "isms"
    default_auto_field = "django.db.models.BigAutoField"
