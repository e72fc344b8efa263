"""Several processes write and seal at once, and some of them are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from live import prepare

COMMON = """
import random, time
from dataclasses import dataclass
from typing import ClassVar
from burgrave.site import boot
boot.boot()
from django.db import transaction
from django.utils import timezone
from burgrave.custody import commands as custody, queries as keys
from burgrave.ledger import commands as ledger, queries
from burgrave.ledger.terms import Record, Sealed
from burgrave.web.terms import system_actor

@dataclass(frozen=True, slots=True, kw_only=True)
class BellRung(Record):
    kind: ClassVar[str] = "house.bell_rung"
    times: int
    tune: Sealed
    def subjects(self):
        return ("house.bell:1",)
"""
WRITER = (
    COMMON
    + """
print("ready", flush=True)
written = 0
while True:
    with transaction.atomic():
        for times in range(random.randint(1, 5)):
            ledger.append(BellRung(times=times, tune=Sealed("x")), actor=system_actor(), at=timezone.now())
            written += 1
    print(written, flush=True)
    time.sleep(0.005)
"""
)
SEALER = COMMON + "print('ready', flush=True)\nwhile True:\n    custody.seal(now=timezone.now(), limit=7)\n"
JUDGE = (
    COMMON
    + """
custody.seal_all(now=timezone.now())
found = queries.verify(verifier=keys.verifier(), kept=keys.kept_checkpoints())
print(found.size, found.checkpoints, found.pending)
"""
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A database file of its own: what is killed here must not be the tests' database."""
    named = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    named |= {"BURGRAVE_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "burgrave.site.settings"}
    prepare(tmp_path)
    return named


def start(source: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", source], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def last_count(process: subprocess.Popen[str]) -> int:
    """What a killed writer said last; the commit that it was killed in may have gone through unsaid."""
    assert process.stdout is not None
    words = process.stdout.read().split("\n")[:-1]
    process.stdout.close()
    return int(words[-1]) if words and words[-1].isdigit() else 0


@pytest.mark.slow
def test_no_accepted_record_is_lost_and_the_ledger_verifies_after_kills(environment: dict[str, str]) -> None:
    writers = [start(WRITER, environment) for _ in range(2)]
    sealers = [start(SEALER, environment) for _ in range(2)]
    for _ in range(2):
        time.sleep(random.random() / 2)
        kill(victim := sealers.pop(0))
        last_count(victim)
        sealers.append(start(SEALER, environment))
    for process in (*writers, *sealers):
        kill(process)
    accepted = sum(last_count(process) for process in writers)
    for process in sealers:
        last_count(process)

    judged = subprocess.run(
        [sys.executable, "-c", JUDGE], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert judged.returncode == 0, judged.stderr
    size, checkpoints, pending = map(int, judged.stdout.split())
    assert accepted > 0
    assert accepted <= size <= accepted + 2 * 5
    assert checkpoints > 1
    assert pending == 0
