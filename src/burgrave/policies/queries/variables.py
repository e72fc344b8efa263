"""The words that texts stand for."""

from __future__ import annotations

from burgrave.engines.norms import Language
from burgrave.people import queries as people
from burgrave.policies import models

ORGANISATION = "organisation"


def known_variables() -> dict[Language, dict[str, str]]:
    """Name to value, by language; ``organisation`` is our own name where nobody set it. Two statements."""
    organisation = people.organisation()
    built_in = {ORGANISATION: organisation.name} if organisation else {}
    found = {language: dict(built_in) for language in Language}
    for name, language, value in models.Variable.objects.order_by("name").values_list("name", "language", "value"):
        found[Language(language)][name] = value
    return found


def variables() -> tuple[tuple[str, dict[Language, str]], ...]:
    """What people set, by name. One statement."""
    found: dict[str, dict[Language, str]] = {}
    for name, language, value in models.Variable.objects.order_by("name").values_list("name", "language", "value"):
        found.setdefault(name, {})[Language(language)] = value
    return tuple(found.items())
