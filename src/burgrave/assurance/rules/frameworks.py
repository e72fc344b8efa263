"""What changes when a framework is put anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from burgrave.assets.terms import Need
from burgrave.assurance.terms.frameworks import FrameworkDraft, RequirementDraft
from burgrave.engines.canonical import JSON, canonical_json

Content = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What to do with the requirements of a framework; ``returned`` were withdrawn before."""

    added: tuple[RequirementDraft, ...]
    changed: tuple[RequirementDraft, ...]
    returned: tuple[RequirementDraft, ...]
    withdrawn: tuple[str, ...]


def content(draft: RequirementDraft) -> Content:
    """What makes one wording differ from another, in the order of the table of wordings."""
    return (
        draft.title.strip(),
        draft.text.strip(),
        str(draft.modality),
        draft.binding,
        dict(sorted(draft.parameters.items())),
        need_of(draft.applies_to_need),
        sorted(str(each) for each in draft.applies_to_types),
    )


def need_of(need: Need | None) -> list[int]:
    """The three ranks; empty for a requirement that no need calls for."""
    return [] if need is None else [need.confidentiality, need.integrity, need.availability]


def difference(
    drafts: Sequence[RequirementDraft], *, known: Mapping[str, Content], withdrawn: frozenset[str]
) -> Difference:
    """Compare what is put with what is ``known`` by identifier, of which ``withdrawn`` bind nobody now."""
    named = {draft.identifier for draft in drafts}
    return Difference(
        added=tuple(each for each in drafts if each.identifier not in known),
        changed=tuple(
            each
            for each in drafts
            if each.identifier in known and each.identifier not in withdrawn and known[each.identifier] != content(each)
        ),
        returned=tuple(each for each in drafts if each.identifier in withdrawn),
        withdrawn=tuple(sorted(set(known) - withdrawn - named)),
    )


def apart(draft: FrameworkDraft, *, prefix: str) -> FrameworkDraft:
    """The draft with every link leading to a framework whose name begins with the prefix."""
    return replace(
        draft,
        requirements=tuple(
            replace(
                each,
                satisfies=tuple(
                    (name if name.startswith(prefix) else f"{prefix}{name}", own) for name, own in each.satisfies
                ),
            )
            for each in draft.requirements
        ),
    )


def digest(draft: FrameworkDraft) -> str:
    """SHA-256 of the canonical form (RFC 8785) of everything that is put, in its order, as hex."""
    form: JSON = {
        "identifier": draft.identifier,
        "title": draft.title.strip(),
        "origin": str(draft.origin),
        "version": draft.version,
        "requirements": [_form(each) for each in draft.requirements],
        **_by_language(titles=draft.titles),
    }
    return sha256(canonical_json(form)).hexdigest()


def _form(draft: RequirementDraft) -> JSON:
    return {
        "identifier": draft.identifier,
        "title": draft.title.strip(),
        "text": draft.text.strip(),
        "modality": str(draft.modality),
        "binding": draft.binding,
        "parameters": dict(draft.parameters),
        "need": list(need_of(draft.applies_to_need)),
        "types": sorted(str(each) for each in draft.applies_to_types),
        "satisfies": [list(each) for each in draft.satisfies],
        **_by_language(titles=draft.titles, texts=draft.texts),
    }


def _by_language(**named: Mapping[str, str]) -> dict[str, JSON]:
    """What is worded in several languages; what is worded in one has the form that it had before there were several."""
    return {name: dict(sorted(words.items())) for name, words in named.items() if words}
