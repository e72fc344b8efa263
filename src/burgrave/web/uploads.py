"""Uploads that are hashed and stored while they arrive, in constant memory.

A file stands in the store only once the request has arrived whole and the view has asked for it; whatever cuts a
request off before that leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from burgrave.engines.blobs import CHUNK_BYTES, Blobs, BlobWriter, Digest
from burgrave.web.errors import BadInput, Forbidden
from burgrave.web.terms import Actor

Params = ParamSpec("Params")
RequestT = TypeVar("RequestT", bound=HttpRequest)
View = Callable[Concatenate[RequestT, Params], HttpResponse]

FORM_BYTES = 1024 * 1024
"""What a request may hold beside its files: boundaries, headers, other fields."""

MAX_FILES = 50
MAX_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file that stands in the store. ``name`` and ``media_type`` are what the browser said, nothing more."""

    digest: Digest
    name: str
    media_type: str
    field: str


def blob_store() -> Blobs:
    """The store of this installation."""
    return Blobs(Path(settings.BURGRAVE_BLOBS))


def receives_files(*, permission: str) -> Callable[[View[RequestT, Params]], View[RequestT, Params]]:
    """Let a view ask for `received_files`. Nothing of the body is read for an actor without the permission anywhere.

    The request's forgery token is checked after the body has streamed by, before the view. Raises Forbidden, and
    BadInput when the request says itself that it is too large.
    """

    def decorate(view: View[RequestT, Params]) -> View[RequestT, Params]:
        protected = csrf_protect(view)

        @wraps(view)
        def streaming(request: RequestT, *args: Params.args, **kwargs: Params.kwargs) -> HttpResponse:
            if request.method != "POST":
                return protected(request, *args, **kwargs)
            _must(request, permission)
            handler = HashingUploadHandler(request, limit_bytes=settings.BURGRAVE_MAX_UPLOAD_BYTES)
            handler.must_fit(request)
            request.upload_handlers = [handler]
            try:
                return _leading(request, protected(request, *args, **kwargs))
            finally:
                handler.discard()

        return cast("View[RequestT, Params]", csrf_exempt(streaming))

    return decorate


def _leading(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Tell a drop zone where to go: following a redirect itself, it would use up the messages of that page."""
    if isinstance(answer, HttpResponseRedirect) and request.headers.get("HX-Request"):
        told = HttpResponse(headers={"HX-Redirect": answer.url})
        told.cookies = answer.cookies
        return told
    return answer


def received_files(request: HttpRequest) -> tuple[Received, ...]:
    """The files of the request, now in the store. Raises BadInput when they were refused, cut off, or none was sent."""
    request.FILES  # noqa: B018 - reads the body, if nothing has so far
    for handler in request.upload_handlers:
        if isinstance(handler, HashingUploadHandler):
            return handler.finish()
    raise TypeError("received_files needs a view under receives_files")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedHead:
    """The first bytes of a file that came in, and the name that the browser said. The file itself is kept nowhere."""

    content: bytes
    name: str


def receives_head(*, permission: str, most_bytes: int) -> Callable[[View[RequestT, Params]], View[RequestT, Params]]:
    """Let a view ask for `received_head`. As `receives_files`, and nothing of the file is stored."""

    def decorate(view: View[RequestT, Params]) -> View[RequestT, Params]:
        protected = csrf_protect(view)

        @wraps(view)
        def reading(request: RequestT, *args: Params.args, **kwargs: Params.kwargs) -> HttpResponse:
            if request.method == "POST":
                _must(request, permission)
                request.upload_handlers = [HeadUploadHandler(request, most_bytes=most_bytes)]
            return _leading(request, protected(request, *args, **kwargs))

        return cast("View[RequestT, Params]", csrf_exempt(reading))

    return decorate


def received_head(request: HttpRequest) -> ReceivedHead:
    """The first bytes of the first file of the request. Raises BadInput when none was sent."""
    request.FILES  # noqa: B018 - reads the body, if nothing has so far
    for handler in request.upload_handlers:
        if isinstance(handler, HeadUploadHandler):
            return handler.head()
    raise TypeError("received_head needs a view under receives_head")


class HeadUploadHandler(FileUploadHandler):
    """Keeps the first bytes of the first file in memory; what comes behind them is not read."""

    chunk_size = CHUNK_BYTES

    def __init__(self, request: HttpRequest | None = None, *, most_bytes: int) -> None:
        super().__init__(request)
        self._most_bytes = most_bytes
        self._content = b""
        self._name: str | None = None

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's signature
        """A piece of a file. Raises StopUpload once there is enough of it."""
        self._name = self.file_name or ""
        self._content += raw_data[: self._most_bytes - len(self._content)]
        if len(self._content) >= self._most_bytes:
            raise StopUpload(connection_reset=False)

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        """The file has arrived."""
        return StreamedFile(
            name=self.file_name, content_type=self.content_type, size=file_size, field_name=self.field_name
        )

    def head(self) -> ReceivedHead:
        """Raises BadInput."""
        if self._name is None:
            raise BadInput(_("No file was sent, or an empty one."), mend=_("Choose a file first."))
        return ReceivedHead(content=self._content, name=self._name[:MAX_NAME])


class HashingUploadHandler(FileUploadHandler):
    """Django's upload handler that writes into the store's incoming folder and hashes on the way."""

    chunk_size = CHUNK_BYTES

    def __init__(self, request: HttpRequest | None = None, *, limit_bytes: int) -> None:
        super().__init__(request)
        self._limit_bytes = limit_bytes
        self._seen_bytes = 0
        self._arriving: BlobWriter | None = None
        self._arrived: list[tuple[BlobWriter, UploadedFile[Any]]] = []
        self._refusal: BadInput | None = None

    def must_fit(self, request: HttpRequest) -> None:
        """Return when the length that the request states is allowed. Raises BadInput."""
        stated = request.META.get("CONTENT_LENGTH") or "0"
        if stated.isdecimal() and int(stated) > self._limit_bytes + FORM_BYTES:
            raise self._too_large(int(stated))

    def new_file(  # noqa: PLR0917 - Django's signature
        self,
        field_name: str,
        file_name: str,
        content_type: str,
        content_length: int | None,
        charset: str | None = None,
        content_type_extra: dict[str, bytes] | None = None,
    ) -> None:
        """A file begins."""
        super().new_file(field_name, file_name, content_type, content_length, charset, content_type_extra)
        if len(self._arrived) >= MAX_FILES:
            self._refuse(BadInput(_("At most %(count)s files are taken at once.") % {"count": MAX_FILES}))
        self._arriving = blob_store().writer()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's signature
        """A piece of the file that began last is written. Raises StopUpload."""
        self._seen_bytes += len(raw_data)
        if self._seen_bytes > self._limit_bytes:
            self._refuse(self._too_large(self._seen_bytes))
        try:
            cast("BlobWriter", self._arriving).write(raw_data)
        except OSError as error:
            self._refuse(
                BadInput(
                    _("The file could not be stored: %(reason)s.") % {"reason": error.strerror},
                    mend=_("Ask whoever runs this installation to look at its disk, then send the file again."),
                )
            )

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        """The file has arrived; it is not in the store yet."""
        if self._arriving is None:
            return None
        uploaded = StreamedFile(
            name=self.file_name, content_type=self.content_type, size=file_size, field_name=self.field_name
        )
        self._arrived.append((self._arriving, uploaded))
        self._arriving = None
        return uploaded

    def finish(self) -> tuple[Received, ...]:
        """All files of the request stand in the store. Raises BadInput, and then none does."""
        if self._refusal is not None:
            raise self._refusal
        if self._arriving is not None:
            raise BadInput(
                _("The upload was cut off after %(count)s bytes.") % {"count": self._arriving.size_bytes},
                mend=_("Nothing was kept. Send the file again."),
            )
        if not self._arrived:
            raise BadInput(_("No file was sent."), mend=_("Choose a file first."))
        return tuple(
            Received(
                digest=writer.finish(),
                name=(uploaded.name or "")[:MAX_NAME],
                media_type=(uploaded.content_type or "application/octet-stream")[:MAX_NAME],
                field=str(getattr(uploaded, "field_name", "")),
            )
            for writer, uploaded in self._arrived
        )

    def discard(self) -> None:
        """Nothing remains of files that were not asked for."""
        for writer, _uploaded in self._arrived:
            writer.discard()
        if self._arriving is not None:
            self._arriving.discard()

    def _refuse(self, refusal: BadInput) -> None:
        self._refusal = refusal
        raise StopUpload(connection_reset=True)

    def _too_large(self, size_bytes: int) -> BadInput:
        sizes = {"size": f"{size_bytes:,}", "limit": f"{self._limit_bytes:,}"}
        return BadInput(
            _("The upload is too large: %(size)s bytes or more, at most %(limit)s are taken.") % sizes,
            mend=_("Split the file, or ask for a larger BURGRAVE_MAX_UPLOAD_BYTES."),
        )


class NoFilesHandler(FileUploadHandler):
    """For every request without `receives_files`: no byte of a file is read, so nobody fills memory or disk with it."""

    def new_file(self, *_arguments: Any, **_named: Any) -> None:
        """A file begins where none is asked for. Raises StopUpload."""
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """No piece of a file comes so far."""

    def file_complete(self, file_size: int) -> None:
        """No file arrives."""


class StreamedFile(UploadedFile):  # type: ignore[type-arg]  # generic in the stubs only
    """Stands in ``request.FILES`` for a file whose bytes went into the store."""

    def __init__(self, *, name: str | None, content_type: str | None, size: int, field_name: str | None) -> None:
        super().__init__(file=None, name=name, content_type=content_type, size=size)
        self.field_name = field_name

    def close(self) -> None:
        """There is nothing to close."""


def _must(request: HttpRequest, permission: str) -> None:
    actor = getattr(request, "actor", None)
    if not isinstance(actor, Actor):
        raise Forbidden(_("Sign in first; nothing of the file was read."))
    actor.must_anywhere(permission)
