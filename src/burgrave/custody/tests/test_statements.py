"""Statements are signed with the ledger's key, and none of them can pass for a checkpoint."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from burgrave.custody import commands, queries
from burgrave.custody.errors import StatementForged, StatementRefused
from burgrave.engines.note import NoteError, open_note

SAID = "burgrave-policy-statement/1\nnumber: NRM-06\n"


@pytest.mark.django_db
def test_a_statement_is_signed_and_verified() -> None:
    signed = commands.sign_statement(SAID)
    queries.verify_statement(signed.text, signed.signature, fingerprint=signed.fingerprint)
    assert signed.fingerprint == queries.fingerprint()


@pytest.mark.django_db
def test_a_changed_statement_is_forged() -> None:
    signed = commands.sign_statement(SAID)
    with pytest.raises(StatementForged, match="does not fit"):
        queries.verify_statement(SAID.replace("06", "07"), signed.signature, fingerprint=signed.fingerprint)


@pytest.mark.django_db
def test_a_statement_by_another_key_is_named_as_such() -> None:
    signed = commands.sign_statement(SAID)
    with pytest.raises(StatementForged, match="SHA256:other"):
        queries.verify_statement(signed.text, signed.signature, fingerprint="SHA256:other")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["burgrave/0a1b\n5\nroot\n", "number: NRM-06\n", "burgrave-policy-statement/1\nno line feed", "", "\n"],
    ids=["checkpoint", "no kind", "no end", "empty", "blank"],
)
def test_what_is_no_statement_is_not_signed(text: str) -> None:
    with pytest.raises(StatementRefused):
        commands.sign_statement(text)


@pytest.mark.django_db
def test_no_statement_opens_as_a_note() -> None:
    signed = commands.sign_statement(SAID)
    key = queries.verifier()
    with pytest.raises(NoteError):
        open_note(signed.text, verifier=key)


@pytest.mark.django_db
def test_openssl_verifies_it_with_the_public_key_alone(tmp_path: Path) -> None:
    signed = commands.sign_statement(SAID)
    for name, data in (
        ("statement.txt", signed.text.encode()),
        ("statement.sig", signed.signature),
        ("key.pem", queries.log_key().pem.encode()),
    ):
        (tmp_path / name).write_bytes(data)
    told = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "statement.txt"]
    done = subprocess.run(
        [*told, "-sigfile", "statement.sig"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Signature Verified Successfully" in done.stdout) == (0, True), done.stderr
