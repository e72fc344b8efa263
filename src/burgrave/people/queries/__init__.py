"""Every read of the domain: frozen rows out, cut down to what the reader may see."""

from burgrave.people.queries.access import actor_of, by_email, everybody, holders, names, preferences_of
from burgrave.people.queries.organisation import (
    invitation,
    is_set_up,
    named_units,
    organisation,
    set_up_link_is_live,
    unit,
    units_tree,
)
from burgrave.people.queries.persons import ORDERS, myself, person, persons

__all__ = [
    "ORDERS",
    "actor_of",
    "by_email",
    "everybody",
    "holders",
    "invitation",
    "is_set_up",
    "myself",
    "named_units",
    "names",
    "organisation",
    "person",
    "persons",
    "preferences_of",
    "set_up_link_is_live",
    "unit",
    "units_tree",
]
