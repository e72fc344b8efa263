"""Every read of the domain: frozen rows out, cut down to what the reader may see."""

from burgrave.people.queries.access import (
    actor_of,
    by_email,
    everybody,
    holders,
    names,
    narrowed_to,
    preferences_of,
    within,
)
from burgrave.people.queries.audiences import belonging, count_members, members_after, members_among
from burgrave.people.queries.contacts import contacts, grants_ending, ladder, roles_ending
from burgrave.people.queries.delegations import delegations_of, lendable, one_lendable, units_below
from burgrave.people.queries.explaining import askable_units, email_of, explain, person_id_by_email, who_may
from burgrave.people.queries.factors import (
    active_person,
    factor_due_at,
    factor_rules,
    factors_of,
    has_factor,
    linked_providers,
    passkeys_of,
    person_of_subject,
)
from burgrave.people.queries.finding import person_entries, unit_entries
from burgrave.people.queries.importing import MANAGE, PeopleSurvey, known_places, survey_people
from burgrave.people.queries.listing import narrowed
from burgrave.people.queries.organisation import (
    invitation,
    is_set_up,
    named_units,
    organisation,
    set_up_link_is_live,
    unit,
    unit_named,
    units_tree,
)
from burgrave.people.queries.persons import ORDERS, myself, person, persons
from burgrave.people.queries.privileged import privileged_factors
from burgrave.people.queries.rights import rights
from burgrave.people.queries.roles import role, roles
from burgrave.people.queries.samples import sample_holders, sample_persons, sample_units, units_above
from burgrave.people.queries.sessions import sessions_of
from burgrave.people.queries.tokens import actor_by_token, present, tokens_of
from burgrave.people.rules.importing import FIELDS as PERSON_FIELDS
from burgrave.people.rules.importing import ParsedPeople
from burgrave.people.rules.importing import parse as parse_people

__all__ = [
    "MANAGE",
    "ORDERS",
    "PERSON_FIELDS",
    "ParsedPeople",
    "PeopleSurvey",
    "active_person",
    "actor_by_token",
    "actor_of",
    "askable_units",
    "belonging",
    "by_email",
    "contacts",
    "count_members",
    "delegations_of",
    "email_of",
    "everybody",
    "explain",
    "factor_due_at",
    "factor_rules",
    "factors_of",
    "grants_ending",
    "has_factor",
    "holders",
    "invitation",
    "is_set_up",
    "known_places",
    "ladder",
    "lendable",
    "linked_providers",
    "members_after",
    "members_among",
    "myself",
    "named_units",
    "names",
    "narrowed",
    "narrowed_to",
    "one_lendable",
    "organisation",
    "parse_people",
    "passkeys_of",
    "person",
    "person_entries",
    "person_id_by_email",
    "person_of_subject",
    "persons",
    "preferences_of",
    "present",
    "privileged_factors",
    "rights",
    "role",
    "roles",
    "roles_ending",
    "sample_holders",
    "sample_persons",
    "sample_units",
    "sessions_of",
    "set_up_link_is_live",
    "survey_people",
    "tokens_of",
    "unit",
    "unit_entries",
    "unit_named",
    "units_above",
    "units_below",
    "units_tree",
    "who_may",
    "within",
]
