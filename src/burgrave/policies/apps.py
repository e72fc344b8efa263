"""The Django application `policies`."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "burgrave.policies"
    label = "policies"
    default_auto_field = "django.db.models.BigAutoField"
