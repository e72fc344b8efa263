"""Releases of ATT&CK out of STIX bundles: what is read, bit by bit, and what is refused with which sentence."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.attack import bundles
from burgrave.engines.attack.bundles import Bundle
from burgrave.engines.attack.errors import AttackFileError
from burgrave.engines.attack.releases import MOST_TECHNIQUES, read_release
from burgrave.engines.attack.terms import Catalogue, Tactic, Technique, TechniqueState
from burgrave.engines.attack.tests.bundles import TECHNIQUES, bundle, matrix, technique


def release(content: bytes) -> Catalogue:
    return read_release(io.BytesIO(content)).catalogue


def test_a_release_has_tactics_in_the_order_of_its_matrix_and_techniques_with_what_became_of_them() -> None:
    content = bundle()
    found = read_release(io.BytesIO(content))
    assert (found.sha256, found.size_bytes) == (sha256(content).hexdigest(), len(content))
    told = found.catalogue
    assert told.version == "99.1"
    assert told.tactics == (Tactic(name="execution", title="Execution"), Tactic(name="defense evasion", title="Hiding"))
    assert list(told.techniques) == sorted(TECHNIQUES)
    assert told.techniques["T1059.001"] == Technique(
        id="T1059.001", name="Shell of power", tactics=("execution", "defense evasion"), platforms=("Windows",)
    )
    assert told.techniques["T1086"].successor == "T1059.001"
    assert told.techniques["T1087"].successor == ""
    assert told.techniques["T1100"].state is TechniqueState.DEPRECATED
    assert told.techniques["T1059"].successor == ""
    assert told.now("T1086") == "T1059.001"


def test_an_identifier_that_was_given_again_is_the_technique_that_holds() -> None:
    old, new = technique("T1003", "Old", revoked=True, id="attack-pattern--old"), technique("T1003", "New")
    for order in ((old, new), (new, old)):
        assert release(bundle(*order)).techniques["T1003"].name == "New"


def test_what_is_no_technique_of_the_enterprise_is_passed_over() -> None:
    strange: list[Any] = [
        {"type": 7},
        {"type": "attack-pattern"},
        {
            "type": "attack-pattern",
            "external_references": [3, {"source_name": "mitre-attack", "external_id": "CAPEC-1"}],
        },
        {"type": "x-mitre-tactic"},
        {"type": "x-mitre-matrix", "external_references": "x"},
        {"type": "relationship", "relationship_type": "uses"},
        {"type": "relationship", "relationship_type": "revoked-by", "source_ref": "x", "target_ref": "y"},
    ]
    assert release(bundle(*strange)) == release(bundle())


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_blocks_of_any_size_give_the_same(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = release(bundle(technique("T1003", "Ünïcødé 密码")))
    monkeypatch.setattr(bundles, "BLOCK_BYTES", size)
    assert release(bundle(technique("T1003", "Ünïcødé 密码"))) == whole


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "expected {, got –"),
        (b"[]", r"expected {, got '\[\]'"),
        (b"{}", "its type does not say so"),
        (b'{"type": "bundle", "objects": []} x', "behind the end"),
        (b'{"type": "bundle" "objects": []}', "expected ,, got"),
        (b'{"type" "bundle"}', "expected :, got"),
        (b'{"type": "bundle", "objects": {}}', r"expected \[, got"),
        (b'{"type": "bundle", "objects": [7]}', "an object of the bundle is none"),
        (b'{"type": "bundle", "objects": [{} {}]}', "expected ,, got"),
        (b'{"type": "bundle", "objects": [{"a": "', "around byte .*: the file is cut off"),
        (b'{"type": "bundle", "objects": [' + b"[" * 100_000, "nested too deep"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "a number of no use"),
        (b'{"a": "\xff"}', "no UTF-8 text"),
        (b'{"type": "bundle", "objects": []}', "no matrix of ATT&CK for enterprises"),
        (json.dumps({"type": "bundle", "objects": [matrix()]}).encode(), "no technique of ATT&CK"),
        (json.dumps({"type": "report", "objects": []}).encode(), "its type does not say so"),
    ],
    ids=str,
)
def test_a_bad_bundle_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(AttackFileError, match=sentence):
        release(content)


def test_a_bundle_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [technique(f"T{number // 1000:04}.{number % 1000:03}", "x") for number in range(MOST_TECHNIQUES + 1)]
    with pytest.raises(AttackFileError, match="at most 10,000 techniques"):
        release(bundle(*many))
    monkeypatch.setattr(bundles, "MOST_OBJECTS", 2)
    with pytest.raises(AttackFileError, match="at most 2 objects"):
        release(bundle())
    monkeypatch.undo()
    monkeypatch.setattr(bundles, "BLOCK_BYTES", 10)
    monkeypatch.setattr(bundles, "LONGEST_VALUE", 20)
    with pytest.raises(AttackFileError, match="too long"):
        release(bundle())
    monkeypatch.setattr(bundles, "MOST_BUNDLE_BYTES", 15)
    with pytest.raises(AttackFileError, match="at most 15 bytes"):
        release(bundle())


@given(st.integers(0, len(bundle())), st.binary(max_size=4))
def test_damage_anywhere_ends_in_a_release_or_in_the_named_error(at: int, damage: bytes) -> None:
    content = bundle()[:at] + damage + bundle()[at + len(damage) :]
    with suppress(AttackFileError):
        for each in Bundle(io.BytesIO(content)).objects():
            assert isinstance(each, dict)
        assert read_release(io.BytesIO(content)).catalogue.techniques


def test_the_real_release_is_read_whole(shared_data: Path) -> None:
    with (shared_data / "mitre-attack" / "enterprise-attack-18.1-subset.stix20.json").open("rb") as file:
        found = read_release(file).catalogue
    assert len(found.techniques) == 835
    assert [each.title for each in found.tactics][::13] == ["Reconnaissance", "Impact"]
    assert sum(each.state is TechniqueState.REVOKED for each in found.techniques.values()) == 132
    assert found.techniques["T1059.001"].tactics == ("execution",)
    used = {tactic for each in found.techniques.values() for tactic in each.tactics}
    assert used <= {each.name for each in found.tactics} | {""}
