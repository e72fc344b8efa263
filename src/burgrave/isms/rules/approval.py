"""When a version may be approved, and in which state a statement is."""

from __future__ import annotations

from collections.abc import Collection

from burgrave.isms.errors import Incomplete, OutdatedDigest, SeparationOfDuties, WrongState
from burgrave.isms.terms import Content, Party, Process, Scope, StatementState
from burgrave.web.terms import Actor, PersonId, UnitId


def state_of(*, version: int, approved_version: int, is_retired: bool) -> StatementState:
    if is_retired:
        return StatementState.RETIRED
    if not approved_version:
        return StatementState.DRAFT
    return StatementState.APPROVED if approved_version == version else StatementState.CHANGED


def must_be_apart(actor: Actor, authors: Collection[PersonId], *, permission: str, unit_id: UnitId, what: str) -> None:
    """Return when the actor wrote none of it, nor stands in for an author. Raises SeparationOfDuties."""
    for author in authors:
        if not actor.may_apart_from(author, permission, unit_id):
            raise SeparationOfDuties(
                "%(what)s was written by you or by somebody whom you stand in for",
                words={"what": what},
                mend="Ask somebody else who may approve.",
            )


def must_be_approvable(state: StatementState, *, what: str) -> None:
    """Return when a version waits for approval. Raises WrongState."""
    if state in {StatementState.APPROVED, StatementState.RETIRED}:
        raise WrongState(
            "%(what)s has no version that waits for approval", words={"what": what}, mend="Change it first."
        )


def must_be_shown(shown: str, digest: str, *, what: str) -> None:
    """Return when what was shown is what is there now. Raises OutdatedDigest."""
    if shown != digest:
        raise OutdatedDigest(
            "%(what)s has changed since you opened it; nothing was approved",
            words={"what": what},
            mend="Read the present version, then approve that.",
        )


def must_be_complete(content: Content, *, what: str) -> None:
    """Return when the content says what its clause asks for. Raises Incomplete."""
    match content:
        case Party() if not content.requirements:
            raise Incomplete(
                "%(what)s names no requirement (ISO/IEC 27001:2022, 4.2)",
                words={"what": what},
                mend="Write what the party requires, one a line.",
            )
        case Scope() if not (content.units or content.locations or content.services):
            raise Incomplete(
                "%(what)s has no boundary: neither unit nor location nor service (ISO/IEC 27001:2022, 4.3)",
                words={"what": what},
                mend="Name what lies within.",
            )
        case Process() if content.accountable is None or not content.responsible:
            raise Incomplete(
                "%(what)s needs exactly one who is accountable and at least one who is responsible",
                words={"what": what},
                mend="Choose who answers for it and who does it.",
            )
        case _:
            return
