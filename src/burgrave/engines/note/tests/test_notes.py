import base64
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.engines.note import (
    Checkpoint,
    NoteError,
    VerifierKey,
    fingerprint,
    key_id,
    open_note,
    parse_checkpoint,
    parse_verifier_key,
    sign_note,
    verifier_key,
)

pytestmark = pytest.mark.engine_only

NAME = "burgrave.example/log"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
KEY = VerifierKey(NAME, PUBLIC)
FOREIGN = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
CHECKPOINT = Checkpoint(NAME, 42, bytes(range(32)))
NOTE = sign_note(CHECKPOINT.text(), name=NAME, private=PRIVATE)
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493

lines = st.text(st.characters(exclude_categories=["Cs"], min_codepoint=0x20), min_size=1)
checkpoints = st.builds(
    Checkpoint,
    lines,
    st.integers(0, 10**19 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(lines).map(tuple),
)


def signature_line(name: str, key: VerifierKey, signature: bytes) -> str:
    return f"— {name} {base64.b64encode(key.id + signature).decode()}\n"


def signature_of(note: str) -> bytes:
    return base64.b64decode(note.rsplit(" ", 1)[1])[4:]


@given(checkpoints)
@settings(deadline=None)
def test_a_signed_checkpoint_opens_to_itself(checkpoint: Checkpoint) -> None:
    note = sign_note(checkpoint.text(), name=NAME, private=PRIVATE)
    assert parse_checkpoint(open_note(note, verifier=KEY)) == checkpoint
    assert open_note(note.encode(), verifier=KEY) == checkpoint.text()


def openssl_accepts(folder: Path, text: str, signature: bytes) -> bool:
    (folder / "key.pem").write_bytes(PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (folder / "text").write_text(text, encoding="utf-8")
    (folder / "signature").write_bytes(signature)
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature"
    done = subprocess.run(command.split(), cwd=folder, capture_output=True, check=False, text=True)
    assert ("Signature Verified Successfully" in done.stdout) == (done.returncode == 0)
    return done.returncode == 0


def test_openssl_alone_accepts_a_checkpoint_and_refuses_it_with_another_size(tmp_path: Path) -> None:
    text, signature = NOTE.partition("\n\n")[0] + "\n", signature_of(NOTE)
    assert openssl_accepts(tmp_path, text, signature)
    assert not openssl_accepts(tmp_path, text.replace("\n42\n", "\n43\n"), signature)


def test_a_changed_size_is_refused() -> None:
    with pytest.raises(NoteError, match=f"the signature of key {NAME} does not fit the note's text"):
        open_note(NOTE.replace("\n42\n", "\n43\n"), verifier=KEY)


@given(st.integers(0, len(NOTE.encode()) - 1), st.integers(1, 255))
@settings(deadline=None)
def test_one_changed_byte_anywhere_in_a_note_is_refused(place: int, change: int) -> None:
    raw = bytearray(NOTE.encode())
    raw[place] ^= change
    with pytest.raises(NoteError):
        open_note(bytes(raw), verifier=KEY)


def test_a_foreign_key_under_the_same_name_is_refused() -> None:
    note = sign_note(CHECKPOINT.text(), name=NAME, private=FOREIGN)
    with pytest.raises(NoteError, match=f"note carries no signature of key {NAME} with ID {KEY.id.hex()}"):
        open_note(note, verifier=KEY)


def test_the_right_key_under_a_foreign_name_is_refused() -> None:
    note = sign_note(CHECKPOINT.text(), name="other.example/log", private=PRIVATE)
    with pytest.raises(NoteError, match="note carries no signature"):
        open_note(note, verifier=KEY)


def test_a_signature_that_borrows_the_key_id_is_refused() -> None:
    stolen = signature_line(NAME, KEY, FOREIGN.sign(CHECKPOINT.text().encode()))
    with pytest.raises(NoteError, match="does not fit the note's text"):
        open_note(f"{CHECKPOINT.text()}\n{stolen}", verifier=KEY)


def test_a_bad_signature_of_the_key_beside_a_good_one_is_refused() -> None:
    stolen = signature_line(NAME, KEY, FOREIGN.sign(CHECKPOINT.text().encode()))
    with pytest.raises(NoteError, match="does not fit the note's text"):
        open_note(NOTE + stolen, verifier=KEY)


def test_a_second_form_of_a_good_signature_is_refused() -> None:
    good = signature_of(NOTE)
    scalar = int.from_bytes(good[32:], "little") + GROUP_ORDER
    for other in (good[:32] + scalar.to_bytes(32, "little"), good + b"\x00", good[:-1]):
        with pytest.raises(NoteError, match="does not fit the note's text"):
            open_note(f"{CHECKPOINT.text()}\n{signature_line(NAME, KEY, other)}", verifier=KEY)


def test_a_cosignature_of_a_witness_is_passed_over() -> None:
    witness = VerifierKey("witness.example", FOREIGN.public_key().public_bytes_raw())
    cosigned = NOTE + signature_line(witness.name, witness, FOREIGN.sign(b"anything"))
    assert open_note(cosigned, verifier=KEY) == CHECKPOINT.text()


def test_text_with_empty_lines_parts_at_the_last_one() -> None:
    text = "one\n\n— looks like a signature\n\ntwo\n"
    assert open_note(sign_note(text, name=NAME, private=PRIVATE), verifier=KEY) == text


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        ("text\n", "no empty line"),
        ("text\n\n", "do not end in a newline"),
        ("text\n\n— name c2lnbmF0dXJl", "do not end in a newline"),
        ("text\n\n— name\n", "malformed signature line '— name'"),
        ("text\n\n- name c2lnbmF0dXJl\n", "malformed signature line"),
        ("text\n\n—  c2lnbmF0dXJl\n", "key name is empty"),
        ("text\n\n— na+me c2lnbmF0dXJl\n", "holds a space or a plus sign"),
        ("text\n\n— na\u2003me c2lnbmF0dXJl\n", "holds a space or a plus sign"),
        ("text\n\n— name c2lnbmF0dXJ\n", "is not base64"),
        ("text\n\n— name c2lnbmF0dXK=\n", "is not in the one canonical base64 form|is not base64"),
        ("text\n\n— name sïgn\n", "is not base64"),
        ("text\n\n— name c2ln\n", "3 bytes, too few"),
        ("te\rxt\n\n— name c2lnbmF0dXJl\n", "control character other than newline"),
        ("text\n\n" + "— name c2lnbmF0dXJl\n" * 101, "carries 101 signatures, at most 100"),
        ("text\ud800\n\n— name c2lnbmF0dXJl\n", "not valid UTF-8"),
        (b"text\xff\n\n", "not valid UTF-8"),
        ("x" * (1024 * 1024 + 1), "longer than 1048576 bytes"),
    ],
)
def test_a_malformed_note_is_refused_by_name(note: str | bytes, sentence: str) -> None:
    with pytest.raises(NoteError, match=sentence):
        open_note(note, verifier=KEY)


@pytest.mark.parametrize("text", ["no newline", "bell\a\n", "\ud800\n"], ids=["unended", "control", "surrogate"])
def test_what_is_no_note_text_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError, match="note text"):
        sign_note(text, name=NAME, private=PRIVATE)


def test_a_name_that_no_signature_line_can_hold_is_not_signed_with() -> None:
    with pytest.raises(NoteError, match="holds a space or a plus sign"):
        sign_note("text\n", name="two words", private=PRIVATE)
    with pytest.raises(NoteError, match="key name is not Unicode text"):
        sign_note("text\n", name="\ud800", private=PRIVATE)


def test_a_verifier_key_survives_its_text() -> None:
    assert parse_verifier_key(verifier_key(NAME, PUBLIC)) == KEY
    assert KEY.text() == verifier_key(NAME, PUBLIC)
    assert KEY.id == key_id(NAME, PUBLIC)
    assert KEY.fingerprint == fingerprint(PUBLIC)
    assert len(fingerprint(PUBLIC)) == len("SHA256:") + 43


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name+00112233", "not of the form"),
        ("name+0011223G+AQ==", "not of the form"),
        ("name+00112233+AQ", "is not base64"),
        ("name+00112233+BA==", "signature type 04, expected 01"),
        ("name+00112233+AQ==", "has 32 bytes, got 0"),
        (verifier_key(NAME, PUBLIC).replace("+", "+00", 1).replace(KEY.id.hex(), KEY.id.hex()[2:]), "give"),
        (verifier_key(NAME, PUBLIC).replace("log", "lag"), "its name and key give"),
        ("na me+00112233+AQ==", "has 32 bytes|holds a space"),
    ],
)
def test_a_malformed_verifier_key_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(NoteError, match=sentence):
        parse_verifier_key(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("origin\n1\nroot", "does not end in a newline"),
        ("origin\n1\n", "has 2 lines"),
        ("\n1\nAAAA\n", "root has 32 bytes|origin is empty"),
        ("origin\n01\nAAAA\n", "'01' is not a decimal number"),
        ("origin\n-1\nAAAA\n", "'-1' is not a decimal number"),
        ("origin\n١\nAAAA\n", "is not a decimal number"),
        ("origin\n1\nAAAA\n", "root has 32 bytes, got 3"),
        ("origin\n1\n????\n", "checkpoint root is not base64"),
        (CHECKPOINT.text() + "\n", "extension line is empty"),
        (CHECKPOINT.text() + "a\tb\n", "extension line holds a control character"),
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(NoteError, match=sentence):
        parse_checkpoint(text)


@pytest.mark.parametrize("size", [-1, 10**19])
def test_a_checkpoint_of_an_impossible_size_is_not_made(size: int) -> None:
    with pytest.raises(NoteError, match="whole number of at most 19 digits"):
        Checkpoint(NAME, size, bytes(32))
