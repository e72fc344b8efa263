"""The clauses of a norm as requirements of the chain.

A clause may say in its attributes which assets it binds: ``{types="system device" need="confidentiality=3"}``. ``need``
takes ``confidentiality``, ``integrity`` and ``availability`` with a rank of the classification scheme, or one rank for
all three; an asset is bound when it reaches one of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from burgrave.assets.terms import DIMENSIONS, AssetType, Need
from burgrave.assurance.terms import IDENTIFIER_MAX, TEXT_MAX, TITLE_MAX
from burgrave.assurance.terms.frameworks import RequirementDraft
from burgrave.engines.norms import Clause, Modality, Norm, Shown, plain, shown

ASKED = frozenset({Modality.SHALL, Modality.SHALL_NOT, Modality.SHOULD, Modality.SHOULD_NOT, Modality.MAY})
_NEED = re.compile(r"(?:(?P<dimension>[a-z]+)\s*=\s*)?(?P<rank>[1-6])")


def requirements_of(norm: Norm, variables: Mapping[str, str]) -> tuple[RequirementDraft, ...]:
    """What the norm asks for, each clause once; a clause that binds nobody and permits nothing is left out."""
    blocks = {each.line: each for each in shown(norm, variables=variables) if each.clause}
    seen: Counter[str] = Counter()
    return tuple(
        _requirement(clause, blocks.get(clause.place.line), norm, seen)
        for clause in norm.clauses
        if clause.modality in ASKED and not clause.is_step
    )


def in_languages(said: Mapping[str, tuple[RequirementDraft, ...]]) -> tuple[RequirementDraft, ...]:
    """The requirements of the first language, each with its wording in every language that has a clause of its name."""
    first = next(iter(said.values()))
    if len(said) == 1:
        return first
    worded = {language: {each.identifier: each for each in drafts} for language, drafts in said.items()}
    return tuple(_worded(each, worded) for each in first)


def _worded(first: RequirementDraft, worded: Mapping[str, Mapping[str, RequirementDraft]]) -> RequirementDraft:
    own = {name: drafts[first.identifier] for name, drafts in worded.items() if first.identifier in drafts}
    return replace(
        first,
        titles={name: each.title for name, each in own.items()},
        texts={name: each.text for name, each in own.items()},
    )


def _requirement(clause: Clause, block: Shown | None, norm: Norm, seen: Counter[str]) -> RequirementDraft:
    text = plain(block.words if block else clause.text.value)
    answered = clause.satisfies or (norm.facts.satisfies if clause.modality.binds else ())
    attributes = block.attributes if block else {}
    return RequirementDraft(
        identifier=_unique(clause.identifier, seen),
        title=text[: TITLE_MAX - 1] + "…" if len(text) > TITLE_MAX else text,
        text=(f"{text}\n\n{clause.evidence}" if clause.evidence else text)[:TEXT_MAX],
        modality=clause.modality,
        satisfies=tuple((each.framework, each.reference) for each in answered),
        parameters={each.name: each.words for each in clause.parameters},
        binding=clause.modality.binds,
        applies_to_need=need_of(attributes.get("need", "")),
        applies_to_types=tuple(types_of(attributes.get("types", ""))),
    )


def _unique(identifier: str, seen: Counter[str]) -> str:
    """The identifier, cut to its length; the second of one name says that it is."""
    name = identifier.strip()[: IDENTIFIER_MAX - 5]
    seen[name] += 1
    return name if seen[name] == 1 else f"{name}~{seen[name]}"


def need_of(words: str) -> Need | None:
    """The ranks that an attribute names; None where it names none."""
    ranks: dict[str, int] = {}
    for found in _NEED.finditer(words.lower()):
        named = (found["dimension"],) if found["dimension"] else tuple(map(str, DIMENSIONS))
        ranks |= {each: int(found["rank"]) for each in named if each in set(DIMENSIONS)}
    return Need(**ranks) if ranks else None


def types_of(words: str) -> Iterator[AssetType]:
    """The types of assets that an attribute names."""
    for each in dict.fromkeys(re.split(r"[\s,]+", words.lower())):
        if each in set(AssetType):
            yield AssetType(each)
