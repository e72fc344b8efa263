"""From an acknowledged batch, and from a line of a followed file, to the alert: nothing lost and nothing twice.

A correlation over both streams finds what one undisturbed pass would: each of its windows needs every event.

Web server, worker and listener are killed with SIGKILL meanwhile; the senders repeat what was not acknowledged.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import live
from live import Installation, environment
from tables import Tables
from writers import wait_until

pytestmark = pytest.mark.slow

BATCHES, EVENTS, LINES, KILLS = 20, 5, 100, 4
RULE = """
title: Attack in a stream
id: 3d1f9a52-6a50-4c36-9b3e-0f4c3a0a8d11
status: test
logsource:
  product: streamtest
detection:
  selection:
    message|contains: attack
  condition: selection
level: high
---
title: A whole series of attacks
id: 3d1f9a52-6a50-4c36-9b3e-0f4c3a0a8d12
level: high
correlation:
  type: event_count
  rules: 3d1f9a52-6a50-4c36-9b3e-0f4c3a0a8d11
  group-by: series
  timespan: 1h
  generate: true
  condition:
    gte: 20
"""
SERIES = 10
SOURCES = """
import json, sys
from datetime import timedelta
from burgrave.site import boot
boot.boot()
from django.utils import timezone
from burgrave.intake import commands
from burgrave.intake.terms import LogSourceFacts, SourceKind
from burgrave.people import queries
now = timezone.now()
unit = queries.organisation().root_unit_id
from burgrave.web.terms import system_actor
actor = system_actor()
def add(name, kind, **more):
    facts = LogSourceFacts(name=name, unit_id=unit, kind=kind, product="streamtest", **more)
    return commands.add_log_source(facts, actor=actor, now=now)
http = add("Sender", SourceKind.HTTP)
made = commands.make_source_token(http, expires_at=now + timedelta(days=1), actor=actor, now=now)
files = add("Files", SourceKind.FOLDER, place=sys.argv[1])
print(json.dumps({"http": str(http), "token": made.secret, "files": str(files)}))
"""


def event(kind: str, number: int, *, at: datetime | None = None) -> dict[str, str]:
    """Ten events of each kind are of one series; every one has the time at which it happens."""
    return {
        "@timestamp": (at or datetime.now(UTC)).isoformat(),
        "Computer": f"{kind}-{number}",
        "message": f"attack {number}",
        "series": f"s{number // SERIES}",
    }


class Sender(threading.Thread):
    """Sends every batch under a key of its own, again and again until it is acknowledged."""

    def __init__(self, running: Installation, made: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.address = f"{running.base}/intake/{made['http']}/"
        self.token = made["token"]
        self.repeated = 0

    def run(self) -> None:
        for number in range(BATCHES):
            events = [event("http", number * EVENTS + place) for place in range(EVENTS)]
            body = "".join(f"{json.dumps(each)}\n" for each in events).encode()
            while not self._is_acknowledged(body, key=f"batch-{number}"):
                self.repeated += 1
                time.sleep(0.1)
            time.sleep(0.05)

    def close(self) -> None:
        """An event that is so much younger that nothing older is waited for any more."""
        last = event("http", BATCHES * EVENTS, at=datetime.now(UTC) + timedelta(minutes=4))
        assert wait_until(lambda: self._is_acknowledged(json.dumps(last).encode(), key="last"), 30)

    def _is_acknowledged(self, body: bytes, *, key: str) -> bool:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key, "Content-Type": "text/plain"}
        request = urllib.request.Request(self.address, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status == 202
        except urllib.error.HTTPError as answer:
            answer.close()
        except OSError:
            pass
        return False


def write_lines(folder: Path) -> None:
    """A program writes its log, which is rotated once."""
    log = folder / "app.log"
    for number in range(LINES):
        if number == LINES // 2:
            log.rename(folder / "app.log.1")
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event("file", number)) + "\n")
        time.sleep(0.02)


def kill(running: Installation, chance: random.Random) -> str:
    victims = [name for name, pids in running.descendants().items() if pids and name != "web"]
    name = chance.choice(victims)
    with contextlib.suppress(ProcessLookupError, IndexError):
        os.kill(running.descendants()[name][0], signal.SIGKILL)
    return name


def test_what_was_acknowledged_is_an_alert_once_whatever_is_killed(tmp_path: Path) -> None:
    home, folder, chance = tmp_path / "home", tmp_path / "logs", random.Random(5)
    folder.mkdir()
    live.set_up(home)
    (home / "rules").mkdir(exist_ok=True)
    (home / "rules" / "attack.yml").write_text(RULE, encoding="utf-8")
    made = json.loads(
        subprocess.run(
            [sys.executable, "-c", SOURCES, str(folder / "*.log")],
            env=environment(home), check=True, capture_output=True, text=True,
        ).stdout
    )  # fmt: skip
    tables = Tables(home)
    running = live.start(home)
    try:
        running.wait_until_up()
        sender = Sender(running, made)
        writer = threading.Thread(target=write_lines, args=(folder,), daemon=True)
        sender.start()
        writer.start()
        killed = []
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.3, 1.0))
            killed.append(kill(running, chance))
        sender.join(60)
        writer.join(60)
        assert not sender.is_alive(), running.log.read_text()[-5000:]
        wanted = BATCHES * EVENTS + LINES

        def unread() -> int:
            return int(tables.one("SELECT count(*) FROM incidents_eventfile WHERE state IN ('received', 'reading')"))

        def is_quiet() -> bool:
            return not unread() and tables.one("SELECT coalesce(sum(events), 0) FROM incidents_eventfile") >= wanted

        assert wait_until(is_quiet, 90, every=0.3), (killed, running.log.read_text()[-5000:])
        sender.close()
        wanted += 1
        assert wait_until(is_quiet, 60, every=0.3), running.log.read_text()[-5000:]
        time.sleep(1)
        whole = (
            "SELECT count(*) FROM incidents_detection d JOIN incidents_ruleversion r ON d.rule_id = r.id "
            "WHERE r.title = 'A whole series of attacks'"
        )
        memory = json.loads(tables.one("SELECT counts FROM incidents_correlationmemory"))
        assert (memory["taken"], memory["late"], memory["future"]) == (wanted, 0, 0), (killed, memory)
        assert tables.one(whole) == LINES // SERIES, (killed, memory)
        assert tables.one("SELECT sum(events) FROM incidents_eventfile") == wanted, killed
        assert tables.one("SELECT count(*) FROM incidents_detection") == wanted + LINES // SERIES
        assert tables.one("SELECT count(DISTINCT computer) FROM incidents_alert") == wanted
        assert tables.one("SELECT count(*) FROM incidents_alert") == wanted + LINES // SERIES
        assert tables.one("SELECT sum(matches) FROM incidents_alert") == wanted + LINES // SERIES
        print(f"killed: {killed}; batches sent again: {sender.repeated}")
    finally:
        running.stop()
