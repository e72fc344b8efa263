"""What a worker does with a file. Everything runs inside the effects of its lease."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.imports import models, queries, rules
from burgrave.imports.errors import NotAsPlanned
from burgrave.imports.terms import (
    MOST_CHANGES,
    MOST_FAULTS,
    ImportState,
    ImportTarget,
    Outcome,
    Plan,
    Source,
    records,
)
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import storable
from burgrave.people import queries as people
from burgrave.web.terms import Actor

AT_ONCE = 2_000


def begin(import_id: UUID, state: ImportState, *, now: datetime) -> tuple[ImportTarget, Source, Actor] | None:
    """The target, the file, and the person in whose name it is done; None when the import is not in that state.

    Raises BlobMissing, BlobDamaged.
    """
    found = models.Import.objects.filter(pk=import_id, state=state).first()
    if found is None or found.person_id is None:
        return None
    return queries.target(found.target), queries.source_of(found), people.actor_of(found.person_id, now)


@transaction.atomic
def keep_plan(import_id: UUID, plan: Plan, *, actor: Actor, now: datetime) -> None:
    """What the dry run found can be looked at. Nothing happens when the check was cancelled meanwhile."""
    found = _in_state(import_id, ImportState.CHECKING)
    if found is None:
        return
    found.state = rules.step(ImportState.CHECKING, rules.after_check(plan))
    found.rows, found.new, found.changed, found.same = plan.rows, plan.new, plan.changed, plan.same
    found.fault_count, found.notes = plan.fault_count, [rules.kept(each) for each in plan.notes]
    found.figures = _figures(plan.figures)
    _touch(found, now=now)
    found.faults.all().delete()
    found.found_changes.all().delete()
    models.FoundFault.objects.bulk_create(
        (
            models.FoundFault(
                of=found,
                place=place,
                line=fault.line,
                column=storable(fault.column),
                found=storable(fault.found)[:1_000],
                expected=storable(fault.expected),
                mend=storable(fault.mend),
                said={"expected": rules.kept(fault.expected), "mend": rules.kept(fault.mend)},
                cells=[storable(cell)[:1_000] for cell in fault.cells],
            )
            for place, fault in enumerate(plan.faults[:MOST_FAULTS])
        ),
        batch_size=500,
    )
    models.FoundChange.objects.bulk_create(
        (
            models.FoundChange(
                of=found,
                place=place,
                line=change.line,
                key=change.key,
                name=storable(change.name),
                fields=[[storable(part)[:500] for part in each] for each in change.fields],
            )
            for place, change in enumerate(plan.changes[:MOST_CHANGES])
        ),
        batch_size=500,
    )
    checked = records.FileChecked(
        import_id=import_id,
        sha256=found.sha256,
        new=plan.new,
        changed=plan.changed,
        same=plan.same,
        faults=plan.fault_count,
    )
    ledger.append(checked, actor=actor, at=now)


@transaction.atomic
def refuse(import_id: UUID, sentence: str, *, state: ImportState, now: datetime) -> None:
    """The file cannot be read, or cannot be done as things stand, and the sentence says why."""
    found = _in_state(import_id, state)
    if found is not None:
        found.state = rules.step(state, ImportState.FOUND_WRONG)
        _touch(found, now=now)
        found.refusal, found.refusal_said = storable(sentence)[:2_000], rules.kept(sentence)
        found.save(update_fields=["refusal", "refusal_said"])


@transaction.atomic
def apply_prepared(import_id: UUID, write: Callable[[], Outcome], *, actor: Actor, now: datetime) -> None:
    """Everything in the file is done, and that is recorded with its digest; all of it or nothing.

    Raises NotAsPlanned when more or less would be done than the dry run had said, and what the target refuses.
    """
    found = _in_state(import_id, ImportState.APPLYING)
    if found is None:
        return
    outcome = write()
    if not rules.is_as_planned(outcome, new=found.new, changed=found.changed, same=found.same):
        raise NotAsPlanned(
            "since the dry run other people changed what this file is about; nothing was written",
            mend="Check the file once more, and look at what it would change now.",
        )
    found.state = rules.step(ImportState.APPLYING, ImportState.APPLIED)
    found.figures = _figures(outcome.figures) or found.figures
    _touch(found, now=now)
    touched = [(key, True) for key in outcome.new] + [(key, False) for key in outcome.changed]
    for start in range(0, len(touched), AT_ONCE):
        models.Touched.objects.bulk_create(
            models.Touched(of=found, subject=key, is_new=is_new) for key, is_new in touched[start : start + AT_ONCE]
        )
    applied = records.FileApplied(
        import_id=import_id,
        target=found.target,
        sha256=found.sha256,
        new=found.new,
        changed=found.changed,
        same=found.same,
    )
    ledger.append(applied, actor=actor, at=now)


def _figures(figures: Sequence[tuple[str, int]]) -> list[list[object]]:
    return [[rules.kept(words), count] for words, count in figures]


def _in_state(import_id: UUID, state: ImportState) -> models.Import | None:
    return models.Import.objects.select_for_update().filter(pk=import_id, state=state).first()


def _touch(found: models.Import, *, now: datetime) -> None:
    found.version += 1
    found.changed_at, found.refusal = now, ""
    found.save()
