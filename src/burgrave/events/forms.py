"""Forms of the domain."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from burgrave.events.terms import LONGEST_RETENTION, SHORTEST_RETENTION


class RetentionForm(forms.Form):
    """For how many days events and raw segments are kept."""

    days = forms.IntegerField(
        label=_("Days that events are kept"),
        min_value=SHORTEST_RETENTION,
        max_value=LONGEST_RETENTION,
        help_text=_("Counted from the day on which an event came. Older days are removed the following night."),
    )
    segment_days = forms.IntegerField(
        label=_("Days that raw segments of streams are kept"),
        min_value=SHORTEST_RETENTION,
        max_value=LONGEST_RETENTION,
        help_text=_(
            "The bytes as they came in, kept as evidence. Older ones are removed at night, unless an alert that is "
            "open or belongs to an incident, an open finding, or somebody who holds them keeps them."
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31)
