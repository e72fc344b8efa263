from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from burgrave.events.tests.house import event, kept
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
JSON = "application/json"


def test_events_are_hunted_read_and_kept_over_the_api(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    file = kept(organisation.operations, [event(1, User="CORP\\alice"), event(2)])
    client = client_of(alice)
    found = client.get("/api/events?q=user.name:alice&columns=time&columns=user.name").json()
    assert (found["events"], found["rows"][0]["user.name"], found["is_more"]) == (1, "alice", False)
    assert client.get("/api/events?columns=nope").status_code == 422
    assert client.get("/api/events?q=(").status_code == 422
    answer = client.post("/api/events/sql", {"sql": "SELECT count(*) AS n FROM sysmon_1"}, content_type=JSON).json()
    assert answer == {"columns": [["n", "BIGINT"]], "rows": [[2]], "is_cut": False}
    assert client.post("/api/events/sql", {"sql": "DROP TABLE x"}, content_type=JSON).status_code == 422
    assert "Image" in client.get("/api/events/tables").json()["sysmon_1"]
    assert client.get(f"/api/events/{file}/0").json()["ecs"]["user.domain"] == "CORP"
    assert client.get(f"/api/events/{file}/9").status_code == 404
    (day,) = client.get("/api/events/days").json()
    assert (day["events"], day["sealed_at"]) == (2, None)
    assert client.get("/api/events/retention")["ETag"] == '"v1"'
    assert client.put("/api/events/retention", {"days": 30}, content_type=JSON).status_code == 428
    headers = {"If-Match": '"v1"'}
    assert client.put("/api/events/retention", {"days": 30}, content_type=JSON, headers=headers).json()["days"] == 30
    assert client.put("/api/events/retention", {"days": 31}, content_type=JSON, headers=headers).status_code in {
        409,
        412,
    }
