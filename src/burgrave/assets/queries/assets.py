"""Assets as lists, records and graphs show them; only those of units that the actor reads."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from burgrave.assets import models
from burgrave.assets.terms import (
    DEFAULT_SCHEME,
    DIMENSIONS,
    READ,
    AssetFacts,
    AssetFilter,
    AssetId,
    AssetRow,
    AssetType,
    IdentifierKind,
    Level,
    Lifecycle,
    Need,
    Scheme,
)
from burgrave.engines.search import question
from burgrave.lists import queries as lists
from burgrave.lists.terms import MOST_MATCHING, Matching
from burgrave.people import queries as people
from burgrave.web.paging import page_of
from burgrave.web.recurring import MOST_OCCASIONS, Occasion, Occasions
from burgrave.web.terms import Actor, Cursor, Page, PersonId, UnitId

ORDERS: Mapping[str, str] = {
    "name": "sort_key id",
    "need": "need_highest sort_key id",
    "type": "type sort_key id",
    "number": "number",
    "review": "review_due_on id",
}
MOST_CHOICES = 500
NAMES_AT_ONCE = 1_000
HOST_KINDS = (IdentifierKind.HOSTNAME, IdentifierKind.FQDN, IdentifierKind.IP)
_NUMBER = re.compile(r"ast-[0-9]{1,18}")
KIND = "assets.asset"


def number_text(number: int) -> str:
    return f"AST-{number:06d}"


def scheme() -> Scheme:
    """The classification scheme that holds now."""
    row = models.Scheme.objects.order_by("-version").values_list(*SCHEME_FIELDS).first()
    return DEFAULT_SCHEME if row is None else scheme_of(*row)


SCHEME_FIELDS = ("version", "levels", "made_at", "made_by")


def scheme_of(version: int, levels: Sequence[Mapping[str, str]], made_at: datetime, made_by: str) -> Scheme:
    """The scheme as its row says it."""
    named = tuple(Level(rank=rank, **level) for rank, level in enumerate(levels, 1))
    return Scheme(version=version, levels=named, made_at=made_at, made_by=made_by)


def highest_rank_in_use() -> int:
    """The highest rank that any asset was given."""
    fields = [f"{part}_{dimension}" for part in ("own", "lowered") for dimension in DIMENSIONS]
    found = models.Asset.objects.aggregate(**{field: Max(field) for field in fields})
    return max((rank or 0 for rank in found.values()), default=0)


def visible(actor: Actor) -> QuerySet[models.Asset]:
    """The assets that the actor reads. Who reads everywhere is asked for no unit."""
    return models.Asset.objects.filter(people.within(actor, READ))


def assets(
    narrowed: AssetFilter,
    *,
    number: int = 1,
    size: int = 50,
    order: tuple[str, ...] = ("sort_key", "id"),
    at: Cursor | None = None,
    total: int | None = None,
    actor: Actor,
    today: date,
) -> Page[AssetRow]:
    """One page of the inventory; three statements at most, and one more where text is searched.

    ``total`` is what `facet_counts` counted already.
    """
    matching = _sought(narrowed.text, actor=actor)
    found = _narrowed(visible(actor), narrowed, matching, today=today).select_related("unit", "owner").order_by(*order)
    most = MOST_MATCHING if matching else None
    if matching and matching.at_least > MOST_MATCHING and narrowed == AssetFilter(text=narrowed.text):
        total = matching.at_least
    return page_of(found, number=number, size=size, at=at, total=total, most=most).of(row_of)


def ids_of(narrowed: AssetFilter, *, most: int, actor: Actor, today: date) -> tuple[UUID, ...]:
    """The keys of a list, so many at most."""
    found = _narrowed(visible(actor), narrowed, _sought(narrowed.text, actor=actor), today=today)
    return tuple(found.order_by("id").values_list("pk", flat=True)[:most])


def export(
    narrowed: AssetFilter, *, order: tuple[str, ...] = ("sort_key", "id"), actor: Actor, today: date
) -> Generator[AssetRow, None, None]:
    """Every asset of a list, in its order. Who stops early closes it: it holds a cursor of the database."""
    found = _narrowed(visible(actor), narrowed, _sought(narrowed.text, actor=actor), today=today).select_related(
        "unit", "owner"
    )
    yield from map(row_of, found.order_by(*order).iterator(chunk_size=2_000))


def choices(text: str, *, actor: Actor) -> tuple[AssetRow, ...]:
    """The assets that a form offers, by name."""
    found = _narrowed(visible(actor), AssetFilter(text=text), _sought(text, actor=actor), today=date.min)
    found = found.select_related("unit", "owner").exclude(lifecycle=Lifecycle.DISPOSED)
    return tuple(map(row_of, found.order_by("sort_key", "id")[:MOST_CHOICES]))


def by_hosts(names: Iterable[str], *, actor: Actor) -> Mapping[str, tuple[AssetRow, ...]]:
    """The visible assets that a host name or address in an event means, by the name as given; one statement.

    A full name finds its asset by full name, and by its first label as short name; a short name by both too.
    """
    wanted: dict[str, list[str]] = {}
    for name in names:
        for value in _spellings(name):
            wanted.setdefault(value, []).append(name)
    found: dict[str, dict[UUID, AssetRow]] = {}
    rows = models.Identifier.objects.filter(
        value__in=list(wanted), kind__in=(IdentifierKind.HOSTNAME, IdentifierKind.FQDN, IdentifierKind.IP)
    ).select_related("asset__unit", "asset__owner")
    rows = rows.filter(people.within(actor, READ, "asset__unit"))
    for identifier in rows if wanted else ():
        for name in wanted[identifier.value]:
            found.setdefault(name, {})[identifier.asset_id] = row_of(identifier.asset)
    return {name: tuple(each.values()) for name, each in found.items()}


def highest_needs(names: Iterable[str], *, is_sample: bool) -> Mapping[str, int]:
    """The highest need among the assets that each host name or address means; one statement for 1,000 spellings.

    Of real assets or of made-up ones, those that are disposed of left out. For computations of the system alone: it
    asks for nobody's permission. Names that mean no asset are missing.
    """
    wanted: dict[str, list[str]] = {}
    for name in names:
        for value in _spellings(name):
            wanted.setdefault(value, []).append(name)
    found: dict[str, int] = {}
    spellings = sorted(wanted)
    for start in range(0, len(spellings), NAMES_AT_ONCE):
        rows = models.Identifier.objects.filter(
            value__in=spellings[start : start + NAMES_AT_ONCE], kind__in=HOST_KINDS, asset__unit__is_sample=is_sample
        ).exclude(asset__lifecycle=Lifecycle.DISPOSED)
        for value, need in rows.values_list("value", "asset__need_highest"):
            for name in wanted[value]:
                found[name] = max(found.get(name, 0), need)
    return found


def owners(asset_type: AssetType) -> frozenset[PersonId]:
    """Those who own an asset of this type that is not disposed of. One statement."""
    found = models.Asset.objects.filter(type=asset_type, owner__isnull=False).exclude(lifecycle=Lifecycle.DISPOSED)
    return frozenset(PersonId(key) for key in found.order_by().values_list("owner_id", flat=True).distinct())


def names_of(asset_ids: Iterable[UUID], *, actor: Actor) -> Mapping[UUID, str]:
    """The names of those of these assets that the actor sees. One statement."""
    return dict(visible(actor).filter(pk__in=set(asset_ids)).order_by("sort_key", "id").values_list("pk", "name"))


def matrix(*, actor: Actor) -> Mapping[tuple[AssetType, int], int]:
    """How many assets in use have each type and highest need."""
    found = visible(actor).exclude(lifecycle=Lifecycle.DISPOSED).order_by().values_list("type", "need_highest")
    return {(AssetType(kind), rank): count for kind, rank, count in found.annotate(count=Count("pk"))}


def overdue_count(*, actor: Actor, today: date) -> int:
    return _narrowed(visible(actor), AssetFilter(overdue=True), None, today=today).count()


def reviews_due(first: date, last: date, actor: Actor) -> Occasions:
    """Assets whose review is due in these days, for the calendar. Two statements."""
    found = visible(actor).exclude(lifecycle=Lifecycle.DISPOSED).filter(review_due_on__range=(first, last))
    rows = tuple(found.select_related("owner").order_by("review_due_on", "id")[: MOST_OCCASIONS + 1])
    return Occasions(
        rows=tuple(
            Occasion(
                on=row.review_due_on,
                title=row.name,
                key=str(row.pk),
                number=number_text(row.number),
                who=row.owner.name if row.owner else "",
                unit_id=row.unit_id,
            )
            for row in rows[:MOST_OCCASIONS]
        ),
        total=len(rows) if len(rows) <= MOST_OCCASIONS else found.count(),
    )


def overdue_share(unit_id: UUID, *, today: date) -> tuple[int, int]:
    """How many assets of the unit and all below it are overdue for review, and how many there are. For indicators.

    It asks for nobody's permission; what is made up counts only for units that are. Two statements.
    """
    is_sample = unit_id in people.sample_units()
    found = models.Asset.objects.filter(unit__places__upper_id=unit_id, unit__is_sample=is_sample)
    kept = found.exclude(lifecycle=Lifecycle.DISPOSED)
    counts = kept.aggregate(all=Count("pk"), overdue=Count("pk", filter=Q(review_due_on__lt=today)))
    return counts["overdue"], counts["all"]


def _narrowed(
    found: QuerySet[models.Asset], narrowed: AssetFilter, matching: Matching | None, *, today: date
) -> QuerySet[models.Asset]:
    wanted: dict[str, object] = {}
    if narrowed.types:
        wanted["type__in"] = narrowed.types
    if narrowed.units:
        wanted["unit_id__in"] = narrowed.units
    if narrowed.lifecycles and Lifecycle.IN_USE not in narrowed.lifecycles:
        wanted["lifecycle__in"] = narrowed.lifecycles
    if narrowed.need:
        wanted["need_highest__gte"] = narrowed.need
    if narrowed.personal_data:
        wanted["personal_data"] = True
    if narrowed.unowned:
        wanted["owner"] = None
    found = found.filter(**wanted)
    if Lifecycle.IN_USE in narrowed.lifecycles:
        # Most assets are in use: an index would lead to nearly all of them, to be sorted then.
        found = in_phases(found, narrowed.lifecycles)
    if narrowed.overdue:
        found = found.filter(review_due_on__lt=today).exclude(lifecycle=Lifecycle.DISPOSED)
    return _matching(found, narrowed.text, matching)


def in_phases(found: QuerySet[models.Asset], phases: Sequence[Lifecycle]) -> QuerySet[models.Asset]:
    return found.alias(phase=Coalesce("lifecycle", Value(""))).filter(phase__in=phases)


def _sought(text: str, *, actor: Actor) -> Matching | None:
    """What the index finds of the words that are no numbers of assets; None without such a word. One statement."""
    _numbers, words = _told_apart(text)
    return lists.matching(words, KIND, actor=actor) if question(words) else None


def _told_apart(text: str) -> tuple[frozenset[str], str]:
    """The numbers of assets, and the other words."""
    numbers = frozenset(word for word in text.casefold().split() if _NUMBER.fullmatch(word))
    return numbers, " ".join(word for word in text.split() if word.casefold() not in numbers)


def _matching(found: QuerySet[models.Asset], text: str, matching: Matching | None) -> QuerySet[models.Asset]:
    """Those that the index finds; where these are too many to name, those in whose own text every word stands."""
    numbers, words = _told_apart(text)
    for word in numbers:
        found = found.filter(number=int(word.removeprefix("ast-")))
    if matching is None:
        return found.none() if words.strip() else found
    if matching.is_all:
        return found.filter(pk__in=matching.ids)
    if matching.candidates is not None:
        found = found.filter(pk__in=matching.candidates)
    for each in question(words).words:
        found = found.filter(search_text__contains=each.text)
    return found


def _spellings(name: str) -> tuple[str, ...]:
    plain = name.strip().lower().rstrip(".")
    try:
        return (str(ipaddress.ip_address(plain)),)
    except ValueError:
        short = plain.partition(".")[0]
        return (plain, short) if short and short != plain else (plain,) if plain else ()


def need_of(row: models.Asset, part: str) -> Need:
    """The ranks of one part: ``own``, ``lowered`` or ``need``."""
    return Need(**{str(dimension): getattr(row, f"{part}_{dimension}") for dimension in DIMENSIONS})


def facts_of(row: models.Asset, identifiers: Sequence[tuple[IdentifierKind, str]] | None = None) -> AssetFacts:
    """What people say about the asset; its identifiers are read where they are not given."""
    if identifiers is None:
        identifiers = tuple((IdentifierKind(each.kind), each.value) for each in row.identifiers.all())
    return AssetFacts(
        name=row.name,
        type=AssetType(row.type),
        unit_id=UnitId(row.unit_id),
        reference=row.reference,
        description=row.description,
        owner_id=PersonId(row.owner_id) if row.owner_id else None,
        custodian_id=PersonId(row.custodian_id) if row.custodian_id else None,
        own=need_of(row, "own"),
        value_minor=row.value_minor,
        currency=row.currency,
        personal_data=row.personal_data,
        lifecycle=Lifecycle(row.lifecycle),
        review_every_days=row.review_every_days,
        tags=tuple(row.tags),
        identifiers=tuple(identifiers),
    )


def row_of(row: models.Asset) -> AssetRow:
    """The asset as a list shows it; its unit and owner are read along."""
    return AssetRow(
        asset_id=AssetId(row.pk),
        number=number_text(row.number),
        name=row.name,
        type=AssetType(row.type),
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        owner_name=row.owner.name if row.owner else "",
        lifecycle=Lifecycle(row.lifecycle),
        need=need_of(row, "need"),
        personal_data=row.personal_data,
        review_due_on=row.review_due_on,
        reference=row.reference,
        tags=tuple(row.tags),
        version=row.version,
    )
