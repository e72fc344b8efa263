"""Texts read into norms, with what the document itself knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from burgrave.engines.norms import (
    Clause,
    Kind,
    Language,
    Norm,
    NormError,
    Quantity,
    Requirement,
    Unplaced,
    plain,
    read,
    spans,
)
from burgrave.policies.errors import TextUnreadable
from burgrave.policies.rules.saying import said_error
from burgrave.policies.terms import MOST_SOURCE_BYTES
from burgrave.web.errors import BadInput

Parts: TypeAlias = list[dict[str, object]]
"""Small mappings that are kept as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the document says where a text says nothing."""

    number: str
    kind: Kind
    language: Language
    label: str = ""
    owner: str = ""
    review_days: int = 0


def norm_of(source: str, known: Known) -> Norm:
    """The text, read; findings call it by its number and language. Raises TextUnreadable, BadInput."""
    size = len(source.encode("utf-8", "surrogatepass"))
    if size > MOST_SOURCE_BYTES:
        raise BadInput(
            "the text has %(size)s bytes; a document takes %(most)s",
            words={"size": str(size), "most": str(MOST_SOURCE_BYTES)},
            mend="Divide it into several documents.",
        )
    try:
        norm = _read(source, f"{known.number}.{known.language}", known.kind)
    except NormError as error:
        raise TextUnreadable(
            "the text cannot be read: %(why)s", words={"why": said_error(error)}, mend="Mend that line and save again."
        ) from error
    facts = norm.facts
    return replace(
        norm,
        language=known.language,
        facts=replace(
            facts,
            identifier=known.number,
            kind=known.kind,
            language=known.language,
            title=facts.title or norm.title,
            version=facts.version or known.label,
            owner=facts.owner or known.owner,
            review_days=facts.review_days or (known.review_days or None),
        ),
    )


@lru_cache(maxsize=512)
def _read(source: str, path: str, kind: Kind) -> Norm:
    return read(source, path=path, kind=kind)


def unplaced(norm: Norm) -> Parts:
    """What the text holds that has no place in a norm: markup, pictures, keys of the front matter that nobody reads."""
    found: Parts = [
        {"line": each.place.line, "column": each.place.column, "words": each.words, "reason": each.reason}
        for each in norm.unplaced
    ]
    found += [
        {
            "line": norm.facts.lines.get(key, 1),
            "column": 1,
            "words": f"{key}: {value}"[:300],
            "reason": "the front matter has no such key; it is kept in the text",
        }
        for key, value in norm.facts.extra.items()
    ]
    return found


def beside(each: Unplaced) -> dict[str, object]:
    """What a file held beside its text, as it is kept."""
    return {
        "line": each.place.line,
        "column": each.place.column,
        "words": each.words,
        "reason": each.reason,
        "of_file": True,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseFacts:
    """A clause as it is kept: what its strongest sentence says, and each sentence."""

    identifier: str
    is_named: bool
    heading: str
    text: str
    modality: str
    actor: str
    verb: str
    object: str
    condition: str
    cadence_days: float | None
    evidence: str
    quantities: Parts
    parameters: Mapping[str, str]
    satisfies: list[list[str]]
    requirements: Parts
    is_step: bool
    line: int


def clause_facts(norm: Norm) -> tuple[ClauseFacts, ...]:
    """The clauses of a norm; what the whole document answers is answered by each that binds."""
    return tuple(_facts(each, norm) for each in norm.clauses)


def _facts(clause: Clause, norm: Norm) -> ClauseFacts:
    strongest = next((each for each in clause.requirements if each.modality is clause.modality), None)
    answered = clause.satisfies or (norm.facts.satisfies if clause.modality.binds else ())
    return ClauseFacts(
        identifier=clause.identifier[:120],
        is_named=clause.is_named,
        heading=clause.heading,
        text=plain("".join(each.text for each in spans(clause.text.value, {}))),
        modality=str(clause.modality),
        actor=strongest.actor if strongest else "",
        verb=strongest.verb if strongest else "",
        object=strongest.object if strongest else "",
        condition=strongest.condition if strongest else "",
        cadence_days=next((each.cadence_days for each in clause.requirements if each.cadence_days is not None), None),
        evidence=clause.evidence or next((each.evidence for each in clause.requirements if each.evidence), ""),
        quantities=[_quantity(one) for each in clause.requirements for one in each.quantities],
        parameters={each.name: each.words for each in clause.parameters},
        satisfies=[[each.framework, each.reference] for each in answered],
        requirements=[_requirement(each) for each in clause.requirements],
        is_step=clause.is_step,
        line=clause.place.line,
    )


def _requirement(each: Requirement) -> dict[str, object]:
    return {
        "modality": str(each.modality),
        "sentence": each.sentence,
        "actor": each.actor,
        "verb": each.verb,
        "object": each.object,
        "condition": each.condition,
        "cadence_days": each.cadence_days,
        "evidence": each.evidence,
        "line": each.place.line,
        "column": each.place.column,
    }


def _quantity(each: Quantity) -> dict[str, object]:
    return {"number": each.number, "unit": each.unit, "bound": each.bound, "words": each.words}
