"""Audiences and questions, as they are typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from burgrave.policies.rules import quizzes
from burgrave.policies.terms.acknowledging import (
    LONGEST_DUE_DAYS,
    MOST_ATTEMPTS,
    MOST_QUESTIONS,
    AudienceKind,
    AudiencePart,
    AudienceView,
    Cadence,
    Quiz,
)
from burgrave.web.errors import BadInput
from burgrave.web.terms import UnitId

Choices = Sequence[tuple[str, Any]]
LONGEST_QUIZ = 40_000
MOST_DIGITS = 3


class AudienceForm(forms.Form):
    """Whom a document is asked of, and by when."""

    everybody = forms.BooleanField(label=_("Everybody in the organisation"), required=False)
    trees = forms.MultipleChoiceField(
        label=_("Units with all that lies below"), required=False, widget=forms.CheckboxSelectMultiple
    )
    units = forms.MultipleChoiceField(
        label=_("Units without what lies below"), required=False, widget=forms.CheckboxSelectMultiple
    )
    roles = forms.MultipleChoiceField(label=_("Holders of a role"), required=False, widget=forms.CheckboxSelectMultiple)
    owners = forms.MultipleChoiceField(
        label=_("Owners of assets of a type"), required=False, widget=forms.CheckboxSelectMultiple
    )
    due_days = forms.IntegerField(
        label=_("Days to confirm"), min_value=1, max_value=LONGEST_DUE_DAYS, help_text=_("Counted from the asking.")
    )
    remind_before = forms.CharField(
        label=_("Reminders before the due day"),
        max_length=40,
        required=False,
        help_text=_("Days before it, separated by commas, such as 7, 1."),
    )
    repeat_days = forms.IntegerField(
        label=_("Days between reminders after the due day"), min_value=1, max_value=LONGEST_DUE_DAYS
    )
    escalate_after_days = forms.IntegerField(
        label=_("Days after the due day until the head of the unit is told"),
        min_value=1,
        max_value=LONGEST_DUE_DAYS,
    )

    def __init__(self, *arguments: Any, units: Choices, roles: Choices, types: Choices, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for name, choices in (("trees", units), ("units", units), ("roles", roles), ("owners", types)):
            cast("forms.MultipleChoiceField", self.fields[name]).choices = choices

    def clean_remind_before(self) -> tuple[int, ...]:
        given = [part.strip() for part in self.cleaned_data["remind_before"].replace("，", ",").split(",")]
        if any(part and not (part.isdecimal() and part.isascii() and len(part) <= MOST_DIGITS) for part in given):
            raise forms.ValidationError(_("Write days as numbers, separated by commas."))
        return tuple(sorted({int(part) for part in given if part}, reverse=True))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                self.cadence()
            except BadInput as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return cleaned

    def parts(self) -> tuple[AudiencePart, ...]:
        """The rules that were chosen."""
        chosen = self.cleaned_data
        return (
            *((AudiencePart(kind=AudienceKind.EVERYBODY),) if chosen["everybody"] else ()),
            *(AudiencePart(kind=AudienceKind.UNIT, unit_id=UnitId(UUID(each))) for each in chosen["trees"]),
            *(
                AudiencePart(kind=AudienceKind.UNIT, unit_id=UnitId(UUID(each)), with_below=False)
                for each in chosen["units"]
            ),
            *(AudiencePart(kind=AudienceKind.ROLE, role=each) for each in chosen["roles"]),
            *(AudiencePart(kind=AudienceKind.OWNERS, asset_type=each) for each in chosen["owners"]),
        )

    def cadence(self) -> Cadence:
        """Raises BadInput."""
        return Cadence(
            due_days=self.cleaned_data["due_days"],
            remind_before_days=self.cleaned_data["remind_before"],
            repeat_days=self.cleaned_data["repeat_days"],
            escalate_after_days=self.cleaned_data["escalate_after_days"],
        )


def typed_audience(view: AudienceView) -> dict[str, Any]:
    """The audience as the form shows it first."""
    units = [part for part in view.parts if part.kind is AudienceKind.UNIT]
    return {
        "everybody": any(part.kind is AudienceKind.EVERYBODY for part in view.parts),
        "trees": [str(part.unit_id) for part in units if part.with_below],
        "units": [str(part.unit_id) for part in units if not part.with_below],
        "roles": [part.role for part in view.parts if part.kind is AudienceKind.ROLE],
        "owners": [part.asset_type for part in view.parts if part.kind is AudienceKind.OWNERS],
        "due_days": view.cadence.due_days,
        "remind_before": ", ".join(map(str, view.cadence.remind_before_days)),
        "repeat_days": view.cadence.repeat_days,
        "escalate_after_days": view.cadence.escalate_after_days,
    }


class QuizForm(forms.Form):
    """The questions of a version."""

    questions = forms.CharField(
        label=_("Questions"),
        max_length=LONGEST_QUIZ,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_(
            "A line for each question, below it its choices: + before a right one, - before a wrong one. "
            "An empty line ends the question."
        ),
    )
    pass_mark = forms.IntegerField(label=_("Right answers needed"), min_value=1, max_value=MOST_QUESTIONS)
    attempts = forms.IntegerField(
        label=_("Attempts"), min_value=0, max_value=MOST_ATTEMPTS, help_text=_("0 sets no limit.")
    )

    def quiz(self) -> Quiz:
        """Raises BadInput with the line."""
        return Quiz(
            questions=quizzes.parse(self.cleaned_data["questions"]),
            pass_mark=self.cleaned_data["pass_mark"],
            attempts=self.cleaned_data["attempts"],
        )


def typed_quiz(quiz: Quiz | None) -> dict[str, Any]:
    if quiz is None:
        return {"pass_mark": 1, "attempts": 0}
    return {"questions": quizzes.written(quiz.questions), "pass_mark": quiz.pass_mark, "attempts": quiz.attempts}
