"""ID tokens (OpenID Connect Core 1.0, 3.1.3.7): JWS (RFC 7515) by a key of the provider's set (RFC 7517)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a private key only: with HMAC whoever knows a public value signs, with ``none`` everybody."""
CLOCK_SKEW_SECONDS = 60
LONGEST_LIFE_SECONDS = 24 * 60 * 60
_FAMILIES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


class TokenError(Exception):
    """An ID token is not believed; str() says which check it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token must say to answer the question that was asked. ``since`` demands a fresh authentication."""

    issuer: str
    client_id: str
    nonce: str
    since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    """What a believed token says about a person; the address counts only if the provider verified it."""

    subject: str
    email: str
    email_verified: bool
    name: str


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).decode("ascii").rstrip("=")


def verify_id_token(token: str, *, keys: Sequence[Mapping[str, Any]], expected: Expected, now: float) -> IdToken:
    """What the token says, after signature, issuer, audience, time and nonce were checked. Raises TokenError.

    ``keys`` are the members of the provider's JWK set.
    """
    claims = _signed(token, keys=keys)
    _check_parties(claims, expected=expected)
    _check_times(claims, expected=expected, now=now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise TokenError("its nonce is not the one of this sign-in")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:  # noqa: PLR2004 - Core 1.0, 2
        raise TokenError("it names no subject")
    return IdToken(
        subject=subject,
        email=_text(claims, "email"),
        email_verified=claims.get("email_verified") is True,
        name=_text(claims, "name"),
    )


def _signed(token: str, *, keys: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError) as error:
        raise TokenError(f"it is no signed token: {error}") from error
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise TokenError(f"it is signed with {algorithm!r:.40}; expected one of {', '.join(ALGORITHMS)}")
    fitting = [key for key in keys if _fits(key, algorithm, key_id)]
    if len(fitting) != 1:
        raise TokenError(
            f"the provider publishes {len(fitting)} keys for {algorithm} named {key_id!r:.80}, expected one"
        )
    try:
        key = jwt.PyJWK(dict(fitting[0]), algorithm=algorithm)
        # Times and parties are checked below, against the caller's clock.
        unchecked = dict.fromkeys(("verify_exp", "verify_iat", "verify_nbf", "verify_aud", "verify_iss"), False)
        claims: Mapping[str, Any] = jwt.decode(token, key=key, algorithms=[algorithm], options=unchecked)  # type: ignore[arg-type]  # a TypedDict of the library
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise TokenError(f"its signature does not hold: {error}") from error
    return claims


def _fits(key: Mapping[str, Any], algorithm: str, key_id: object) -> bool:
    return (
        key.get("kty") == _FAMILIES[algorithm[:2]]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (key_id is None or key.get("kid") == key_id)
    )


def _check_parties(claims: Mapping[str, Any], *, expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise TokenError(f"it is by {claims.get('iss')!r:.200}, expected {expected.issuer!r}")
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or expected.client_id not in audiences:
        raise TokenError(f"it is for {audience!r:.200}, expected {expected.client_id!r}")
    party = claims.get("azp", expected.client_id if len(audiences) == 1 else None)
    if party != expected.client_id:
        raise TokenError(f"it was given to {party!r:.200}, expected {expected.client_id!r}")


def _check_times(claims: Mapping[str, Any], *, expected: Expected, now: float) -> None:
    expires, issued = _number(claims, "exp"), _number(claims, "iat")
    if now >= expires + CLOCK_SKEW_SECONDS:
        raise TokenError(f"it expired {now - expires:.0f} seconds ago")
    if issued > now + CLOCK_SKEW_SECONDS:
        raise TokenError(f"it is dated {issued - now:.0f} seconds in the future; compare the clocks")
    if now - issued > LONGEST_LIFE_SECONDS:
        raise TokenError(f"it was issued {now - issued:.0f} seconds ago")
    if "nbf" in claims and _number(claims, "nbf") > now + CLOCK_SKEW_SECONDS:
        raise TokenError("it does not hold yet; compare the clocks")
    if expected.since is not None and _number(claims, "auth_time") < expected.since - CLOCK_SKEW_SECONDS:
        raise TokenError("the person did not sign in anew at the provider")


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenError(f"it has no time {name!r}")
    return float(value)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
