"""The norm set that ships along, adopted as drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from burgrave.engines.norms import Arrival, Arrived, Language, arrive_all
from burgrave.imports.terms import Outcome, Plan
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.commands.importing import import_files, plan_import
from burgrave.web.terms import Actor, UnitId

LIBRARY = Path(__file__).resolve().parent.parent / "starter"


@lru_cache(maxsize=4)
def starter(languages: tuple[Language, ...]) -> Arrival:
    """The documents that ship along, in these languages."""
    files = [
        (f"starter/{language}/{file.name}", file.read_bytes())
        for language in languages
        for file in sorted((LIBRARY / language).glob("*.md"))
    ]
    return arrive_all(files)


def starter_texts(number: str) -> dict[Language, Arrived]:
    """The texts of one document that ships along, by language."""
    whole = starter(tuple(Language))
    return {each.norm.language: each for each in whole.documents if each.norm.facts.identifier == number}


def plan_starter(languages: Sequence[Language], *, unit_id: UnitId, actor: Actor) -> Plan:
    """What adopting it would do; nothing is changed. Raises Forbidden."""
    return plan_import(_missing(languages, unit_id), unit_id=unit_id, actor=actor)


def adopt_starter(languages: Sequence[Language], *, unit_id: UnitId, actor: Actor, now: datetime) -> Outcome:
    """Each document that ships along is here as a draft; a text that stands under its number is left alone.

    Raises BadInput, Forbidden.
    """
    return import_files(_missing(languages, unit_id), unit_id=unit_id, actor=actor, now=now)


def _missing(languages: Sequence[Language], unit_id: UnitId) -> Arrival:
    """The documents whose number has no text in their language yet."""
    whole = starter(tuple(languages))
    standing = models.VersionText.objects.filter(version__document__is_sample=unit_id in people.sample_units())
    taken = set(standing.values_list("version__document__number", "language").distinct())
    wanted = tuple(
        each for each in whole.documents if (each.norm.facts.identifier, str(each.norm.language)) not in taken
    )
    return replace(whole, documents=wanted)
