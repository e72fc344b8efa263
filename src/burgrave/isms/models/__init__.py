"""Tables of the management system."""

from burgrave.isms.models.applicability import Applicability, StatementOfApplicability
from burgrave.isms.models.maturity import Rating
from burgrave.isms.models.meetings import Committee, Decision, Meeting, Member
from burgrave.isms.models.reviews import CalendarFeed, Review
from burgrave.isms.models.statements import Counter, Reading, Statement, Version

__all__ = [
    "Applicability",
    "CalendarFeed",
    "Committee",
    "Counter",
    "Decision",
    "Meeting",
    "Member",
    "Rating",
    "Reading",
    "Review",
    "Statement",
    "StatementOfApplicability",
    "Version",
]
