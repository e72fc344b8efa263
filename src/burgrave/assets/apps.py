"""The Django application `assets`."""

from django.apps import AppConfig


class AssetsConfig(AppConfig):
    name = "burgrave.assets"
    label = "assets"
    default_auto_field = "django.db.models.BigAutoField"
