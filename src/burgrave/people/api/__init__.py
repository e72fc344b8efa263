"""The JSON API of persons, units, roles, access, delegations and tokens: the same queries and commands as the pages."""

from ninja import Router

from burgrave.people.api.access import router as access
from burgrave.people.api.auth import TokenAuth
from burgrave.people.api.delegations import router as delegations
from burgrave.people.api.persons import router as persons
from burgrave.people.api.tokens import router as tokens
from burgrave.people.api.units import router as units

router = Router(tags=["people"])
for part in (persons, units, access, delegations, tokens):
    router.add_router("", part)

__all__ = ["TokenAuth", "router"]
