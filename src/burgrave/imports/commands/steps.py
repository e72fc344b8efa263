"""What a person does with a file, step by step; each may be left and taken up again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.engines.blobs import Digest
from burgrave.engines.sheets import Choices, Mapped
from burgrave.imports import models, queries, rules
from burgrave.imports.errors import MappingIncomplete
from burgrave.imports.queries.imports import said_of, visible
from burgrave.imports.terms import (
    APPLY_JOB,
    CHECK_JOB,
    NAME_MAX,
    ImportId,
    ImportState,
    applying_key,
    checking_key,
    records,
)
from burgrave.jobs import commands as jobs
from burgrave.jobs import queries as job_queries
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.web.errors import NotFound, StaleEdit
from burgrave.web.terms import Actor


@transaction.atomic
def receive_file(digest: Digest, *, name: str, target: str, actor: Actor, now: datetime) -> ImportId:
    """The file waits to be looked at. Its bytes stand in the blob store already. Raises UnknownTarget, Forbidden."""
    actor.must_anywhere(queries.target(target).permission)
    shown = storable(name)[:255] or "unnamed"

    made = models.Import.objects.create(
        id=uuid4(),
        target=target,
        state=ImportState.RECEIVED,
        person_id=actor.person_id,
        name=shown,
        size_bytes=digest.size_bytes,
        sha256=digest.sha256,
        created_at=now,
        changed_at=now,
    )

    received = records.FileReceived(
        import_id=made.pk, target=target, sha256=digest.sha256, size_bytes=digest.size_bytes, name=Sealed(shown)
    )
    ledger.append(received, actor=actor, at=now)
    return ImportId(made.pk)


@transaction.atomic
def choose(import_id: UUID, choices: Choices, *, version: int, actor: Actor, now: datetime) -> None:
    """The file is read like this; what was said of its columns before is forgotten. Raises WrongState, StaleEdit."""
    found = _locked(import_id, actor=actor)
    _must_be_current(found, version=version)
    found.state = rules.step(ImportState(found.state), ImportState.RECEIVED)
    found.choices, found.columns, found.values = said_of(choices), None, {}
    _touch(found, now=now)
    _forget(found)


@transaction.atomic
def map_columns(
    import_id: UUID, mapped: Mapped, *, options: Mapping[str, str], version: int, actor: Actor, now: datetime
) -> None:
    """These columns fill these fields. Raises MappingIncomplete, WrongState, StaleEdit."""
    found = _locked(import_id, actor=actor)
    _must_be_current(found, version=version)
    target = queries.target(found.target)
    rules.must_be_complete(mapped, target.fields(actor=actor))
    known = {each.name for each in target.options(actor=actor)}

    found.state = rules.step(ImportState(found.state), ImportState.RECEIVED)
    found.columns = dict(mapped.columns)
    found.values = {name: dict(meant) for name, meant in mapped.values.items()}
    found.options = {name: value for name, value in options.items() if name in known}
    _touch(found, now=now)
    _forget(found)


@transaction.atomic
def save_mapping(import_id: UUID, *, name: str, actor: Actor, now: datetime) -> None:
    """What was said of the columns is kept under the name, in place of what had it before. Raises MappingIncomplete."""
    found = _locked(import_id, actor=actor)
    shown = storable(name).strip()
    if not 0 < len(shown) <= NAME_MAX or found.columns is None:
        raise MappingIncomplete(
            "a mapping that is kept has columns, and a name of 1 to %(most)s characters", words={"most": str(NAME_MAX)}
        )

    kept, _made = models.Mapping.objects.update_or_create(
        target=found.target,
        name=shown,
        defaults={"columns": found.columns, "values": found.values, "saved_by": actor.name, "saved_at": now},
    )

    saved = records.MappingSaved(mapping_id=kept.pk, target=found.target, name=Sealed(shown))
    ledger.append(saved, actor=actor, at=now)


@transaction.atomic
def start_check(import_id: UUID, *, actor: Actor, now: datetime) -> None:
    """A worker will say what the file would do, and change nothing. Raises WrongState."""
    found = _locked(import_id, actor=actor)
    state = _unless_given_up(found, now=now)
    found.state = rules.step(state, ImportState.CHECKING)
    # Done in the name of whoever asked last: the worker asks for the permissions of that person.
    found.person_id = actor.person_id
    _touch(found, now=now)
    _forget(found)
    jobs.enqueue(CHECK_JOB, {"import_id": str(import_id)}, now=now, unique_key=checking_key(import_id))


@transaction.atomic
def start_apply(import_id: UUID, *, version: int, actor: Actor, now: datetime) -> None:
    """A worker will do what the dry run said, all of it or nothing. Raises WrongState, StaleEdit."""
    found = _locked(import_id, actor=actor)
    _must_be_current(found, version=version)
    found.state = rules.step(_unless_given_up(found, now=now), ImportState.APPLYING)
    found.person_id = actor.person_id
    _touch(found, now=now)
    jobs.enqueue(APPLY_JOB, {"import_id": str(import_id)}, now=now, unique_key=applying_key(import_id))


@transaction.atomic
def cancel(import_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The worker stops, nothing was changed, and one may go on from the columns. Raises WrongState, JobError."""
    found = _locked(import_id, actor=actor)
    state = ImportState(found.state)
    key = applying_key if state is ImportState.APPLYING else checking_key
    after = ImportState.READY if state is ImportState.APPLYING else ImportState.RECEIVED
    found.state = rules.step(state, after)
    _touch(found, now=now)
    job = job_queries.progress_of(key(import_id), now=now)
    if job is not None and job.state.is_open:
        jobs.cancel(job.job_id, now=now)


@transaction.atomic
def discard(import_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Nothing of the file will be done. Raises WrongState."""
    found = _locked(import_id, actor=actor)
    found.state = rules.step(_unless_given_up(found, now=now), ImportState.DISCARDED)
    _touch(found, now=now)
    _forget(found)
    ledger.append(records.ImportDiscarded(import_id=import_id), actor=actor, at=now)


def _locked(import_id: UUID, *, actor: Actor) -> models.Import:
    """Raises NotFound where the actor does not see it."""
    if not visible(actor).filter(pk=import_id).exists():
        raise NotFound("no import with this identifier is visible to you")
    return models.Import.objects.select_for_update().get(pk=import_id)


def _must_be_current(found: models.Import, *, version: int) -> None:
    if found.version != version:
        raise StaleEdit(
            "%(name)s was changed since you opened it; nothing was overwritten",
            words={"name": found.name},
            changed_by="",
            changed_at=found.changed_at,
            mend="Look at its present state, then enter your change again.",
        )


def _unless_given_up(found: models.Import, *, now: datetime) -> ImportState:
    """The state from which a person goes on: of what a worker gave up, the one before."""
    state = ImportState(found.state)
    before = {
        ImportState.CHECKING: (checking_key, ImportState.RECEIVED),
        ImportState.APPLYING: (applying_key, ImportState.READY),
    }
    if state in before:
        key, earlier = before[state]
        job = job_queries.progress_of(key(found.pk), now=now)
        if job is None or not job.state.is_open:
            return earlier
    return state


def _touch(found: models.Import, *, now: datetime) -> None:
    found.version += 1
    found.changed_at, found.refusal = now, ""
    found.save()


def _forget(found: models.Import) -> None:
    """What the last dry run found."""
    found.faults.all().delete()
    found.found_changes.all().delete()
