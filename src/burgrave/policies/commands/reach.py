"""Rows that are changed, seen only by who may change them."""

from __future__ import annotations

from uuid import UUID

from burgrave.policies import models
from burgrave.policies.terms import READ
from burgrave.web.editing import Versioned
from burgrave.web.errors import NotFound, StaleEdit
from burgrave.web.terms import Actor, UnitId


def document_for(document_id: UUID, *, permission: str, actor: Actor) -> models.Document:
    """The document. Raises NotFound where the actor may not even read it, Forbidden without the permission."""
    row = models.Document.objects.filter(pk=document_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("no document with this identifier is visible to you")
    actor.must(permission, UnitId(row.unit_id))
    return row


def must_be_unchanged(row: Versioned | None, *, version: int) -> None:
    """Return when nobody changed it since ``version`` was seen; a row that does not exist has the version 0.

    Raises StaleEdit.
    """
    if row is None or row.version == version:
        return
    raise StaleEdit(
        "%(by)s changed this since you opened it; nothing was overwritten",
        words={"by": row.changed_by},
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        mend="Look at the present state, then enter your change again.",
    )
