from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.assets import errors
from burgrave.assets.rules.duplicates import Assessed, merge, moved_edges, pairs, tells
from burgrave.assets.terms import (
    TEXT_MAX,
    AssetFacts,
    AssetType,
    DependencyKind,
    IdentifierKind,
    Lifecycle,
    Need,
)
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

UNIT, OTHER_UNIT = UnitId(UUID(int=100)), UnitId(UUID(int=101))
A, B, C, D = (UUID(int=each) for each in range(1, 5))
ADA, BO = PersonId(UUID(int=201)), PersonId(UUID(int=202))
HOST, SERIAL = IdentifierKind.HOSTNAME, IdentifierKind.SERIAL
RUNS, LIES = DependencyKind.RUNS_ON, DependencyKind.LOCATED_IN


def assessed(lowered: int = 0, reason: str = "", need: int = 0, **facts: object) -> Assessed:
    given_facts = {"name": "Mail", "type": AssetType.SYSTEM, "unit_id": UNIT} | facts
    return Assessed(
        facts=AssetFacts(**given_facts),  # type: ignore[arg-type]
        lowered=Need(integrity=lowered),
        lowered_reason=reason,
        need=Need(integrity=need),
    )


@pytest.mark.parametrize(
    ("kind", "type_", "told"),
    [
        (HOST, AssetType.SYSTEM, True),
        (IdentifierKind.CPE, AssetType.SYSTEM, False),
        (IdentifierKind.PURL, AssetType.DEVICE, False),
        (IdentifierKind.PURL, AssetType.SOFTWARE, True),
    ],
)
def test_what_names_a_product_tells_nothing_of_a_computer(
    kind: IdentifierKind, type_: AssetType, *, told: bool
) -> None:
    assert tells(kind, type_) is told


def test_the_oldest_is_paired_with_each_other_and_every_reason_is_kept() -> None:
    found = pairs(
        {(HOST, "m1"): [(2, B), (1, A), (3, C)], (SERIAL, "s"): [(1, A), (2, B)]},
        [(UNIT, "Mail", 1, A), (UNIT, "ＭＡＩＬ", 2, B), (OTHER_UNIT, "mail", 4, D), (UNIT, "Male", 5, C)],
    )
    assert found == {(A, B): (((HOST, "m1"), (SERIAL, "s")), True), (A, C): (((HOST, "m1"),), False)}


def test_the_survivor_keeps_its_facts_and_takes_what_it_lacks() -> None:
    kept = assessed(owner_id=ADA, description="One.", tags=("a",), reference="R1", own=Need(integrity=1))
    given_ = assessed(
        name="Post",
        owner_id=BO,
        custodian_id=BO,
        description="Two.",
        tags=("a", "b"),
        reference="R2",
        own=Need(confidentiality=2),
        personal_data=True,
        value_minor=500,
        currency="EUR",
        identifiers=((HOST, "m1"),),
    )
    plan = merge(kept, given_)
    facts = plan.facts
    assert (facts.name, facts.owner_id, facts.custodian_id, facts.reference) == ("Mail", ADA, BO, "R1")
    assert (facts.description, facts.tags, facts.own) == (
        "One.\n\nTwo.",
        ("a", "b"),
        Need(confidentiality=2, integrity=1),
    )
    assert (facts.personal_data, facts.value_minor, facts.currency) == (True, 500, "EUR")
    assert facts.identifiers == ((HOST, "m1"), (IdentifierKind.CMDB, "R2"))
    assert set(plan.fields) == {
        "custodian_id",
        "description",
        "identifiers",
        "own",
        "personal_data",
        "tags",
        "value_minor",
    }
    assert merge(kept, assessed()).fields == ()
    assert merge(assessed(), kept).facts.reference == "R1"


@pytest.mark.parametrize(
    ("kept", "given_", "lowered", "reason"),
    [
        (assessed(1, "x", 1), assessed(1, "y", 1), 1, "x\ny"),
        (assessed(1, "x", 1), assessed(need=3), 0, ""),
        (assessed(3, "x", 3), assessed(need=1), 3, "x"),
        (assessed(need=1), assessed(2, "y", 2), 2, "y"),
        (assessed(need=1), assessed(need=2), 0, ""),
    ],
)
def test_a_decision_stays_where_neither_needs_more(kept: Assessed, given_: Assessed, lowered: int, reason: str) -> None:
    plan = merge(kept, given_)
    assert (plan.lowered, plan.lowered_reason) == (Need(integrity=lowered), reason)
    assert ("lowered" in plan.fields) == (kept.lowered != plan.lowered)


def test_what_would_lose_or_weaken_something_is_refused() -> None:
    disposed = assessed(lifecycle=Lifecycle.DISPOSED)
    with pytest.raises(errors.MergeRefused):
        merge(disposed, assessed())
    assert merge(disposed, disposed).fields == ()
    assert merge(assessed(), disposed).facts.lifecycle is Lifecycle.IN_USE
    with pytest.raises(errors.MergeRefused):
        merge(assessed(description="x" * TEXT_MAX), assessed(description="y"))
    with pytest.raises(BadInput):
        merge(assessed(tags=tuple("abcdefghijklmnopqrst")), assessed(tags=tuple("ABCDEFGHIJKLMNOPQRST")))


def test_dependencies_come_over_once_and_none_leads_to_itself() -> None:
    edges = [(A, RUNS, C), (B, RUNS, C), (B, LIES, C), (D, RUNS, B), (A, RUNS, B), (B, LIES, A)]
    assert moved_edges(edges, survivor=A, duplicate=B) == ((A, LIES, C), (D, RUNS, A))


KEYS = st.sampled_from([A, B, C, D])


@given(st.lists(st.tuples(KEYS, st.sampled_from(list(DependencyKind)), KEYS).filter(lambda each: each[0] != each[2])))
def test_no_dependency_dangles_or_doubles(edges: list[tuple[UUID, DependencyKind, UUID]]) -> None:
    there = set(edges)
    moved = moved_edges(sorted(there, key=str), survivor=A, duplicate=B)
    after = {each for each in there if B not in {each[0], each[2]}} | set(moved)
    renamed = {tuple(A if part == B else part for part in each) for each in there}
    assert after == {each for each in renamed if each[0] != each[2]}
    assert len(after) == len(moved) + len({each for each in there if B not in {each[0], each[2]}})
