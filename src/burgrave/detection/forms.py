"""What people type about exceptions and placeholders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from burgrave.detection.terms import REASON_MAX
from burgrave.detection.terms.exceptions import MOST_CONDITIONS, VALUE_MAX, Comparison, Condition
from burgrave.detection.terms.placeholders import NAME_MAX
from burgrave.web.terms import PersonId, UnitId

CHOSEN_FIRST = ("Image", "CommandLine", "ParentImage", "TargetFilename", "TargetObject", "ScriptBlockText")


class ExceptionForm(forms.Form):
    """One line a field of the event: whether it counts, how it is compared, and with what."""

    reason = forms.CharField(
        label=_("Why it is expected"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Such as: the backup of the servers does this every night."),
    )
    owner = forms.ChoiceField(label=_("Owner"), help_text=_("Hears when it ends, and looks whether it is still right."))
    ends_on = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("A year at most. After it the events raise alerts again."),
    )

    def __init__(
        self,
        *arguments: Any,
        found: Mapping[str, str],
        owners: Sequence[tuple[str, str]],
        comparisons: Sequence[tuple[str, Any]],
        **named: Any,
    ) -> None:
        super().__init__(*arguments, **named)
        cast("forms.ChoiceField", self.fields["owner"]).choices = owners
        self.comparisons = comparisons
        known = sorted(found.items(), key=lambda each: (each[0] not in CHOSEN_FIRST, each[0]))
        self.lines: list[tuple[forms.BoundField, ...]] = []
        lines = [*known[:MOST_CONDITIONS], ("", "")]
        for place, (name, value) in enumerate(lines):
            is_chosen = bool(name) and name in CHOSEN_FIRST[:2]
            self._add_line(place, name, value, is_chosen=is_chosen)

    def _add_line(self, place: int, name: str, value: str, *, is_chosen: bool) -> None:
        self.fields[f"use{place}"] = forms.BooleanField(label=_("Counts"), required=False, initial=is_chosen)
        self.fields[f"field{place}"] = forms.CharField(label=_("Field"), required=False, max_length=200, initial=name)
        self.fields[f"comparison{place}"] = forms.ChoiceField(
            label=_("Comparison"), choices=self.comparisons, required=False
        )
        self.fields[f"value{place}"] = forms.CharField(
            label=_("Value"), required=False, max_length=VALUE_MAX, initial=value[:VALUE_MAX], strip=False
        )
        self.lines.append(tuple(self[f"{part}{place}"] for part in ("use", "field", "comparison", "value")))

    def plain(self) -> tuple[forms.BoundField, ...]:
        """The fields that are no line of a condition."""
        return (self["reason"], self["owner"], self["ends_on"])

    def facts(self) -> dict[str, Any]:
        """The arguments of the facts that were typed."""
        given = self.cleaned_data
        conditions = tuple(
            Condition(
                field=given[f"field{place}"].strip(),
                comparison=Comparison(given[f"comparison{place}"] or "is"),
                value=given[f"value{place}"],
            )
            for place in range(len(self.lines))
            if given[f"use{place}"]
        )
        return {
            "conditions": conditions,
            "reason": given["reason"],
            "owner_id": PersonId(UUID(given["owner"])),
            "ends_on": given["ends_on"],
        }


class PlaceholderForm(forms.Form):
    """A name as rules write it, and one value a line."""

    name = forms.CharField(
        label=_("Placeholder"),
        max_length=NAME_MAX + 2,
        help_text=_("As rules write it, such as Admins_Workstations."),
    )
    unit = forms.ChoiceField(
        label=_("Unit"), help_text=_("Rules are the same for all units, so the values of all units count together.")
    )
    values = forms.CharField(
        label=_("Values"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("One a line, as plain text: an asterisk is an asterisk."),
    )
    owner = forms.ChoiceField(label=_("Owner"), help_text=_("Keeps the values right."))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Where the values come from, and why these."),
    )

    def __init__(
        self,
        *arguments: Any,
        units: Sequence[tuple[str, str]],
        owners: Sequence[tuple[str, str]],
        is_new: bool,
        **named: Any,
    ) -> None:
        super().__init__(*arguments, **named)
        cast("forms.ChoiceField", self.fields["unit"]).choices = units
        cast("forms.ChoiceField", self.fields["owner"]).choices = owners
        if not is_new:
            del self.fields["name"], self.fields["unit"]

    def facts(self) -> dict[str, Any]:
        """The arguments of the facts that were typed; without name and unit where these stay."""
        given = self.cleaned_data
        found: dict[str, Any] = {
            "values": tuple(given["values"].splitlines()),
            "owner_id": PersonId(UUID(given["owner"])),
            "reason": given["reason"],
        }
        if "unit" in given:
            found |= {"name": given["name"], "unit_id": UnitId(UUID(given["unit"]))}
        return found
