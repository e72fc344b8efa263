"""Codes that a form offers, in the reader's language, and what every form of the domain needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.isms.terms import Direction, Effect, Origin, Relation, Topic
from burgrave.isms.terms.maturity import Level
from burgrave.isms.terms.meetings import Function
from burgrave.web.terms import Words

Choices = Iterable[tuple[Any, Any]]
ORIGINS: Mapping[Origin, Words] = {Origin.INTERNAL: _("Internal"), Origin.EXTERNAL: _("External")}
TOPICS: Mapping[Topic, Words] = {
    Topic.LAW: _("Law and contracts"),
    Topic.MARKET: _("Market and customers"),
    Topic.TECHNOLOGY: _("Technology"),
    Topic.THREATS: _("Threats"),
    Topic.SUPPLIERS: _("Suppliers"),
    Topic.ENVIRONMENT: _("Nature and climate"),
    Topic.STRATEGY: _("Strategy"),
    Topic.PEOPLE: _("People and culture"),
    Topic.PROCESSES: _("Processes"),
    Topic.RESOURCES: _("Money and resources"),
}
EFFECTS: Mapping[Effect, Words] = {
    Effect.RISK: _("A risk"),
    Effect.OPPORTUNITY: _("An opportunity"),
    Effect.BOTH: _("Both"),
}
RELATIONS: Mapping[Relation, Words] = {
    Relation.CUSTOMER: _("Customer"),
    Relation.AUTHORITY: _("Authority"),
    Relation.OWNER: _("Owner or shareholder"),
    Relation.STAFF: _("Staff"),
    Relation.SUPPLIER: _("Supplier"),
    Relation.PARTNER: _("Partner"),
    Relation.INSURER: _("Insurer"),
    Relation.PUBLIC: _("Public"),
}
DIRECTIONS: Mapping[Direction, Words] = {Direction.AT_LEAST: _("at least"), Direction.AT_MOST: _("at most")}
FUNCTIONS: Mapping[Function, Words] = {
    Function.CHAIR: _("Chair"),
    Function.SECRETARY: _("Secretary"),
    Function.MEMBER: _("Member"),
}
LEVELS: Mapping[Level, Words] = {
    Level.NOBODY: pgettext_lazy("level of maturity", "Nobody"),
    Level.BY_CHANCE: pgettext_lazy("level of maturity", "By chance"),
    Level.REPEATED: pgettext_lazy("level of maturity", "Repeated"),
    Level.WRITTEN: pgettext_lazy("level of maturity", "Written"),
    Level.MEASURED: pgettext_lazy("level of maturity", "Measured"),
    Level.IMPROVED: pgettext_lazy("level of maturity", "Improved"),
}
LEVEL_MEANINGS: Mapping[Level, Words] = {
    Level.NOBODY: _("Nobody does it."),
    Level.BY_CHANCE: _("It is done when somebody thinks of it."),
    Level.REPEATED: _("The same people do it in the same way, and it stands in their heads."),
    Level.WRITTEN: _("It is written down, and done so everywhere within the scope."),
    Level.MEASURED: _("Figures say how well it is done, and somebody steers by them."),
    Level.IMPROVED: _("It gets better by what its figures show."),
}


def offered(words: Mapping[Any, Words]) -> list[tuple[str, Words]]:
    """The codes as a form offers them."""
    return [(str(key), word) for key, word in words.items()]


def text_area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def choose(field: forms.Field, choices: Choices) -> None:
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
    field.choices = list(choices)
