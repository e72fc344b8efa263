from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import RequestFactory

from burgrave.engines.blobs import BlobWriter
from burgrave.web.errors import BadInput, Forbidden
from burgrave.web.terms import Actor, UnitId
from burgrave.web.uploads import Received, blob_store, received_files, receives_files, receives_head

CONTENT = b"record 1\n" * 300_000
BOB = Actor(person_id=None, label="people.person:bob", name="Bob", allowed={"house.drop": frozenset({UnitId(uuid4())})})
CHARLIE = Actor(person_id=None, label="people.person:charlie", name="Charlie")

Received_ = tuple[Received, ...]


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> Path:
    settings.BURGRAVE_BLOBS = tmp_path / "files"
    settings.BURGRAVE_MAX_UPLOAD_BYTES = 5_000_000
    return tmp_path / "files"


def stored(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file()]


def request_with(*files: SimpleUploadedFile, actor: Actor | None = BOB, **extra: Any) -> HttpRequest:
    request = RequestFactory().post("/drop/", {"file": list(files), "note": "x"}, **extra)
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # Django's own switch of its test client
    request.actor = actor  # type: ignore[attr-defined]  # set by a middleware elsewhere
    return request


def drop(request: HttpRequest, view: Callable[[HttpRequest], HttpResponse] | None = None) -> Received_:
    taken: list[Received_] = []

    def take(request: HttpRequest) -> HttpResponse:
        taken.append(received_files(request))
        return HttpResponse()

    receives_files(permission="house.drop")(view or take)(request)
    return taken[0] if taken else ()


def test_files_are_stored_under_the_digest_taken_while_they_arrived(store: Path) -> None:
    one, other = drop(
        request_with(
            SimpleUploadedFile("..\\..\\log.evtx", CONTENT, "application/x-evtx"), SimpleUploadedFile("b.json", b"{}")
        )
    )
    assert (one.digest.sha256, one.digest.size_bytes) == (sha256(CONTENT).hexdigest(), len(CONTENT))
    assert (one.name, one.media_type, one.field) == ("log.evtx", "application/x-evtx", "file")
    assert other.digest.size_bytes == 2
    assert b"".join(blob_store().checked(one.digest.sha256)) == CONTENT
    assert len(stored(store)) == 2


def test_other_fields_of_the_form_are_there() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        assert request.POST["note"] == "x"
        return HttpResponse()

    drop(request_with(SimpleUploadedFile("a", b"a")), view)


def test_what_the_view_does_not_ask_for_is_not_kept(store: Path) -> None:
    def refusing(request: HttpRequest) -> HttpResponse:
        assert [each.name for each in request.FILES.getlist("file")] == ["a"]
        return HttpResponse(status=409)

    drop(request_with(SimpleUploadedFile("a", b"a")), refusing)
    assert stored(store) == []


@pytest.mark.parametrize("receives", [receives_files, partial(receives_head, most_bytes=10)], ids=["files", "head"])
def test_a_drop_zone_is_told_where_to_go_instead_of_being_sent_there(receives: Any, store: Path) -> None:
    """A redirect that a script follows would use up the messages for the person."""

    def view(request: HttpRequest) -> HttpResponse:
        assert request.FILES is not None
        return HttpResponseRedirect("/records/7/")

    answer = receives(permission="house.drop")(view)
    plain = answer(request_with(SimpleUploadedFile("a", b"a")))
    assert (plain.status_code, plain.headers["Location"]) == (302, "/records/7/")
    told = answer(request_with(SimpleUploadedFile("a", b"a"), HTTP_HX_REQUEST="true"))
    assert (told.status_code, told.headers["HX-Redirect"], told.has_header("Location")) == (200, "/records/7/", False)


def test_charlie_without_the_permission_sends_nothing(store: Path) -> None:
    request = request_with(SimpleUploadedFile("a", CONTENT), actor=CHARLIE)
    with pytest.raises(Forbidden, match=r"house\.drop"):
        drop(request)
    assert request.read(1) != b""
    assert stored(store) == []


def test_nobody_sends_nothing(store: Path) -> None:
    with pytest.raises(Forbidden, match="Sign in first"):
        drop(request_with(SimpleUploadedFile("a", CONTENT), actor=None))
    assert stored(store) == []


def test_a_request_that_says_that_it_is_too_large_is_not_read(store: Path) -> None:
    with pytest.raises(BadInput, match="too large: 90,000,000"):
        drop(request_with(SimpleUploadedFile("a", b"a"), CONTENT_LENGTH="90000000"))
    assert stored(store) == []


def test_a_file_that_grows_too_large_is_dropped_on_the_way(store: Path, settings: Any) -> None:
    settings.BURGRAVE_MAX_UPLOAD_BYTES = 2_000_000
    with pytest.raises(BadInput, match="at most 2,000,000"):
        drop(request_with(SimpleUploadedFile("a", CONTENT)))
    assert stored(store) == []


def test_a_connection_that_ends_in_the_middle_leaves_nothing(store: Path) -> None:
    request = request_with(SimpleUploadedFile("a", CONTENT))
    body = request.environ["wsgi.input"].read()  # type: ignore[attr-defined]  # WSGI
    request.environ["wsgi.input"] = BytesIO(body[: len(body) // 2])  # type: ignore[attr-defined]
    request._stream = BytesIO(body[: len(body) // 2])
    with pytest.raises(BadInput, match="cut off after"):
        drop(request)
    assert stored(store) == []


def test_a_connection_that_breaks_leaves_nothing(store: Path) -> None:
    request = request_with(SimpleUploadedFile("a", CONTENT))
    body = request.environ["wsgi.input"].read()  # type: ignore[attr-defined]  # WSGI

    class Breaking(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 1_000_000:
                raise ConnectionResetError("gone")
            return super().read(size)

    request._stream = Breaking(body)
    with pytest.raises(OSError, match="gone"):
        drop(request)
    assert stored(store) == []


def test_a_full_disk_is_a_refusal_with_a_reason(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: BlobWriter, _chunk: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(BlobWriter, "write", full)
    with pytest.raises(BadInput, match="No space left on device"):
        drop(request_with(SimpleUploadedFile("a", CONTENT)))
    assert stored(store) == []


def test_a_form_without_a_file_is_refused() -> None:
    with pytest.raises(BadInput, match="No file was sent"):
        drop(request_with())


def test_too_many_files_are_refused(store: Path) -> None:
    with pytest.raises(BadInput, match="At most 50"):
        drop(request_with(*(SimpleUploadedFile(f"{n}", b"a") for n in range(51))))
    assert stored(store) == []


def test_the_forgery_token_is_asked_for(store: Path, settings: Any) -> None:
    settings.CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
    request = request_with(SimpleUploadedFile("a", CONTENT))
    request._dont_enforce_csrf_checks = False  # type: ignore[attr-defined]
    assert drop(request) == ()
    assert stored(store) == []


def test_a_view_without_the_decorator_is_told() -> None:
    with pytest.raises(TypeError, match="receives_files"):
        received_files(request_with(SimpleUploadedFile("a", b"a")))


def test_a_get_passes(store: Path) -> None:
    request = RequestFactory().get("/drop/")
    assert receives_files(permission="house.drop")(lambda _: HttpResponse("form"))(request).content == b"form"
