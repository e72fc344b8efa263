"""API tokens: what one may be made for, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from burgrave.people.errors import ExpiryHasPassed, PermissionNotHeld, TokenTooLong
from burgrave.people.errors import marked as _
from burgrave.people.rules.tree import Reach
from burgrave.people.terms import UnitId

PREFIX = "bgv_"
"""Begins every token, so that a scanner for secrets finds one that lies where it should not."""
HINT_LENGTH = len(PREFIX) + 4
LONGEST = timedelta(days=366)
MOST_LIVE = 50
USED_EVERY = timedelta(minutes=1)


def must_end_in_time(expires_at: datetime, *, now: datetime) -> None:
    """Return when the token ends in the future, at most a year away. Raises ExpiryHasPassed or TokenTooLong."""
    if expires_at <= now:
        raise ExpiryHasPassed(_("a token that ends in the past would never work"), mend=_("Choose a day after today."))
    if expires_at - now > LONGEST:
        raise TokenTooLong(_("a token ends at most a year from now"), mend=_("Choose an earlier day."))


def must_be_held(asked: frozenset[str], *, held: frozenset[str]) -> None:
    """Return when whoever makes the token holds all of it there. Raises PermissionNotHeld."""
    if missing := asked - held:
        raise PermissionNotHeld(
            _("a token gives nothing that you do not hold yourself: %(permissions)s"),
            mend=_("Leave it out."),
            permissions=", ".join(sorted(missing)),
        )


def narrowed(allowed: Mapping[str, Reach], *, permissions: frozenset[str], unit_id: UnitId | None) -> dict[str, Reach]:
    """Of what the owner may at this moment, what the token was made for: never more."""
    found: dict[str, Reach] = {}
    for permission in permissions & allowed.keys():
        reach = allowed[permission]
        if unit_id is not None:
            cut = (reach.tree.common(top, unit_id) for top in reach.tops)
            reach = Reach(reach.tree, reach.tree.tops(top for top in cut if top is not None))
        if reach:
            found[permission] = reach
    return found
