"""The JSON API: the routers of the domains under one root, for whoever is signed in."""

from __future__ import annotations

from ninja import NinjaAPI
from ninja.security import SessionAuth

from burgrave import __version__
from burgrave.incidents.api import on_refusal, router
from burgrave.web.errors import Refusal

# No page of its own for trying it out: that page needs inline scripts, which the content security policy forbids.
api = NinjaAPI(title="Burgrave", version=__version__, docs_url=None, urls_namespace="api", auth=SessionAuth())
api.add_exception_handler(Refusal, on_refusal)  # type: ignore[arg-type]  # it hands over an instance, never the class
api.add_router("", router)
