"""The Django application `lists`."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "burgrave.lists"
    label = "lists"
    default_auto_field = "django.db.models.BigAutoField"
