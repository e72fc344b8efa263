"""How every requirement stood on any day, from the rows that keep their days. Days are those of UTC.

A requirement is answered by the measures that name it and by those of the requirements that satisfy it, however many
links away. A clause that satisfies it and that no measure proves counts as one measure without a check: it is written,
and nobody has looked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, NewType, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Case, IntegerField, Min, Model, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Concat

from burgrave.assurance import models
from burgrave.assurance.terms.frameworks import requirement_key
from burgrave.engines.standing import CheckState, Graph, MeasureState, Phase, Reading, Result, Standing

Key = NewType("Key", str)
"""The id of a row as text, as the database writes it: a hundred thousand UUIDs take longer than all the rest."""

Row = TypeVar("Row", bound=Model)
STATES = tuple(CheckState)
NARROW = 500
"""A requirement that more than so many answer is read with the whole."""


@dataclass(frozen=True, slots=True)
class World:
    """What counted at the end of a day, by index; ``latest`` is the run that each check spoke by."""

    on: date
    requirements: Sequence[Key]
    measures: Sequence[Key]
    checks: Sequence[Key]
    latest: Mapping[Key, Key]
    reach: Mapping[Key, frozenset[Key | None]]
    book: Reading

    def standings(self) -> dict[UUID, Standing]:
        """Of every requirement that was in force."""
        return dict(zip(map(UUID, self.requirements), self.book.standings(), strict=True))

    def measure_states(self) -> dict[Key, MeasureState]:
        return {key: self.book.measure(place) for place, key in enumerate(self.measures)}


def key_of(row_id: UUID) -> Key:
    """The id as `keyed` gives it."""
    return Key(str(row_id) if connection.features.has_native_uuid_field else row_id.hex)


def keyed(field: str) -> Cast:
    """The field with the id of a row, or a time, as text."""
    return Cast(field, TextField())


def end_of(day: date) -> datetime:
    """The first moment after the day."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC)


def held(day: date, since: str = "since", until: str = "until") -> Q:
    """The filter of rows that held at the end of the day."""
    end = end_of(day)
    return Q(**{f"{since}__lt": end}) & (Q(**{until: None}) | Q(**{f"{until}__gte": end}))


def world(on: date, *, about: UUID | None = None) -> World:
    """All of it at the end of the day, or what one requirement stands by. Ten statements, whatever the size.

    But for open findings they look at one table each, and are put together here. A database joins by how many rows it
    believes in, and right after a bulk load PostgreSQL may believe in none: it compared each with each, for minutes.
    """
    satisfied = satisfied_by(held(on))
    family = None if about is None else family_of([key_of(about)], satisfied_by=satisfied)
    if family is not None and len(family) > NARROW:
        family = None
    requirements = _in_force(on, family)
    answers = answered(held(on), family)
    named = None if family is None else set().union(*answers.values())
    phases = _phases(on, named)
    checks = list(_checks(on, named))
    living = {key for key, phase in phases.items() if phase is not Phase.RETIRED}
    reach = closure(requirements, direct=answers, satisfied_by=satisfied, living=living)
    runs = _latest(on, named)
    place = {key: number for number, key in enumerate(phases)}
    nobody = len(place)
    tested = {check: place[measure] for check, measure in checks if measure in place}
    asked = _asked(on, family)
    oldest = _oldest(checks, runs) if asked else {}
    graph = Graph(
        len(requirements),
        (*phases.values(), Phase.OPERATING),
        tuple(tested.values()),
        tuple(
            (number, nobody if measure is None else place[measure])
            for number, key in enumerate(requirements)
            for measure in reach[key]
            if measure is None or measure in place
        ),
        tuple(_open_findings(on, {key: number for number, key in enumerate(requirements)}, family)),
        frozenset(
            (number, place[measure])
            for number, key in enumerate(requirements)
            if key in asked
            for measure in reach[key]
            if measure is not None and measure in oldest and oldest[measure] < asked[key]
        ),
    )
    never = CheckState.NEVER_RUN
    book = Reading(graph, [runs[key].state if key in runs else never for key in tested])
    latest = {key: each.run for key, each in runs.items()}
    return World(on, requirements, list(phases), list(tested), latest, reach, book)


def family_of(keys: Iterable[Key], *, satisfied_by: Mapping[Key, Sequence[Key]]) -> set[Key]:
    """These requirements and all that answer them, however many links away."""
    found = set(keys)
    waiting = list(found)
    while waiting:
        for source in satisfied_by.get(waiting.pop(), ()):
            if source not in found:
                found.add(source)
                waiting.append(source)
    return found


def closure(
    requirements: Iterable[Key],
    *,
    direct: Mapping[Key, set[Key]],
    satisfied_by: Mapping[Key, Sequence[Key]],
    living: Collection[Key],
) -> dict[Key, frozenset[Key | None]]:
    """What answers each requirement, itself or through others; None for a clause on the way that nothing proves.

    Links may go in circles: what only answers itself is answered by nobody. ``living`` are measures not retired.
    """
    reach: dict[Key, frozenset[Key | None]] = {}
    for requirement in requirements:
        found: set[Key | None] = set(direct.get(requirement, ()))
        seen, waiting = {requirement}, list(satisfied_by.get(requirement, ()))
        while waiting:
            here = waiting.pop()
            if here in seen:
                continue
            seen.add(here)
            own, further = direct.get(here, set()), satisfied_by.get(here, ())
            found |= own
            waiting.extend(further)
            if own.isdisjoint(living) and not set(further) - {here}:
                found.add(None)
        reach[requirement] = frozenset(found)
    return reach


def satisfied_by(when: Q) -> dict[Key, list[Key]]:
    """For each requirement those in force that satisfy it. One statement."""
    found: dict[Key, list[Key]] = defaultdict(list)
    links = models.Satisfies.objects.filter(when, target__isnull=False).order_by("id")
    for source, target in links.values_list(keyed("requirement_id"), keyed("target_id")):
        found[target].append(source)
    return found


def answered(when: Q, family: Collection[Key] | None) -> dict[Key, set[Key]]:
    """The measures that each requirement names, of the family or of all. One statement."""
    found: dict[Key, set[Key]] = defaultdict(set)
    rows = _of(models.MeasureAnswer.objects.filter(when), "requirement_id", family)
    for requirement, measure in rows.values_list(keyed("requirement_id"), keyed("measure_id")):
        found[requirement].add(measure)
    return found


def evidence_since(measure_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Since when all checks of each measure speak: when the oldest of their latest runs was. One statement."""
    rows = models.Check.objects.filter(measure_id__in=measure_ids, retired_at=None, last_run_at__isnull=False)
    return dict(rows.values("measure_id").annotate(oldest=Min("last_run_at")).values_list("measure_id", "oldest"))


def standings(on: date) -> dict[UUID, Standing]:
    """How each requirement in force stood at the end of the day."""
    return world(on).standings()


def keyed_standings(on: date, *, framework: str = "") -> dict[str, Standing]:
    """How each requirement in force stood at the end of the day, by its key, in the order of the frameworks."""
    found = standings(on)
    rows = models.Requirement.objects.order_by("framework__identifier", "place", "pk")
    if framework:
        rows = rows.filter(framework__identifier=framework)
    named = rows.values_list("pk", "framework__identifier", "identifier")
    return {requirement_key(name, own): found[key] for key, name, own in named if key in found}


def said(on: date, *, result: str, valid_until: str) -> Case:
    """What a check says on a day by the named fields of its latest run, as `engines.standing.state_of` has it."""
    return Case(
        When(**{result: Result.FAILED}, then=Value(int(CheckState.FAILING))),
        When(**{result: Result.INCONCLUSIVE}, then=Value(int(CheckState.INCONCLUSIVE))),
        When(**{f"{valid_until}__gte": on}, then=Value(int(CheckState.PASSING))),
        default=Value(int(CheckState.STALE)),
        output_field=IntegerField(),
    )


def _of(rows: QuerySet[Row], field: str, keys: Collection[Key] | None) -> QuerySet[Row]:
    return rows if keys is None else rows.filter(**{f"{field}__in": list(keys)})


def _in_force(on: date, family: Collection[Key] | None) -> list[Key]:
    rows = _of(models.Wording.objects.filter(held(on)), "requirement_id", family)
    found = set(rows.values_list(keyed("requirement_id"), flat=True))
    ordered = _of(models.Requirement.objects.all(), "pk", family).order_by("framework_id", "place", "pk")
    return [key for key in ordered.values_list(keyed("pk"), flat=True) if key in found]


def _phases(on: date, measures: Collection[Key] | None) -> dict[Key, Phase]:
    rows = _of(models.MeasurePhase.objects.filter(since__lt=end_of(on)), "measure_id", measures)
    named = rows.order_by("since", "id").values_list(keyed("measure_id"), "phase")
    return {measure: Phase(phase) for measure, phase in named}


def _checks(on: date, measures: Collection[Key] | None) -> Iterable[tuple[Key, Key]]:
    rows = _of(models.Check.objects.filter(held(on, "added_at", "retired_at")), "measure_id", measures)
    return rows.order_by("number").values_list(keyed("pk"), keyed("measure_id"))


def _asked(on: date, family: Collection[Key] | None) -> dict[Key, str]:
    rows = _of(models.Wording.objects.filter(held(on), asked_since__isnull=False), "requirement_id", family)
    return dict(rows.values_list(keyed("requirement_id"), keyed("asked_since")))


class _Run(NamedTuple):
    """The latest run of a check; ``ran_at`` as the database writes times, which is enough to order them."""

    run: Key
    state: CheckState
    ran_at: str


def _oldest(checks: Iterable[tuple[Key, Key]], runs: Mapping[Key, _Run]) -> dict[Key, str]:
    """When the oldest was among the latest runs of each measure's checks, as the database writes times."""
    found: dict[Key, str] = {}
    for check, measure in checks:
        if check in runs:
            found[measure] = min(found.get(measure, runs[check].ran_at), runs[check].ran_at)
    return found


def _latest(on: date, measures: Collection[Key] | None) -> dict[Key, _Run]:
    """The run that each check speaks by. One row of an index for each check, and no join.

    A planner whose counts of rows are out of date, as they are after a bulk load, has nothing to choose wrongly.
    """
    state = Cast(said(on, result="result", valid_until="valid_until"), TextField())
    packed = Concat(keyed("pk"), Value(" "), state, Value(" "), keyed("ran_at"), output_field=TextField())
    newest = models.CheckRun.objects.filter(tested=OuterRef("pk"), ran_at__lt=end_of(on)).order_by("-ran_at", "-id")
    checks = _of(models.Check.objects.all(), "measure_id", measures)
    found = checks.annotate(newest=Subquery(newest.values(packed=packed)[:1])).values_list(keyed("pk"), "newest")
    return {check: _unpacked(*each.split(" ", 2)) for check, each in found if each is not None}


def _unpacked(run: str, state: str, ran_at: str) -> _Run:
    return _Run(Key(run), STATES[int(state)], ran_at)


def _open_findings(on: date, places: Mapping[Key, int], family: Collection[Key] | None) -> Iterable[int]:
    rows = models.FindingRequirement.objects.filter(held(on, "finding__spans__since", "finding__spans__until"))
    for requirement in _of(rows, "requirement_id", family).values_list(keyed("requirement_id"), flat=True):
        if requirement in places:
            yield places[requirement]
