"""What one person must know and confirm, and how many of those asked have."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from burgrave.engines.norms import Kind
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.queries.quizzes import quiz_of_sheet, sheet_for
from burgrave.policies.queries.reach import own_asks, published
from burgrave.policies.rules import acknowledging as rules
from burgrave.policies.terms import OVERSEE, READ, VersionState
from burgrave.policies.terms.acknowledging import (
    AskFilter,
    AskId,
    AskRow,
    AskState,
    Duties,
    DutyRow,
    DutyText,
    GroupRate,
    Rate,
)
from burgrave.web.errors import NotFound
from burgrave.web.paging import page_of
from burgrave.web.terms import Actor, Cursor, Page, PersonId

ORDERS: Mapping[str, str] = {
    "due": "due_on id",
    "name": "person__sort_key id",
    "asked": "asked_at id",
    "document": "document__number id",
}
MOST_HISTORY = 200


class Grouped(StrEnum):
    """What a rate is counted by. Somebody with two roles counts in both."""

    DOCUMENT = "document"
    UNIT = "unit"
    ROLE = "role"


def duties(*, actor: Actor, today: date) -> Duties:
    """What the actor must know and confirm: due first. One statement, whatever the number of people."""
    asks = own_asks(actor).select_related("document", "confirmed")
    current = models.Version.objects.filter(document_id=OuterRef("document_id"), state=VersionState.PUBLISHED)
    found = asks.annotate(current_label=Subquery(current.values("label")[:1])).order_by("due_on", "id")
    rows = [(row.ended_at, _duty(row, label=row.current_label, today=today)) for row in found[:MOST_HISTORY]]
    held = [row for ended_at, row in rows if ended_at is None]
    return Duties(
        open=tuple(row for row in held if row.confirmed_at is None),
        known=tuple(sorted((row for row in held if row.confirmed_at), key=lambda row: (row.identifier, row.due_on))),
        history=tuple(sorted((row for _ended, row in rows if row.confirmed_at), key=_confirmed_at, reverse=True)),
    )


def _confirmed_at(row: DutyRow) -> datetime:
    return row.confirmed_at or row.asked_at


def _duty(row: models.Ask, *, label: str | None, today: date) -> DutyRow:
    return DutyRow(
        ask_id=AskId(row.pk),
        document_id=row.document_id,
        identifier=row.document.number,
        title=row.document.title,
        titles=dict(row.document.titles),
        kind=Kind(row.document.kind),
        number=label or "",
        state=rules.state(confirmed_at=row.confirmed_at, ended_at=row.ended_at, due=row.due_on, today=today),
        asked_at=row.asked_at,
        due_on=row.due_on,
        opened_at=row.opened_at,
        confirmed_at=row.confirmed_at,
        confirmed_number=row.confirmed.label if row.confirmed else "",
        confirmed_digest=row.confirmed_digest,
    )


def duty(document_id: UUID, *, language: str, actor: Actor, today: date) -> DutyText:
    """The text that the actor is asked to confirm, as it is published, in the language where there is one.

    Raises NotFound where it is not asked of them. Five statements.
    """
    asks = own_asks(actor).filter(document_id=document_id).select_related("document", "confirmed")
    ask = asks.filter(ended_at=None).first() or asks.order_by("-ended_at").first()
    version = published(document_id)
    if ask is None or version is None:
        raise NotFound("this document is not asked of you")
    texts = {each.language: each for each in version.texts.all()}
    text = texts.get(language) or next(iter(texts.values()), None)
    sheet = sheet_for(version, asked_id=ask.version_id)
    return DutyText(
        row=_duty(ask, label=version.label, today=today),
        version_id=version.pk,
        digest=version.digest,
        title=text.title if text else ask.document.title,
        source=text.source if text else "",
        language=text.language if text else language,
        languages=tuple(texts),
        variables=dict(version.variables.get(text.language, {})) if text else {},
        effective_on=version.effective_on,
        summary=version.summary,
        quiz=quiz_of_sheet(sheet) if sheet else None,
        attempts=ask.attempts,
        is_asked=ask.ended_at is None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _AsOf:
    """The moment at the end of a day: an ask counts from when it was made until it ended."""

    at: datetime
    on: date

    @property
    def asked(self) -> Q:
        return Q(asked_at__lt=self.at) & (Q(ended_at=None) | Q(ended_at__gte=self.at))

    @property
    def confirmed(self) -> Q:
        return Q(confirmed_at__lt=self.at)

    @property
    def counts(self) -> Mapping[str, Any]:
        late = Q(due_on__lt=self.on) & (Q(confirmed_at=None) | Q(confirmed_at__gte=self.at))
        opened = Q(opened_at__lt=self.at) & (Q(confirmed_at=None) | Q(confirmed_at__gte=self.at))
        return {
            "asked": Count("pk", distinct=True),
            "done": Count("pk", filter=self.confirmed, distinct=True),
            "late": Count("pk", filter=late, distinct=True),
            "seen": Count("pk", filter=opened, distinct=True),
        }


def _as_of(on: date) -> _AsOf:
    at = datetime.combine(on, time.max, tzinfo=UTC)
    return _AsOf(at=at if on == date.max else at + timedelta(microseconds=1), on=on)


def _rate(found: Mapping[str, Any]) -> Rate:
    return Rate(asked=found["asked"], confirmed=found["done"], overdue=found["late"], opened=found["seen"])


def visible(actor: Actor) -> Q:
    """The asks that the actor oversees: by the unit of the person, or all where they oversee everywhere."""
    return Q() if actor.may_everywhere(OVERSEE) else people.within(actor, OVERSEE, "person__unit")


def rate(*, on: date, document_id: UUID | None = None, is_sample: bool | None = None) -> Rate:
    """How many of those asked had confirmed at the end of the day; for the system itself. One statement."""
    moment = _as_of(on)
    asks = models.Ask.objects.filter(moment.asked)
    if document_id is not None:
        asks = asks.filter(document_id=document_id)
    if is_sample is not None:
        asks = asks.filter(document__is_sample=is_sample)
    return _rate(asks.aggregate(**moment.counts))


def rates_by_document(*, on: date, is_sample: bool) -> tuple[Mapping[str, object], ...]:
    """The same by the number of each document, in that order; for the system itself. One statement."""
    moment = _as_of(on)
    asks = models.Ask.objects.filter(moment.asked, document__is_sample=is_sample)
    rows = asks.order_by("document__number").values("document__number").annotate(**moment.counts)
    told = ((row["document__number"], _rate(dict(row))) for row in rows)
    return tuple(
        {"document": number, "asked": each.asked, "confirmed": each.confirmed, "overdue": each.overdue}
        for number, each in told
    )


def rates(
    by: Grouped, *, on: date, actor: Actor, document_id: UUID | None = None
) -> tuple[Rate, tuple[GroupRate, ...]]:
    """The rate of all whom the actor oversees, and of each document, unit or role. Two statements."""
    moment = _as_of(on)
    asks = models.Ask.objects.filter(moment.asked & visible(actor))
    if document_id is not None:
        asks = asks.filter(document_id=document_id)
    whole = _rate(asks.aggregate(**moment.counts))
    key, name = {
        Grouped.DOCUMENT: ("document_id", Coalesce("document__title", "document__number")),
        Grouped.UNIT: ("person__unit_id", F("person__unit__name")),
        Grouped.ROLE: ("person__grants__role_id", F("person__grants__role__name")),
    }[by]
    rows = asks.order_by().values(
        group=F(key), words=name, number=F("document__number") if by is Grouped.DOCUMENT else name
    )
    groups = [
        GroupRate(
            key=str(row["group"]),
            name=f"{row['number']} {row['words']}" if by is Grouped.DOCUMENT else row["words"] or "",
            rate=_rate(dict(row)),
        )
        for row in rows.annotate(**moment.counts)
        if row["group"] is not None
    ]
    return whole, tuple(sorted(groups, key=lambda each: (each.rate.ratio or 0, each.name)))


def asks(
    wanted: AskFilter,
    *,
    order: tuple[str, ...] = ("due_on", "id"),
    number: int = 1,
    size: int = 50,
    at: Cursor | None = None,
    actor: Actor,
    today: date,
) -> Page[AskRow]:
    """Who was asked what and answered, of the people whom the actor oversees. Three statements at most."""
    found = _narrowed(wanted, actor=actor, today=today).order_by(*order)
    return page_of(found, number=number, size=size, at=at).of(lambda row: ask_row(row, today=today))


def export(wanted: AskFilter, *, actor: Actor, today: date) -> Generator[AskRow, None, None]:
    """Every row of the narrowed list, a thousand at a time."""
    for row in _narrowed(wanted, actor=actor, today=today).order_by("document__number", "id").iterator(1_000):
        yield ask_row(row, today=today)


def names_of(ids: Collection[UUID], *, most: int, actor: Actor) -> tuple[str, ...]:
    """Person and document of the first of these asks by both, as far as the actor oversees them. One statement."""
    found = models.Ask.objects.filter(visible(actor), pk__in=ids).order_by("person__sort_key", "document__number", "pk")
    names = found.values_list("person__name", "document__number", "document__title")[:most]
    return tuple(f"{person} · {number} {title}" for person, number, title in names)


def ids_of(wanted: AskFilter, *, most: int, actor: Actor, today: date) -> tuple[UUID, ...]:
    """The keys of at most so many rows of the narrowed list. One statement."""
    found = _narrowed(wanted, actor=actor, today=today).order_by("pk")
    return tuple(found.values_list("pk", flat=True)[:most])


def _narrowed(wanted: AskFilter, *, actor: Actor, today: date) -> QuerySet[models.Ask]:
    found = models.Ask.objects.filter(visible(actor))
    if wanted.document_id:
        found = found.filter(document_id=wanted.document_id)
    if wanted.units:
        found = found.filter(person__unit_id__in=wanted.units)
    if wanted.text:
        found = found.filter(person__name__icontains=wanted.text.replace("\x00", ""))
    if wanted.states:
        found = found.filter(_of_states(wanted.states, today=today))
    return found.select_related("document", "person__unit", "confirmed")


def _of_states(states: tuple[AskState, ...], *, today: date) -> Q:
    unanswered = Q(confirmed_at=None, ended_at=None)
    meant = {
        AskState.OPEN: unanswered & Q(due_on__gte=today),
        AskState.OVERDUE: unanswered & Q(due_on__lt=today),
        AskState.CONFIRMED: Q(confirmed_at__isnull=False),
        AskState.ENDED: Q(confirmed_at=None, ended_at__isnull=False),
    }
    wanted = Q(pk__in=[])
    for state in states:
        wanted |= meant[state]
    return wanted


def ask_row(row: models.Ask, *, today: date) -> AskRow:
    return AskRow(
        ask_id=AskId(row.pk),
        document_id=row.document_id,
        document=row.document.number,
        title=row.document.title,
        person_id=PersonId(row.person_id),
        name=row.person.name,
        unit_id=row.person.unit_id,
        unit_name=row.person.unit.name,
        state=rules.state(confirmed_at=row.confirmed_at, ended_at=row.ended_at, due=row.due_on, today=today),
        asked_at=row.asked_at,
        due_on=row.due_on,
        opened_at=row.opened_at,
        confirmed_at=row.confirmed_at,
        number=row.confirmed.label if row.confirmed else "",
        digest=row.confirmed_digest,
        attempts=row.attempts,
        has_ended=row.ended_at is not None,
    )


def asked_documents(*, actor: Actor) -> tuple[tuple[UUID, str], ...]:
    """The documents that somebody is asked for and that the actor may read, by number: choices. One statement."""
    found = models.Document.objects.filter(asking__isnull=False)
    readable = found.filter(people.within(actor, READ, "unit")).order_by("number", "id")
    return tuple((key, f"{number} {title}") for key, number, title in readable.values_list("pk", "number", "title"))
