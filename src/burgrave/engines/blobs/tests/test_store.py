from __future__ import annotations

import os
import stat
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.engines.blobs import CHUNK_BYTES, BlobDamaged, BlobError, BlobMissing, Blobs, Digest

ABSENT = "0" * 64


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "files")


def put(blobs: Blobs, content: bytes) -> Digest:
    with blobs.writer() as writer:
        writer.write(content)
        return writer.finish()


def everything_in(blobs: Blobs) -> list[Path]:
    return [path for path in blobs.root.rglob("*") if path.is_file()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(chunks=st.lists(st.binary(max_size=200), max_size=5))
def test_what_is_written_in_chunks_is_read_back_under_its_digest(blobs: Blobs, chunks: list[bytes]) -> None:
    content = b"".join(chunks)
    with blobs.writer() as writer:
        for chunk in chunks:
            assert writer.write(chunk) == len(chunk)
        assert writer.size_bytes == len(content)
        digest = writer.finish()
    assert digest == Digest(sha256(content).hexdigest(), len(content))
    with blobs.open(digest.sha256) as file:
        assert file.read() == content
    assert b"".join(blobs.checked(digest.sha256)) == content
    assert blobs.check(digest.sha256) == digest
    assert blobs.size_bytes(digest.sha256) == len(content)


def test_only_the_owner_reads_and_nobody_writes(blobs: Blobs) -> None:
    path = blobs.path(put(blobs, b"x").sha256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o400


def test_equal_bytes_are_kept_once_and_become_young_again(blobs: Blobs) -> None:
    digest = put(blobs, b"same")
    os.utime(blobs.path(digest.sha256), (1, 1))
    assert put(blobs, b"same") == digest
    ((name, changed),) = blobs.digests()
    assert name == digest.sha256
    assert changed > 1
    assert len(everything_in(blobs)) == 1


def test_discarded_bytes_leave_nothing(blobs: Blobs) -> None:
    writer = blobs.writer()
    writer.write(b"half")
    assert len(list(blobs.incoming())) == 1
    writer.discard()
    writer.discard()
    assert everything_in(blobs) == []
    with pytest.raises(BlobError, match="finished or discarded"):
        writer.write(b"more")


def test_an_error_on_the_way_leaves_nothing(blobs: Blobs) -> None:
    def broken() -> None:
        with blobs.writer() as writer:
            writer.write(b"half")
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        broken()
    assert everything_in(blobs) == []


def test_what_is_finished_is_not_discarded(blobs: Blobs) -> None:
    with blobs.writer() as writer:
        digest = writer.finish()
        with pytest.raises(BlobError, match="finished"):
            writer.finish()
    assert blobs.exists(digest.sha256)


def test_missing_bytes_are_named(blobs: Blobs) -> None:
    assert not blobs.exists(ABSENT)
    for read in (blobs.open, blobs.size_bytes, blobs.check):
        with pytest.raises(BlobMissing, match=ABSENT):
            read(ABSENT)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64 + "/"])
def test_what_is_no_digest_leads_nowhere(blobs: Blobs, name: str) -> None:
    with pytest.raises(BlobMissing, match="is not a SHA-256"):
        blobs.path(name)


@pytest.mark.parametrize(("sha", "size"), [("zz", 1), (ABSENT, -1)], ids=["text", "size"])
def test_an_impossible_digest_is_refused(sha: str, size: int) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        Digest(sha, size)


def test_damaged_bytes_are_never_given_whole(blobs: Blobs) -> None:
    content = os.urandom(CHUNK_BYTES + 10)
    digest = put(blobs, content)
    path = blobs.path(digest.sha256)
    path.chmod(0o600)
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    given_out: list[bytes] = []
    with pytest.raises(BlobDamaged, match="have the SHA-256"):
        given_out.extend(blobs.checked(digest.sha256))
    assert b"".join(given_out) == content[:CHUNK_BYTES]
    with pytest.raises(BlobDamaged):
        blobs.check(digest.sha256)


def test_removed_bytes_are_gone(blobs: Blobs) -> None:
    digest = put(blobs, b"x")
    blobs.remove(digest.sha256)
    blobs.remove(digest.sha256)
    assert not blobs.exists(digest.sha256)


def test_other_files_in_the_folder_are_not_taken_for_blobs(blobs: Blobs) -> None:
    put(blobs, b"x")
    stray = blobs.root / "ab" / "cd"
    stray.mkdir(parents=True)
    (stray / "notes.txt").write_text("")
    assert len(list(blobs.digests())) == 1
