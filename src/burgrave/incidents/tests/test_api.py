from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from ninja.security import SessionAuth

from burgrave.incidents import commands, models
from burgrave.incidents.api import router
from burgrave.incidents.tests.house import NOON, event_file, found_events, opened, raised, read, refs, rule
from burgrave.incidents.tests.test_reading import attack
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.rest.api import BurgraveAPI
from burgrave.web.terms import Actor

if TYPE_CHECKING:
    from django.test import Client

ClientOf = Callable[[Actor], "Client"]

api = BurgraveAPI(urls_namespace="incidents_alone", openapi_url=None, auth=SessionAuth())
api.add_router("", router)
urlpatterns = [path("api/", api.urls), path("", include("burgrave.site.urls"))]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def alerts(organisation: CastOrganisation) -> list[models.Alert]:
    return raised(organisation.operations, titles=("Credential dump", "Log cleared"))


def sent_alerts(*alerts: models.Alert) -> list[dict[str, object]]:
    return [{"alert_id": str(ref.alert_id), "version": ref.version} for ref in refs(*alerts)]


def test_the_api_gives_what_the_pages_show(
    alerts: list[models.Alert], organisation: CastOrganisation, bob: Actor, client_of: ClientOf
) -> None:
    case_id = opened(organisation.operations, alerts[0], actor=bob)
    client = client_of(bob)
    found = client.get("/api/alerts?level=high&state=new").json()
    assert (found["total"], found["rows"][0]["title"]) == (1, "Log cleared")
    assert found["rows"][0]["reason"].startswith("2 matches of Log cleared on WS-7.corp between")
    detail = client.get(f"/api/alerts/{alerts[0].pk}").json()
    assert (detail["rule"]["author"], detail["alert"]["case_number"]) == ("Ada Author", "INC-2026-0001")
    match = client.get(f"/api/alerts/{alerts[0].pk}/matches").json()["rows"][0]
    assert match["fields"] == {"Image": "C:\\mimikatz.exe"}
    assert client.get("/api/incidents").json()["rows"][0]["case_id"] == str(case_id)
    case = client.get("/api/incidents/INC-2026-0001").json()
    assert [each["technique"] for each in case["techniques"]] == ["T1003.001"]
    assert next(each["clock"] for each in case["durations"]) == "time_to_detect"
    files = client.get("/api/event-files").json()["rows"]
    assert client.get(f"/api/event-files/{files[0]['event_file_id']}").json() == files[0]
    assert client.get(f"/api/event-files/{files[0]['event_file_id']}/unreadable").json()["rows"] == []


def test_files_are_handed_in(organisation: CastOrganisation, bob: Actor, client_of: ClientOf) -> None:
    sent = {"unit": str(organisation.operations), "file": SimpleUploadedFile("attack.jsonl", attack())}
    (first,) = client_of(bob).post("/api/event-files", sent).json()
    assert first["was_known"] is False
    sent["file"] = SimpleUploadedFile("again.jsonl", attack())
    (again,) = client_of(bob).post("/api/event-files", sent).json()
    assert again == {"event_file_id": first["event_file_id"], "was_known": True}
    nowhere = client_of(bob).post("/api/event-files", {"file": SimpleUploadedFile("a.jsonl", b"{}\n")})
    assert (nowhere.status_code, nowhere.json()["detail"][:31]) == (422, "an event file belongs to a unit")


def test_a_forged_upload_is_refused_and_an_honest_one_taken(
    organisation: CastOrganisation, bob: Actor, client_of: ClientOf
) -> None:
    client = client_of(bob, enforce_csrf_checks=True)  # type: ignore[call-arg]  # the fixture hands options on

    def sent() -> dict[str, object]:
        return {"unit": str(organisation.operations), "file": SimpleUploadedFile("a.jsonl", attack())}

    assert client.post("/api/event-files", sent()).status_code == 403
    assert models.EventFile.objects.count() == 0
    client.get("/events/")
    token = client.cookies["csrftoken"].value
    assert client.post("/api/event-files", sent(), headers={"X-CSRFToken": token}).status_code == 200


def test_alerts_are_decided(alerts: list[models.Alert], alice: Actor, bob: Actor, client_of: ClientOf) -> None:
    client = client_of(bob)

    def post(**sent: Any) -> Any:
        return client.post("/api/alerts/triage", sent, content_type="application/json")

    seen = sent_alerts(*alerts)
    assert post(act="acknowledge", alerts=seen).json() == {"decided": 2}
    stale = post(act="acknowledge", alerts=seen)
    assert (stale.status_code, stale.json()["changed_by"]) == (409, "Bob Birnbaum")
    assert post(act="assign", alerts=sent_alerts(*alerts), person_id=str(alice.person_id)).status_code == 200
    assert post(act="dismiss", alerts=sent_alerts(*alerts)).status_code == 422
    assert post(act="dismiss", alerts=sent_alerts(*alerts), dismissal="benign", note="drill").status_code == 200
    refused = post(act="reopen", alerts=sent_alerts(alerts[0]))
    assert (refused.status_code, refused.json()["detail"]) == (409, "an alert is reopened only with a reason")
    assert post(act="reopen", alerts=sent_alerts(alerts[0]), reason="no drill").status_code == 200
    assert post(act="confirm", alerts=sent_alerts(alerts[0])).status_code == 409
    assert post(act="explode", alerts=sent_alerts(alerts[0])).status_code == 422


def test_charlie_gets_nothing(
    alerts: list[models.Alert], organisation: CastOrganisation, bob: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    opened(organisation.operations, alerts[0], actor=bob)
    file_id = event_file(organisation.operations)
    client = client_of(charlie)
    for address in ("alerts", "incidents", "event-files"):
        assert client.get(f"/api/{address}").status_code == 403
    for address in (
        f"alerts/{alerts[0].pk}",
        f"alerts/{alerts[0].pk}/matches",
        "incidents/INC-2026-0001",
        f"event-files/{file_id}",
        f"event-files/{file_id}/unreadable",
    ):
        assert client.get(f"/api/{address}").status_code == 404
    assert client.post("/api/event-files", {"unit": str(organisation.operations)}).status_code == 403
    decided = client.post(
        "/api/alerts/triage",
        {"act": "acknowledge", "alerts": sent_alerts(alerts[1])},
        content_type="application/json",
    )
    assert decided.status_code == 404


@pytest.mark.parametrize("address", ["alerts", "incidents", "event-files"])
def test_a_list_asks_as_much_at_fifty_rows_as_at_one(
    address: str, organisation: CastOrganisation, bob: Actor, client_of: ClientOf
) -> None:
    client = client_of(bob)

    def fill(start: int, end: int) -> None:
        for place in range(start, end):
            read(event_file(organisation.operations), found_events([rule()], [0], computer=f"PC-{place}"))
            opened(organisation.operations, models.Alert.objects.get(computer=f"PC-{place}"), actor=bob)

    fill(0, 1)
    client.get(f"/api/{address}")
    with CaptureQueriesContext(connection) as few:
        assert client.get(f"/api/{address}").json()["total"] == 1
    fill(1, 50)
    with CaptureQueriesContext(connection) as many:
        assert client.get(f"/api/{address}").json()["total"] == 50
    assert len(many) == len(few)


def test_decisions_are_recorded(alerts: list[models.Alert], bob: Actor, ledger_tail: Callable[[], list[str]]) -> None:
    before = len(ledger_tail())
    commands.acknowledge(refs(alerts[0]), actor=bob, now=NOON)
    assert ledger_tail()[before:] == ["incidents.alert_acknowledged"]
