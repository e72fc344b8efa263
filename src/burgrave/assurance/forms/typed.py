"""What is typed into the pages of the domain, parsed once."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from burgrave.assets.terms import AssetType, Need
from burgrave.assurance.forms import words
from burgrave.assurance.rules.loading import Named
from burgrave.assurance.terms import (
    NOTE_MAX,
    TITLE_MAX,
    AssertionDraft,
    CheckDraft,
    CorrectiveActionDraft,
    FindingDraft,
    FindingOrigin,
    FindingSeverity,
    ManualRun,
    MeasureDraft,
    Scope,
)
from burgrave.assurance.terms.measures import HUNDREDTHS, MOST_DAYS
from burgrave.engines.standing import Phase, Standing
from burgrave.web.terms import PersonId, UnitId

Choices = Iterable[tuple[str, Any]]
MOST_RANK = 6


def area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def choose(field: forms.Field, options: Choices, *, nobody: bool = False) -> None:
    """Give a field what can be chosen."""
    field.choices = [("", "–"), *options] if nobody else list(options)  # type: ignore[attr-defined] # a ChoiceField


def keys_of(text: str) -> tuple[str, ...]:
    """Requirement keys as they are typed: one a line, or separated by commas."""
    return tuple(dict.fromkeys(each.strip() for each in text.replace(",", "\n").splitlines() if each.strip()))


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(label=_("Reason"), max_length=NOTE_MAX, widget=area(3))


class FrameworkForm(forms.Form):
    """What a CSV does not say about its framework."""

    identifier = forms.CharField(label=_("Identifier"), max_length=50, help_text=_("Short, such as ISO27001."))
    title = forms.CharField(label=_("Title"), max_length=TITLE_MAX)
    version = forms.CharField(label=_("Version"), required=False, max_length=40)

    def named(self) -> Named:
        sent = self.cleaned_data
        return Named(
            identifier=sent["identifier"].strip(), title=sent["title"].strip(), version=sent["version"].strip()
        )


class AssertionForm(forms.Form):
    """How somebody says that a requirement stands."""

    standing = forms.ChoiceField(label=_("It stands"))
    reason = forms.CharField(
        label=_("Why"), max_length=NOTE_MAX, widget=area(3), help_text=_("What you looked at, and what you saw.")
    )
    expires_on = forms.DateField(
        label=_("Holds until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("At most a year; then somebody looks again."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        said = [each for each in Standing if each not in (Standing.STALE, Standing.UNPROVEN)]
        choose(self.fields["standing"], [(str(int(each)), words.STANDINGS[each].word) for each in said])

    def draft(self) -> AssertionDraft:
        sent = self.cleaned_data
        return AssertionDraft(
            standing=Standing(int(sent["standing"])), reason=sent["reason"], expires_on=sent["expires_on"]
        )


class MeasureForm(forms.Form):
    """A measure with its scope and what it answers."""

    name = forms.CharField(label=_("Name"), max_length=TITLE_MAX, help_text=_("What is done, in one line."))
    unit = forms.ChoiceField(label=_("Unit"))
    owner = forms.ChoiceField(label=_("Owner"), required=False, help_text=_("Who answers for it."))
    phase = forms.ChoiceField(label=_("Phase"), choices=[(str(int(key)), word) for key, word in words.PHASES.items()])
    description = forms.CharField(label=_("Description"), required=False, widget=area())
    cost = forms.DecimalField(label=_("Cost a year"), required=False, min_value=0, max_digits=15, decimal_places=2)
    currency = forms.CharField(label=_("Currency"), required=False, max_length=3, help_text=_("Such as EUR or CNY."))
    requirements = forms.CharField(
        label=_("Answers"),
        required=False,
        widget=area(),
        help_text=_("Requirements, one a line, such as ISO27001:A.8.13."),
    )
    scope_units = forms.MultipleChoiceField(
        label=_("Covers assets of"), required=False, help_text=_("Units, with everything below them.")
    )
    scope_types = forms.MultipleChoiceField(label=_("Covers types"), required=False)
    scope_tags = forms.CharField(label=_("Covers tags"), required=False, help_text=_("Separated by commas."))
    confidentiality = forms.IntegerField(
        label=_("From confidentiality"), required=False, min_value=0, max_value=MOST_RANK
    )
    integrity = forms.IntegerField(label=_("From integrity"), required=False, min_value=0, max_value=MOST_RANK)
    availability = forms.IntegerField(label=_("From availability"), required=False, min_value=0, max_value=MOST_RANK)

    assets = forms.MultipleChoiceField(
        label=_("Names assets"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Beside those of the scope above. Find some below, then tick them."),
    )
    find = forms.CharField(
        label=_("Find assets"), required=False, max_length=200, help_text=_("By name, number or identifier.")
    )

    def __init__(
        self, *args: Any, units: Choices, people: Choices, types: Choices, assets: Choices, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        units = list(units)
        choose(self.fields["assets"], assets)
        choose(self.fields["unit"], units)
        choose(self.fields["scope_units"], units)
        choose(self.fields["scope_types"], types)
        choose(self.fields["owner"], people, nobody=True)

    def draft(self, *, unseen: tuple[UUID, ...] = ()) -> MeasureDraft:
        """What was typed; ``unseen`` are assets that it names and that the person who typed does not see."""
        sent = self.cleaned_data
        cost: Decimal | None = sent["cost"]
        return MeasureDraft(
            name=sent["name"],
            unit_id=UnitId(UUID(sent["unit"])),
            description=sent["description"],
            owner_id=PersonId(UUID(sent["owner"])) if sent["owner"] else None,
            phase=Phase(int(sent["phase"])),
            yearly_cost_minor=None if cost is None else int(cost * HUNDREDTHS),
            currency=sent["currency"].strip().upper(),
            requirements=keys_of(sent["requirements"]),
            scope=Scope(
                units=tuple(UnitId(UUID(each)) for each in sent["scope_units"]),
                types=tuple(map(AssetType, sent["scope_types"])),
                tags=tuple(each.strip() for each in sent["scope_tags"].split(",") if each.strip()),
                need=Need(
                    confidentiality=sent["confidentiality"] or 0,
                    integrity=sent["integrity"] or 0,
                    availability=sent["availability"] or 0,
                ),
                assets=(*map(UUID, sent["assets"]), *unseen),
            ),
        )


class CheckForm(forms.Form):
    """A check: one that runs by itself, or a checklist."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_MAX, help_text=_("The question that it answers."))
    automatic = forms.ChoiceField(label=_("Runs by itself"), required=False)
    steps = forms.CharField(
        label=_("Checklist"),
        required=False,
        widget=area(5),
        help_text=_("One question a line, each answered with yes or no. Empty for a check that runs by itself."),
    )
    owner = forms.ChoiceField(label=_("Done by"), required=False)
    cadence_days = forms.IntegerField(
        label=_("Every"), min_value=1, max_value=MOST_DAYS, initial=30, help_text=_("Days.")
    )
    valid_days = forms.IntegerField(
        label=_("Speaks for"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=45,
        help_text=_("Days; after that the evidence is stale."),
    )
    severity = forms.ChoiceField(
        label=_("A failure is a"),
        choices=[(str(key), state.word) for key, state in words.SEVERITIES.items()],
        initial=str(FindingSeverity.MINOR),
    )

    def __init__(self, *args: Any, automatic: Choices, people: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self.fields["automatic"], automatic, nobody=True)
        choose(self.fields["owner"], people, nobody=True)

    def draft(self, measure_id: UUID) -> CheckDraft:
        sent = self.cleaned_data
        return CheckDraft(
            measure_id=measure_id,
            title=sent["title"],
            automatic=sent["automatic"],
            steps=tuple(each.strip() for each in sent["steps"].splitlines() if each.strip()),
            owner_id=PersonId(UUID(sent["owner"])) if sent["owner"] else None,
            cadence_days=sent["cadence_days"],
            valid_days=sent["valid_days"],
            severity=FindingSeverity(sent["severity"]),
        )


class RunForm(forms.Form):
    """The answers to a checklist."""

    def __init__(self, *args: Any, steps: tuple[str, ...], **options: Any) -> None:
        super().__init__(*args, **options)
        self.steps = steps
        for place, step in enumerate(steps):
            self.fields[f"step_{place}"] = forms.ChoiceField(
                label=step,
                required=False,
                widget=forms.RadioSelect,
                choices=[("yes", _("Yes")), ("no", _("No"))],
            )
        self.fields["note"] = forms.CharField(
            label=_("What was looked at, and what was seen"),
            max_length=NOTE_MAX,
            widget=area(),
            help_text=_("With the number of things that you looked at."),
        )
        self.fields["unable"] = forms.BooleanField(label=_("I could not look"), required=False)

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or self.cleaned_data
        if not sent.get("unable"):
            for place in range(len(self.steps)):
                if not sent.get(f"step_{place}"):
                    self.add_error(f"step_{place}", _("Answer with yes or no, or say that you could not look."))
        return sent

    def run(self) -> ManualRun:
        sent = self.cleaned_data
        answers = tuple(sent.get(f"step_{place}") == "yes" for place in range(len(self.steps)))
        return ManualRun(answers=answers, note=sent["note"], could_look=not sent["unable"])


class FindingForm(forms.Form):
    """What a person found."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_MAX, help_text=_("What is not as it should be."))
    unit = forms.ChoiceField(label=_("Unit"))
    origin = forms.ChoiceField(
        label=_("Found by"),
        choices=[
            (str(key), words.ORIGINS[key])
            for key in (FindingOrigin.AUDIT, FindingOrigin.REVIEW, FindingOrigin.DEVIATION, FindingOrigin.INCIDENT)
        ],
    )
    severity = forms.ChoiceField(
        label=_("Grade"),
        choices=[(str(key), state.word) for key, state in words.SEVERITIES.items()],
        initial=str(FindingSeverity.MINOR),
    )
    detail = forms.CharField(
        label=_("Detail"),
        required=False,
        max_length=NOTE_MAX,
        widget=area(),
        help_text=_("What was looked at, how many, what was seen, and what was expected."),
    )
    requirements = forms.CharField(
        label=_("Against"), required=False, widget=area(2), help_text=_("Requirements, such as ISO27001:A.8.13.")
    )

    def __init__(self, *args: Any, units: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self.fields["unit"], units)

    def draft(self, *, unique_key: str) -> FindingDraft:
        sent = self.cleaned_data
        return FindingDraft(
            unique_key=unique_key,
            origin=FindingOrigin(sent["origin"]),
            subject="",
            title=sent["title"],
            detail=sent["detail"],
            severity=FindingSeverity(sent["severity"]),
            unit_id=UnitId(UUID(sent["unit"])),
            requirements=keys_of(sent["requirements"]),
        )


class ActionForm(forms.Form):
    """A corrective action: its cause, what is to be done, by whom, until when."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_MAX)
    root_cause = forms.CharField(
        label=_("Root cause"),
        required=False,
        max_length=NOTE_MAX,
        widget=area(3),
        help_text=_("Ask why until the answer is something that can be changed."),
    )
    plan = forms.CharField(label=_("What is to be done"), required=False, max_length=NOTE_MAX, widget=area(3))
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    due_on = forms.DateField(
        label=_("Due on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, people: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self.fields["owner"], people, nobody=True)

    def draft(self) -> CorrectiveActionDraft:
        sent = self.cleaned_data
        return CorrectiveActionDraft(
            title=sent["title"],
            owner_id=PersonId(UUID(sent["owner"])) if sent["owner"] else None,
            due_on=sent["due_on"],
            root_cause=sent["root_cause"],
            plan=sent["plan"],
        )


class DoneForm(forms.Form):
    """What was done."""

    done = forms.CharField(label=_("What was done"), max_length=NOTE_MAX, widget=area(3))


class VerdictForm(forms.Form):
    """Whether it works."""

    verdict = forms.CharField(label=_("What was looked at, and what was seen"), max_length=NOTE_MAX, widget=area(3))
    effective = forms.ChoiceField(
        label=_("Is it effective?"),
        widget=forms.RadioSelect,
        choices=[("yes", _("Yes, close it")), ("no", _("No, begin anew"))],
    )
