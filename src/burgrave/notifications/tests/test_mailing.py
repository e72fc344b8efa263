"""Messages against a real mail server on loopback: one that takes them, and others that do everything else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from burgrave.jobs import commands as jobs
from burgrave.jobs.models import Job
from burgrave.notifications import commands
from burgrave.notifications.handlers import mailing, send_mail
from burgrave.notifications.models import Mail, Notice
from burgrave.notifications.terms import Channel, OwnPreferences
from burgrave.notifications.tests.house import server, tell
from burgrave.people import models as people
from burgrave.people.tests_cast import NOON
from burgrave.web.terms import Actor

REGISTRY = {"notifications.send_mail": send_mail}


class Postbox:
    """Takes messages, after the answers that it was told to give first."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.at_rcpt: list[str] = []
        self.at_data: list[str] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_rcpt:
            return self.at_rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        answer = self.at_data.pop(0) if self.at_data else "250 taken"
        if answer.startswith("250"):
            found = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
            assert isinstance(found, EmailMessage)
            self.taken.append(found)
        if answer == "drop":
            assert server.transport
            server.transport.abort()
            return "451 gone"
        return answer


@pytest.fixture
def postbox(settings: Any, db: None) -> Iterator[Postbox]:
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=0)
    controller.port = _free_port()
    controller.start()
    settings.BURGRAVE_MAIL = server(controller.port)
    settings.BURGRAVE_URL = "https://burgrave.example.org"
    yield box
    controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def work(*, minutes: int = 0) -> None:
    at = NOON + timedelta(minutes=minutes)
    while jobs.run_next(REGISTRY, worker="w/any", clock=lambda: at, chance=lambda: 0.0):
        pass


def one() -> Mail:
    return Mail.objects.get()


def test_a_message_comes_in_the_readers_language_as_text_and_html(postbox: Postbox, alice: Actor) -> None:
    tell(alice)
    work()
    [message] = postbox.taken
    assert message["From"] == "burgrave@example.org"
    assert message["To"] == "alice@example.org"
    assert message["Subject"] == "[Burgrave] Incident INC-2026-0001 was opened"
    assert message["Message-ID"] == f"<{one().pk}@burgrave.example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    assert "https://burgrave.example.org/incidents/INC-2026-0001/" in text.get_content()
    assert '<a href="https://burgrave.example.org/incidents/INC-2026-0001/">' in html.get_content()
    assert '<html lang="en">' in html.get_content()
    assert (one().state, one().attempts) == ("sent", 1)


def test_a_reader_of_chinese_gets_chinese(postbox: Postbox, alice: Actor) -> None:
    people.Person.objects.filter(pk=alice.person_id).update(language="zh-hans")
    tell(alice)
    work()
    html = postbox.taken[0].get_body(("html",))
    assert html
    assert 'lang="zh-Hans"' in html.get_content()
    assert "您好" in html.get_content()


def test_a_name_cannot_break_out_of_the_html(postbox: Postbox, alice: Actor) -> None:
    people.Person.objects.filter(pk=alice.person_id).update(name="<script>alert(1)</script>")
    tell(alice)
    work()
    html = postbox.taken[0].get_body(("html",))
    assert html
    assert "<script>" not in html.get_content()


def test_a_digest_is_one_message_with_everything(postbox: Postbox, alice: Actor) -> None:
    commands.change_preferences(OwnPreferences(channels={"incidents.opened": Channel.DIGEST}), actor=alice, now=NOON)
    tell(alice), tell(alice)
    commands.gather_digests(now=NOON)
    work()
    [message] = postbox.taken
    assert message["Subject"] == "[Burgrave] 2 pieces of news"
    text = message.get_body(("plain",))
    assert text
    assert text.get_content().count("INC-2026-0001 was opened") == 2


@pytest.mark.parametrize("answer", ["450 greylisted, come again", "451 try later", "421 shutting down"])
def test_a_server_that_says_later_is_asked_later_and_gets_the_same_message(
    postbox: Postbox, alice: Actor, answer: str
) -> None:
    postbox.at_rcpt = [answer]
    tell(alice)
    work()
    assert (postbox.taken, one().state, one().attempts) == ([], "waiting", 1)
    assert answer[:3] in one().error
    work(minutes=5)
    assert [message["Message-ID"] for message in postbox.taken] == [f"<{one().pk}@burgrave.example.org>"]
    assert (one().state, one().attempts, one().error) == ("sent", 2, "")


def test_a_server_that_breaks_off_in_the_middle_gets_the_message_again(postbox: Postbox, alice: Actor) -> None:
    postbox.at_data = ["drop", "452 disk full"]
    tell(alice)
    for minutes in (0, 10, 20):
        work(minutes=minutes)
    assert len(postbox.taken) == 1
    assert (one().state, one().attempts) == ("sent", 3)


@pytest.mark.parametrize(("place", "answer"), [("at_rcpt", "550 no such person"), ("at_data", "554 refused")])
def test_what_is_refused_for_good_is_not_sent_again(postbox: Postbox, alice: Actor, place: str, answer: str) -> None:
    setattr(postbox, place, [answer])
    tell(alice)
    work()
    work(minutes=500)
    assert (postbox.taken, one().state) == ([], "refused")
    assert answer[4:] in one().error
    assert Job.objects.get().state == "done"


def test_a_server_that_is_not_there_is_waited_for(postbox: Postbox, alice: Actor, settings: Any) -> None:
    good, settings.BURGRAVE_MAIL = settings.BURGRAVE_MAIL, server(_free_port())
    tell(alice)
    work()
    assert "ConnectionRefused" in one().error
    settings.BURGRAVE_MAIL = good
    work(minutes=5)
    assert len(postbox.taken) == 1


def test_a_server_that_hangs_holds_nobody_for_long(alice: Actor, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.BURGRAVE_MAIL = server(silent.getsockname()[1], timeout_seconds=0.2)
        tell(alice)
        work()
    assert one().error == "the mail server did not answer in time"
    assert (one().state, Job.objects.get().state) == ("waiting", "queued")


def test_a_server_that_answers_a_byte_at_a_time_is_cut_off(
    alice: Actor, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "DEADLINE_SECONDS", 0.5)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as trickling:
        thread = threading.Thread(target=_trickle, args=(trickling, stop))
        thread.start()
        settings.BURGRAVE_MAIL = server(trickling.getsockname()[1], timeout_seconds=5.0)
        tell(alice)
        work()
        stop.set()
        thread.join()
    assert (one().state, Job.objects.get().state) == ("waiting", "queued")


def _trickle(listening: socket.socket, stop: threading.Event) -> None:
    """Greets, then answers MAIL without ever ending the line."""
    peer, _ = listening.accept()
    with peer:
        peer.sendall(b"220 hello\r\n")
        peer.recv(1000)
        peer.sendall(b"250 yes\r\n")
        peer.recv(1000)
        while not stop.wait(0.05):
            try:
                peer.sendall(b"2")
            except OSError:
                return


def test_who_left_meanwhile_gets_nothing(postbox: Postbox, alice: Actor) -> None:
    tell(alice)
    people.Person.objects.filter(pk=alice.person_id).update(is_active=False)
    work()
    assert (postbox.taken, one().state, one().error) == ([], "refused", "nobody is there to get it any more")


def test_what_was_sent_is_not_sent_again(postbox: Postbox, alice: Actor) -> None:
    tell(alice)
    work()
    jobs.enqueue("notifications.send_mail", {"mail_id": str(one().pk)}, now=NOON)
    jobs.enqueue("notifications.send_mail", {"mail_id": str(UUID(int=1))}, now=NOON)
    work()
    assert len(postbox.taken) == 1


def test_without_a_server_any_more_the_message_waits(postbox: Postbox, alice: Actor, settings: Any) -> None:
    tell(alice)
    good, settings.BURGRAVE_MAIL = settings.BURGRAVE_MAIL, None
    work()
    assert "BURGRAVE_SMTP_HOST" in Job.objects.get().error
    settings.BURGRAVE_MAIL = good
    work(minutes=5)
    assert len(postbox.taken) == 1
    assert Notice.objects.count() == 1
