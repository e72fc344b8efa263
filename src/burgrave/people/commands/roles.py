"""Roles: the shipped ones follow the code, the organisation's own are made, changed, retired."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.people import models
from burgrave.people.commands.loading import lock_organisation, must_be_current, touch
from burgrave.people.errors import RoleInUse, RoleIsFixed, RoleNameTaken
from burgrave.people.rules import roles
from burgrave.people.terms import ROLE_NAMES, ROLES, RoleDeleted, RoleEdited, RoleMade, RoleRetired
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor


def write_roles(*, using: str = "default") -> None:
    """Every shipped role stands in the table with its current permissions; rows that agree stay untouched."""
    written = {role.code: role for role in models.Role.objects.using(using).all()}
    for code, permissions in ROLES.items():
        name, wanted = ROLE_NAMES[code], sorted(permissions)
        role = written.get(code)
        if role is None or (role.name, role.permissions) != (name, wanted):
            models.Role(code=code, name=name, permissions=wanted).save(using=using)


@transaction.atomic
def make_role(*, name: str, note: str, permissions: frozenset[str], actor: Actor, now: datetime) -> str:
    """The organisation has a role of its own; the answer is its code.

    Raises PermissionNotHeld, RoleNameTaken, BadInput or Forbidden.
    """
    lock_organisation()
    must_manage_roles(actor)

    roles.must_be_known(permissions)
    roles.must_pass_on(roles.cannot_pass_on(permissions, holds=actor.may_everywhere))
    _must_be_a_new_name(name, besides="")

    role = models.Role.objects.create(
        code=uuid4().hex,
        name=name.strip(),
        note=note.strip(),
        permissions=sorted(permissions),
        made_at=now,
        changed_by=actor.name,
        changed_at=now,
    )

    ledger.append(
        RoleMade(role=role.code, permissions=tuple(role.permissions), name=Sealed(role.name), note=Sealed(role.note)),
        actor=actor,
        at=now,
    )
    return role.code


@transaction.atomic
def edit_role(
    code: str, *, name: str, note: str, permissions: frozenset[str], version: int, actor: Actor, now: datetime
) -> None:
    """Whoever holds the role may exactly this from now on.

    Nobody widens a role that they hold themselves. Raises SelfGrant, PermissionNotHeld, RoleIsFixed, RoleNameTaken,
    StaleEdit, BadInput, NotFound or Forbidden.
    """
    lock_organisation()
    role = _lock_own_role(code, actor=actor)

    must_be_current(role, version=version)
    before = frozenset(role.permissions)
    added = permissions - before
    roles.must_be_known(permissions)
    roles.must_pass_on(roles.cannot_pass_on(added, holds=actor.may_everywhere))
    holds_role = models.Grant.objects.filter(
        role=role, person_id__in=[actor.person_id] if actor.person_id else []
    ).exists()
    roles.must_not_widen_oneself(added, holds_role=holds_role, holds=actor.may_everywhere)
    _must_be_a_new_name(name, besides=code)

    role.name, role.note, role.permissions = name.strip(), note.strip(), sorted(permissions)
    touch(role, actor=actor, now=now)
    role.save()

    ledger.append(
        RoleEdited(
            role=code,
            permissions=tuple(role.permissions),
            added=tuple(sorted(added)),
            removed=tuple(sorted(before - permissions)),
            name=Sealed(role.name),
            note=Sealed(role.note),
        ),
        actor=actor,
        at=now,
    )


@transaction.atomic
def retire_role(code: str, *, version: int, actor: Actor, now: datetime) -> None:
    """Nobody gets the role any more; whoever holds it keeps it.

    Raises RoleIsFixed, StaleEdit, NotFound or Forbidden.
    """
    lock_organisation()
    role = _lock_own_role(code, actor=actor)

    must_be_current(role, version=version)
    if role.retired_at is not None:
        return

    role.retired_at = now
    touch(role, actor=actor, now=now)
    role.save()

    ledger.append(RoleRetired(role=code), actor=actor, at=now)


@transaction.atomic
def delete_role(code: str, *, version: int, actor: Actor, now: datetime) -> None:
    """The role is gone. Raises RoleInUse where a grant names it, RoleIsFixed, StaleEdit, NotFound or Forbidden."""
    lock_organisation()
    role = _lock_own_role(code, actor=actor)

    must_be_current(role, version=version)
    if models.Grant.objects.filter(role=role).exists():
        raise RoleInUse(
            _("somebody was given the role %(name)s") % {"name": role.name},
            mend=_("Retire it: then nobody gets it any more, and what was given can be seen and taken back."),
        )

    role.delete()

    ledger.append(RoleDeleted(role=code), actor=actor, at=now)


def must_manage_roles(actor: Actor) -> None:
    """Return when the actor manages the whole organisation: a role reaches wherever it is given. Raises Forbidden."""
    if not actor.may_everywhere("people.manage"):
        raise Forbidden(
            "only whoever manages the people of the whole organisation makes and changes roles",
            mend="Ask an administrator of the whole organisation.",
        )


def _lock_own_role(code: str, *, actor: Actor) -> models.Role:
    role = models.Role.objects.select_for_update().filter(pk=code).first()
    must_manage_roles(actor)
    if role is None:
        raise NotFound("there is no role with this code")
    if role.made_at is None:
        raise RoleIsFixed(
            _("the role %(name)s ships with Burgrave and follows the program") % {"name": role.name},
            mend=_("Make a role of your own with what you need."),
        )
    return role


def _must_be_a_new_name(name: str, *, besides: str) -> None:
    wanted = name.strip()
    if not wanted:
        raise BadInput("a role needs a name")
    shipped = {str(shown).casefold() for shown in ROLE_NAMES.values()}
    if wanted.casefold() in shipped or models.Role.objects.filter(name__iexact=wanted).exclude(pk=besides).exists():
        raise RoleNameTaken(_("there is a role %(name)s already") % {"name": wanted}, mend=_("Choose another name."))
