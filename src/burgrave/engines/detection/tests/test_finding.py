"""Rule files found below folders, each once, and read whole up to the limit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from burgrave.engines.detection import RuleFault, RuleLimits
from burgrave.engines.detection.finding import found_files, read_files


def found(*paths: Path) -> list[Path]:
    faults: list[RuleFault] = []
    files = found_files(paths, faults)
    assert not faults
    return files


def test_a_file_and_a_link_to_it_are_one(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("a")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "b.yml").symlink_to(tmp_path / "a.yml")
    assert found(tmp_path) == [tmp_path / "a.yml"]
    assert found(tmp_path / "inner", tmp_path) == [tmp_path / "inner" / "b.yml"]


def test_a_folder_reached_by_two_ways_is_one(tmp_path: Path) -> None:
    (tmp_path / "rules" / "deep").mkdir(parents=True)
    (tmp_path / "rules" / "deep" / "a.yml").write_text("a")
    (tmp_path / "way").symlink_to(tmp_path / "rules")
    assert found(tmp_path / "way", tmp_path / "rules") == [tmp_path / "way" / "deep" / "a.yml"]


def test_folders_behind_links_are_not_entered(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.yml").write_text("a")
    (tmp_path / "rules" / "there").symlink_to(tmp_path / "other")
    (tmp_path / "rules" / "round").symlink_to(tmp_path / "rules")
    assert found(tmp_path / "rules") == []


def test_the_order_is_that_of_the_paths_also_from_the_folder_one_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b.yml", "a/z.yml", "a.yml", "a/b/c.YML", "a/note.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    monkeypatch.chdir(tmp_path)
    assert list(map(str, found(Path()))) == ["a.yml", "a/b/c.YML", "a/z.yml", "b.yml"]


def test_a_folder_that_goes_away_meanwhile_has_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    (tmp_path / "a.yml").write_text("a")
    real = os.scandir

    def scanned(folder: str) -> object:
        if folder.endswith("gone"):
            raise FileNotFoundError(2, "No such file or directory", folder)
        return real(folder)

    monkeypatch.setattr(os, "scandir", scanned)
    assert found(tmp_path) == [tmp_path / "a.yml"]


def test_a_link_that_leads_in_a_circle_is_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.yml").symlink_to(tmp_path / "a.yml")
    faults: list[RuleFault] = []
    assert read_files(found(tmp_path), RuleLimits(), faults) == []
    (fault,) = faults
    assert (fault.path.name, fault.line, fault.char) == ("a.yml", 1, None)
    assert fault.sentence.startswith("the file cannot be read: Too many levels")


def test_a_folder_named_as_a_file_that_is_replaced_by_one_is_a_fault(tmp_path: Path) -> None:
    faults: list[RuleFault] = []
    assert read_files([tmp_path], RuleLimits(), faults) == []
    assert faults[0].sentence == "the file cannot be read: Is a directory"


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 200_000, 299_999, 300_000])
def test_a_file_is_read_whole(tmp_path: Path, size: int) -> None:
    text = os.urandom(size)
    (tmp_path / "a.yml").write_bytes(text)
    assert read_files([tmp_path / "a.yml"], RuleLimits(file_bytes=300_000), []) == [(tmp_path / "a.yml", text)]


@pytest.mark.parametrize("limit", [0, 10, 65_535, 65_536, 299_998, 299_999])
def test_of_a_file_above_the_limit_one_byte_more_is_read(tmp_path: Path, limit: int) -> None:
    text = os.urandom(300_000)
    (tmp_path / "a.yml").write_bytes(text)
    ((_, read),) = read_files([tmp_path / "a.yml"], RuleLimits(file_bytes=limit), [])
    assert read == text[: limit + 1]


def test_what_comes_in_small_pieces_is_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yml").write_bytes(b"0123456789")
    real = os.read
    monkeypatch.setattr(os, "read", lambda handle, most: real(handle, min(most, 3)))
    ((_, read),) = read_files([tmp_path / "a.yml"], RuleLimits(), [])
    assert read == b"0123456789"
    ((_, start),) = read_files([tmp_path / "a.yml"], RuleLimits(file_bytes=4), [])
    assert start == b"01234"
