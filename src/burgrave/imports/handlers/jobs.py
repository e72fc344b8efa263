"""A worker reads a file and says what it would do, or does it.

Reading happens before the transaction, with progress; only the writing happens inside. A worker that is killed has
written nothing, and the next one begins again.
"""

from __future__ import annotations

from uuid import UUID

from burgrave.engines.blobs import BlobError
from burgrave.engines.sheets import SheetError
from burgrave.imports import commands, rules
from burgrave.imports.terms import ImportState
from burgrave.jobs.errors import JobError
from burgrave.jobs.terms import Args, Lease
from burgrave.web.errors import Refusal, Said


def check_file(lease: Lease, args: Args) -> None:
    """What the file would do stands beside it, or why it cannot be read."""
    import_id = UUID(str(args["import_id"]))
    try:
        begun = commands.begin(import_id, ImportState.CHECKING, now=lease.now())
        if begun is None:
            return
        target, source, actor = begun
        plan = target.plan(source, actor=actor, now=lease.now(), tell=lease.progress)
    except JobError:
        raise
    except (SheetError, BlobError, Refusal) as refusal:
        with lease.final_effects():
            commands.refuse(import_id, _sentence(refusal), state=ImportState.CHECKING, now=lease.now())
        return
    with lease.final_effects():
        commands.keep_plan(import_id, plan, actor=actor, now=lease.now())


def apply_file(lease: Lease, args: Args) -> None:
    """Everything in the file is done, or nothing and the reason stands beside it."""
    import_id = UUID(str(args["import_id"]))
    try:
        begun = commands.begin(import_id, ImportState.APPLYING, now=lease.now())
        if begun is None:
            return
        target, source, actor = begun
        write = target.prepare(source, actor=actor, now=lease.now(), tell=lease.progress)
        with lease.final_effects():
            commands.apply_prepared(import_id, write, actor=actor, now=lease.now())
    except JobError:
        raise
    except (SheetError, BlobError, Refusal) as refusal:
        with lease.final_effects():
            commands.refuse(import_id, _sentence(refusal), state=ImportState.APPLYING, now=lease.now())


def _sentence(refusal: SheetError | BlobError | Refusal) -> str:
    """What is shown on the page of the import, with the mend where there is one."""
    if isinstance(refusal, SheetError):
        return rules.said(refusal.said)
    if not isinstance(refusal, Refusal):
        return str(refusal)
    why = Said(refusal.sentence, refusal.words)
    return Said("%(why)s %(mend)s", {"why": why, "mend": Said(refusal.mend)}) if refusal.mend else why
