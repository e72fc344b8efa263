"""A bill of materials becomes facts about assets.

An asset is found again by a reference made of what the document describes and of the component without its version,
so that a newer document of the same product updates what the older one brought.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from burgrave.assets.terms import (
    IDENTIFIER_MAX,
    MOST_TAGS,
    NAME_MAX,
    REFERENCE_MAX,
    TAG_MAX,
    TEXT_MAX,
    AssetFacts,
    AssetType,
    DependencyKind,
    IdentifierKind,
)
from burgrave.engines.cyclonedx import Bom, Component
from burgrave.web.terms import UnitId

Link = tuple[str, DependencyKind, str]
PREFIX = "cdx:"
SAID = frozenset({"name", "type", "description", "tags", str(IdentifierKind.PURL), str(IdentifierKind.CPE)})
"""What a document speaks of: owner, unit, need and phase of an asset stay as people set them."""
ASSET_TYPES: Mapping[str, AssetType] = MappingProxyType(
    {
        "application": AssetType.SOFTWARE,
        "container": AssetType.SYSTEM,
        "cryptographic-asset": AssetType.INFORMATION,
        "data": AssetType.INFORMATION,
        "device": AssetType.DEVICE,
        "device-driver": AssetType.SOFTWARE,
        "file": AssetType.INFORMATION,
        "firmware": AssetType.SOFTWARE,
        "framework": AssetType.SOFTWARE,
        "library": AssetType.SOFTWARE,
        "machine-learning-model": AssetType.SOFTWARE,
        "operating-system": AssetType.SOFTWARE,
        "platform": AssetType.SYSTEM,
        "service": AssetType.SERVICE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The assets of a document. ``scope`` begins the reference of each; ``passed_over`` counts what was not taken."""

    facts: tuple[AssetFacts, ...]
    links: tuple[Link, ...]
    scope: str
    passed_over: Mapping[str, int]


def inventory(bom: Bom, *, unit_id: UnitId) -> Inventory:
    """Each component and service as an asset of the unit, with what it depends on and what it consists of."""
    every = [*([bom.subject] if bom.subject else []), *bom.components]
    scope = _scope(bom)
    passed_over = Counter(bom.passed_over)
    references = _references(every, scope=scope, subject=bom.subject)
    facts: dict[str, AssetFacts] = {}
    for each in every:
        reference = references[each.ref]
        if reference in facts:
            passed_over["components that are named twice"] += 1
        else:
            facts[reference] = _facts(each, reference=reference, unit_id=unit_id, passed_over=passed_over)
    links = [
        (references[each.parent], DependencyKind.CONSISTS_OF, references[each.ref]) for each in every if each.parent
    ]
    links += [(references[one], DependencyKind.DEPENDS_ON, references[other]) for one, other in bom.dependencies]
    depended = {one for one, _other in bom.dependencies}
    if bom.subject is not None and bom.subject.ref not in depended:
        links += [
            (references[bom.subject.ref], DependencyKind.CONSISTS_OF, references[each.ref])
            for each in bom.components
            if not each.parent
        ]
    return Inventory(
        facts=tuple(facts.values()),
        links=tuple(dict.fromkeys(each for each in links if each[0] != each[2])),
        scope=scope,
        passed_over=dict(passed_over),
    )


def _scope(bom: Bom) -> str:
    if bom.subject is not None:
        return _short(f"{PREFIX}{_key(bom.subject)}")
    return _short(f"{PREFIX}{bom.serial_number or 'document'}")


def _references(every: Sequence[Component], *, scope: str, subject: Component | None) -> dict[str, str]:
    """The reference of each by its bom-ref; where one product stands in two versions, the version is part of it."""
    versions: dict[str, set[str]] = {}
    for each in every:
        versions.setdefault(_key(each), set()).add(each.version)
    found: dict[str, str] = {}
    for each in every:
        key = _key(each)
        if each is subject:
            found[each.ref] = scope
        else:
            told = f"{key}@{each.version}" if len(versions[key]) > 1 else key
            found[each.ref] = _short(f"{scope}/{told}")
    return found


def _key(component: Component) -> str:
    """What the component is called, whatever its version."""
    if component.purl:
        name, _mark, _rest = component.purl.partition("?")
        name = name.partition("#")[0]
        head, at, version = name.rpartition("@")
        return head if at and "/" not in version else name
    parts = (component.type, component.group, component.name)
    return ":".join(part for part in parts if part)


def _short(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= REFERENCE_MAX:
        return text
    return f"{text[: REFERENCE_MAX - 17]}~{sha256(text.encode()).hexdigest()[:16]}"


def _facts(each: Component, *, reference: str, unit_id: UnitId, passed_over: Counter[str]) -> AssetFacts:
    named = "/".join(part for part in (each.group, each.name) if part)
    identifiers = []
    for kind, value in ((IdentifierKind.PURL, each.purl), (IdentifierKind.CPE, each.cpe)):
        if len(value) > IDENTIFIER_MAX:
            passed_over[f"{kind} of more than {IDENTIFIER_MAX} characters"] += 1
        elif value:
            identifiers.append((kind, value))
    tags = [tag for tag in each.licences if len(tag) <= TAG_MAX][:MOST_TAGS]
    lines = [
        each.description,
        f"Type: {each.type}" if each.type else "",
        f"Supplier: {each.supplier}" if each.supplier else "",
        f"Licences: {'; '.join(each.licences)}" if each.licences else "",
        *(f"{one.algorithm}: {one.value}" for one in each.hashes),
        *(f"{name}: {value}" for name, value in each.facts),
    ]
    return AssetFacts(
        reference=reference,
        name=f"{named} {each.version}".strip()[:NAME_MAX].strip(),
        type=ASSET_TYPES.get(each.type, AssetType.SOFTWARE),
        unit_id=unit_id,
        description="\n".join(line for line in lines if line)[:TEXT_MAX],
        tags=tuple(dict.fromkeys(tags)),
        identifiers=tuple(identifiers),
    )
