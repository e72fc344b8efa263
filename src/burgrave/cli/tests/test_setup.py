from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from burgrave.cli.setup import setup
from burgrave.site import boot
from live import prepare

PASSWORD = "violet-harbour-lantern-42"
ASK = """
from burgrave.site import boot
boot.boot()
from burgrave.people import models
person = models.Person.objects.get()
print(person.email, person.name, person.check_password("violet-harbour-lantern-42"))
print(models.Organisation.objects.get().name)
"""


def burgrave(home: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return _python(home, "-m", "burgrave", *arguments, typed=typed)


def _python(home: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"BURGRAVE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "burgrave.site.settings"}
    return subprocess.run(
        [sys.executable, *arguments],
        input=typed,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


pytestmark = pytest.mark.engine_only  # its processes use the embedded database, whichever round this is

GOOD = ("setup", "--organisation", "Nordhafen Works", "--admin", "Alice@example.org", "--password-stdin")


def test_setup_works_once_and_says_so(tmp_path: Path) -> None:
    done = burgrave(tmp_path, *GOOD, "--name", "Alice Amsel", typed=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ("Nordhafen Works is set up. Start “burgrave serve” and sign in as Alice@example.org.\n")
    asked = _python(tmp_path, "-c", ASK)
    assert asked.stdout.splitlines() == ["alice@example.org Alice Amsel True", "Nordhafen Works"]

    again = burgrave(tmp_path, *GOOD, typed=PASSWORD)
    assert again.returncode == 1
    assert again.stdout == ""
    assert "the organisation is set up already" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        (GOOD, "", "no password came on standard input"),
        (GOOD, "short\n", "This password is too short"),
        (GOOD[:-1], PASSWORD, "--password-stdin is needed"),
        ((*GOOD[:4], "nobody", "--password-stdin"), PASSWORD, "expected an e-mail address, got 'nobody'"),
        ((*GOOD[:2], "  ", *GOOD[3:]), PASSWORD, "the name is empty"),
    ],
    ids=["no-password", "weak", "no-flag", "bad-email", "no-name"],
)
def test_setup_refuses_with_a_sentence(tmp_path: Path, arguments: tuple[str, ...], typed: str, sentence: str) -> None:
    prepare(tmp_path)
    done = burgrave(tmp_path, *arguments, typed=typed)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr + done.stdout


def test_an_installation_without_a_sample_says_so(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    settings.BURGRAVE_SAMPLE = False
    monkeypatch.setattr(boot, "boot", lambda: None)
    done = CliRunner().invoke(setup, [*GOOD[1:], "--sample"], input=PASSWORD)
    assert done.exit_code == 1
    assert "ships no sample" in done.output
