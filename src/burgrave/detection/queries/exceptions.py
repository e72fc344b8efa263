"""Exceptions as lists and pages show them, and those that hold."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from burgrave.detection import models
from burgrave.detection.rules.exceptions import effect, removal
from burgrave.detection.terms import READ
from burgrave.detection.terms.exceptions import (
    EFFECT_DAYS,
    Comparison,
    Condition,
    Effect,
    ExceptionEffect,
    ExceptionFilterBy,
    Removal,
    RuleExceptionId,
    RuleExceptionRow,
    RuleExceptionState,
    RuleOfException,
    tally_key,
)
from burgrave.engines import detection
from burgrave.engines.detection import Filter
from burgrave.incidents import queries as incidents
from burgrave.incidents.terms import FilterFigures, LibraryFilter
from burgrave.people import queries as people
from burgrave.web.errors import NotFound
from burgrave.web.pages import page_of
from burgrave.web.terms import Actor, Cursor, Page, PersonId, UnitId

EXCEPTION_ORDERS: Mapping[str, str] = {
    "end": "ends_on pk",
    "rule": "rule_title pk",
    "state": "state ends_on pk",
    "asked": "asked_at pk",
}
MOST_COUNTED_MATCHES = 10_000


def holding(*, on: date) -> QuerySet[models.RuleException]:
    """The exceptions that hold on that day; the sample's never do."""
    held = models.RuleException.objects.filter(state=RuleExceptionState.APPROVED, ends_on__gte=on)
    return held.filter(unit__is_sample=False).order_by("pk")


def filters(*, on: date) -> tuple[LibraryFilter, ...]:
    """What holds on that day, as Sigma filters. One statement."""
    rows = holding(on=on).values_list("pk", "source")
    return tuple(LibraryFilter(path=tally_key(key), source=source.encode()) for key, source in rows)


def holding_filters(*, on: date) -> Mapping[str, Filter]:
    """What holds on that day by the exception's key, as the engine takes it. One statement."""
    texts = {Path(each.path): each.source for each in filters(on=on)}
    found = detection.load_texts(texts.items(), filters=detection.FilterUse.APART)
    return {each.path.stem.removeprefix("exception-"): each for each in found.filters}


def rule_exceptions(
    wanted: ExceptionFilterBy,
    *,
    order: tuple[str, ...] = ("ends_on", "pk"),
    number: int = 1,
    size: int = 50,
    at: Cursor | None = None,
    actor: Actor,
) -> Page[RuleExceptionRow]:
    """The exceptions that the reader may see. Two statements."""
    actor.must_anywhere(READ)
    return page_of(_narrowed(wanted, actor=actor).order_by(*order), number=number, size=size, at=at).of(_row)


def exception_ids_of(wanted: ExceptionFilterBy, *, most: int, actor: Actor) -> tuple[UUID, ...]:
    actor.must_anywhere(READ)
    return tuple(_narrowed(wanted, actor=actor).order_by("pk").values_list("pk", flat=True)[:most])


def exported_exceptions(
    wanted: ExceptionFilterBy, *, order: tuple[str, ...], actor: Actor
) -> Generator[RuleExceptionRow, None, None]:
    """Every exception of the narrowed list. Who stops early closes it: it holds a cursor."""
    actor.must_anywhere(READ)
    for row in _narrowed(wanted, actor=actor).order_by(*order).iterator(chunk_size=2_000):
        yield _row(row)


def rule_exception(exception_id: UUID, *, actor: Actor) -> RuleExceptionRow:
    """One exception. Raises NotFound."""
    found = _visible(actor).filter(pk=exception_id).first()
    if found is None:
        raise NotFound("no exception with this identifier is visible to you")
    return _row(found)


def said_exceptions(keys: Sequence[str], *, actor: Actor) -> Mapping[str, str]:
    """What each of these exceptions, as far as the actor may see them, says is expected. One statement."""
    found = _visible(actor).filter(pk__in=keys) if keys else ()
    return {str(row.pk): _row(row).said for row in found}


def effect_of(row: RuleExceptionRow, *, today: date) -> ExceptionEffect:
    """What the exception left out in the last days, day by day. One statement."""
    rows = incidents.excepted_by_day(tally_key(row.exception_id), since=today - timedelta(days=EFFECT_DAYS - 1))
    return _effect(
        row,
        left_out=sum(each.left_out for each in rows),
        of=sum(each.of for each in rows),
        last_on=max((each.read_on for each in rows if each.left_out), default=None),
        by_day=tuple((each.read_on, each.left_out) for each in rows),
        today=today,
    )


def effects_of(rows: Sequence[RuleExceptionRow], *, today: date) -> Mapping[UUID, ExceptionEffect]:
    """What each of the exceptions left out in the last days. One statement."""
    keys = [tally_key(row.exception_id) for row in rows]
    found = incidents.excepted_figures(since=today - timedelta(days=EFFECT_DAYS - 1), keys=keys)
    nothing = FilterFigures(left_out=0, of=0, last_on=None)
    return {
        row.exception_id: _effect(
            row,
            left_out=found.get(key, nothing).left_out,
            of=found.get(key, nothing).of,
            last_on=found.get(key, nothing).last_on,
            today=today,
        )
        for row, key in zip(rows, keys, strict=True)
    }


def left_out_lately(*, today: date) -> Mapping[UUID, int]:
    """By exception, what it left out in the last days. One statement."""
    counts = incidents.excepted_figures(since=today - timedelta(days=EFFECT_DAYS - 1))
    prefix, suffix = tally_key(UUID(int=0)).split(str(UUID(int=0)))
    return {
        UUID(key.removeprefix(prefix).removesuffix(suffix)): figures.left_out
        for key, figures in counts.items()
        if key.startswith(prefix)
    }


def holding_rows(*, on: date) -> tuple[RuleExceptionRow, ...]:
    """The exceptions that hold on that day. One statement."""
    return tuple(map(_row, holding(on=on).select_related("unit", "owner")))


def left_out_by_rule(*, since: date) -> Mapping[str, int]:
    """By the id of the rule, how many of its matches exceptions left out since then. Two statements."""
    counts = incidents.excepted_figures(since=since)
    keys = {tally_key(key): rule_id for key, rule_id in models.RuleException.objects.values_list("pk", "rule_id")}
    found: dict[str, int] = {}
    for key, figures in counts.items():
        if rule_id := keys.get(key):
            found[rule_id] = found.get(rule_id, 0) + figures.left_out
    return found


def _effect(
    row: RuleExceptionRow,
    *,
    left_out: int,
    of: int,
    last_on: date | None,
    by_day: tuple[tuple[date, int], ...] = (),
    today: date,
) -> ExceptionEffect:
    held_since = None if row.decided_at is None else row.decided_at.date()
    holds = row.state is RuleExceptionState.APPROVED
    return ExceptionEffect(
        days=EFFECT_DAYS,
        left_out=left_out,
        of=of,
        last_on=last_on,
        by_day=by_day,
        effect=effect(left_out=left_out, of=of, held_since=held_since, today=today) if holds else Effect.SOME,
    )


def removal_of(rule_id: str, conditions: tuple[Condition, ...], *, actor: Actor) -> Removal:
    """What of the newest kept matches of the rule, in units that the reader sees, would have been left out."""
    kept = incidents.matched_fields(rule_id, most=MOST_COUNTED_MATCHES, actor=actor)
    return removal(conditions, kept)


def reaches(row: models.RuleException, *, actor: Actor) -> bool:
    """Whether the actor may see it."""
    return actor.may(READ, UnitId(row.unit_id))


def state_counts(*, actor: Actor) -> Mapping[str, int]:
    """How many exceptions there are in each state. One statement."""
    found: dict[str, int] = {str(state): 0 for state in RuleExceptionState}
    counted = models.RuleException.objects.filter(people.within(actor, READ)).order_by()
    return found | dict(counted.values_list("state").annotate(Count("pk")))


def _visible(actor: Actor) -> QuerySet[models.RuleException]:
    found = models.RuleException.objects.filter(people.within(actor, READ))
    return found.select_related("unit", "owner")


def _narrowed(wanted: ExceptionFilterBy, *, actor: Actor) -> QuerySet[models.RuleException]:
    found = _visible(actor)
    if wanted.states:
        found = found.filter(state__in=wanted.states)
    if wanted.rule_id:
        found = found.filter(rule_id=wanted.rule_id)
    if text := wanted.text:
        found = found.filter(Q(rule_title__icontains=text) | Q(reason__icontains=text) | Q(source__icontains=text))
    return found


def _row(found: models.RuleException) -> RuleExceptionRow:
    return RuleExceptionRow(
        exception_id=RuleExceptionId(found.pk),
        rule=RuleOfException(
            rule_id=found.rule_id,
            title=found.rule_title,
            product=found.product,
            category=found.category,
            service=found.service,
        ),
        conditions=tuple(
            Condition(field=field, comparison=Comparison(comparison), value=value)
            for field, comparison, value in found.conditions
        ),
        reason=found.reason,
        state=RuleExceptionState(found.state),
        unit_id=UnitId(found.unit_id),
        unit_name=found.unit.name,
        owner_id=PersonId(found.owner_id),
        owner_name=found.owner.name,
        author_id=None if found.author_id is None else PersonId(found.author_id),
        author_name=found.author_name,
        asked_at=found.asked_at,
        decided_by=found.decided_by,
        decided_at=found.decided_at,
        decision=found.decision,
        ends_on=found.ends_on,
        alert_id=found.alert_id,
        source=found.source,
        version=found.version,
    )
