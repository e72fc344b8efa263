"""When news reaches a person, and by which way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from burgrave.notifications.terms import Channel, DigestEvery, OwnPreferences, QuietHours, Urgency

MAILS_AN_HOUR = 20
"""So many messages an hour to one person; what is more waits for the digest. Urgent ones are not held back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Whether news stands in the inbox, when it is mailed (None: not by itself), and whether a digest takes it."""

    in_app: bool
    mail_at: datetime | None = None
    digest: bool = False


def plan(
    channel: Channel, *, urgency: Urgency, quiet: QuietHours | None, zone: str, mails_last_hour: int, now: datetime
) -> Plan:
    """How one piece of news reaches one person. What is urgent stands in the inbox whatever was chosen."""
    if urgency is Urgency.URGENT:
        return Plan(in_app=True, mail_at=now if channel in {Channel.MAIL, Channel.DIGEST} else None)
    if channel is Channel.NONE:
        return Plan(in_app=False)
    if channel is Channel.IN_APP:
        return Plan(in_app=True)
    if channel is Channel.DIGEST or mails_last_hour >= MAILS_AN_HOUR:
        return Plan(in_app=True, digest=True)
    return Plan(in_app=True, mail_at=after_quiet(quiet, zone=zone, now=now))


def after_quiet(quiet: QuietHours | None, *, zone: str, now: datetime) -> datetime:
    """``now``, or the end of the quiet hours that ``now`` lies in."""
    if quiet is None:
        return now
    local = now.astimezone(ZoneInfo(zone))
    over_midnight = quiet.start > quiet.end
    is_quiet = (
        (local.hour >= quiet.start or local.hour < quiet.end)
        if over_midnight
        else quiet.start <= local.hour < quiet.end
    )
    if not is_quiet:
        return now
    day = local.date() + timedelta(days=1) if local.hour >= quiet.end else local.date()
    return datetime.combine(day, time(quiet.end), tzinfo=ZoneInfo(zone)).astimezone(now.tzinfo)


def digest_day(chosen: OwnPreferences, *, zone: str, last_on: date | None, now: datetime) -> date | None:
    """The local day whose digest is due and was not sent yet; None when none is."""
    local = now.astimezone(ZoneInfo(zone))
    today = local.date()
    if local.hour < chosen.hour or (last_on is not None and last_on >= today):
        return None
    if chosen.digest is DigestEvery.WEEK and today.weekday() != chosen.weekday:
        return None
    return today
