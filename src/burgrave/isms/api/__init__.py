"""The JSON API of the management system: the same queries and commands as the pages."""

from ninja import Router

from burgrave.isms.api.applicability import router as applicability
from burgrave.isms.api.calendar import router as calendar
from burgrave.isms.api.meetings import router as meetings
from burgrave.isms.api.reviews import router as reviews
from burgrave.isms.api.statements import router as statements

router = Router(tags=["isms"])
for each in (statements, meetings, reviews, calendar, applicability):
    router.add_router("", each)

__all__ = ["router"]
