"""The Django application `sample`."""

from django.apps import AppConfig


class SampleConfig(AppConfig):
    name = "burgrave.sample"
    label = "sample"
    default_auto_field = "django.db.models.BigAutoField"
