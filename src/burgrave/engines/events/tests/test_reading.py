"""The door: files that are refused as a whole, and the limits."""

import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest

from burgrave.engines.events import (
    Archive,
    BrokenCompression,
    CannotOpen,
    EmptyFile,
    EventFileError,
    Limits,
    LogSource,
    NotAnEventFile,
    TooLarge,
    UnknownTable,
    read_events,
)

LINE = b'{"EventID": 1, "Channel": "Security"}\n'


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\x00" * 1_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "refusal", "sentence"),
    [
        (b"", EmptyFile, "is empty"),
        (bytes(5000), EmptyFile, "nothing but zeros"),
        (zipped(), Archive, "is a zip archive; unpack it first"),
        (b"7z\xbc\xaf\x27\x1c....", Archive, "is a 7-Zip archive"),
        (gzip.compress(gzip.compress(LINE)), Archive, "gzip inside gzip"),
        (gzip.compress(zipped()), Archive, "is a zip archive"),
        (b"MZ\x90\x00", NotAnEventFile, "is a Windows program"),
        (b"<html></html>", NotAnEventFile, "is XML that holds no Windows events"),
        (b"PAR1....", NotAnEventFile, "is a Parquet file"),
        (b"time,host\n1,2\n", UnknownTable, "is a table whose columns no mapping knows: time, host"),
        (gzip.compress(LINE * 100)[:-20], BrokenCompression, "ends before its last member"),
        (gzip.compress(LINE)[:10] + b"\xff" * 40, BrokenCompression, "damaged gzip"),
    ],
    ids=[
        "empty",
        "zeros",
        "zip",
        "7z",
        "gzip in gzip",
        "zip in gzip",
        "program",
        "XML",
        "Parquet",
        "CSV",
        "gzip cut off",
        "gzip damaged",
    ],
)
def test_a_foreign_file_is_refused_by_name(
    tmp_path: Path, content: bytes, refusal: type[EventFileError], sentence: str
) -> None:
    path = tmp_path / "given.evtx"
    path.write_bytes(content)
    with pytest.raises(refusal, match=sentence) as caught:
        list(read_events(path))
    assert str(path) in str(caught.value)


def test_a_gzip_bomb_is_stopped_by_its_ratio(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(LINE + b" " * 40_000_000))
    with pytest.raises(TooLarge, match="more than 200 times its size"):
        list(read_events(path))


def test_a_gzip_file_is_stopped_at_the_unpacked_size(tmp_path: Path) -> None:
    path = tmp_path / "big.gz"
    path.write_bytes(gzip.compress(LINE * 1000))
    with pytest.raises(TooLarge, match="unpacks to more than 1,000 bytes"):
        list(read_events(path, limits=Limits(expanded_bytes=1000)))


def test_gzip_members_one_after_another_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "two.gz"
    path.write_bytes(gzip.compress(LINE) + gzip.compress(LINE) + bytes(10))
    assert len(list(read_events(path))) == 2


def test_what_stands_before_the_damage_of_a_gzip_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(LINE) + gzip.compress(LINE)[:-3])
    events = read_events(path)
    assert [next(events), next(events)]
    with pytest.raises(BrokenCompression):
        next(events)


def test_a_file_beyond_the_size_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(LINE * 10)
    with pytest.raises(TooLarge, match="at most 100 are read"):
        list(read_events(path, limits=Limits(file_bytes=100)))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="does not exist"):
        list(read_events(tmp_path / "absent"))
    with pytest.raises(CannotOpen, match="is not a regular file"):
        list(read_events(tmp_path))


def test_a_failing_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    path.write_bytes(LINE)

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", lambda *_: Broken())
    with pytest.raises(CannotOpen, match=r"reading .* failed: Input/output error"):
        list(read_events(path))


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    path.write_bytes(LINE)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(CannotOpen, match="cannot be opened: Permission denied"):
        list(read_events(path))


def test_a_file_that_grows_while_it_is_read_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    path.write_bytes(LINE)
    monkeypatch.setattr(Path, "open", lambda *_: io.BytesIO(LINE * 100))
    with pytest.raises(TooLarge, match="has more than 100 bytes, the most that is read"):
        list(read_events(path, limits=Limits(file_bytes=100)))


def test_a_large_gzip_file_is_read_block_by_block(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    noise = b"".join(b'{"A": "%s"}\n' % os.urandom(300).hex().encode() for _ in range(3_000))
    path.write_bytes(gzip.compress(noise))
    assert path.stat().st_size > 256 * 1024
    assert len(list(read_events(path))) == 3_000


def test_a_log_source_without_parts_is_none() -> None:
    assert not LogSource()
    assert LogSource(service="auditd")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "closed"
    path.write_bytes(LINE)
    path.chmod(0)
    with pytest.raises(CannotOpen, match="cannot be opened: Permission denied"):
        list(read_events(path))


def test_a_first_line_of_garbage_does_not_hide_the_lines_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"garbage\n" + LINE)
    assert len(list(read_events(path))) == 2


def test_limits_refuse_what_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the limit depth must be at least 1, got 0"):
        Limits(depth=0)
    assert all(sentence.endswith(".") for sentence in Limits().sentences())


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    tracemalloc = pytest.importorskip("tracemalloc")
    path = tmp_path / "log"
    path.write_bytes(LINE.replace(b"}", b', "A": "' + b"x" * 1_000 + b'"}') * 10_000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_events(path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 10_000
    assert peak < 4_000_000 < path.stat().st_size
