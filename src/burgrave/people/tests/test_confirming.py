from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone

from burgrave.people import models, queries
from burgrave.people.tests.soft_key import SoftKey
from burgrave.people.tests.test_factor_pages import code_now, give_app, give_passkey, password
from burgrave.people.tests_cast import CAST_PASSWORD
from burgrave.web.terms import Actor

Tail = Callable[[], list[str]]
ClientOf = Callable[[Actor], Client]
LONG_AGO = timedelta(minutes=16)


@pytest.fixture(autouse=True)
def _no_flood_counted() -> None:
    cache.clear()


@pytest.fixture
def stale(alice: Actor, client_of: ClientOf) -> Client:
    """Alice, whose last proof is sixteen minutes old."""
    client = client_of(alice)
    forget(client)
    return client


def forget(client: Client) -> None:
    session = client.session
    session["people.proved_at"] = (timezone.now() - LONG_AGO).timestamp()
    session.save()


def text(response: HttpResponse) -> str:
    return response.content.decode()


def send(client: Client, path: str, fields: dict[str, str]) -> HttpResponse:
    """Post as a browser posts a form without files."""
    return client.post(path, urlencode(fields), content_type="application/x-www-form-urlencoded")


def role_form(bob: Actor) -> tuple[str, dict[str, str]]:
    unit = models.Person.objects.get(pk=bob.person_id).unit_id
    return f"/people/{bob.person_id}/grant/", {"role": "trainer", "unit": str(unit), "last_day": "2099-01-02"}


def test_a_dangerous_form_asks_before_it_is_shown_and_leads_back(stale: Client, bob: Actor, ledger_tail: Tail) -> None:
    path, _fields = role_form(bob)
    asked = stale.get(f"{path}?from=list")
    assert asked.headers["Location"] == f"/me/confirm/?next={path.replace('/', '%2F')}%3Ffrom%3Dlist"
    assert "By password" in text(stale.get(asked.headers["Location"]))
    done = stale.post(asked.headers["Location"], {"proof_password": CAST_PASSWORD})
    assert done.headers["Location"] == f"{path}?from=list"
    assert stale.get(path).status_code == 200
    assert ledger_tail() == ["people.identity_confirmed"]


def test_an_interrupted_act_carries_what_was_typed_through_the_question(
    stale: Client, bob: Actor, ledger_tail: Tail
) -> None:
    path, fields = role_form(bob)
    question = send(stale, path, fields)
    assert question.status_code == 403
    for name, value in fields.items():
        assert f'name="{name}" value="{value}"' in text(question)
    assert ledger_tail() == []

    wrong = send(stale, path, {**fields, "proof_password": "wrong"})
    assert (wrong.status_code, "the password is not right" in text(wrong)) == (422, True)
    assert 'value="2099-01-02"' in text(wrong)
    assert 'wrong"' not in text(wrong)

    done = send(stale, path, {**fields, "proof_password": CAST_PASSWORD})
    assert done.status_code == 302
    assert ledger_tail()[-2:] == ["people.identity_confirmed", "people.grant_made"]


@pytest.mark.parametrize("hostile", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_the_question_leads_only_within_this_installation(stale: Client, hostile: str) -> None:
    done = stale.post(f"/me/confirm/?next={hostile}", {"proof_password": CAST_PASSWORD})
    assert done.headers["Location"] == "/me/"


def test_a_code_and_a_passkey_confirm_too(alice: Actor, stale: Client, client_of: ClientOf, ledger_tail: Tail) -> None:
    give_app(alice)
    assert "By code" in text(stale.get("/me/confirm/"))
    assert stale.post("/me/confirm/", {"proof_code": "000000"}).status_code == 422
    assert stale.post("/me/confirm/", {"proof_code": code_now()}).status_code == 302

    key = SoftKey()
    options = stale.get("/me/factors/passkey/options/", HTTP_HOST="localhost").json()
    sent = {"name": "Key", "proof_new_passkey": json.dumps(key.register(options))}
    stale.post("/me/factors/passkey/", sent, HTTP_HOST="localhost")
    forget(stale)
    assert "By passkey" in text(stale.get("/me/confirm/"))
    options = stale.get("/me/confirm/options/", HTTP_HOST="localhost").json()
    sent = {"proof_credential": json.dumps(key.sign(options))}
    assert stale.post("/me/confirm/", sent, HTTP_HOST="localhost").status_code == 302
    assert ledger_tail().count("people.identity_confirmed") == 2


def test_guessing_the_password_at_the_question_locks_as_at_the_sign_in(stale: Client) -> None:
    answers = [stale.post("/me/confirm/", {"proof_password": "wrong"}).status_code for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]


def test_the_api_and_uploads_are_told_where_to_confirm(stale: Client, bob: Actor) -> None:
    path, fields = role_form(bob)
    for headers in ({"HTTP_HX_REQUEST": "true"}, {"content_type": "multipart/form-data; boundary=x"}):
        body: object = b"--x--\r\n" if "content_type" in headers else fields
        answer = stale.post(path, body, **headers)
        assert (answer.status_code, "/me/confirm/" in text(answer)) == (403, True)


def test_a_sign_in_is_a_proof(bob: Actor, client: Client) -> None:
    password(client)
    assert client.get("/me/factors/app/", HTTP_HOST="localhost").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/me/factors/app/",
        "/me/factors/passkey/",
        "/me/factors/passkey/options/",
        "/people/factors/",
    ],
)
def test_factors_and_their_rules_are_behind_the_question(stale: Client, path: str) -> None:
    assert stale.get(path).headers["Location"].startswith("/me/confirm/")


@pytest.mark.parametrize("act", ["deactivate", "reactivate", "invite", "factors/reset", "sessions/end", "grant"])
def test_acts_on_persons_are_behind_the_question(stale: Client, bob: Actor, ledger_tail: Tail, act: str) -> None:
    question = send(stale, f"/people/{bob.person_id}/{act}/", {"reason": "x"})
    assert (question.status_code, "Confirm that it is you" in text(question)) == (403, True)
    assert ledger_tail() == []


@override_settings(BURGRAVE_CONFIRMED_VIEWS=("ledger:records",))
def test_a_domain_below_names_its_view_in_the_settings(stale: Client) -> None:
    assert stale.get("/ledger/").headers["Location"].startswith("/me/confirm/")


@override_settings(BURGRAVE_CONFIRMATION_MINUTES=17)
def test_the_minutes_are_configurable(stale: Client) -> None:
    assert stale.get("/me/factors/app/").status_code == 200


def test_who_has_nothing_to_confirm_with_is_told_so(alice: Actor, stale: Client) -> None:
    person = models.Person.objects.get(pk=alice.person_id)
    person.set_unusable_password()
    person.save()
    session = stale.session
    session["_auth_user_hash"] = person.get_session_auth_hash()
    session.save()
    assert "Nothing to confirm with" in text(stale.get("/me/confirm/"))


# Sessions


def test_sessions_are_listed_with_browser_address_and_this_one_marked(bob: Actor) -> None:
    here, there = Client(), Client(REMOTE_ADDR="10.1.2.3")
    password(here)
    password(there)
    page = text(here.get("/me/sessions/", HTTP_HOST="localhost"))
    assert page.count("Chrome on Linux") == 2
    assert page.count("This browser") == 1
    assert "10.1.2.3" in page


def test_one_session_ends_at_once_and_not_that_of_somebody_else(bob: Actor, alice: Actor, ledger_tail: Tail) -> None:
    here, there, hers = Client(), Client(), Client()
    password(here)
    password(there)
    password(hers, "alice@example.org")
    assert bob.person_id is not None
    rows = queries.sessions_of(bob.person_id, session_key=here.session.session_key, now=timezone.now())
    other = next(row for row in rows if not row.is_this)
    assert hers.post(f"/me/sessions/{other.session_id}/end/", HTTP_HOST="localhost").status_code == 404
    assert there.get("/me/", HTTP_HOST="localhost").status_code == 200
    assert here.post(f"/me/sessions/{other.session_id}/end/", HTTP_HOST="localhost").status_code == 302
    assert there.get("/me/", HTTP_HOST="localhost").status_code == 302
    assert here.get("/me/", HTTP_HOST="localhost").status_code == 200
    assert ledger_tail()[-1] == "people.session_ended"


def test_all_others_end_and_this_one_stays(bob: Actor, client_of: ClientOf, ledger_tail: Tail) -> None:
    here, there, unlisted = Client(), Client(), client_of(bob)
    password(here)
    password(there)
    assert here.post("/me/sessions/end-others/", HTTP_HOST="localhost").status_code == 302
    assert here.get("/me/", HTTP_HOST="localhost").status_code == 200
    assert there.get("/me/", HTTP_HOST="localhost").status_code == 302
    assert unlisted.get("/me/").status_code == 302
    assert bob.person_id is not None
    assert len(queries.sessions_of(bob.person_id, session_key=None, now=timezone.now())) == 1
    assert ledger_tail()[-1] == "people.sessions_ended"


def test_an_administrator_ends_all_sessions_of_a_person_with_a_reason(
    alice: Actor, bob: Actor, client_of: ClientOf, ledger_tail: Tail
) -> None:
    his = Client()
    password(his)
    boss, path = client_of(alice), f"/people/{bob.person_id}/sessions/end/"
    assert "Sign Bob Birnbaum out everywhere" in text(boss.get(path))
    assert boss.post(path, {"reason": ""}).status_code == 422
    assert boss.post(path, {"reason": "stolen laptop"}).status_code == 302
    assert his.get("/me/", HTTP_HOST="localhost").status_code == 302
    assert ledger_tail()[-1] == "people.sessions_ended"
    assert password(his).status_code == 302


def test_a_session_that_ended_by_itself_is_not_listed(bob: Actor) -> None:
    client = Client()
    password(client)
    client.session.flush()
    assert bob.person_id is not None
    assert queries.sessions_of(bob.person_id, session_key=None, now=timezone.now()) == ()


def test_the_last_visit_is_noted(bob: Actor) -> None:
    client = Client()
    password(client)
    client.get("/me/", HTTP_HOST="localhost")
    session = client.session
    session["burgrave_seen_at"] = timezone.now().timestamp() - 301
    session.save()
    models.PersonSession.objects.update(last_seen_at=timezone.now() - timedelta(hours=1))
    client.get("/me/", HTTP_HOST="localhost")
    assert timezone.now() - models.PersonSession.objects.get().last_seen_at < timedelta(minutes=1)


def test_a_session_without_a_list_entry_says_so(bob: Actor, client_of: ClientOf) -> None:
    assert "No session is listed" in text(client_of(bob).get("/me/sessions/"))


def test_the_passkey_is_named_as_what_opened_the_session(bob: Actor, client_of: ClientOf) -> None:
    key = give_passkey(client_of(bob))
    client = Client()
    options = client.get("/accounts/passkey/options/", HTTP_HOST="localhost").json()
    client.post("/accounts/passkey/", {"proof_credential": json.dumps(key.sign(options))}, HTTP_HOST="localhost")
    assert models.PersonSession.objects.get().proof == "passkey"
