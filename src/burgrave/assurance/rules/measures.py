"""Which assets a measure covers, which a requirement binds, and what a checklist found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from burgrave.assets.terms import DIMENSIONS, AssetBrief, AssetType, Need
from burgrave.assurance.errors import ReasonMissing
from burgrave.assurance.terms.measures import ManualRun, Scope
from burgrave.engines.standing import Result
from burgrave.web.errors import BadInput
from burgrave.web.terms import UnitId

Above = Mapping[UnitId, tuple[UnitId, ...]]


def reaches(asset: Need, floor: Need) -> bool:
    """Whether the need of the asset reaches one of the ranks that are not 0."""
    return any(0 < floor.of(dimension) <= asset.of(dimension) for dimension in DIMENSIONS)


def covers(scope: Scope, asset: AssetBrief, *, above: Above) -> bool:
    """Whether the asset is named, or fulfils all conditions of the scope; ``above`` are the units over each unit."""
    if asset.asset_id in scope.assets:
        return True
    if not scope.has_conditions:
        return False
    lies = not scope.units or bool(set(scope.units) & set(above.get(asset.unit_id, ())))
    is_such = not scope.types or asset.type in scope.types
    is_tagged = not scope.tags or bool(set(scope.tags) & asset.tags)
    needs = not scope.need.highest or reaches(asset.need, scope.need)
    return lies and is_such and is_tagged and needs


def binds(asset: AssetBrief, *, need: Need | None, types: Collection[AssetType]) -> bool:
    """Whether a requirement with this need and these types binds the asset."""
    if types and asset.type not in types:
        return False
    if need is not None:
        return reaches(asset.need, need)
    return bool(types)


def found(run: ManualRun, *, steps: Sequence[str]) -> Result:
    """What a person's answers come to: every step answered with yes passes. Raises BadInput."""
    if not run.could_look:
        return Result.INCONCLUSIVE
    if len(run.answers) != len(steps):
        raise BadInput(
            "the checklist has %(steps)s steps, got %(answers)s answers",
            words={"steps": str(len(steps)), "answers": str(len(run.answers))},
            mend="Answer each step with yes or no.",
        )
    return Result.PASSED if all(run.answers) else Result.FAILED


def valid_until(ran_on: date, *, valid_days: int) -> date:
    """The last day that a run speaks for."""
    return ran_on + timedelta(days=valid_days)


def due_on(*, last_run_on: date | None, added_on: date, cadence_days: int) -> date:
    """When a check is to run next: at once when it never did."""
    return added_on if last_run_on is None else last_run_on + timedelta(days=cadence_days)


LONGEST_ASSERTION = timedelta(days=366)


def must_expire(expires_on: date, *, today: date) -> None:
    """Return when an assertion ends after today and within a year. Raises ReasonMissing."""
    if not today < expires_on <= today + LONGEST_ASSERTION:
        raise ReasonMissing(
            "an assertion ends on a day after today and within a year, got %(day)s",
            words={"day": expires_on.isoformat()},
            mend="What a person said a year ago is not known any more; look again then.",
        )
