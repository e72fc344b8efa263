"""The JSON API: the routers of the domains under one root, for whoever is signed in."""

from __future__ import annotations

from ninja.security import SessionAuth

from burgrave import __version__
from burgrave.assets.api import router as assets
from burgrave.assurance.api import router as assurance
from burgrave.custody.api import router as custody
from burgrave.detection.api import router as detection
from burgrave.events.api import router as events
from burgrave.imports.api import router as imports
from burgrave.incidents.api import router as incidents
from burgrave.intake.api import router as intake
from burgrave.isms.api import router as isms
from burgrave.ledger.api import router as ledger
from burgrave.lists.api import router as lists
from burgrave.notifications.api import router as notifications
from burgrave.operations.api import router as operations
from burgrave.people.api import TokenAuth
from burgrave.people.api import router as people
from burgrave.policies.api import router as policies
from burgrave.web.rest.api import BurgraveAPI

api = BurgraveAPI(title="Burgrave", version=__version__, urls_namespace="api", auth=[TokenAuth(), SessionAuth()])
api.add_router("", assets)
api.add_router("", imports)
api.add_router("", incidents)
api.add_router("", events)
api.add_router("", intake)
api.add_router("", detection)
api.add_router("", policies)
api.add_router("", assurance)
api.add_router("", isms)
api.add_router("", ledger)
api.add_router("", custody)
api.add_router("", operations)
api.add_router("", people)
api.add_router("", lists)
api.add_router("", notifications)
