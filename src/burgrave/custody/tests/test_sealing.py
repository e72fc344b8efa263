from __future__ import annotations

import base64
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction

from burgrave.custody import commands, errors, queries
from burgrave.engines.note import open_note, parse_checkpoint
from burgrave.ledger import commands as ledger_commands
from burgrave.ledger import errors as ledger_errors
from burgrave.ledger import models
from burgrave.ledger import queries as ledger
from burgrave.ledger.terms import Record
from burgrave.web.terms import system_actor

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class BellRung(Record):
    kind: ClassVar[str] = "house.bell_rung"
    times: int

    def subjects(self) -> tuple[str, ...]:
        return ("house.bell:1",)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.BURGRAVE_HOME = tmp_path
    return tmp_path


def ring(count: int = 1) -> None:
    with transaction.atomic():
        ledger_commands.append_all([BellRung(times=times) for times in range(count)], actor=system_actor(), at=NOON)


def test_nothing_pending_signs_nothing() -> None:
    assert commands.seal(now=NOON) is None
    assert ledger.checkpoint() is None


def test_one_checkpoint_per_batch_signed_and_kept(home: Path) -> None:
    ring(5)
    assert commands.seal(now=NOON, limit=3) is not None
    checkpoint = commands.seal(now=NOON)
    assert checkpoint is not None
    note = ledger.checkpoint()
    assert note is not None
    assert parse_checkpoint(open_note(note, verifier=queries.verifier())) == checkpoint
    assert checkpoint.extensions == ("signed-at 2026-03-02T12:00:00.000000Z",)
    assert queries.kept_checkpoints() == (note,)
    verified = ledger.verify(verifier=queries.verifier(), kept=queries.kept_checkpoints())
    assert (verified.size, verified.checkpoints) == (5, 2)


def test_seal_all_leaves_nothing_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("burgrave.custody.commands.sealing.BATCH", 2)
    ring(5)
    assert commands.seal_all(now=NOON) == 1  # one batch of 1000 takes them all
    assert ledger.pending_count() == 0


def test_a_checkpoint_is_verified_with_openssl_alone(tmp_path: Path) -> None:
    ring()
    commands.seal(now=NOON)
    note = ledger.checkpoint()
    assert note is not None
    text, _, signature = note.partition("\n\n")
    (tmp_path / "text").write_text(text + "\n")
    (tmp_path / "signature").write_bytes(base64.b64decode(signature.split()[-1])[4:])
    (tmp_path / "key.pem").write_text(queries.log_key().pem)

    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                "openssl",
                "pkeyutl",
                "-verify",
                "-pubin",
                "-inkey",
                "key.pem",
                "-rawin",
                "-in",
                "text",
                "-sigfile",
                "signature",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    assert check().returncode == 0
    (tmp_path / "text").write_text(text.replace("\n1\n", "\n2\n") + "\n")
    assert check().returncode != 0


def test_a_clock_set_back_does_not_set_the_signed_time_back() -> None:
    ring()
    commands.seal(now=NOON)
    ring()
    checkpoint = commands.seal(now=NOON - timedelta(hours=1))
    assert checkpoint is not None
    assert ledger.signed_at(checkpoint) == NOON
    ledger.verify(verifier=queries.verifier())


def test_a_crash_before_the_commit_leaves_neither_places_nor_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    ring(3)

    def crash(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("burgrave.custody.commands.sealing.ledger_commands.accept_checkpoint", crash)
    with pytest.raises(KeyboardInterrupt):
        commands.seal(now=NOON)
    monkeypatch.undo()
    assert (ledger.pending_count(), ledger.head().size, models.Tile.objects.count()) == (3, 0, 0)


def test_a_lost_key_is_never_replaced_by_another(home: Path) -> None:
    ring()
    commands.seal(now=NOON)
    (home / "keys" / "ledger.pem").unlink()
    ring()
    with pytest.raises(errors.LogKeyMissing, match="the ledger is signed"):
        commands.seal(now=NOON)
    assert ledger.pending_count() == 1


def test_foreign_key_does_not_sign_on(home: Path) -> None:
    ring()
    commands.seal(now=NOON)
    for name in ("ledger.pem", "ledger.vkey"):
        (home / "keys" / name).unlink()
    models.Checkpoint.objects.update(size=0)
    checkpoints = list(models.Checkpoint.objects.all())
    models.Checkpoint.objects.all().delete()
    commands.ensure_log_key(home=home, passphrase=None)
    models.Checkpoint.objects.bulk_create(checkpoints)
    ring()
    with pytest.raises(errors.LogKeyChanged, match="not by the key"):
        commands.seal(now=NOON)
    assert ledger.pending_count() == 1


def test_a_tree_that_was_changed_is_not_signed_on() -> None:
    ring(3)
    commands.seal(now=NOON)
    tile = models.Tile.objects.get()
    models.Tile.objects.update(hashes=bytes(32) + bytes(tile.hashes)[32:])
    ring()
    with pytest.raises(errors.LogKeyChanged, match="no longer give the root"):
        commands.seal(now=NOON)


def test_rollback_of_the_database_is_seen_through_the_kept_checkpoint(caplog: pytest.LogCaptureFixture) -> None:
    ring(4)
    commands.seal(now=NOON)
    kept = queries.kept_checkpoints()
    roll_back_everything()
    ring(2)
    commands.seal(now=NOON)
    assert "does not continue the kept checkpoint of 4" in caplog.text
    assert queries.kept_checkpoints() == kept
    with pytest.raises(ledger_errors.LedgerBroken) as broken:
        ledger.verify(verifier=queries.verifier(), kept=queries.kept_checkpoints())
    assert [type(fault) for fault in broken.value.faults] == [ledger_errors.Rollback]


def test_a_kept_checkpoint_that_cannot_be_read_is_left_as_it_is(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    ring()
    commands.seal(now=NOON)
    (home / "keys" / "ledger.checkpoint").write_text("scribble")
    ring()
    commands.seal(now=NOON)
    assert "cannot be read" in caplog.text
    assert queries.kept_checkpoints() == ("scribble",)


def roll_back_everything() -> None:
    ledger_commands.disarm_guards(connection)
    with connection.cursor() as cursor:
        for table in ("subject", "opening", "entry", "tile", "checkpoint", "log"):
            cursor.execute(f"DELETE FROM ledger_{table}")
    ledger_commands.install_guards(connection)
