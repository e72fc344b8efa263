"""The jobs of the sample, and the news that asks for it."""

from __future__ import annotations

from collections.abc import Callable

from burgrave.jobs.terms import Args, JobFunction, Lease
from burgrave.ledger.terms import StoredRecord
from burgrave.people import queries as people
from burgrave.sample import commands, queries
from burgrave.sample.terms import Desk, Tongue, Wanted
from burgrave.web.terms import PersonId, system_actor


def loader(desk: Desk) -> JobFunction:
    """The job that loads the sample; the site hands down how event files are read."""

    def load_sample(lease: Lease, args: Args) -> None:
        state = queries.state()
        if state is not None and state.loaded_at is not None:
            return
        wanted = Wanted(tongue=Tongue(str(args["tongue"])), seed=int(str(args["seed"])), scale=int(str(args["scale"])))
        commands.load(wanted, desk=desk, actor=system_actor(), now=lease.now(), progress=_figures(lease))

    return load_sample


def _figures(lease: Lease) -> Callable[[int, int, str], None]:
    """The page shows how far it is; the name of the part is for a terminal."""

    def progress(done: int, total: int, _part: str) -> None:
        lease.progress(done, total)

    return progress


def remove_sample(lease: Lease, args: Args) -> None:  # noqa: ARG001 - the signature of every job
    """Nothing of the sample is left. All at once: the progress is told before it begins."""
    if queries.state() is None:
        return
    lease.progress(0, 1, "")
    with lease.final_effects():
        commands.remove(actor=system_actor(), now=lease.now())


def on_organisation_set_up(record: StoredRecord) -> None:
    """The sample is asked for in the language of the first administrator, if the set-up wished for it."""
    if record.body["sample"] is not True or queries.state() is not None:
        return
    preferences, _version = people.preferences_of(PersonId(record.uuid("administrator_id")))
    commands.ask_for(Wanted(tongue=Tongue(preferences.language)), actor=system_actor(), now=record.at)
