"""Decisions about access, without Django."""

from __future__ import annotations

import hashlib
import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import TypeAlias

from burgrave.people.errors import EndMissing, ExpiryHasPassed, LastAdministrator, SampleStaysApart, SelfGrant
from burgrave.people.errors import marked as _
from burgrave.people.rules import roles
from burgrave.people.rules.tree import Reach, Tree, tree_of
from burgrave.people.terms import GrantView, HeldGrant, PersonId, RoleCode, UnitId
from burgrave.people.terms.roles import ALWAYS_ENDING, LONGEST_OUTSIDE

__all__ = ["Reach", "Tree", "tree_of"]

Reaches: TypeAlias = Mapping[str, Reach]

SET_UP_LINK_LIFE = timedelta(hours=24)
INVITATION_LIFE = timedelta(days=7)
IDLE_LIMIT = timedelta(hours=8)
TOKEN_BYTES = 32


def holds(grant: HeldGrant, *, now: datetime) -> bool:
    """A grant ends at the instant of its expiry."""
    return grant.expires_at is None or now < grant.expires_at


def compile_allowed(grants: Iterable[HeldGrant], tree: Tree, *, now: datetime) -> Mapping[str, Reach]:
    """Every permission with the units where it holds at ``now``, units below included."""
    tops: dict[str, set[UnitId]] = defaultdict(set)
    for grant in grants:
        if holds(grant, now=now):
            for permission in grant.permissions:
                tops[permission].add(grant.unit_id)
    parts: dict[frozenset[UnitId], Reach] = {}
    allowed: dict[str, Reach] = {}
    for permission, units in tops.items():
        key = frozenset(units)
        if key not in parts:
            parts[key] = Reach(tree, tree.tops(key))
        if parts[key]:
            allowed[permission] = parts[key]
    return allowed


def reaches_of(allowed: Mapping[str, AbstractSet[UnitId]]) -> dict[str, Reach]:
    """What ``compile_allowed`` gave, out of an actor."""
    return {permission: reach for permission, reach in allowed.items() if isinstance(reach, Reach)}


def holding_everywhere(allowed: Mapping[str, Reach]) -> frozenset[str]:
    """The permissions that hold on every unit."""
    return frozenset(permission for permission, reach in allowed.items() if reach.is_everything)


def may_grant(asked: GrantView, *, by: PersonId | None, now: datetime, not_held: frozenset[str] = frozenset()) -> None:
    """Return when the grant may be made. Raises SelfGrant, PermissionNotHeld, ExpiryHasPassed or EndMissing.

    ``not_held`` is what ``roles.cannot_pass_on`` found.
    """
    if by is not None and asked.person_id == by:
        raise SelfGrant(
            _("%(name)s may not give a role to themselves"),
            mend=_("Ask another administrator to give the role."),
            name=asked.person_name,
        )
    roles.must_pass_on(not_held)
    if asked.expires_at is not None and asked.expires_at <= now:
        raise ExpiryHasPassed(
            _("a grant that ends in the past would never hold"),
            mend=_("Choose a day after today, or leave the end empty."),
        )
    if asked.role in ALWAYS_ENDING and (asked.expires_at is None or asked.expires_at - now > LONGEST_OUTSIDE):
        raise EndMissing(
            _("a role of people from outside is given until a day, at most a year away"),
            mend=_("Choose the last day of the audit."),
        )


def must_not_mix(one_is_sample: bool, other_is_sample: bool) -> None:  # noqa: FBT001 - two facts of one kind
    """Return when both are made up, or both are real. Raises SampleStaysApart."""
    if one_is_sample != other_is_sample:
        raise SampleStaysApart(
            _("what belongs to the sample and what is real stay apart"),
            mend=_("Choose within the sample, or outside of it."),
        )


def keeps_administrator(remaining: Iterable[PersonId], *, person_name: str) -> None:
    """Return when somebody remains who holds the role without an end. Raises LastAdministrator.

    ``remaining`` are the persons who could still sign in as administrator of the whole organisation afterwards.
    """
    if not tuple(remaining):
        raise LastAdministrator(
            _("%(name)s is the last administrator of the whole organisation"),
            mend=_("Make somebody else administrator of the whole organisation first, without an end."),
            name=person_name,
        )


def is_administrator_for_good(grant: HeldGrant, *, root_unit_id: UnitId) -> bool:
    return grant.role == RoleCode.ADMINISTRATOR and grant.unit_id == root_unit_id and grant.expires_at is None


def token_hash(token: str) -> str:
    """What is stored of a token: 32 random bytes need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_loopback(peer: str, *, host: str, forwarded: bool) -> bool:
    """True when the request was made on this machine.

    A request that a proxy forwarded comes from wherever the proxy's peer is, and one that names another host
    than a loopback name came through something too; neither counts, whatever the peer's address says.
    """
    if forwarded or not _is_loopback_name(_without_port(host)):
        return False
    return _is_loopback_address(peer)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_loopback_name(name: str) -> bool:
    return name.lower() == "localhost" or _is_loopback_address(name)


def _is_loopback_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def normal_email(text: str) -> str:
    """The one spelling under which an e-mail address is kept and looked up."""
    return text.strip().lower()
