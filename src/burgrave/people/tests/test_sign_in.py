from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from unittest import mock

import pytest
from allauth.account.adapter import get_adapter
from axes.models import AccessAttempt
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from burgrave.ledger import queries as ledger
from burgrave.people import commands, models
from burgrave.people.errors import NothingToUnlock
from burgrave.people.middleware import SEEN_AT
from burgrave.people.tests_cast import CAST_PASSWORD
from burgrave.web.errors import Forbidden, NotFound
from burgrave.web.terms import Actor

Tail = Callable[[], list[str]]
ClientOf = Callable[[Actor], Client]
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _no_flood_counted() -> None:
    cache.clear()


def sign_in(
    client: Client, email: str = "bob@example.org", password: str = CAST_PASSWORD, **extra: str
) -> HttpResponse:
    return client.post(LOGIN, {"login": email, "password": password}, **extra)


@pytest.mark.parametrize("email", ["bob@example.org", " Bob@Example.ORG "])
def test_bob_signs_in_whatever_the_case_of_his_address(
    bob: Actor, client: Client, ledger_tail: Tail, email: str
) -> None:
    response = sign_in(client, email)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert client.get("/accounts/logout/").status_code == 200
    assert ledger_tail() == ["people.signed_in"]


def test_signing_in_gives_a_new_session(bob: Actor, client: Client) -> None:
    client.get(LOGIN)
    session = client.session
    session["planted"] = 1
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    sign_in(client)
    assert client.session.session_key != before


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(bob: Actor, client: Client) -> None:
    cookie = sign_in(client).cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == ""


@pytest.mark.parametrize(
    ("email", "password"),
    [("bob@example.org", "wrong"), ("nobody@example.org", CAST_PASSWORD)],
    ids=["wrong-password", "unknown"],
)
def test_a_failed_sign_in_says_the_same_for_known_and_unknown_addresses(
    bob: Actor, client: Client, ledger_tail: Tail, email: str, password: str
) -> None:
    response = sign_in(client, email, password)
    assert response.status_code == 200
    assert "password you specified are not correct" in response.content.decode()
    assert ledger_tail() == ["people.sign_in_failed"]
    assert "_auth_user_id" not in client.session


def test_a_failed_sign_in_is_sealed_in_the_ledger(bob: Actor, client: Client) -> None:
    sign_in(client, password="wrong")
    (row,) = ledger.history("people.sign_in:failed")
    facts = {fact.name: (fact.value, fact.state.value) for fact in row.facts}
    assert facts["email"] == ("bob@example.org", "sealed")
    assert facts["address"] == ("127.0.0.1", "sealed")
    assert b"bob@example.org" not in row.leaf


def test_five_failures_lock_the_address_for_a_quarter_of_an_hour(bob: Actor, client: Client, ledger_tail: Tail) -> None:
    for _ in range(4):
        assert sign_in(client, password="wrong").status_code == 200
    fifth = sign_in(client, password="wrong")
    assert fifth.status_code == 429
    assert "locked for 15 more minutes" in fifth.content.decode()

    right = sign_in(client, email="BOB@example.org")
    assert right.status_code == 429
    assert "_auth_user_id" not in client.session
    assert ledger_tail() == [*["people.sign_in_failed"] * 5, "people.lockout_began", "people.sign_in_failed"]


def test_attempts_during_a_lockout_do_not_prolong_it(bob: Actor, client: Client) -> None:
    for _ in range(6):
        sign_in(client, password="wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    locked = sign_in(client)
    assert locked.status_code == 429
    assert "locked for 1 more minute" in locked.content.decode()
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert sign_in(client).status_code == 302


def test_a_lockout_holds_for_one_address_pair_only(bob: Actor, dora: Actor, client: Client) -> None:
    for _ in range(5):
        sign_in(client, password="wrong")
    assert sign_in(client, "dora@example.org").status_code == 302
    assert sign_in(Client(REMOTE_ADDR="10.0.0.9")).status_code == 302


def test_another_browser_name_does_not_evade_the_lockout(bob: Actor, client: Client) -> None:
    for number in range(5):
        sign_in(client, password="wrong", HTTP_USER_AGENT=f"browser {number}")
    assert sign_in(Client(), HTTP_USER_AGENT="fresh").status_code == 429


def test_an_administrator_lifts_a_lockout(alice: Actor, bob: Actor, client: Client, client_of: ClientOf) -> None:
    for _ in range(5):
        sign_in(client, password="wrong")
    response = client_of(alice).post(f"/people/{bob.person_id}/unlock/")
    assert response.status_code == 302
    assert sign_in(client).status_code == 302


def test_charlie_cannot_lift_a_lockout(bob: Actor, charlie: Actor, client: Client, ledger_tail: Tail) -> None:
    for _ in range(5):
        sign_in(client, password="wrong")
    before = ledger_tail()
    assert bob.person_id is not None
    with pytest.raises(NotFound):
        commands.unlock(bob.person_id, actor=charlie, now=timezone.now())
    assert ledger_tail() == before
    assert sign_in(client).status_code == 429


def test_unlocking_somebody_who_is_not_locked_is_refused(alice: Actor, bob: Actor, ledger_tail: Tail) -> None:
    assert bob.person_id is not None
    with pytest.raises(NothingToUnlock, match="Bob Birnbaum"):
        commands.unlock(bob.person_id, actor=alice, now=timezone.now())
    assert ledger_tail() == []


def test_a_deactivated_person_fails_like_a_wrong_password(bob: Actor, client: Client, ledger_tail: Tail) -> None:
    models.Person.objects.filter(pk=bob.person_id).update(is_active=False)
    response = sign_in(client)
    assert "password you specified are not correct" in response.content.decode()
    assert ledger_tail() == ["people.sign_in_failed"]


def test_signing_out_ends_the_session_and_is_recorded(bob: Actor, client: Client, ledger_tail: Tail) -> None:
    sign_in(client)
    assert client.get("/accounts/logout/").status_code == 200
    response = client.post("/accounts/logout/")
    assert (response.status_code, response.headers["Location"]) == (302, LOGIN)
    assert client.get("/accounts/logout/").status_code == 302
    assert ledger_tail() == ["people.signed_in", "people.signed_out"]


def test_nobody_can_sign_up_or_reset_a_password_by_mail(bob: Actor, client: Client) -> None:
    assert get_adapter().is_open_for_signup(RequestFactory().get("/")) is False
    page = client.get("/accounts/password/reset/").content.decode()
    assert "sends no mail" in page
    assert client.post("/accounts/password/reset/", {"email": "bob@example.org"}).status_code == 405


def test_a_sign_in_leads_back_to_the_page_that_was_asked_for(bob: Actor, client: Client) -> None:
    asked = client.get("/me/?from=mail")
    assert asked.headers["Location"] == "/accounts/login/?next=%2Fme%2F%3Ffrom%3Dmail"
    response = client.post(LOGIN, {"login": "bob@example.org", "password": CAST_PASSWORD, "next": "/me/"})
    assert response.headers["Location"] == "/me/"


def test_a_sign_in_never_leads_to_another_site(bob: Actor, client: Client) -> None:
    response = client.post(
        LOGIN, {"login": "bob@example.org", "password": CAST_PASSWORD, "next": "https://evil.example/"}
    )
    assert response.headers["Location"] == "/"


def test_eight_idle_hours_end_a_session(bob: Actor, client_of: ClientOf) -> None:
    client = client_of(bob)
    assert client.get("/accounts/logout/").status_code == 200
    later = _clock(timezone.now() + timedelta(hours=7, minutes=59))
    with later:
        assert client.get("/accounts/logout/").status_code == 200
    with _clock(timezone.now() + timedelta(hours=15, minutes=58)):
        assert client.get("/accounts/logout/").status_code == 200
    with _clock(timezone.now() + timedelta(hours=24)):
        assert client.get("/me/").status_code == 302
    assert "_auth_user_id" not in client.session


def _clock(now: datetime) -> AbstractContextManager[object]:
    return mock.patch("django.utils.timezone.now", return_value=now)


def test_the_visit_is_noted_at_most_every_five_minutes(bob: Actor, client_of: ClientOf) -> None:
    client = client_of(bob)
    client.get("/accounts/logout/")
    noted = client.session[SEEN_AT]
    client.get("/accounts/logout/")
    assert client.session[SEEN_AT] == noted


def test_changing_the_password_ends_every_session(bob: Actor, client_of: ClientOf, ledger_tail: Tail) -> None:
    here, there = client_of(bob), client_of(bob)
    assert there.get("/accounts/logout/").status_code == 200
    new = "orchard-meadow-glacier-77"
    response = here.post("/me/password/", {"old": CAST_PASSWORD, "password": new, "again": new})
    assert (response.status_code, response.headers["Location"]) == (302, LOGIN)
    assert "people.password_changed" in ledger_tail()
    for client in (here, there):
        assert client.get("/me/").status_code == 302
    assert sign_in(Client()).status_code == 200
    assert sign_in(Client(), password=new).status_code == 302


def test_deactivation_ends_every_session_for_good(alice: Actor, bob: Actor, client_of: ClientOf) -> None:
    client = client_of(bob)
    assert bob.person_id is not None
    commands.deactivate(bob.person_id, reason="left", actor=alice, now=timezone.now())
    assert client.get("/me/").status_code == 302
    commands.reactivate(bob.person_id, actor=alice, now=timezone.now())
    assert client.get("/me/").status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("wrong", "orchard-meadow-glacier-77", "the current password is not right"),
        (CAST_PASSWORD, "short", "too short"),
        (CAST_PASSWORD, "bob@example.org", "too similar"),
    ],
    ids=["old-wrong", "short", "own-address"],
)
def test_a_bad_change_of_password_changes_nothing(
    bob: Actor, client_of: ClientOf, ledger_tail: Tail, old: str, new: str, sentence: str
) -> None:
    response = client_of(bob).post("/me/password/", {"old": old, "password": new, "again": new})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert ledger_tail() == []
    assert models.Person.objects.get(pk=bob.person_id).check_password(CAST_PASSWORD)


def test_nobody_has_no_password_to_change(organisation: object) -> None:
    nobody = Actor(person_id=None, label="people.nobody", name="Nobody")
    with pytest.raises(Forbidden):
        commands.change_password(old="a", new="b", actor=nobody, now=timezone.now())
