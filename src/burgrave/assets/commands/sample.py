"""The made-up assets of the sample leave at once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.assets import models
from burgrave.assets.commands.loading import lock_inventory
from burgrave.assets.queries.assets import KIND
from burgrave.assets.terms import EDIT
from burgrave.assets.terms.records import SampleLeft, asset_subject
from burgrave.ledger import commands as ledger
from burgrave.lists import commands as lists
from burgrave.people import queries as people
from burgrave.web.terms import Actor


@transaction.atomic
def drop_sample(*, actor: Actor, now: datetime) -> tuple[str, ...]:
    """No asset of the sample is left. Returns the subjects that the ledger knows them by.

    Nothing real depends on one, so that no need changes. Raises Forbidden.
    """
    lock_inventory()
    units = people.sample_units()
    for unit_id in units:
        actor.must(EDIT, unit_id)
    made_up = models.Asset.objects.filter(unit_id__in=units)
    keys = list(made_up.order_by("number").values_list("pk", flat=True))
    if not keys:
        return ()

    merged = list(models.Merged.objects.filter(survivor__unit_id__in=units).values_list("pk", flat=True))
    count, _each = models.Dependency.objects.filter(dependent__in=made_up).delete()
    models.Identifier.objects.filter(asset__in=made_up).delete()
    made_up.delete()
    lists.unindex(KIND, keys)

    ledger.append(SampleLeft(assets=len(keys), dependencies=count), actor=actor, at=now)
    return tuple(map(asset_subject, (*keys, *merged)))
