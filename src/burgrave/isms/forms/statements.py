"""What people type about statements and readings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from burgrave.isms.forms.choices import (
    DIRECTIONS,
    EFFECTS,
    ORIGINS,
    RELATIONS,
    TOPICS,
    Choices,
    choose,
    day_input,
    offered,
    text_area,
)
from burgrave.isms.rules.contents import bearer_of
from burgrave.isms.terms import (
    DECIMAL_PLACES,
    LINE_MAX,
    MOST_REVIEW_DAYS,
    TEXT_MAX,
    TITLE_MAX,
    UNIT_OF_MEASURE_MAX,
    Bearer,
    Content,
    Direction,
    Effect,
    Indicator,
    Issue,
    Kind,
    Line,
    Objective,
    Origin,
    Party,
    Process,
    ReadingDraft,
    Relation,
    Scope,
    StatementDraft,
    StatementId,
    Topic,
)
from burgrave.web.terms import PersonId, UnitId

BAR = re.compile("[|\uff5c]")


def lines_of(text: str) -> tuple[Line, ...]:
    """One thing a line, what belongs to it behind a bar. Raises BadInput."""
    found = []
    for line in text.splitlines():
        if line.strip():
            first, *rest = BAR.split(line, maxsplit=1)
            found.append(Line(first.strip(), rest[0].strip() if rest else ""))
    return tuple(found)


def typed_lines(lines: Iterable[Line]) -> str:
    """The lines as the form shows them."""
    return "\n".join(f"{each.text} | {each.note}" if each.note else each.text for each in lines)


class StatementForm(forms.Form):
    """What every statement has; each kind adds its own between title and unit."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_MAX)
    unit = forms.ChoiceField(label=_("Unit"))
    owner = forms.ChoiceField(label=_("Owner"), required=False, help_text=_("Who keeps it true."))
    review_every_days = forms.IntegerField(
        label=_("Review every"), min_value=1, max_value=MOST_REVIEW_DAYS, initial=365, help_text=_("Days.")
    )

    def __init__(
        self,
        *args: Any,
        units: Choices,
        people: Choices,
        roles: Choices = (),
        objectives: Choices = (),
        sources: Choices = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        given = {
            "unit": list(units),
            "owner": [("", "–"), *people],
            "units": list(units),
            "objective": list(objectives),
            "source": [("", _("Readings by hand")), *sources],
        }
        bearers: list[tuple[Any, Any]] = [
            (_("Roles"), list(roles)),
            (_("People"), [(f"person:{key}", name) for key, name in people]),
        ]
        given |= {name: list(bearers) for name in ("responsible", "consulted", "informed")}
        given["accountable"] = [("", _("Nobody yet")), *bearers]
        for name, choices in given.items():
            if name in self.fields:
                choose(self.fields[name], choices)
        self.order_fields(["title", *(name for name in self.fields if name not in StatementForm.base_fields)])

    def content(self) -> Content:
        """What is particular to the kind. Raises BadInput."""
        raise TypeError("a form of a kind says this")

    def draft(self) -> StatementDraft:
        """What was typed. Raises BadInput."""
        given = self.cleaned_data
        return StatementDraft(
            title=given["title"].strip(),
            unit_id=UnitId(UUID(given["unit"])),
            owner_id=PersonId(UUID(given["owner"])) if given["owner"] else None,
            review_every_days=given["review_every_days"],
            content=self.content(),
        )


class IssueForm(StatementForm):
    origin = forms.ChoiceField(label=_("Origin"), choices=offered(ORIGINS))
    topic = forms.ChoiceField(label=_("Topic"), choices=offered(TOPICS))
    effect = forms.ChoiceField(label=_("What it may bring"), choices=offered(EFFECTS))
    text = forms.CharField(
        label=_("Description"),
        max_length=TEXT_MAX,
        widget=text_area(6),
        help_text=_("What it is, and how it bears on the security of information."),
    )

    def content(self) -> Issue:
        given = self.cleaned_data
        return Issue(
            origin=Origin(given["origin"]),
            topic=Topic(given["topic"]),
            effect=Effect(given["effect"]),
            text=given["text"],
        )


class PartyForm(StatementForm):
    relation = forms.ChoiceField(label=_("Relation"), choices=offered(RELATIONS))
    text = forms.CharField(label=_("Interest"), max_length=TEXT_MAX, widget=text_area(4))
    requirements = forms.CharField(
        label=_("Requirements"),
        required=False,
        widget=text_area(6),
        help_text=_("One a line; how it is met, behind a bar: Report breaches within 72 hours | incident process."),
    )

    def content(self) -> Party:
        given = self.cleaned_data
        return Party(
            relation=Relation(given["relation"]),
            text=given["text"],
            requirements=lines_of(given["requirements"]),
        )


class ScopeForm(StatementForm):
    text = forms.CharField(label=_("Scope statement"), max_length=TEXT_MAX, widget=text_area(5))
    units = forms.MultipleChoiceField(label=_("Units within"), required=False)
    locations = forms.CharField(
        label=_("Locations within"), required=False, widget=text_area(3), help_text=_("One a line.")
    )
    services = forms.CharField(
        label=_("Services within"), required=False, widget=text_area(3), help_text=_("One a line.")
    )
    interfaces = forms.CharField(
        label=_("Interfaces and dependencies"),
        required=False,
        widget=text_area(3),
        help_text=_("With what lies outside, one a line; how it is secured, behind a bar."),
    )
    exclusions = forms.CharField(
        label=_("Exclusions"),
        required=False,
        widget=text_area(3),
        help_text=_("One a line, and behind a bar the reason, which must be given."),
    )

    def content(self) -> Scope:
        given = self.cleaned_data
        return Scope(
            text=given["text"],
            units=tuple(UnitId(UUID(each)) for each in given["units"]),
            **{name: lines_of(given[name]) for name in ("locations", "services", "interfaces", "exclusions")},
        )


class ObjectiveForm(StatementForm):
    text = forms.CharField(label=_("What is to be reached"), max_length=TEXT_MAX, widget=text_area(4))
    means = forms.CharField(
        label=_("Means"),
        required=False,
        max_length=TEXT_MAX,
        widget=text_area(3),
        help_text=_("What will be done, with which resources, and who does it."),
    )
    due_on = forms.DateField(label=_("Until"), required=False, widget=day_input())

    def content(self) -> Objective:
        given = self.cleaned_data
        return Objective(text=given["text"], means=given["means"], due_on=given["due_on"])


class IndicatorForm(StatementForm):
    objective = forms.ChoiceField(label=_("Objective"), help_text=_("What it measures."))
    source = forms.ChoiceField(
        label=_("Source"), required=False, help_text=_("A figure of Burgrave is read by itself when it is due.")
    )
    unit_of_measure = forms.CharField(
        label=_("Unit of measure"), max_length=UNIT_OF_MEASURE_MAX, help_text=_("Such as %, hours or incidents.")
    )
    direction = forms.ChoiceField(label=_("Good is"), choices=offered(DIRECTIONS))
    target = forms.DecimalField(label=_("Target"), max_digits=18, decimal_places=DECIMAL_PLACES)
    every_days = forms.IntegerField(
        label=_("Read every"), min_value=1, max_value=MOST_REVIEW_DAYS, initial=30, help_text=_("Days.")
    )
    text = forms.CharField(label=_("How it is measured"), required=False, max_length=TEXT_MAX, widget=text_area(3))

    def content(self) -> Indicator:
        given = self.cleaned_data
        return Indicator(
            objective_id=StatementId(UUID(given["objective"])),
            unit_of_measure=given["unit_of_measure"].strip(),
            direction=Direction(given["direction"]),
            target=given["target"],
            every_days=given["every_days"],
            source=given["source"],
            text=given["text"],
        )


class ProcessForm(StatementForm):
    text = forms.CharField(label=_("What the process does"), required=False, max_length=TEXT_MAX, widget=text_area(3))
    accountable = forms.ChoiceField(
        label=_("Accountable"), required=False, help_text=_("Exactly one, who answers for the result.")
    )
    responsible = forms.MultipleChoiceField(label=_("Responsible"), required=False, help_text=_("Who does the work."))
    consulted = forms.MultipleChoiceField(
        label=_("Consulted"), required=False, help_text=_("Who is asked before it is decided.")
    )
    informed = forms.MultipleChoiceField(
        label=_("Informed"), required=False, help_text=_("Who is told what was decided.")
    )

    def content(self) -> Process:
        given = self.cleaned_data

        def bearers(name: str) -> tuple[Bearer, ...]:
            return tuple(map(bearer_of, dict.fromkeys(given[name])))

        return Process(
            text=given["text"],
            accountable=bearer_of(given["accountable"]) if given["accountable"] else None,
            responsible=bearers("responsible"),
            consulted=bearers("consulted"),
            informed=bearers("informed"),
        )


FORMS: Mapping[Kind, type[StatementForm]] = {
    Kind.ISSUE: IssueForm,
    Kind.PARTY: PartyForm,
    Kind.SCOPE: ScopeForm,
    Kind.OBJECTIVE: ObjectiveForm,
    Kind.INDICATOR: IndicatorForm,
    Kind.PROCESS: ProcessForm,
}


class ReadingForm(forms.Form):
    """A value of an indicator on a day."""

    on = forms.DateField(label=_("Day"), widget=day_input())
    value = forms.DecimalField(label=_("Value"), max_digits=18, decimal_places=DECIMAL_PLACES)
    sample_size = forms.IntegerField(
        label=_("Sample size"), required=False, min_value=0, help_text=_("From how many it was computed.")
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=LINE_MAX)

    def draft(self) -> ReadingDraft:
        """What was typed. Raises BadInput."""
        given = self.cleaned_data
        value: Decimal = given["value"]
        return ReadingDraft(on=given["on"], value=value, sample_size=given["sample_size"], note=given["note"])


def typed(draft: StatementDraft) -> dict[str, Any]:
    """The statement as its form shows it."""
    return {
        "title": draft.title,
        "unit": str(draft.unit_id),
        "owner": str(draft.owner_id or ""),
        "review_every_days": draft.review_every_days,
        **_typed(draft.content),
    }


def _typed(content: Content) -> dict[str, Any]:
    match content:
        case Issue():
            return {
                "origin": str(content.origin),
                "topic": str(content.topic),
                "effect": str(content.effect),
                "text": content.text,
            }
        case Party():
            return {
                "relation": str(content.relation),
                "text": content.text,
                "requirements": typed_lines(content.requirements),
            }
        case Scope():
            names = ("locations", "services", "interfaces", "exclusions")
            return {
                "text": content.text,
                "units": [str(each) for each in content.units],
                **{name: typed_lines(getattr(content, name)) for name in names},
            }
        case Objective():
            return {"text": content.text, "means": content.means, "due_on": content.due_on}
        case Indicator():
            return {
                "objective": str(content.objective_id),
                "source": content.source,
                "unit_of_measure": content.unit_of_measure,
                "direction": str(content.direction),
                "target": content.target,
                "every_days": content.every_days,
                "text": content.text,
            }
        case Process():
            return {
                "text": content.text,
                "accountable": content.accountable.key if content.accountable else "",
                **{
                    name: [each.key for each in getattr(content, name)]
                    for name in ("responsible", "consulted", "informed")
                },
            }
