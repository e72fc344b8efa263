"""The JSON API of the management system: the same queries and commands as the pages."""

from ninja import Router

from burgrave.isms.api.applicability import router as applicability
from burgrave.isms.api.calendar import router as calendar
from burgrave.isms.api.committees import router as committees
from burgrave.isms.api.maturity import router as maturity
from burgrave.isms.api.meetings import router as meetings
from burgrave.isms.api.minutes import router as minutes
from burgrave.isms.api.reviews import router as reviews
from burgrave.isms.api.statements import router as statements

router = Router(tags=["isms"])
for each in (statements, committees, meetings, minutes, reviews, calendar, applicability, maturity):
    router.add_router("", each)

__all__ = ["router"]
