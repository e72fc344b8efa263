"""Texts read: as they are shown, what the linter says, and what one version changes of another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from burgrave.engines.norms import (
    ClauseChange,
    Finding,
    Kind,
    Language,
    Norm,
    Shown,
    lint_all,
    redline,
    shown,
)
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.queries.variables import known_variables
from burgrave.policies.rules import canonical, reading
from burgrave.policies.terms import OPEN_STATES, READ, VersionState
from burgrave.policies.terms.drafts import DocumentRow, VersionDetail
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor

MOST_LINTED = 4_000


def known_of(row: DocumentRow, language: Language, *, label: str) -> reading.Known:
    return reading.Known(
        number=row.number,
        kind=row.kind,
        language=language,
        label=label,
        owner=row.owner_name,
        review_days=row.review_every_days,
    )


def norms_of(detail: VersionDetail) -> dict[Language, Norm]:
    """The texts of a version, read. Raises TextUnreadable."""
    return {
        each.language: reading.norm_of(each.source, known_of(detail.document, each.language, label=detail.label))
        for each in detail.texts
    }


def draft_digest(detail: VersionDetail) -> str:
    """The digest of the texts of a version as they stand: what an approval names."""
    return canonical.draft_digest({str(each.language): each.source for each in detail.texts})


def shown_text(detail: VersionDetail, language: Language) -> tuple[Shown, ...]:
    """The text as it holds, with the variables of its publication, or with those of today for a draft."""
    text = next((each for each in detail.texts if each.language is language), None)
    if text is None:
        return ()
    values = detail.variables.get(language) if detail.published_at else known_variables()[language]
    norm = reading.norm_of(text.source, known_of(detail.document, language, label=detail.label))
    return shown(norm, variables=values)


def preview(
    row: DocumentRow, sources: Mapping[Language, str], *, label: str, today: date
) -> tuple[dict[Language, tuple[Shown, ...]], tuple[Finding, ...]]:
    """What is being typed, as it will be shown, and what the linter says of it. Raises TextUnreadable, BadInput."""
    values = known_variables()
    norms = {
        language: reading.norm_of(source, known_of(row, language, label=label))
        for language, source in sources.items()
        if source.strip()
    }
    names = {name for by_language in values.values() for name in by_language}
    found = _alone(lint_all(tuple(norms.values()), variables=dict.fromkeys(names, ""), today=today))
    return {language: shown(norm, variables=values[language]) for language, norm in norms.items()}, found


def _alone(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Without what can only be said with the rest of the library at hand."""
    return tuple(each for each in findings if each.code not in NEEDS_LIBRARY)


NEEDS_LIBRARY = frozenset({"dead-reference", "orphan", "no-parent", "unknown-parameter", "unknown-parent"})


def library(*, actor: Actor) -> tuple[tuple[UUID, Norm], ...]:
    """Every text that the actor reads, as it holds or is being written; with the key of its version. Two statements."""
    rows = (
        models.VersionText.objects.filter(people.within(actor, READ, "version__document__unit"))
        .filter(version__state__in=sorted({*OPEN_STATES, VersionState.PUBLISHED}))
        .select_related("version__document__owner")
        .order_by("version__document__number", "language", "version__ordinal")
    )
    newest: dict[tuple[UUID, str], models.VersionText] = {}
    for each in rows[:MOST_LINTED]:
        newest[each.version.document_id, each.language] = each
    return tuple((each.version_id, _norm(each)) for each in newest.values())


def _norm(row: models.VersionText) -> Norm:
    document = row.version.document
    known = reading.Known(
        number=document.number,
        kind=Kind(document.kind),
        language=Language(row.language),
        label=row.version.label,
        owner=document.owner.name if document.owner else "",
        review_days=document.review_every_days,
    )
    return reading.norm_of(row.source, known)


def lint_library(*, actor: Actor, today: date) -> tuple[tuple[UUID, Finding], ...]:
    """What the linter says of everything that the actor reads, each with the version that it is about."""
    norms = library(actor=actor)
    names = {name for by_language in known_variables().values() for name in by_language}
    by_path = {norm.path: version_id for version_id, norm in norms}
    found = lint_all([norm for _version, norm in norms], variables=dict.fromkeys(names, ""), today=today)
    return tuple((by_path[each.path], each) for each in found)


def redlines(old: VersionDetail, new: VersionDetail) -> dict[Language, tuple[ClauseChange, ...]]:
    """What the new version changes, in each language that both have. Raises NotFound for versions of two documents."""
    if old.document.document_id != new.document.document_id:
        raise NotFound("these are versions of two documents", mend="Choose two versions of one document.")
    before, after = norms_of(old), norms_of(new)
    return {language: redline(before[language], norm) for language, norm in after.items() if language in before}
