"""A request that is sent twice acts once: the header Idempotency-Key names it, and its answer is kept for a day.

As in the IETF draft *The Idempotency-Key HTTP Header Field*. The key, what the request changed and its answer are
committed together, so that a crash leaves all of them or none. Only an answer that something was done is kept; a
refused request may be mended and sent again under the same key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from burgrave.web import models
from burgrave.web.errors import BadInput
from burgrave.web.rest.problems import problem

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
_KEY = re.compile(r"[!-~]{1,255}")
_DONE = range(200, 300)


def once(request: HttpRequest, act: Callable[[], HttpResponse], *, caller: str, now: datetime) -> HttpResponse:
    """The answer of ``act``, or the one that was given to the same request before."""
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        return problem(
            request,
            400,
            f"the header {HEADER} holds 1 to 255 printable ASCII characters without a space, got {len(key)} characters",
            mend="Send a random UUID.",
        )
    if request.content_type == "multipart/form-data":
        return problem(
            request,
            400,
            f"an upload takes no {HEADER}: a file is known by its SHA-256",
            mend="Leave the header out; the same file sent twice is kept once.",
        )
    fingerprint = sha256(
        b"\0".join(((request.method or "").encode(), request.get_full_path().encode(), request.body))
    ).hexdigest()
    if (given := _given(caller, key, now=now)) is None:
        try:
            return _first(act, caller=caller, key=key, fingerprint=fingerprint, now=now)
        except IntegrityError as fault:
            # The same request came at the same time and was first; its answer is committed now.
            if (given := _given(caller, key, now=now)) is None:
                raise fault from None
    if given.request_sha256 != fingerprint:
        return problem(
            request,
            422,
            f"this {HEADER} was used for another request at {given.given_at.isoformat()}",
            name="idempotency-key-reused",
            mend="Use a new key for every act.",
        )
    again = HttpResponse(bytes(given.body), status=given.status, content_type=given.content_type or None)
    again["Idempotency-Replayed"] = "true"
    if given.etag:
        again["ETag"] = given.etag
    return again


def forget(*, now: datetime) -> int:
    """Answers older than a day are gone. Returns how many."""
    return models.GivenAnswer.objects.filter(given_at__lt=now - KEPT_FOR).delete()[0]


def _given(caller: str, key: str, *, now: datetime) -> models.GivenAnswer | None:
    return models.GivenAnswer.objects.filter(caller=caller, key=key, given_at__gte=now - KEPT_FOR).first()


def _first(act: Callable[[], HttpResponse], *, caller: str, key: str, fingerprint: str, now: datetime) -> HttpResponse:
    with transaction.atomic():
        models.GivenAnswer.objects.filter(caller=caller, key=key, given_at__lt=now - KEPT_FOR).delete()
        row = models.GivenAnswer.objects.create(caller=caller, key=key, request_sha256=fingerprint, given_at=now)
        response = act()
        if response.status_code not in _DONE:
            transaction.set_rollback(True)
            return response
        # What must not be stored is not stored here either: a secret is told once, and the second answer is empty.
        is_secret = "no-store" in response.get("Cache-Control", "")
        row.status, row.body = response.status_code, b"" if is_secret else response.content
        row.content_type, row.etag = response.get("Content-Type", ""), response.get("ETag", "")
        row.save(update_fields=["status", "body", "content_type", "etag"])
    return response


def must_not_be_kept(request: HttpRequest) -> None:
    """Return when the answer, which holds a secret, will be stored nowhere. Raises BadInput."""
    if HEADER in request.headers:
        raise BadInput(
            "the answer holds a secret, and answers to requests with the header Idempotency-Key are kept for a day",
            mend="Leave the header out.",
        )
