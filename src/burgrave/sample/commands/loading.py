"""The sample is loaded, part by part, by the commands of the domains that own the parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from burgrave.ledger import commands as ledger
from burgrave.people import commands as people
from burgrave.sample import models, queries
from burgrave.sample.commands import (
    applicability,
    chain,
    duties,
    governance,
    hearing,
    inventory,
    library,
    organisation,
    story,
)
from burgrave.sample.commands.asking import already_loaded, must_manage
from burgrave.sample.commands.making import Loading
from burgrave.sample.commands.removing import Progress, quiet, remove
from burgrave.sample.rules import content
from burgrave.sample.terms import Counts, Desk, SampleBegun, SampleLoaded, Wanted
from burgrave.web.terms import Actor

Part = Callable[[Loading], None]
PARTS: Final[tuple[tuple[str, Part], ...]] = (
    ("people", organisation.load_people),
    ("assets", inventory.load_assets),
    ("standard", applicability.load_standard),
    ("policies", library.load_documents),
    ("incidents", story.load_incidents),
    ("log sources", hearing.load_log_sources),
    ("chain", chain.load_chain),
    ("duties", duties.load_duties),
    ("applicability", applicability.load_applicability),
    ("management system", governance.load_governance),
)
"""What is loaded for each copy of the company, lowest floor first. A domain that joins adds its part here."""


def load(wanted: Wanted, *, desk: Desk, actor: Actor, now: datetime, progress: Progress = quiet) -> Counts:
    """The sample stands below a unit of its own. What an interrupted attempt left is removed before.

    Each part is a transaction of its own, so that others can work meanwhile. Raises AlreadyLoaded, NotSetUp, Forbidden.
    """
    must_manage(actor)
    before = queries.state()
    if before is not None:
        if before.loaded_at is not None:
            raise already_loaded()
        remove(actor=actor, now=now)

    loading = _begin(wanted, desk=desk, actor=actor, now=now)
    steps = list(_steps(loading))
    for done, (note, step) in enumerate(steps):
        progress(done, len(steps), note)
        step()
    progress(len(steps), len(steps), "")
    return _end(loading)


def _steps(loading: Loading) -> Iterator[tuple[str, Callable[[], None]]]:
    for copy in range(loading.wanted.scale):
        for name, part in PARTS:

            def step(copy: int = copy, part: Part = part) -> None:
                loading.copy = copy
                part(loading)

            yield name if loading.wanted.scale == 1 else f"{name} {copy + 1}", step


@transaction.atomic
def _begin(wanted: Wanted, *, desk: Desk, actor: Actor, now: datetime) -> Loading:
    name = content.units()[0].name.said(wanted.tongue)
    root = people.add_sample_root(name=name, actor=actor, now=now)
    models.Sample.objects.create(root_id=root, tongue=wanted.tongue, seed=wanted.seed, scale=wanted.scale, begun_at=now)

    begun = SampleBegun(root_unit_id=UUID(str(root)), tongue=wanted.tongue, seed=wanted.seed, scale=wanted.scale)
    ledger.append(begun, actor=actor, at=now)
    return Loading(wanted=wanted, desk=desk, actor=actor, now=now, root=root, counts=Counts(units=1))


@transaction.atomic
def _end(loading: Loading) -> Counts:
    counts = loading.counts
    models.Sample.objects.update(loaded_at=loading.now, counts=asdict(counts))

    ledger.append(SampleLoaded(**asdict(counts)), actor=loading.actor, at=loading.now)
    return counts
