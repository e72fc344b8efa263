"""A release of ATT&CK for enterprises out of its STIX bundle (2.0 or 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final

from burgrave.engines.attack.bundles import Bundle
from burgrave.engines.attack.errors import AttackFileError
from burgrave.engines.attack.terms import TECHNIQUE_ID, Catalogue, Tactic, Technique, TechniqueState

MOST_TECHNIQUES: Final = 10_000
LONGEST_NAME: Final = 200
MOST_NAMES: Final = 50
MATRIX: Final = "enterprise-attack"
KILL_CHAIN: Final = "mitre-attack"
_FETCH: Final = "Take the file enterprise-attack.json of a release of ATT&CK as it is."


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What the file says, and which file that was."""

    catalogue: Catalogue
    sha256: str
    size_bytes: int


@dataclass(slots=True)
class _Gathered:
    version: str = ""
    order: list[str] = field(default_factory=list)
    has_matrix: bool = False
    tactics: dict[str, Tactic] = field(default_factory=dict)
    techniques: dict[str, Technique] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    successors: dict[str, str] = field(default_factory=dict)


def read_release(file: BinaryIO) -> Release:
    """The release in the bundle. Raises AttackFileError."""
    bundle, found = Bundle(file), _Gathered()
    for each in bundle.objects():
        if (take := _TAKES.get(_text(each.get("type")))) is not None:
            take(each, found)
            if len(found.techniques) > MOST_TECHNIQUES:
                raise AttackFileError("a release has at most %(most)s techniques", {"most": f"{MOST_TECHNIQUES:,}"})
    if not found.has_matrix:
        raise AttackFileError("the bundle has no matrix of ATT&CK for enterprises", mend=_FETCH)
    if not found.techniques:
        raise AttackFileError("the bundle has no technique of ATT&CK", mend=_FETCH)
    return Release(catalogue=_catalogue(found), sha256=bundle.sha256, size_bytes=bundle.size_bytes)


def _catalogue(found: _Gathered) -> Catalogue:
    """Techniques with what became of them, and the tactics that the matrix names, in its order."""
    techniques = dict(found.techniques)
    for source, target in found.successors.items():
        was, now = found.ids.get(source, ""), found.ids.get(target, "")
        if was and now and techniques[was].state is TechniqueState.REVOKED:
            techniques[was] = replace(techniques[was], successor=now)
    return Catalogue(
        version=found.version,
        tactics=tuple(found.tactics[each] for each in found.order if each in found.tactics),
        techniques=dict(sorted(techniques.items())),
    )


def _technique(each: Mapping[str, object], found: _Gathered) -> None:
    key = _external_id(each)
    if not TECHNIQUE_ID.fullmatch(key):
        return
    technique = Technique(
        id=key,
        name=_text(each.get("name")),
        tactics=tuple(
            _short(phase.get("phase_name"))
            for phase in _objects(each.get("kill_chain_phases"))
            if phase.get("kill_chain_name") == KILL_CHAIN
        ),
        platforms=tuple(map(_text, _list(each.get("x_mitre_platforms")))),
        state=TechniqueState.REVOKED
        if each.get("revoked") is True
        else TechniqueState.DEPRECATED
        if each.get("x_mitre_deprecated") is True
        else TechniqueState.CURRENT,
    )
    known = found.techniques.get(key)
    if known is None or known.state is not TechniqueState.CURRENT:  # an id that was given again is the newer technique
        found.techniques[key] = technique
    found.ids[_text(each.get("id"))] = key


def _tactic(each: Mapping[str, object], found: _Gathered) -> None:
    name = _short(each.get("x_mitre_shortname"))
    if name:
        found.tactics[_text(each.get("id"))] = Tactic(name=name, title=_text(each.get("name")))


def _matrix(each: Mapping[str, object], found: _Gathered) -> None:
    if _external_id(each) == MATRIX:
        found.has_matrix = True
        found.order = [_text(ref) for ref in _list(each.get("tactic_refs"))]


def _collection(each: Mapping[str, object], found: _Gathered) -> None:
    found.version = _text(each.get("x_mitre_version"))[:20]


def _relationship(each: Mapping[str, object], found: _Gathered) -> None:
    if each.get("relationship_type") == "revoked-by":
        found.successors[_text(each.get("source_ref"))] = _text(each.get("target_ref"))


_TAKES: Final = {
    "attack-pattern": _technique,
    "x-mitre-tactic": _tactic,
    "x-mitre-matrix": _matrix,
    "x-mitre-collection": _collection,
    "relationship": _relationship,
}


def _external_id(each: Mapping[str, object]) -> str:
    """The identifier that ATT&CK gives the object, "" without one."""
    named = (
        _text(reference.get("external_id"))
        for reference in _objects(each.get("external_references"))
        if reference.get("source_name") == KILL_CHAIN
    )
    return next(named, "")


def _list(given: object) -> list[object]:
    return given[:MOST_NAMES] if isinstance(given, list) else []


def _objects(given: object) -> list[Mapping[str, object]]:
    return [each for each in _list(given) if isinstance(each, dict)]


def _short(given: object) -> str:
    return _text(given).lower().replace("-", " ")


def _text(given: object) -> str:
    if not isinstance(given, str):
        return ""
    kept = given.strip()[:LONGEST_NAME]
    return kept.replace("\0", "\N{SYMBOL FOR NULL}").encode(errors="replace").decode()
