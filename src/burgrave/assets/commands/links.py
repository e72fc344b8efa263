"""Dependencies between assets."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.assets import models
from burgrave.assets.commands.loading import lock_inventory, locked, must_stay_apart
from burgrave.assets.commands.needs import holds_itself, renew
from burgrave.assets.errors import ContainmentCycle, DependencyExists, SelfDependency
from burgrave.assets.terms import CONTAINMENT, EDIT, READ, DependencyKind, records
from burgrave.ledger import commands as ledger
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor


@transaction.atomic
def link(dependent_id: UUID, support_id: UUID, kind: DependencyKind, *, actor: Actor, now: datetime) -> int:
    """The dependent needs the support, which inherits its need. Returns how many needs changed.

    The right to edit the dependent is asked for; of the support it is enough that the actor sees it. Raises
    SelfDependency, DependencyExists, ContainmentCycle, NotFound, Forbidden.
    """
    lock_inventory()
    dependent = locked(dependent_id, permission=EDIT, actor=actor)
    support = locked(support_id, permission=READ, actor=actor)
    if dependent.pk == support.pk:
        raise SelfDependency("an asset does not depend on itself", mend="Choose another asset.")
    must_stay_apart(dependent, support)
    if models.Dependency.objects.filter(dependent=dependent, support=support, kind=kind).exists():
        raise DependencyExists("this dependency is noted already")
    if kind in CONTAINMENT and holds_itself(dependent.pk, support.pk, CONTAINMENT):
        raise ContainmentCycle(
            "%(support)s already lies within %(dependent)s, or consists of it; both ways at once cannot be",
            words={"support": support.name, "dependent": dependent.name},
            mend="Remove the other dependency first, or note this one as depends on.",
        )

    models.Dependency.objects.create(dependent=dependent, support=support, kind=kind)
    changed = renew([support.pk])

    added = records.DependencyAdded(dependent_id=dependent.pk, support_id=support.pk, dependency_kind=kind)
    ledger.append(added, actor=actor, at=now)
    return changed


@transaction.atomic
def unlink(asset_id: UUID, dependency_id: int, *, actor: Actor, now: datetime) -> int:
    """The dependency of the asset is gone, in either direction. Returns how many needs changed."""
    lock_inventory()
    found = models.Dependency.objects.filter(pk=dependency_id).first()
    if found is None or asset_id not in {found.dependent_id, found.support_id}:
        raise NotFound("this asset has no such dependency; somebody may have removed it meanwhile")
    dependent = locked(found.dependent_id, permission=EDIT, actor=actor)

    found.delete()
    changed = renew([found.support_id])

    removed = records.DependencyRemoved(
        dependent_id=dependent.pk, support_id=found.support_id, dependency_kind=DependencyKind(found.kind)
    )
    ledger.append(removed, actor=actor, at=now)
    return changed
