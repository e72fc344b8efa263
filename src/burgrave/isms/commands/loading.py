"""Rows locked for a change, numbers given out, and what every writer must observe."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from burgrave.isms import models
from burgrave.isms.errors import SampleStaysApart
from burgrave.isms.terms import READ
from burgrave.people import queries as people
from burgrave.web import editing
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor, PersonId, UnitId


def locked(statement_id: UUID, *, permission: str, actor: Actor) -> models.Statement:
    """The statement, locked. Raises NotFound where the actor may not even read it, Forbidden without the permission."""
    row = models.Statement.objects.select_for_update().filter(pk=statement_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("no statement with this identifier is visible to you")
    actor.must(permission, UnitId(row.unit_id))
    return row


def must_be_current(row: models.Statement, *, version: int) -> None:
    """Return when nobody changed the statement since. Raises StaleEdit."""
    editing.must_be_current(row, version=version, name=row.title)


def must_be_version(
    row: models.Committee | models.Meeting | models.Decision | models.Review, *, version: int, title: str
) -> None:
    """Return when nobody changed the row since. Raises StaleEdit."""
    if row.version != version:
        by = getattr(row, "changed_by", "") or getattr(row, "closed_by", "")
        at = getattr(row, "changed_at", None) or row.made_at  # type: ignore[union-attr]  # a decision has no other
        editing.refuse(title, by=by, at=at)


def next_number(series: str) -> int:
    """A number of the series that nothing ever had; whoever comes second waits."""
    models.Counter.objects.get_or_create(series=series)
    counter = models.Counter.objects.select_for_update().get(series=series)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


def must_be_people(person_ids: Iterable[PersonId | None], *, unit_id: UUID) -> None:
    """Return when these are persons of this organisation, made up like the unit or real like it.

    Raises BadInput, SampleStaysApart. Two statements at most.
    """
    asked = {each for each in person_ids if each is not None}
    if not asked:
        return
    if asked - people.names(asked).keys():
        raise BadInput("somebody who is named is no person of this organisation")
    samples = people.sample_units()
    if not samples:
        return
    made_up = people.sample_persons(asked)
    if any((each in made_up) != (unit_id in samples) for each in asked):
        raise apart()


def must_stay_in_kind(before: UUID, after: UUID) -> None:
    """Return when both units are made up, or both real. Raises SampleStaysApart."""
    samples = people.sample_units()
    if (before in samples) != (after in samples):
        raise apart()


def apart() -> SampleStaysApart:
    return SampleStaysApart(
        "what belongs to the sample and what is real stay apart",
        mend="Choose within the sample, or outside of it.",
    )
