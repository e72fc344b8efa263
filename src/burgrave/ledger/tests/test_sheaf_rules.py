"""Leaves in sheaves are byte for byte those of single records, and come apart as they were bound."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.canonical import canonical_json
from burgrave.engines.evidence import commit
from burgrave.engines.merkle import leaf_hash, root_of
from burgrave.ledger import errors, rules
from burgrave.ledger.rules import ids, leaves, writing
from burgrave.ledger.terms import RecordId, Sealed
from burgrave.ledger.tests.house import NOON, Heard, Seen

VALUES = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.booleans(),
    st.none(),
    st.uuids(),
    st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 9)),
)
RECORDS = st.lists(
    st.builds(
        lambda class_, value, remark, about: class_(
            value=value, remark=None if remark is None else Sealed(remark), doors=tuple(about)
        ),
        st.sampled_from([Seen, Heard]),
        VALUES,
        st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]))),
        st.lists(st.integers(0, 5), unique=True, max_size=3),
    ),
    min_size=1,
    max_size=20,
)


def slow_leaf(record: Seen, record_id: RecordId, *, name: str) -> bytes:
    """The leaf as the README says it, written by the canonical writer alone, with the salt that the test gives."""

    def plain(value: Any) -> Any:
        if isinstance(value, Sealed):
            return {"sealed": commit(b"\x07" * 16, value.value.replace("\0", "\N{SYMBOL FOR NULL}"))}
        return str(value) if isinstance(value, UUID) else value

    body = {field: plain(getattr(record, field)) for field in ("value", "remark", "doors")}
    return canonical_json(
        {
            "v": 1,
            "id": str(record_id),
            "kind": record.kind,
            "at": "2026-03-02T12:00:00.000000Z",
            "actor": '100 % "system"',
            "subjects": record.subjects(),
            "body": {**body, "actor_name": plain(Sealed(name))} if name else body,
        }
    )


@given(records=RECORDS, name=st.sampled_from(["", "Alice Amsel", "王芳"]))
def test_leaves_and_root_are_those_of_single_records(records: list[Seen], name: str) -> None:
    """With one salt for all, since chance is what the two differ in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing.secrets, "token_bytes", lambda count: b"\x07" * count)
        bound = rules.bind_all(records, actor_label='100 % "system"', actor_name=name, at=NOON)
        own_ids = [RecordId(UUID(each)) for sheaf in bound for each in sheaf.record_ids]
        single = [
            rules.write(record, record_id=record_id, actor_label='100 % "system"', actor_name=name, at=NOON)
            for record, record_id in zip(records, own_ids, strict=True)
        ]
    found = [leaf for sheaf in bound for leaf in sheaf.leaves]
    assert found == [each.leaf for each in single]
    assert found == [slow_leaf(record, own, name=name) for record, own in zip(records, own_ids, strict=True)]
    assert root_of([*map(leaf_hash, found)]) == root_of([leaf_hash(each.leaf) for each in single])
    assert [own for sheaf in bound for own in sheaf.subjects] == [each.subjects for each in single]
    for leaf, each in zip(found, single, strict=True):
        assert rules.subjects_of(leaf) == each.subjects
    opened = [
        own
        for sheaf in bound
        for own in rules.unbound_openings(
            {name: (salts, rules.bound_values(values)) for name, (salts, values) in sheaf.openings.items()}
            if len(sheaf.leaves) > 1
            else {name: (salts, values[0] or "") for name, (salts, values) in sheaf.openings.items()},
            len(sheaf.leaves),
        )
    ]
    assert opened == [each.openings for each in single]


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5),
    salt=st.binary(min_size=16, max_size=16),
)
def test_commitments_are_those_of_the_library(texts: list[str], salt: bytes) -> None:
    assert leaves.commitments_to(salt * len(texts), texts) == [bytes.fromhex(commit(salt, text)) for text in texts]


def test_ids_in_text_grow_and_say_when(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids.secrets, "randbits", lambda _bits: 2**20 - 5)
    grown = [UUID(each) for each in ids.id_texts(70_000, at=NOON)]
    assert grown == sorted(set(grown))
    assert {each.version for each in grown} == {7}
    assert {each.variant for each in grown} == {UUID(int=2**63).variant}
    assert {each.int >> 80 for each in grown} == {int(NOON.timestamp() * 1000)}


@given(leaves=st.lists(st.binary(max_size=40), min_size=2, max_size=9), data=st.data())
def test_what_is_bound_comes_apart_again_and_nothing_else_does(leaves: list[bytes], data: st.DataObject) -> None:
    row = rules.bound(leaves)
    assert rules.unbound(row, len(leaves)) == leaves
    count = data.draw(st.integers(1, 12).filter(lambda count: count not in {1, len(leaves)}))
    with pytest.raises(errors.LeafEdited, match=f"a row of {count} records"):
        rules.unbound(row, count)
    with pytest.raises(errors.LeafEdited):
        rules.unbound(row + b"\0", len(leaves))


@given(
    named=st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=3, unique=True), max_size=40),
    first=st.integers(0, 2**15 - 50),
)
def test_keys_find_what_they_were_made_of(named: list[list[str]], first: int) -> None:
    block = b"".join(key for _, key in rules.keys_of(named, first=first))
    slots = rules.merged([block[: len(block) // 20 * 10], block[len(block) // 20 * 10 :]])
    for subject in "abcdefgh":
        expected = [place for place, own in enumerate(named, first) if subject in own]
        assert rules.offsets(block, subject) == expected
        assert rules.offsets(slots.get(rules.slot_of(subject), b""), subject) == expected
