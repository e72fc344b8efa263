"""The role table follows the code."""

from __future__ import annotations

from burgrave.people import models
from burgrave.people.terms import ROLE_NAMES, ROLES


def write_roles(*, using: str = "default") -> None:
    """Every shipped role stands in the table with its current permissions; rows that agree stay untouched."""
    written = {role.code: role for role in models.Role.objects.using(using).all()}
    for code, permissions in ROLES.items():
        name, wanted = ROLE_NAMES[code], sorted(permissions)
        role = written.get(code)
        if role is None or (role.name, role.permissions) != (name, wanted):
            models.Role(code=code, name=name, permissions=wanted).save(using=using)
