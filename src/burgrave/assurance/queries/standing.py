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
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from burgrave.assurance import models
from burgrave.assurance.terms.frameworks import requirement_key
from burgrave.engines.standing import Book, Graph, MeasureState, Phase, Result, Run, Standing


@dataclass(frozen=True, slots=True)
class World:
    """Everything that counted at the end of a day, by index; ``latest`` is the run that each check spoke by."""

    on: date
    requirements: Sequence[UUID]
    measures: Sequence[UUID]
    checks: Sequence[UUID]
    latest: Mapping[UUID, UUID]
    reach: Mapping[UUID, frozenset[UUID | None]]
    book: Book

    def standings(self) -> dict[UUID, Standing]:
        """Of every requirement that was in force."""
        return dict(zip(self.requirements, self.book.standings(), strict=True))

    def measure_states(self) -> dict[UUID, MeasureState]:
        return {key: self.book.measure(place) for place, key in enumerate(self.measures)}


def end_of(day: date) -> datetime:
    """The first moment after the day."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC)


def held(day: date, since: str = "since", until: str = "until") -> Q:
    """The filter of rows that held at the end of the day."""
    end = end_of(day)
    return Q(**{f"{since}__lt": end}) & (Q(**{until: None}) | Q(**{f"{until}__gte": end}))


def world(on: date) -> World:
    """All of it at the end of the day. Eight statements, whatever the size."""
    requirements = list(
        models.Wording.objects.filter(held(on))
        .order_by("requirement__framework_id", "requirement__place", "requirement_id")
        .values_list("requirement_id", flat=True)
    )
    phases = _phases(on)
    checks = _checks(on, phases)
    direct: dict[UUID, set[UUID]] = defaultdict(set)
    for requirement, measure in _answers(on):
        direct[requirement].add(measure)
    living = {key for key, phase in phases.items() if phase is not Phase.RETIRED}
    reach = closure(requirements, direct=direct, satisfied_by=satisfied_by(held(on)), living=living)
    runs = _latest(on)
    measures = list(phases)
    place = {key: number for number, key in enumerate(measures)}
    nobody = len(measures)
    check_place = {key: number for number, key in enumerate(checks)}
    graph = Graph(
        len(requirements),
        (*phases.values(), Phase.OPERATING),
        tuple(place[measure] for measure in checks.values()),
        tuple(
            (number, nobody if measure is None else place[measure])
            for number, key in enumerate(requirements)
            for measure in reach[key]
            if measure is None or measure in place
        ),
        tuple(_open_findings(on, {key: number for number, key in enumerate(requirements)})),
    )
    known = [run_of(check_place[key], row) for key, row in runs.items() if key in check_place]
    book = Book(graph, known, on=on)
    latest = {key: row[0] for key, row in runs.items()}
    return World(on, requirements, measures, list(checks), latest, reach, book)


RunFacts = tuple[UUID, datetime, int, date]


def run_of(check: int, row: RunFacts) -> Run:
    """A run as the engine knows it."""
    _key, ran_at, result, valid_until = row
    return Run(check, ran_at.astimezone(UTC).date(), Result(result), valid_until)


def closure(
    requirements: Iterable[UUID],
    *,
    direct: Mapping[UUID, set[UUID]],
    satisfied_by: Mapping[UUID, Sequence[UUID]],
    living: Collection[UUID],
) -> dict[UUID, frozenset[UUID | None]]:
    """What answers each requirement, itself or through others; None for a clause on the way that nothing proves.

    Links may go in circles: what only answers itself is answered by nobody. ``living`` are measures not retired.
    """
    reach: dict[UUID, frozenset[UUID | None]] = {}
    for requirement in requirements:
        found: set[UUID | None] = set(direct.get(requirement, ()))
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


def satisfied_by(when: Q) -> dict[UUID, list[UUID]]:
    """For each requirement those in force that satisfy it. One statement."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    links = models.Satisfies.objects.filter(when)
    for source, target in links.order_by("id").values_list("requirement_id", "target_id"):
        if target is not None:
            found[target].append(source)
    return found


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


def _phases(on: date) -> dict[UUID, Phase]:
    rows = models.MeasurePhase.objects.filter(since__lt=end_of(on)).order_by("since", "id")
    return {measure: Phase(phase) for measure, phase in rows.values_list("measure_id", "phase")}


def _checks(on: date, phases: Mapping[UUID, Phase]) -> dict[UUID, UUID]:
    rows = models.Check.objects.filter(held(on, "added_at", "retired_at")).order_by("number")
    return {check: measure for check, measure in rows.values_list("pk", "measure_id") if measure in phases}


def _answers(on: date) -> Iterable[tuple[UUID, UUID]]:
    return models.MeasureAnswer.objects.filter(held(on)).values_list("requirement_id", "measure_id")


def _latest(on: date) -> dict[UUID, RunFacts]:
    newest = models.CheckRun.objects.filter(tested=OuterRef("pk"), ran_at__lt=end_of(on)).order_by("-ran_at", "-id")
    keys = models.Check.objects.annotate(newest=Subquery(newest.values("pk")[:1])).values("newest")
    rows = models.CheckRun.objects.filter(pk__in=keys)
    return {
        check: (key, ran_at, result, valid_until)
        for check, key, ran_at, result, valid_until in rows.values_list(
            "tested_id", "pk", "ran_at", "result", "valid_until"
        )
    }


def _open_findings(on: date, places: Mapping[UUID, int]) -> Iterable[int]:
    rows = models.FindingRequirement.objects.filter(held(on, "finding__spans__since", "finding__spans__until"))
    for requirement in rows.values_list("requirement_id", flat=True):
        if requirement in places:
            yield places[requirement]
