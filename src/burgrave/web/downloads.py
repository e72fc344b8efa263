"""Files that are given out as they were received, so that no browser takes them for a page of ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from wsgiref.util import FileWrapper

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""Whatever a stranger's file holds, a browser that shows it runs none of it and gives it no origin."""

MEDIA_TYPE = "application/octet-stream"


def file_answer(content: Iterable[bytes], *, size_bytes: int, name: str) -> HttpResponseBase:
    """The bytes, to be saved under the name."""
    response = StreamingHttpResponse(content)
    response.headers["Content-Type"] = MEDIA_TYPE
    response.headers["Content-Length"] = str(size_bytes)
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=_safe(name)) or ""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response


class ReadOnce(FileWrapper):
    """The pieces of an open file, which is closed behind the last of them."""

    def __next__(self) -> bytes:
        """The next piece."""
        piece = b"" if self.filelike.closed else self.filelike.read(self.blksize)
        if not piece:
            self.filelike.close()
            raise StopIteration
        return piece


def described(*, problem: str = "", gone: str = "", media_type: str = MEDIA_TYPE) -> dict[str, Any]:
    """How the description of the API says that an operation answers with a file, and why with none."""
    file = {"description": "The bytes.", "content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}
    refused = {409: _refused(problem)} if problem else {}
    return {"responses": {200: file, **refused, **({410: _refused(gone)} if gone else {})}}


def _refused(why: str) -> dict[str, Any]:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": why, "content": {"application/problem+json": problem}}


def _safe(name: str) -> str:
    """The name without what a file system or a header takes for more than a name."""
    plain = "".join("_" if each in '/\\:*?"<>|' or not each.isprintable() else each for each in name)
    return plain.strip(". ")[:200] or "file"
