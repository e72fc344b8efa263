"""Imports as lists and pages show them: one's own, and those of everybody where one has the permission everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from burgrave.engines.sheets import Change, Choices, Fault, Formulas, Mapped
from burgrave.imports import models
from burgrave.imports.queries.targets import targets
from burgrave.imports.rules import heard
from burgrave.imports.terms import (
    ImportId,
    ImportRow,
    ImportState,
    ImportView,
    MadeBy,
    SavedMapping,
    Source,
    applying_key,
    checking_key,
)
from burgrave.jobs import queries as jobs
from burgrave.jobs.terms import JobRow
from burgrave.web.errors import NotFound
from burgrave.web.pages import page_of
from burgrave.web.terms import Actor, Page, PersonId
from burgrave.web.uploads import blob_store

ORDERS: Mapping[str, str] = {"time": "created_at", "name": "name", "state": "state"}


def visible(actor: Actor) -> QuerySet[models.Import]:
    """One's own imports, and all of a target whose permission one has everywhere."""
    everywhere = [kind for kind, each in targets().items() if actor.may_everywhere(each.permission)]
    anywhere = [kind for kind, each in targets().items() if actor.may_anywhere(each.permission)]
    own = Q(person_id=actor.person_id, target__in=anywhere)
    return models.Import.objects.filter(own | Q(target__in=everywhere)).select_related("person")


def imports(
    *, number: int = 1, size: int = 50, order: tuple[str, ...] = ("-created_at",), actor: Actor
) -> Page[ImportRow]:
    """One page of the list, newest first; two statements."""
    page = page_of(visible(actor).order_by(*order, "id"), number=number, size=size)
    return Page(rows=tuple(map(_row, page.rows)), number=page.number, size=page.size, total=page.total)


def one(import_id: UUID, *, actor: Actor) -> ImportView:
    """Raises NotFound. One statement."""
    found = visible(actor).filter(pk=import_id).first()
    if found is None:
        raise NotFound("no import with this identifier is visible to you")
    return ImportView(
        row=_row(found),
        source=source_of(found, content=b""),
        notes=tuple(map(heard, found.notes)),
        figures=tuple((heard(words), int(count)) for words, count in found.figures),
    )


def permit(import_id: UUID, *, actor: Actor) -> None:
    """Return when the actor sees the import. Raises NotFound."""
    if not visible(actor).filter(pk=import_id).exists():
        raise NotFound("no import with this identifier is visible to you")


def source_of(found: models.Import, *, content: bytes | None = None) -> Source:
    """The file with what was said about it; its bytes are read when none are given. Raises BlobMissing, BlobDamaged."""
    said: dict[str, Any] = dict(found.choices)
    choices = Choices(**(said | {"formulas": Formulas(said.get("formulas", Formulas.TAKE))}))
    mapped = None if found.columns is None else Mapped(columns=found.columns, values=found.values)
    read = b"".join(blob_store().checked(found.sha256)) if content is None else content
    return Source(content=read, choices=choices, mapped=mapped, options=dict(found.options), name=found.name)


def said_of(choices: Choices) -> dict[str, str | int]:
    """The choices as they are kept."""
    return {name: (str(value) if isinstance(value, str) else value) for name, value in asdict(choices).items()}


def content_of(import_id: UUID, *, actor: Actor) -> bytes:
    """The bytes of the file, for a look at its first rows. Raises NotFound, BlobMissing, BlobDamaged."""
    found = visible(actor).filter(pk=import_id).first()
    if found is None:
        raise NotFound("no import with this identifier is visible to you")
    return b"".join(blob_store().checked(found.sha256))


def faults(import_id: UUID, *, number: int, size: int) -> Page[Fault]:
    """A page of what the last dry run found wrong; the caller has permitted it."""
    page = page_of(models.FoundFault.objects.filter(of_id=import_id).order_by("place"), number=number, size=size)
    return Page(rows=tuple(map(_fault, page.rows)), number=page.number, size=page.size, total=page.total)


def fault_rows(import_id: UUID) -> Iterator[Fault]:
    """Every kept fault, in the order of the file."""
    return map(_fault, models.FoundFault.objects.filter(of_id=import_id).order_by("place").iterator(chunk_size=2_000))


def changes(import_id: UUID, *, number: int, size: int) -> Page[Change]:
    """A page of what would be changed."""
    page = page_of(models.FoundChange.objects.filter(of_id=import_id).order_by("place"), number=number, size=size)
    rows = tuple(
        Change(
            line=row.line, key=row.key, name=row.name, fields=tuple((str(a), str(b), str(c)) for a, b, c in row.fields)
        )
        for row in page.rows
    )
    return Page(rows=rows, number=page.number, size=page.size, total=page.total)


def touched_new(import_id: UUID) -> tuple[UUID, ...]:
    """The objects that the import made."""
    return tuple(models.Touched.objects.filter(of_id=import_id, is_new=True).values_list("subject", flat=True))


def made_by(*subjects: UUID, actor: Actor) -> tuple[MadeBy, ...]:
    """The imports that made or changed an object, newest first, as far as the actor sees them. One statement.

    Several subjects are those of which one object was made.
    """
    found = models.Touched.objects.filter(subject__in=subjects, of__in=visible(actor).values("pk")).select_related("of")
    return tuple(
        MadeBy(import_id=ImportId(row.of_id), name=row.of.name, at=row.of.changed_at, is_new=row.is_new)
        for row in found.order_by("-of__changed_at", "-of_id")[:20]
    )


def mappings(target: str) -> tuple[SavedMapping, ...]:
    """The saved mappings of a target, by name."""
    found = models.Mapping.objects.filter(target=target).order_by("name", "id")
    return tuple(
        SavedMapping(
            mapping_id=row.pk,
            name=row.name,
            mapped=Mapped(columns=row.columns, values=row.values),
            saved_by=row.saved_by,
        )
        for row in found
    )


def job_of(row: ImportRow, *, now: datetime) -> JobRow | None:
    """The newest job that works or worked on it in its present state."""
    key = applying_key if row.state in {ImportState.APPLYING, ImportState.APPLIED} else checking_key
    return jobs.progress_of(key(row.import_id), now=now)


def kept_digests(among: Iterable[str]) -> frozenset[str]:
    """Which of the digests are those of files that came in."""
    return frozenset(models.Import.objects.filter(sha256__in=list(among)).values_list("sha256", flat=True))


def _fault(row: models.FoundFault) -> Fault:
    return Fault(
        line=row.line,
        column=row.column,
        found=row.found,
        expected=heard(row.said.get("expected", row.expected)),
        mend=heard(row.said.get("mend", row.mend)),
        cells=tuple(map(str, row.cells)),
    )


def _row(row: models.Import) -> ImportRow:
    return ImportRow(
        import_id=ImportId(row.pk),
        target=row.target,
        state=ImportState(row.state),
        name=row.name,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        person_id=PersonId(row.person_id) if row.person_id else None,
        person_name=row.person.name if row.person else "",
        created_at=row.created_at,
        changed_at=row.changed_at,
        rows=row.rows,
        new=row.new,
        changed=row.changed,
        same=row.same,
        fault_count=row.fault_count,
        refusal=(heard(row.refusal_said) or row.refusal) if row.refusal else "",
        version=row.version,
    )
