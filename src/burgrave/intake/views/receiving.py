"""The way in for programs: a batch with the token of its source."""

from __future__ import annotations

import re
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from burgrave.intake import commands, queries
from burgrave.intake.errors import SpoolFull, TooLarge
from burgrave.intake.rules.bodies import MOST_BODY_BYTES
from burgrave.web.errors import BadInput, Refusal
from burgrave.web.rest.idempotency import HEADER
from burgrave.web.rest.problems import of_refusal, problem

CHUNK_BYTES = 64 * 1024
_KEY = re.compile(r"[!-~]{1,255}")
_ENCODINGS = frozenset({"", "identity", "gzip"})


@csrf_exempt  # no browser comes here, and no cookie counts: the token alone opens
@require_POST
def receive(request: HttpRequest, log_source_id: UUID) -> HttpResponse:
    """202 when the batch is on disk; 429 or 503 when it is to be sent again later."""
    now = timezone.now()
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    sender = queries.sender_by_token(log_source_id, token.strip(), now=now) if scheme.lower() == "bearer" else None
    if sender is None:
        answer = problem(
            request,
            401,
            "no token, or one that is unknown, has ended, was revoked or is of another log source",
            mend="Send a token of this source as Authorization: Bearer.",
        )
        answer["WWW-Authenticate"] = 'Bearer realm="burgrave intake"'
        return answer
    try:
        receipt = commands.receive_batch(sender, _body(request), key=_key(request), now=now)
    except SpoolFull as refusal:
        answer = of_refusal(request, refusal)
        answer["Retry-After"] = str(refusal.retry_after_seconds)
        return answer
    except Refusal as refusal:
        return of_refusal(request, refusal)
    said = {"segment_id": receipt.segment_id, "size_bytes": receipt.size_bytes, "was_known": receipt.was_known}
    return HttpResponse(orjson.dumps(said), status=202, content_type="application/json")


def _body(request: HttpRequest) -> bytes:
    """The body, read to its end and no further than the limit. Raises TooLarge, BadInput."""
    if request.headers.get("Content-Encoding", "").strip().lower() not in _ENCODINGS:
        raise BadInput("the body is packed in a way that is not known here", mend="Send it plain or as gzip.")
    stated = request.headers.get("Content-Length", "")
    if not stated.isdecimal():
        raise BadInput("the request states no Content-Length", mend="Send the body in one piece.")
    if int(stated) > MOST_BODY_BYTES:
        raise TooLarge(
            "a batch has at most %(most)s bytes, this one has %(size)s",
            words={"most": f"{MOST_BODY_BYTES:,}", "size": f"{int(stated):,}"},
            mend="Send smaller batches, or gzip.",
        )
    parts, size = [], 0
    while chunk := request.read(CHUNK_BYTES):
        parts.append(chunk)
        size += len(chunk)
    if size != int(stated):
        raise BadInput("the body was cut off on its way", mend="Send it again.")
    return b"".join(parts)


def _key(request: HttpRequest) -> str:
    key = request.headers.get(HEADER, "")
    if key and not _KEY.fullmatch(key):
        raise BadInput("the header Idempotency-Key holds 1 to 255 printable ASCII characters without a space")
    return key
