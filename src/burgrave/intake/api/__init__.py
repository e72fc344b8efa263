"""The JSON API of log sources and event mappings: the same queries and commands as the pages."""

from ninja import Router

from burgrave.intake.api.log_sources import router as log_sources
from burgrave.intake.api.mappings import router as mappings
from burgrave.intake.api.streams import router as streams

router = Router(tags=["log sources"])
for each in (log_sources, mappings, streams):
    router.add_router("", each)

__all__ = ["router"]
