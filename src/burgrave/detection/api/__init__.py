"""The JSON API of detection as content: the same queries and commands as the pages."""

from ninja import Router

from burgrave.detection.api.attack import router as attack
from burgrave.detection.api.layers import router as layers
from burgrave.detection.api.library import router as library
from burgrave.detection.api.placeholders import router as placeholders
from burgrave.detection.api.trials import router as trials

router = Router(tags=["detection"])
for each in (attack, library, layers, placeholders, trials):
    router.add_router("", each)

__all__ = ["router"]
