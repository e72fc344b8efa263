"""How a requirement stands on a day, and why: down to the run, and the evidence that it left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Generator, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from burgrave.assurance import models
from burgrave.assurance.queries.frameworks import requirement_row
from burgrave.assurance.queries.measures import said_note
from burgrave.assurance.queries.narrowing import StandingFilter
from burgrave.assurance.queries.speaking import with_words
from burgrave.assurance.queries.standing import Key, World, end_of, held, key_of, satisfied_by, world
from burgrave.assurance.terms import READ
from burgrave.assurance.terms.frameworks import RequirementRow
from burgrave.assurance.terms.measures import CheckId, MeasureId, RunId
from burgrave.assurance.terms.records import run_subject
from burgrave.assurance.terms.standings import (
    Assertion,
    AssertionId,
    CheckReason,
    MeasureReason,
    StandingRow,
    StandingView,
)
from burgrave.engines.standing import CheckState, Result, Standing, divergence
from burgrave.web.errors import NotFound
from burgrave.web.paging import page_of
from burgrave.web.terms import Actor, Cursor, Page, UnitId

UNKNOWN = UUID(int=0)


def standing(requirement_id: UUID, *, on: date, actor: Actor) -> StandingView:
    """How the requirement stood at the end of the day, and why. At most sixteen statements. Raises NotFound."""
    actor.must_anywhere(READ)
    if not models.Requirement.objects.filter(pk=requirement_id).exists():
        raise NotFound("there is no such requirement")
    asserted = assertions(on, [requirement_id]).get(requirement_id)
    return _standing_view(requirement_id, world(on, about=requirement_id), asserted, actor=actor)


def standings_of(framework_id: UUID, *, on: date, actor: Actor) -> tuple[tuple[RequirementRow, StandingView], ...]:
    """Every requirement of the framework that is in force, in its order, with how it stood on the day, and why.

    For whoever states the whole: the world is read once, the reasons of each requirement in a few statements more.
    """
    actor.must_anywhere(READ)
    found = models.Requirement.objects.filter(framework_id=framework_id, withdrawn_at=None)
    rows = tuple(found.select_related("framework__unit").order_by("place", "id"))
    then, said = world(on), assertions(on, [row.pk for row in rows])
    return tuple((requirement_row(row), _standing_view(row.pk, then, said.get(row.pk), actor=actor)) for row in rows)


def requirements_in_force(framework_id: UUID) -> tuple[RequirementRow, ...]:
    """The requirements of the framework that bind now, in its order. One statement; for whoever has seen it."""
    found = models.Requirement.objects.filter(framework_id=framework_id, withdrawn_at=None)
    return tuple(map(requirement_row, found.select_related("framework__unit").order_by("place", "id")))


def _standing_view(requirement_id: UUID, then: World, asserted: Assertion | None, *, actor: Actor) -> StandingView:
    on, key = then.on, key_of(requirement_id)
    if key not in then.reach:
        return _absent(on, asserted)
    place = then.requirements.index(key)
    derived = then.book[place]
    return StandingView(
        on=on,
        is_in_force=True,
        derived=derived,
        asserted=asserted,
        divergence=divergence(
            asserted.standing if asserted else None,
            derived,
            expires_on=asserted.expires_on if asserted else None,
            on=on,
        ),
        measures=_measures(then, place, actor=actor),
        unproven=_unproven(key, then) if None in then.reach[key] else (),
        findings=_findings(requirement_id, on=on, actor=actor),
    )


def _absent(on: date, asserted: Assertion | None) -> StandingView:
    return StandingView(
        on=on,
        is_in_force=False,
        derived=Standing.NOT_ASSESSED,
        asserted=asserted,
        divergence=divergence(None, Standing.NOT_ASSESSED, expires_on=None, on=on),
        measures=(),
        unproven=(),
        findings=(),
    )


def assertions(on: date, requirement_ids: Collection[UUID] | None = None) -> dict[UUID, Assertion]:
    """What somebody asserted about each, or all, at the end of the day; the newest that still spoke. One statement."""
    rows = models.Assertion.objects.filter(held(on, "at", "withdrawn_at"), expires_on__gte=on)
    if requirement_ids is not None:
        rows = rows.filter(requirement_id__in=requirement_ids)
    return {row.requirement_id: _assertion(row) for row in rows.order_by("at", "id")}


def assertions_of(requirement_id: UUID) -> tuple[Assertion, ...]:
    """All that was ever asserted about the requirement, newest first. One statement."""
    return tuple(map(_assertion, models.Assertion.objects.filter(requirement_id=requirement_id).order_by("-at", "id")))


def standing_list(
    narrowed: StandingFilter,
    *,
    actor: Actor,
    today: date,
    number: int = 1,
    size: int = 50,
    at: Cursor | None = None,
    total: int | None = None,
) -> Page[StandingRow]:
    """A page of requirements in force with how they stand: today as it is kept, on another day as it is computed.

    Three statements for today, eight more for another day.
    """
    actor.must_anywhere(READ)
    day, past = _day(narrowed, today=today)
    page = page_of(_ordered(standings_in(narrowed, past, on=day)), number=number, size=size, at=at, total=total)
    said = assertions(day, [row.pk for row in page.rows])
    return page.of(lambda row: _standing_row(row, past, said.get(row.pk), on=day))


def export_standings(narrowed: StandingFilter, *, actor: Actor, today: date) -> Generator[StandingRow, None, None]:
    """Every requirement of the narrowed list, in its order. Who stops early closes it: it holds a cursor."""
    actor.must_anywhere(READ)
    day, past = _day(narrowed, today=today)
    said = assertions(day)
    for row in _ordered(standings_in(narrowed, past, on=day)).iterator(chunk_size=2_000):
        yield _standing_row(row, past, said.get(row.pk), on=day)


def standing_ids(narrowed: StandingFilter, *, most: int, actor: Actor, today: date) -> tuple[UUID, ...]:
    """The keys of the narrowed list, so many at most."""
    actor.must_anywhere(READ)
    day, past = _day(narrowed, today=today)
    return tuple(standings_in(narrowed, past, on=day).order_by("pk").values_list("pk", flat=True)[:most])


def standings_in(
    narrowed: StandingFilter, past: Mapping[UUID, Standing] | None, *, on: date
) -> QuerySet[models.Requirement]:
    """The requirements that the filter leaves; ``past`` is how each stood on the day, None where that is today."""
    if past is None:
        found = models.Requirement.objects.filter(withdrawn_at=None)
    else:
        bound = models.Wording.objects.filter(held(on))
        found = models.Requirement.objects.filter(pk__in=bound.values("requirement_id"))
    if narrowed.framework_id is not None:
        found = found.filter(framework_id=narrowed.framework_id)
    if narrowed.text:
        found = with_words(found, narrowed.text)
    if narrowed.asserted:
        spoken = models.Assertion.objects.filter(held(on, "at", "withdrawn_at"), expires_on__gte=on)
        found = found.filter(pk__in=spoken.values("requirement_id"))
    if narrowed.standings and past is None:
        return found.filter(derived__standing__in=narrowed.standings)
    if narrowed.standings and past is not None:
        return found.filter(pk__in=[key for key, each in past.items() if each in narrowed.standings])
    return found


def _day(narrowed: StandingFilter, *, today: date) -> tuple[date, Mapping[UUID, Standing] | None]:
    if narrowed.on is None or narrowed.on == today:
        return today, None
    return narrowed.on, world(narrowed.on).standings()


def _ordered(found: QuerySet[models.Requirement]) -> QuerySet[models.Requirement]:
    return found.select_related("framework", "derived").order_by("framework_id", "place", "id")


def standing_counts(*, framework_id: UUID | None = None) -> dict[Standing, int]:
    """How many requirements in force stand how today. One statement."""
    found = models.DerivedStanding.objects.all()
    if framework_id is not None:
        found = found.filter(requirement__framework_id=framework_id)
    counts: dict[Standing, int] = defaultdict(int)
    for each in found.values_list("standing", flat=True):
        counts[Standing(each)] += 1
    return dict(counts)


def _standing_row(
    row: models.Requirement, past: Mapping[UUID, Standing] | None, asserted: Assertion | None, *, on: date
) -> StandingRow:
    kept = getattr(row, "derived", None)
    derived = past[row.pk] if past is not None else Standing(kept.standing) if kept else Standing.NOT_ASSESSED
    said = asserted.standing if asserted else None
    return StandingRow(
        requirement=requirement_row(row),
        derived=derived,
        asserted=said,
        divergence=divergence(said, derived, expires_on=asserted.expires_on if asserted else None, on=on),
    )


def _measures(then: World, place: int, *, actor: Actor) -> tuple[MeasureReason, ...]:
    why = then.book.why(place)
    reasons = [(each, True) for each in why.deciding] + [(each, False) for each in why.others]
    keys = [then.measures[each.measure] for each, _ in reasons if each.measure < len(then.measures)]
    rows = {key_of(row.pk): row for row in models.Measure.objects.filter(pk__in=keys)}
    checks = _checks(then, [check for each, _ in reasons for check, _state in each.checks])
    found = []
    for each, is_deciding in reasons:
        if each.measure >= len(then.measures):
            continue
        row = rows[then.measures[each.measure]]
        sees = actor.may(READ, UnitId(row.unit_id))
        found.append(
            MeasureReason(
                measure_id=MeasureId(row.pk),
                number=row.number if sees else "",
                name=row.name if sees else "",
                state=each.state,
                is_deciding=is_deciding,
                checks=tuple(checks[check](state) for check, state in each.checks) if sees else (),
            )
        )
    return tuple(found)


class _CheckMaker:
    """A check with its run, waiting for the state that the book gives it."""

    def __init__(self, row: models.Check, run: models.CheckRun | None, evidence: tuple[tuple[UUID, str], ...]) -> None:
        self.row, self.run, self.evidence = row, run, evidence

    def __call__(self, state: CheckState) -> CheckReason:
        run = self.run
        return CheckReason(
            check_id=CheckId(self.row.pk),
            number=self.row.number,
            title=self.row.title,
            state=state,
            run_id=RunId(run.pk) if run else None,
            ran_at=run.ran_at if run else None,
            result=Result(run.result) if run else None,
            valid_until=run.valid_until if run else None,
            note=said_note(run) if run else "",
            evidence=self.evidence,
        )


def _checks(then: World, places: list[int]) -> dict[int, _CheckMaker]:
    keys = {place: then.checks[place] for place in places}
    rows = {key_of(row.pk): row for row in models.Check.objects.filter(pk__in=keys.values())}
    latest = {key: UUID(then.latest[key]) for key in keys.values() if key in then.latest}
    runs = {key_of(row.tested_id): row for row in models.CheckRun.objects.filter(pk__in=latest.values())}
    kept: dict[str, list[tuple[UUID, str]]] = defaultdict(list)
    subjects = [run_subject(run) for run in latest.values()]
    for subject, key, name in models.Evidence.objects.filter(subject__in=subjects).values_list("subject", "pk", "name"):
        kept[subject].append((key, name))
    return {
        place: _CheckMaker(rows[key], runs.get(key), tuple(kept[run_subject(latest[key])]) if key in latest else ())
        for place, key in keys.items()
    }


def _unproven(requirement: Key, then: World) -> tuple[RequirementRow, ...]:
    """The clauses on the way to the requirement that no living measure answers. Two statements."""
    answered = satisfied_by(held(then.on))
    seen, waiting = {requirement}, list(answered.get(requirement, ()))
    bare: list[Key] = []
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        waiting.extend(answered.get(here, ()))
        if not answered.get(here) and not any(then.reach.get(here, ())):
            bare.append(here)
    rows = models.Requirement.objects.filter(pk__in=bare).select_related("framework")
    return tuple(map(requirement_row, rows.order_by("framework__identifier", "place")))


def _findings(requirement_id: UUID, *, on: date, actor: Actor) -> tuple[tuple[UUID, str, str], ...]:
    rows = models.Finding.objects.filter(
        requirement_rows__requirement_id=requirement_id, spans__since__lt=end_of(on)
    ).filter(Q(spans__until=None) | Q(spans__until__gte=end_of(on)))
    found = rows.order_by("number").values_list("pk", "number", "title", "unit_id").distinct()
    return tuple(
        (key, number, title) if actor.may(READ, UnitId(unit_id)) else (UNKNOWN, "", "")
        for key, number, title, unit_id in found
    )


def _assertion(row: models.Assertion) -> Assertion:
    return Assertion(
        assertion_id=AssertionId(row.pk),
        standing=Standing(row.standing),
        reason=row.reason,
        by=row.by,
        at=row.at,
        expires_on=row.expires_on,
        withdrawn_at=row.withdrawn_at,
    )
