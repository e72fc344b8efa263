"""Tokens of log sources: what they look like, how long they work, and how one follows another."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from burgrave.intake.errors import TooManyTokens, WrongKind
from burgrave.intake.terms import SourceKind, SourceState
from burgrave.web.errors import BadInput

PREFIX: Final = "bgi_"
"""Begins every token, so that a scanner for secrets finds one that lies where it should not."""
TOKEN_BYTES: Final = 32
HINT_LENGTH: Final = len(PREFIX) + 4
LONGEST: Final = timedelta(days=366)
LONGEST_OVERLAP: Final = timedelta(days=30)
MOST_LIVE: Final = 5
USED_EVERY: Final = timedelta(minutes=1)


def token_hash(token: str) -> str:
    """SHA-256: 32 random bytes need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def must_take_tokens(kind: SourceKind, state: SourceState) -> None:
    """Return when programs may send events of such a source. Raises WrongKind."""
    if kind is not SourceKind.HTTP:
        raise WrongKind(
            "only a log source that is sent over HTTP has tokens", mend="Add one of that kind for the program."
        )
    if state is SourceState.RETIRED:
        raise WrongKind("a retired log source gets no token", mend="Add a new source.")


def must_end_in_time(expires_at: datetime, *, now: datetime) -> None:
    """Return when the token ends in the future, at most a year away. Raises BadInput."""
    if expires_at <= now:
        raise BadInput("a token that ends in the past would never work", mend="Choose a day after today.")
    if expires_at - now > LONGEST:
        raise BadInput("a token ends at most a year from now", mend="Choose an earlier day.")


def must_overlap(overlap: timedelta) -> None:
    """Return when old tokens end soon enough after a new one. Raises BadInput."""
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise BadInput("old tokens work on for 30 days at most")


def must_be_few(live: int) -> None:
    """Return when one more token may be made. Raises TooManyTokens."""
    if live >= MOST_LIVE:
        raise TooManyTokens(
            "the log source has %(count)s tokens that work", words={"count": str(live)}, mend="Revoke some first."
        )
