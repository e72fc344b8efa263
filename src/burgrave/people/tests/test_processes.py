"""What only several processes on one database can show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from burgrave.people.tests_cast import CAST_PASSWORD
from live import prepare

PREPARE = """
from burgrave.site import boot
boot.boot(); boot.migrate()
from django.utils import timezone
from burgrave.people import commands
print(commands.issue_set_up_link(timezone.now()))
"""
SET_UP = """
import sys
from burgrave.site import boot
boot.boot()
from django.utils import timezone
from burgrave.people import commands
from burgrave.people.errors import PeopleError
print("ready", flush=True)
token, email, password = sys.stdin.read().split()
try:
    commands.set_up(
        organisation="Nordhafen", email=email, name="X", password=password, token=token, now=timezone.now()
    )
    print("won")
except PeopleError as refusal:
    print(type(refusal).__name__)
"""
COUNT = """
from burgrave.site import boot
boot.boot()
from burgrave.people import models
print(models.Organisation.objects.count(), models.Person.objects.count(), models.Unit.objects.count())
"""


def test_of_two_processes_with_one_set_up_link_one_wins(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"BURGRAVE_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "burgrave.site.settings"}

    def run(script: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    prepare(tmp_path)
    token = run(PREPARE).splitlines()[-1].split("/")[2]
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", SET_UP],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline().strip() == "ready"
    for number, racer in enumerate(racers):
        assert racer.stdin is not None
        racer.stdin.write(f"{token} person{number}@example.org {CAST_PASSWORD}")
        racer.stdin.close()
        racer.stdin = None
    outcomes = [racer.communicate(timeout=60)[0].strip() for racer in racers]

    assert outcomes.count("won") == 1, outcomes
    assert set(outcomes) - {"won"} <= {"AlreadySetUp", "LinkIsDead"}
    assert run(COUNT) == "1 1 1"
