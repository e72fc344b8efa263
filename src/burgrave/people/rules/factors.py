"""Decisions about second factors, sessions and fresh proofs of identity, without Django."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from burgrave.people.terms.factors import Demand

FAILURES_THAT_LOCK = 5
LOCK_LASTS = timedelta(minutes=15)
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 signs that nobody takes for each other."""
RECOVERY_SIGNS = 10
LONGEST_GRACE_DAYS = 365
NAME_MAX = 60
MOST_PASSKEYS = 20


def due_at(demands: Iterable[Demand]) -> datetime | None:
    """When the person must have a factor at the latest; None when nothing asks for one.

    The time of grace begins when the rule was set, or when the person came under it if that was later.
    """
    days = (max(each.since, each.bound_since) + timedelta(days=each.grace_days) for each in demands)
    return min(days, default=None)


def is_locked(failures: int, last_at: datetime | None, *, now: datetime) -> bool:
    """Five failures in a row lock every code and passkey of a person for a quarter of an hour."""
    return failures >= FAILURES_THAT_LOCK and last_at is not None and now < last_at + LOCK_LASTS


def failures_after(failures: int, last_at: datetime | None, *, now: datetime) -> int:
    """The count after one more failure: old ones are forgotten with the lock that they could have begun."""
    return 1 if last_at is None or now >= last_at + LOCK_LASTS else failures + 1


def counter_went_on(kept: int, shown: int) -> bool:
    """Whether a passkey's counter moved: one that did not is a copy (WebAuthn Level 3, 7.2, step 22).

    Passkeys that are kept in an account always show 0, which says nothing.
    """
    return shown > kept or (kept == 0 and shown == 0)


def plain_code(typed: str) -> str:
    """A code without the spaces and dashes that people and apps put into it, in capitals."""
    return re.sub(r"[\s-]", "", typed).upper()


def shown_code(code: str) -> str:
    """A recovery code in two halves, which are easier to copy by hand."""
    return f"{code[: RECOVERY_SIGNS // 2]}-{code[RECOVERY_SIGNS // 2 :]}"


def is_fresh(proved_at: float | None, *, now: datetime, minutes: int) -> bool:
    """Whether somebody proved who they are within so many minutes. A time in the future proves nothing."""
    return proved_at is not None and 0 <= now.timestamp() - proved_at < minutes * 60


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_of(user_agent: str) -> tuple[str, str]:
    """Browser and system in words, as far as the browser tells; "" where it does not."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return browser, system
