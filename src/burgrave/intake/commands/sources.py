"""The register of log sources."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.intake import models
from burgrave.intake.commands.listening import ask_for_listener
from burgrave.intake.commands.loading import fill, link_assets, locked, must_be_current, must_be_whole
from burgrave.intake.commands.tokens import revoke_all
from burgrave.intake.errors import NameTaken, WrongKind
from burgrave.intake.queries.finding import entry_of
from burgrave.intake.rules import lifecycle
from burgrave.intake.terms import MANAGE, LogSourceFacts, LogSourceId, SourceKind, SourceState, records
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.lists import commands as lists
from burgrave.web.editing import touch
from burgrave.web.terms import Actor


@transaction.atomic
def add_log_source(facts: LogSourceFacts, *, actor: Actor, now: datetime) -> LogSourceId:
    """The source stands in the register and is listened to. Raises NameTaken, BadInput, Forbidden."""
    actor.must(MANAGE, facts.unit_id)
    must_be_whole(facts, actor=actor)
    _must_be_free(facts, but=None)

    row = models.LogSource(
        id=uuid4(), state=SourceState.ACTIVE, heard_since=now, added_at=now, changed_by=actor.name, changed_at=now
    )
    fill(row, facts)
    row.save(force_insert=True)
    link_assets(row, facts.asset_ids)
    lists.index([entry_of(row)])
    ask_for_listener(row.kind)

    ledger.append(
        records.LogSourceAdded(
            log_source_id=row.pk,
            unit_id=facts.unit_id,
            source_kind=facts.kind,
            silent_after_seconds=row.silent_after_seconds or 0,
            name=Sealed(row.name),
        ),
        actor=actor,
        at=now,
    )
    return LogSourceId(row.pk)


@transaction.atomic
def edit_log_source(log_source_id: UUID, facts: LogSourceFacts, *, version: int, actor: Actor, now: datetime) -> None:
    """The source is as the facts say; its kind stays. Raises StaleEdit, NameTaken, WrongKind, NotFound, Forbidden."""
    row = locked(log_source_id, permission=MANAGE, actor=actor)
    if facts.unit_id != row.unit_id:
        actor.must(MANAGE, facts.unit_id)

    must_be_current(row, version=version)
    if facts.kind != SourceKind(row.kind):
        raise WrongKind("a log source keeps its kind", mend="Retire this one, and add another.")
    must_be_whole(
        facts, actor=actor, kept=row.asset_links.values_list("asset_id", flat=True), kept_mapping=row.event_mapping_id
    )
    _must_be_free(facts, but=row.pk)

    changed = list(fill(row, facts))
    if link_assets(row, facts.asset_ids):
        changed.append("assets")
    if not changed:
        return
    touch(row, actor=actor, now=now)
    row.save()
    lists.index([entry_of(row)])

    ledger.append(
        records.LogSourceChanged(
            log_source_id=row.pk,
            fields=tuple(sorted(changed)),
            silent_after_seconds=row.silent_after_seconds or 0,
            name=Sealed(row.name),
        ),
        actor=actor,
        at=now,
    )


@transaction.atomic
def move_log_source(
    log_source_id: UUID, to: SourceState, *, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    """The source is listened to again, paused, or retired with its tokens. Raises SourceStep, StaleEdit, NotFound."""
    row = locked(log_source_id, permission=MANAGE, actor=actor)

    must_be_current(row, version=version)
    row.state = lifecycle.step(SourceState(row.state), to, reason=reason)

    if to is SourceState.ACTIVE:
        row.heard_since = now
    if to is SourceState.RETIRED:
        revoke_all(row, actor=actor, now=now)
    touch(row, actor=actor, now=now)
    row.save()

    moved = records.LogSourceMoved(log_source_id=row.pk, state=to, reason=Sealed(reason.strip()))
    ledger.append(moved, actor=actor, at=now)


def _must_be_free(facts: LogSourceFacts, *, but: UUID | None) -> None:
    others = models.LogSource.objects.filter(unit_id=facts.unit_id, name=facts.name.strip())
    if (others.exclude(pk=but) if but else others).exists():
        raise NameTaken(
            "the unit has a log source named %(name)s already",
            words={"name": facts.name.strip()},
            mend="Give it a name that tells the two apart.",
        )
