from __future__ import annotations

import base64
import hmac
import http.client
import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone

from burgrave.people import commands, models
from burgrave.people.terms.providers import OidcProvider, parse_providers
from burgrave.people.tests.test_factor_pages import code_now, give_app
from burgrave.people.tests_cast import CAST_PASSWORD
from burgrave.web.terms import Actor
from identity import Provider, openid_provider

Tail = Callable[[], list[str]]
ClientOf = Callable[[Actor], Client]


@pytest.fixture(autouse=True)
def _no_flood_counted() -> None:
    cache.clear()


@pytest.fixture
def idp() -> Iterator[Provider]:
    with openid_provider() as provider:
        yield provider


def configured(idp: Provider, **more: Any) -> override_settings:
    facts: dict[str, Any] = {
        "slug": "office",
        "name": "Office",
        "issuer": idp.issuer,
        "client_id": idp.client_id,
        "client_secret": idp.client_secret,
    }
    return override_settings(BURGRAVE_IDENTITY_PROVIDERS=(OidcProvider(**{**facts, **more}),))


def text(response: HttpResponse) -> str:
    return response.content.decode()


def visit(address: str) -> str:
    """Where the provider sends the browser."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=5)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return str(answer.headers["Location"])


def there_and_back(client: Client, query: str = "") -> str:
    """The path with which the browser comes back from the provider."""
    asked = client.get(f"/accounts/with/office/{query}", HTTP_HOST="localhost")
    assert asked.status_code == 302
    back = urlsplit(visit(asked.headers["Location"]))
    return f"{back.path}?{back.query}"


def sign_in(client: Client, query: str = "") -> HttpResponse:
    return client.get(there_and_back(client, query), HTTP_HOST="localhost")


def is_in(client: Client) -> bool:
    return client.get("/me/", HTTP_HOST="localhost").status_code == 200


def test_somebody_known_by_a_verified_address_is_linked_and_in(
    idp: Provider, bob: Actor, client: Client, ledger_tail: Tail
) -> None:
    with configured(idp):
        assert "Sign in with Office" in text(client.get("/accounts/login/?next=/me/"))
        assert sign_in(client, "?next=/me/").headers["Location"] == "/me/"
        assert is_in(client)
        assert ledger_tail() == ["people.foreign_identity_linked", "people.signed_in"]
        assert models.PersonSession.objects.get().proof == "provider"
        asked = idp.asked[0]
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert idp.client_secret not in json.dumps(asked)

        # Afterwards the subject counts, whatever becomes of the address.
        idp.email, idp.verified = "other@example.org", False
        again = Client()
        assert sign_in(again).headers["Location"] == "/"
        assert is_in(again)


def test_somebody_invited_is_linked_and_the_link_is_dead(
    idp: Provider, alice: Actor, organisation: Any, client: Client
) -> None:
    invited = commands.add_person(
        email="frieda@example.org",
        name="Frieda Funk",
        unit_id=organisation.operations,
        actor=alice,
        now=timezone.now(),
    )
    idp.email = "Frieda@Example.org"
    with configured(idp):
        sign_in(client)
        assert is_in(client)
    assert Client().get(invited.path).status_code == 404


@pytest.mark.parametrize(
    ("facts", "settings", "sentence"),
    [
        ({"verified": False}, {}, "no e-mail address that it has verified"),
        ({"email": ""}, {}, "no e-mail address that it has verified"),
        ({"email": "nobody@example.org"}, {}, "nobody here has the e-mail address"),
        ({}, {"domains": frozenset({"example.com"})}, "may not vouch for addresses of this domain"),
        ({"email": "x y@example.org"}, {"provision": True}, "an e-mail address that is none"),
    ],
    ids=["unverified", "no-address", "unknown", "foreign-domain", "no-address-at-all"],
)
def test_somebody_who_is_not_meant_stays_outside_with_a_sentence(
    idp: Provider,
    bob: Actor,
    client: Client,
    ledger_tail: Tail,
    facts: dict[str, Any],
    settings: dict[str, Any],
    sentence: str,
) -> None:
    for name, value in facts.items():
        setattr(idp, name, value)
    with configured(idp, **settings):
        refused = sign_in(client)
        assert (refused.status_code, sentence in text(refused)) == (403, True)
        assert not is_in(client)
    assert ledger_tail() == ["people.foreign_sign_in_refused"]
    assert not models.ForeignIdentity.objects.exists()


def test_somebody_deactivated_stays_outside(idp: Provider, alice: Actor, bob: Actor) -> None:
    with configured(idp):
        sign_in(Client())
        assert bob.person_id is not None
        commands.deactivate(bob.person_id, reason="left", actor=alice, now=timezone.now())
        assert "deactivated" in text(sign_in(Client()))
        idp.subject = "subject-2"
        assert "deactivated" in text(sign_in(Client()))


def test_an_address_that_was_given_to_somebody_else_does_not_take_the_account(
    idp: Provider, bob: Actor, client: Client
) -> None:
    with configured(idp):
        sign_in(Client())
        idp.subject = "subject-2"
        assert "belongs to another account" in text(sign_in(client))


def test_a_provider_that_is_trusted_for_a_domain_needs_no_claim(idp: Provider, bob: Actor, client: Client) -> None:
    idp.verified = False
    with configured(idp, trust_email=True, domains=frozenset({"example.org"})):
        sign_in(client)
        assert is_in(client)


def test_somebody_new_is_made_known_only_where_it_is_configured_and_may_nothing(
    idp: Provider, alice: Actor, client: Client, ledger_tail: Tail
) -> None:
    idp.email, idp.name = "nora@example.org", "  Nora   Neumann "
    with configured(idp, provision=True):
        sign_in(client)
        assert is_in(client)
        assert client.get("/people/", HTTP_HOST="localhost").status_code == 403
    nora = models.Person.objects.get(email="nora@example.org")
    assert (nora.name, nora.grants.count(), nora.has_usable_password()) == ("Nora Neumann", 0, False)
    assert ledger_tail() == ["people.person_added", "people.foreign_identity_linked", "people.signed_in"]


# Forged, old and repeated answers

FOREIGN_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(claims: dict[str, Any]) -> str:
    return f"{part({'alg': 'none', 'kid': 'k1'})}.{part(claims)}."


@pytest.mark.parametrize(
    ("lie", "sentence"),
    [
        (lambda claims: {**claims, "aud": "another"}, "it is for"),
        (lambda claims: {**claims, "iss": "https://evil.example"}, "it is by"),
        (lambda claims: {**claims, "exp": int(time.time()) - 120}, "it expired"),
        (lambda claims: {**claims, "nonce": "another"}, "its nonce"),
        (lambda claims: {name: value for name, value in claims.items() if name != "nonce"}, "its nonce"),
    ],
    ids=["audience", "issuer", "expired", "nonce", "no-nonce"],
)
def test_a_token_that_is_not_meant_for_this_sign_in_is_refused(
    idp: Provider, bob: Actor, client: Client, ledger_tail: Tail, lie: Any, sentence: str
) -> None:
    idp.lie = lie
    with configured(idp):
        refused = sign_in(client)
        assert (refused.status_code, sentence in text(refused)) == (403, True)
        assert not is_in(client)
    assert ledger_tail() == ["people.foreign_sign_in_refused"]


def hmac_signed(claims: dict[str, Any], secret: bytes) -> str:
    signed = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(claims)}"
    mac = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


@pytest.mark.parametrize("forgery", ["other-key", "none", "hmac-with-the-public-key"])
def test_a_forged_signature_is_refused(idp: Provider, bob: Actor, client: Client, forgery: str) -> None:
    public = idp.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    idp.sign = {
        "other-key": lambda claims: jwt.encode(claims, FOREIGN_KEY, "RS256", headers={"kid": "k1"}),
        "none": unsigned,
        "hmac-with-the-public-key": lambda claims: hmac_signed(claims, public),
    }[forgery]
    with configured(idp):
        refused = sign_in(client)
        assert (refused.status_code, "is not believed" in text(refused)) == (403, True)
        assert not is_in(client)


def test_an_answer_is_taken_once_and_only_by_the_browser_that_asked(idp: Provider, bob: Actor, client: Client) -> None:
    with configured(idp):
        back = there_and_back(client)
        stolen = Client().get(back, HTTP_HOST="localhost")
        assert (stolen.status_code, "did not ask for it" in text(stolen)) == (403, True)
        assert client.get(back, HTTP_HOST="localhost").status_code == 302
        again = client.get(back, HTTP_HOST="localhost")
        assert (again.status_code, "got it already" in text(again)) == (403, True)


def test_an_answer_with_another_state_or_of_another_provider_is_refused(
    idp: Provider, bob: Actor, client: Client
) -> None:
    with configured(idp):
        path, _mark, query = there_and_back(client).partition("?")
        words = {name: values[0] for name, values in parse_qs(query).items()}
        for changed in ({"state": "guessed"}, {"state": ""}):
            answer = client.get(f"{path}?{urlencode({**words, **changed})}", HTTP_HOST="localhost")
            assert answer.status_code == 403
        other = client.get(f"{path}?{urlencode({**words, 'iss': 'https://evil.example'})}", HTTP_HOST="localhost")
        assert "another provider answered" in text(other)


def test_a_question_of_long_ago_is_refused(idp: Provider, bob: Actor, client: Client) -> None:
    with configured(idp):
        back = there_and_back(client)
        later = timezone.now() + timedelta(seconds=601)
        with mock.patch("django.utils.timezone.now", return_value=later):
            assert "asked long ago" in text(client.get(back, HTTP_HOST="localhost"))


def test_a_code_of_another_browser_s_question_is_refused_by_pkce(idp: Provider, bob: Actor, client: Client) -> None:
    with configured(idp):
        stolen = parse_qs(urlsplit(there_and_back(Client())).query)["code"][0]
        path, _mark, query = there_and_back(client).partition("?")
        words = {name: values[0] for name, values in parse_qs(query).items()}
        refused = client.get(f"{path}?{urlencode({**words, 'code': stolen})}", HTTP_HOST="localhost")
        assert (refused.status_code, "invalid_grant" in text(refused)) == (503, True)


def test_a_provider_that_refuses_lies_about_its_name_or_is_away_is_named(
    idp: Provider, bob: Actor, client: Client
) -> None:
    with configured(idp):
        idp.refuses = "access_denied"
        assert "access_denied" in text(sign_in(client))
        idp.refuses, idp.issuer_says = "", "https://evil.example"
        assert "it calls itself" in text(client.get("/accounts/with/office/"))
    with configured(idp, issuer="http://localhost:9"):
        away = client.get("/accounts/with/office/")
        assert (away.status_code, "did not answer as it should" in text(away)) == (503, True)
    with configured(idp, client_secret="wrong"):
        idp.issuer_says = ""
        assert "invalid_client" in text(sign_in(client))


def test_a_second_factor_is_asked_after_the_provider_unless_it_asks_itself(
    idp: Provider, bob: Actor, client: Client
) -> None:
    give_app(bob)
    with configured(idp):
        assert sign_in(client).headers["Location"] == "/accounts/second-factor/"
        done = client.post("/accounts/second-factor/", {"proof_code": code_now()}, HTTP_HOST="localhost")
        assert done.headers["Location"] == "/"
    with configured(idp, second_factor=True):
        assert sign_in(Client()).headers["Location"] == "/"


def test_whoever_must_have_a_factor_has_it_at_the_provider(idp: Provider, alice: Actor, bob: Actor) -> None:
    commands.require_factor("", grace_days=0, actor=alice, now=timezone.now() - timedelta(days=1))
    weak, strong = Client(), Client()
    with configured(idp):
        sign_in(weak)
        assert not is_in(weak)
    with configured(idp, second_factor=True):
        sign_in(strong)
        assert is_in(strong)


def test_it_never_leads_to_another_site(idp: Provider, bob: Actor, client: Client) -> None:
    with configured(idp):
        assert sign_in(client, "?next=https://evil.example/").headers["Location"] == "/"


# Proving it anew


def stale(client: Client) -> None:
    session = client.session
    session["people.proved_at"] = (timezone.now() - timedelta(minutes=16)).timestamp()
    session.save()


def test_who_came_over_a_provider_proves_it_anew_there_and_nothing_typed_is_lost(
    idp: Provider, alice: Actor, bob: Actor, ledger_tail: Tail
) -> None:
    idp.email = "alice@example.org"
    client = Client()
    with configured(idp):
        sign_in(client)
        stale(client)
        path = f"/people/{bob.person_id}/deactivate/"
        form = "application/x-www-form-urlencoded"
        question = client.post(path, urlencode({"reason": "left us"}), content_type=form, HTTP_HOST="localhost")
        assert (question.status_code, "At Office" in text(question)) == (403, True)
        sent = {"confirm_action": path, "confirm_next": "", "reason": "left us"}
        away = client.post("/me/confirm/with/office/", sent, HTTP_HOST="localhost")
        to = away.headers["Refresh"].partition("url=")[2]
        asked = client.get(to, HTTP_HOST="localhost")
        assert (idp.asked or [{}])[-1].get("prompt") is None
        back = urlsplit(visit(asked.headers["Location"]))
        assert (idp.asked[-1]["prompt"], idp.asked[-1]["max_age"]) == ("login", "0")
        done = client.get(f"{back.path}?{back.query}", HTTP_HOST="localhost")
        assert done.headers["Location"] == "/me/confirm/resume/"
        resumed = text(client.get("/me/confirm/resume/", HTTP_HOST="localhost"))
        assert 'name="reason" value="left us"' in resumed
        assert client.post(path, {"reason": "left us"}, HTTP_HOST="localhost").status_code == 302
    assert ledger_tail()[-2:] == ["people.identity_confirmed", "people.person_deactivated"]
    assert client.get("/me/confirm/resume/", HTTP_HOST="localhost").headers["Location"] == "/me/"


def test_an_old_sign_in_at_the_provider_or_somebody_else_s_proves_nothing(
    idp: Provider, bob: Actor, charlie: Actor
) -> None:
    client = Client()
    with configured(idp):
        sign_in(client)
        stale(client)
        idp.lie = lambda claims: {**claims, "auth_time": int(time.time()) - 3600}
        assert "did not sign in anew" in text(sign_in(client, "?confirm=1"))
        idp.lie, idp.subject, idp.email = (lambda claims: claims), "subject-2", "charlie@example.org"
        assert "somebody else signed in" in text(sign_in(client, "?confirm=1"))
        assert client.get("/me/factors/app/", HTTP_HOST="localhost").status_code == 302
        idp.subject = "subject-1"
        assert sign_in(client, "?confirm=1&next=/me/factors/app/").headers["Location"] == "/me/factors/app/"
        assert client.get("/me/factors/app/", HTTP_HOST="localhost").status_code == 200


def test_what_is_too_long_to_be_kept_is_refused(idp: Provider, bob: Actor, client_of: ClientOf) -> None:
    with configured(idp):
        sent = {"confirm_action": "/me/", "text": "x" * 200_001}
        assert client_of(bob).post("/me/confirm/with/office/", sent).status_code == 422


def test_passwords_can_be_switched_off(idp: Provider, bob: Actor, client: Client) -> None:
    with configured(idp), override_settings(BURGRAVE_PASSWORD_SIGN_IN=False):
        page = text(client.get("/accounts/login/"))
        assert "Sign in with Office" in page
        assert 'name="password"' not in page
        refused = client.post("/accounts/login/", {"login": "bob@example.org", "password": CAST_PASSWORD})
        assert (refused.status_code, "switched off" in text(refused)) == (403, True)
        sign_in(client)
        assert is_in(client)


# The operator's file


GOOD: dict[str, object] = {
    "kind": "oidc",
    "slug": "office",
    "name": "Office",
    "issuer": "https://idp.example",
    "client_id": "burgrave",
    "client_secret": "s",
}


def test_the_file_is_parsed_and_a_secret_is_in_no_representation() -> None:
    (provider,) = parse_providers([{**GOOD, "client_secret": "hidden-thing", "domains": ["example.org"]}])
    assert isinstance(provider, OidcProvider)
    assert "hidden-thing" not in repr(provider)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"kind": "ldap"}, "oidc or saml is expected"),
        ({"slug": "Office 1"}, "small letters, digits and dashes"),
        ({"name": ""}, "1 to 60 characters"),
        ({"issuer": "http://idp.example"}, "an address of https"),
        ({"issuer": "https://idp.example#x"}, "an address of https"),
        ({"client_secret": ""}, "client_secret_file"),
        ({"trust_email": True}, "name the domains"),
        ({"domains": "example.org"}, "a list of texts"),
        ({"domains": ["*"]}, "a domain name"),
        ({"provision": "yes"}, "true or false"),
        ({"name": 7}, "a text is expected"),
        ({"colour": "red"}, "unknown settings: colour"),
    ],
    ids=str,
)
def test_a_bad_file_is_refused_with_place_and_reason(changed: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"provider 2: .*{sentence}"):
        parse_providers([GOOD, {**GOOD, "slug": "two", **changed}])


def test_a_provider_that_lacks_something_or_is_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="provider 1"):
        parse_providers([{"kind": "oidc", "slug": "x"}])
    with pytest.raises(ValueError, match="same slug"):
        parse_providers([GOOD, GOOD])
