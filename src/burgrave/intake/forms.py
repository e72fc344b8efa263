"""What is typed into the pages of the domain, parsed once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.intake.terms import (
    NAME_MAX,
    NOTE_MAX,
    PLACE_MAX,
    SIGMA_MAX,
    LogSourceFacts,
    SourceKind,
)
from burgrave.web.terms import PersonId, UnitId, Words

Choices = Iterable[tuple[str, str]]
UNITS: tuple[tuple[str, Words], ...] = (("60", _("minutes")), ("3600", _("hours")), ("86400", _("days")))
PLACES: Mapping[SourceKind, tuple[Words, Words]] = {
    SourceKind.SYSLOG: (
        _("Listened for at"),
        _("Such as udp://127.0.0.1:5514, tcp://127.0.0.1:5514 or tls://0.0.0.0:6514. Loopback hears itself alone."),
    ),
    SourceKind.FOLDER: (_("Files"), _("An absolute path with a pattern at its end, such as /var/log/app/*.log.")),
    SourceKind.JOURNAL: (
        _("Only"),
        _("Fields of the journal, such as _SYSTEMD_UNIT=sshd.service; empty for all."),
    ),
    SourceKind.KAFKA: (
        _("Brokers and topics"),
        _("Such as kafka://broker-1.example.org:9093,broker-2.example.org:9093/logs."),
    ),
}


class LogSourceForm(forms.Form):
    """What people say about a log source of one kind."""

    name = forms.CharField(label=pgettext_lazy("name of a log source", "Name"), max_length=NAME_MAX)
    unit = forms.ChoiceField(label=_("Unit"), help_text=_("Whose events these are. Its alerts are raised there."))
    owner = forms.ChoiceField(label=_("Owner"), required=False, help_text=_("Who is told when it falls silent."))
    place = forms.CharField(label=_("Files"), required=False, max_length=PLACE_MAX)
    senders = forms.CharField(
        label=_("Sent from"),
        required=False,
        max_length=PLACE_MAX,
        help_text=_("IP addresses or networks, separated by commas; empty for any. Sources may share one address."),
    )
    product = forms.CharField(
        label=_("Sigma product"),
        required=False,
        max_length=SIGMA_MAX,
        help_text=_("Such as windows or linux. Leave all three empty where the events tell it themselves."),
    )
    category = forms.CharField(
        label=_("Sigma category"), required=False, max_length=SIGMA_MAX, help_text=_("Such as proxy or firewall.")
    )
    service = forms.CharField(
        label=_("Sigma service"), required=False, max_length=SIGMA_MAX, help_text=_("Such as sshd or cloudtrail.")
    )
    silent_after = forms.IntegerField(
        label=_("May be silent for"),
        required=False,
        min_value=1,
        max_value=100_000,
        help_text=_("Silence that lasts longer raises an alert. Empty: it may be silent as long as it likes."),
    )
    silent_unit = forms.ChoiceField(label=_("Unit of this time"), choices=UNITS, initial="3600")
    close_after = forms.IntegerField(
        label=_("Read every"),
        min_value=1,
        max_value=300,
        initial=2,
        help_text=_("Seconds. What came in this time is read together; the longer, the fewer records in the ledger."),
    )
    assets = forms.MultipleChoiceField(
        label=_("Assets it speaks for"), required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    event_mapping = forms.ChoiceField(
        label=_("Its lines are rows of CSV"),
        required=False,
        help_text=_("The event mapping that makes them events, with or without a line of column names above."),
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=NOTE_MAX, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self,
        *args: Any,
        kind: SourceKind,
        units: Choices,
        people: Choices,
        assets: Choices,
        mappings: Choices,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.kind = kind
        _choose(self.fields["unit"], list(units))
        _choose(self.fields["owner"], [("", "–"), *people])
        _choose(self.fields["assets"], list(assets))
        _choose(self.fields["event_mapping"], [("", str(_("No, or they say it themselves"))), *mappings])
        if kind in PLACES:
            self.fields["place"].label, self.fields["place"].help_text = PLACES[kind]
            self.fields["place"].required = kind is not SourceKind.JOURNAL
        else:
            del self.fields["place"]
        if kind is not SourceKind.SYSLOG:
            del self.fields["senders"]
        if kind is SourceKind.UPLOAD:
            del self.fields["close_after"]
            del self.fields["event_mapping"]

    def facts(self) -> LogSourceFacts:
        """What was typed. Raises BadInput."""
        given = self.cleaned_data
        silent = given["silent_after"]
        return LogSourceFacts(
            name=given["name"],
            unit_id=UnitId(UUID(given["unit"])),
            kind=self.kind,
            product=given["product"],
            category=given["category"],
            service=given["service"],
            owner_id=PersonId(UUID(given["owner"])) if given["owner"] else None,
            silent_after=timedelta(seconds=silent * int(given["silent_unit"])) if silent else None,
            close_after=timedelta(seconds=given.get("close_after") or 2),
            place=given.get("place", ""),
            senders=given.get("senders", ""),
            note=given["note"],
            event_mapping_id=UUID(given["event_mapping"]) if given.get("event_mapping") else None,
            asset_ids=tuple(UUID(each) for each in given["assets"]),
        )


def typed(facts: LogSourceFacts) -> dict[str, Any]:
    """The facts as the form shows them: a silence in the largest unit that it is a whole number of."""
    shown: dict[str, Any] = {
        "name": facts.name,
        "unit": str(facts.unit_id),
        "owner": str(facts.owner_id or ""),
        "product": facts.product,
        "category": facts.category,
        "service": facts.service,
        "place": facts.place,
        "senders": facts.senders,
        "note": facts.note,
        "event_mapping": str(facts.event_mapping_id or ""),
        "close_after": int(facts.close_after.total_seconds()),
        "assets": [str(each) for each in facts.asset_ids],
    }
    if facts.silent_after is not None:
        seconds = int(facts.silent_after.total_seconds())
        unit = next((each for each in (86_400, 3_600) if seconds % each == 0), 60)
        shown |= {"silent_after": max(1, seconds // unit), "silent_unit": str(unit)}
    return shown


class TokenForm(forms.Form):
    """Until when a token works, and how long those before it go on."""

    expires_on = forms.DateField(
        label=_("Works until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The end of this day, a year away at most."),
    )
    overlap_hours = forms.IntegerField(
        label=_("Older tokens work on for"),
        required=False,
        min_value=0,
        max_value=720,
        help_text=_("Hours, so that the sender can be changed without a gap. Empty: older tokens stay as they are."),
    )

    @property
    def expires_at(self) -> datetime:
        return datetime.combine(self.cleaned_data["expires_on"], time(23, 59, 59), tzinfo=UTC)

    @property
    def overlap(self) -> timedelta | None:
        hours = self.cleaned_data["overlap_hours"]
        return None if hours is None else timedelta(hours=hours)


def _choose(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
    field.choices = choices
