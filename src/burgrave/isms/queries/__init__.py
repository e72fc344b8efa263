"""Every read of the management system: frozen rows out, only what the actor may see."""

from burgrave.isms.queries.finding import statement_entries
from burgrave.isms.queries.indicators import indicators, indicators_of, last_readings, readings
from burgrave.isms.queries.listing import narrowed
from burgrave.isms.queries.matrix import bearer_names, matrix
from burgrave.isms.queries.sources import SOURCES, Measured, Source
from burgrave.isms.queries.statements import ORDERS, in_force_on, objectives, statement, statements

__all__ = [
    "ORDERS",
    "SOURCES",
    "Measured",
    "Source",
    "bearer_names",
    "in_force_on",
    "indicators",
    "indicators_of",
    "last_readings",
    "matrix",
    "narrowed",
    "objectives",
    "readings",
    "statement",
    "statement_entries",
    "statements",
]
