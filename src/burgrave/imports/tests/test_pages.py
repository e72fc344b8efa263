from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from burgrave.assets import models as assets
from burgrave.imports import commands, queries
from burgrave.imports.tests.house import checked, lines, received, work
from burgrave.jobs.models import Job
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:2_000]
    return answer.content.decode()


def test_a_person_walks_through_the_guide(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
    client = client_of(alice)
    assert "No file was imported yet" in text(client, "/imports/")
    assert "Assets from a spreadsheet" in text(client, "/imports/new/")
    assert "Drop a file here" in text(client, "/imports/new/assets/")
    content = "Nr;Bezeichnung;Art;Abteilung\nA1;Jürgen's Server;Planet;Sales\n".encode("cp1252")
    sent = client.post("/imports/new/assets/", {"file": SimpleUploadedFile("a.csv", content)})
    assert sent.status_code == 302, sent.content.decode()[:2_000]
    table = sent.headers["Location"]
    page = text(client, table)
    assert ("cp1252" in page, "Jürgen&#x27;s Server" in page) == (True, True)
    said = client.post(
        table, {"encoding": "cp1252", "delimiter": ";", "header_line": "", "formulas": "refuse", "version_shown": "1"}
    )
    assert said.headers["Location"] == table
    columns = table.replace("table", "columns")
    assert "Columns that fill no field" in text(client, columns)
    mapped = {
        "version": "2",
        "column.reference": "Nr",
        "column.name": "Bezeichnung",
        "column.type": "Art",
        "column.unit": "Abteilung",
    }
    kept = client.post(columns, {**mapped, "act": "stay", "save_as": "CMDB"})
    assert kept.headers["Location"] == columns
    page = text(client, columns)
    assert ("Planet" in page, 'value="CMDB"' in page or ">CMDB<" in page) == (True, True)
    begun = client.post(columns, {**mapped, "version": "3", "seen.type": "Planet", "value.type": "system"})
    one = begun.headers["Location"]
    assert "Waiting for a worker" in text(client, one)
    assert client.get(f"{one}?part=progress", headers={"HX-Request": "true"}).status_code == 200
    work()
    page = text(client, one)
    assert ("Ready to be applied" in page, "Write it all" in page, "&#x27;s Server" in page) == (True, True, True)
    assert "Go to the list" not in page
    assert "HX-Refresh" in client.get(f"{one}?part=progress", headers={"HX-Request": "true"}).headers
    view = queries.imports(actor=alice).rows[0]
    assert client.post(f"{one}apply/", {"version": view.version}).headers["Location"] == one
    work()
    page = text(client, one)
    assert ("Applied" in page, 'href="/assets/"' in page, "Go to the list" in page) == (True, True, True)
    assert assets.Asset.objects.get().name == "Jürgen's Server"
    assert "a.csv" in text(client, "/imports/")


def test_the_list_to_which_an_import_leads_opens_for_whoever_may_import(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    targets = queries.usable_targets(actor=alice)
    for name, query in (each.listed for each in targets):
        text(client, f"{reverse(name)}?{query}")
    assert {each.kind for each in targets} == {"assets", "cyclonedx", "people", "policies", "rules"}


def test_what_is_missing_is_said_beside_the_columns(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client, import_id = client_of(alice), received(lines(1), actor=alice)
    address = f"/imports/{import_id}/columns/"
    refused = client.post(address, {"version": "1", "column.name": "name"})
    assert refused.status_code == 422
    assert "no column was chosen for Reference, Type" in refused.content.decode()
    assert client.post(address, {"version": "x"}).status_code == 422
    stale = {"version": "9", "column.reference": "reference", "column.name": "name", "column.type": "type"}
    assert client.post(address, stale).status_code == 409


def test_a_kept_mapping_is_taken_over(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
    client, first = client_of(alice), received(b"a,b,c\n1,Alpha,system\n", actor=alice)
    mapped = {"version": "1", "column.reference": "a", "column.name": "b", "column.type": "c", "save_as": "Odd"}
    assert client.post(f"/imports/{first}/columns/", mapped).status_code == 302
    second = received(b"a,b,c\n1,Alpha,system\n", actor=alice)
    (kept,) = queries.mappings("assets")
    page = text(client, f"/imports/{second}/columns/?mapping={kept.mapping_id}")
    assert page.count(" selected") >= 3


def test_a_file_that_is_no_table_says_so_on_every_page(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client, import_id = client_of(alice), received(b"PK\x03\x04rest", actor=alice)
    for step in ("table", "columns"):
        assert "the workbook is damaged" in text(client, f"/imports/{import_id}/{step}/")
    checked(import_id, actor=alice)
    assert "the workbook is damaged" in text(client, f"/imports/{import_id}/")


def test_faults_are_downloaded_with_their_rows(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    import_id = received(b"reference,name,type,unit\n=A,Alpha,planet,Sales\n", actor=alice)
    checked(import_id, actor=alice)
    assert "planet" in text(client, f"/imports/{import_id}/")
    file = b"".join(client.get(f"/imports/{import_id}/faults.csv")).decode("utf-8-sig").splitlines()  # type: ignore[arg-type]
    assert file[0].startswith('"line","column","found"')
    assert ("planet" in file[1], '"\'=A"' in file[1]) == (True, True)


def test_a_step_may_be_taken_back(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
    client, import_id = client_of(alice), received(lines(1), actor=alice)
    one = f"/imports/{import_id}/"
    assert client.post(f"{one}check/").status_code == 302
    assert client.post(f"{one}cancel/").status_code == 302
    assert "not checked yet" in text(client, one)
    assert client.post(f"{one}discard/").headers["Location"] == "/imports/"
    assert "Discarded" in text(client, one)


@pytest.mark.parametrize("address", ["/imports/{}/", "/imports/", "/imports/{}/columns/"])
def test_a_page_asks_as_much_for_fifty_as_for_one(
    address: str, organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)

    def asked(count: int) -> int:
        import_id = received(lines(count), actor=alice)
        checked(import_id, actor=alice)
        client.get(address.format(import_id))
        with CaptureQueriesContext(connection) as counted:
            assert client.get(address.format(import_id)).status_code == 200
        return len(counted)

    few = asked(1)
    for _each in range(3):
        received(lines(1), actor=alice)
    assert asked(50) == few <= 16


def test_charlie_gets_nowhere(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    client, import_id = client_of(charlie), received(lines(1), actor=alice)
    assert client.get("/imports/").status_code == 403
    assert client.get(f"/imports/{import_id}/").status_code == 404
    assert client.get(f"/imports/{import_id}/faults.csv").status_code == 404
    assert client.post("/imports/new/assets/", {"file": SimpleUploadedFile("a.csv", b"x")}).status_code == 403
    assert client_of(alice).get("/imports/new/planets/").status_code == 422


def test_a_worker_that_gave_up_is_said(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
    client, import_id = client_of(alice), received(lines(1), actor=alice)
    commands.start_check(import_id, actor=alice, now=timezone.now())
    Job.objects.update(state="failed", error="Boom")
    assert "No worker came to an end with it" in text(client, f"/imports/{import_id}/")
