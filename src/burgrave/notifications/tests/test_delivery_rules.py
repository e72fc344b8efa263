from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.notifications.rules.delivery import MAILS_AN_HOUR, Plan, after_quiet, digest_day, plan
from burgrave.notifications.rules.freshness import is_stale
from burgrave.notifications.terms import Channel, DigestEvery, OwnPreferences, QuietHours, Recipients, Urgency

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday; 20:00 in Shanghai
NIGHT = QuietHours(start=22, end=7)


def planned(channel: Channel, **options: object) -> Plan:
    given = {"urgency": Urgency.NORMAL, "quiet": None, "zone": "UTC", "mails_last_hour": 0, "now": NOON, **options}
    return plan(channel, **given)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (Channel.NONE, Plan(in_app=False)),
        (Channel.IN_APP, Plan(in_app=True)),
        (Channel.DIGEST, Plan(in_app=True, digest=True)),
        (Channel.MAIL, Plan(in_app=True, mail_at=NOON)),
    ],
)
def test_news_comes_by_the_way_that_was_chosen(channel: Channel, expected: Plan) -> None:
    assert planned(channel) == expected


@pytest.mark.parametrize(
    ("channel", "mail_at"),
    [(Channel.NONE, None), (Channel.IN_APP, None), (Channel.DIGEST, NOON), (Channel.MAIL, NOON)],
)
def test_what_is_urgent_stands_in_the_inbox_whatever_was_chosen_and_waits_for_nothing(
    channel: Channel, mail_at: datetime | None
) -> None:
    quiet = QuietHours(start=0, end=23)
    urgent = planned(channel, urgency=Urgency.URGENT, quiet=quiet, mails_last_hour=MAILS_AN_HOUR)
    assert urgent == Plan(in_app=True, mail_at=mail_at)


def test_one_message_too_many_in_an_hour_waits_for_the_digest() -> None:
    assert planned(Channel.MAIL, mails_last_hour=MAILS_AN_HOUR - 1).mail_at == NOON
    assert planned(Channel.MAIL, mails_last_hour=MAILS_AN_HOUR) == Plan(in_app=True, digest=True)


@pytest.mark.parametrize(
    ("hour", "zone", "quiet", "expected"),
    [
        (12, "UTC", NIGHT, "2026-03-02T12:00"),
        (22, "UTC", NIGHT, "2026-03-03T07:00"),
        (3, "UTC", NIGHT, "2026-03-02T07:00"),
        (7, "UTC", NIGHT, "2026-03-02T07:00"),
        (15, "Asia/Shanghai", NIGHT, "2026-03-02T23:00"),
        (13, "UTC", QuietHours(start=12, end=14), "2026-03-02T14:00"),
        (14, "UTC", QuietHours(start=12, end=14), "2026-03-02T14:00"),
        (11, "UTC", QuietHours(start=12, end=14), "2026-03-02T11:00"),
    ],
    ids=["day", "late", "early", "end", "another zone", "nap", "after the nap", "before the nap"],
)
def test_a_message_waits_until_the_quiet_ends_in_the_readers_own_zone(
    hour: int, zone: str, quiet: QuietHours, expected: str
) -> None:
    now = NOON.replace(hour=hour)
    assert after_quiet(quiet, zone=zone, now=now).isoformat().startswith(expected)


@given(
    st.integers(0, 24 * 366),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Shanghai", "America/St_Johns"]),
    st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda ends: ends[0] != ends[1]),
)
def test_quiet_never_lasts_longer_than_a_day_and_never_sends_into_itself(
    hours: int, zone: str, ends: tuple[int, int]
) -> None:
    now = NOON + timedelta(hours=hours)
    quiet = QuietHours(start=ends[0], end=ends[1])
    at = after_quiet(quiet, zone=zone, now=now)
    assert now <= at <= now + timedelta(hours=25)
    assert after_quiet(quiet, zone=zone, now=at) == at


def day(now: datetime, *, last: date | None = None, zone: str = "UTC", **chosen: object) -> date | None:
    return digest_day(OwnPreferences(**chosen), zone=zone, last_on=last, now=now)  # type: ignore[arg-type]


def test_a_digest_comes_once_a_day_from_its_hour_on() -> None:
    assert day(NOON.replace(hour=7)) is None
    assert day(NOON.replace(hour=8)) == NOON.date()
    assert day(NOON, last=NOON.date()) is None
    assert day(NOON + timedelta(days=1), last=NOON.date()) == date(2026, 3, 3)


def test_a_weekly_digest_waits_for_its_weekday() -> None:
    assert day(NOON, digest=DigestEvery.WEEK, weekday=1) is None
    assert day(NOON + timedelta(days=1), digest=DigestEvery.WEEK, weekday=1) == date(2026, 3, 3)


def test_the_day_of_a_digest_is_the_readers_own() -> None:
    late = NOON.replace(hour=23)
    assert day(late, zone="Asia/Shanghai", hour=7) == date(2026, 3, 3)
    assert day(late, zone="Asia/Shanghai", hour=8) is None


@pytest.mark.parametrize(("start", "end"), [(8, 8), (24, 7), (-1, 7), (7, 24)])
def test_impossible_quiet_hours_are_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="two different hours of 0 to 23"):
        QuietHours(start=start, end=end)


def test_a_permission_is_held_in_a_unit() -> None:
    with pytest.raises(ValueError, match="a permission is held in a unit"):
        Recipients(permission="jobs.read")


def test_what_happened_days_ago_is_no_news() -> None:
    assert not is_stale(NOON, now=NOON + timedelta(days=2))
    assert is_stale(NOON, now=NOON + timedelta(days=2, seconds=1))
