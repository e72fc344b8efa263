"""The library over JSON: the same rules, with their refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from burgrave.people.tests_cast import CastOrganisation
from burgrave.policies import models
from burgrave.policies.tests.house import ENGLISH, norm, published
from burgrave.web.terms import Actor

Browser = Callable[[Actor], Client]


def send(browser: Client, method: str, address: str, body: Any = None, **headers: str) -> HttpResponse:
    ask: Any = getattr(browser, method)
    answer: HttpResponse = ask(f"/api/{address}", body or {}, content_type="application/json", headers=headers)
    return answer


def json_of(answer: HttpResponse) -> Any:
    return answer.json()  # type: ignore[attr-defined] # the test client adds it


@pytest.fixture
def made(organisation: CastOrganisation, alice: Actor) -> UUID:
    return norm(organisation.root, actor=alice)


def test_a_document_goes_all_the_way_over_the_api(
    client_of: Browser, organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    author, approver = client_of(alice), client_of(paula)
    body = {
        "kind": "norm",
        "unit_id": str(organisation.root),
        "texts": [{"language": "en", "source": "# Passwords\n"}],
    }
    added = send(author, "post", "policies", body)
    assert added.status_code == 201
    document, version = json_of(added)["row"]["document_id"], json_of(added)["versions"][0]["version_id"]
    read = author.get(f"/api/policies/versions/{version}")
    texts = {"texts": [{"language": "en", "source": ENGLISH}], "summary": "first"}
    address = f"policies/versions/{version}"
    assert send(author, "put", f"{address}/texts", texts).status_code == 428
    saved = send(author, "put", f"{address}/texts", texts, **{"If-Match": read.headers["ETag"]})
    assert (saved.status_code, json_of(saved)["clauses"][0]["identifier"]) == (200, "ID-03")
    again = send(author, "put", f"{address}/texts", texts, **{"If-Match": read.headers["ETag"]})
    assert again.status_code in {409, 412}
    plan = {"steps": [{"approvers": [str(paula.person_id)], "quorum": 1}]}
    asked = send(author, "post", f"{address}/submission", plan, **{"If-Match": saved.headers["ETag"]})
    assert json_of(asked)["state"] == "in_review"
    assert send(approver, "post", f"{address}/rejection", {"reason": ""}).status_code == 422
    seen = {"sha256": json_of(asked)["draft_sha256"]}
    assert send(author, "post", f"{address}/approval", seen).status_code == 409
    assert json_of(send(approver, "post", f"{address}/approval", seen)) == {"completes": True}
    digest = json_of(send(author, "post", f"{address}/publication"))["digest"]
    shown = json_of(author.get(f"/api/{address}"))
    assert (shown["digest"], shown["state"]) == (digest, "published")
    verified = json_of(author.get(f"/api/policies/verify/{shown['code']}"))
    assert (verified["text_fits"], verified["signature_fits"]) == (True, True)
    held = json_of(author.get("/api/policies/held"))
    assert [each["document"]["document_id"] for each in held] == [document]
    file = send(author, "post", f"{address}/report", {"format": "docx", "language": "en"})
    assert file.content.startswith(b"PK")


def test_changes_are_told_clause_by_clause(client_of: Browser, alice: Actor, paula: Actor, made: UUID) -> None:
    browser = client_of(alice)
    first = published(made, by=alice, approver=paula)
    assert json_of(browser.get(f"/api/policies/versions/{first}/changes")) == []
    begun = send(browser, "post", f"policies/{made}/drafts")
    version = json_of(begun)["version_id"]
    texts = {"texts": [{"language": "en", "source": ENGLISH.replace("14 ch", "16 ch")}]}
    send(browser, "put", f"policies/versions/{version}/texts", texts, **{"If-Match": begun.headers["ETag"]})
    changed = [
        each for each in json_of(browser.get(f"/api/policies/versions/{version}/changes")) if each["binds_otherwise"]
    ]
    assert [(each["identifier"], each["kind"]) for each in changed] == [("ID-03", "changed")]
    assert ["removed", "14"] in changed[0]["pieces"]


def test_the_list_is_narrowed_and_a_stranger_sees_nothing(
    client_of: Browser, alice: Actor, charlie: Actor, made: UUID
) -> None:
    found = json_of(client_of(alice).get("/api/policies?kind=norm&stage=draft&q=passwords"))
    assert [each["document_id"] for each in found["rows"]] == [str(made)]
    assert json_of(client_of(alice).get("/api/policies?kind=policy"))["total"] == 0
    assert client_of(charlie).get("/api/policies").status_code == 403
    assert client_of(charlie).get(f"/api/policies/{made}").status_code == 404
    assert any(each["code"] == "weak-modality" for each in json_of(client_of(alice).get("/api/policies/findings")))
    version = models.Version.objects.get(document_id=made)
    sent = {"reason": "later"}
    assert send(client_of(alice), "post", f"policies/versions/{version.pk}/withdrawal", sent).status_code == 409
