"""How news reaches a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from burgrave.notifications import models
from burgrave.notifications.terms import TOPICS, Channel, DigestEvery, OwnPreferences, QuietHours
from burgrave.people import queries as people
from burgrave.web.terms import Actor, PersonId


def preferences(*, actor: Actor) -> OwnPreferences:
    """What the person chose, and for every other topic what holds until they choose. Two statements."""
    mine = own_id(actor)
    chosen = dict(models.Preference.objects.filter(person_id=mine).values_list("topic", "channel"))
    rhythm = models.Rhythm.objects.filter(person_id=mine).first()
    held = preferences_in(rhythm) if rhythm else OwnPreferences()
    channels = {code: Channel(chosen.get(code, topic.channel)) for code, topic in TOPICS.items()}
    return OwnPreferences(channels=channels, digest=held.digest, hour=held.hour, weekday=held.weekday, quiet=held.quiet)


def own_id(actor: Actor) -> UUID:
    """The person's id; one that nobody has for somebody who is not signed in."""
    return actor.person_id or UUID(int=0)


def rhythms(person_ids: Iterable[UUID]) -> Mapping[PersonId, OwnPreferences]:
    """When each of these wants digests and quiet; who never said so is absent. One statement."""
    rows = models.Rhythm.objects.filter(person_id__in=list(person_ids))
    return {PersonId(row.person_id): preferences_in(row) for row in rows}


def preferences_in(row: models.Rhythm) -> OwnPreferences:
    """The rhythm of a row, without channels."""
    quiet = (
        None
        if row.quiet_start is None or row.quiet_end is None
        else QuietHours(start=row.quiet_start, end=row.quiet_end)
    )
    return OwnPreferences(digest=DigestEvery(row.digest), hour=row.hour, weekday=row.weekday, quiet=quiet)


def zone_of(*, actor: Actor) -> str:
    """The person's own time zone: the one that hours are meant in."""
    found = people.contacts([actor.person_id]) if actor.person_id else {}
    return next((contact.time_zone for contact in found.values()), "UTC")
