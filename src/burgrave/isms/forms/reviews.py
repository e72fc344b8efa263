"""What people type about management reviews."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from burgrave.isms.forms.choices import Choices, choose, day_input, text_area
from burgrave.isms.terms import TEXT_MAX, TITLE_MAX
from burgrave.isms.terms.reviews import ConclusionDraft, ReviewDraft
from burgrave.web.terms import PersonId, UnitId


class ReviewForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=TITLE_MAX)
    unit = forms.ChoiceField(label=_("Unit"), help_text=_("The review looks at this unit and all below it."))
    period_from = forms.DateField(label=_("Period from"), widget=day_input())
    period_to = forms.DateField(label=_("Period to"), widget=day_input())
    planned_on = forms.DateField(label=_("To be held on"), widget=day_input())
    feedback = forms.CharField(
        label=_("Feedback of interested parties"),
        required=False,
        max_length=TEXT_MAX,
        widget=text_area(4),
        help_text=_("9.3.2 e: what was heard in the period."),
    )
    opportunities = forms.CharField(
        label=_("Opportunities for improvement"),
        required=False,
        max_length=TEXT_MAX,
        widget=text_area(4),
        help_text=_("9.3.2 g: what could be done better."),
    )

    def __init__(self, *args: Any, units: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self.fields["unit"], units)

    def draft(self) -> ReviewDraft:
        """What was typed. Raises BadInput."""
        given = self.cleaned_data
        return ReviewDraft(
            title=given["title"],
            unit_id=UnitId(UUID(given["unit"])),
            period_from=given["period_from"],
            period_to=given["period_to"],
            planned_on=given["planned_on"],
            feedback=given["feedback"],
            opportunities=given["opportunities"],
        )


class ConclusionForm(forms.Form):
    attendees = forms.MultipleChoiceField(label=_("Who holds it"))
    text = forms.CharField(
        label=_("Conclusion"),
        max_length=TEXT_MAX,
        widget=text_area(10),
        help_text=_("Whether the management system is suitable, adequate and effective, and why (9.3.3)."),
    )

    def __init__(self, *args: Any, people: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self.fields["attendees"], people)

    def draft(self) -> ConclusionDraft:
        """What was typed. Raises BadInput."""
        given = self.cleaned_data
        people = tuple(PersonId(UUID(each)) for each in given["attendees"])
        return ConclusionDraft(attendees=people, text=given["text"])
