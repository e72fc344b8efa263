from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.utils import timezone

from burgrave.custody import commands as custody
from burgrave.custody.terms import KEPT_CHECKPOINT, KEY_FOLDER
from burgrave.engines import spool
from burgrave.incidents.terms import RulesLoaded
from burgrave.ledger import commands as ledger
from burgrave.ledger.models import Entry
from burgrave.people.tests_cast import CastOrganisation
from burgrave.site import health
from burgrave.site.health import Finding, Verdict
from burgrave.web.terms import Actor

pytestmark = pytest.mark.django_db
Look = Callable[[str], Finding]


@pytest.fixture
def found() -> Look:
    def look(what: str) -> Finding:
        return next(finding for finding in health.examine() if finding.what == what)

    return look


def recorded(actor: Actor, *, minutes_ago: int = 0) -> None:
    record = RulesLoaded(ruleset_sha256="a" * 64, rules=1, added=1, retired=0, faults=0)
    with transaction.atomic():
        ledger.append(record, actor=actor, at=timezone.now() - timedelta(minutes=minutes_ago))


def test_a_sound_installation_has_nothing_bad(organisation: CastOrganisation, alice: Actor, settings) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    # What a ledger of another test left here would not be continued by this one.
    (Path(django_settings.BURGRAVE_HOME) / KEY_FOLDER / KEPT_CHECKPOINT).unlink(missing_ok=True)
    custody.ensure_log_key(home=django_settings.BURGRAVE_HOME, passphrase=None)
    recorded(alice)
    custody.seal(now=timezone.now())
    bad = [finding for finding in health.examine() if finding.verdict is Verdict.BAD]
    assert bad == []
    ledger_line = next(finding for finding in health.examine() if finding.what == "ledger")
    assert "1 records under root" in ledger_line.found


def test_a_secret_that_others_may_read_is_bad_and_its_mend_is_named(found: Look, tmp_path: Path, settings) -> None:
    settings.BURGRAVE_HOME = tmp_path
    secret = tmp_path / "secret_key"
    secret.write_text("x" * 64)
    secret.chmod(0o644)
    finding = found("secret files")
    assert finding.verdict is Verdict.BAD
    assert finding.mend.startswith(f"chmod 0600 {secret}")


def test_an_open_state_directory_is_a_warning(found: Look, tmp_path: Path, settings) -> None:
    tmp_path.chmod(0o755)
    settings.BURGRAVE_HOME = tmp_path
    assert found("state directory").verdict is Verdict.WEAK


def test_debug_and_missing_tls_are_bad(found: Look, settings) -> None:
    settings.DEBUG = True
    assert found("debug mode").mend == "unset BURGRAVE_DEBUG"
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["localhost", "burgrave.example.org"]
    settings.BURGRAVE_HTTPS = False
    assert "served for burgrave.example.org without TLS" in found("transport").found
    settings.BURGRAVE_HTTPS = True
    assert found("transport").verdict is Verdict.GOOD


def test_nobody_who_set_it_up_is_a_warning(found: Look) -> None:
    custody.ensure_log_key(home=django_settings.BURGRAVE_HOME, passphrase=None)
    assert found("set-up").verdict is Verdict.WEAK


def test_a_record_that_waits_too_long_asks_for_a_worker(found: Look, organisation, alice: Actor) -> None:
    custody.ensure_log_key(home=django_settings.BURGRAVE_HOME, passphrase=None)
    recorded(alice, minutes_ago=5)
    finding = found("ledger sequence")
    assert finding.verdict is Verdict.BAD
    assert "start a worker" in finding.mend


def test_a_ledger_that_was_changed_is_bad(found: Look, organisation: CastOrganisation, alice: Actor) -> None:
    custody.ensure_log_key(home=django_settings.BURGRAVE_HOME, passphrase=None)
    recorded(alice)
    custody.seal(now=timezone.now())
    ledger.disarm_guards(connection)
    Entry.objects.filter(position=0).update(leaf=b'{"v":1}')
    finding = found("ledger")
    assert finding.verdict is Verdict.BAD
    assert "0" in finding.found


def test_little_room_on_the_disk_is_bad(found: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 1 << 60)
    assert found("disk").verdict is Verdict.BAD


def test_a_spool_that_is_full_refused_or_damaged_is_told(found: Look, tmp_path: Path, settings: Any) -> None:
    settings.BURGRAVE_SPOOL, settings.BURGRAVE_SPOOL_FREE_BYTES = tmp_path / "spool", 1
    assert found("spool").verdict is Verdict.GOOD
    folder = tmp_path / "spool" / str(uuid4())
    spool.note_refusal(folder, spool.Reason.DISK, at_ms=int(timezone.now().timestamp() * 1_000))
    assert (found("spool").verdict, "1 batches of 1 log sources were refused" in found("spool").found) == (
        Verdict.WEAK,
        True,
    )
    (folder / "json.open").write_bytes(b"x")
    spool.set_aside(folder / "json.open")
    assert (found("spool").verdict, "json.open.0.damaged" in found("spool").found) == (Verdict.BAD, True)
    settings.BURGRAVE_SPOOL_FREE_BYTES = 1 << 60
    assert "make room" in found("spool").mend


def test_findings_are_told_as_data() -> None:
    finding = Finding(what="disk", verdict=Verdict.GOOD, found="9.0 GiB free")
    assert finding.as_dict() == {"what": "disk", "verdict": "ok", "found": "9.0 GiB free", "mend": ""}
