"""Nobody overwrites what they have not seen: read with an ETag, changed with If-Match (RFC 9110, 13)."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags
from ninja import Header

from burgrave.web.errors import BadInput, Refusal

IfMatch = Annotated[
    str,
    Header("", alias="If-Match", description='The ETag that the record was read with, such as "v3".', max_length=100),
]
"""The parameter of an operation that changes a record."""

_VERSION = re.compile(r'"v([1-9][0-9]{0,17})"')


class PreconditionRequired(Refusal):
    """A change names the version that it is a change of (RFC 6585, 3)."""

    status = 428


def etag_of(version: int) -> str:
    return f'"v{version}"'


def expected_version(if_match: str) -> int:
    """The version that the caller has seen. Raises PreconditionRequired without one, BadInput for anything else."""
    if not if_match:
        raise PreconditionRequired(
            "a change names the version that it is a change of, in the header If-Match",
            mend='Read the record, then send its ETag, such as "v3", back as If-Match.',
        )
    if not (found := _VERSION.fullmatch(if_match.strip())):
        raise BadInput(
            'the header If-Match holds no version of a record; one looks like "v3"',
            mend="Read the record, then send its ETag back as If-Match.",
        )
    return int(found[1])


def conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer with an ETag, or 304 when the caller holds the same one already."""
    if "ETag" not in response:
        response["ETag"] = f'W/"{sha256(response.content).hexdigest()[:32]}"'
    held = parse_etags(request.headers.get("If-None-Match", ""))
    mine = response["ETag"].removeprefix("W/")
    if mine in {each.removeprefix("W/") for each in held}:
        unchanged = HttpResponse(status=304)
        unchanged["ETag"] = response["ETag"]
        return unchanged
    return response
