"""The release of ATT&CK, and what live rules cover of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from burgrave.detection import models
from burgrave.detection.queries.coverage import coverage
from burgrave.detection.rules import attack as rules
from burgrave.detection.rules.coverage import by_technique, matrix
from burgrave.detection.terms import READ
from burgrave.detection.terms.attack import Matrix, OddTag, ReleaseRow, Shown, Tag, TechniqueRow
from burgrave.detection.terms.coverage import Coverage
from burgrave.engines.attack.terms import Catalogue, TechniqueState
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor


def catalogue() -> Catalogue | None:
    """The release that was brought last, or None. One statement."""
    row = _row()
    return _catalogue(row) if row else None


def release(*, actor: Actor) -> ReleaseRow | None:
    """What was brought last, and by whom. One statement. Raises Forbidden."""
    actor.must_anywhere(READ)
    row = _row()
    return _release(row) if row else None


def attack_matrix(*, shown: Shown = Shown.ALL, platform: str = "", now: datetime, actor: Actor) -> Matrix:
    """Tactics and techniques with the live rules that name them: of the release, else those that rules name.

    Seven statements. Raises Forbidden.
    """
    said = coverage(now=now, actor=actor)
    row = _row()
    known = _catalogue(row) if row else None
    found = rules.as_of_today(said, known)
    named, covered, every = rules.named_and_covered(by_technique(found), known)
    return Matrix(
        columns=rules.whole_matrix(found, known, shown=shown, platform=platform) if known else matrix(found),
        rules=found.rules,
        named=named,
        covered=covered,
        all_techniques=every,
        odd=rules.odd_tags(said, known) if known else (),
        release=_release(row) if row else None,
        catalogue=known,
        platforms=rules.platforms(known) if known else (),
        sample_unit=found.sample_unit,
    )


def covered_today(*, now: datetime, actor: Actor) -> tuple[Coverage, Catalogue | None]:
    """Coverage where rules name techniques as they are called today, and the release that says so. Seven statements."""
    known = catalogue()
    return rules.as_of_today(coverage(now=now, actor=actor), known), known


def attack_techniques(*, now: datetime, actor: Actor) -> tuple[TechniqueRow, ...]:
    """Every technique of the release by id. Raises NotFound where none was brought, and Forbidden."""
    found, known = covered_today(now=now, actor=actor)
    if known is None:
        raise NotFound("no release of ATT&CK was brought", mend="Import its STIX bundle first.")
    return rules.technique_rows(found, known)


def odd_tags(*, now: datetime, actor: Actor) -> tuple[OddTag, ...]:
    """Tags of live rules that the release calls revoked or deprecated, or does not know; none without a release."""
    said, known = coverage(now=now, actor=actor), catalogue()
    return rules.odd_tags(said, known) if known else ()


def tags(techniques: Iterable[str]) -> tuple[Tag, ...]:
    """What the release says of techniques that a rule names; nothing without a release. One statement."""
    known = catalogue()
    return tuple(rules.tag_of(each, known) for each in techniques) if known else ()


def _row() -> models.AttackRelease | None:
    return models.AttackRelease.objects.first()


def _catalogue(row: models.AttackRelease) -> Catalogue:
    return rules.catalogue_of(row.release, row.tactics, row.techniques)


def _release(row: models.AttackRelease) -> ReleaseRow:
    states = rules.states(_catalogue(row))
    return ReleaseRow(
        version=row.release,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        techniques=len(row.techniques),
        current=states[TechniqueState.CURRENT],
        revoked=states[TechniqueState.REVOKED],
        deprecated=states[TechniqueState.DEPRECATED],
        tactics=len(row.tactics),
        brought_at=row.brought_at,
        brought_by=row.brought_by,
    )
