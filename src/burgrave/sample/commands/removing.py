"""The sample leaves: everything but its records, and what was sealed in them is erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from django.db import connection, transaction

from burgrave.assets import commands as assets
from burgrave.assurance import commands as assurance
from burgrave.events import commands as events
from burgrave.imports import commands as imports
from burgrave.incidents import commands as incidents
from burgrave.intake import commands as intake
from burgrave.isms import commands as isms
from burgrave.ledger import commands as ledger
from burgrave.ledger.errors import NothingToErase
from burgrave.people import commands as people
from burgrave.policies import commands as policies
from burgrave.sample import models
from burgrave.sample.commands.asking import must_manage, not_loaded
from burgrave.sample.terms import SampleRemoved
from burgrave.web.terms import Actor

Progress = Callable[[int, int, str], None]


class Drop(Protocol):
    """How a domain lets go of what is made up; it returns the subjects that the ledger knows it by."""

    def __call__(self, *, actor: Actor, now: datetime) -> tuple[str, ...]: ...


DROPS: tuple[tuple[str, Drop], ...] = (
    ("management system", isms.drop_sample),
    ("log sources", intake.drop_sample),
    ("incidents", incidents.drop_sample),
    ("kept events", events.drop_sample),
    ("policies", policies.drop_sample),
    ("evidence", assurance.drop_sample),
    ("assets", assets.drop_sample),
    ("imports", imports.drop_sample),
    ("people", people.drop_sample),
)
"""Highest floor first: nothing that is dropped is referred to any more."""

ERASED_BECAUSE = "the sample was removed"


def quiet(_done: int, _total: int, _note: str) -> None:
    """Nobody watches."""


@transaction.atomic
def remove(*, actor: Actor, now: datetime, progress: Progress = quiet) -> int:
    """Nothing of the sample is left, and everything real is as it was. Returns how many sealed values were erased.

    All at once or not at all. Raises NotLoaded or Forbidden.
    """
    must_manage(actor)
    row = models.Sample.objects.select_for_update().first()
    if row is None:
        raise not_loaded()

    _count_rows()
    row.delete()
    subjects: list[str] = []
    for done, (name, drop) in enumerate(DROPS):
        progress(done, len(DROPS) + 1, name)
        subjects += drop(actor=actor, now=now)

    progress(len(DROPS), len(DROPS) + 1, "ledger")
    try:
        erased = ledger.erase_openings(actor=actor, now=now, reason=ERASED_BECAUSE, subjects=subjects)
    except NothingToErase:
        erased = 0
    ledger.append(SampleRemoved(openings_erased=erased), actor=actor, at=now)
    return erased


def _count_rows() -> None:
    """PostgreSQL learns what is in the tables; nothing is counted on SQLite.

    What was loaded a moment ago its own rounds have not seen yet. It then takes the tables for empty, and joins
    thousands of rows by comparing each with each: minutes instead of milliseconds.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
