from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.otp import address, code_at, matching_step, step_at

pytestmark = pytest.mark.engine_only
# The secret of RFC 4226, appendix D, and of RFC 6238, appendix B.
RFC_SECRET = b"12345678901234567890"
secrets = st.binary(min_size=20, max_size=20)
steps = st.integers(min_value=2, max_value=2**40)


@pytest.mark.parametrize(
    ("count", "code"),
    list(
        enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"])
    ),
)
def test_the_codes_of_rfc_4226(count: int, code: str) -> None:
    assert code_at(RFC_SECRET, count) == code


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_codes_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_at(RFC_SECRET, step_at(seconds), digits=8) == code


@given(secrets, steps, st.integers(-1, 1))
def test_a_code_of_a_neighbouring_step_matches_for_clocks_that_differ(secret: bytes, step: int, drift: int) -> None:
    found = matching_step(secret, code_at(secret, step + drift), now_step=step, after=None)
    assert found is not None
    assert code_at(secret, found) == code_at(secret, step + drift)


@given(secrets, steps)
def test_a_code_that_was_accepted_is_never_accepted_again(secret: bytes, step: int) -> None:
    found = matching_step(secret, code_at(secret, step), now_step=step, after=None)
    assert found is not None
    again = matching_step(secret, code_at(secret, found), now_step=step, after=step + 1)
    assert again is None


@pytest.mark.parametrize("drift", [-2, 2])
def test_a_code_from_two_steps_away_is_refused(drift: int) -> None:
    assert matching_step(RFC_SECRET, code_at(RFC_SECRET, 100 + drift), now_step=100, after=None) is None


@pytest.mark.parametrize(
    "code",
    ["", "000000", "75522", "7552244", "七五五二二四", "\udc80"],
    ids=["empty", "wrong", "short", "long", "words", "half-a-character"],
)
def test_what_is_no_code_of_now_is_refused(code: str) -> None:
    assert matching_step(RFC_SECRET, code, now_step=1_000_000, after=None) is None


def test_the_address_carries_issuer_account_and_secret() -> None:
    assert address(RFC_SECRET, issuer="Nordhafen Works", account="bob@example.org") == (
        "otpauth://totp/Nordhafen%20Works:bob@example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=Nordhafen%20Works&algorithm=SHA1&digits=6&period=30"
    )
