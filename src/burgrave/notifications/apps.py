"""The Django application `notifications`."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "burgrave.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"
