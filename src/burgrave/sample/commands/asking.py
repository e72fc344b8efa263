"""A person asks for the sample, or for its removal; a worker does it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.jobs import commands as jobs
from burgrave.jobs.terms import Args
from burgrave.ledger import commands as ledger
from burgrave.people import queries as people
from burgrave.people.errors import NotSetUp
from burgrave.sample import queries
from burgrave.sample.errors import AlreadyLoaded, NotLoaded
from burgrave.sample.terms import LOAD_JOB, MANAGE, REMOVE_JOB, SampleAsked, SampleRemovalAsked, Wanted
from burgrave.web.terms import Actor


@transaction.atomic
def ask_for(wanted: Wanted, *, actor: Actor, now: datetime) -> None:
    """A worker loads the sample. Raises AlreadyLoaded or Forbidden."""
    must_manage(actor)
    if queries.state() is not None or queries.running_job(now=now) is not None:
        raise already_loaded()

    args: Args = {"tongue": str(wanted.tongue), "seed": wanted.seed, "scale": wanted.scale}
    jobs.enqueue(LOAD_JOB, args, now=now, unique_key=LOAD_JOB)

    ledger.append(SampleAsked(tongue=wanted.tongue, seed=wanted.seed, scale=wanted.scale), actor=actor, at=now)


@transaction.atomic
def ask_to_remove(*, actor: Actor, now: datetime) -> None:
    """A worker removes the sample. Raises NotLoaded or Forbidden."""
    must_manage(actor)
    if queries.state() is None:
        raise not_loaded()

    jobs.enqueue(REMOVE_JOB, {}, now=now, unique_key=REMOVE_JOB)

    ledger.append(SampleRemovalAsked(), actor=actor, at=now)


def must_manage(actor: Actor) -> None:
    """Return when the actor manages people in the whole organisation. Raises Forbidden or NotSetUp."""
    organisation = people.organisation()
    if organisation is None:
        raise NotSetUp("there is no organisation yet", mend="Open the set-up link that the first start prints.")
    actor.must(MANAGE, organisation.root_unit_id)


def already_loaded() -> AlreadyLoaded:
    return AlreadyLoaded("the sample is loaded already", mend="Remove it first.")


def not_loaded() -> NotLoaded:
    return NotLoaded("no sample is loaded", mend="Load it first.")
