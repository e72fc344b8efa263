"""Erasing personal data without harm to any proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from burgrave.ledger import models, rules
from burgrave.ledger.commands.appending import append_all
from burgrave.ledger.errors import NothingToErase
from burgrave.ledger.queries.stored import Address, Stored, at_positions, of_row, with_id
from burgrave.ledger.queries.subjects import all_positions_about, pending_about, pending_about_any
from burgrave.ledger.terms import OpeningsErased, Sealed
from burgrave.web.terms import Actor

RECORDS_PER_RECORD = 1000
NAMED_AT_ONCE = 500


@transaction.atomic
def erase_openings(
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    subject: str = "",
    subjects: Sequence[str] = (),
    record_ids: Sequence[UUID] = (),
) -> int:
    """No opening stands behind the records about the subjects and those in ``record_ids``. Returns how many are erased.

    The leaves, and with them every proof, stay as they are; a record names what was erased. Permission is asked for by
    the command of the domain that the subject belongs to. Raises NothingToErase.
    """
    named = _named(subjects=(*filter(None, (subject,)), *subjects), record_ids=record_ids)
    erased: list[UUID] = []
    count = 0
    for some in batched([each for each in named if each.row.count == 1]):
        openings = models.Opening.objects.filter(entry_id__in=[each.row.pk for each in some])
        held = set(openings.select_for_update(of=("self",)).values_list("entry_id", flat=True))
        erased += (each.record_id for each in some if each.row.pk in held)
        count += openings.delete()[0]
    sheaves: dict[int, list[Stored]] = {}
    for each in named:
        if each.row.count > 1:
            sheaves.setdefault(each.row.pk, []).append(each)
    for own in sheaves.values():
        held_ids, openings_erased = _erase_in_sheaf(own)
        erased += held_ids
        count += openings_erased
    if not erased:
        raise NothingToErase("nothing was erased: no sealed value stands behind what was named")
    erased.sort()

    append_all(
        [
            OpeningsErased(
                about=subject, record_ids=tuple(erased[start : start + RECORDS_PER_RECORD]), reason=Sealed(reason)
            )
            for start in range(0, len(erased), RECORDS_PER_RECORD)
        ],
        actor=actor,
        at=now,
    )
    return count


def _erase_in_sheaf(named: Sequence[Stored]) -> tuple[list[UUID], int]:
    """The named records of one sheaf have no openings left. Returns which of them had some, and how many in all."""
    row = named[0].row
    openings = models.Opening.objects.filter(entry_id=row.pk).select_for_update(of=("self",))
    held: set[int] = set()
    count = 0
    for opening in openings:
        salts, values, places = rules.without(
            bytes(opening.salt), opening.value, {each.place for each in named}, count=row.count
        )
        this = models.Opening.objects.filter(pk=opening.pk)
        if values:
            this.update(salt=salts, value=values)
        else:
            this.delete()
        held |= places
        count += len(places)
    return [each.record_id for each in named if each.place in held], count


def _named(*, subjects: Sequence[str], record_ids: Sequence[UUID]) -> list[Stored]:
    """The records that are named, each of them once, those that await their place included."""
    found: dict[Address, Stored] = {}
    left = set(record_ids)
    for some in batched(list(record_ids)):
        for row in models.Entry.objects.filter(record_id__in=some):
            found |= {each.address: each for each in of_row(row)[:1]}
            left.discard(row.record_id)
    bound = (each for each in map(with_id, sorted(left)) if each is not None)
    found |= {each.address: each for each in bound}
    for names in batched(subjects):
        for places in batched(all_positions_about(names)):
            found |= {each.address: each for each in at_positions(places)}
    if len(subjects) == 1:
        found |= {each.address: each for each in pending_about(subjects[0])}
    elif subjects:
        found |= {each.address: each for each in pending_about_any(frozenset(subjects))}
    return [found[address] for address in sorted(found)]


Named = TypeVar("Named")


def batched(named: Sequence[Named]) -> Iterator[Sequence[Named]]:
    """Portions that a statement can name."""
    return (named[start : start + NAMED_AT_ONCE] for start in range(0, len(named), NAMED_AT_ONCE))
