from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from burgrave.custody import commands, errors, queries
from burgrave.custody.commands.keys import private_key
from burgrave.custody.terms import KEY_FOLDER

pytestmark = pytest.mark.django_db


def files(home: Path) -> list[str]:
    return sorted(path.name for path in (home / KEY_FOLDER).iterdir())


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = commands.ensure_log_key(home=tmp_path, passphrase=None)
    assert commands.ensure_log_key(home=tmp_path, passphrase=None) == key
    assert key.name.startswith("burgrave/")
    assert files(tmp_path) == [".lock", "ledger.pem", "ledger.vkey"]
    assert stat.S_IMODE((tmp_path / "keys" / "ledger.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert private_key(home=tmp_path, passphrase=None).public_key().public_bytes_raw() == key.public


def test_a_passphrase_locks_the_key(tmp_path: Path) -> None:
    commands.ensure_log_key(home=tmp_path, passphrase=b"heather")
    assert b"ENCRYPTED" in (tmp_path / "keys" / "ledger.pem").read_bytes()
    commands.ensure_log_key(home=tmp_path, passphrase=b"heather")
    for wrong in (None, b"gorse"):
        with pytest.raises(errors.LogKeyUnreadable, match="passphrase"):
            commands.ensure_log_key(home=tmp_path, passphrase=wrong)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666], ids=oct)
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    commands.ensure_log_key(home=tmp_path, passphrase=None)
    (tmp_path / "keys" / "ledger.pem").chmod(mode)
    with pytest.raises(errors.LogKeyExposed, match=f"mode {mode:04o}, expected 0600"):
        commands.ensure_log_key(home=tmp_path, passphrase=None)


def test_halves_of_two_pairs_are_refused(tmp_path: Path) -> None:
    commands.ensure_log_key(home=tmp_path / "one", passphrase=None)
    commands.ensure_log_key(home=tmp_path / "other", passphrase=None)
    (tmp_path / "one" / "keys" / "ledger.pem").replace(tmp_path / "other" / "keys" / "ledger.pem")
    with pytest.raises(errors.LogKeyChanged, match="not of one pair"):
        commands.ensure_log_key(home=tmp_path / "other", passphrase=None)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    commands.ensure_log_key(home=tmp_path, passphrase=None)
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "keys" / "ledger.pem").write_bytes(other)
    with pytest.raises(errors.LogKeyUnreadable, match="not an Ed25519 key"):
        commands.ensure_log_key(home=tmp_path, passphrase=None)
    (tmp_path / "keys" / "ledger.pem").write_bytes(b"rust")
    with pytest.raises(errors.LogKeyUnreadable, match="cannot be opened without a passphrase"):
        commands.ensure_log_key(home=tmp_path, passphrase=None)


def test_what_a_crash_left_while_the_key_was_made_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "ledger.vkey").write_text("half")
    key = commands.ensure_log_key(home=tmp_path, passphrase=None)
    assert private_key(home=tmp_path, passphrase=None).public_key().public_bytes_raw() == key.public


def test_a_missing_or_damaged_public_half_is_named(tmp_path: Path, settings: Any) -> None:
    settings.BURGRAVE_HOME = tmp_path
    with pytest.raises(errors.LogKeyMissing, match=r"ledger\.vkey is not in the state directory"):
        queries.verifier()
    with pytest.raises(errors.LogKeyMissing, match=r"ledger\.pem is not in the state directory"):
        private_key(home=tmp_path, passphrase=None)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "ledger.vkey").write_text("half")
    with pytest.raises(errors.LogKeyUnreadable, match="public key"):
        queries.verifier()


def test_the_public_half_is_shown_in_three_spellings(tmp_path: Path, settings: Any) -> None:
    settings.BURGRAVE_HOME = tmp_path
    key = commands.ensure_log_key(home=tmp_path, passphrase=None)
    row = queries.log_key()
    assert row.fingerprint == queries.fingerprint() == key.fingerprint
    assert row.verifier_key == key.text()
    assert row.pem.startswith("-----BEGIN PUBLIC KEY-----")
