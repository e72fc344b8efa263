"""What is typed into the pages of the domain, parsed once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.engines.norms import Kind, Language
from burgrave.policies.terms import NUMBER_MAX, TITLE_MAX
from burgrave.policies.terms.drafts import MOST_REVIEW_DAYS, DocumentFacts, Draft, PlanStep
from burgrave.web.terms import PersonId, UnitId, Words

Choices = Iterable[tuple[str, str]]
STEPS = 3
"""So many steps the page offers; the API takes more."""


class DocumentForm(forms.Form):
    """What is said about a document beside its texts."""

    kind = forms.ChoiceField(label=_("Kind"))
    number = forms.CharField(
        label=_("Number"),
        required=False,
        max_length=NUMBER_MAX,
        help_text=_("Such as NRM-06; left empty, the next one is given out."),
    )
    english = forms.CharField(label=_("Title in English"), required=False, max_length=TITLE_MAX)
    chinese = forms.CharField(label=_("Title in Chinese"), required=False, max_length=TITLE_MAX)
    unit = forms.ChoiceField(label=_("Unit"))
    owner = forms.ChoiceField(
        label=_("Owner"), required=False, help_text=_("Who answers for the text and keeps it up to date.")
    )
    review_every_days = forms.IntegerField(
        label=_("Review every"), min_value=1, max_value=MOST_REVIEW_DAYS, initial=365, help_text=_("Days.")
    )

    def __init__(
        self, *args: Any, kinds: Mapping[Kind, Words], units: Choices, people: Choices, is_new: bool, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        _choose(self.fields["kind"], [(str(key), word) for key, word in kinds.items()])
        _choose(self.fields["unit"], list(units))
        _choose(self.fields["owner"], [("", "–"), *people])
        if not is_new:
            for name in ("kind", "number", "english", "chinese"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "english" in self.fields and not (given.get("english") or given.get("chinese")):
            self.add_error("english", _("Give the document a title in at least one language."))
        return given

    def facts(self, *, kind: Kind | None = None) -> DocumentFacts:
        given = self.cleaned_data
        return DocumentFacts(
            kind=kind or Kind(given["kind"]),
            unit_id=UnitId(UUID(given["unit"])),
            number=given.get("number", ""),
            owner_id=PersonId(UUID(given["owner"])) if given["owner"] else None,
            review_every_days=given["review_every_days"],
        )

    def draft(self) -> Draft:
        """A first text: the title alone."""
        titles = {
            Language.ENGLISH: self.cleaned_data["english"].strip(),
            Language.CHINESE: self.cleaned_data["chinese"].strip(),
        }
        return Draft(sources={language: f"# {title}\n" for language, title in titles.items() if title})


class TextForm(forms.Form):
    """The texts of a draft, as they are typed."""

    english = forms.CharField(
        label=_("Text in English"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "true", "lang": "en", "class": "source"}),
    )
    chinese = forms.CharField(
        label=_("Text in Chinese"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "lang": "zh-hans", "class": "source"}),
    )
    summary = forms.CharField(
        label=_("What is new in this version"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def sources(self) -> dict[Language, str]:
        """The texts that are not empty; line ends are line feeds."""
        return sources_of(self.cleaned_data)


def sources_of(given: Mapping[str, Any]) -> dict[Language, str]:
    """Texts out of fields by the name of their language."""
    named = {Language.ENGLISH: "english", Language.CHINESE: "chinese"}
    texts = {language: str(given.get(name, "")).replace("\r\n", "\n") for language, name in named.items()}
    return {language: text for language, text in texts.items() if text.strip()}


class SubmitForm(forms.Form):
    """Whom the plan asks, step by step, and how heavy the change is."""

    weight = forms.ChoiceField(
        label=_("The change is"),
        choices=[
            ("", _("as the texts say")),
            ("major", pgettext_lazy("weight of a change", "major")),
            ("minor", pgettext_lazy("weight of a change", "minor")),
        ],
        required=False,
    )
    major_reason = forms.CharField(label=_("Why it is otherwise than the texts say"), required=False, max_length=2_000)

    def __init__(self, *args: Any, approvers: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        fields: dict[str, forms.Field] = {}
        for number in range(1, STEPS + 1):
            fields[f"approvers_{number}"] = forms.MultipleChoiceField(
                label=_("Step %(number)s: who is asked") % {"number": number},
                choices=list(approvers),
                required=number == 1,
                widget=forms.CheckboxSelectMultiple,
            )
            fields[f"quorum_{number}"] = forms.IntegerField(
                label=_("Step %(number)s: how many must approve") % {"number": number},
                min_value=1,
                max_value=30,
                initial=1,
                required=number == 1,
            )
        self.fields = {**fields, **self.fields}

    def plan(self) -> tuple[PlanStep, ...]:
        """The steps that ask somebody."""
        return tuple(
            PlanStep(
                approvers=tuple(PersonId(UUID(each)) for each in asked),
                quorum=self.cleaned_data.get(f"quorum_{number}") or 1,
            )
            for number in range(1, STEPS + 1)
            if (asked := self.cleaned_data.get(f"approvers_{number}"))
        )

    @property
    def is_major(self) -> bool | None:
        return {"major": True, "minor": False}.get(self.cleaned_data["weight"])


class VariablesForm(forms.Form):
    """The words that texts stand for, one a line."""

    english = forms.CharField(
        label=_("In English texts"),
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 8, "class": "source"}),
        help_text=_("One a line, such as: organisation = Example Company"),
    )
    chinese = forms.CharField(
        label=_("In Chinese texts"),
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 8, "class": "source"}),
    )

    def values(self) -> dict[str, dict[Language, str]]:
        """Name to value, by language; a line without an equals sign is a name without a value."""
        found: dict[str, dict[Language, str]] = {}
        for language, name in ((Language.ENGLISH, "english"), (Language.CHINESE, "chinese")):
            for line in self.cleaned_data[name].splitlines():
                if line.strip():
                    key, _equals, value = line.partition("=")
                    found.setdefault(key.strip(), {})[language] = value.strip()
        return found


def _choose(field: forms.Field, choices: list[tuple[str, Any]]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


class StarterForm(forms.Form):
    """In which unit and language the starter library is adopted."""

    unit = forms.ChoiceField(label=_("Unit"))
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[
            ("both", _("Both, side by side")),
            (str(Language.ENGLISH), "English"),
            (str(Language.CHINESE), "中文"),
        ],
    )

    def __init__(self, *args: Any, units: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        _choose(self.fields["unit"], list(units))

    def languages(self) -> tuple[Language, ...]:
        chosen = self.cleaned_data["language"]
        return tuple(Language) if chosen == "both" else (Language(chosen),)

    def unit_id(self) -> UnitId:
        return UnitId(UUID(self.cleaned_data["unit"]))
