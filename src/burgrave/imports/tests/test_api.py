"""The whole way of a file over the API, and what is refused on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from burgrave.assets.models import Asset
from burgrave.imports.tests.house import lines, work
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
JSON = "application/json"


def brought(client: Client, content: bytes, *, target: str = "assets") -> Any:
    sent = {"file": SimpleUploadedFile("hosts.csv", content, content_type="text/csv")}
    return client.post(f"/api/imports/targets/{target}", sent)


def state(client: Client, address: str) -> tuple[str, int, int, int, int]:
    row = client.get(address).json()["row"]
    return row["state"], row["new"], row["changed"], row["same"], row["fault_count"]


def test_a_file_is_brought_mapped_checked_and_applied_once(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf, ledger_tail: Callable[[], list[str]]
) -> None:
    client = client_of(alice)
    made = brought(client, lines(3).replace(b"name", b"called", 1))
    assert (made.status_code, made["ETag"], made.json()["state"]) == (201, '"v1"', "received")
    address = f"/api/imports/{made.json()['import_id']}"

    columns = client.get(f"{address}/columns").json()
    assert columns["header"] == ["reference", "called", "type", "unit", "availability", "runs_on"]
    assert (columns["is_guessed"], columns["unused"]) == (True, ["called"])
    mapping = {"columns": {**columns["mapping"]["columns"], "name": "called"}}
    assert client.put(f"{address}/mapping", mapping, content_type=JSON).status_code == 428
    headers = {"If-Match": '"v1"'}
    said = client.put(f"{address}/mapping", mapping, content_type=JSON, headers=headers)
    assert (said.status_code, said.json()["mapping"]["columns"]["name"]) == (200, "called")
    assert client.put(f"{address}/mapping", mapping, content_type=JSON, headers=headers).status_code == 412
    assert client.get(f"{address}/columns").json()["is_guessed"] is False

    begun = client.post(f"{address}/check", content_type=JSON)
    assert (begun.status_code, begun.json()["row"]["state"], begun.json()["work"]["state"]) == (
        202,
        "checking",
        "queued",
    )
    assert client.post(f"{address}/check", content_type=JSON).status_code == 409
    work()
    ready = client.get(address)
    assert (state(client, address), ready.json()["figures"]) == (("ready", 3, 0, 0, 0), [["New dependencies", 2]])
    assert client.post(f"{address}/apply", content_type=JSON).status_code == 428
    headers = {"If-Match": ready["ETag"], "Idempotency-Key": "once"}
    one, two = (client.post(f"{address}/apply", content_type=JSON, headers=headers) for _ in range(2))
    assert (one.status_code, one.json()) == (202, two.json())
    work()
    assert (state(client, address), Asset.objects.count()) == (("applied", 3, 0, 0, 0), 3)
    assert ledger_tail().count("imports.file_applied") == 1

    again = f"/api/imports/{brought(client, lines(3, renamed=1)).json()['import_id']}"
    client.post(f"{again}/check", content_type=JSON)
    work()
    assert state(client, again) == ("ready", 0, 1, 2, 0)
    (change,) = client.get(f"{again}/changes").json()["rows"]
    assert change["fields"] == [["Name", "Host 1", "Host 1 new"]]
    assert client.post(f"{again}/discard", content_type=JSON).json()["row"]["state"] == "discarded"
    listed = client.get("/api/imports").json()
    assert [row["state"] for row in listed["rows"]] == ["discarded", "applied"]


def test_faults_are_told_by_row_and_a_mended_table_is_read_anew(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    content = b"reference;name;type;unit\nA;Alpha;planet;Nordhafen Works / Operations\n"
    address = f"/api/imports/{brought(client, content).json()['import_id']}"
    client.post(f"{address}/check", content_type=JSON)
    assert client.post(f"{address}/cancel", content_type=JSON).json()["row"]["state"] == "received"
    client.post(f"{address}/check", content_type=JSON)
    work()
    assert state(client, address)[0] == "found_wrong"
    (fault,) = client.get(f"{address}/faults").json()["rows"]
    assert (fault["line"], fault["column"], fault["found"], fault["cells"][1]) == (2, "type", "planet", "Alpha")
    etag = client.get(address)["ETag"]
    assert client.post(f"{address}/apply", content_type=JSON, headers={"If-Match": etag}).status_code == 409
    table = {"delimiter": ","}
    read = client.put(f"{address}/table", table, content_type=JSON, headers={"If-Match": etag})
    assert (read.status_code, read.json()["table"]["delimiter"], read.json()["row"]["state"]) == (200, ",", "received")
    assert client.get(f"{address}/columns").json()["header"] == ["reference;name;type;unit"]


@pytest.mark.parametrize(
    ("verb", "step", "sent", "status"),
    [
        ("put", "table", {"encoding": "morse"}, 422),
        ("put", "table", {"header_line": -1}, 422),
        ("put", "mapping", {"columns": {"name": "name"}}, 422),
        ("put", "mapping", {"columns": {"name": "name", "type": "name", "unit": "unit"}}, 422),
        ("put", "mapping", {}, 422),
        ("post", "apply", None, 409),
    ],
    ids=["unknown encoding", "line before the first", "fields missing", "one column twice", "nothing", "unchecked"],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(
    organisation: CastOrganisation,
    alice: Actor,
    client_of: ClientOf,
    verb: str,
    step: str,
    sent: dict[str, Any] | None,
    status: int,
) -> None:
    client = client_of(alice)
    address = f"/api/imports/{brought(client, lines(1)).json()['import_id']}"
    answer = getattr(client, verb)(f"{address}/{step}", sent, content_type=JSON, headers={"If-Match": '"v1"'})
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]


def test_what_is_brought_is_one_file_for_a_target_that_there_is(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    assert brought(client, b"x", target="planets").status_code == 422
    assert client.post("/api/imports/targets/assets", {}).status_code == 422
    two = {name: SimpleUploadedFile(name, b"x") for name in ("a.csv", "b.csv")}
    answer = client.post("/api/imports/targets/assets", two)
    assert (answer.status_code, answer.json()["detail"]) == (422, "one file is imported at a time")
    document = f"/api/imports/{brought(client, b'{}', target='cyclonedx').json()['import_id']}"
    assert client.get(f"{document}/columns").status_code == 422
    broken = f"/api/imports/{brought(client, b'').json()['import_id']}"
    assert client.get(f"{broken}/columns").status_code == 422


def test_targets_name_fields_choices_and_options(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    targets = {each["kind"]: each for each in client_of(alice).get("/api/imports/targets").json()}
    fields = {each["name"]: each for each in targets["assets"]["fields"]}
    assert fields["name"]["is_required"]
    assert "system" in [each["value"] for each in fields["type"]["choices"]]
    assert targets["cyclonedx"]["reads"] == "document"


def test_a_stranger_brings_and_sees_nothing(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    made = brought(client_of(alice), lines(1)).json()["import_id"]
    client = client_of(charlie)
    assert [client.get(f"/api/imports{rest}").status_code for rest in ("", "/targets", f"/{made}")] == [403, 403, 404]
    assert brought(client, lines(1)).status_code == 403
    assert client_of(bob).get(f"/api/imports/{made}").status_code == 404
    assert brought(Client(), lines(1)).status_code == 401


def test_the_list_asks_as_much_at_fifty_imports_as_at_one(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)

    def statements(count: int) -> int:
        for _ in range(count):
            brought(client, lines(1))
        with CaptureQueriesContext(connection) as asked:
            client.get("/api/imports")
        return len(asked)

    assert statements(1) == statements(49)
