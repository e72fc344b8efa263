"""What is typed into the pages of the domain, parsed once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from burgrave.assets.queries import DIMENSION_WORDS, TYPE_WORDS
from burgrave.assets.terms import (
    MOST_REVIEW_DAYS,
    NAME_MAX,
    REFERENCE_MAX,
    TEXT_MAX,
    AssetFacts,
    AssetType,
    DependencyKind,
    Dimension,
    IdentifierKind,
    Lifecycle,
    Need,
    Scheme,
    identifier,
)
from burgrave.web.errors import BadInput
from burgrave.web.templatetags.web import spoken
from burgrave.web.terms import PersonId, UnitId

LIFECYCLES: Mapping[Lifecycle, Any] = {
    Lifecycle.PLANNED: _("Planned"),
    Lifecycle.IN_USE: _("In use"),
    Lifecycle.RETIRING: _("Being retired"),
    Lifecycle.DISPOSED: _("Disposed of"),
}
DEPENDENCIES: Mapping[DependencyKind, Any] = {
    DependencyKind.DEPENDS_ON: _("depends on"),
    DependencyKind.RUNS_ON: _("runs on"),
    DependencyKind.STORED_ON: _("is stored on"),
    DependencyKind.CONSISTS_OF: _("consists of"),
    DependencyKind.LOCATED_IN: _("is located in"),
    DependencyKind.SUPPLIED_BY: _("is supplied by"),
}
IDENTIFIERS: Mapping[IdentifierKind, Any] = {
    IdentifierKind.HOSTNAME: _("Host name"),
    IdentifierKind.FQDN: _("Full host name"),
    IdentifierKind.IP: _("IP address"),
    IdentifierKind.SERIAL: _("Serial number"),
    IdentifierKind.CMDB: _("CMDB identifier"),
    IdentifierKind.CPE: "CPE",
    IdentifierKind.PURL: "purl",
}
HUNDREDTHS = 100
Choices = Iterable[tuple[str, str]]


def level(scheme: Scheme, rank: int) -> str:
    """The level's name in the reader's language."""
    return scheme.name(rank, chinese=(get_language() or "").startswith("zh")) or gettext("not assessed")


class AssetForm(forms.Form):
    """What people say about an asset, its classification left out."""

    name = forms.CharField(label=pgettext_lazy("name of an asset", "Name"), max_length=NAME_MAX)
    type = forms.ChoiceField(label=_("Type"), choices=[(str(key), word) for key, word in TYPE_WORDS.items()])
    unit = forms.ChoiceField(label=_("Unit"))
    owner = forms.ChoiceField(label=_("Owner"), required=False, help_text=_("Who answers for the asset."))
    custodian = forms.ChoiceField(label=_("Custodian"), required=False, help_text=_("Who looks after it every day."))
    description = forms.CharField(
        label=_("Description"), required=False, max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 4})
    )
    reference = forms.CharField(
        label=_("Reference"),
        required=False,
        max_length=REFERENCE_MAX,
        help_text=_("Its name in another system, such as a CMDB; an import finds it again by this."),
    )
    identifiers = forms.CharField(
        label=_("Identifiers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line, such as hostname ws-7, fqdn ws-7.example.org, ip 192.0.2.7 or serial X1."),
    )
    tags = forms.CharField(label=_("Tags"), required=False, help_text=_("Separated by commas."))
    personal_data = forms.BooleanField(label=_("Holds personal data"), required=False)
    value = forms.DecimalField(label=_("Value"), required=False, min_value=0, max_digits=15, decimal_places=2)
    currency = forms.CharField(
        label=_("Currency"), required=False, max_length=3, help_text=_("Three letters, such as EUR or CNY.")
    )
    review_every_days = forms.IntegerField(
        label=_("Review every"), min_value=1, max_value=MOST_REVIEW_DAYS, initial=365, help_text=_("Days.")
    )

    def __init__(self, *args: Any, units: Choices, people: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        nobody = [("", "–"), *people]
        _choose(self.fields["unit"], list(units))
        _choose(self.fields["owner"], nobody)
        _choose(self.fields["custodian"], nobody)

    def clean_identifiers(self) -> tuple[tuple[IdentifierKind, str], ...]:
        found = []
        for line in str(self.cleaned_data["identifiers"]).splitlines():
            kind, _space, value = line.strip().partition(" ")
            if not kind:
                continue
            if kind not in set(IdentifierKind):
                raise forms.ValidationError(
                    _("%(line)s begins with none of: %(kinds)s"),
                    params={"line": line[:80], "kinds": ", ".join(IdentifierKind)},
                )
            try:
                found.append((IdentifierKind(kind), identifier(IdentifierKind(kind), value)))
            except BadInput as refusal:
                raise forms.ValidationError(spoken(refusal)) from refusal
        return tuple(found)

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).strip().upper()

    def facts(self, *, own: Need | None = None) -> AssetFacts:
        """What was typed. Raises BadInput."""
        given = self.cleaned_data
        value: Decimal | None = given["value"]
        return AssetFacts(
            name=given["name"].strip(),
            type=AssetType(given["type"]),
            unit_id=UnitId(UUID(given["unit"])),
            reference=given["reference"],
            description=given["description"],
            owner_id=PersonId(UUID(given["owner"])) if given["owner"] else None,
            custodian_id=PersonId(UUID(given["custodian"])) if given["custodian"] else None,
            own=own or Need(),
            value_minor=None if value is None else int(value * HUNDREDTHS),
            currency=given["currency"],
            personal_data=given["personal_data"],
            review_every_days=given["review_every_days"],
            tags=_listed(given["tags"]),
            identifiers=given["identifiers"],
        )


def _listed(text: str) -> tuple[str, ...]:
    """What commas separate, those of Chinese too, each once."""
    return tuple(dict.fromkeys(each.strip() for each in re.split("[,\uff0c]", text) if each.strip()))


def typed(facts: AssetFacts) -> dict[str, Any]:
    """The facts as the form shows them."""
    return {
        "name": facts.name,
        "type": str(facts.type),
        "unit": str(facts.unit_id),
        "owner": str(facts.owner_id or ""),
        "custodian": str(facts.custodian_id or ""),
        "description": facts.description,
        "reference": facts.reference,
        "identifiers": "\n".join(f"{kind} {value}" for kind, value in facts.identifiers),
        "tags": ", ".join(facts.tags),
        "personal_data": facts.personal_data,
        "value": None if facts.value_minor is None else Decimal(facts.value_minor) / HUNDREDTHS,
        "currency": facts.currency,
        "review_every_days": facts.review_every_days,
    }


class NeedForm(forms.Form):
    """A rank per dimension, with words of the scheme."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=TEXT_MAX, widget=forms.Textarea)

    def __init__(self, *args: Any, levels: Choices, none: Any, with_reason: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        reason = self.fields.pop("reason")
        for dimension, word in DIMENSION_WORDS.items():
            self.fields[str(dimension)] = forms.ChoiceField(
                label=word, choices=[("0", none), *levels], initial="0", required=False
            )
        if with_reason:
            reason.widget.attrs["rows"] = 3
            self.fields["reason"] = reason

    def need(self) -> Need:
        return Need(**{str(each): int(self.cleaned_data[str(each)] or 0) for each in Dimension})


class LinkForm(forms.Form):
    """A dependency of the asset whose page is open."""

    kind = forms.ChoiceField(label=_("Dependency"), choices=[(str(key), word) for key, word in DEPENDENCIES.items()])
    support = forms.ChoiceField(label=_("Asset"))

    def __init__(self, *args: Any, supports: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        _choose(self.fields["support"], list(supports))


def _choose(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
    field.choices = choices
