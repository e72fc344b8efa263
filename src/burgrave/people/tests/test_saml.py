from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone
from lxml import etree

from burgrave.people import models
from burgrave.people.commands import saml
from burgrave.people.errors import ForeignAnswerRefused
from burgrave.people.terms.providers import SamlProvider, parse_providers
from burgrave.web.terms import Actor
from saml_idp import ASSERTION, NS, Idp, Node, key_and_certificate, request_in

Tail = Callable[[], list[str]]
PAIR = key_and_certificate()
OTHER_PAIR = key_and_certificate()
ACS = "/accounts/with/idp/acs/"


@pytest.fixture(autouse=True)
def _no_flood_counted() -> None:
    cache.clear()


@pytest.fixture
def idp() -> Iterator[Idp]:
    """A provider that is asked directly; the browser's way to it is tried in a real browser."""
    provider = Idp(port=8443, pair=PAIR)
    with configured(provider):
        yield provider


def configured(idp: Idp, **more: Any) -> override_settings:
    facts: dict[str, Any] = {
        "slug": "idp",
        "name": "Example login",
        "entity_id": idp.entity_id,
        "sso_url": idp.sso_url,
        "certificate": idp.certificate,
        "domains": frozenset({"example.org"}),
    }
    return override_settings(BURGRAVE_IDENTITY_PROVIDERS=(SamlProvider(**{**facts, **more}),))


def text(response: HttpResponse) -> str:
    return response.content.decode()


def asked(client: Client, query: str = "") -> Node:
    begun = client.get(f"/accounts/with/idp/{query}", HTTP_HOST="localhost")
    return request_in(begun.headers["Location"])


def bring(client: Client, response: str) -> HttpResponse:
    """The browser posts the response without its session, then comes with it."""
    posted = Client().post(ACS, {"SAMLResponse": response}, HTTP_HOST="localhost")
    if posted.status_code != 302:
        return posted
    return client.get(posted.headers["Location"], HTTP_HOST="localhost")


def sign_in(client: Client, idp: Idp, query: str = "") -> HttpResponse:
    return bring(client, idp.answer(asked(client, query)))


def is_in(client: Client) -> bool:
    return client.get("/me/", HTTP_HOST="localhost").status_code == 200


def test_somebody_known_by_address_is_linked_and_in(idp: Idp, bob: Actor, client: Client, ledger_tail: Tail) -> None:
    assert sign_in(client, idp, "?next=/me/sessions/").headers["Location"] == "/me/sessions/"
    assert is_in(client)
    assert ledger_tail() == ["people.foreign_identity_linked", "people.signed_in"]
    idp.email = "bob@elsewhere.example"
    again = Client()
    sign_in(again, idp)
    assert is_in(again)
    # What was said about a person does not stay.
    assert list(models.ForeignAnswer.objects.values_list("claims", flat=True)) == [None, None]


@pytest.mark.parametrize(
    ("email", "sentence"),
    [("nobody@example.org", "nobody here has"), ("bob@evil.example", "may not vouch"), ("", "no e-mail address")],
    ids=["unknown", "foreign-domain", "none"],
)
def test_somebody_who_is_not_meant_stays_outside(
    idp: Idp, bob: Actor, client: Client, ledger_tail: Tail, email: str, sentence: str
) -> None:
    idp.email = email
    refused = sign_in(client, idp)
    assert (refused.status_code, sentence in text(refused)) == (403, True)
    assert not is_in(client)
    assert ledger_tail() == ["people.foreign_sign_in_refused"]


# What the provider must not say


def _set(path: str, name: str, value: str) -> Callable[[Node], None]:
    def lie(response: Node) -> None:
        for node in response.xpath(path, namespaces=NS):
            node.set(name, value)

    return lie


def _write(path: str, value: str) -> Callable[[Node], None]:
    def lie(response: Node) -> None:
        for node in response.xpath(path, namespaces=NS):
            node.text = value

    return lie


def _drop(path: str) -> Callable[[Node], None]:
    def lie(response: Node) -> None:
        for node in response.xpath(path, namespaces=NS):
            node.getparent().remove(node)

    return lie


PAST = "2026-01-01T00:00:00Z"
FUTURE = "2099-01-01T00:00:00Z"
CONFIRMATION = "//saml:SubjectConfirmationData"


@pytest.mark.parametrize(
    "lie",
    [
        _write("//saml:Audience", "https://other.example/metadata"),
        _drop("//saml:AudienceRestriction"),
        _set("//saml:Conditions", "NotOnOrAfter", PAST),
        _set("//saml:Conditions", "NotBefore", FUTURE),
        _drop("//saml:Conditions"),
        _set(CONFIRMATION, "NotOnOrAfter", PAST),
        _set(CONFIRMATION, "Recipient", "https://other.example/acs/"),
        _set(CONFIRMATION, "InResponseTo", "another"),
        _drop("//saml:SubjectConfirmation"),
        _write("//saml:Issuer", "https://evil.example/metadata"),
        _set("/samlp:Response", "Destination", "https://other.example/acs/"),
        _set("//samlp:StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Requester"),
        _set("//saml:NameID", "Format", saml.TRANSIENT),
        _write("//saml:NameID", ""),
        _write("//saml:NameID", "x" * 256),
        _drop("//saml:AuthnStatement"),
        _set("/samlp:Response", "Version", "1.1"),
    ],
    ids=[
        "audience",
        "no-audience",
        "expired",
        "not-yet",
        "no-conditions",
        "confirmation-expired",
        "recipient",
        "other-question",
        "no-confirmation",
        "issuer",
        "destination",
        "status",
        "transient",
        "no-subject",
        "long-subject",
        "no-statement",
        "version",
    ],
)
def test_a_signed_response_that_says_something_else_is_refused(
    idp: Idp, bob: Actor, client: Client, ledger_tail: Tail, lie: Callable[[Node], None]
) -> None:
    idp.lie = lie
    refused = sign_in(client, idp)
    assert (refused.status_code, "is not believed" in text(refused)) == (403, True)
    assert not is_in(client)
    assert ledger_tail() == ["people.foreign_sign_in_refused"]


def test_a_confirmation_without_an_end_is_refused(idp: Idp, bob: Actor, client: Client) -> None:
    def lie(response: Node) -> None:
        del response.find(".//saml:SubjectConfirmationData", NS).attrib["NotOnOrAfter"]

    idp.lie = lie
    assert "it never ends" in text(sign_in(client, idp))


# Forged signatures, and signatures that cover something else than what is read


def test_a_response_without_a_signature_is_refused(idp: Idp, bob: Actor, client: Client) -> None:
    idp.signs = False
    assert sign_in(client, idp).status_code == 403


def test_a_signature_by_another_key_is_refused_though_it_brings_its_certificate(
    idp: Idp, bob: Actor, client: Client
) -> None:
    idp.signs = False
    idp.forge = lambda response: idp.sign(response.find("saml:Assertion", NS), OTHER_PAIR)
    assert sign_in(client, idp).status_code == 403


@pytest.mark.parametrize("path", ["//saml:NameID", "//saml:AttributeValue"])
def test_one_changed_word_after_the_signature_is_refused(idp: Idp, bob: Actor, client: Client, path: str) -> None:
    idp.forge = _write(path, "alice@example.org")
    assert sign_in(client, idp).status_code == 403


def evil_twin(response: Node) -> Node:
    """An assertion about Alice without a signature, made of Bob's."""
    twin = copy.deepcopy(response.find("saml:Assertion", NS))
    twin.remove(twin.find("ds:Signature", NS))
    twin.set("ID", "evil")
    twin.find(".//saml:NameID", NS).text = "alice"
    for value in twin.iterfind(".//saml:AttributeValue", NS):
        value.text = "alice@example.org"
    return twin


def wrap_beside(response: Node) -> None:
    """XSW 3: the evil assertion comes first, the signed one stays beside it."""
    response.insert(list(response).index(response.find("saml:Assertion", NS)), evil_twin(response))


def wrap_around(response: Node) -> None:
    """XSW 4: the evil assertion holds the signed one as its child."""
    twin, signed = evil_twin(response), response.find("saml:Assertion", NS)
    response.replace(signed, twin)
    twin.append(signed)


def wrap_in_extensions(response: Node) -> None:
    """XSW 7: the signed assertion is hidden where anything may stand."""
    twin, signed = evil_twin(response), response.find("saml:Assertion", NS)
    response.replace(signed, twin)
    hiding = etree.Element("{urn:oasis:names:tc:SAML:2.0:protocol}Extensions")
    hiding.append(signed)
    response.insert(1, hiding)


def wrap_in_signature(response: Node) -> None:
    """XSW 8: the evil assertion takes the signature, the signed one hides in an object of it."""
    twin, signed = evil_twin(response), response.find("saml:Assertion", NS)
    signature = signed.find("ds:Signature", NS)
    response.replace(signed, twin)
    signed.remove(signature)
    hiding = etree.SubElement(signature, f"{{{NS['ds']}}}Object")
    hiding.append(signed)
    twin.find("saml:Issuer", NS).addnext(signature)


def wrap_with_the_same_name(response: Node) -> None:
    """The evil assertion has the ID of the signed one and stands before it."""
    twin, signed = evil_twin(response), response.find("saml:Assertion", NS)
    twin.set("ID", signed.get("ID"))
    response.insert(list(response).index(signed), twin)


def move_the_signature(response: Node) -> None:
    """The signature stands in the response, the evil assertion alone in its place."""
    twin, signed = evil_twin(response), response.find("saml:Assertion", NS)
    signature = signed.find("ds:Signature", NS)
    response.replace(signed, twin)
    response.find("saml:Issuer", NS).addnext(signature)


@pytest.mark.parametrize(
    "wrap",
    [wrap_beside, wrap_around, wrap_in_extensions, wrap_in_signature, wrap_with_the_same_name, move_the_signature],
)
def test_a_wrapped_signature_is_refused(
    idp: Idp, alice: Actor, bob: Actor, client: Client, wrap: Callable[[Node], None]
) -> None:
    idp.forge = wrap
    assert sign_in(client, idp).status_code == 403
    assert not is_in(client)


def test_a_comment_in_a_name_cuts_nothing_off(idp: Idp, alice: Actor, bob: Actor, client: Client) -> None:
    """Exclusive canonicalisation ignores comments, so that one may be put in after signing (CVE-2017-11427)."""
    idp.email = "alice@example.org.evil.example"

    def split(response: Node) -> None:
        value = response.find(".//saml:AttributeValue", NS)
        value.text = "alice@example.org"
        comment = etree.Comment("x")
        comment.tail = ".evil.example"
        value.append(comment)

    idp.forge = split
    sign_in(client, idp)
    assert not is_in(client)


# Whose question, and how often


def test_a_response_is_taken_once(idp: Idp, bob: Actor, client: Client, ledger_tail: Tail) -> None:
    response = idp.answer(asked(client))
    assert bring(client, response).status_code == 302
    again = bring(client, response)
    assert (again.status_code, "was used already" in text(again)) == (403, True)
    asked(client)
    assert bring(client, response).status_code == 403


def test_a_response_is_of_use_only_to_the_browser_that_asked(idp: Idp, bob: Actor, client: Client) -> None:
    stolen = idp.answer(asked(client))
    thief = Client()
    asked(thief)
    assert bring(thief, stolen).status_code == 403
    assert not is_in(thief)


def test_a_ticket_is_good_once_and_for_two_minutes(idp: Idp, bob: Actor, client: Client) -> None:
    first = idp.answer(asked(client))
    posted = Client().post(ACS, {"SAMLResponse": first}, HTTP_HOST="localhost")
    with mock.patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(seconds=121)):
        assert "too late" in text(client.get(posted.headers["Location"], HTTP_HOST="localhost"))
    assert "taken already" in text(client.get(posted.headers["Location"], HTTP_HOST="localhost"))
    assert client.get("/accounts/with/idp/finish/", HTTP_HOST="localhost").status_code == 403


def test_a_response_that_nobody_asked_for_is_refused_unless_it_is_configured(
    idp: Idp, bob: Actor, client: Client
) -> None:
    here = saml.Here(
        entity_id="http://localhost/accounts/with/idp/metadata/", acs="http://localhost/accounts/with/idp/acs/"
    )

    def unsolicited() -> str:
        return idp.answer(None, acs=here.acs, audience=here.entity_id)

    refused = bring(client, unsolicited())
    assert (refused.status_code, "nobody here asked for it" in text(refused)) == (403, True)
    with configured(idp, unsolicited=True):
        response = unsolicited()
        assert bring(client, response).headers["Location"] == "/"
        assert is_in(client)
        assert "used already" in text(bring(Client(), response))


def test_who_came_over_the_provider_proves_it_anew_there(idp: Idp, bob: Actor, client: Client) -> None:
    sign_in(client, idp)
    session = client.session
    session["people.proved_at"] = (timezone.now() - timedelta(minutes=16)).timestamp()
    session.save()
    question = asked(client, "?confirm=1&next=/me/factors/app/")
    assert question.get("ForceAuthn") == "true"
    idp.lie = _set("//saml:AuthnStatement", "AuthnInstant", PAST)
    assert "did not sign in anew" in text(bring(client, idp.answer(question)))
    idp.lie = lambda response: None
    done = sign_in(client, idp, "?confirm=1&next=/me/factors/app/")
    assert done.headers["Location"] == "/me/factors/app/"
    assert client.get("/me/factors/app/", HTTP_HOST="localhost").status_code == 200


# What is no response


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    f'<samlp:Response xmlns:samlp="{NS["samlp"]}" xmlns:saml="{ASSERTION}" ID="r" Version="2.0">&b;</samlp:Response>'
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    "sent",
    ["", "!", "AAAA", base64.b64encode(b"<x/>").decode(), BOMB, OUTSIDE, "A" * 300_000],
    ids=["nothing", "no-base64", "no-xml", "other-xml", "entities", "outside", "too-long"],
)
def test_what_is_no_response_is_refused(idp: Idp, bob: Actor, client: Client, ledger_tail: Tail, sent: str) -> None:
    response = base64.b64encode(sent.encode()).decode() if sent.startswith("<?xml") else sent
    assert bring(client, response).status_code == 403
    assert ledger_tail() == ["people.foreign_sign_in_refused"]


def test_a_forgotten_answer_leaves_room_and_a_ticket_of_another_provider_opens_nothing(idp: Idp, bob: Actor) -> None:
    models.ForeignAnswer.objects.create(digest="old", expires_at=timezone.now() - timedelta(seconds=1))
    sign_in(Client(), idp)
    assert not models.ForeignAnswer.objects.filter(digest="old").exists()
    provider = override_provider("other", idp)
    models.ForeignAnswer.objects.update(token_hash="", claims={"slug": "idp"})
    with pytest.raises(ForeignAnswerRefused):
        saml.redeem("", provider=provider, now=timezone.now())


def override_provider(slug: str, idp: Idp) -> SamlProvider:
    return SamlProvider(
        slug=slug,
        name="Other",
        entity_id=idp.entity_id,
        sso_url=idp.sso_url,
        certificate=idp.certificate,
        domains=frozenset({"example.org"}),
    )


def test_the_metadata_names_this_service_provider(idp: Idp, bob: Actor, client: Client) -> None:
    answer = client.get("/accounts/with/idp/metadata/", HTTP_HOST="localhost")
    found = etree.fromstring(answer.content)
    assert found.get("entityID") == "http://localhost/accounts/with/idp/metadata/"
    assert "/accounts/with/idp/acs/" in text(answer)


def test_the_addresses_of_the_other_kind_are_not_there(idp: Idp, bob: Actor, client: Client) -> None:
    assert client.get("/accounts/with/idp/back/").status_code == 404
    assert client.get("/accounts/with/nothing/").status_code == 404


GOOD: dict[str, object] = {
    "kind": "saml",
    "slug": "idp",
    "name": "Example login",
    "entity_id": "https://idp.example/metadata",
    "sso_url": "https://idp.example/sso",
    "certificate": PAIR[1],
    "domains": ["example.org"],
}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"certificate": "x"}, "PEM certificate"),
        ({"domains": []}, "name the domains"),
        ({"sso_url": "javascript:alert(1)"}, "an address of https"),
        ({"client_id": "x"}, "unknown settings"),
        ({"unsolicited": 1}, "true or false"),
        ({"email_attributes": [1]}, "a list of texts"),
    ],
    ids=str,
)
def test_a_bad_file_is_refused_with_place_and_reason(changed: dict[str, object], sentence: str) -> None:
    assert isinstance(parse_providers([GOOD])[0], SamlProvider)
    with pytest.raises(ValueError, match=f"provider 1: .*{sentence}"):
        parse_providers([{**GOOD, **changed}])
