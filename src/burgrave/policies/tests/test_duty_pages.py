"""The pages of acknowledgement."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from burgrave.lists.models import SavedView
from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.policies import commands, models
from burgrave.policies.terms.acknowledging import Question, Quiz
from burgrave.policies.tests.duty_house import ask, document, publish, work
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
QUIZ = Quiz(
    questions=(Question(text="How long is a password?", choices=("8", "14"), right=frozenset({1})),), pass_mark=1
)


@pytest.fixture
def passwords(organisation: CastOrganisation, alice: Actor, charlie: Actor) -> models.Document:
    """Asked of Alice and Charlie."""
    found = document(organisation.root)
    ask(found, alice)
    assert charlie.person_id
    return found


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def test_charlie_reads_and_confirms_what_is_shown(
    passwords: models.Document, charlie: Actor, client_of: ClientOf
) -> None:
    client = client_of(charlie)
    page = text(client, "/me/policies/")
    assert "0 of 1 confirmed" in page
    assert "opened, not confirmed" not in page
    address = f"/me/policies/{passwords.pk}/"
    page = text(client, address)
    assert "Everybody shall use 14 characters." in page
    assert "opened, not confirmed" in text(client, "/me/policies/")
    digest = models.Version.objects.get().digest
    assert f'name="digest" value="{digest}"' in page
    answer = client.post(address, {"digest": digest})
    assert (answer.status_code, answer["Location"]) == (302, "/me/policies/")
    page = text(client, "/me/policies/")
    assert "1 of 1 confirmed" in page
    assert digest[:12] in page
    assert "I have read this and know it" not in text(client, address)
    assert client.post(address, {"digest": digest}).status_code == 409


def test_an_outdated_digest_is_refused_and_the_new_text_is_shown(
    passwords: models.Document, charlie: Actor, client_of: ClientOf
) -> None:
    client = client_of(charlie)
    seen = models.Version.objects.get().digest
    new = publish(passwords, "# Passwords\n\nEverybody shall use 16 characters.\n", label="1.1")
    answer = client.post(f"/me/policies/{passwords.pk}/", {"digest": seen})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "version 1.1 is in force now, and nothing was confirmed" in page
    assert "Everybody shall use 16 characters." in page
    assert f'name="digest" value="{new.digest}"' in page


def test_questions_stand_below_the_text_and_keep_what_was_answered(
    passwords: models.Document, alice: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    version = models.Version.objects.get()
    commands.set_quiz(version.pk, QUIZ, actor=alice, now=timezone.now())
    client, address = client_of(charlie), f"/me/policies/{passwords.pk}/"
    assert 'type="radio" name="answer0" value="1"' in text(client, address)
    answer = client.post(address, {"digest": version.digest, "answer0": "0"})
    assert answer.status_code == 409
    assert "0 of 1 answers are right" in answer.content.decode()
    assert 'value="0" checked' in answer.content.decode()
    assert client.post(address, {"digest": version.digest, "answer0": "9"}).status_code == 422
    assert client.post(address, {"digest": version.digest, "answer0": "1"}).status_code == 302


def test_nothing_asked_is_said_and_what_is_not_asked_is_not_there(
    organisation: CastOrganisation, charlie: Actor, client_of: ClientOf
) -> None:
    found = document(organisation.root)
    publish(found)
    client = client_of(charlie)
    assert "Nothing is asked of you" in text(client, "/me/policies/")
    text(client, f"/me/policies/{found.pk}/", 404)


def test_an_audience_is_counted_first_and_then_asked(
    organisation: CastOrganisation, alice: Actor, bob: Actor, client_of: ClientOf
) -> None:
    found = document(organisation.root)
    publish(found)
    client, address = client_of(alice), f"/policies/{found.pk}/audience/"
    assert "Nobody is asked for this document" in text(client, address)
    sent = {
        "trees": [str(organisation.operations)],
        "roles": ["administrator"],
        "due_days": "10",
        "remind_before": "7, 1",
        "repeat_days": "7",
        "escalate_after_days": "3",
        "version": "0",
    }
    counted = client.post(address, {**sent, "count": "1"}).content.decode()
    assert "Operations with all that lies below" in counted
    assert "All together, each once" in counted
    assert not models.AudienceRule.objects.exists()
    assert client.post(address, sent).status_code == 302
    work(now=timezone.now())
    assert set(models.Ask.objects.values_list("person_id", flat=True)) == {alice.person_id, bob.person_id}
    page = text(client, address)
    assert "Role: Administrator" in page
    assert "0 of 2 asked" in page
    assert client.post(address, sent).status_code == 409
    for wrong in ({"remind_before": "soon"}, {"remind_before": "11"}, {"due_days": "0"}):
        assert client.post(address, {**sent, **wrong, "version": "1"}).status_code == 422
    assert client.post(address, {**sent, "version": "x"}).status_code == 422


def test_who_only_reads_sees_the_audience_and_changes_nothing(
    passwords: models.Document, dora: Actor, client_of: ClientOf
) -> None:
    client, address = client_of(dora), f"/policies/{passwords.pk}/audience/"
    page = text(client, address)
    assert "Everybody" in page
    assert "Ask these people" not in page
    assert client.post(address, {"version": "1"}).status_code == 403
    version = models.Version.objects.get()
    assert client.get(f"/policies/versions/{version.pk}/quiz/").status_code == 403


def test_questions_are_written_as_lines(passwords: models.Document, alice: Actor, client_of: ClientOf) -> None:
    version = models.Version.objects.get()
    client, address = client_of(alice), f"/policies/versions/{version.pk}/quiz/"
    text(client, address)
    sent = {"questions": "How long?\n- 8\n14", "pass_mark": "1", "attempts": "0"}
    answer = client.post(address, sent)
    assert answer.status_code == 422
    assert "line 3: a choice begins with +" in answer.content.decode()
    assert client.post(address, {**sent, "pass_mark": "x"}).status_code == 422
    assert client.post(address, {**sent, "questions": "How long?\n- 8\n+ 14"}).status_code == 302
    assert "How long?" in text(client, address)
    assert passwords.pk


@pytest.mark.parametrize("by", ["document", "unit", "role", "absurd"])
def test_the_rates_of_a_day(passwords: models.Document, alice: Actor, client_of: ClientOf, by: str) -> None:
    client = client_of(alice)
    page = text(client, f"/policies/acknowledgements/?by={by}&on=2026-03-02")
    assert "0 of 2 asked" in page
    assert "Nobody was asked on this day" in text(client, f"/policies/acknowledgements/?by={by}&on=2020-01-01")
    page = text(client, "/policies/acknowledgements/?on=absurd")
    assert passwords.number in page


def test_the_list_person_by_person_is_narrowed_exported_and_gives_attempts(
    passwords: models.Document, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    page = text(client, f"/policies/acknowledgements/people/?document={passwords.pk}&q=charlie")
    assert "Charlie Cordes" in page
    assert ">Alice Amsel</td>" not in page
    assert "Nothing matches" in text(client, "/policies/acknowledgements/people/?state=confirmed")
    sent = client.post("/lists/policies.asks/export/", {"format": "csv", "query": "sort=name"})
    assert sent.status_code == 200
    assert b"Charlie Cordes" in b"".join(sent)  # type: ignore[arg-type]
    ids = [str(key) for key in models.Ask.objects.values_list("pk", flat=True)]
    asking = client.post("/lists/policies.asks/act/", {"act": "attempt", "selected": ids}).content.decode()
    assert f"<li>Charlie Cordes · {passwords.number} {passwords.title}</li>" in asking
    acted = client.post("/lists/policies.asks/act/", {"act": "attempt", "selected": ids, "confirmed": "2"})
    assert acted.status_code == 302
    kept = {"name": "Late", "query": "state=overdue", "audience": "private"}
    assert client.post("/lists/policies.asks/views/", kept).status_code == 302
    view = SavedView.objects.get()
    client.post("/lists/policies.asks/arrange/", {"default": str(view.pk)})
    assert client.get("/policies/acknowledgements/people/").status_code == 302


@pytest.mark.parametrize(
    "address",
    ["/me/policies/", "/policies/acknowledgements/", "/policies/acknowledgements/people/", "/policies/{0}/audience/"],
)
def test_a_page_asks_as_much_at_fifty_rows_as_at_one(
    address: str, organisation: CastOrganisation, passwords: models.Document, alice: Actor, client_of: ClientOf
) -> None:
    client, address = client_of(alice), address.format(passwords.pk)
    text(client, address)
    with CaptureQueriesContext(connection) as few:
        text(client, address)
    version = models.Version.objects.get()
    for place in range(49):
        other = document(organisation.root, number=f"POL-9{place}")
        who = hire(f"Person{place} Test", unit_id=organisation.sales).person_id if place < 25 else alice.person_id
        asked = version if place < 25 else publish(other)
        models.Ask.objects.create(
            document_id=asked.document_id, version=asked, person_id=who, asked_at=timezone.now(), due_on="2026-04-01"
        )
    with CaptureQueriesContext(connection) as many:
        text(client, address)
    assert len(many) == len(few) <= 24
