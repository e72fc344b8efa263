"""Versions and their clauses, for the system itself and for domains above: no permission is asked here."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Q

from burgrave.engines.norms import Kind, Language, Modality
from burgrave.policies import models
from burgrave.policies.rules import canonical
from burgrave.policies.terms import ENDED, ClauseView, DocumentId, VersionId, VersionState, VersionView
from burgrave.web.errors import NotFound
from burgrave.web.terms import PersonId, UnitId

ONCE_IN_FORCE = sorted({VersionState.PUBLISHED, *ENDED})


def holding_on(day: date) -> Q:
    """Versions that held on that day: from their first day on, and until the day before their end."""
    ends = Q(ended_on__isnull=True) | Q(ended_on__gt=day)
    return Q(state__in=ONCE_IN_FORCE, effective_on__lte=day) & ends


def in_force(document_id: UUID, *, on: date) -> VersionView | None:
    """What held of the document on that day; None where nothing did. Two statements."""
    found = models.Version.objects.filter(holding_on(on), document_id=document_id).select_related("document")
    row = found.order_by("-ordinal").first()
    return view_of(row) if row else None


def view_of(row: models.Version) -> VersionView:
    texts = list(row.texts.order_by("language").values_list("language", "title"))
    titles = dict(texts)
    document = row.document
    return VersionView(
        version_id=VersionId(row.pk),
        document_id=DocumentId(document.pk),
        number=document.number,
        title=next(iter(titles.values()), document.title),
        titles=titles,
        kind=Kind(document.kind),
        unit_id=UnitId(document.unit_id),
        owner_id=PersonId(document.owner_id) if document.owner_id else None,
        label=row.label,
        state=VersionState(row.state),
        is_major=row.is_major,
        digest=row.digest,
        languages=tuple(Language(language) for language, _title in texts),
        effective_on=row.effective_on,
        ended_on=row.ended_on,
        published_at=row.published_at,
    )


def clauses(version_id: UUID, *, language: Language | None = None) -> tuple[ClauseView, ...]:
    """The clauses of a version in their order, of one language or of all. One statement."""
    found = models.Clause.objects.filter(version_id=version_id)
    if language:
        found = found.filter(language=language)
    return tuple(map(clause_view, found.order_by("language", "ordinal")))


def clause(document_id: UUID, identifier: str, *, on: date, language: Language | None = None) -> ClauseView | None:
    """The clause of what held on that day; in English where no language is asked for and there is one."""
    version = models.Version.objects.filter(holding_on(on), document_id=document_id).order_by("-ordinal").first()
    if version is None:
        return None
    found = models.Clause.objects.filter(version=version, identifier=identifier)
    if language:
        found = found.filter(language=language)
    row = found.order_by("language", "ordinal").first()
    return clause_view(row) if row else None


def clause_view(row: models.Clause) -> ClauseView:
    return ClauseView(
        clause_id=row.pk,
        identifier=row.identifier,
        language=Language(row.language),
        ordinal=row.ordinal,
        heading=row.heading,
        text=row.text,
        modality=Modality(row.modality),
        actor=row.actor,
        object=row.object,
        cadence_days=row.cadence_days,
        evidence=row.evidence,
        is_step=row.is_step,
        parameters=dict(row.parameters),
        satisfies=tuple((framework, reference) for framework, reference in row.satisfies),
    )


def canonical_text(version_id: UUID) -> bytes:
    """The bytes whose digest was signed, made again from what is stored. Two statements. Raises NotFound."""
    row = models.Version.objects.select_related("document").filter(pk=version_id, published_at__isnull=False).first()
    if row is None or row.effective_on is None:
        raise NotFound("no published version with this identifier is visible to you")
    return canonical.canonical(
        canonical.Texts(
            number=row.document.number,
            kind=Kind(row.document.kind),
            label=row.label,
            effective_on=row.effective_on,
            sources=dict(row.texts.values_list("language", "source")),
            variables=row.variables,
        )
    )
