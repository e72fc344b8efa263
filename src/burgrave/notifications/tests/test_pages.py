from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from burgrave.jobs.models import Job
from burgrave.notifications import commands, queries
from burgrave.notifications.forms import PreferencesForm
from burgrave.notifications.models import Notice, Webhook
from burgrave.notifications.terms import TOPICS, Channel, QuietHours, Urgency, WebhookFacts
from burgrave.notifications.tests.house import tell
from burgrave.people.tests_cast import NOON
from burgrave.web.terms import Actor

if TYPE_CHECKING:
    from django.test import Client

ClientOf = Callable[[Actor], "Client"]
JSON = "application/json"
GOOD = {"name": "Chat", "url": "https://hooks.example.org/burgrave"}


@pytest.fixture
def client(alice: Actor, client_of: ClientOf) -> Client:
    return client_of(alice)


def test_the_bell_counts_and_the_inbox_teaches(client: Client, alice: Actor) -> None:
    assert "Nothing has happened yet" in client.get("/notifications/").content.decode()
    assert b"bell-count" not in client.get("/").content
    tell(alice)
    home = client.get("/").content.decode()
    assert "1 unread notification" in home
    assert '<span class="bell-count" aria-hidden="true">1</span>' in home
    for _ in range(120):
        tell(alice)
    assert ">99+<" in client.get("/").content.decode()


def test_opening_marks_as_read_and_leads_on(client: Client, alice: Actor) -> None:
    tell(alice)
    answer = client.get(f"/notifications/{Notice.objects.get().pk}/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/incidents/INC-2026-0001/")
    assert "Nothing matches" in client.get("/notifications/?show=unread").content.decode()
    assert client.get(f"/notifications/{10**30}/").status_code == 404


def test_urgent_news_asks_for_somebody_who_takes_care(client: Client, alice: Actor) -> None:
    tell(alice, urgency=Urgency.URGENT)
    assert "I take care of it" in client.get("/notifications/").content.decode()
    page = client.post(f"/notifications/{Notice.objects.get().pk}/acknowledge/", follow=True).content.decode()
    assert "Alice Amsel takes care of it." in page
    assert "I take care of it" not in page


def test_everything_is_marked_as_read(client: Client, alice: Actor) -> None:
    tell(alice), tell(alice)
    client.post("/notifications/read/")
    assert queries.unread(alice) == 0


def test_preferences_are_shown_and_saved(client: Client, alice: Actor) -> None:
    page = client.get("/me/notifications/").content.decode()
    assert "No mail server is set up" in page
    held = PreferencesForm.written(queries.preferences(actor=alice))
    sent = {name: "" if value is None else value for name, value in held.items()}
    sent |= {"topic:incidents.opened": "none", "quiet_start": 22, "quiet_end": 7}
    assert client.post("/me/notifications/", sent).status_code == 302
    chosen = queries.preferences(actor=alice)
    assert chosen.channels["incidents.opened"] is Channel.NONE
    assert chosen.quiet == QuietHours(start=22, end=7)
    assert set(chosen.channels) == set(TOPICS)
    half = client.post("/me/notifications/", {**sent, "quiet_end": ""})
    assert half.status_code == 422
    assert b"Give two different hours" in half.content
    same = client.post("/me/notifications/", {**sent, "quiet_end": 22})
    assert same.status_code == 422


def test_a_webhook_is_added_with_its_secret_shown_once(client: Client) -> None:
    assert b"No server is told anything yet" in client.get("/notifications/webhooks/").content
    made = client.post("/notifications/webhooks/add/", {**GOOD, "topics": ["incidents.opened"]}).content.decode()
    secret = commands.secret_of(Webhook.objects.get())
    assert secret in made
    here = f"/notifications/webhooks/{Webhook.objects.get().pk}/"
    page = client.get(here).content.decode()
    assert secret not in page
    assert "An incident was opened" in page
    assert commands.secret_of(Webhook.objects.get()) not in client.get("/notifications/webhooks/").content.decode()
    renewed = client.post(f"{here}secret/").content.decode()
    assert commands.secret_of(Webhook.objects.get()) in renewed
    assert commands.secret_of(Webhook.objects.get()) != secret


def test_a_webhook_that_leads_inside_is_refused_with_the_mend(client: Client) -> None:
    answer = client.post("/notifications/webhooks/add/", {**GOOD, "url": "https://169.254.169.254/latest/"})
    assert answer.status_code == 422
    assert b"it lies inside" in answer.content
    assert b"BURGRAVE_WEBHOOK_NETWORKS" in answer.content
    assert client.post("/notifications/webhooks/add/", {"name": ""}).status_code == 422


def test_a_webhook_is_edited_paused_tested_and_removed(client: Client) -> None:
    client.post("/notifications/webhooks/add/", GOOD)
    here = f"/notifications/webhooks/{Webhook.objects.get().pk}/"
    assert client.get(f"{here}edit/").status_code == 200
    assert client.post(f"{here}edit/", {**GOOD, "name": "Tickets", "version": "1"}).status_code == 302
    assert client.post(f"{here}edit/", {**GOOD, "version": "1"}).status_code == 409
    assert client.post(f"{here}edit/", {**GOOD, "version": "x"}).status_code == 409
    client.post(f"{here}pause/")
    assert Webhook.objects.get().state == "paused"
    client.post(f"{here}resume/")
    assert Webhook.objects.get().state == "active"
    client.post(f"{here}test/")
    assert Job.objects.filter(kind="notifications.send_webhook").count() == 1
    assert b"On its way" in client.get(here).content
    client.post(f"{here}remove/")
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("path", ["/notifications/", "/me/notifications/", "/notifications/webhooks/"])
def test_a_page_costs_the_same_with_one_row_and_with_fifty(
    client: Client, alice: Actor, path: str, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    tell(alice)
    commands.add_webhook(WebhookFacts(**GOOD), actor=alice, now=NOON)
    client.get(path)
    with django_assert_max_num_queries(12) as few:
        client.get(path)
    for place in range(49):
        tell(alice)
        commands.add_webhook(WebhookFacts(name=f"W{place}", url=GOOD["url"]), actor=alice, now=NOON)
    with django_assert_num_queries(len(few)):
        client.get(path)


def test_the_api_reads_acknowledges_and_chooses(client: Client, alice: Actor) -> None:
    tell(alice, urgency=Urgency.URGENT)
    [row] = client.get("/api/notifications?unread=true").json()["rows"]
    assert (row["text"], row["wants_acknowledgement"]) == ("Incident INC-2026-0001 was opened", True)
    assert client.get("/api/notifications/unread").json() == {"unread": 1}
    here = f"/api/notifications/{row['notice_id']}"
    assert client.post(f"{here}/read").json()["read_at"]
    assert client.post(f"{here}/acknowledge").json()["acknowledged_by"] == "Alice Amsel"
    assert client.post("/api/notifications/read").json() == {"read": 0}
    assert client.post("/api/notifications/99999/read").status_code == 404
    held = client.get("/api/notifications/preferences").json()
    assert held["channels"]["incidents.opened"] == "mail"
    sent = {"channels": {"incidents.opened": "digest"}, "hour": 7, "quiet": {"start": 22, "end": 6}}
    changed = client.put("/api/notifications/preferences", sent, content_type=JSON).json()
    assert (changed["channels"]["incidents.opened"], changed["quiet"]) == ("digest", {"start": 22, "end": 6})
    for bad in ({"channels": {"weather": "mail"}}, {"quiet": {"start": 3, "end": 3}}, {"hour": 24}):
        assert client.put("/api/notifications/preferences", bad, content_type=JSON).status_code == 422


def test_the_api_keeps_webhooks_and_tells_a_secret_once(client: Client) -> None:
    key = {"Idempotency-Key": "7"}
    made = client.post("/api/notifications/webhooks", GOOD, content_type=JSON, headers=key)
    assert made.status_code == 201
    assert made.json()["secret"] == commands.secret_of(Webhook.objects.get())
    again = client.post("/api/notifications/webhooks", GOOD, content_type=JSON, headers=key)
    assert (again.status_code, again.content) == (201, b""), "a secret is not kept for the second answer"
    here = f"/api/notifications/webhooks/{made.json()['webhook_id']}"
    read = client.get(here)
    assert "secret" not in read.json()
    etag = {"If-Match": read.headers["ETag"]}
    changed = client.put(here, {**GOOD, "topics": ["incidents.opened"]}, content_type=JSON, headers=etag)
    assert changed.json()["topics"] == ["incidents.opened"]
    assert client.put(here, GOOD, content_type=JSON, headers=etag).status_code == 409
    inside = client.post("/api/notifications/webhooks", {"name": "X", "url": "http://[::1]/"}, content_type=JSON)
    assert inside.status_code == 422
    assert client.post(f"{here}/secret").json()["key_id"] != made.json()["key_id"]
    assert client.post(f"{here}/test").status_code == 201
    assert client.get(f"{here}/deliveries").json()["total"] == 1
    assert client.post(f"{here}/pause").json()["state"] == "paused"
    assert client.post(f"{here}/resume").json()["state"] == "active"
    assert [row["name"] for row in client.get("/api/notifications/webhooks").json()] == ["Chat"]
    assert client.delete(here).status_code == 204
    assert client.get(here).status_code == 404


def test_charlie_keeps_no_webhooks(charlie: Actor, client_of: ClientOf) -> None:
    stranger = client_of(charlie)
    assert stranger.get("/notifications/webhooks/").status_code == 403
    assert stranger.get("/api/notifications/webhooks").status_code == 403
    assert b"Webhooks" not in stranger.get("/notifications/").content
