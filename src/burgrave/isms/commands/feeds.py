"""Secret addresses of a person's calendar: made, shown once, used, revoked."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.isms import models
from burgrave.isms.errors import TooManyFeeds
from burgrave.isms.queries.calendar import USED_EVERY, token_hash
from burgrave.isms.terms import records
from burgrave.isms.terms.calendar import FEED_NAME_MAX, MOST_FEEDS, FeedId
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor

TOKEN_BYTES = 32


@transaction.atomic
def make_feed(*, name: str, actor: Actor, now: datetime) -> tuple[FeedId, str]:
    """The actor's calendar has one more address. The answer holds its secret, once.

    Raises TooManyFeeds, BadInput, Forbidden for whoever is no person signed in.
    """
    if actor.person_id is None or actor.token_id is not None:
        raise Forbidden("only a person who is signed in makes an address of their calendar")
    if not 0 < len(name.strip()) <= FEED_NAME_MAX:
        raise BadInput("an address has a name of 1 to %(most)s characters", words={"most": str(FEED_NAME_MAX)})
    if models.CalendarFeed.objects.filter(person_id=actor.person_id, revoked_at=None).count() >= MOST_FEEDS:
        raise TooManyFeeds(
            "a person has at most %(most)s addresses of their calendar",
            words={"most": str(MOST_FEEDS)},
            mend="Revoke one that is not used.",
        )

    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = models.CalendarFeed.objects.create(
        id=uuid4(), person_id=actor.person_id, name=name.strip(), token_hash=token_hash(token), made_at=now
    )

    made = records.FeedMade(feed_id=row.pk, person_id=actor.person_id, name=Sealed(row.name))
    ledger.append(made, actor=actor, at=now)
    return FeedId(row.pk), token


@transaction.atomic
def revoke_feed(feed_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The address opens nothing any more. Raises NotFound for one of somebody else, or one revoked already."""
    row = (
        models.CalendarFeed.objects.select_for_update()
        .filter(pk=feed_id, person_id=actor.person_id or UUID(int=0), revoked_at=None)
        .first()
    )
    if row is None or actor.person_id is None:
        raise NotFound("you have no such address of your calendar")

    row.revoked_at = now
    row.save(update_fields=["revoked_at"])

    ledger.append(records.FeedRevoked(feed_id=row.pk, person_id=row.person_id), actor=actor, at=now)


def note_use(feed_id: UUID, *, used_at: datetime | None, now: datetime) -> None:
    """It is known that the address is in use; written once an hour at most."""
    if used_at is None or now - used_at >= USED_EVERY:
        models.CalendarFeed.objects.filter(pk=feed_id).update(used_at=now)
