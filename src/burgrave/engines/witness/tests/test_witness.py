import base64
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.engines.merkle import EMPTY_ROOT, consistency_path, leaf_hash, root_of
from burgrave.engines.note import Checkpoint, NoteError, VerifierKey, sign_note
from burgrave.engines.witness import (
    AddCheckpoint,
    BadProof,
    BadSignature,
    CosignerKey,
    Fork,
    Malformed,
    NotWitnessed,
    Rollback,
    Seen,
    StaleOldSize,
    UnknownOrigin,
    add_checkpoint,
    cosign,
    origin_of,
    parse_cosigner_key,
    parse_request,
    verify_cosignature,
)

ORIGIN, NAME, NOON = "burgrave.example/log", "witness.example/w1", 1_700_000_000
LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG = VerifierKey(ORIGIN, LOG_KEY.public_key().public_bytes_raw())
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
KEY = CosignerKey(NAME, PRIVATE.public_key().public_bytes_raw())
LEAVES = [leaf_hash(str(number).encode()) for number in range(40)]
FALSE_LEAVES = [*LEAVES[:5], leaf_hash(b"another past"), *LEAVES[6:]]

# The example of c2sp.org/tlog-cosignature; its public key is not printed there, its key ID and time are.
PUBLISHED_TIME = 1679315147
PUBLISHED = (
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


def note(leaves: list[bytes], *, origin: str = ORIGIN, private: Ed25519PrivateKey = LOG_KEY) -> str:
    return sign_note(Checkpoint(origin, len(leaves), root_of(leaves)).text(), name=origin, private=private)


def asked(old: int, leaves: list[bytes]) -> AddCheckpoint:
    return AddCheckpoint(old, tuple(consistency_path(leaves, old)) if old else (), note(leaves))


def seen(size: int) -> Seen:
    return Seen(size, root_of(LEAVES[:size]), NOON)


def add(state: Seen, request: AddCheckpoint, *, now: int = NOON):
    return add_checkpoint(state, request, log=LOG, name=NAME, private=PRIVATE, now=now)


@given(st.integers(0, 40), st.integers(0, 40))
@settings(deadline=None)
def test_every_growth_is_cosigned_and_becomes_what_was_seen(first: int, second: int) -> None:
    old, new = sorted((first, second))
    cosigned = add(seen(old), asked(old, LEAVES[:new]))
    assert cosigned.seen == seen(new)
    text = Checkpoint(ORIGIN, new, root_of(LEAVES[:new])).text()
    assert verify_cosignature(cosigned.line, text, key=KEY) == (cosigned.line, NOON)


@given(st.integers(1, 39), st.integers(1, 40), st.data())
@settings(deadline=None)
def test_no_rewritten_past_is_cosigned_whatever_its_proof(old: int, new: int, data: st.DataObject) -> None:
    changed = data.draw(st.integers(0, old - 1))
    false = [*LEAVES[:changed], leaf_hash(b"false"), *LEAVES[changed + 1 :]][:new]
    path = consistency_path(false, old) if old <= new else []
    with pytest.raises(NotWitnessed):
        add(seen(old), AddCheckpoint(old, tuple(path), note(false)))


def test_fork_at_the_same_size() -> None:
    with pytest.raises(Fork, match="shows root") as refused:
        add(seen(9), asked(9, FALSE_LEAVES[:9]))
    assert refused.value.status == 422


def test_rewritten_tail_under_the_logs_own_key() -> None:
    with pytest.raises(BadProof, match="path leads to old root"):
        add(seen(9), asked(9, FALSE_LEAVES[:12]))


def test_tail_cut() -> None:
    with pytest.raises(Rollback, match="fewer than the 9 before it") as refused:
        add(seen(9), replace(asked(0, LEAVES[:7]), old_size=9))
    assert refused.value.status == 400


def test_replay_of_an_old_checkpoint_is_answered_with_the_known_size() -> None:
    with pytest.raises(StaleOldSize) as refused:
        add(seen(9), asked(4, LEAVES[:7]))
    assert (refused.value.known_size, refused.value.status) == (9, 409)


def test_old_size_beyond_what_was_seen_is_stale() -> None:
    with pytest.raises(StaleOldSize) as refused:
        add(seen(0), asked(4, LEAVES[:7]))
    assert refused.value.known_size == 0


def test_proof_from_the_empty_tree_must_be_empty() -> None:
    with pytest.raises(BadProof, match="from the empty tree"):
        add(Seen(), replace(asked(0, LEAVES[:3]), proof=(LEAVES[0],)))


def test_empty_tree_with_another_root() -> None:
    body = sign_note(Checkpoint(ORIGIN, 0, LEAVES[0]).text(), name=ORIGIN, private=LOG_KEY)
    with pytest.raises(Fork, match="empty tree"):
        add(Seen(), AddCheckpoint(0, (), body))
    assert add(Seen(), asked(0, [])).seen.root == EMPTY_ROOT


def test_unknown_origin() -> None:
    with pytest.raises(UnknownOrigin):
        add(Seen(), AddCheckpoint(0, (), note(LEAVES, origin="elsewhere.example/log")))


def test_foreign_key_under_the_logs_name() -> None:
    with pytest.raises(BadSignature, match="no signature of key"):
        add(Seen(), AddCheckpoint(0, (), note(LEAVES, private=PRIVATE)))


def test_size_changed_after_signing() -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        add(Seen(), AddCheckpoint(0, (), note(LEAVES).replace("\n40\n", "\n41\n")))


@pytest.mark.parametrize("body", ["", "no end", "origin\n01\nAAAA\n\n— a b\n"], ids=["empty", "one line", "bad size"])
def test_malformed_checkpoint(body: str) -> None:
    with pytest.raises(Malformed):
        origin_of(AddCheckpoint(0, (), body))


def test_a_clock_set_back_never_dates_a_later_tree_earlier() -> None:
    assert add(seen(9), asked(9, LEAVES[:12]), now=NOON - 3600).seen.at == NOON


requests = st.builds(
    AddCheckpoint,
    st.integers(0, 10**19 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
    st.just(note(LEAVES)),
)


@given(requests)
@settings(deadline=None)
def test_parsing_undoes_printing(request: AddCheckpoint) -> None:
    assert parse_request(request.text().encode()) == request


def test_the_published_example_of_a_request_is_read_and_printed_alike() -> None:
    body = (
        "old 20852014\n"
        "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
        "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
        "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
        "\n"
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE"
        "+xeMcTOAYQ8=\n"
    )
    request = parse_request(body.encode())
    assert (request.old_size, len(request.proof), origin_of(request)) == (20852014, 4, "example.com/behind-the-sofa")
    assert request.text() == body


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"old 01\n\nx", "leading zeroes"),
        (b"old -1\n\nx", "leading zeroes"),
        (b"Old 1\n\nx", "expected 'old'"),
        (b"old 1\r\n\r\n\n\nx", "expected 'old'"),
        (b"old 1\nAAAA\n\nx", "not a hash of 32 bytes"),
        (b"old 1\n!\n\nx", "not base64"),
        (b"old 1\nx", "no empty line"),
        (b"\xff\n\n", "not valid UTF-8"),
        (b"old 1\n" + b"AAAA\n" * 64 + b"\nx", "at most 63"),
        (b"x" * 70_000, "longer than"),
    ],
    ids=["zero", "negative", "case", "carriage return", "short", "base64", "no end", "bytes", "many", "long"],
)
def test_a_request_in_another_spelling_is_refused(body: bytes, complaint: str) -> None:
    with pytest.raises(NoteError, match=complaint):
        parse_request(body)


def test_the_published_cosignature_has_its_layout_and_is_refused_under_another_key() -> None:
    stamped = base64.b64decode(PUBLISHED.rsplit(maxsplit=1)[-1])
    assert len(stamped) == 4 + 8 + 64
    assert int.from_bytes(stamped[4:12], "big") == PUBLISHED_TIME
    with pytest.raises(NoteError, match="no cosignature of witness"):
        verify_cosignature(PUBLISHED, note(LEAVES), key=replace(KEY, name="witness.example.com/w1"))


def test_openssl_alone_accepts_the_message_that_the_specification_spells_out(tmp_path: Path) -> None:
    text = Checkpoint(ORIGIN, 40, root_of(LEAVES)).text()
    stamped = base64.b64decode(cosign(text, name=NAME, private=PRIVATE, at=PUBLISHED_TIME).split()[-1])
    assert stamped[:12] == KEY.id + PUBLISHED_TIME.to_bytes(8, "big")
    pem = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "text").write_text(f"cosignature/v1\ntime 1679315147\n{text}", encoding="utf-8")
    (tmp_path / "signature").write_bytes(stamped[12:])
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature"
    subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=True)


@given(st.integers(0, 8 * 72 - 1))
@settings(deadline=None)
def test_one_flipped_bit_of_time_or_signature_is_refused(bit: int) -> None:
    text = note(LEAVES).partition("\n\n")[0] + "\n"
    stamped = bytearray(base64.b64decode(cosign(text, name=NAME, private=PRIVATE, at=NOON).split()[-1]))
    stamped[4 + bit // 8] ^= 1 << bit % 8
    line = f"— {NAME} {base64.b64encode(stamped).decode()}\n"
    with pytest.raises(NoteError, match=r"does not fit the checkpoint|says second"):
        verify_cosignature(line, text, key=KEY)


@pytest.mark.parametrize("line", ["", "- a AAAA\n", "— a AAAA", "— a  AAAA\n"], ids=["none", "dash", "end", "spaces"])
def test_a_malformed_cosignature_line_is_refused(line: str) -> None:
    with pytest.raises(NoteError):
        verify_cosignature(line, "x\n", key=KEY)


def test_a_cosignature_that_is_cut_is_refused() -> None:
    line = f"— {NAME} {base64.b64encode(KEY.id + bytes(71)).decode()}\n"
    with pytest.raises(NoteError, match="72 bytes, got 71"):
        verify_cosignature(line, "x\n", key=KEY)


def test_a_cosignature_has_a_time() -> None:
    with pytest.raises(NoteError, match="after 1970"):
        cosign("x\n", name=NAME, private=PRIVATE, at=0)


def test_a_witness_key_is_read_as_it_is_printed_and_is_no_log_key() -> None:
    assert parse_cosigner_key(KEY.text()) == KEY
    with pytest.raises(NoteError, match="signature type 01, expected 04"):
        parse_cosigner_key(VerifierKey(NAME, KEY.public).text())
    with pytest.raises(NoteError, match="its name and key give"):
        parse_cosigner_key(KEY.text().replace("/w1+", "/w2+"))
    with pytest.raises(NoteError, match="name\\+hex\\+base64"):
        parse_cosigner_key("w1")
    with pytest.raises(NoteError, match="32 bytes"):
        CosignerKey(NAME, b"")
