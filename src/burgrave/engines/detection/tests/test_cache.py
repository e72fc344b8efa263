"""Loaded rules that are kept: found again while nothing changed, and never believed when damaged."""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from burgrave.engines.detection import RuleLimits, RuleSet, cache, load_rules, loading

from .conftest import rule_text

RULE = rule_text(
    "s: {Image|endswith: \\a.exe, User|re: '^b+$', Note|cased: Ä}\nn: {EventID|lt: 5}\nk: [x, 'y*z']\n"
    "condition: (s and not n) or k",
    more="author: Ada\ntags: [attack.t1059]\nlevel: high",
)

KEYWORD = rule_text("s: [q]\ncondition: s")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "good.yml").write_text(RULE, encoding="utf-8")
    (folder / "two.yml").write_text(f"{RULE}\n---\n{KEYWORD}", encoding="utf-8")
    (folder / "bad.yml").write_text("title: T\n", encoding="utf-8")
    return folder


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read from YAML."""
    seen: list[Path] = []
    real = loading._load_file

    def counted(path: Path, data: bytes, limits: RuleLimits) -> object:
        seen.append(path)
        return real(path, data, limits)

    monkeypatch.setattr(loading, "_load_file", counted)
    return seen


def same(one: RuleSet, other: RuleSet) -> bool:
    parts = [[(rule.expression, rule.yaml) for rule in each.rules] for each in (one, other)]
    return one == other and parts[0] == parts[1]


def only(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


def test_what_was_loaded_once_is_found_again(rules: Path, tmp_path: Path, parsed: list[Path]) -> None:
    folder = tmp_path / "kept" / "here"
    plain = load_rules([rules])
    assert plain.rules
    assert plain.faults
    del parsed[:]
    assert same(load_rules([rules], kept_in=folder), plain)
    assert len(parsed) == 3
    assert same(load_rules([rules], kept_in=folder), plain)
    assert len(parsed) == 3
    assert only(folder).stat().st_mode & 0o777 == 0o600


def _other_bytes(rules: Path) -> None:
    (rules / "good.yml").write_text(RULE.replace("b+", "c+"), encoding="utf-8")


def _other_name(rules: Path) -> None:
    (rules / "good.yml").rename(rules / "fine.yml")


def _one_more(rules: Path) -> None:
    (rules / "more.yml").write_text(KEYWORD.replace("q", "r"), encoding="utf-8")


def _one_less(rules: Path) -> None:
    (rules / "bad.yml").unlink()


def _same_size_and_time(rules: Path) -> None:
    before = (rules / "good.yml").stat()
    _other_bytes(rules)
    os.utime(rules / "good.yml", ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", [_other_bytes, _other_name, _one_more, _one_less, _same_size_and_time])
def test_changed_files_are_loaded_anew(
    rules: Path, tmp_path: Path, parsed: list[Path], change: Callable[[Path], None]
) -> None:
    load_rules([rules], kept_in=tmp_path / "kept")
    change(rules)
    del parsed[:]
    assert same(load_rules([rules], kept_in=tmp_path / "kept"), load_rules([rules]))
    assert len(parsed) == 2 * len(list(rules.iterdir()))


def test_other_limits_are_another_key(rules: Path, tmp_path: Path) -> None:
    load_rules([rules], kept_in=tmp_path / "kept")
    found = load_rules([rules], limits=RuleLimits(regex_chars=1), kept_in=tmp_path / "kept")
    assert not any(rule.title == "T" and rule.author for rule in found.rules)


def test_another_engine_is_another_key(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [(rules / "good.yml", b"x")]
    before = cache.key_of(files, RuleLimits())
    monkeypatch.setattr(cache, "engine_mark", lambda: "another")
    assert cache.key_of(files, RuleLimits()) != before


def _forged(body: bytes) -> Callable[[bytes], bytes]:
    """The file with another body and the right digest."""

    def forge(data: bytes) -> bytes:
        magic, key, _ = data.split(b"\n", 1)[0].split(b" ")
        return b" ".join([magic, key, hashlib.sha256(body).hexdigest().encode()]) + b"\n" + body

    return forge


def _body(tests: object, *listed: object) -> bytes:
    return orjson.dumps([tests, list(listed)])


RULE_HEAD = [0, 1, 0, ["x"] * 9, [[], [], []], ["", "", ""]]
TEST = [["Image"], ["equals"], [["a"]], [False]]
DEEP: list[object] = ["and", 0]
for _ in range(230):
    DEEP = ["and", DEEP]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data.replace(b"Ada", b"Eve"),
        lambda data: b"burgrave-rules-0" + data[16:],
        lambda data: b"\xff" + data,
        _forged(b"{"),
        _forged(b"7"),
        _forged(_body([["Image"], ["no such kind"], [[]], [False]])),
        _forged(_body([["Image"], [["equals"]], [["a"]], [False]])),
        _forged(_body([["Image"], ["equals"], [[5]], [False]])),
        _forged(_body([["Image"], ["equals"], ["a"], [False]])),
        _forged(_body([["Image"], ["equals"], [["a"]], [0]])),
        _forged(_body([["Image", "User"], ["equals"], [["a"]], [False]])),
        _forged(_body([["Image"], ["equals"], [["a"]]])),
        _forged(_body([[5], ["equals"], [["a"]], [False]])),
        _forged(_body(TEST, [99, 1, None, "x"])),
        _forged(_body(TEST, [-1, 1, None, "x"])),
        _forged(_body(TEST, [True, 1, None, "x"])),
        _forged(_body(TEST, [0, 1, "x", "x"])),
        _forged(_body(TEST, [0, 1, None, 5])),
        _forged(_body(TEST, [*RULE_HEAD, 9])),
        _forged(_body(TEST, [*RULE_HEAD, -1])),
        _forged(_body(TEST, [*RULE_HEAD, ["xor", 0]])),
        _forged(_body(TEST, [*RULE_HEAD, ["not", 0, 0]])),
        _forged(_body(TEST, [*RULE_HEAD, ["and", -1]])),
        _forged(_body(TEST, [*RULE_HEAD, DEEP])),
        _forged(_body(TEST, [0, 1, 0, ["x"] * 7, [[], [], []], ["", "", ""], 0])),
        _forged(_body(TEST, [0, 1, 0, ["x"] * 9, [[], []], ["", "", ""], 0])),
        _forged(_body(TEST, [0, 1, 0, ["x"] * 9, [[], [], [5]], ["", "", ""], 0])),
        _forged(_body(TEST, [0, 1, 0, [*["x"] * 8, None], [[], [], []], ["", "", ""], 0])),
        _forged(_body(TEST, [0, 1, 0, ["x"] * 9, [[], [], []], ["", ""], 0])),
        _forged(_body(TEST, [0, 1, 0, ["x"] * 9, [[], [], []], ["", "", None], 0])),
    ],
)
def test_a_damaged_file_is_not_believed_and_made_anew(
    rules: Path, tmp_path: Path, parsed: list[Path], damage: Callable[[bytes], bytes]
) -> None:
    folder = tmp_path / "kept"
    whole = load_rules([rules], kept_in=folder)
    good = only(folder).read_bytes()
    only(folder).write_bytes(damage(good))
    del parsed[:]
    assert same(load_rules([rules], kept_in=folder), whole)
    assert len(parsed) == 3
    assert only(folder).read_bytes() == good


def test_a_folder_that_cannot_be_written_changes_nothing(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert same(load_rules([rules], kept_in=tmp_path / "file" / "kept"), load_rules([rules]))


def test_the_oldest_files_go(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST_KEPT", 2)
    for number in range(4):
        (rules / "more.yml").write_text(rule_text(f"s: {{Image: a{number}}}\ncondition: s"))
        load_rules([rules], kept_in=tmp_path / "kept")
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_garbage_is_collected_again_afterwards(rules: Path, tmp_path: Path) -> None:
    for _ in range(2):
        load_rules([rules], kept_in=tmp_path)
    assert gc.isenabled()
    gc.disable()
    try:
        load_rules([rules], kept_in=tmp_path)
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.fixture
def unfrozen() -> Iterator[None]:
    """No object is frozen, as in a program that does not do so; those of the test session are again afterwards."""
    gc.unfreeze()
    yield
    gc.freeze()


@pytest.mark.usefixtures("unfrozen")
def test_what_was_found_again_is_old_and_not_walked_among_the_young(rules: Path, tmp_path: Path) -> None:
    load_rules([rules], kept_in=tmp_path)
    found = load_rules([rules], kept_in=tmp_path)
    old = {id(each) for each in gc.get_objects(generation=2)}
    assert {id(rule.expression) for rule in found.rules} <= old
    assert not gc.get_freeze_count()


@pytest.mark.usefixtures("unfrozen")
def test_what_was_frozen_stays_frozen(rules: Path, tmp_path: Path) -> None:
    load_rules([rules], kept_in=tmp_path)
    gc.freeze()
    frozen = gc.get_freeze_count()
    load_rules([rules], kept_in=tmp_path)
    assert gc.get_freeze_count() > frozen / 2  # a frozen object may go when nobody holds it


def test_rules_of_one_log_source_share_it(rules: Path, tmp_path: Path) -> None:
    for _ in range(2):
        found = load_rules([rules], kept_in=tmp_path)
    assert len({rule.logsource for rule in found.rules}) == len({id(rule.logsource) for rule in found.rules})
