"""The Django application `web`."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "burgrave.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
