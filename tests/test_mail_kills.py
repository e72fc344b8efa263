"""kill -9 while messages go out: none is lost, and none comes under a second name.

Workers hand messages to a mail server and to a webhook on loopback, and are killed in the middle. Between a server's
answer and the note of it nothing can be made one; a message that was taken just then comes again, under the same
Message-ID or delivery id, by which a receiver knows it.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from live import environment, set_up
from postgres import NoPostgres, temporary_postgres
from tables import Tables, text_id
from writers import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("kills"),
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="the round without DATABASE_URL kills on both databases"),
]

PIECES = 40
KILLS = 4
WORKERS = 2
QUIET_SECONDS = 180
PREPARE = f"""
from burgrave.site import boot
boot.boot()
from django.db import transaction
from django.utils import timezone
from burgrave.notifications import commands
from burgrave.notifications.terms import Recipients, Urgency, WebhookFacts, Words
from burgrave.people import queries
from burgrave.web.terms import system_actor
import os
now = timezone.now()
commands.add_webhook(WebhookFacts(name="Ear", url=os.environ["EAR"]), actor=system_actor(), now=now)
ada = next(iter(queries.everybody()))
for place in range({PIECES}):
    with transaction.atomic():
        commands.notify(topic="incidents.opened", to=Recipients(persons=(ada,)), subject="", link="/",
            words=Words(sentence="x"), urgency=Urgency.URGENT, now=now)
"""
WORK = """
from burgrave.site import boot
boot.boot()
import os, time
from datetime import timedelta
from django.utils import timezone
from burgrave.jobs import commands
from burgrave.jobs.commands import work
from burgrave.jobs.terms import KindPolicy
from burgrave.site.wiring import JOBS
work.LEASE = timedelta(seconds=10)  # what a killed worker held is free a little sooner
quick = KindPolicy(first_wait=timedelta(milliseconds=200), longest_wait=timedelta(seconds=1))
policies = {"notifications.send_mail": quick, "notifications.send_webhook": quick}
while True:
    if not commands.run_next(JOBS, worker=f"w-{os.getpid()}", clock=timezone.now, policies=policies):
        time.sleep(0.05)
"""


class Postbox:
    """Keeps the Message-IDs that it answered for; one in ten is told to come again."""

    def __init__(self, chance: random.Random) -> None:
        self.taken: Counter[str] = Counter()
        self.chance = chance

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        await asyncio.sleep(0.1)
        if self.chance.random() < 0.1:
            return "451 come again"
        found = message_from_bytes(bytes(envelope.content or b""))
        self.taken[str(found["Message-ID"]).strip("<>").partition("@")[0]] += 1
        return "250 taken"


class Ear(http.server.ThreadingHTTPServer):
    """Keeps the delivery ids that it answered for; one in ten is told to come again."""

    def __init__(self, chance: random.Random) -> None:
        self.taken: Counter[str] = Counter()
        ear = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(0.1)
                again = chance.random() < 0.1
                if not again:
                    ear.taken[self.headers["Burgrave-Delivery"]] += 1
                self.send_response(503 if again else 204)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                return

        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, *_arguments: object) -> None:
        """A worker that was killed leaves a broken connection, which is what the test is about."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    with contextlib.ExitStack() as stack:
        try:
            yield stack.enter_context(temporary_postgres())
        except NoPostgres as reason:
            pytest.skip(f"no PostgreSQL: {reason}")


def test_no_message_is_lost_or_gets_a_second_name_wherever_a_worker_is_killed(url: str, tmp_path: Path) -> None:
    seed = os.environ.get("BURGRAVE_KILL_SEED") or str(random.randrange(2**32))
    print(f"BURGRAVE_KILL_SEED={seed}")
    chance, home = random.Random(seed), tmp_path / "home"
    home.mkdir()
    set_up(home, url)
    postbox, ear = Postbox(random.Random(f"{seed} post")), Ear(random.Random(f"{seed} ear"))
    listening = threading.Thread(target=ear.serve_forever, kwargs={"poll_interval": 0.05})
    listening.start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = Controller(postbox, hostname="127.0.0.1", port=port)
    controller.start()
    given = {
        **environment(home, url),
        "BURGRAVE_SMTP_HOST": "127.0.0.1",
        "BURGRAVE_SMTP_PORT": str(port),
        "BURGRAVE_SMTP_SECURITY": "none",
        "BURGRAVE_MAIL_FROM": "burgrave@example.org",
        "BURGRAVE_WEBHOOK_HTTP": "1",
        "BURGRAVE_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "EAR": f"http://127.0.0.1:{ear.server_address[1]}/",
    }
    workers: list[subprocess.Popen[bytes]] = []
    tables = Tables(home, url)
    try:
        done = subprocess.run([sys.executable, "-c", PREPARE], env=given, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        workers += [worker(given) for _ in range(WORKERS)]
        for _ in range(KILLS):
            assert wait_until(lambda: holding(tables, workers) is not None, 60, every=0.01), "nobody works any more"
            time.sleep(chance.uniform(0.0, 0.08))
            place = holding(tables, workers)
            place = chance.randrange(WORKERS) if place is None else place
            end(workers[place])
            workers[place] = worker(given)
        assert wait_until(lambda: is_quiet(tables), QUIET_SECONDS, every=0.3), tables.rows(
            "SELECT kind, state, error FROM jobs_job WHERE state <> 'done'"
        )
    finally:
        for process in workers:
            end(process)
        controller.stop()
        ear.shutdown()
        listening.join()
        ear.server_close()

    mails = {text_id(number) for number in tables.ids("SELECT id FROM notifications_mail WHERE state = 'sent'")}
    deliveries = set(tables.ids("SELECT id FROM notifications_delivery WHERE state = 'delivered'"))
    assert len(mails) == len(deliveries) == PIECES
    assert set(postbox.taken) == mails
    assert set(ear.taken) == deliveries
    again = sum(postbox.taken.values()) + sum(ear.taken.values()) - 2 * PIECES
    print(f"{again} messages came twice under their own names, after {KILLS} kills")
    assert int(tables.one("SELECT count(*) FROM jobs_attempt WHERE \"end\" = 'lost'")) >= 1, "no kill met a message"
    assert again <= KILLS, "only what a killed worker had just handed over may come again"


def is_quiet(tables: Tables) -> bool:
    return not tables.one("SELECT count(*) FROM jobs_job WHERE state IN ('queued', 'running')")


def holding(tables: Tables, workers: list[subprocess.Popen[bytes]]) -> int | None:
    """The place of a worker that has a message in its hands."""
    held = {str(row[0]) for row in tables.rows("SELECT worker FROM jobs_job WHERE state = 'running'")}
    return next((place for place, each in enumerate(workers) if f"w-{each.pid}" in held), None)


def worker(given: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORK], env=given, stderr=subprocess.DEVNULL)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
