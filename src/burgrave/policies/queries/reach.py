"""Which documents a reader reaches, and what of them is published."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet

from burgrave.policies import models
from burgrave.policies.terms import READ, VersionState
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, UnitId


def document_row(document_id: UUID, *, actor: Actor) -> models.Document:
    """A document that the actor may read. One statement. Raises NotFound."""
    row = models.Document.objects.filter(pk=document_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("no document with this identifier is visible to you")
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """What the head of a page about a document needs. ``version_id`` is the published version, or the one asked for."""

    document_id: UUID
    number: str
    title: str
    unit_id: UnitId
    version_id: UUID | None
    label: str


def document_facts(document_id: UUID, *, actor: Actor) -> DocumentFacts:
    """A document that the actor may read, with what of it is published. Two statements. Raises NotFound."""
    row, version = document_row(document_id, actor=actor), published(document_id)
    return _facts(row, version)


def version_facts(version_id: UUID, *, actor: Actor) -> DocumentFacts:
    """The document of a version, and the version. Raises NotFound. One statement."""
    version = models.Version.objects.filter(pk=version_id).select_related("document").first()
    if version is None or not actor.may(READ, UnitId(version.document.unit_id)):
        raise NotFound("no version with this identifier is visible to you")
    return _facts(version.document, version)


def _facts(row: models.Document, version: models.Version | None) -> DocumentFacts:
    return DocumentFacts(
        document_id=row.pk,
        number=row.number,
        title=row.title,
        unit_id=UnitId(row.unit_id),
        version_id=version.pk if version else None,
        label=version.label if version else "",
    )


def published(document_id: UUID) -> models.Version | None:
    """The published version of a document: it holds, or will from its first day on. One statement."""
    return (
        models.Version.objects.filter(document_id=document_id, state=VersionState.PUBLISHED)
        .select_related("document")
        .first()
    )


def own_asks(actor: Actor) -> QuerySet[models.Ask]:
    """What was ever asked of the actor; nothing of whoever is no person."""
    return models.Ask.objects.filter(person_id=actor.person_id) if actor.person_id else models.Ask.objects.none()


def any_of(*filters: Q) -> Q:
    """Rows that one of the filters lets through; an empty one, of who may everywhere, lets all of them through."""
    if not all(filters):
        return Q()
    return reduce(or_, filters)
