from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.assets import commands, errors, models, queries
from burgrave.assets.rules.needs import inherit
from burgrave.assets.terms import (
    DIMENSIONS,
    AssetFacts,
    AssetFilter,
    AssetId,
    AssetType,
    DependencyKind,
    Dimension,
    IdentifierKind,
    Lifecycle,
    Need,
)
from burgrave.assets.tests.house import system
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor, PersonId

Estate = dict[str, AssetId]


def need(asset_id: AssetId) -> tuple[int, int, int]:
    row = models.Asset.objects.get(pk=asset_id)
    return row.need_confidentiality, row.need_integrity, row.need_availability


def version(asset_id: AssetId) -> int:
    return models.Asset.objects.values_list("version", flat=True).get(pk=asset_id)


def test_a_support_inherits_what_depends_on_it_and_says_why(estate: Estate, alice: Actor) -> None:
    assert (need(estate["payroll"]), need(estate["server"]), need(estate["room"])) == ((3, 0, 2), (3, 1, 2), (3, 1, 2))
    (confidentiality, integrity, _) = queries.asset(estate["room"], actor=alice).why
    assert [step.name for step in confidentiality.path] == ["Room", "Server", "Payroll"]
    assert (confidentiality.rank, confidentiality.own) == (3, 0)
    assert [step.name for step in integrity.path] == ["Room", "Server"]


def test_a_classification_flows_on_and_back(estate: Estate, alice: Actor, ledger_tail: Callable[[], list[str]]) -> None:
    changed = commands.classify(estate["payroll"], Need(confidentiality=4), version=1, actor=alice, now=NOON)
    assert (changed, need(estate["room"])) == (3, (4, 1, 0))
    assert ledger_tail()[-1] == "assets.asset_classified"
    commands.classify(estate["payroll"], Need(), version=2, actor=alice, now=NOON)
    assert need(estate["room"]) == (0, 1, 0)


def test_a_need_is_lowered_with_a_reason_and_everything_below_with_it(estate: Estate, alice: Actor) -> None:
    with pytest.raises(errors.ReasonMissing):
        commands.lower_need(estate["server"], Need(confidentiality=1), reason=" ", version=1, actor=alice, now=NOON)
    commands.lower_need(
        estate["server"], Need(confidentiality=1), reason="Only hashes.", version=1, actor=alice, now=NOON
    )
    assert (need(estate["server"]), need(estate["room"])) == ((1, 1, 2), (1, 1, 2))
    why = queries.asset(estate["server"], actor=alice).why[0]
    assert (why.lowered_to, why.reason) == (1, "Only hashes.")
    commands.lower_need(estate["server"], Need(), reason="", version=2, actor=alice, now=NOON)
    assert need(estate["room"]) == (3, 1, 2)


def test_a_dependency_that_goes_takes_its_need_along(estate: Estate, alice: Actor) -> None:
    dependency = models.Dependency.objects.get(dependent_id=estate["payroll"])
    commands.unlink(estate["server"], dependency.pk, actor=alice, now=NOON)
    assert (need(estate["server"]), need(estate["room"])) == ((0, 1, 0), (0, 1, 0))
    with pytest.raises(NotFound):
        commands.unlink(estate["server"], dependency.pk, actor=alice, now=NOON)


def test_what_no_dependency_can_be_is_refused(estate: Estate, alice: Actor) -> None:
    payroll, server, room = estate["payroll"], estate["server"], estate["room"]
    with pytest.raises(errors.SelfDependency):
        commands.link(server, server, DependencyKind.DEPENDS_ON, actor=alice, now=NOON)
    with pytest.raises(errors.DependencyExists):
        commands.link(payroll, server, DependencyKind.RUNS_ON, actor=alice, now=NOON)
    with pytest.raises(errors.ContainmentCycle, match="Server already lies within Room"):
        commands.link(room, server, DependencyKind.CONSISTS_OF, actor=alice, now=NOON)
    commands.link(room, server, DependencyKind.DEPENDS_ON, actor=alice, now=NOON)
    assert need(room) == need(server)


def test_two_editors_do_not_overwrite_each_other(estate: Estate, organisation: CastOrganisation, alice: Actor) -> None:
    facts = system("Server 1", organisation.operations)
    commands.edit_asset(estate["server"], facts, version=1, actor=alice, now=NOON)
    with pytest.raises(StaleEdit, match="was changed by Alice Amsel") as stale:
        commands.edit_asset(
            estate["server"], system("Server 2", organisation.operations), version=1, actor=alice, now=NOON
        )
    assert stale.value.changed_by == "Alice Amsel"
    for act in (
        lambda: commands.classify(estate["server"], Need(), version=1, actor=alice, now=NOON),
        lambda: commands.move(estate["server"], Lifecycle.RETIRING, reason="", version=1, actor=alice, now=NOON),
        lambda: commands.review(estate["server"], version=1, actor=alice, now=NOON),
    ):
        with pytest.raises(StaleEdit):
            act()


def test_an_edit_that_changes_nothing_leaves_no_record(
    estate: Estate, organisation: CastOrganisation, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    before = ledger_tail()
    commands.edit_asset(estate["server"], system("Server", organisation.operations), version=1, actor=alice, now=NOON)
    assert (ledger_tail(), version(estate["server"])) == (before, 1)


def test_charlie_the_stranger_neither_sees_nor_changes(
    estate: Estate, organisation: CastOrganisation, charlie: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    before = ledger_tail()
    with pytest.raises(NotFound):
        queries.asset(estate["server"], actor=charlie)
    with pytest.raises(NotFound):
        commands.classify(estate["server"], Need(), version=1, actor=charlie, now=NOON)
    with pytest.raises(NotFound):
        commands.link(estate["server"], estate["room"], DependencyKind.RUNS_ON, actor=charlie, now=NOON)
    with pytest.raises(Forbidden):
        commands.add_asset(system("X", organisation.sales), actor=charlie, now=NOON)
    with pytest.raises(Forbidden):
        commands.save_many([system("X", organisation.sales, reference="X")], actor=charlie, now=NOON)
    with pytest.raises(Forbidden):
        commands.define_scheme((), version=0, actor=charlie, now=NOON)
    assert queries.assets(AssetFilter(), actor=charlie, today=NOON.date()).total == 0
    assert ledger_tail() == before


def test_a_reader_reads_and_changes_nothing(estate: Estate, dora: Actor) -> None:
    assert queries.asset(estate["server"], actor=dora).row.name == "Server"
    with pytest.raises(Forbidden):
        commands.review(estate["server"], version=1, actor=dora, now=NOON)


def test_of_another_unit_only_that_something_is_there_is_told(estate: Estate, organisation: CastOrganisation) -> None:
    erik = hire("Erik Ebert", unit_id=organisation.operations, roles=(("security_officer", organisation.operations),))
    view = queries.asset(estate["server"], actor=erik)
    assert (view.needed_by, view.hidden) == ((), 1)
    assert [(step.name, step.is_visible) for step in view.why[0].path] == [("Server", True), ("", False)]


def test_what_refers_to_nobody_or_to_a_taken_name_is_refused(
    estate: Estate, organisation: CastOrganisation, alice: Actor
) -> None:
    with pytest.raises(BadInput, match="a person of this organisation"):
        commands.add_asset(system("X", organisation.sales, owner_id=PersonId(uuid4())), actor=alice, now=NOON)
    commands.add_asset(system("X", organisation.sales, reference="R1"), actor=alice, now=NOON)
    with pytest.raises(errors.ReferenceTaken, match="R1"):
        commands.add_asset(system("Y", organisation.sales, reference="R1"), actor=alice, now=NOON)
    with pytest.raises(BadInput, match="has 4 levels"):
        commands.add_asset(system("Y", organisation.sales, own=Need(integrity=5)), actor=alice, now=NOON)


def test_a_review_moves_the_day_and_an_asset_that_was_disposed_of_is_not_overdue(estate: Estate, alice: Actor) -> None:
    later = NOON + timedelta(days=400)
    overdue = AssetFilter(overdue=True)
    assert queries.assets(overdue, actor=alice, today=later.date()).total == 3
    commands.review(estate["server"], version=1, actor=alice, now=later)
    commands.move(estate["room"], Lifecycle.DISPOSED, reason="Sold.", version=1, actor=alice, now=later)
    found = queries.assets(overdue, actor=alice, today=later.date())
    assert [row.name for row in found.rows] == ["Payroll"]


def test_the_scheme_is_changed_whole_and_keeps_what_is_in_use(estate: Estate, alice: Actor) -> None:
    two = (("Normal", "一般", ""), ("High", "高", ""))
    with pytest.raises(errors.LevelInUse, match="classified as High"):
        commands.define_scheme(two, version=0, actor=alice, now=NOON)
    three = (*two, ("Very high", "极高", ""))
    made = commands.define_scheme(three, version=0, actor=alice, now=NOON)
    assert (made.version, queries.scheme().name(3, chinese=True)) == (1, "极高")
    with pytest.raises(StaleEdit):
        commands.define_scheme(three, version=0, actor=alice, now=NOON)


def inventory(organisation: CastOrganisation, count: int, **facts: Any) -> list[AssetFacts]:
    return [system(f"Host {each}", organisation.operations, reference=f"H{each}", **facts) for each in range(count)]


def test_many_are_saved_once_and_the_same_again_changes_nothing(
    organisation: CastOrganisation, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    facts = inventory(organisation, 30, own=Need(availability=2))
    links = [(f"H{each}", DependencyKind.DEPENDS_ON, f"H{each + 1}") for each in range(29)]
    first = commands.save_many(facts, links=links, actor=alice, now=NOON)
    recorded = ledger_tail()
    assert (first.new, first.changed, first.same, recorded[-1]) == (30, 0, 0, "assets.assets_saved")
    assert (recorded.count("assets.asset_added"), recorded.count("assets.dependency_added")) == (30, 29)
    again = commands.save_many(facts, links=links, actor=alice, now=NOON)
    assert (again.new, again.changed, again.same, ledger_tail()) == (0, 0, 30, recorded)
    facts[3] = system("Host 3", organisation.operations, reference="H3", own=Need(availability=4))
    corrected = commands.save_many(facts, links=links, actor=alice, now=NOON)
    assert (corrected.new, corrected.changed, corrected.same) == (0, 1, 29)
    assert need(corrected.ids["H29"]) == (0, 0, 4)
    assert need(corrected.ids["H2"]) == (0, 0, 2)


def test_many_are_saved_whole_or_not_at_all(organisation: CastOrganisation, alice: Actor) -> None:
    facts = inventory(organisation, 3)
    bad: list[tuple[list[AssetFacts], list[tuple[str, DependencyKind, str]], type[Exception]]] = [
        ([*facts, facts[0]], [], BadInput),
        ([system("X", organisation.operations)], [], BadInput),
        (facts, [("H0", DependencyKind.RUNS_ON, "nowhere")], BadInput),
        (facts, [("H0", DependencyKind.RUNS_ON, "H0")], errors.SelfDependency),
        (
            facts,
            [("H0", DependencyKind.CONSISTS_OF, "H1"), ("H1", DependencyKind.LOCATED_IN, "H0")],
            errors.ContainmentCycle,
        ),
    ]
    for given_facts, links, kind in bad:
        with pytest.raises(kind):
            commands.save_many(given_facts, links=links, actor=alice, now=NOON)
        assert models.Asset.objects.count() == 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_after_any_changes_the_stored_needs_are_those_of_the_whole_graph(
    organisation: CastOrganisation, alice: Actor, data: st.DataObject
) -> None:
    models.Asset.objects.all().delete()
    ids = list(commands.save_many(inventory(organisation, 6), actor=alice, now=NOON).ids.values())
    for _change in range(8):
        one, other = data.draw(st.sampled_from(ids)), data.draw(st.sampled_from(ids))
        match data.draw(st.sampled_from(["classify", "link", "unlink", "lower"])):
            case "classify":
                own = Need(availability=data.draw(st.integers(0, 4)))
                commands.classify(one, own, version=version(one), actor=alice, now=NOON)
            case "lower":
                to = Need(availability=data.draw(st.integers(0, 4)))
                commands.lower_need(one, to, reason="x", version=version(one), actor=alice, now=NOON)
            case "link" if one != other:
                known = models.Dependency.objects.filter(dependent_id=one, support_id=other).exists()
                if not known:
                    commands.link(one, other, DependencyKind.DEPENDS_ON, actor=alice, now=NOON)
            case "unlink":
                found = models.Dependency.objects.filter(dependent_id=one).first()
                if found is not None:
                    commands.unlink(one, found.pk, actor=alice, now=NOON)
    rows = {row.pk: row for row in models.Asset.objects.all()}
    edges = list(models.Dependency.objects.values_list("dependent_id", "support_id"))
    for dimension in DIMENSIONS:
        whole = inherit(
            {key: getattr(row, f"own_{dimension}") for key, row in rows.items()},
            edges,
            lowered={key: rank for key, row in rows.items() if (rank := getattr(row, f"lowered_{dimension}"))},
        )
        stored = {key: getattr(row, f"need_{dimension}") for key, row in rows.items()}
        assert stored == {key: rank for key, (rank, _cause) in whole.items()}


def test_an_event_finds_its_asset_by_any_of_its_names(organisation: CastOrganisation, alice: Actor) -> None:
    names = (
        (IdentifierKind.HOSTNAME, "WS-7"),
        (IdentifierKind.FQDN, "ws-7.corp.example"),
        (IdentifierKind.IP, "192.0.2.7"),
    )
    commands.add_asset(system("Desk", organisation.operations, identifiers=names), actor=alice, now=NOON)
    asked = ("ws-7", "WS-7.corp.example", "ws-7.other.example", "192.0.2.7", "ws-8", "")
    with CaptureQueriesContext(connection) as counted:
        found = queries.by_hosts(asked, actor=alice)
    assert {name: [row.name for row in rows] for name, rows in found.items()} == {
        "ws-7": ["Desk"],
        "WS-7.corp.example": ["Desk"],
        "ws-7.other.example": ["Desk"],
        "192.0.2.7": ["Desk"],
    }
    assert len(counted) == 1


def test_the_surroundings_are_bounded_by_their_depth(estate: Estate, alice: Actor) -> None:
    rows, edges = queries.surroundings(estate["payroll"], depth=1, actor=alice)
    assert ({row.name for row in rows}, len(edges)) == ({"Payroll", "Server"}, 1)
    rows, edges = queries.surroundings(estate["payroll"], depth=2, actor=alice)
    assert ({row.name for row in rows}, len(edges)) == ({"Payroll", "Server", "Room"}, 2)


def test_the_surroundings_leave_out_what_merely_depends_on_the_same(
    estate: Estate, organisation: CastOrganisation, alice: Actor
) -> None:
    other = commands.add_asset(
        AssetFacts(name="Neighbour", type=AssetType.SERVICE, unit_id=organisation.operations), actor=alice, now=NOON
    )
    commands.link(other, estate["server"], DependencyKind.RUNS_ON, actor=alice, now=NOON)
    rows, _edges = queries.surroundings(estate["payroll"], depth=3, actor=alice)
    assert "Neighbour" not in {row.name for row in rows}
    rows, _edges = queries.surroundings(estate["server"], depth=1, actor=alice)
    assert {"Neighbour", "Payroll", "Room"} <= {row.name for row in rows}


def test_dimensions_are_the_three_purposes() -> None:
    assert DIMENSIONS == (Dimension.CONFIDENTIALITY, Dimension.INTEGRITY, Dimension.AVAILABILITY)


def test_many_are_linked_only_by_who_may_edit_the_dependent_and_see_the_support(
    estate: Estate, organisation: CastOrganisation, alice: Actor
) -> None:
    commands.edit_asset(
        estate["payroll"], system("Payroll", organisation.sales, reference="PAY"), version=1, actor=alice, now=NOON
    )
    of_operations = hire(
        "Erik Ebert", unit_id=organisation.operations, roles=(("security_officer", organisation.operations),)
    )
    own = [system("Tool", organisation.operations, reference="T1")]
    for link in (("PAY", DependencyKind.DEPENDS_ON, "T1"), ("T1", DependencyKind.DEPENDS_ON, "PAY")):
        with pytest.raises(BadInput, match="no asset with the reference PAY"):
            commands.save_many(own, links=[link], actor=of_operations, now=NOON)
    reader = hire(
        "Rita Reh",
        unit_id=organisation.operations,
        roles=(("security_officer", organisation.operations), ("risk_owner", organisation.sales)),
    )
    with pytest.raises(Forbidden):
        commands.save_many(own, links=[("PAY", DependencyKind.DEPENDS_ON, "T1")], actor=reader, now=NOON)
    assert models.Asset.objects.filter(reference="T1").count() == 0


def test_what_many_facts_leave_out_takes_no_need_away(organisation: CastOrganisation, alice: Actor) -> None:
    classified = [system("Host", organisation.operations, reference="H", own=Need(availability=4))]
    commands.save_many(classified, actor=alice, now=NOON)
    plain = [system("Host", organisation.operations, reference="H")]
    again = commands.save_many(plain, said={"name"}, actor=alice, now=NOON)
    assert (again.same, need(again.ids["H"])) == (1, (0, 0, 4))


def test_a_classification_is_taken_away_only_by_who_may_classify(organisation: CastOrganisation, alice: Actor) -> None:
    classified = [system("Host", organisation.operations, reference="H", own=Need(availability=4))]
    commands.save_many(classified, actor=alice, now=NOON)
    editor = replace(alice, allowed={**alice.allowed, "assets.classify": frozenset()}, everywhere=frozenset())
    with pytest.raises(Forbidden, match=r"assets\.classify"):
        commands.save_many([system("Host", organisation.operations, reference="H")], actor=editor, now=NOON)


def test_the_reason_of_a_need_far_away_is_told_in_bounded_steps(organisation: CastOrganisation, alice: Actor) -> None:
    facts = inventory(organisation, 80)
    facts[0] = system("Host 0", organisation.operations, reference="H0", own=Need(availability=4))
    links = [(f"H{each}", DependencyKind.DEPENDS_ON, f"H{each + 1}") for each in range(79)]
    ids = commands.save_many(facts, links=links, actor=alice, now=NOON).ids
    near, far = (queries.asset(ids[name], actor=alice).why[2] for name in ("H3", "H79"))
    assert ([step.name for step in near.path], near.goes_on) == (["Host 3", "Host 2", "Host 1", "Host 0"], False)
    assert (len(far.path), far.goes_on, far.rank) == (51, True, 4)


def test_many_refer_to_people_who_are_there(organisation: CastOrganisation, alice: Actor) -> None:
    facts = [system("Host", organisation.operations, reference="H", owner_id=PersonId(uuid4()))]
    with pytest.raises(BadInput, match="a person of this organisation"):
        commands.save_many(facts, actor=alice, now=NOON)


def test_what_differs_only_in_its_spelling_is_the_same(
    organisation: CastOrganisation, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    names = ((IdentifierKind.HOSTNAME, "WS-7"), (IdentifierKind.IP, "192.0.2.7"))
    commands.save_many(
        [system("Desk", organisation.operations, reference="D", tags=("a",), identifiers=names)], actor=alice, now=NOON
    )
    before = ledger_tail()
    turned = ((IdentifierKind.IP, "192.0.2.7"), (IdentifierKind.HOSTNAME, "ws-7"))
    for name, given_names in (("Desk ", names), ("Desk", turned)):
        facts = [system(name, organisation.operations, reference="D", tags=("a",), identifiers=given_names)]
        assert commands.save_many(facts, actor=alice, now=NOON).same == 1
    assert ledger_tail() == before


def test_other_identifiers_take_the_place_of_the_old_ones(organisation: CastOrganisation, alice: Actor) -> None:
    for value in ("192.0.2.7", "192.0.2.8"):
        facts = [
            system("Desk", organisation.operations, reference="D", identifiers=((IdentifierKind.IP, value),)),
            system("Chair", organisation.operations, reference="C", tags=(value,)),
        ]
        commands.save_many(facts, actor=alice, now=NOON)
    assert list(models.Identifier.objects.values_list("value", flat=True)) == ["192.0.2.8"]
    assert models.Asset.objects.get(reference="C").version == 2


def test_a_containment_that_closes_a_circle_with_what_stands_is_refused(
    organisation: CastOrganisation, alice: Actor
) -> None:
    facts = inventory(organisation, 3)
    first = [("H0", DependencyKind.CONSISTS_OF, "H1"), ("H1", DependencyKind.LOCATED_IN, "H2")]
    commands.save_many(facts, links=first, actor=alice, now=NOON)
    with pytest.raises(errors.ContainmentCycle, match="H0 already lies within H2"):
        commands.save_many(facts, links=[("H2", DependencyKind.CONSISTS_OF, "H0")], actor=alice, now=NOON)
    assert models.Dependency.objects.count() == 2
