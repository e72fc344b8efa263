"""What is typed into the pages of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from burgrave.notifications.terms import (
    TOPICS,
    Channel,
    DigestEvery,
    OwnPreferences,
    QuietHours,
    WebhookFacts,
)

CHANNELS: Mapping[Channel, Any] = {
    Channel.MAIL: _("Inbox and e-mail at once"),
    Channel.DIGEST: _("Inbox and digest"),
    Channel.IN_APP: _("Inbox only"),
    Channel.NONE: _("Not at all"),
}
DIGESTS: Mapping[DigestEvery, Any] = {DigestEvery.DAY: _("Every day"), DigestEvery.WEEK: _("Every week")}
WEEKDAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)
HOURS = tuple((hour, f"{hour:02}:00") for hour in range(24))


class PreferencesForm(forms.Form):
    """A channel for each topic, and when digests come and quiet is wanted."""

    digest = forms.ChoiceField(label=_("Digest"), choices=[(str(key), word) for key, word in DIGESTS.items()])
    weekday = forms.TypedChoiceField(
        label=_("Weekday"), help_text=_("For a weekly digest."), choices=WEEKDAYS, coerce=int
    )
    hour = forms.TypedChoiceField(label=_("Hour of the digest"), choices=HOURS, coerce=int)
    quiet_start = forms.TypedChoiceField(
        label=_("Quiet from"),
        help_text=_("E-mail waits until the quiet ends. What is urgent comes all the same."),
        choices=[("", "–"), *HOURS],
        coerce=int,
        empty_value=None,
        required=False,
    )
    quiet_end = forms.TypedChoiceField(
        label=_("Quiet until"), choices=[("", "–"), *HOURS], coerce=int, empty_value=None, required=False
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:  # Django's own parameters, handed on
        super().__init__(*arguments, **named)
        choices = [(str(channel), word) for channel, word in CHANNELS.items()]
        topics = {
            f"topic:{code}": forms.ChoiceField(label=_gettext(topic.words), choices=choices)
            for code, topic in TOPICS.items()
        }
        self.fields = {**topics, **self.fields}

    def clean(self) -> dict[str, Any]:
        """Quiet hours have two ends."""
        cleaned: dict[str, Any] = super().clean() or {}
        start, end = cleaned.get("quiet_start"), cleaned.get("quiet_end")
        if not self.errors and ((start is None) is not (end is None) or (start is not None and start == end)):
            self.add_error("quiet_end", _gettext("Give two different hours, or leave both empty."))
        return cleaned

    def chosen(self) -> OwnPreferences:
        """What was chosen, once the form is valid."""
        given = self.cleaned_data
        start, end = given["quiet_start"], given["quiet_end"]
        return OwnPreferences(
            channels={code: Channel(given[f"topic:{code}"]) for code in TOPICS},
            digest=DigestEvery(given["digest"]),
            hour=given["hour"],
            weekday=given["weekday"],
            quiet=None if start is None or end is None else QuietHours(start=start, end=end),
        )

    @staticmethod
    def written(held: OwnPreferences) -> dict[str, Any]:
        """The initial values for what is held now."""
        return {
            **{f"topic:{code}": str(channel) for code, channel in held.channels.items()},
            "digest": str(held.digest),
            "weekday": held.weekday,
            "hour": held.hour,
            "quiet_start": held.quiet.start if held.quiet else None,
            "quiet_end": held.quiet.end if held.quiet else None,
        }


class WebhookForm(forms.Form):
    """Where it leads, and what it is told."""

    name = forms.CharField(label=_("Name of the webhook"), max_length=100)
    url = forms.CharField(
        label=_("Address"),
        help_text=_("It begins with https:// and leads to a public server."),
        max_length=500,
    )
    topics = forms.MultipleChoiceField(
        label=_("News of"),
        help_text=_("Without a choice it is told everything."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:  # Django's own parameters, handed on
        super().__init__(*arguments, **named)
        field = self.fields["topics"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(code, _gettext(topic.words)) for code, topic in TOPICS.items()]

    def facts(self) -> WebhookFacts:
        """What was typed, once the form is valid."""
        given = self.cleaned_data
        return WebhookFacts(name=given["name"].strip(), url=given["url"].strip(), topics=tuple(given["topics"]))
