"""Archives of rules: what is taken, what is refused, and what an attacker packs."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

import pytest

from burgrave.detection.errors import ArchiveRefused
from burgrave.detection.rules import archives
from burgrave.detection.rules.archives import is_rule_path, opened, safe_path
from burgrave.detection.tests.house import zipped

pytestmark = pytest.mark.engine_only


def test_an_archive_gives_its_yaml_files_and_counts_what_else_it_held() -> None:
    found = opened(
        zipped({"sigma/rules/a.yml": "a", "sigma/b.YAML": "b", "sigma/README.md": "x", "sigma/.github/ci.yml": "y"}),
        name="sigma.zip",
    )
    assert [(each.path, each.source) for each in found.files] == [("sigma/b.YAML", b"b"), ("sigma/rules/a.yml", b"a")]
    assert (found.refused, found.passed_over) == ((), 2)


def test_a_single_file_is_taken_by_its_name() -> None:
    (found,) = opened(b"title: x", name="../x.yml").files
    assert (found.path, found.source) == ("x.yml", b"title: x")


def test_an_empty_archive_holds_nothing() -> None:
    assert opened(zipped({}), name="x.zip").files == ()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.yml", "etc/passwd.yml"),
        ("/abs/x.yml", "abs/x.yml"),
        ("c:\\windows\\x.yml", "c:/windows/x.yml"),
        ("a/\x00\x1b[31mb.yml", "a/[31mb.yml"),
        ("..", "unnamed.yml"),
    ],
    ids=["outside", "absolute", "backslashes", "control characters", "nothing left"],
)
def test_a_path_never_leads_outside(given: str, shown: str) -> None:
    assert safe_path(given) == shown


def test_a_name_that_stands_twice_keeps_both_files_apart() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.yml", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.yml", "2")
    assert [each.path for each in opened(out.getvalue(), name="x.zip").files] == ["a.yml", "a.yml (2)"]


def test_a_link_in_an_archive_is_refused_and_named() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("passwd.yml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.yml", "1")
    found = opened(out.getvalue(), name="x.zip")
    assert [each.path for each in found.files] == ["a.yml"]
    assert found.refused == (("passwd.yml", "it is a link; pack the file itself"),)


def test_an_encrypted_file_is_refused_and_named() -> None:
    packed = bytearray(zipped({"a.yml": "1"}))
    place = packed.index(b"PK\x01\x02") + 8
    packed[place : place + 2] = struct.pack("<H", 1)
    assert opened(bytes(packed), name="x.zip").refused == (("a.yml", "it is encrypted; pack it without a password"),)


def test_a_large_file_is_refused_and_the_others_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_FILE_BYTES", 10)
    found = opened(zipped({"a.yml": "x" * 11, "b.yml": "x" * 10}), name="x.zip")
    assert [each.path for each in found.files] == ["b.yml"]
    assert found.refused == (("a.yml", "the file has more than 10 bytes"),)


def test_a_bomb_is_refused_before_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_UNPACKED_BYTES", 1_000)
    with pytest.raises(ArchiveRefused, match="unpacks to more than 1,000 bytes"):
        opened(zipped({f"{n}.yml": "x" * 600 for n in range(2)}), name="x.zip")


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_FILES", 1)
    with pytest.raises(ArchiveRefused, match="holds 2 rule files; at most 1"):
        opened(zipped({"a.yml": "", "b.yml": ""}), name="x.zip")


@pytest.mark.parametrize("cut", [10, 60, -30], ids=["in the first head", "in the data", "in the directory"])
def test_a_damaged_archive_is_refused_with_a_sentence(cut: int) -> None:
    packed = zipped({"a.yml": "title: x" * 20})
    with pytest.raises(ArchiveRefused, match="cannot be opened"):
        opened(packed[:cut], name="x.zip")


def test_what_belongs_to_the_repository_is_no_rule() -> None:
    assert is_rule_path("rules/a.yml")
    assert not is_rule_path(".github/workflows/a.yml")
    assert not is_rule_path("rules/a.json")
