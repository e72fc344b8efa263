"""What an asset is required to fulfil, which measures cover it, and where there is a gap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from burgrave.assets import queries as assets
from burgrave.assets.terms import DIMENSIONS, AssetBrief, AssetType, Need
from burgrave.assets.terms import READ as READ_ASSETS
from burgrave.assurance import models
from burgrave.assurance.queries.frameworks import changes_of, requirement_row
from burgrave.assurance.queries.measures import scope_of
from burgrave.assurance.queries.standing import evidence_since
from burgrave.assurance.rules import measures as rules
from burgrave.assurance.terms import READ
from burgrave.assurance.terms.findings import FindingState
from burgrave.assurance.terms.measures import MeasureId, Scope
from burgrave.assurance.terms.standings import AssetRequirement
from burgrave.engines.standing import MeasureState, Phase, Standing, counts_as, standing_by
from burgrave.people import queries as people
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, UnitId

Covering = tuple[MeasureId, str, str, MeasureState]


def asset_requirements(asset_id: UUID, *, actor: Actor) -> tuple[AssetBrief, tuple[AssetRequirement, ...]]:
    """The asset in short, and each requirement in force that binds it, gaps first. Nine statements.

    ``why`` names the dimensions and types for which the requirement binds it. A measure counts here when it answers the
    requirement and covers this asset. Raises NotFound where the actor may not see the asset.
    """
    asset = assets.briefs([asset_id]).get(asset_id)  # type: ignore[call-overload] # an AssetId is a UUID
    if asset is None or not actor.may(READ_ASSETS, asset.unit_id) or not actor.may(READ, asset.unit_id):
        raise NotFound("there is no such asset, or you may not see it")
    bound = [row for row in _scoped() if rules.binds(asset, need=_need(row), types=_types(row))]
    covering = _covering(asset, bound, actor=actor)
    changed = changes_of([row.pk for row in bound if row.asked_since])
    findings = _findings(asset.asset_id, [row.pk for row in bound])
    found = [
        AssetRequirement(
            requirement=requirement_row(row),
            standing=standing_by({state for *_names, state in covering[row.pk]}, has_open_finding=findings[row.pk] > 0),
            why=_why(asset, row),
            measures=tuple(covering[row.pk]),
            findings=findings[row.pk],
            asked_since=row.asked_since,
            changed=changed.get(row.pk, ()),
        )
        for row in bound
    ]
    return asset, tuple(sorted(found, key=lambda each: (not each.is_gap, each.requirement.key)))


def gaps_by_asset() -> Mapping[UUID, int]:
    """How many requirements each asset in use does not fulfil, for whoever ranks assets. Seven statements.

    It asks for nobody's permission. Assets without a gap are missing.
    """
    bound = list(_scoped())
    measures = _answering([row.pk for row in bound])
    scopes = _scopes({key for keys in measures.values() for key in keys})
    above = people.units_above()
    oldest = evidence_since(scopes) if any(row.asked_since for row in bound) else {}
    gaps: dict[UUID, int] = defaultdict(int)
    for asset in assets.briefs_in_use():
        covers = {key for key, (_row, scope) in scopes.items() if rules.covers(scope, asset, above=above)}
        for row in bound:
            if rules.binds(asset, need=_need(row), types=_types(row)):
                states = {_state(scopes[key][0], row, oldest) for key in measures[row.pk] & covers}
                gaps[asset.asset_id] += standing_by(states, has_open_finding=False) is not Standing.MET
    return {key: count for key, count in gaps.items() if count}


def _scoped() -> Iterable[models.Requirement]:
    found = models.Requirement.objects.filter(has_scope=True, withdrawn_at=None, binding=True)
    return found.select_related("framework").order_by("framework__identifier", "place", "id")


def _need(row: models.Requirement) -> Need | None:
    need = Need(
        confidentiality=row.need_confidentiality, integrity=row.need_integrity, availability=row.need_availability
    )
    return need if need.highest else None


def _types(row: models.Requirement) -> tuple[AssetType, ...]:
    return tuple(map(AssetType, row.asset_types))


def _why(asset: AssetBrief, row: models.Requirement) -> tuple[str, ...]:
    need = _need(row)
    reached = [] if need is None else [str(d) for d in DIMENSIONS if 0 < need.of(d) <= asset.need.of(d)]
    return (*reached, *([str(asset.type)] if row.asset_types else []))


def _answering(requirement_ids: list[UUID]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = models.Reach.objects.filter(requirement_id__in=requirement_ids, measure__isnull=False)
    for row in rows.values("requirement_id", "measure_id"):
        found[row["requirement_id"]].add(row["measure_id"])
    return found


def _scopes(measure_ids: Iterable[UUID]) -> dict[UUID, tuple[models.Measure, Scope]]:
    rows = models.Measure.objects.filter(pk__in=list(measure_ids)).exclude(phase=Phase.RETIRED)
    found = rows.order_by("number").prefetch_related("asset_rows")
    return {row.pk: (row, scope_of(row, [each.asset_id for each in row.asset_rows.all()])) for row in found}


def _state(measure: models.Measure, requirement: models.Requirement, oldest: Mapping[UUID, datetime]) -> MeasureState:
    asked = requirement.asked_since
    is_outdated = asked is not None and measure.pk in oldest and oldest[measure.pk] < asked
    return counts_as(MeasureState(measure.state), is_outdated=is_outdated)


def _covering(asset: AssetBrief, bound: Sequence[models.Requirement], *, actor: Actor) -> dict[UUID, list[Covering]]:
    measures = _answering([row.pk for row in bound])
    above, found = people.units_above(), defaultdict(list)
    scopes = _scopes({key for keys in measures.values() for key in keys})
    oldest = evidence_since(scopes) if any(row.asked_since for row in bound) else {}
    for key, (row, scope) in scopes.items():
        if not rules.covers(scope, asset, above=above):
            continue
        sees = actor.may(READ, UnitId(row.unit_id))
        number, name = (row.number, row.name) if sees else ("", "")
        for each in bound:
            if key in measures[each.pk]:
                found[each.pk].append((MeasureId(key), number, name, _state(row, each, oldest)))
    return found


def _findings(asset_id: UUID, requirement_ids: list[UUID]) -> dict[UUID, int]:
    counts: dict[UUID, int] = defaultdict(int)
    rows = models.FindingRequirement.objects.filter(
        requirement_id__in=requirement_ids,
        finding__state=FindingState.OPEN,
        finding__asset_rows__asset_id=asset_id,
    )
    for requirement in rows.values_list("requirement_id", flat=True):
        counts[requirement] += 1
    return counts
