from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from burgrave.engines import otp
from burgrave.people import commands, models, queries
from burgrave.people.terms.factors import FactorKind
from burgrave.people.tests.soft_key import SoftKey
from burgrave.people.tests_cast import CAST_PASSWORD, NOON
from burgrave.web.terms import Actor

Tail = Callable[[], list[str]]
ClientOf = Callable[[Actor], Client]
SECRET = b"12345678901234567890"
LOGIN = "/accounts/login/"
SECOND = "/accounts/second-factor/"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150 Safari/537.36"


@pytest.fixture(autouse=True)
def _no_flood_counted() -> None:
    cache.clear()


def text(response: HttpResponse) -> str:
    return response.content.decode()


def give_app(actor: Actor) -> tuple[str, ...]:
    long_ago = timezone.now() - timedelta(hours=1)
    step = otp.step_at(long_ago.timestamp())
    return commands.add_app(SECRET, code=otp.code_at(SECRET, step), name="Phone", actor=actor, now=long_ago)


def code_now(ahead: int = 0) -> str:
    return otp.code_at(SECRET, otp.step_at(timezone.now().timestamp()) + ahead)


def give_passkey(client: Client, **traits: Any) -> SoftKey:
    """Added on the page as a browser would, as localhost."""
    key = SoftKey(**traits)
    options = client.get("/me/factors/passkey/options/", HTTP_HOST="localhost").json()
    answer = json.dumps(key.register(options))
    sent = {"name": "Key", "proof_new_passkey": answer}
    done = client.post("/me/factors/passkey/", sent, HTTP_HOST="localhost")
    assert "Keep these recovery codes" in text(done)
    return key


def password(client: Client, email: str = "bob@example.org") -> HttpResponse:
    sent = {"login": email, "password": CAST_PASSWORD}
    return client.post(LOGIN, sent, HTTP_HOST="localhost", HTTP_USER_AGENT=CHROME)


def later(**ago: int) -> AbstractContextManager[object]:
    return mock.patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(**ago))


def test_after_the_password_nothing_opens_before_the_second_factor(
    bob: Actor, client: Client, ledger_tail: Tail
) -> None:
    codes = give_app(bob)
    assert password(client).headers["Location"] == SECOND
    assert client.get("/me/").headers["Location"].startswith(LOGIN)
    password(client)
    assert "people.signed_in" not in ledger_tail()
    assert "Code" in text(client.get(SECOND, HTTP_HOST="localhost"))
    wrong = client.post(SECOND, {"proof_code": "000000"}, HTTP_HOST="localhost")
    assert (wrong.status_code, "wrong, too old, or was used already" in text(wrong)) == (422, True)
    right = client.post(SECOND, {"proof_code": code_now()}, HTTP_HOST="localhost")
    assert right.headers["Location"] == "/"
    assert client.get("/me/", HTTP_HOST="localhost").status_code == 200
    assert ledger_tail()[-2:] == ["people.factor_used", "people.signed_in"]

    other = Client()
    password(other)
    assert other.post(SECOND, {"proof_code": codes[3]}, HTTP_HOST="localhost").status_code == 302


def test_the_lock_of_second_factors_is_a_page_with_its_reason(bob: Actor, client: Client) -> None:
    give_app(bob)
    password(client)
    for _ in range(5):
        client.post(SECOND, {"proof_code": "000000"}, HTTP_HOST="localhost")
    locked = client.post(SECOND, {"proof_code": code_now()}, HTTP_HOST="localhost")
    assert (locked.status_code, "more minutes" in text(locked)) == (429, True)


def test_a_second_factor_without_a_sign_in_is_refused(bob: Actor, client: Client) -> None:
    for path in (SECOND, "/accounts/second-factor/options/"):
        assert client.get(path).status_code == 409


def test_somebody_who_is_deactivated_between_password_and_factor_does_not_get_in(
    alice: Actor, bob: Actor, client: Client
) -> None:
    give_app(bob)
    password(client)
    assert bob.person_id is not None
    commands.deactivate(bob.person_id, reason="left", actor=alice, now=timezone.now())
    assert client.post(SECOND, {"proof_code": code_now()}, HTTP_HOST="localhost").status_code == 409


def test_a_passkey_signs_in_alone_and_as_second_factor(bob: Actor, client_of: ClientOf, ledger_tail: Tail) -> None:
    key = give_passkey(client_of(bob))

    alone = Client()
    options = alone.get("/accounts/passkey/options/", HTTP_HOST="localhost").json()
    assert "allowCredentials" not in options["publicKey"]
    sent = {"proof_credential": json.dumps(key.sign(options)), "next": "/me/"}
    done = alone.post("/accounts/passkey/", sent, HTTP_HOST="localhost")
    assert (done.status_code, done.headers["Location"]) == (302, "/me/")
    assert alone.get("/me/", HTTP_HOST="localhost").status_code == 200

    again = Client().post("/accounts/passkey/", sent, HTTP_HOST="localhost")
    assert again.status_code == 422

    second = Client()
    password(second)
    options = second.get("/accounts/second-factor/options/", HTTP_HOST="localhost").json()
    sent = {"proof_credential": json.dumps(key.sign(options))}
    assert second.post(SECOND, sent, HTTP_HOST="localhost").headers["Location"] == "/"
    assert ledger_tail().count("people.factor_used") == 2


def test_an_answer_for_one_purpose_does_not_serve_another(bob: Actor, client_of: ClientOf) -> None:
    key = give_passkey(client_of(bob))
    client = Client()
    password(client)
    options = client.get("/accounts/second-factor/options/", HTTP_HOST="localhost").json()
    sent = {"proof_credential": json.dumps(key.sign(options))}
    assert client.post("/accounts/passkey/", sent, HTTP_HOST="localhost").status_code == 422


@pytest.mark.parametrize("sent", ["", "{", "[" * 5000, "{}"], ids=["nothing", "half", "deep", "empty"])
def test_rubbish_instead_of_a_passkey_is_refused(bob: Actor, client: Client, sent: str) -> None:
    client.get("/accounts/passkey/options/")
    assert client.post("/accounts/passkey/", {"proof_credential": sent}).status_code == 422


def test_the_passkey_of_somebody_who_left_opens_nothing(alice: Actor, bob: Actor, client_of: ClientOf) -> None:
    key = give_passkey(client_of(bob))
    assert bob.person_id is not None
    commands.deactivate(bob.person_id, reason="left", actor=alice, now=timezone.now())
    client = Client()
    options = client.get("/accounts/passkey/options/", HTTP_HOST="localhost").json()
    sent = {"proof_credential": json.dumps(key.sign(options))}
    assert client.post("/accounts/passkey/", sent, HTTP_HOST="localhost").status_code == 422


def test_a_sign_in_by_passkey_never_leads_to_another_site(bob: Actor, client_of: ClientOf) -> None:
    key = give_passkey(client_of(bob))
    client = Client()
    options = client.get("/accounts/passkey/options/", HTTP_HOST="localhost").json()
    sent = {"proof_credential": json.dumps(key.sign(options)), "next": "https://evil.example/"}
    assert client.post("/accounts/passkey/", sent, HTTP_HOST="localhost").headers["Location"] == "/"


def test_an_app_is_added_on_the_page_and_its_secret_stays_the_same_until_then(bob: Actor, client_of: ClientOf) -> None:
    client = client_of(bob)
    page = text(client.get("/me/factors/app/"))
    assert "<svg" in page
    assert "style=" not in page
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found is not None
    assert found.group(1) in text(client.get("/me/factors/app/"))
    wrong = client.post("/me/factors/app/", {"name": "Phone", "code": "123"})
    assert (wrong.status_code, "not the code that the app shows" in text(wrong)) == (422, True)

    secret = base64.b32decode(found.group(1).replace(" ", ""))
    code = otp.code_at(secret, otp.step_at(timezone.now().timestamp()))
    done = client.post("/me/factors/app/", {"name": "Phone", "code": code})
    assert "Keep these recovery codes" in text(done)
    assert "no-store" in done.headers["Cache-Control"]
    again = client.post("/me/factors/app/", {"name": "Phone", "code": "123"})
    assert again.status_code == 422
    assert found.group(1) not in text(again)


def test_factors_are_named_removed_and_listed_with_their_last_use(bob: Actor, client_of: ClientOf) -> None:
    give_app(bob)
    client = client_of(bob)
    assert bob.person_id is not None
    app = queries.factors_of(bob.person_id)[0]
    page = text(client.get("/me/factors/"))
    assert "Phone" in page
    assert "10 unused codes are left" in page
    assert client.post(f"/me/factors/{app.factor_id}/rename/", {"name": "New phone"}).status_code == 302
    assert "New phone" in text(client.get(f"/me/factors/{app.factor_id}/rename/"))
    assert client.post("/me/factors/codes/").status_code == 200
    assert "This is your last factor" in text(client.get(f"/me/factors/{app.factor_id}/remove/"))
    assert client.post(f"/me/factors/{app.factor_id}/remove/").status_code == 302
    assert "No second factor yet" in text(client.get("/me/factors/"))


def test_the_page_says_that_no_passkey_is_bound_to_a_number(bob: Actor, client_of: ClientOf) -> None:
    client = client_of(bob)
    assert "Passkeys need a host name" in text(client.get("/me/factors/passkey/", HTTP_HOST="127.0.0.1:8000"))
    assert "Passkeys need a host name" not in text(client.get("/me/factors/passkey/", HTTP_HOST="localhost:8000"))


def test_a_passkey_needs_the_answer_of_this_page(bob: Actor, client_of: ClientOf) -> None:
    response = client_of(bob).post("/me/factors/passkey/", {"name": "Key"})
    assert (response.status_code, "did not ask for a passkey" in text(response)) == (422, True)


def test_a_second_passkey_keeps_the_recovery_codes(bob: Actor, client_of: ClientOf) -> None:
    client = client_of(bob)
    give_passkey(client)
    options = client.get("/me/factors/passkey/options/", HTTP_HOST="localhost").json()
    sent = {"name": "Other", "proof_new_passkey": json.dumps(SoftKey().register(options))}
    done = client.post("/me/factors/passkey/", sent, HTTP_HOST="localhost")
    assert done.headers["Location"] == "/me/factors/"
    assert len(options["publicKey"]["excludeCredentials"]) == 1


# Who must have one


def demand(client: Client, role: str = "", days: int = 0) -> HttpResponse:
    return client.post("/people/factors/", {"role": role, "grace_days": str(days)})


def test_whoever_must_have_a_factor_is_led_to_set_one_up_before_anything_else(
    alice: Actor, bob: Actor, charlie: Actor, client_of: ClientOf, ledger_tail: Tail
) -> None:
    assert demand(client_of(alice), "incident_responder").status_code == 302
    assert ledger_tail() == ["people.factor_required"]
    client = client_of(bob)
    for path in ("/", "/alerts/", "/me/", "/people/"):
        assert client.get(path).headers["Location"] == "/me/factors/", path
    assert client.get("/api/alerts").status_code == 403
    assert "no other page opens" in text(client.get("/me/factors/"))
    assert client.get("/accounts/logout/").status_code == 200
    assert client_of(charlie).get("/me/").status_code == 200
    give_passkey(client)
    assert client.get("/me/", HTTP_HOST="localhost").status_code == 200
    assert bob.person_id is not None
    key = queries.factors_of(bob.person_id)[0]
    client.post(f"/me/factors/{key.factor_id}/remove/", HTTP_HOST="localhost")
    assert client.get("/me/", HTTP_HOST="localhost").headers["Location"] == "/me/factors/"


def test_during_the_grace_everything_opens_and_the_day_is_named(alice: Actor, bob: Actor, client_of: ClientOf) -> None:
    assert demand(client_of(alice), days=14).status_code == 302
    client = client_of(bob)
    assert client.get("/me/").status_code == 200
    assert "Add one until" in text(client.get("/me/factors/"))
    fresh = Client()
    password(fresh)
    assert "asks you for a second factor until" in text(fresh.get("/me/", HTTP_HOST="localhost"))
    # Bob came long ago, but the rule is new: its grace counts.
    assert bob.person_id is not None
    joined = models.Person.objects.get(pk=bob.person_id).joined_at
    due = queries.factor_due_at(bob.person_id, joined_at=joined, now=timezone.now())
    assert due is not None
    assert timedelta(days=13) < due - timezone.now() < timedelta(days=15)


def test_an_ended_role_and_a_lifted_demand_bind_nobody(alice: Actor, bob: Actor, client_of: ClientOf) -> None:
    boss, client = client_of(alice), client_of(bob)
    demand(boss, "incident_responder")
    assert client.get("/me/").status_code == 302
    models.Grant.objects.filter(person_id=bob.person_id).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get("/me/").status_code == 200
    demand(boss, "")
    assert client.get("/me/").status_code == 302
    give_app(alice)
    assert "Everybody" in text(boss.get("/people/factors/"))
    assert boss.post("/people/factors/lift/", {"role": ""}).status_code == 302
    assert boss.post("/people/factors/lift/", {"role": ""}).status_code == 404
    assert client.get("/me/").status_code == 200


def test_whoever_acts_in_the_stead_of_somebody_is_bound_by_the_role_too(
    alice: Actor, bob: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    now = timezone.now()
    grant = models.Grant.objects.get(person_id=bob.person_id)
    commands.require_factor("incident_responder", grace_days=0, actor=alice, now=now - timedelta(days=1))
    client = client_of(charlie)
    assert client.get("/me/").status_code == 200
    lent = models.Delegation.objects.create(
        grant=grant,
        delegate_id=charlie.person_id,
        reason="leave",
        begins_at=now - timedelta(hours=1),
        ends_at=now + timedelta(days=1),
        made_at=now,
    )
    assert client.get("/me/").headers["Location"] == "/me/factors/"
    lent.taken_back_at = now
    lent.save()
    assert client.get("/me/").status_code == 200


def test_a_demand_is_changed_in_its_grace_and_keeps_its_day(alice: Actor, client_of: ClientOf) -> None:
    assert alice.person_id is not None
    commands.require_factor("", grace_days=5, actor=alice, now=NOON)
    commands.require_factor("", grace_days=9, actor=alice, now=NOON + timedelta(days=1))
    (row,) = queries.factor_rules()
    assert (row.since, row.grace_days, row.set_by) == (NOON, 9, "Alice Amsel")


@pytest.mark.parametrize(("role", "days", "status"), [("", "366", 422), ("nonsense", "1", 422), ("", "-1", 422)])
def test_a_demand_that_makes_no_sense_is_refused(
    alice: Actor, client_of: ClientOf, role: str, days: str, status: int
) -> None:
    sent = {"role": role, "grace_days": days}
    assert client_of(alice).post("/people/factors/", sent).status_code == status


def test_only_who_manages_everybody_may_demand(bob: Actor, dora: Actor, client_of: ClientOf, ledger_tail: Tail) -> None:
    for actor in (bob, dora):
        assert demand(client_of(actor)).status_code == 403
    assert ledger_tail() == []


def test_an_administrator_resets_factors_on_the_page_and_the_sessions_end(
    alice: Actor, bob: Actor, client_of: ClientOf
) -> None:
    give_app(bob)
    client, boss = client_of(bob), client_of(alice)
    assert client.get("/me/").status_code == 200
    path = f"/people/{bob.person_id}/factors/reset/"
    assert "Take the factors of Bob Birnbaum away" in text(boss.get(path))
    assert boss.post(path, {"reason": "phone lost"}).status_code == 302
    assert client.get("/me/").headers["Location"].startswith(LOGIN)
    again = boss.post(path, {"reason": "phone lost"})
    assert (again.status_code, "has no second factor" in text(again)) == (409, True)
    assert bob.person_id is not None
    assert [row.kind for row in queries.factors_of(bob.person_id)] == []
    assert FactorKind.APP not in {row.kind for row in queries.factors_of(bob.person_id)}
