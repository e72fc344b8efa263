from __future__ import annotations

import http.server
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from burgrave.jobs import commands as jobs
from burgrave.jobs.models import Job
from burgrave.ledger.models import Opening
from burgrave.notifications import commands, queries
from burgrave.notifications.commands.webhooks import FAILURES_IN_A_ROW
from burgrave.notifications.errors import BadTarget, BadWebhook, StaleWebhook
from burgrave.notifications.handlers import posting, send_webhook
from burgrave.notifications.models import Delivery, Webhook
from burgrave.notifications.terms import NewWebhook, TargetRules, WebhookFacts, WebhookState
from burgrave.notifications.tests.house import tell
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import Forbidden, NotFound
from burgrave.web.terms import Actor

Tail = Callable[[], list[str]]
INSIDE = TargetRules(allow_http=True, networks=(ip_network("127.0.0.0/8"),))
REGISTRY = {"notifications.send_webhook": send_webhook}
GUIDE = Path(__file__).resolve().parents[4] / "docs" / "operation" / "notifications.md"


class Ear:
    """A server that keeps what it hears, and answers what it was told to."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        ear = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append((dict(self.headers.items()), body))
                status = ear.answers.pop(0) if ear.answers else 200
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", ear.url + "elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                return

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/"


@pytest.fixture
def ear(settings: Any) -> Iterator[Ear]:
    listening = Ear()
    listening.thread.start()
    settings.BURGRAVE_WEBHOOK_TARGETS = INSIDE
    settings.BURGRAVE_URL = "https://burgrave.example.org"
    yield listening
    listening.server.shutdown()
    listening.thread.join()
    listening.server.server_close()


def add(actor: Actor, url: str, *topics: str, name: str = "Chat") -> NewWebhook:
    return commands.add_webhook(WebhookFacts(name=name, url=url, topics=topics), actor=actor, now=NOON)


def work(*, minutes: int = 0) -> None:
    at = NOON + timedelta(minutes=minutes)
    while jobs.run_next(REGISTRY, worker="w/any", clock=lambda: at, chance=lambda: 0.0):
        pass


def verifier() -> Callable[[dict[str, str], bytes, dict[str, str], float], None]:
    """The program that the guide gives to whoever receives messages, as it stands there."""
    [code] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return names["verify"]


def test_a_message_is_signed_so_that_the_program_of_the_guide_verifies_it(alice: Actor, ear: Ear) -> None:
    made = add(alice, ear.url)
    tell(alice)
    work()
    [(headers, body)] = ear.heard
    told = json.loads(body)
    assert told["topic"] == "incidents.opened"
    assert told["link"] == "https://burgrave.example.org/incidents/INC-2026-0001/"
    assert (headers["Burgrave-Delivery"], headers["Content-Type"]) == (told["id"], "application/json")
    verify, keys, then = verifier(), {made.key_id: made.secret}, NOON.timestamp()
    verify(headers, body, keys, then)
    for wrong_headers, wrong_body, wrong_keys, wrong_time in (
        (headers, body + b" ", keys, then),
        (headers, body, {made.key_id: "another secret"}, then),
        (headers, body, {"another": made.secret}, then),
        (headers, body, keys, then + 301),
        (headers, body, keys, then - 301),
        ({**headers, "Burgrave-Signature": "nonsense"}, body, keys, then),
        ({}, body, keys, then),
    ):
        with pytest.raises(ValueError, match=r"signature|older than five minutes"):
            verify(wrong_headers, wrong_body, wrong_keys, wrong_time)
    row = queries.webhook(made.webhook_id)
    assert (row.failures, row.last_ok_at) == (0, NOON)
    assert Delivery.objects.get().state == "delivered"


def test_the_secret_is_shown_once_and_rests_sealed(alice: Actor, ear: Ear, settings: Any) -> None:
    made = add(alice, ear.url)
    webhook = Webhook.objects.get()
    assert made.secret.encode() not in bytes(webhook.sealed_secret)
    assert made.secret not in repr(made)
    assert not Opening.objects.filter(value__contains=made.secret).exists()
    assert commands.secret_of(webhook) == made.secret
    renewed = commands.renew_secret(made.webhook_id, actor=alice, now=NOON)
    assert renewed.secret != made.secret
    assert renewed.key_id != made.key_id
    settings.SECRET_KEY = "another installation's key"
    tell(alice)
    work()
    assert "Give" not in Delivery.objects.get().error
    assert "sealed with another key" in Delivery.objects.get().error


def test_only_chosen_topics_are_told(alice: Actor, ear: Ear) -> None:
    add(alice, ear.url, "assets.review_due")
    tell(alice)
    tell(alice, topic="assets.review_due")
    work()
    assert [json.loads(body)["topic"] for _, body in ear.heard] == ["assets.review_due"]


def test_a_failure_comes_again_with_the_same_message(alice: Actor, ear: Ear) -> None:
    ear.answers = [500, 429]
    made = add(alice, ear.url)
    tell(alice)
    work()
    assert queries.webhook(made.webhook_id).failures == 1
    work(minutes=10)
    work(minutes=30)
    assert len({body for _, body in ear.heard}) == 1
    assert len(ear.heard) == 3
    assert queries.webhook(made.webhook_id).failures == 0
    [row] = queries.deliveries(made.webhook_id).rows
    assert (row.state, row.attempts, row.status) == ("delivered", 3, 200)


def test_a_redirect_is_not_followed(alice: Actor, ear: Ear) -> None:
    ear.answers = [302]
    add(alice, ear.url)
    tell(alice)
    work()
    assert len(ear.heard) == 1
    assert Delivery.objects.get().error == "the server answered 302, expected 200 to 299"


def test_too_many_failures_in_a_row_disable_it_with_news(alice: Actor, ear: Ear, ledger_tail: Tail) -> None:
    made = add(alice, ear.url)
    ear.answers = [500] * (FAILURES_IN_A_ROW + 5)
    for _ in range(FAILURES_IN_A_ROW):
        tell(alice)
    work()
    row = queries.webhook(made.webhook_id)
    assert (row.state, row.failures) == (WebhookState.DISABLED, FAILURES_IN_A_ROW)
    assert ledger_tail() == ["notifications.webhook_added", "notifications.webhook_disabled"]
    assert "A webhook was disabled after 20 failures in a row" in queries.inbox(actor=alice).rows[0].text
    ear.answers = []
    work(minutes=10)
    assert Delivery.objects.filter(state="held").count() == FAILURES_IN_A_ROW
    commands.set_webhook_state(made.webhook_id, WebhookState.ACTIVE, actor=alice, now=NOON)
    work(minutes=20)
    assert Delivery.objects.filter(state="delivered").count() == FAILURES_IN_A_ROW


def test_a_server_that_says_gone_disables_it_at_once(alice: Actor, ear: Ear) -> None:
    made = add(alice, ear.url)
    ear.answers = [410]
    tell(alice)
    work()
    assert queries.webhook(made.webhook_id).state is WebhookState.DISABLED


def test_while_it_is_paused_messages_are_held_and_sent_later(alice: Actor, ear: Ear) -> None:
    made = add(alice, ear.url)
    commands.set_webhook_state(made.webhook_id, WebhookState.PAUSED, actor=alice, now=NOON)
    tell(alice)
    work()
    assert (ear.heard, Delivery.objects.get().state) == ([], "held")
    commands.set_webhook_state(made.webhook_id, WebhookState.ACTIVE, actor=alice, now=NOON)
    commands.set_webhook_state(made.webhook_id, WebhookState.ACTIVE, actor=alice, now=NOON)
    work()
    assert len(ear.heard) == 1
    with pytest.raises(BadWebhook, match="only Burgrave itself"):
        commands.set_webhook_state(made.webhook_id, WebhookState.DISABLED, actor=alice, now=NOON)


def test_a_test_message_is_sent_and_a_removed_webhook_is_told_nothing(alice: Actor, ear: Ear) -> None:
    made = add(alice, ear.url)
    commands.send_test(made.webhook_id, actor=alice, now=NOON)
    work()
    assert json.loads(ear.heard[0][1])["topic"] == "test"
    tell(alice)
    commands.remove_webhook(made.webhook_id, actor=alice, now=NOON)
    work()
    assert len(ear.heard) == 1
    with pytest.raises(NotFound):
        queries.webhook(made.webhook_id)
    with pytest.raises(NotFound):
        commands.remove_webhook(made.webhook_id, actor=alice, now=NOON)


def test_a_name_that_leads_inside_is_never_connected_to(
    alice: Actor, ear: Ear, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the name was good when it was entered, and leads to this machine when it is used."""
    settings.BURGRAVE_WEBHOOK_TARGETS = TargetRules(allow_http=True)
    add(alice, f"http://hooks.example.org:{ear.server.server_address[1]}/")
    asked: list[str] = []

    def rebound(host: str, port: int, **_named: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(posting.socket, "getaddrinfo", rebound)
    tell(alice)
    work()
    assert (asked, ear.heard) == (["hooks.example.org"], [])
    assert "it lies inside" in Delivery.objects.get().error


def test_the_address_that_was_looked_at_is_the_one_connected_to(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def once(host: str, port: int, **_named: object) -> list[tuple[Any, ...]]:
        looked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(posting.socket, "getaddrinfo", once)
    url = f"http://hooks.example.org:{ear.server.server_address[1]}/x?y=1"
    real = socket.create_connection

    def connected(address: tuple[str, int], **named: Any) -> socket.socket:
        assert address[0] == "127.0.0.1"
        monkeypatch.undo()
        return real(address, **named)

    monkeypatch.setattr(posting.socket, "create_connection", connected)
    assert posting.post(url, b"{}", {}, rules=INSIDE).is_success
    assert looked == ["hooks.example.org"]
    assert ear.heard[0][0]["Host"].startswith("hooks.example.org:")


def test_a_server_that_is_silent_or_away_is_named(alice: Actor, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BURGRAVE_WEBHOOK_TARGETS = INSIDE
    monkeypatch.setattr(posting, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        add(alice, f"http://127.0.0.1:{silent.getsockname()[1]}/", name="silent")
        tell(alice)
        work()
    assert "it took too long" in Delivery.objects.get().error
    work(minutes=1)
    assert "cannot be reached" in Delivery.objects.get().error
    assert Job.objects.get().state == "queued"


def test_a_name_that_leads_nowhere_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_given: object, **_named: object) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(posting.socket, "getaddrinfo", nowhere)
    with pytest.raises(posting.DeliveryFailed, match="leads nowhere"):
        posting.post("https://hooks.example.org/", b"", {}, rules=TargetRules())


def test_what_is_said_about_a_webhook_is_checked(alice: Actor, ear: Ear, settings: Any) -> None:
    made = add(alice, ear.url)
    for facts, error, sentence in (
        (WebhookFacts(name=" ", url=ear.url), BadWebhook, "needs a name"),
        (WebhookFacts(name="Chat", url=ear.url), BadWebhook, "has this name already"),
        (WebhookFacts(name="X", url=ear.url, topics=("weather",)), BadWebhook, "there is no topic weather"),
        (WebhookFacts(name="X", url="https://10.0.0.1/"), BadTarget, "it lies inside"),
    ):
        with pytest.raises(error, match=sentence):
            commands.add_webhook(facts, actor=alice, now=NOON)
    facts = WebhookFacts(name="Chat", url=ear.url, topics=("incidents.opened",))
    commands.change_webhook(made.webhook_id, facts, version=1, actor=alice, now=NOON)
    assert queries.webhook(made.webhook_id).topics == ("incidents.opened",)
    with pytest.raises(StaleWebhook):
        commands.change_webhook(made.webhook_id, facts, version=1, actor=alice, now=NOON)


def test_nobody_but_an_administrator_of_the_whole_keeps_webhooks(
    organisation: CastOrganisation, bob: Actor, dora: Actor, charlie: Actor, ledger_tail: Tail
) -> None:
    for actor in (bob, dora, charlie):
        for act in (
            lambda actor: commands.add_webhook(WebhookFacts(name="X", url="https://x.org/"), actor=actor, now=NOON),
            lambda actor: commands.remove_webhook(uuid4(), actor=actor, now=NOON),
            lambda actor: commands.renew_secret(uuid4(), actor=actor, now=NOON),
            lambda actor: commands.send_test(uuid4(), actor=actor, now=NOON),
            lambda actor: commands.set_webhook_state(UUID(int=1), WebhookState.PAUSED, actor=actor, now=NOON),
        ):
            with pytest.raises(Forbidden, match=r"notifications\.manage"):
                act(actor)
    assert ledger_tail() == []
