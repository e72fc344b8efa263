"""Somebody real walks in the shoes of somebody made up."""

from __future__ import annotations

from datetime import datetime

from burgrave.people import commands as people
from burgrave.people import queries as people_queries
from burgrave.people.terms import Invited
from burgrave.sample import queries
from burgrave.sample.commands.asking import must_manage, not_loaded
from burgrave.sample.errors import NoSuchRole
from burgrave.web.terms import Actor


def invite(role: str, *, actor: Actor, now: datetime) -> tuple[str, Invited]:
    """The e-mail address of somebody of the sample with this role, and the link with which to choose their password.

    Until then nobody of the sample can sign in. Raises NotLoaded, NoSuchRole or Forbidden.
    """
    must_manage(actor)
    state = queries.state()
    if state is None:
        raise not_loaded()
    found = people_queries.sample_holders(role)
    if not found:
        raise NoSuchRole(
            "nobody of the sample holds the role %(role)s",
            words={"role": role},
            mend="Roles are named as on the page of a person, such as incident_responder.",
        )
    person_id, email = found[0]
    return email, people.invite_again(person_id, actor=actor, now=now)
