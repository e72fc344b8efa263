"""What answers what today: for the commands that keep standings up to date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q

from burgrave.assurance import models
from burgrave.assurance.queries.standing import closure, satisfied_by
from burgrave.engines.standing import Phase

AT_ONCE = 500


def above(requirement_ids: Iterable[UUID], *, answered: dict[UUID, list[UUID]]) -> set[UUID]:
    """These requirements and all that they answer, however many links away; ``answered`` as `satisfied_by` gives it."""
    answers: dict[UUID, list[UUID]] = defaultdict(list)
    for target, sources in answered.items():
        for source in sources:
            answers[source].append(target)
    found, waiting = set(requirement_ids), list(requirement_ids)
    while waiting:
        for target in answers[waiting.pop()]:
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def reach_now(requirement_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID | None]]:
    """What answers these requirements and all above them, as it is now; those in force. Four statements."""
    answered = satisfied_by(Q(until=None))
    wanted = above(requirement_ids, answered=answered)
    in_force = set(models.Requirement.objects.filter(withdrawn_at=None).values_list("pk", flat=True)) & wanted
    direct: dict[UUID, set[UUID]] = defaultdict(set)
    for requirement, measure in models.MeasureAnswer.objects.filter(until=None).values_list(
        "requirement_id", "measure_id"
    ):
        direct[requirement].add(measure)
    living = set(models.Measure.objects.exclude(phase=Phase.RETIRED).values_list("pk", flat=True))
    found = closure(in_force, direct=direct, satisfied_by=answered, living=living)
    return found | {gone: frozenset() for gone in wanted - in_force}


def batches(keys: Collection[UUID]) -> Iterable[list[UUID]]:
    """The keys in an order of their own, some at a time."""
    ordered = sorted(keys, key=str)
    for first in range(0, len(ordered), AT_ONCE):
        yield ordered[first : first + AT_ONCE]
