"""What people type about committees, meetings, minutes and decisions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from burgrave.isms.forms.choices import FUNCTIONS, Choices, choose, day_input, offered, text_area
from burgrave.isms.forms.statements import lines_of
from burgrave.isms.terms import LINE_MAX, MOST_REVIEW_DAYS, TEXT_MAX, TITLE_MAX
from burgrave.isms.terms.calendar import FEED_NAME_MAX
from burgrave.isms.terms.meetings import (
    MOST_MEMBERS,
    CommitteeDraft,
    DecisionDraft,
    DecisionState,
    Function,
    MeetingDraft,
    MinutesDraft,
    Term,
)
from burgrave.web.terms import PersonId, UnitId

MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]


class FeedForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the address"), max_length=FEED_NAME_MAX, help_text=_("Such as the program that will use it.")
    )


class CommitteeForm(forms.Form):
    name = forms.CharField(label=_("Name of the committee"), max_length=TITLE_MAX)
    unit = forms.ChoiceField(label=_("Unit"))
    quorum = forms.IntegerField(
        label=_("Quorum"), min_value=1, max_value=MOST_MEMBERS, help_text=_("Members who must be present to decide.")
    )
    every_days = forms.IntegerField(
        label=_("Meets every"), min_value=1, max_value=MOST_REVIEW_DAYS, initial=90, help_text=_("Days.")
    )

    def __init__(self, *args: Any, units: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self.fields["unit"], units)

    def draft(self) -> CommitteeDraft:
        """What was typed. Raises BadInput."""
        given = self.cleaned_data
        return CommitteeDraft(
            name=given["name"],
            unit_id=UnitId(UUID(given["unit"])),
            quorum=given["quorum"],
            every_days=given["every_days"],
        )


class TermForm(forms.Form):
    person = forms.ChoiceField(label=_("Person"))
    function = forms.ChoiceField(label=_("Function"), choices=offered(FUNCTIONS))
    from_on = forms.DateField(label=_("Member from"), widget=day_input())
    until_on = forms.DateField(
        label=_("Member until"), required=False, widget=day_input(), help_text=_("Empty: no end is known.")
    )

    def __init__(self, *args: Any, people: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self.fields["person"], people)

    def term(self) -> Term:
        """What was typed. Raises BadInput."""
        given = self.cleaned_data
        return Term(
            person_id=PersonId(UUID(given["person"])),
            function=Function(given["function"]),
            from_on=given["from_on"],
            until_on=given["until_on"],
        )


class MeetingForm(forms.Form):
    planned_at = forms.DateTimeField(
        label=_("When"),
        help_text=_("In your time zone."),
        input_formats=MOMENTS,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    place = forms.CharField(label=_("Place"), required=False, max_length=LINE_MAX)
    items = forms.CharField(
        label=_("Own items"),
        required=False,
        widget=text_area(4),
        help_text=_("One a line. What is open and due is added by itself."),
    )

    def draft(self) -> MeetingDraft:
        """What was typed. Raises BadInput."""
        given = self.cleaned_data
        return MeetingDraft(planned_at=given["planned_at"], place=given["place"], items=lines_of(given["items"]))


class MinutesForm(forms.Form):
    present = forms.MultipleChoiceField(label=_("Members present"), required=False, widget=forms.CheckboxSelectMultiple)
    text = forms.CharField(
        label=_("Minutes"),
        max_length=TEXT_MAX,
        widget=text_area(12),
        help_text=_("What was said, item by item; guests too. Decisions are entered one by one afterwards."),
    )

    def __init__(self, *args: Any, members: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self.fields["present"], members)

    def draft(self) -> MinutesDraft:
        """What was typed. Raises BadInput."""
        given = self.cleaned_data
        return MinutesDraft(present=tuple(PersonId(UUID(each)) for each in given["present"]), text=given["text"])


class DecisionForm(forms.Form):
    text = forms.CharField(label=_("Decision"), max_length=TEXT_MAX, widget=text_area(4))
    owner = forms.ChoiceField(label=_("Owner"), help_text=_("Who carries it out."))
    due_on = forms.DateField(label=_("Until"), widget=day_input())

    def __init__(self, *args: Any, people: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self.fields["owner"], people)

    def draft(self) -> DecisionDraft:
        """What was typed. Raises BadInput."""
        given = self.cleaned_data
        return DecisionDraft(text=given["text"], owner_id=PersonId(UUID(given["owner"])), due_on=given["due_on"])


class OutcomeForm(forms.Form):
    state = forms.ChoiceField(
        label=_("What became of it"),
        choices=[(str(DecisionState.DONE), _("It was carried out")), (str(DecisionState.DROPPED), _("It was dropped"))],
    )
    outcome = forms.CharField(
        label=_("Outcome"), max_length=TEXT_MAX, widget=text_area(4), help_text=_("What was done, or why not.")
    )
