"""The Django application `jobs`."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "burgrave.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
