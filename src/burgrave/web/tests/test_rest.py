"""What every part of the API shares, tried on a small API of its own: notes that people keep and change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from ninja import Router, Schema, Status
from ninja.security import SessionAuth
from pytest_django import Settings

from burgrave.ledger.errors import NotARecord
from burgrave.people import models as people
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web import models
from burgrave.web.errors import BadInput, Forbidden, NotFound, Refusal, StaleEdit
from burgrave.web.rest import api as rest_api
from burgrave.web.rest import idempotency
from burgrave.web.rest.api import BurgraveAPI
from burgrave.web.rest.docs import chapters_of, docs_view, example_of, problems
from burgrave.web.rest.problems import name_of
from burgrave.web.rest.versions import IfMatch, PreconditionRequired, etag_of, expected_version
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]

router = Router(tags=["notes"])


class NoteIn(Schema):
    text: str
    stars: int = 0


class NoteOut(Schema):
    name: str
    version: int


@router.post("/notes", response={201: NoteOut})
def keep(request: HttpRequest, sent: NoteIn) -> Status[dict[str, object]]:
    """A unit is written, so that the database tells how often."""
    with transaction.atomic():
        people.Unit.objects.create(name=sent.text, parent=people.Unit.objects.get(parent=None), changed_at=NOON)
    if sent.text == "half done":
        raise Forbidden("not this one", mend="Say something else.")
    return Status(201, {"name": sent.text, "version": 1})


@router.get("/notes/{name}", response=NoteOut)
def read(request: HttpRequest, response: HttpResponse, name: str) -> dict[str, object]:
    unit = people.Unit.objects.filter(name=name).first()
    if unit is None:
        raise NotFound("no such note")
    response["ETag"] = etag_of(unit.version)
    return {"name": unit.name, "version": unit.version}


@router.patch("/notes/{name}", response=NoteOut)
def change(request: HttpRequest, name: str, sent: NoteIn, if_match: IfMatch) -> dict[str, object]:
    unit = people.Unit.objects.get(name=name)
    if expected_version(if_match) != unit.version:
        raise StaleEdit("somebody was faster", changed_by="Bob", changed_at=NOON)
    unit.version += 1
    unit.save()
    return {"name": name, "version": unit.version}


@router.get("/broken/{kind}")
def broken(request: HttpRequest, kind: str) -> dict[str, object]:
    raise {"lost": Http404("x"), "program": RuntimeError("x")}[kind]


api = BurgraveAPI(urls_namespace="notes_alone", auth=SessionAuth())
api.add_router("", router)
urlpatterns = [
    path("api/docs/", docs_view(api)),
    path("api/", api.urls),
    path("", include("burgrave.site.urls")),
]
handler404 = "burgrave.web.views.page_not_found"
handler500 = "burgrave.web.views.server_error"

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def counts_begin_anew() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def client(organisation: CastOrganisation, bob: Actor, client_of: ClientOf) -> Client:
    return client_of(bob)


def post(client: Client, text: str, **headers: str) -> Any:
    return client.post("/api/notes", {"text": text}, content_type="application/json", headers=headers)


def units(text: str) -> int:
    return people.Unit.objects.filter(name=text).count()


def test_a_refusal_is_a_problem_that_says_what_to_do(client: Client) -> None:
    answer = post(client, "half done")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert answer.json() == {
        "type": "/api/docs/#forbidden",
        "title": "Forbidden",
        "status": 403,
        "detail": "not this one",
        "mend": "Say something else.",
        "instance": "/api/notes",
    }


def test_fields_that_cannot_be_used_are_named(client: Client) -> None:
    answer = client.post("/api/notes", {"stars": "many"}, content_type="application/json")
    assert answer.status_code == 422
    assert [each["place"] for each in answer.json()["errors"]] == ["body.sent.text", "body.sent.stars"]
    assert answer.json()["detail"].startswith("2 of the sent fields cannot be used: body.sent.text")


@pytest.mark.parametrize(
    ("address", "method", "status"),
    [
        ("/api/notes/none", "get", 404),
        ("/api/broken/lost", "get", 404),
        ("/api/nowhere", "get", 404),
        ("/api/notes", "delete", 405),
        ("/api/notes/a%00b", "get", 400),
    ],
    ids=["unknown note", "Django's own 404", "unknown address", "another method", "NUL"],
)
def test_every_way_to_fail_is_a_problem(client: Client, address: str, method: str, status: int) -> None:
    answer = getattr(client, method)(address)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status


def test_a_failure_of_the_program_is_a_problem_without_its_cause(client: Client) -> None:
    client.raise_request_exception = False
    answer = client.get("/api/broken/program")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "RuntimeError" not in answer.content.decode()


def test_nobody_gets_a_problem_and_no_page(organisation: CastOrganisation) -> None:
    answer = Client().get("/api/notes/x")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"] == 'Bearer realm="burgrave"'


def test_the_same_request_sent_twice_acts_once(client: Client) -> None:
    first, again = post(client, "Once", **{"Idempotency-Key": "k1"}), post(client, "Once", **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() == {"name": "Once", "version": 1}
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    assert units("Once") == 1


def test_a_key_used_for_something_else_is_refused(client: Client) -> None:
    post(client, "Once", **{"Idempotency-Key": "k1"})
    answer = post(client, "Other", **{"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/api/docs/#idempotency-key-reused")
    assert units("Other") == 0


def test_a_refused_request_leaves_nothing_and_may_be_mended_under_its_key(client: Client) -> None:
    assert post(client, "half done", **{"Idempotency-Key": "k1"}).status_code == 403
    assert units("half done") == 0
    assert models.GivenAnswer.objects.count() == 0
    assert post(client, "Whole", **{"Idempotency-Key": "k1"}).status_code == 201


def test_a_key_belongs_to_its_person(client: Client, alice: Actor, client_of: ClientOf) -> None:
    post(client, "Mine", **{"Idempotency-Key": "k1"})
    assert post(client_of(alice), "Hers", **{"Idempotency-Key": "k1"}).status_code == 201
    assert (units("Mine"), units("Hers")) == (1, 1)


@pytest.mark.parametrize("key", ["", "has space", "ü", "x" * 256], ids=["empty", "space", "umlaut", "long"])
def test_a_key_that_is_none_is_refused(client: Client, key: str) -> None:
    answer = client.post("/api/notes", {"text": "A"}, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key)
    assert (answer.status_code, units("A")) == (400, 0)


def test_an_answer_is_forgotten_after_a_day_and_the_key_acts_again(client: Client) -> None:
    post(client, "Daily", **{"Idempotency-Key": "k1"})
    models.GivenAnswer.objects.update(given_at=timezone.now() - timedelta(hours=25))
    people.Unit.objects.filter(name="Daily").update(name="Yesterday")
    assert post(client, "Daily", **{"Idempotency-Key": "k1"}).status_code == 201
    assert "Idempotency-Replayed" not in post(client, "Else")
    assert idempotency.forget(now=timezone.now() + timedelta(hours=25)) == 1
    assert models.GivenAnswer.objects.count() == 0


def test_a_record_is_changed_only_by_who_has_seen_its_version(client: Client) -> None:
    post(client, "Note")
    seen = client.get("/api/notes/Note")["ETag"]
    sent: dict[str, Any] = {"data": {"text": "x"}, "content_type": "application/json"}
    assert seen == '"v1"'
    assert client.patch("/api/notes/Note", **sent).status_code == 428
    assert client.patch("/api/notes/Note", headers={"If-Match": "3"}, **sent).status_code == 422
    assert client.patch("/api/notes/Note", headers={"If-Match": seen}, **sent).json()["version"] == 2
    stale = client.patch("/api/notes/Note", headers={"If-Match": seen}, **sent)
    assert (stale.status_code, stale.json()["type"], stale.json()["changed_by"]) == (
        412,
        "/api/docs/#stale-edit",
        "Bob",
    )


def test_what_the_caller_holds_already_is_not_sent_again(client: Client) -> None:
    post(client, "Note")
    first = client.get("/api/notes/Note")
    again = client.get("/api/notes/Note", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert client.get("/api/notes/Note", headers={"If-None-Match": '"v9"'}).status_code == 200


def test_who_asks_too_much_waits_and_others_do_not(
    client: Client, alice: Actor, client_of: ClientOf, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BURGRAVE_API_READS_PER_MINUTE, settings.BURGRAVE_API_WRITES_PER_MINUTE = 50, 2
    other = client_of(alice)
    monkeypatch.setattr(rest_api.timezone, "now", lambda: NOON)
    answers = [post(client, f"Note {each}") for each in range(3)]
    assert [each.status_code for each in answers] == [201, 201, 429]
    assert [each["RateLimit-Remaining"] for each in answers] == ["1", "0", "0"]
    assert (answers[2]["RateLimit-Limit"], answers[2]["Retry-After"]) == ("2", "61")
    assert client.get("/api/notes/none").status_code == 404
    assert post(other, "Hers").status_code == 201
    monkeypatch.setattr(rest_api.timezone, "now", lambda: NOON + timedelta(minutes=1))
    assert post(client, "Later").status_code == 201


def test_the_description_names_every_refusal_of_an_operation() -> None:
    schema = api.get_openapi_schema()
    assert schema["openapi"] == "3.1.0"
    keep, change = schema["paths"]["/api/notes"]["post"], schema["paths"]["/api/notes/{name}"]["patch"]
    assert set(keep["responses"]) == {201, 400, 401, 403, 404, 409, 413, 422, 429}
    assert set(change["responses"]) >= {412, 428}
    assert "Idempotency-Key" in {each["name"] for each in keep["parameters"]}
    assert keep["responses"][409]["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
    assert {"Problem", "FieldProblem"} <= schema["components"]["schemas"].keys()


def test_the_page_of_the_api_shows_every_operation(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    for chapter in chapters_of(api.get_openapi_schema()):
        for operation in chapter.operations:
            assert f'id="{operation.anchor}"' in page
    assert 'id="stale-edit"' in page


def test_an_example_holds_every_field() -> None:
    schema = api.get_openapi_schema()
    body = schema["paths"]["/api/notes"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert example_of(body, schema) == {"text": "", "stars": 0}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Refusal, ""),
        (Forbidden, "forbidden"),
        (StaleEdit, "stale-edit"),
        (PreconditionRequired, "precondition-required"),
        (NotARecord, "not-a-record"),
    ],
)
def test_a_refusal_is_named_by_its_promise(kind: type[Refusal], name: str) -> None:
    assert name_of(kind) == name


def test_the_kinds_of_refusals_have_a_meaning() -> None:
    assert [name for name, _status, meaning in problems() if not meaning] == []


@pytest.mark.parametrize("given", ['"v0"', "v1", '"v1', "*", '"v1","v2"', '"v' + "9" * 19 + '"'])
def test_what_is_no_version_is_refused(given: str) -> None:
    with pytest.raises(BadInput):
        expected_version(given)
