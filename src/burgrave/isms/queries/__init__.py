"""Every read of the management system: frozen rows out, only what the actor may see."""

from burgrave.isms.queries.applicability import soa, soa_framework, soa_frameworks, soa_live, soa_rows
from burgrave.isms.queries.calendar import (
    calendar,
    decisions_due,
    feed_owner,
    feeds_of,
    meetings_planned,
    readings_due,
    reviews_planned,
    soa_reviews,
    statement_reviews,
)
from burgrave.isms.queries.finding import statement_entries
from burgrave.isms.queries.indicators import indicators, indicators_of, last_readings, readings
from burgrave.isms.queries.listing import narrowed
from burgrave.isms.queries.matrix import bearer_names, matrix
from burgrave.isms.queries.maturity import maturity
from burgrave.isms.queries.meetings import (
    DECISION_ORDERS,
    agenda,
    committee,
    committees,
    decision,
    decisions,
    decisions_of_review,
    is_overdue,
    meeting,
    meetings_between,
    open_decisions,
)
from burgrave.isms.queries.overview import cycle
from burgrave.isms.queries.reviews import management_review, management_reviews, review_by_number
from burgrave.isms.queries.sources import SOURCES, Measured, Source
from burgrave.isms.queries.statements import ORDERS, in_force_on, objectives, statement, statements

__all__ = [
    "DECISION_ORDERS",
    "ORDERS",
    "SOURCES",
    "Measured",
    "Source",
    "agenda",
    "bearer_names",
    "calendar",
    "committee",
    "committees",
    "cycle",
    "decision",
    "decisions",
    "decisions_due",
    "decisions_of_review",
    "feed_owner",
    "feeds_of",
    "in_force_on",
    "indicators",
    "indicators_of",
    "is_overdue",
    "last_readings",
    "management_review",
    "management_reviews",
    "matrix",
    "maturity",
    "meeting",
    "meetings_between",
    "meetings_planned",
    "narrowed",
    "objectives",
    "open_decisions",
    "readings",
    "readings_due",
    "review_by_number",
    "reviews_planned",
    "soa",
    "soa_framework",
    "soa_frameworks",
    "soa_live",
    "soa_reviews",
    "soa_rows",
    "statement",
    "statement_entries",
    "statement_reviews",
    "statements",
]
