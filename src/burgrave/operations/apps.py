"""The Django application `operations`."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "burgrave.operations"
    label = "operations"
