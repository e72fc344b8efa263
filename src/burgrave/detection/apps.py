"""The Django application `detection`."""

from django.apps import AppConfig


class DetectionConfig(AppConfig):
    name = "burgrave.detection"
    label = "detection"
    default_auto_field = "django.db.models.BigAutoField"
