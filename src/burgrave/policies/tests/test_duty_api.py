"""Duties, exceptions and runs over the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from burgrave.people import commands as people
from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.policies import commands, models
from burgrave.policies.terms.acknowledging import Question, Quiz
from burgrave.policies.tests.duty_house import ask, document, publish, work
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
JSON = "application/json"


def matched(version: int) -> dict[str, str]:
    return {"If-Match": f'"v{version}"'}


def test_what_one_must_know_is_read_and_confirmed(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    found = document(organisation.root)
    version = ask(found, alice)
    question = Question(text="How long?", choices=("8", "14"), right=frozenset({1}))
    commands.set_quiz(version.pk, Quiz(questions=(question,), pass_mark=1, attempts=1), actor=alice, now=timezone.now())
    client = client_of(charlie)
    body = client.get("/api/policies/duties").json()
    assert [each["identifier"] for each in body["open"]] == ["POL-01"]
    address = f"/api/policies/duties/{found.pk}"
    shown = client.get(address).json()
    assert (shown["digest"], shown["questions"][0]["choices"]) == (version.digest, ["8", "14"])
    assert "right" not in shown["questions"][0]
    sent = {"digest": version.digest, "answers": [[0]]}
    assert client.post(f"{address}/confirmation", sent, content_type=JSON).status_code == 409
    row = models.Ask.objects.get(person_id=charlie.person_id)
    assert client.post(f"/api/policies/acknowledgements/{row.pk}/attempt").status_code == 404
    assert client_of(alice).post(f"/api/policies/acknowledgements/{row.pk}/attempt").status_code == 204
    right = {**sent, "answers": [[1]]}
    outdated = client.post(f"{address}/confirmation", {**right, "digest": "0" * 64}, content_type=JSON)
    assert (outdated.status_code, "nothing was confirmed" in outdated.json()["detail"]) == (409, True)
    assert client.post(f"{address}/confirmation", right, content_type=JSON).status_code == 204
    assert client.get("/api/policies/duties").json()["known"][0]["confirmed_digest"] == version.digest


def test_a_token_confirms_nothing(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
    found = document(organisation.root)
    version = ask(found, alice)
    now = timezone.now()
    made = people.make_token(
        name="Script",
        permissions=frozenset({"policies.read"}),
        unit_id=None,
        expires_at=now + timedelta(days=1),
        actor=alice,
        now=now,
    )
    answer = Client().post(
        f"/api/policies/duties/{found.pk}/confirmation",
        {"digest": version.digest},
        content_type=JSON,
        headers={"Authorization": f"Bearer {made.secret}"},
    )
    assert (answer.status_code, "not by a program" in answer.json()["detail"]) == (403, True)
    assert client_of


def test_an_audience_is_counted_set_and_its_rate_read(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    found = document(organisation.root)
    publish(found)
    client, address = client_of(alice), f"/api/policies/documents/{found.pk}/audience"
    sent: dict[str, Any] = {"parts": [{"kind": "unit", "unit_id": str(organisation.operations)}]}
    assert client.post(f"{address}/count", sent, content_type=JSON).json() == {"people": 1, "each": [1]}
    assert client.get(address)["ETag"] == '"v1"'
    wrong = {"parts": [{"kind": "unit"}]}
    assert client.put(address, wrong, content_type=JSON, headers=matched(1)).status_code == 422
    unknown = {"parts": [{"kind": "role", "role": "nobody"}]}
    assert client.put(address, unknown, content_type=JSON, headers=matched(1)).status_code == 422
    made = client.put(address, sent, content_type=JSON, headers=matched(1))
    assert (made.json()["people"], made["ETag"]) == (1, '"v2"')
    assert client.put(address, sent, content_type=JSON, headers=matched(1)).status_code == 412
    work(now=timezone.now())
    rows = client.get("/api/policies/acknowledgements?state=open").json()["rows"]
    assert [each["person_id"] for each in rows] == [str(bob.person_id)]
    rates = client.get("/api/policies/acknowledgements/rates?by=unit").json()
    assert (rates["whole"]["asked"], rates["groups"][0]["name"]) == (1, "Operations")
    stranger = client_of(charlie)
    for place in (address, "/api/policies/acknowledgements", "/api/policies/acknowledgements/rates"):
        assert stranger.get(place).status_code in {403, 404}, place


@pytest.fixture
def olga(organisation: CastOrganisation) -> Actor:
    """System owner in Operations."""
    return hire("Olga Ohm", unit_id=organisation.operations, roles=(("system_owner", organisation.operations),))


def test_an_exception_goes_through_its_life(
    organisation: CastOrganisation, alice: Actor, olga: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    found = document(organisation.root, number="NRM-06", kind="norm")  # type: ignore[arg-type]
    models.Clause.objects.create(
        version=publish(found), language="en", ordinal=1, identifier="ID-03", text="at least 14", modality="shall"
    )
    today = timezone.localdate()
    client, head = client_of(olga), client_of(alice)
    sent = {
        "document_id": str(found.pk),
        "clause": "ID-03",
        "unit_id": str(organisation.operations),
        "justification": "The press takes 8 characters only.",
        "risk": "low",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=30)).isoformat(),
    }
    assert client.post("/api/policies/exceptions", {**sent, "clause": "ID-99"}, content_type=JSON).status_code == 422
    made = client.post("/api/policies/exceptions", sent, content_type=JSON)
    assert (made.status_code, made["ETag"], made.json()["row"]["state"]) == (201, '"v1"', "requested")
    address = f"/api/policies/exceptions/{made.json()['row']['exception_id']}"
    assert client.post(f"{address}/approval", headers=matched(1)).status_code == 403
    assert client_of(charlie).get(address).status_code == 404
    assert head.post(f"{address}/approval", headers=matched(1)).json()["is_in_force"] is True
    late = {"until": (today + timedelta(days=60)).isoformat(), "reason": "Late."}
    assert client.post(f"{address}/extension", late, content_type=JSON, headers=matched(2)).status_code == 200
    reason = {"reason": "Enough."}
    assert head.post(f"{address}/refusal", reason, content_type=JSON, headers=matched(3)).status_code == 200
    revoked = head.post(f"{address}/revocation", reason, content_type=JSON, headers=matched(4)).json()
    assert [each["verdict"] for each in revoked["decisions"]] == ["approved", "extension_asked", "refused", "revoked"]
    again = client.post("/api/policies/exceptions", sent, content_type=JSON).json()["row"]["exception_id"]
    withdrawn = client.post(f"/api/policies/exceptions/{again}/withdrawal", headers=matched(1))
    assert withdrawn.json()["row"]["state"] == "withdrawn"
    listed = head.get("/api/policies/exceptions?state=revoked&risk=low&q=exc-0001").json()
    assert [each["number"] for each in listed["rows"]] == ["EXC-0001"]
    assert client_of(charlie).get("/api/policies/exceptions").status_code == 403


def test_a_procedure_is_run(organisation: CastOrganisation, olga: Actor, charlie: Actor, client_of: ClientOf) -> None:
    found = document(organisation.root, number="PRC-02", kind="procedure")  # type: ignore[arg-type]
    models.Clause.objects.create(
        version=publish(found),
        language="en",
        ordinal=1,
        identifier="S-1",
        text="Restore.",
        modality="instruction",
        is_step=True,
    )
    client = client_of(olga)
    sent = {
        "document_id": str(found.pk),
        "unit_id": str(organisation.operations),
        "due_on": timezone.localdate().isoformat(),
    }
    made = client.post("/api/policies/runs", sent, content_type=JSON)
    assert (made.status_code, made["ETag"]) == (201, '"v1"')
    address = f"/api/policies/runs/{made.json()['row']['run_id']}"
    skipped = {"position": 1, "state": "skipped", "note": ""}
    assert client.put(f"{address}/steps", skipped, content_type=JSON, headers=matched(1)).status_code == 422
    noted = client.put(f"{address}/steps", {**skipped, "note": "Away."}, content_type=JSON, headers=matched(1)).json()
    assert noted["steps"][0]["state"] == "skipped"
    finish = {"raises_finding": False}
    done = client.post(f"{address}/finish", finish, content_type=JSON, headers=matched(2)).json()
    assert done["row"]["state"] == "finished"
    other = client.post("/api/policies/runs", sent, content_type=JSON).json()["row"]["run_id"]
    abandoned = client.post(
        f"/api/policies/runs/{other}/abandonment", {"reason": "Gone."}, content_type=JSON, headers=matched(1)
    )
    assert abandoned.json()["end_reason"] == "Gone."
    assert client.get("/api/policies/runs?state=finished").json()["total"] == 1
    assert client.get(address)["ETag"] == '"v3"'
    stranger = client_of(charlie)
    assert (stranger.get(address).status_code, stranger.get("/api/policies/runs").status_code) == (404, 403)
