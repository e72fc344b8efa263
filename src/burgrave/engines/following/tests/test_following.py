"""Files that grow: every byte once, through rotation, truncation and a kill between."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from burgrave.engines.following import Mark, again, taken

pytestmark = pytest.mark.engine_only


class Reader:
    """Takes what comes, and keeps how far it was."""

    def __init__(self, path: Path, most_bytes: int = 1_000) -> None:
        self.path = path
        self.most_bytes = most_bytes
        self.mark: Mark | None = None
        self.cut = 0

    def more(self) -> bytes:
        found = b""
        for each in taken(self.path, self.mark, most_bytes=self.most_bytes):
            found += each.payload
            self.mark = each.after
            self.cut += each.cut
        return found


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


def append(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text)


def test_whole_lines_are_taken_and_a_half_one_waits(log: Path) -> None:
    reader = Reader(log)
    assert reader.more() == b""
    append(log, b"one\ntw")
    assert reader.more() == b"one\n"
    append(log, b"o\nthree\n")
    assert reader.more() == b"two\nthree\n"
    assert reader.more() == b""


def test_a_file_that_is_rotated_away_is_read_to_its_end_and_the_new_one_from_its_beginning(log: Path) -> None:
    reader = Reader(log)
    append(log, b"one\n")
    assert reader.more() == b"one\n"
    append(log, b"last\nhalf")
    log.rename(log.with_name("app.log.1"))
    append(log, b"new\n")
    assert reader.more() == b"last\nhalfnew\n"
    assert reader.more() == b""
    append(log, b"newer\n")
    assert reader.more() == b"newer\n"


def test_a_file_that_was_cut_short_is_read_anew(log: Path) -> None:
    reader = Reader(log)
    append(log, b"one\ntwo\n")
    reader.more()
    log.write_bytes(b"x\n")
    assert reader.more() == b"x\n"
    log.write_bytes(b"something else that is longer\n")
    assert reader.more() == b"something else that is longer\n"


def test_a_rotated_file_that_is_gone_or_packed_leaves_only_the_new_one(log: Path) -> None:
    reader = Reader(log)
    append(log, b"one\n")
    reader.more()
    log.with_name("app.log.2.gz").write_bytes(gzip.compress(b"old"))
    log.rename(log.with_name("moved"))
    append(log, b"new\n")
    assert reader.more() == b"new\n"
    assert Reader(log.with_name("app.log.2.gz")).more() == b""
    assert Reader(log.parent).more() == b""


def test_a_line_without_an_end_is_cut_and_the_file_goes_on(log: Path) -> None:
    reader = Reader(log, most_bytes=10)
    append(log, b"x" * 25 + b"\nshort\n")
    assert reader.more() == b"x" * 25 + b"\nshort\n"
    assert reader.cut == 2


def test_what_was_taken_and_perhaps_not_kept_is_given_again(log: Path) -> None:
    append(log, b"one\n")
    (first,) = taken(log, None, most_bytes=100)
    append(log, b"two\n")
    found = again(log, first.before, 4)
    assert found is not None
    assert (found.payload, found.after.offset) == (b"one\n", 4)
    log.rename(log.with_name("app.log.1"))
    assert again(log, first.before, 4) is not None
    assert again(log, first.before, 99) is None
    log.with_name("app.log.1").unlink()
    append(log, b"other\n")
    assert again(log, first.before, 4) is None
