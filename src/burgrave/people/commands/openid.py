"""The side of an OpenID client: asking a provider, and taking its answer (authorization code with PKCE)."""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, quote_plus, urlencode
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, Request

from django.utils.translation import gettext as _

from burgrave.engines.openid import Expected, TokenError, challenge_of, verify_id_token
from burgrave.people.errors import ForeignAnswerRefused, ProviderAway
from burgrave.people.terms.providers import OidcProvider, Vouched, must_be_safe

TIMEOUT_SECONDS = 10
MAX_ANSWER_BYTES = 512 * 1024
SCOPE = "openid email profile"
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the session keeps between question and answer."""

    nonce: str
    verifier: str
    since: float | None

    def kept(self) -> dict[str, Any]:
        return asdict(self)


def ask(provider: OidcProvider, *, state: str, callback: str, since: float | None) -> tuple[str, Asked]:
    """The address at the provider to which the browser goes, and what to keep. Raises ProviderAway.

    With ``since`` the provider has the person sign in anew, and must say that it did.
    """
    asked = Asked(nonce=secrets.token_urlsafe(24), verifier=secrets.token_urlsafe(48), since=since)
    words = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": callback,
        "scope": SCOPE,
        "state": state,
        "nonce": asked.nonce,
        "code_challenge": challenge_of(asked.verifier),
        "code_challenge_method": "S256",
    }
    if since is not None:
        words |= {"prompt": "login", "max_age": "0"}
    begin = _text(_configuration(provider), "authorization_endpoint", provider)
    return f"{begin}{'&' if '?' in begin else '?'}{urlencode(words, quote_via=quote)}", asked


def take(provider: OidcProvider, *, code: str, callback: str, asked: Asked, now: float) -> Vouched:
    """What the provider says about whoever holds the code. Raises ForeignAnswerRefused or ProviderAway."""
    configuration = _configuration(provider)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback,
        "code_verifier": asked.verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    methods = configuration.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_basic" in methods:
        pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret)}"  # RFC 6749, 2.3.1
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode('ascii')}"
    else:
        form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    answer = _fetch(
        provider, _text(configuration, "token_endpoint", provider), body=urlencode(form).encode(), headers=headers
    )
    keys = _fetch(provider, _text(configuration, "jwks_uri", provider)).get("keys")
    expected = Expected(issuer=provider.issuer, client_id=provider.client_id, nonce=asked.nonce, since=asked.since)
    try:
        token = verify_id_token(
            str(answer.get("id_token", "")),
            keys=[key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else [],
            expected=expected,
            now=now,
        )
    except TokenError as error:
        raise refused(provider.name, str(error)) from error
    return Vouched(
        subject=token.subject,
        email=token.email,
        email_verified=token.email_verified or provider.trust_email,
        name=token.name,
    )


def refused(name: str, reason: str) -> ForeignAnswerRefused:
    return ForeignAnswerRefused(
        _("the answer of %(name)s is not believed: %(reason)s") % {"name": name, "reason": reason},
        mend=_("Begin the sign-in again. If it fails again, tell an administrator this sentence."),
    )


def _configuration(provider: OidcProvider) -> Mapping[str, Any]:
    """What the provider publishes about itself (OpenID Connect Discovery 1.0, 4); it must name the same issuer."""
    found = _fetch(provider, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        raise refused(provider.name, f"it calls itself {found.get('issuer')!r:.200}, expected {provider.issuer!r}")
    return found


def _text(configuration: Mapping[str, Any], name: str, provider: OidcProvider) -> str:
    address = configuration.get(name)
    if not isinstance(address, str):
        raise refused(provider.name, f"it publishes no {name}")
    try:
        must_be_safe(name, address)
    except ValueError as error:
        raise refused(provider.name, str(error)) from error
    return address


def _fetch(
    provider: OidcProvider, address: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    """The JSON object at the address: no redirect is followed, no proxy is used, no more than 512 KiB are read."""
    opener = OpenerDirector()
    opener.add_handler(HTTPHandler())
    opener.add_handler(HTTPSHandler())
    request = Request(address, data=body, headers={"Accept": "application/json", **(headers or {})})  # noqa: S310 - must_be_safe
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            status, text = response.status, response.read(MAX_ANSWER_BYTES + 1)
        found = json.loads(text) if len(text) <= MAX_ANSWER_BYTES else None
    except (OSError, HTTPException) as error:
        raise _away(provider, f"{error}") from error
    except (ValueError, RecursionError) as error:
        raise _away(provider, "its answer is no JSON") from error
    if status != _OK or not isinstance(found, dict):
        told = found.get("error", "") if isinstance(found, dict) else ""
        raise _away(provider, f"status {status} {told!s:.80}".strip())
    return found


def _away(provider: OidcProvider, reason: str) -> ProviderAway:
    return ProviderAway(
        _("%(name)s did not answer as it should: %(reason)s") % {"name": provider.name, "reason": reason},
        mend=_("Try again in a minute, or sign in another way."),
    )
