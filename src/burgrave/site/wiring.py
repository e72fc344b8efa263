"""Who acts on which news, and which function runs which kind of job. The worker hands both tables down."""

from __future__ import annotations

from burgrave.incidents import handlers as incidents
from burgrave.jobs.terms import JobFunction
from burgrave.ledger.terms import Handler, Record

HANDLERS: dict[type[Record], tuple[Handler, ...]] = {}

JOBS: dict[str, JobFunction] = {
    "incidents.read_event_file": incidents.read_event_file,
}
