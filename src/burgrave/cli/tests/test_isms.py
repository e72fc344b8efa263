"""`burgrave isms` as a script calls it."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.utils import timezone

from burgrave.cli.main import main
from burgrave.isms import commands, models
from burgrave.isms.tests.test_meetings import LATER, decision, held
from burgrave.isms.tests.test_reviews import held as held_review
from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.web.terms import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(organisation: CastOrganisation) -> Actor:
    """Security officer of the whole organisation."""
    return hire("Olga Ohlsen", unit_id=organisation.root, roles=(("security_officer", organisation.root),))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["isms", *words])


@pytest.fixture
def decided(organisation: CastOrganisation, alice: Actor, olga: Actor) -> str:
    """Somebody shall buy a firewall within a month from now."""
    due = timezone.localdate() + timedelta(days=30)
    commands.decide(held(organisation, alice, olga), decision(olga, due_on=due), actor=alice, now=LATER)
    return due.isoformat()


def test_decisions_are_printed_with_owner_and_day(decided: str) -> None:
    found = run("decisions", "--format", "json")
    assert found.exit_code == 0, found.output
    assert [(each["number"], each["due_on"], each["state"]) for each in json.loads(found.stdout)] == [
        ("DEC-0001", decided, "open")
    ]
    assert run("decisions", "--state", "done").stdout == ""
    assert run("decisions", "--format", "csv").stdout.splitlines()[1].startswith('"DEC-0001","open",')
    models.Decision.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    late = run("decisions", "--overdue")
    assert (late.exit_code, "DEC-0001  open" in late.stdout) == (1, True)


def test_the_calendar_says_what_is_due_and_what_is_late(decided: str) -> None:
    found = run("calendar", "--source", "isms.decision", "--format", "json")
    assert [(each["on"], each["is_overdue"], each["number"]) for each in json.loads(found.stdout)] == [
        (decided, False, "DEC-0001")
    ]
    models.Decision.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    late = run("calendar", "--source", "isms.decision")
    assert (late.exit_code, "  overdue  isms.decision  DEC-0001" in late.stdout) == (1, True)


def test_a_stranger_sees_nothing_and_nonsense_is_refused(decided: str, charlie: Actor) -> None:
    assert decided
    assert charlie.person_id
    assert run("decisions", "--as", "charlie@example.org").stdout == ""
    assert run("decisions", "--as", "nobody@example.org").exit_code == 2
    assert run("calendar", "--from", "2026-03-02", "--to", "2026-03-01").exit_code == 2
    unknown = run("calendar", "--source", "weather")
    assert (unknown.exit_code, "weather is no source; there are" in unknown.output) == (2, True)


def test_the_pack_of_a_review_is_written(
    organisation: CastOrganisation, alice: Actor, olga: Actor, tmp_path: Path
) -> None:
    held_review(organisation, alice, olga)
    out = tmp_path / "pack.pdf"
    done = run("review-pack", "rev-0001", "--out", str(out), "--as", "alice@example.org")
    assert done.stdout == f"sha256:{hashlib.sha256(out.read_bytes()).hexdigest()}  {out}\n"
    assert out.read_bytes().startswith(b"%PDF")
    for number in ("REV-0009", "x"):
        refused = run("review-pack", number, "--out", str(out), "--as", "alice@example.org")
        assert (refused.exit_code, "no management review with the number" in refused.output) == (1, True)
