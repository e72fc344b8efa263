"""What the people of the sample brought in leaves with them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.imports import models
from burgrave.imports.terms.records import import_subject
from burgrave.people import queries as people
from burgrave.web.terms import Actor, UnitId


@transaction.atomic
def drop_sample(*, actor: Actor, now: datetime) -> tuple[str, ...]:  # noqa: ARG001 - the signature of every domain
    """No import of somebody made up is left. Returns the subjects that the ledger knows them by. Raises Forbidden.

    The record of the whole removal follows; the import itself decided nothing that stays.
    """
    for unit_id in people.sample_units():
        actor.must("people.manage", UnitId(unit_id))
    made_up = models.Import.objects.filter(person__unit__is_sample=True)
    keys = list(made_up.values_list("pk", flat=True))
    made_up.delete()
    return tuple(map(import_subject, keys))
