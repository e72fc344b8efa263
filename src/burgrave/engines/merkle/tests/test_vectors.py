import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from burgrave.engines.merkle import ProofError, leaf_hash, verify_consistency, verify_inclusion

Vector = dict[str, Any]

SHARED_DATA = Path(os.environ.get("BURGRAVE_SHARED_DATA", Path(__file__).parents[6] / "shared" / "data"))
VECTORS = SHARED_DATA / "merkle-vectors"
PLACEHOLDER = "sizes-are-equal-one-and-proof-is-empty.json"

pytestmark = [
    pytest.mark.engine_only,
    pytest.mark.skipif(not VECTORS.is_dir(), reason="the shared data folder with merkle-vectors is absent"),
]


def files(kind: str) -> list[Path]:
    return sorted((VECTORS / kind).rglob("*.json"))


def name(file: Path) -> str:
    return str(file.relative_to(VECTORS).with_suffix(""))


def load(file: Path) -> Vector:
    vector: Vector = json.loads(file.read_text(encoding="utf-8"))
    if file.name == PLACEHOLDER:
        vector |= {root: base64.b64encode(leaf_hash(decoded(vector[root]))) for root in ("root1", "root2")}
    return vector


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def path_of(vector: Vector) -> list[bytes]:
    return [decoded(each) for each in vector["proof"] or []]


def must_agree(vector: Vector, check: Callable[[], None]) -> None:
    if vector["wantErr"]:
        with pytest.raises(ProofError):
            check()
    else:
        check()


@pytest.mark.parametrize("file", files("inclusion"), ids=name)
def test_an_inclusion_vector_is_judged_as_published(file: Path) -> None:
    vector = load(file)
    leaf, root = decoded(vector["leafHash"]), decoded(vector["root"])
    must_agree(
        vector,
        lambda: verify_inclusion(leaf, vector["leafIdx"], vector["treeSize"], path_of(vector), root),
    )


@pytest.mark.parametrize("file", files("consistency"), ids=name)
def test_a_consistency_vector_is_judged_as_published(file: Path) -> None:
    vector = load(file)
    roots = decoded(vector["root1"]), decoded(vector["root2"])
    must_agree(vector, lambda: verify_consistency(vector["size1"], vector["size2"], path_of(vector), *roots))


@pytest.mark.parametrize("file", files("subtreeinclusion"), ids=name)
def test_a_subtree_inclusion_vector_is_an_inclusion_vector_of_a_smaller_tree(file: Path) -> None:
    vector = load(file)
    start, end = vector["start"], vector["end"]
    if not is_subtree(start, end):
        assert vector["wantErr"]
        return
    leaf, root = decoded(vector["leafHash"]), decoded(vector["root"])
    must_agree(
        vector,
        lambda: verify_inclusion(leaf, vector["leafIdx"] - start, end - start, path_of(vector), root),
    )


def is_subtree(start: int, end: int) -> bool:
    return start < end and start % (1 << (end - start - 1).bit_length()) == 0


@pytest.mark.parametrize("file", files("subtreeconsistency"), ids=name)
def test_a_subtree_consistency_vector_from_entry_0_is_a_consistency_vector(file: Path) -> None:
    vector = load(file)
    if vector["start"] or not vector["end"]:
        return  # not a proof of RFC 9162; SOURCE.md says why
    roots = decoded(vector["root1"]), decoded(vector["root2"])
    must_agree(vector, lambda: verify_consistency(vector["end"], vector["size"], path_of(vector), *roots))


@pytest.mark.parametrize("kind", ["consistency", "subtreeconsistency"])
def test_the_vector_with_placeholder_roots_is_refused_as_it_stands(kind: str) -> None:
    vector = json.loads((VECTORS / kind / "additional" / PLACEHOLDER).read_text(encoding="utf-8"))
    with pytest.raises(ProofError, match="a SHA-256 hash has 32 bytes, got 12"):
        verify_consistency(1, 1, [], decoded(vector["root1"]), decoded(vector["root2"]))


def test_no_vector_is_left_out_unnoticed() -> None:
    counts = {kind: len(files(kind)) for kind in ("inclusion", "consistency", "subtreeinclusion", "subtreeconsistency")}
    assert counts == {"inclusion": 98, "consistency": 98, "subtreeinclusion": 204, "subtreeconsistency": 118}
