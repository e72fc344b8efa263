"""When an organisation is set up with the sample, its event file comes in like any other."""

from __future__ import annotations

from datetime import timedelta

from burgrave.incidents import commands
from burgrave.incidents.rules.sample import NAME, sample_events
from burgrave.ledger.terms import StoredRecord
from burgrave.web.terms import UnitId, system_actor
from burgrave.web.uploads import blob_store

SEED = 20_261


def on_organisation_set_up(record: StoredRecord) -> None:
    """The sample event file is received for the root unit, if the sample was asked for."""
    if record.body["sample"] is not True:
        return
    # The working day of the sample ends about when the installation was set up.
    writer = blob_store().writer()
    writer.write(sample_events(begins=record.at - timedelta(hours=8), seed=SEED))
    commands.receive_event_file(
        writer.finish(),
        name=NAME,
        media_type="application/x-ndjson",
        unit_id=UnitId(record.uuid("root_unit_id")),
        actor=system_actor(),
        now=record.at,
    )
