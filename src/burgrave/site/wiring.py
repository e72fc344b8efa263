"""Who acts on which news, and which function runs which kind of job. The worker hands both tables down."""

from __future__ import annotations

from burgrave.incidents import handlers as incidents
from burgrave.incidents.handlers.sample import on_organisation_set_up
from burgrave.jobs.terms import JobFunction
from burgrave.ledger.terms import Handler, Record
from burgrave.people.terms import OrganisationSetUp

HANDLERS: dict[type[Record], tuple[Handler, ...]] = {
    OrganisationSetUp: (on_organisation_set_up,),
}

JOBS: dict[str, JobFunction] = {
    "incidents.read_event_file": incidents.read_event_file,
}
