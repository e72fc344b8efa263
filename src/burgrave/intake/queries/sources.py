"""Log sources as lists and records show them; only those of units that the actor reads."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from burgrave.assets import queries as assets
from burgrave.incidents import queries as incidents
from burgrave.intake import models
from burgrave.intake.rules.lifecycle import silent_from
from burgrave.intake.terms import (
    READ,
    LogSourceFacts,
    LogSourceFilter,
    LogSourceId,
    LogSourceRow,
    LogSourceView,
    SourceKind,
    SourceState,
    TokenRow,
)
from burgrave.people import queries as people
from burgrave.web.errors import NotFound
from burgrave.web.paging import page_of
from burgrave.web.terms import Actor, Cursor, Page, PersonId, UnitId

ORDERS: Mapping[str, str] = {"name": "sort_key id", "heard": "last_heard_at id"}
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def visible(actor: Actor) -> QuerySet[models.LogSource]:
    return models.LogSource.objects.filter(people.within(actor, READ))


def log_sources(*, actor: Actor, now: datetime | None = None) -> tuple[LogSourceRow, ...]:
    """Every source that the actor reads and that is not retired, by name. Two statements."""
    found = visible(actor).exclude(state=SourceState.RETIRED).select_related("unit", "owner").order_by("sort_key", "id")
    return _rows(found, now=now or timezone.now())


def listed(
    narrowed: LogSourceFilter,
    *,
    number: int = 1,
    size: int = 50,
    order: tuple[str, ...] = ("sort_key", "id"),
    at: Cursor | None = None,
    actor: Actor,
    now: datetime,
) -> Page[LogSourceRow]:
    """One page of the register; four statements at most."""
    found = _narrowed(visible(actor), narrowed, now=now).select_related("unit", "owner").order_by(*order)
    page = page_of(found, number=number, size=size, at=at)
    rows = {row.log_source_id: row for row in _rows(page.rows, now=now)}
    return page.of(lambda each: rows[LogSourceId(each.pk)])


def ids_of(narrowed: LogSourceFilter, *, most: int, actor: Actor, now: datetime) -> tuple[UUID, ...]:
    """The keys of a list, so many at most."""
    return tuple(_narrowed(visible(actor), narrowed, now=now).order_by("id").values_list("pk", flat=True)[:most])


def export(
    narrowed: LogSourceFilter, *, order: tuple[str, ...], actor: Actor, now: datetime
) -> Generator[LogSourceRow, None, None]:
    """Every source of a list, in its order."""
    yield from _rows(
        _narrowed(visible(actor), narrowed, now=now).select_related("unit", "owner").order_by(*order), now=now
    )


def facet_counts(narrowed: LogSourceFilter, *, actor: Actor) -> Mapping[tuple[str, str], int]:
    """How many sources are of each kind and in each state. One statement."""
    found = visible(actor)
    if narrowed.text:
        found = found.filter(_by_text(narrowed.text))
    counts: dict[tuple[str, str], int] = {}
    for kind, state, count in found.order_by().values_list("kind", "state").annotate(Count("pk")):
        for key in (("kind", kind), ("state", state)):
            counts[key] = counts.get(key, 0) + count
    return counts


def log_source(log_source_id: UUID, *, actor: Actor, now: datetime) -> LogSourceView:
    """One source. Four statements. Raises NotFound."""
    found = visible(actor).select_related("unit", "owner").filter(pk=log_source_id).first()
    if found is None:
        raise NotFound("no log source with this identifier is visible to you")
    asset_ids = tuple(found.asset_links.values_list("asset_id", flat=True))
    names = assets.names_of(asset_ids, actor=actor)
    return LogSourceView(
        row=_rows([found], now=now)[0],
        facts=_facts(found, asset_ids),
        assets=tuple(names.items()),
        hidden_assets=len(asset_ids) - len(names),
        added_at=found.added_at,
        changed_at=found.changed_at,
        changed_by=found.changed_by,
    )


def tokens_of(log_source_id: UUID) -> tuple[TokenRow, ...]:
    """The tokens of a source, the newest first. Whoever calls has read the source."""
    rows = models.SourceToken.objects.filter(log_source_id=log_source_id).order_by("-made_at", "pk")
    return tuple(
        TokenRow(
            token_id=row.pk,
            hint=row.hint,
            made_at=row.made_at,
            made_by=row.made_by,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
            revoked_by=row.revoked_by,
        )
        for row in rows
    )


def _narrowed(
    found: QuerySet[models.LogSource], narrowed: LogSourceFilter, *, now: datetime
) -> QuerySet[models.LogSource]:
    if narrowed.kinds:
        found = found.filter(kind__in=narrowed.kinds)
    if narrowed.states:
        found = found.filter(state__in=narrowed.states)
    if narrowed.units:
        found = found.filter(unit_id__in=narrowed.units)
    if narrowed.text:
        found = found.filter(_by_text(narrowed.text))
    if narrowed.silent:
        found = found.filter(pk__in=silent_ids(found, now=now))
    return found


def silent_ids(found: QuerySet[models.LogSource], *, now: datetime) -> tuple[UUID, ...]:
    """Which of these are silent for too long. One statement; of sources there are hundreds, not millions."""
    rows = found.filter(state=SourceState.ACTIVE, silent_after_seconds__isnull=False)
    return tuple(row.pk for row in rows if (at := silence_of(row)) is not None and at < now)


def _by_text(text: str) -> Q:
    wanted = Q()
    for word in text.split():
        wanted &= (
            Q(name__icontains=word)
            | Q(product__icontains=word)
            | Q(category__icontains=word)
            | Q(service__icontains=word)
            | Q(place__icontains=word)
        )
    return wanted


def silence_of(row: models.LogSource) -> datetime | None:
    """The moment from which the source counts as silent."""
    seconds = row.silent_after_seconds
    return silent_from(
        state=SourceState(row.state),
        last_heard_at=row.last_heard_at,
        heard_since=row.heard_since,
        silent_after=None if seconds is None else timedelta(seconds=seconds),
    )


def _facts(row: models.LogSource, asset_ids: tuple[UUID, ...]) -> LogSourceFacts:
    seconds = row.silent_after_seconds
    return LogSourceFacts(
        name=row.name,
        unit_id=UnitId(row.unit_id),
        kind=SourceKind(row.kind),
        product=row.product,
        category=row.category,
        service=row.service,
        owner_id=PersonId(row.owner_id) if row.owner_id else None,
        silent_after=None if seconds is None else timedelta(seconds=seconds),
        close_after=timedelta(seconds=row.close_after_seconds),
        place=row.place,
        senders=row.senders,
        note=row.note,
        event_mapping_id=row.event_mapping_id,
        asset_ids=asset_ids,
    )


def _rows(found: Iterable[models.LogSource], *, now: datetime) -> tuple[LogSourceRow, ...]:
    given = tuple(found)
    counts = incidents.events_of_log_sources([row.pk for row in given], day=now - DAY, week=now - WEEK)
    return tuple(_row(row, counts.get(row.pk, (0, 0)), now=now) for row in given)


def _row(row: models.LogSource, counts: tuple[int, int], *, now: datetime) -> LogSourceRow:
    silent_at, seconds = silence_of(row), row.silent_after_seconds
    return LogSourceRow(
        log_source_id=LogSourceId(row.pk),
        name=row.name,
        unit_id=row.unit_id,
        unit_name=row.unit.name,
        kind=SourceKind(row.kind),
        product=row.product,
        category=row.category,
        service=row.service,
        state=SourceState(row.state),
        owner_name=row.owner.name if row.owner else "",
        last_heard_at=row.last_heard_at,
        silent_after=None if seconds is None else timedelta(seconds=seconds),
        is_silent=silent_at is not None and silent_at < now,
        silent_from=silent_at,
        events_day=counts[0],
        events_week=counts[1],
        version=row.version,
    )
