"""The Django application `events`."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "burgrave.events"
    label = "events"
    default_auto_field = "django.db.models.BigAutoField"
