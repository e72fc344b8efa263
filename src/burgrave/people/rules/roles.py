"""Who may put which permission into a role, and give which role."""

from __future__ import annotations

from collections.abc import Callable

from burgrave.people.errors import PermissionNotHeld, SelfGrant
from burgrave.people.errors import marked as _
from burgrave.people.terms.roles import APPOINT, PERMISSIONS
from burgrave.web.errors import BadInput


def cannot_pass_on(permissions: frozenset[str], *, holds: Callable[[str], bool]) -> frozenset[str]:
    """The permissions that the giver neither holds nor may appoint others to. ``holds`` speaks of one place."""
    if holds(APPOINT):
        return frozenset()
    return frozenset(permission for permission in permissions if not holds(permission))


def must_pass_on(not_held: frozenset[str]) -> None:
    """Return when nothing is passed on that the giver does not hold. Raises PermissionNotHeld."""
    if not_held:
        raise PermissionNotHeld(
            _("you cannot pass on what you do not hold here yourself: %(permissions)s"),
            mend=_("Ask an administrator who may appoint others here."),
            permissions=", ".join(sorted(not_held)),
        )


def must_be_known(permissions: frozenset[str]) -> None:
    """Return when the role has at least one permission and all of them exist. Raises BadInput."""
    if not permissions:
        raise BadInput("a role needs at least one permission", mend="Choose what the role allows.")
    if unknown := permissions - PERMISSIONS:
        raise BadInput(
            "there is no permission %(permissions)s",
            words={"permissions": ", ".join(sorted(unknown))},
            mend="Choose among the permissions that Burgrave knows.",
        )


def must_not_widen_oneself(added: frozenset[str], *, holds_role: bool, holds: Callable[[str], bool]) -> None:
    """Return when the change of the role gives whoever makes it nothing new. Raises SelfGrant."""
    gained = frozenset(permission for permission in added if not holds(permission))
    if holds_role and gained:
        raise SelfGrant(
            _("you hold this role yourself, and would give yourself %(permissions)s"),
            mend=_("Ask another administrator to change the role."),
            permissions=", ".join(sorted(gained)),
        )
