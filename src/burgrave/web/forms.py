"""Forms in house style: label, help, error, and a summary of errors above the fields."""

from __future__ import annotations

from django.forms.renderers import DjangoTemplates


class HouseRenderer(DjangoTemplates):
    """Renders ``{{ form }}`` and ``field.as_field_group`` with the templates of the house."""

    form_template_name = "web/forms/form.html"
    field_template_name = "web/forms/field.html"
