"""Documents as lists show them; only those of units that the actor reads."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from burgrave.engines.norms import Kind, Language
from burgrave.engines.search import question
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.queries.finding import KIND
from burgrave.policies.queries.versions import holding_on
from burgrave.policies.terms import READ, DocumentId, DocumentState, VersionState
from burgrave.policies.terms.drafts import DocumentFilter, DocumentRow
from burgrave.web.paging import bounded_counts, page_of
from burgrave.web.terms import MOST_COUNTED, Actor, Cursor, Page, PersonId, UnitId

ORDERS: Mapping[str, str] = {
    "number": "number id",
    "title": "sort_key id",
    "kind": "kind number id",
    "state": "state number id",
    "review": "review_due_on number id",
    "changed": "changed_at id",
}
FACET_COUNTED, MOST_UNITS_COUNTED = 1_000, 60


def visible(actor: Actor) -> QuerySet[models.Document]:
    """The documents that the actor reads."""
    return models.Document.objects.filter(people.within(actor, READ))


def documents(
    narrowed: DocumentFilter,
    *,
    number: int = 1,
    size: int = 50,
    order: tuple[str, ...] = ("number", "id"),
    at: Cursor | None = None,
    total: int | None = None,
    actor: Actor,
    today: date,
) -> Page[DocumentRow]:
    """One page of the library; three statements at most, and one more where text is searched."""
    found = _narrowed(visible(actor), narrowed, actor=actor, today=today).select_related("unit", "owner")
    return page_of(found.order_by(*order), number=number, size=size, at=at, total=total).of(document_row)


def facet_counts(
    narrowed: DocumentFilter, *, units: Sequence[UUID], actor: Actor, today: date
) -> tuple[int | None, dict[tuple[str, str], int]]:
    """How many documents there are, and with each value of each facet. One statement; none while text is searched."""
    if narrowed.text:
        return None, {}
    given = visible(actor)
    options: dict[tuple[str, str], DocumentFilter] = {
        **{("kind", str(each)): replace(narrowed, kinds=(each,)) for each in Kind},
        **{("state", str(each)): replace(narrowed, states=(each,)) for each in DocumentState},
        **{("stage", str(each)): replace(narrowed, stages=(each,)) for each in STAGES},
        **{("unit", str(each)): replace(narrowed, units=(each,)) for each in units[:MOST_UNITS_COUNTED]},
        ("only", "overdue"): replace(narrowed, overdue=True),
        ("only", "mine"): replace(narrowed, mine=True),
    }
    wanted: dict[tuple[str, str], QuerySet[models.Document]] = {
        key: _narrowed(given, each, actor=actor, today=today).order_by()[: FACET_COUNTED + 1]
        for key, each in options.items()
    }
    wanted["", ""] = _narrowed(given, narrowed, actor=actor, today=today).order_by()[: MOST_COUNTED + 1]
    counts = bounded_counts(wanted)
    return counts.pop(("", "")), counts


STAGES = (VersionState.DRAFT, VersionState.IN_REVIEW, VersionState.APPROVED)


def ids_of(narrowed: DocumentFilter, *, most: int, actor: Actor, today: date) -> tuple[UUID, ...]:
    """The keys of a list, so many at most."""
    found = _narrowed(visible(actor), narrowed, actor=actor, today=today)
    return tuple(found.order_by("id").values_list("pk", flat=True)[:most])


def export(
    narrowed: DocumentFilter, *, order: tuple[str, ...] = ("number", "id"), actor: Actor, today: date
) -> Generator[DocumentRow, None, None]:
    """Every document of a list, in its order. Who stops early closes it: it holds a cursor of the database."""
    found = _narrowed(visible(actor), narrowed, actor=actor, today=today).select_related("unit", "owner")
    yield from map(document_row, found.order_by(*order).iterator(chunk_size=2_000))


def choices(*, actor: Actor) -> tuple[tuple[UUID, str], ...]:
    """What a form offers: number and title of each, by number. One statement."""
    found = visible(actor).order_by("number", "id").values_list("pk", "number", "title")[:MOST_CHOICES]
    return tuple((key, f"{number} {title}") for key, number, title in found)


MOST_CHOICES = 1_000


def _narrowed(
    found: QuerySet[models.Document], narrowed: DocumentFilter, *, actor: Actor, today: date
) -> QuerySet[models.Document]:
    wanted: dict[str, object] = {}
    if narrowed.kinds:
        wanted["kind__in"] = narrowed.kinds
    if narrowed.units:
        wanted["unit_id__in"] = narrowed.units
    if narrowed.states:
        wanted["state__in"] = narrowed.states
    if narrowed.stages:
        wanted["stage__in"] = narrowed.stages
    found = found.filter(**wanted)
    if narrowed.overdue:
        found = found.filter(review_due_on__lt=today, state=DocumentState.IN_FORCE)
    if narrowed.mine:
        found = found.filter(_mine(actor))
    if narrowed.on:
        held = models.Version.objects.filter(holding_on(narrowed.on))
        found = found.filter(pk__in=held.values("document_id"))
    return _matching(found, narrowed.text, actor=actor)


def _mine(actor: Actor) -> Q:
    """Documents that the actor owns, writes, or is asked to approve."""
    if actor.person_id is None:
        return Q(pk__in=())
    asked = models.Approver.objects.filter(
        person_id=actor.person_id, step__version__state=VersionState.IN_REVIEW
    ).values("step__version__document_id")
    wrote = models.CoAuthor.objects.filter(person_id=actor.person_id).values("version__document_id")
    return Q(owner_id=actor.person_id) | Q(pk__in=asked) | Q(pk__in=wrote)


def _matching(found: QuerySet[models.Document], text: str, *, actor: Actor) -> QuerySet[models.Document]:
    """Those that the index finds; where these are too many to name, those in whose own text every word stands."""
    asked = question(text)
    if not asked:
        return found.none() if text.strip() else found
    matching = lists.matching(text, KIND, actor=actor)
    if matching.is_all:
        return found.filter(pk__in=matching.ids)
    for each in asked.words:
        found = found.filter(search_text__contains=each.text)
    return found


def document_row(row: models.Document) -> DocumentRow:
    return DocumentRow(
        document_id=DocumentId(row.pk),
        number=row.number,
        kind=Kind(row.kind),
        title=row.title,
        titles=dict(row.titles),
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        owner_id=PersonId(row.owner_id) if row.owner_id else None,
        owner_name=row.owner.name if row.owner else "",
        state=DocumentState(row.state),
        stage=VersionState(row.stage) if row.stage else None,
        label=row.label,
        languages=tuple(map(Language, row.languages)),
        clauses=row.clauses,
        review_every_days=row.review_every_days,
        review_due_on=row.review_due_on,
        version=row.version,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
