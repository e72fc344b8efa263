"""Measures: put and changed, with the days of their phases and of what they answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.assets import queries as assets
from burgrave.assurance import models, queries
from burgrave.assurance.commands.findings import must_be_current
from burgrave.assurance.commands.numbering import next_number
from burgrave.assurance.commands.opening import must_exist, named_requirements
from burgrave.assurance.commands.renewing import relink, renew_measure
from burgrave.assurance.terms import MANAGE, READ
from burgrave.assurance.terms.measures import MeasureDraft, MeasureId
from burgrave.assurance.terms.records import MeasurePut
from burgrave.engines.canonical import canonical_json
from burgrave.engines.standing import Phase
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.lists import commands as lists
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor, UnitId

PREFIX = "MEA"


@transaction.atomic
def put_measure(
    draft: MeasureDraft,
    *,
    measure_id: UUID | None = None,
    version: int = 0,
    actor: Actor,
    now: datetime,
) -> MeasureId:
    """The measure is as the draft says: a new one, or the one with the id as it was at ``version``.

    Raises Forbidden, NotFound, StaleEdit, UnknownRequirement, BadInput.
    """
    row = _locked(measure_id, version=version, actor=actor) if measure_id else None
    actor.must(MANAGE, draft.unit_id)
    must_exist(draft.owner_id)
    requirements, named = named_requirements(draft.requirements), assets.briefs(draft.scope.assets)
    if len(named) < len(set(draft.scope.assets)):
        raise BadInput("the scope names an asset that is not in the inventory", mend="Choose one from the inventory.")

    if row is None:
        row = models.Measure(id=uuid4(), number=next_number(PREFIX, draft.unit_id, now=now), added_at=now, version=0)
    before = row.phase
    _fill(row, draft, actor=actor, now=now)
    row.save()
    _name_assets(row, set(named))
    touched = _answer(row, set(requirements), now=now)
    today = now.astimezone(UTC).date()
    if before != draft.phase:
        models.MeasurePhase.objects.create(measure=row, phase=draft.phase, since=now)
        touched |= set(row.reach.values_list("requirement_id", flat=True))
    renew_measure(row, today=today)
    if touched:
        relink(touched, today=today)
    lists.index([queries.measure_entry(row)])

    record = measure_record(row, assets=draft.scope.assets, requirements=len(draft.requirements))
    ledger.append(record, actor=actor, at=now)
    return MeasureId(row.pk)


def _locked(measure_id: UUID, *, version: int, actor: Actor) -> models.Measure:
    row = locked_measure(measure_id, actor=actor)
    actor.must(MANAGE, UnitId(row.unit_id))
    must_be_current(row, version=version)
    return row


def locked_measure(measure_id: UUID, *, actor: Actor) -> models.Measure:
    """The measure, locked. Raises NotFound where the actor may not even read it."""
    row = models.Measure.objects.select_for_update(of=("self",)).filter(pk=measure_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("there is no such measure, or you may not see it")
    return row


def _fill(row: models.Measure, draft: MeasureDraft, *, actor: Actor, now: datetime) -> None:
    row.name, row.description = storable(draft.name.strip()), storable(draft.description.strip())
    row.unit_id, row.owner_id, row.phase = draft.unit_id, draft.owner_id, draft.phase
    row.yearly_cost_minor, row.currency = draft.yearly_cost_minor, draft.currency
    scope = draft.scope
    row.scope_units = sorted(map(str, scope.units))
    row.scope_types, row.scope_tags = sorted(map(str, scope.types)), sorted(map(storable, scope.tags))
    row.scope_confidentiality = scope.need.confidentiality
    row.scope_integrity, row.scope_availability = scope.need.integrity, scope.need.availability
    row.version += 1
    row.changed_by, row.changed_at = actor.name, now


def _name_assets(row: models.Measure, wanted: Collection[UUID]) -> None:
    standing = set(row.asset_rows.values_list("asset_id", flat=True))
    row.asset_rows.exclude(asset_id__in=wanted).delete()
    models.MeasureAsset.objects.bulk_create(
        models.MeasureAsset(measure=row, asset_id=each) for each in sorted(set(wanted) - standing, key=str)
    )


def _answer(row: models.Measure, wanted: set[UUID], *, now: datetime) -> set[UUID]:
    """The measure answers exactly these from now on. Returns the requirements that this is new or over for."""
    standing = set(row.answers.filter(until=None).values_list("requirement_id", flat=True))
    row.answers.filter(until=None, requirement_id__in=standing - wanted).update(until=now)
    models.MeasureAnswer.objects.bulk_create(
        models.MeasureAnswer(measure=row, requirement_id=each, since=now) for each in sorted(wanted - standing, key=str)
    )
    return standing ^ wanted


def measure_record(row: models.Measure, *, assets: Iterable[UUID], requirements: int) -> MeasurePut:
    """What the measure is now; ``assets`` are those that its scope names, ``requirements`` how many it answers."""
    scope = canonical_json(
        {
            "units": row.scope_units,
            "types": row.scope_types,
            "tags": row.scope_tags,
            "need": [row.scope_confidentiality, row.scope_integrity, row.scope_availability],
            "assets": sorted(map(str, assets)),
        }
    )
    return MeasurePut(
        measure_id=row.pk,
        number=row.number,
        unit_id=row.unit_id,
        owner_id=row.owner_id,
        phase=Phase(row.phase).name.lower(),
        yearly_cost_minor=row.yearly_cost_minor,
        currency=row.currency,
        requirements=requirements,
        scope=sha256(scope).hexdigest(),
        name=Sealed(row.name),
    )
