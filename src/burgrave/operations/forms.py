"""What is typed into the pages of the domain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from burgrave.jobs.terms import Timing

LONGEST_MINUTES = 366 * 24 * 60


class ScheduleForm(forms.Form):
    """Five fields of cron in a zone, or an interval in minutes."""

    cron = forms.CharField(
        label=_("Time, as five fields of cron"),
        help_text=_("Minute, hour, day of the month, month, day of the week: 15 3 * * * is 03:15 daily."),
        max_length=100,
        required=False,
    )
    zone = forms.ChoiceField(label=_("Time zone"))
    every_minutes = forms.IntegerField(
        label=_("Or an interval, in minutes"),
        help_text=_("Leave one of the two empty."),
        min_value=1,
        max_value=LONGEST_MINUTES,
        required=False,
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:  # Django's own parameters, handed on
        super().__init__(*arguments, **named)
        choices = [(name, name) for name in sorted(available_timezones())]
        self.fields["zone"] = forms.ChoiceField(label=_("Time zone"), choices=choices, initial="UTC")

    def clean(self) -> dict[str, Any]:
        """Exactly one of the two is given."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(cleaned.get("cron", "").strip()) == bool(cleaned.get("every_minutes")):
            raise forms.ValidationError(_gettext("Give a time or an interval, and not both."))
        return cleaned

    def timing(self) -> Timing:
        """What was typed, once the form is valid."""
        minutes = self.cleaned_data["every_minutes"]
        return Timing(
            cron=" ".join(self.cleaned_data["cron"].split()),
            every=timedelta(minutes=minutes) if minutes else None,
            zone=self.cleaned_data["zone"],
        )
