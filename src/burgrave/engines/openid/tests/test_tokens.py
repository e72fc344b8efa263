from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from burgrave.engines.openid import Expected, IdToken, TokenError, challenge_of, verify_id_token

pytestmark = pytest.mark.engine_only
NOW = 1_772_452_800.0
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
EXPECTED = Expected(issuer="https://idp.example", client_id="burgrave", nonce="n-1")
CLAIMS: dict[str, Any] = {
    "iss": "https://idp.example",
    "aud": "burgrave",
    "sub": "248289761001",
    "nonce": "n-1",
    "iat": NOW - 5,
    "exp": NOW + 300,
    "email": "bob@example.org",
    "email_verified": True,
    "name": "Bob",
}


def published(key: Any, **more: str) -> dict[str, Any]:
    family = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**json.loads(family.to_jwk(key.public_key())), "kid": "k1", "use": "sig", **more}


KEYS = [published(KEY, alg="RS256"), published(OTHER, kid="k2"), published(CURVE, kid="k3")]


def token(key: Any = KEY, *, algorithm: str = "RS256", kid: str | None = "k1", **claims: Any) -> str:
    said = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode(said, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def believed(text: str, **more: Any) -> IdToken:
    given = {"keys": KEYS, "expected": EXPECTED, "now": NOW, **more}
    return verify_id_token(text, **given)


def test_a_right_token_is_believed() -> None:
    assert believed(token()) == IdToken(
        subject="248289761001", email="bob@example.org", email_verified=True, name="Bob"
    )


def test_the_challenge_of_rfc_7636() -> None:
    # Appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_curves_and_tokens_without_a_key_name_are_believed_where_one_key_fits() -> None:
    assert believed(token(CURVE, algorithm="ES256", kid="k3")).subject == "248289761001"
    assert believed(token(kid=None), keys=KEYS[:1]).subject == "248289761001"


def test_several_audiences_need_the_party_that_it_was_given_to() -> None:
    both = ["burgrave", "other"]
    assert believed(token(aud=both, azp="burgrave")).subject
    with pytest.raises(TokenError, match="given to None"):
        believed(token(aud=both))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"iss": "https://idp.example/"}, "it is by"),
        ({"iss": "https://evil.example"}, "it is by"),
        ({"aud": "another"}, "it is for"),
        ({"aud": ["another"]}, "it is for"),
        ({"aud": None}, "it is for"),
        ({"aud": {"burgrave": 1}}, "it is for"),
        ({"azp": "another"}, "given to"),
        ({"exp": NOW - 61}, "expired 61 seconds ago"),
        ({"exp": None}, "no time 'exp'"),
        ({"exp": True}, "no time 'exp'"),
        ({"iat": NOW + 61}, "in the future"),
        ({"iat": NOW - 90_000, "exp": NOW + 9}, "issued 90000 seconds ago"),
        ({"iat": None}, "no time 'iat'"),
        ({"nbf": NOW + 61}, "does not hold yet"),
        ({"nonce": "n-2"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": 7}, "nonce"),
        ({"sub": ""}, "no subject"),
        ({"sub": None}, "."),
        ({"sub": "x" * 256}, "no subject"),
    ],
    ids=str,
)
def test_a_token_that_says_something_else_is_refused(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TokenError, match=sentence):
        believed(token(**changed))


@pytest.mark.parametrize("allowed", [{"exp": NOW - 59}, {"iat": NOW + 59}, {"nbf": NOW + 59}], ids=str)
def test_clocks_may_differ_by_a_minute(allowed: dict[str, Any]) -> None:
    assert believed(token(**allowed)).subject


def test_a_signature_by_another_key_is_refused() -> None:
    with pytest.raises(TokenError, match="signature does not hold"):
        believed(token(OTHER))


def test_one_changed_letter_of_the_claims_is_refused() -> None:
    head, body, signature = token().split(".")
    raw = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**raw, "sub": "1"}).encode()).decode().rstrip("=")
    with pytest.raises(TokenError, match="signature does not hold"):
        believed(f"{head}.{forged}.{signature}")


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("name", ["none", "None", "NONE"])
def test_a_token_without_a_signature_is_refused(name: str) -> None:
    with pytest.raises(TokenError, match="is signed with"):
        believed(f"{_part({'alg': name, 'kid': 'k1'})}.{_part(CLAIMS)}.")


@pytest.mark.parametrize("form", ["pem", "der", "modulus"])
def test_a_public_key_is_never_taken_for_an_hmac_secret(form: str) -> None:
    public = KEY.public_key()
    secret = {
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "modulus": KEYS[0]["n"].encode(),
    }[form]
    signed = f"{_part({'alg': 'HS256', 'kid': 'k1'})}.{_part(CLAIMS)}"
    mac = base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), hashlib.sha256)).decode().rstrip("=")
    with pytest.raises(TokenError, match="is signed with 'HS256'"):
        believed(f"{signed}.{mac}")


@pytest.mark.parametrize(
    "key",
    [
        {**published(KEY), "use": "enc"},
        {**published(KEY), "alg": "RS512"},
        {**published(KEY), "kid": "other"},
        {"kty": "oct", "k": "AAAA", "kid": "k1"},
        {"kty": "RSA", "kid": "k1"},
        {"kty": "RSA", "kid": "k1", "n": "!", "e": "!"},
    ],
    ids=["encryption", "other-algorithm", "other-name", "symmetric", "empty", "rubbish"],
)
def test_a_key_that_is_not_meant_for_this_is_not_used(key: dict[str, Any]) -> None:
    with pytest.raises(TokenError, match=r"keys for RS256|signature does not hold"):
        believed(token(), keys=[key])


def test_two_keys_of_one_name_are_refused() -> None:
    with pytest.raises(TokenError, match="publishes 2 keys"):
        believed(token(), keys=[published(KEY), published(OTHER)])


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "....", "\udc80"], ids=["empty", "x", "abc", "dots", "half"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenError):
        believed(text)


def test_a_fresh_sign_in_at_the_provider_is_demanded_where_it_is_asked_for() -> None:
    fresh = Expected(issuer="https://idp.example", client_id="burgrave", nonce="n-1", since=NOW - 30)
    assert believed(token(auth_time=NOW - 20), expected=fresh).subject
    with pytest.raises(TokenError, match="did not sign in anew"):
        believed(token(auth_time=NOW - 3600), expected=fresh)
    with pytest.raises(TokenError, match="no time 'auth_time'"):
        believed(token(), expected=fresh)


def test_an_address_counts_as_verified_only_where_the_provider_says_true() -> None:
    for said in (None, False, "true", 1):
        assert believed(token(email_verified=said)).email_verified is False
    assert believed(token(email=7, name=None)).email == ""
