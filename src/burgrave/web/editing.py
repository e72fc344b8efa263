"""Changes of what several people may have open: each is counted, and none overwrites what its author did not see."""

from __future__ import annotations

from datetime import datetime
from typing import NoReturn, Protocol

from burgrave.web.errors import StaleEdit
from burgrave.web.terms import Actor


class Versioned(Protocol):
    """A row that says how often it was changed, by whom and when."""

    version: int
    changed_by: str
    changed_at: datetime


def must_be_current(row: Versioned, *, version: int, name: str) -> None:
    """Return when nobody changed the row since ``version`` was read; people call it ``name``. Raises StaleEdit."""
    if row.version != version:
        refuse(name, by=row.changed_by, at=row.changed_at)


def refuse(name: str, *, by: str, at: datetime) -> NoReturn:
    """Raise StaleEdit: what is called ``name`` was changed by somebody else meanwhile."""
    raise StaleEdit(
        "%(name)s was changed by %(by)s since you opened it; nothing was overwritten",
        words={"name": name, "by": by},
        changed_by=by,
        changed_at=at,
        mend="Look at the present state, then enter your change again.",
    )


def touch(row: Versioned, *, actor: Actor, now: datetime) -> None:
    """The change is counted, with who made it and when; the caller saves the row."""
    row.version += 1
    row.changed_by, row.changed_at = actor.name, now
