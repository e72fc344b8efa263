"""What is typed into the pages of the domain, parsed once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from burgrave.incidents.terms import CaseFacts, Conclusion, Dismissal, OtherCase, Severity
from burgrave.web.terms import PersonId

LONGEST_TEXT = 20_000


def text_area(rows: int = 6) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class DraftForm(forms.Form):
    """The second step of the guide: half of it may be empty while it is a draft."""

    unit = forms.ChoiceField(label=_("Unit"), help_text=_("Where it happened. A case belongs to one unit."))
    title = forms.CharField(
        label=_("Title"), required=False, max_length=200, help_text=_("What happened, in one line.")
    )
    severity = forms.ChoiceField(label=_("Severity"))
    summary = forms.CharField(
        label=_("Summary"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=text_area(8),
        help_text=_("What is known so far, and what is not."),
    )

    def __init__(
        self, *args: Any, units: Iterable[tuple[str, str]], severities: Iterable[tuple[str, Any]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = list(units)  # type: ignore[attr-defined]  # a ChoiceField has choices
        self.fields["severity"].choices = list(severities)  # type: ignore[attr-defined]  # a ChoiceField has choices


class LeadForm(forms.Form):
    """The third step of the guide."""

    lead = forms.ChoiceField(label=_("Lead"), required=False, help_text=_("Who answers for the next step."))

    def __init__(self, *args: Any, people: Iterable[tuple[PersonId, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = [("", _("Nobody yet"))]
        choices.extend((str(person_id), name) for person_id, name in people)
        self.fields["lead"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField has choices

    @property
    def lead_id(self) -> PersonId | None:
        return PersonId(UUID(self.cleaned_data["lead"])) if self.cleaned_data["lead"] else None


class CaseForm(forms.Form):
    """Title, severity, summary and lead of a case."""

    title = forms.CharField(label=_("Title"), min_length=3, max_length=200, help_text=_("What happened, in one line."))
    severity = forms.ChoiceField(label=_("Severity"))
    summary = forms.CharField(
        label=_("Summary"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=text_area(8),
        help_text=_("What is known so far, and what is not."),
    )
    lead = forms.ChoiceField(label=_("Lead"), required=False, help_text=_("Who answers for the next step."))

    def __init__(
        self,
        *args: Any,
        people: Iterable[tuple[PersonId, str]],
        severities: Iterable[tuple[str, Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["severity"].choices = list(severities)  # type: ignore[attr-defined]  # a ChoiceField has choices
        choices: list[tuple[str, Any]] = [("", _("Nobody yet"))]
        choices.extend((str(person_id), name) for person_id, name in people)
        self.fields["lead"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField has choices

    @property
    def facts(self) -> CaseFacts:
        """What was typed. Raises ValueError beyond the bounds that the form checks."""
        typed = self.cleaned_data
        return CaseFacts(title=typed["title"], severity=Severity(typed["severity"]), summary=typed["summary"])

    @property
    def lead_id(self) -> PersonId | None:
        return PersonId(UUID(self.cleaned_data["lead"])) if self.cleaned_data["lead"] else None


class ConclusionForm(forms.Form):
    """What is known at the end."""

    cause = forms.CharField(
        label=_("Cause"), max_length=LONGEST_TEXT, widget=text_area(4), help_text=_("How it could happen.")
    )
    impact = forms.CharField(
        label=_("Impact"), max_length=LONGEST_TEXT, widget=text_area(4), help_text=_("What was harmed, and how far.")
    )
    lessons = forms.CharField(
        label=_("Lessons"), max_length=LONGEST_TEXT, widget=text_area(4), help_text=_("What will be done differently.")
    )

    @property
    def conclusion(self) -> Conclusion:
        typed = self.cleaned_data
        return Conclusion(cause=typed["cause"], impact=typed["impact"], lessons=typed["lessons"])


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_TEXT, widget=text_area(4))


class NoteForm(forms.Form):
    text = forms.CharField(label=_("Note"), max_length=LONGEST_TEXT, widget=text_area(4))


class TimelineForm(forms.Form):
    """A moment in the reader's time zone, and what happened then."""

    at = forms.DateTimeField(
        label=_("When"),
        help_text=_("In your time zone."),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
    )
    text = forms.CharField(label=_("What happened"), max_length=LONGEST_TEXT, widget=text_area(3))


class MergeForm(forms.Form):
    """The case that goes on."""

    into = forms.ChoiceField(label=_("Merge into"))

    def __init__(self, *args: Any, others: Iterable[OtherCase], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(other.case_id), f"{other.number} {other.title}") for other in others]
        self.fields["into"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField has choices


class DismissForm(forms.Form):
    """Why an alert needs no further work."""

    dismissal = forms.ChoiceField(label=_("Because it is"))
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=text_area(3),
        help_text=_("One sentence that a colleague can check. Only a duplicate needs none."),
    )

    def __init__(self, *args: Any, reasons: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dismissal"].choices = list(reasons)  # type: ignore[attr-defined]  # a ChoiceField has choices

    @property
    def code(self) -> Dismissal:
        return Dismissal(self.cleaned_data["dismissal"])
