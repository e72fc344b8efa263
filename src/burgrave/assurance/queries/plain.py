"""What answers what today: for the commands that keep standings up to date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from django.db.models import Q

from burgrave.assurance import models
from burgrave.assurance.queries.standing import (
    NARROW,
    Key,
    answered,
    closure,
    family_of,
    key_of,
    keyed,
    satisfied_by,
)
from burgrave.engines.standing import Phase

AT_ONCE = 500
Some = TypeVar("Some", UUID, Key, int)


def above(keys: Iterable[Key], *, satisfied_by: Mapping[Key, Sequence[Key]]) -> set[Key]:
    """These requirements and all that they answer, however many links away."""
    answers: dict[Key, list[Key]] = defaultdict(list)
    for target, sources in satisfied_by.items():
        for source in sources:
            answers[source].append(target)
    return family_of(keys, satisfied_by=answers)


def reach_now(requirement_ids: Collection[UUID]) -> dict[Key, frozenset[Key | None]]:
    """What answers these requirements and all above them, as it is now; those in force. Four statements."""
    satisfied = satisfied_by(Q(until=None))
    wanted = above(map(key_of, requirement_ids), satisfied_by=satisfied)
    below = family_of(wanted, satisfied_by=satisfied)
    family = below if len(below) <= NARROW else None
    rows = models.Requirement.objects.filter(withdrawn_at=None)
    found = rows if family is None else rows.filter(pk__in=wanted)
    in_force = set(found.values_list(keyed("pk"), flat=True)) & wanted
    direct = answered(Q(until=None), family)
    named: set[Key] = set().union(*direct.values())
    measures = models.Measure.objects.exclude(phase=Phase.RETIRED)
    alive = measures if family is None else measures.filter(pk__in=named)
    living = set(alive.values_list(keyed("pk"), flat=True))
    reached = closure(in_force, direct=direct, satisfied_by=satisfied, living=living)
    return reached | {gone: frozenset() for gone in wanted - in_force}


def batches(keys: Collection[Some]) -> Iterable[list[Some]]:
    """The keys in an order of their own, some at a time."""
    ordered = sorted(keys, key=str)
    for first in range(0, len(ordered), AT_ONCE):
        yield ordered[first : first + AT_ONCE]
