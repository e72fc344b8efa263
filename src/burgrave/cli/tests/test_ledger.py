from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from django.db import connection

from burgrave.cli.ledger import ledger
from burgrave.custody import commands as custody
from burgrave.custody import queries as keys
from burgrave.engines.evidence.proof import parse_proof
from burgrave.engines.note import open_note
from burgrave.ledger import commands, queries
from burgrave.ledger.terms import Record, RecordId, Sealed
from burgrave.web.terms import system_actor

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Call = Callable[..., Result]


@dataclass(frozen=True, slots=True, kw_only=True)
class BellRung(Record):
    kind: ClassVar[str] = "house.bell_rung"
    tune: Sealed

    def subjects(self) -> tuple[str, ...]:
        return ("house.bell:1",)


@pytest.fixture
def call(db: None, tmp_path: Path, settings: Any) -> Call:
    settings.BURGRAVE_HOME = tmp_path
    custody.ensure_log_key(home=tmp_path, passphrase=None)
    return lambda *arguments: CliRunner().invoke(ledger, arguments)


def ring(*, sealed: bool = True) -> RecordId:
    record_id = commands.append(BellRung(tune=Sealed("晨曲")), actor=system_actor(), at=NOON)
    if sealed:
        custody.seal(now=NOON)
    return record_id


def test_a_sound_ledger_verifies(call: Call) -> None:
    ring()
    result = call("verify")
    assert result.exit_code == 0
    assert "verified  1 records under root" in result.stdout
    assert keys.fingerprint() in result.stdout


def test_faults_are_named_one_by_one(call: Call) -> None:
    ring()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_opening SET value = 'another'")
        cursor.execute("UPDATE ledger_log SET size = 2")
    result = call("verify")
    assert result.exit_code == 1
    assert "NOT VERIFIED  OpeningEdited: position 0" in result.stdout
    assert "NOT VERIFIED  Truncation" in result.stdout
    assert "2 faults" in result.stderr


def test_a_checkpoint_kept_elsewhere_shows_a_ledger_that_was_put_back(call: Call, tmp_path: Path) -> None:
    ring()
    ring()
    note = call("checkpoint").stdout
    open_note(note, verifier=keys.verifier())
    assert call("checkpoint", "--size", "1").stdout == queries.checkpoint_of(1)
    (tmp_path / "kept").write_text(note, encoding="utf-8")
    assert call("verify", "--checkpoint", str(tmp_path / "kept")).exit_code == 0
    with connection.cursor() as cursor:
        for table in ("subject", "opening", "entry", "tile", "checkpoint", "log"):
            commands.disarm_guards(connection)
            cursor.execute(f"DELETE FROM ledger_{table}")
    result = call("verify", "--checkpoint", str(tmp_path / "kept"))
    assert result.exit_code == 1
    assert "NOT VERIFIED  Rollback" in result.stdout
    commands.install_guards(connection)


def test_a_record_is_shown_with_what_its_sealed_fields_open_to(call: Call) -> None:
    record_id = ring()
    shown = json.loads(call("show", "0").stdout)
    assert shown == json.loads(call("show", str(record_id)).stdout)
    assert shown["position"] == 0
    assert shown["leaf"]["kind"] == "house.bell_rung"
    assert shown["opened"] == {"tune": "晨曲"}


def test_leaf_and_proof_are_printed_as_they_are(call: Call) -> None:
    ring()
    assert call("show", "0", "--leaf").stdout_bytes == queries.record(0).leaf
    assert parse_proof(call("show", "0", "--proof").stdout_bytes).index == 0


def test_what_cannot_be_shown_is_one_line(call: Call) -> None:
    assert call("checkpoint").stderr == "nothing is signed yet: no record has its place\n"
    assert call("show", "7").stderr == "Error: there is no record at position 7.\n"
    assert call("show", str(uuid4())).exit_code == 1
    assert "neither a position nor the id" in call("show", "first").stderr
    waiting = ring(sealed=False)
    assert "still awaits its place" in call("show", str(waiting), "--proof").stderr


def test_without_a_key_the_mend_is_said(call: Call, settings: Any, tmp_path: Path) -> None:
    settings.BURGRAVE_HOME = tmp_path / "empty"
    result = call("verify")
    assert result.exit_code == 1
    assert "restore it from a backup" in result.stderr
