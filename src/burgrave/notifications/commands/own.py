"""How news reaches a person is for that person to say."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.ledger import commands as ledger
from burgrave.notifications import models
from burgrave.notifications.errors import BadPreference
from burgrave.notifications.terms import TOPICS, OwnPreferences, PreferencesChanged
from burgrave.web.errors import Forbidden
from burgrave.web.terms import Actor

LAST_HOUR, LAST_WEEKDAY = 23, 6


@transaction.atomic
def change_preferences(chosen: OwnPreferences, *, actor: Actor, now: datetime) -> None:
    """News reaches the actor by these channels, and digests at this hour. Raises BadPreference or Forbidden."""
    if actor.person_id is None:
        raise Forbidden("only somebody who is signed in has preferences")
    unknown = sorted(set(chosen.channels) - set(TOPICS))
    if unknown:
        raise BadPreference(
            "there is no topic %(topic)s",
            words={"topic": unknown[0][:50]},
            mend="Choose among the topics that are listed.",
        )
    if not (0 <= chosen.hour <= LAST_HOUR and 0 <= chosen.weekday <= LAST_WEEKDAY):
        raise BadPreference("a digest comes at an hour of 0 to 23", mend="Choose one of the hours that are listed.")

    for topic, channel in chosen.channels.items():
        models.Preference.objects.update_or_create(
            person_id=actor.person_id, topic=topic, defaults={"channel": channel}
        )
    models.Rhythm.objects.update_or_create(
        person_id=actor.person_id,
        defaults={
            "digest": chosen.digest,
            "hour": chosen.hour,
            "weekday": chosen.weekday,
            "quiet_start": chosen.quiet.start if chosen.quiet else None,
            "quiet_end": chosen.quiet.end if chosen.quiet else None,
        },
    )

    ledger.append(
        PreferencesChanged(
            person_id=actor.person_id,
            channels=tuple(f"{topic}={channel}" for topic, channel in sorted(chosen.channels.items())),
            digest=str(chosen.digest),
            digest_hour=chosen.hour,
            quiet_from=chosen.quiet.start if chosen.quiet else None,
            quiet_until=chosen.quiet.end if chosen.quiet else None,
        ),
        actor=actor,
        at=now,
    )
