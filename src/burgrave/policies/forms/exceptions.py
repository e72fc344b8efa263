"""Exceptions and runs, as they are typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from burgrave.policies.terms.exceptions import CLAUSE_MAX, TEXT_MAX, ExceptionFacts, RiskLevel
from burgrave.policies.terms.runs import (
    LONGEST_CADENCE_DAYS,
    LONGEST_RUN_DAYS,
    NOTE_MAX,
    CadenceFacts,
    RunFacts,
)
from burgrave.web.terms import PersonId, UnitId

Choices = Sequence[tuple[str, Any]]
DAY = {"type": "date"}


class ExceptionForm(forms.Form):
    """What somebody asks for."""

    clause = forms.ChoiceField(label=_("Clause that is not followed"))
    unit = forms.ChoiceField(label=_("Unit"))
    assets = forms.MultipleChoiceField(
        label=_("Assets"),
        required=False,
        help_text=_("For which the clause is not followed; none means the whole unit."),
    )
    justification = forms.CharField(
        label=_("Why it cannot be followed"), max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 4})
    )
    risk = forms.ChoiceField(label=_("Risk"), initial=str(RiskLevel.LOW))
    compensation = forms.CharField(
        label=_("What protects meanwhile"),
        required=False,
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Asked for from medium risk on."),
    )
    starts_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))

    def __init__(
        self, *arguments: Any, clauses: Choices, units: Choices, assets: Choices, risks: Choices, **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        for name, choices in (("clause", clauses), ("unit", units), ("assets", assets), ("risk", risks)):
            cast("forms.ChoiceField", self.fields[name]).choices = choices

    def facts(self, document_id: UUID) -> ExceptionFacts:
        """Raises BadInput."""
        given = self.cleaned_data
        return ExceptionFacts(
            document_id=document_id,
            clause=given["clause"][:CLAUSE_MAX],
            unit_id=UnitId(UUID(given["unit"])),
            assets=tuple(UUID(each) for each in given["assets"]),
            justification=given["justification"],
            risk=RiskLevel(given["risk"]),
            compensation=given["compensation"],
            starts_on=given["starts_on"],
            ends_on=given["ends_on"],
        )


class RunForm(forms.Form):
    """How a procedure is begun."""

    procedure = forms.ChoiceField(label=_("Procedure"))
    unit = forms.ChoiceField(label=_("Unit"))
    what_for = forms.CharField(
        label=_("What for"),
        required=False,
        max_length=NOTE_MAX,
        help_text=_("Such as the system or the person it is about."),
    )
    due_on = forms.DateField(label=_("Finished by"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))

    def __init__(self, *arguments: Any, procedures: Choices, units: Choices, **named: Any) -> None:
        super().__init__(*arguments, **named)
        cast("forms.ChoiceField", self.fields["procedure"]).choices = procedures
        cast("forms.ChoiceField", self.fields["unit"]).choices = units

    def facts(self, *, today: Any) -> RunFacts:
        """Raises BadInput."""
        given = self.cleaned_data
        return RunFacts(
            document_id=UUID(given["procedure"]),
            unit_id=UnitId(UUID(given["unit"])),
            starts_on=today,
            due_on=given["due_on"],
            title=given["what_for"],
        )


class CadenceForm(forms.Form):
    """In which rhythm a procedure is run by itself."""

    procedure = forms.ChoiceField(label=_("Procedure"))
    unit = forms.ChoiceField(label=_("Unit"))
    every_days = forms.IntegerField(
        label=_("Every so many days"), min_value=1, max_value=LONGEST_CADENCE_DAYS, initial=30
    )
    due_days = forms.IntegerField(label=_("Days to finish"), min_value=0, max_value=LONGEST_RUN_DAYS, initial=7)
    next_on = forms.DateField(label=_("Next on"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    lead = forms.ChoiceField(label=_("Who leads it"), required=False)
    is_paused = forms.BooleanField(label=_("Paused"), required=False)

    def __init__(self, *arguments: Any, procedures: Choices, units: Choices, people: Choices, **named: Any) -> None:
        super().__init__(*arguments, **named)
        cast("forms.ChoiceField", self.fields["procedure"]).choices = procedures
        cast("forms.ChoiceField", self.fields["unit"]).choices = units
        cast("forms.ChoiceField", self.fields["lead"]).choices = [("", _("Whoever runs procedures there")), *people]

    def facts(self) -> CadenceFacts:
        """Raises BadInput."""
        given = self.cleaned_data
        return CadenceFacts(
            document_id=UUID(given["procedure"]),
            unit_id=UnitId(UUID(given["unit"])),
            every_days=given["every_days"],
            due_days=given["due_days"],
            next_on=given["next_on"],
            lead_id=PersonId(UUID(given["lead"])) if given["lead"] else None,
        )
