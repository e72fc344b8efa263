"""What placeholders of rules stand for is written down, changed and removed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.detection import models
from burgrave.detection.commands.access import permit
from burgrave.detection.commands.standing import touch
from burgrave.detection.errors import BadPlaceholder, ReasonMissing
from burgrave.detection.rules import placeholders as rules
from burgrave.detection.terms import REASON_MAX
from burgrave.detection.terms.placeholders import PlaceholderFacts, PlaceholderId
from burgrave.detection.terms.records import PlaceholderRemoved, PlaceholderSet
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, NotFound, StaleEdit
from burgrave.web.terms import Actor


@transaction.atomic
def add_placeholder(facts: PlaceholderFacts, *, actor: Actor, now: datetime) -> PlaceholderId:
    """Rules that name it are loaded with these values. Raises BadPlaceholder, ReasonMissing, BadInput, Forbidden."""
    permit(actor)
    _must_fit(facts)
    name = rules.plain_name(storable(facts.name))
    if models.Placeholder.objects.filter(name=name, unit_id=facts.unit_id).exists():
        raise BadPlaceholder(
            "%(name)s has values in this unit already", words={"name": f"%{name}%"}, mend="Change these instead."
        )

    row = models.Placeholder(name=name, unit_id=facts.unit_id)
    _write(row, facts, actor=actor, now=now)

    ledger.append(_set(row), actor=actor, at=now)
    return PlaceholderId(row.pk)


@transaction.atomic
def change_placeholder(
    placeholder_id: UUID, facts: PlaceholderFacts, *, version: int, actor: Actor, now: datetime
) -> None:
    """It stands for other values; its name and unit stay.

    Raises BadPlaceholder, ReasonMissing, BadInput, StaleEdit, NotFound, Forbidden.
    """
    row = _locked(placeholder_id, version=version, actor=actor)
    _must_fit(facts)

    row.version += 1
    _write(row, facts, actor=actor, now=now)

    ledger.append(_set(row), actor=actor, at=now)


@transaction.atomic
def remove_placeholder(placeholder_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """It stands for nothing in its unit any more; rules that lack values then are faults, and say so.

    Raises ReasonMissing, StaleEdit, NotFound, Forbidden.
    """
    row = _locked(placeholder_id, version=version, actor=actor)
    if not reason.strip():
        raise ReasonMissing("this needs a reason", mend="Say why; it stays in the ledger.")

    removed = PlaceholderRemoved(
        placeholder_id=row.pk, name=row.name, reason=Sealed(storable(reason.strip())[:REASON_MAX])
    )
    row.delete()
    touch(now=now)

    ledger.append(removed, actor=actor, at=now)


def _must_fit(facts: PlaceholderFacts) -> None:
    rules.must_fit(facts)
    if facts.owner_id not in people.everybody():
        raise BadInput("nobody who is active is the owner", mend="Choose somebody from the list.")


def _write(row: models.Placeholder, facts: PlaceholderFacts, *, actor: Actor, now: datetime) -> None:
    row.values = list(rules.plain_values(map(storable, facts.values)))
    row.owner_id, row.reason = facts.owner_id, storable(facts.reason.strip())[:REASON_MAX]
    row.changed_at, row.changed_by = now, actor.name[:200]
    row.save()
    touch(now=now)


def _set(row: models.Placeholder) -> PlaceholderSet:
    return PlaceholderSet(
        placeholder_id=row.pk,
        unit_id=row.unit_id,
        name=row.name,
        count=len(row.values),
        values=Sealed("\n".join(row.values)),
        owner_id=row.owner_id,
        reason=Sealed(row.reason),
    )


def _locked(placeholder_id: UUID, *, version: int, actor: Actor) -> models.Placeholder:
    permit(actor)
    row = models.Placeholder.objects.select_for_update().filter(pk=placeholder_id).first()
    if row is None:
        raise NotFound("there is no such placeholder")
    if row.version != version:
        raise StaleEdit(
            "%(title)s was changed by %(who)s after you opened it; nothing was overwritten",
            words={"title": f"%{row.name}%", "who": row.changed_by},
            changed_by=row.changed_by,
            changed_at=row.changed_at,
            mend="Look at the present state, then decide again.",
        )
    return row
