"""Frameworks are put whole: nothing is deleted, and every link finds its end when the other framework comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from burgrave.assets.terms import Need
from burgrave.assurance import commands, errors, models, queries
from burgrave.assurance.terms import FrameworkOrigin
from burgrave.assurance.tests.shelf import NOON
from burgrave.assurance.tests.test_framework_rules import framework, need
from burgrave.ledger import queries as ledger
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor

LATER = NOON + timedelta(days=10)


def put(*requirements: Any, actor: Actor, now: Any = NOON, **more: Any) -> Any:
    return commands.put_framework(framework(*requirements, **more), actor=actor, now=now)


def test_what_is_gone_is_withdrawn_and_keeps_its_wordings(organisation: Any, alice: Actor) -> None:
    key = put(need("A", "First"), need("B"), actor=alice)
    assert put(need("A", "Second", applies_to_need=Need(integrity=2)), need("C"), actor=alice, now=LATER) == key
    assert [row.identifier for row in queries.requirements(actor=alice, framework_id=key).rows] == ["A", "C"]
    (gone,) = queries.requirements(actor=alice, framework_id=key, withdrawn=True).rows
    assert (gone.identifier, gone.withdrawn_at) == ("B", LATER)
    first = queries.requirements(actor=alice, framework_id=key).rows[0]
    view = queries.requirement(first.requirement_id, actor=alice)
    assert [(each.title, each.since, each.until) for each in view.wordings] == [
        ("Second", LATER, None),
        ("First", NOON, LATER),
    ]
    assert view.applies_to_need == Need(integrity=2)
    put(need("B"), actor=alice, now=LATER + timedelta(days=1))
    assert queries.requirement(gone.requirement_id, actor=alice).row.withdrawn_at is None
    assert models.Requirement.objects.count() == 3


def test_the_ledger_names_the_digest_once_and_the_same_again_says_nothing(
    organisation: Any, alice: Actor, ledger_tail: Any
) -> None:
    subject = "policies.document:6f9619ff-8b86-d011-b42d-00c04fc964ff"
    key = put(need("A"), need("B"), actor=alice, source_subject=subject)
    put(need("A"), need("B"), actor=alice, source_subject=subject, now=LATER)
    assert ledger_tail() == ["assurance.framework_put"]
    put(need("A", "New"), actor=alice, source_subject=subject, now=LATER)
    records = ledger.history(subject)
    assert len(records) == 2
    facts = {fact.name: fact.value for fact in records[0].facts}
    counts = [facts[name] for name in ("requirements", "added", "changed", "withdrawn")]
    assert sorted(counts) == sorted(["1", "0", "1", "1"]) or sorted(counts) == sorted(["2", "2", "0", "0"])
    assert queries.framework(key, actor=alice).digest in {f.value for record in records for f in record.facts}


def test_a_link_to_a_framework_that_comes_later_is_resolved_and_a_link_that_goes_keeps_its_days(
    organisation: Any, alice: Actor
) -> None:
    put(need("A", satisfies=(("ISO27001", "A.5.1"), ("ISO27001", "A.5.99"))), actor=alice)
    ours = queries.requirements(actor=alice).rows[0]
    assert [each.row for each in queries.requirement(ours.requirement_id, actor=alice).satisfies] == [None, None]
    iso = put(need("A.5.1", "Policies"), actor=alice, identifier="ISO27001", origin=FrameworkOrigin.EXTERNAL)
    theirs = queries.requirements(actor=alice, framework_id=iso).rows[0]
    view = queries.requirement(ours.requirement_id, actor=alice)
    assert [(each.identifier, each.row) for each in view.satisfies] == [("A.5.1", theirs), ("A.5.99", None)]
    back = queries.requirement(theirs.requirement_id, actor=alice).satisfied_by
    assert [each.row for each in back] == [ours]
    put(need("A"), actor=alice, now=LATER)
    assert queries.requirement(theirs.requirement_id, actor=alice).satisfied_by == ()
    assert set(models.Satisfies.objects.values_list("until", flat=True)) == {LATER}


def test_an_identifier_belongs_to_one_source(organisation: Any, alice: Actor) -> None:
    put(need("A"), actor=alice, source_subject="policies.document:1")
    with pytest.raises(errors.FrameworkTaken, match="NRM-05 belongs to Access already"):
        put(need("A"), actor=alice, source_subject="policies.document:2")
    with pytest.raises(errors.FrameworkTaken):
        put(need("A"), actor=alice, origin=FrameworkOrigin.EXTERNAL)


def test_a_framework_that_is_withdrawn_binds_nobody(organisation: Any, alice: Actor) -> None:
    key = put(need("A"), actor=alice)
    commands.withdraw_framework("NRM-05", actor=alice, now=LATER)
    assert queries.framework(key, actor=alice).requirements == 0
    assert queries.requirements(actor=alice, framework_id=key).rows == ()
    with pytest.raises(BadInput, match="no framework X"):
        commands.withdraw_framework("X", actor=alice, now=LATER)


def test_only_who_manages_everywhere_loads_a_file_and_charlie_reads_nothing(
    organisation: Any, alice: Actor, bob: Actor, dora: Actor, charlie: Actor, ledger_tail: Any
) -> None:
    for stranger in (bob, charlie, dora):
        with pytest.raises(Forbidden):
            commands.load_framework(framework(need("A")), actor=stranger, now=NOON)
    assert ledger_tail() == []
    key = commands.load_framework(framework(need("A")), actor=alice, now=NOON)
    assert queries.framework(key, actor=dora).identifier == "NRM-05"
    for read in (queries.frameworks, queries.requirements):
        with pytest.raises(Forbidden):
            read(actor=charlie)
    with pytest.raises(Forbidden):
        queries.framework(key, actor=charlie)
    with pytest.raises(NotFound):
        queries.requirement(key, actor=alice)


def test_the_search_is_told_of_frameworks_and_of_requirements_in_force(organisation: Any, alice: Actor) -> None:
    put(need("AC-01", "Grant access on request"), need("AC-02", "Review access"), actor=alice)
    put(need("AC-02", "Review access"), actor=alice, now=LATER)
    assert len(queries.framework_entries(None, 5)) == 1
    assert len(queries.requirement_entries(None, 5)) == 1


@pytest.mark.parametrize("count", [1, 50])
def test_lists_take_a_fixed_number_of_queries(
    organisation: Any, alice: Actor, django_assert_num_queries: Any, count: int
) -> None:
    key = put(*[need(f"A-{each}", satisfies=(("B", "1"),)) for each in range(count)], actor=alice)
    other = put(need("1"), actor=alice, identifier="B")
    with django_assert_num_queries(2):
        assert len(queries.requirements(actor=alice, framework_id=key).rows) == count
    with django_assert_num_queries(2):
        assert len(queries.frameworks(actor=alice).rows) == 2
    theirs = queries.requirements(actor=alice, framework_id=other).rows[0]
    with django_assert_num_queries(4):
        assert len(queries.requirement(theirs.requirement_id, actor=alice).satisfied_by) == count


@pytest.mark.parametrize("count", [1, 50])
def test_putting_takes_a_fixed_number_of_statements(
    organisation: Any, alice: Actor, django_assert_max_num_queries: Any, count: int
) -> None:
    with django_assert_max_num_queries(34):
        put(*[need(f"A-{each}", satisfies=(("B", "1"),)) for each in range(count)], actor=alice)
