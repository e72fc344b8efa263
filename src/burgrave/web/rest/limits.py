"""How much one caller may ask in a minute. The counts live in the cache: each web process has its own."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.problems import problem

WINDOW_SECONDS = 60
READS_PER_MINUTE = 1_200
WRITES_PER_MINUTE = 300
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is left of the minute; ``reset_seconds`` until the next one begins."""

    limit: int
    remaining: int
    reset_seconds: int

    @property
    def is_spent(self) -> bool:
        return self.remaining < 0

    def mark(self, response: HttpResponse) -> HttpResponse:
        response["RateLimit-Limit"] = str(self.limit)
        response["RateLimit-Remaining"] = str(max(0, self.remaining))
        response["RateLimit-Reset"] = str(self.reset_seconds)
        return response


def spend(request: HttpRequest, *, now_seconds: float) -> Allowance:
    """One request is counted for its caller: the token, the person, or the address of whoever is not signed in."""
    writes = request.method not in SAFE
    limit = (
        getattr(settings, "BURGRAVE_API_WRITES_PER_MINUTE", WRITES_PER_MINUTE)
        if writes
        else (getattr(settings, "BURGRAVE_API_READS_PER_MINUTE", READS_PER_MINUTE))
    )
    actor = actor_of(request)
    caller = actor.caller if actor.person_id else request.META.get("REMOTE_ADDR", "")
    window = int(now_seconds // WINDOW_SECONDS)
    key = f"api:{'w' if writes else 'r'}:{caller}:{window}"
    cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
    try:
        used = cache.incr(key)
    except ValueError:  # the cache was full and threw it out between the two lines
        cache.set(key, 1, timeout=2 * WINDOW_SECONDS)
        used = 1
    return Allowance(
        limit=limit, remaining=limit - used, reset_seconds=int((window + 1) * WINDOW_SECONDS - now_seconds) + 1
    )


def refuse_spent(request: HttpRequest, allowance: Allowance) -> HttpResponse:
    response = problem(
        request,
        429,
        f"more than {allowance.limit} requests within a minute",
        mend=f"Wait {allowance.reset_seconds} seconds.",
    )
    response["Retry-After"] = str(allowance.reset_seconds)
    return allowance.mark(response)
