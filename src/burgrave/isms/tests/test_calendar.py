from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from burgrave.assets import commands as assets
from burgrave.assets.terms import AssetFacts, AssetType
from burgrave.isms import commands, models, queries
from burgrave.isms.errors import TooManyFeeds
from burgrave.isms.rules.icalendar import MOST_OCTETS, Day, calendar, escaped, folded
from burgrave.isms.terms.meetings import CommitteeDraft, MeetingDraft
from burgrave.isms.tests.house import ISSUE, OBJECTIVE, indicator, written
from burgrave.people import commands as people
from burgrave.people import models as people_models
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor, system_actor

ClientOf = Callable[[Actor], Client]
TODAY = NOON.date()
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=300)


@given(texts)
def test_a_folded_line_is_short_and_unfolds_to_itself(text: str) -> None:
    line = escaped(text)
    data = folded(line)
    assert data.endswith(b"\r\n")
    parts = data[:-2].split(b"\r\n")
    assert all(len(part) <= MOST_OCTETS for part in parts)
    assert all(part.decode() is not None for part in parts)  # no character is cut
    assert data[:-2].replace(b"\r\n ", b"").decode() == line


@given(texts)
def test_no_text_ends_its_line(text: str) -> None:
    assert not set(escaped(text)) & set("\r\n\x00\x1b")


def test_a_calendar_says_each_day_once_and_whole() -> None:
    day = Day(key="isms.meeting.1", on=date(2026, 12, 31), title="Board; all, of it", note="Ada", url="https://x/1")
    data = calendar([day], name="Mine", host="example.org", now=NOON).decode()
    assert data.splitlines() == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Burgrave//Calendar//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Mine",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "BEGIN:VEVENT",
        "UID:isms.meeting.1@example.org",
        "DTSTAMP:20260302T120000Z",
        "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20270101",
        "TRANSP:TRANSPARENT",
        "SUMMARY:Board\\; all\\, of it",
        "DESCRIPTION:Ada",
        "URL:https://x/1",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def full_house(organisation: CastOrganisation, alice: Actor, now: datetime) -> None:
    """Something of every source but the background work."""
    facts = AssetFacts(name="Server", type=AssetType.SYSTEM, unit_id=organisation.root, review_every_days=1)
    assets.add_asset(facts, actor=alice, now=now - timedelta(days=10))
    written(ISSUE, organisation.root, actor=alice, title="Law")
    models.Statement.objects.update(review_due_on=now.date() + timedelta(days=3))
    objective = written(OBJECTIVE, organisation.root, actor=alice, title="Objective")
    written(indicator(objective), organisation.root, actor=alice, title="Hours")
    models.Statement.objects.filter(title="Hours").update(changed_at=now + timedelta(days=4))
    committee = commands.found_committee(
        CommitteeDraft(name="Board", unit_id=organisation.root, quorum=1), actor=alice, now=now
    )
    commands.plan_meeting(committee, MeetingDraft(planned_at=now + timedelta(days=5)), actor=alice, now=now)
    frieda = hire("Frieda", unit_id=organisation.root)
    people.grant(
        frieda.person_id,
        role="external_auditor",
        unit_id=organisation.root,
        expires_at=now + timedelta(days=6),
        actor=alice,
        now=now,
    )


def test_overdue_comes_first_and_every_source_is_there(
    organisation: CastOrganisation, alice: Actor, charlie: Actor
) -> None:
    full_house(organisation, alice, NOON)
    view = queries.calendar(TODAY, TODAY + timedelta(days=30), actor=alice, today=TODAY)
    assert [(each.source, str(each.title)) for each in view.overdue] == [("assets.review", "Server")]
    assert [(each.source, str(each.title)) for each in view.coming] == [
        ("isms.statement", "Law"),
        ("isms.reading", "Hours"),
        ("isms.meeting", "Board"),
        ("people.grant", "External auditor"),
    ]
    only = queries.calendar(TODAY, TODAY + timedelta(days=30), wanted=["isms.meeting"], actor=alice, today=TODAY)
    assert [each.source for each in (*only.overdue, *only.coming)] == ["isms.meeting"]
    nothing = queries.calendar(TODAY, TODAY + timedelta(days=30), actor=charlie, today=TODAY)
    assert (nothing.overdue, nothing.coming, nothing.sources) == ((), (), ())


def test_what_is_cut_off_is_counted(organisation: CastOrganisation, alice: Actor) -> None:
    facts = [
        AssetFacts(name=f"A{each}", reference=f"A{each}", type=AssetType.SYSTEM, unit_id=organisation.root)
        for each in range(210)
    ]
    assets.save_many(facts, actor=alice, now=NOON)
    due = TODAY + timedelta(days=365)
    view = queries.calendar(due, due, actor=alice, today=TODAY)
    assert len(view.coming) == 200
    assert [(str(label), count) for label, count in view.more] == [("Review of an asset", 10)]


def test_the_pages_show_what_is_due(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
    full_house(organisation, alice, timezone.now())
    client = client_of(alice)
    page = client.get(reverse("isms:calendar")).content.decode()
    assert page.index("Server") < page.index("Law") < page.index("Board")
    assert "Board" not in client.get(f"{reverse('isms:calendar')}?source=isms.statement").content.decode()
    for query in ("", "?month=2026-02", "?month=9999-99", "?month=0001-01&source=isms.meeting", "?month=x"):
        answer = client.get(f"{reverse('isms:month')}{query}")
        assert answer.status_code == 200, query
    assert "2026" in client.get(f"{reverse('isms:month')}?month=2026-02").content.decode()


def test_a_secret_address_opens_the_calendar_without_signing_in_until_it_is_revoked(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf, ledger_tail: Callable[[], list[str]]
) -> None:
    full_house(organisation, alice, timezone.now())
    client = client_of(alice)
    before = len(ledger_tail())
    page = client.post(reverse("isms:feeds"), {"name": "Phone"})
    assert page["Cache-Control"] == "no-store"
    address = page.content.decode().split("/calendar/feed/")[1].split(".ics")[0]
    path = reverse("isms:feed", args=[address])
    answer = Client().get(path)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "Meeting: MTG-0001 Board" in answer.content.decode().replace("\r\n ", "")
    assert models.CalendarFeed.objects.get().used_at is not None
    assert address not in client.get(reverse("isms:feeds")).content.decode()
    assert models.CalendarFeed.objects.get().token_hash != address
    feed = models.CalendarFeed.objects.get().pk
    assert client.post(reverse("isms:revoke_feed"), {"feed": str(feed)}).status_code == 302
    assert Client().get(path).status_code == 404
    assert client.post(reverse("isms:revoke_feed"), {"feed": str(feed)}).status_code == 404
    assert client.post(reverse("isms:revoke_feed"), {"feed": "x"}).status_code == 422
    assert client.post(reverse("isms:feeds"), {"name": ""}).status_code == 422
    assert ledger_tail()[before:] == ["isms.feed_made", "isms.feed_revoked"]


def test_an_address_shows_what_its_owner_may_see_now_and_nothing_of_who_left(
    organisation: CastOrganisation, alice: Actor
) -> None:
    full_house(organisation, alice, timezone.now())
    frieda = hire("Gerda", unit_id=organisation.root)
    _made, token = commands.make_feed(name="x", actor=frieda, now=NOON)
    path = reverse("isms:feed", args=[token])
    assert "VEVENT" not in Client().get(path).content.decode()
    people_models.Person.objects.filter(pk=frieda.person_id).update(is_active=False)
    assert Client().get(path).status_code == 404
    assert Client().get(reverse("isms:feed", args=["x" * 43])).status_code == 404


def test_addresses_are_few_named_and_one_s_own(organisation: CastOrganisation, alice: Actor, olga: Actor) -> None:
    made = [commands.make_feed(name=f"F{each}", actor=alice, now=NOON)[0] for each in range(10)]
    with pytest.raises(TooManyFeeds):
        commands.make_feed(name="x", actor=alice, now=NOON)
    with pytest.raises(BadInput):
        commands.make_feed(name=" ", actor=olga, now=NOON)
    with pytest.raises(Forbidden):
        commands.make_feed(name="x", actor=system_actor(), now=NOON)
    for feed in (made[0], uuid4()):
        with pytest.raises(NotFound):
            commands.revoke_feed(feed, actor=olga, now=NOON)
    commands.revoke_feed(made[0], actor=alice, now=NOON)
    commands.make_feed(name="x", actor=alice, now=NOON)
    assert len(queries.feeds_of(alice.person_id)) == 11


def test_a_use_is_noted_once_an_hour(organisation: CastOrganisation, alice: Actor, django_assert_num_queries) -> None:
    feed, _token = commands.make_feed(name="x", actor=alice, now=NOON)
    commands.note_use(feed, used_at=None, now=NOON)
    with django_assert_num_queries(0):
        commands.note_use(feed, used_at=NOON, now=NOON + timedelta(minutes=59))
    commands.note_use(feed, used_at=NOON, now=NOON + timedelta(hours=1))
    assert models.CalendarFeed.objects.get().used_at == datetime(2026, 3, 2, 13, tzinfo=UTC)
