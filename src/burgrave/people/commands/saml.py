"""The side of a SAML service provider: asking an identity provider, and judging its response (SAML 2.0 Web SSO).

python3-saml judges signature, structure and times in its strict mode. It skips a check whose element is missing, so
what must be there is checked here again. The library and its xmlsec are loaded only where a SAML provider is used.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from burgrave.people import models, rules
from burgrave.people.commands.openid import refused
from burgrave.people.terms.providers import SamlProvider, Vouched

if TYPE_CHECKING:
    from onelogin.saml2.response import OneLogin_Saml2_Response

MOST_RESPONSE_BYTES = 256 * 1024
TICKET_LASTS = timedelta(minutes=2)
CLOCK_SKEW = timedelta(minutes=1)
KEPT_AT_LEAST = timedelta(minutes=10)
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
NS = {"saml": "urn:oasis:names:tc:SAML:2.0:assertion", "samlp": "urn:oasis:names:tc:SAML:2.0:protocol"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Where this service provider stands: its own name, and the address that takes responses."""

    entity_id: str
    acs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What a believed response says. ``in_response_to`` is "" where nobody asked for it."""

    vouched: Vouched
    in_response_to: str
    digest: str
    expires_at: datetime
    authenticated_at: datetime


def ask(provider: SamlProvider, *, here: Here, anew: bool) -> tuple[str, str]:
    """The address at the provider to which the browser goes, and the identifier that the response must name."""
    from onelogin.saml2.auth import OneLogin_Saml2_Auth  # heavy, and of use only where SAML is configured

    auth = OneLogin_Saml2_Auth(_request(here), _settings(provider, here))
    return str(auth.login(return_to=here.acs, force_authn=anew)), str(auth.get_last_request_id())


def description(provider: SamlProvider, *, here: Here) -> bytes:
    """The metadata of Burgrave as a service provider, for the provider's administrator."""
    from onelogin.saml2.settings import OneLogin_Saml2_Settings  # heavy, and of use only where SAML is configured

    found = OneLogin_Saml2_Settings(_settings(provider, here), sp_validation_only=True).get_sp_metadata()
    return found if isinstance(found, bytes) else str(found).encode()


def judge(provider: SamlProvider, *, response: str, here: Here) -> Assertion:
    """What the response says, after every check but two: that it was asked for, and that it comes for the first time.

    Raises ForeignAnswerRefused.
    """
    from lxml.etree import LxmlError  # heavy, and of use only where SAML is configured
    from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
    from onelogin.saml2.response import OneLogin_Saml2_Response
    from onelogin.saml2.settings import OneLogin_Saml2_Settings
    from onelogin.saml2.xmlparser import DTDForbidden, EntitiesForbidden

    if len(response) > MOST_RESPONSE_BYTES:
        raise refused(provider.name, f"it is longer than {MOST_RESPONSE_BYTES // 1024} KiB")
    try:
        answer = OneLogin_Saml2_Response(OneLogin_Saml2_Settings(_settings(provider, here)), response)
        answer.is_valid(_request(here), raise_exceptions=True)
        return _assertion(provider, answer, here=here)
    except (
        OneLogin_Saml2_Error,
        OneLogin_Saml2_ValidationError,
        DTDForbidden,
        EntitiesForbidden,
        LxmlError,
        ValueError,
        TypeError,
        AttributeError,
    ) as error:
        raise refused(provider.name, str(error)[:300] or type(error).__name__) from error


@transaction.atomic
def remember(assertion: Assertion, *, provider: SamlProvider, ticket: str, now: datetime) -> None:
    """The assertion is known, and waits two minutes for the browser that holds the ticket. Raises ForeignAnswerRefused.

    Whoever presents it a second time is refused, as long as it would hold.
    """
    models.ForeignAnswer.objects.filter(expires_at__lte=now).delete()
    claims = {
        "subject": assertion.vouched.subject,
        "email": assertion.vouched.email,
        "name": assertion.vouched.name,
        "in_response_to": assertion.in_response_to,
        "authenticated_at": assertion.authenticated_at.timestamp(),
        "slug": provider.slug,
        "until": (now + TICKET_LASTS).timestamp(),
    }
    try:
        with transaction.atomic():
            models.ForeignAnswer.objects.create(
                digest=assertion.digest,
                expires_at=max(assertion.expires_at + CLOCK_SKEW, now + KEPT_AT_LEAST),
                token_hash=rules.token_hash(ticket),
                claims=claims,
            )
    except IntegrityError as error:
        raise refused(provider.name, "this assertion was used already") from error


def redeem(ticket: str, *, provider: SamlProvider, now: datetime) -> tuple[Vouched, str, datetime]:
    """What waited for this ticket: who is vouched for, what was asked, and when they signed in there. Good once."""
    with transaction.atomic():
        row = models.ForeignAnswer.objects.select_for_update().filter(token_hash=rules.token_hash(ticket)).first()
        if row is None or row.claims is None or row.claims["slug"] != provider.slug:
            raise refused(provider.name, "no response waits for this browser, or it was taken already")
        claims: dict[str, Any] = row.claims
        # What was said about a person is gone; only the digest stays, so that a replay is known.
        row.token_hash, row.claims = "", None
        row.save(update_fields=["token_hash", "claims"])
    if claims["until"] < now.timestamp():
        raise refused(provider.name, "the browser came back too late")
    vouched = Vouched(subject=claims["subject"], email=claims["email"], email_verified=True, name=claims["name"])
    return vouched, str(claims["in_response_to"]), datetime.fromtimestamp(claims["authenticated_at"], tz=UTC)


def _assertion(provider: SamlProvider, answer: OneLogin_Saml2_Response, *, here: Here) -> Assertion:
    # The library let exactly one assertion through, and its signature covers what is read here.
    (node,) = answer.document.xpath("/samlp:Response/saml:Assertion", namespaces=NS)
    audiences = [each.text for each in node.findall("saml:Conditions/saml:AudienceRestriction/saml:Audience", NS)]
    if here.entity_id not in audiences:
        raise refused(provider.name, f"it is for {audiences!r:.200}, expected {here.entity_id!r}")
    data = node.find("saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData", NS)
    in_response_to = answer.get_in_response_to() or ""
    if data is None or data.get("Recipient") != here.acs or (data.get("InResponseTo") or "") != in_response_to:
        raise refused(provider.name, "its confirmation names another recipient or another question")
    expires = data.get("NotOnOrAfter")
    if not expires:
        raise refused(provider.name, "it never ends")
    if answer.get_nameid_format() == TRANSIENT:
        raise refused(provider.name, "its NameID is transient; a persistent one or an e-mail address is needed")
    subject = answer.get_nameid()
    if not subject or len(subject) > 255:  # noqa: PLR2004 - the column's length
        raise refused(provider.name, "its NameID is missing or too long")
    attributes = answer.get_attributes()
    return Assertion(
        vouched=Vouched(
            subject=subject,
            email=_first(attributes, provider.email_attributes) or (subject if "@" in subject else ""),
            email_verified=True,
            name=_first(attributes, provider.name_attributes),
        ),
        in_response_to=in_response_to,
        digest=hashlib.sha256(f"{provider.slug}\0{node.get('ID')}".encode()).hexdigest(),
        expires_at=_instant(expires),
        authenticated_at=_instant(node.find("saml:AuthnStatement", NS).get("AuthnInstant")),
    )


def _first(attributes: dict[str, list[str]], names: tuple[str, ...]) -> str:
    return next((str(attributes[name][0]) for name in names if attributes.get(name)), "")


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _request(here: Here) -> dict[str, Any]:
    parts = urlsplit(here.acs)
    return {
        "https": "on" if parts.scheme == "https" else "off",
        "http_host": parts.netloc,
        "script_name": parts.path,
        "get_data": {},
        "post_data": {},
    }


def _settings(provider: SamlProvider, here: Here) -> dict[str, Any]:
    return {
        "strict": True,
        "sp": {
            "entityId": here.entity_id,
            "assertionConsumerService": {
                "url": here.acs,
                "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
            },
            "NameIDFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        },
        "idp": {
            "entityId": provider.entity_id,
            "singleSignOnService": {"url": provider.sso_url},
            "x509cert": provider.certificate,
        },
        "security": {
            "wantAssertionsSigned": True,
            "wantNameId": True,
            "wantAttributeStatement": False,
            "rejectDeprecatedAlgorithm": True,
            "requestedAuthnContext": False,
            "allowSingleLabelDomains": True,
            "signatureAlgorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "digestAlgorithm": "http://www.w3.org/2001/04/xmlenc#sha256",
        },
    }
