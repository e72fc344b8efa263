from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from burgrave.assets import commands as assets
from burgrave.assets.terms import AssetFacts, AssetType
from burgrave.isms import commands, models, queries
from burgrave.isms.errors import (
    Incomplete,
    OutdatedDigest,
    ReadingTaken,
    ReasonMissing,
    SeparationOfDuties,
    WrongState,
)
from burgrave.isms.terms import Bearer, Kind, Party, Process, ReadingDraft, Relation, StatementFilter, StatementState
from burgrave.isms.terms.rows import Standing
from burgrave.isms.tests.house import ISSUE, OBJECTIVE, PARTY, PROCESS, SCOPE, approve, draft, indicator, written
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor, PersonId

TODAY = NOON.date()


def test_a_statement_holds_once_somebody_else_approved_it(
    organisation: CastOrganisation, alice: Actor, olga: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    made = written(SCOPE, organisation.root, actor=alice)
    assert queries.statement(made, actor=alice).row.state is StatementState.DRAFT
    approve(made, actor=olga)
    view = queries.statement(made, actor=alice)
    assert view.row.state is StatementState.APPROVED
    assert view.in_force == view.shown
    assert view.in_force.approved_by == "Olga Ohlsen"
    assert view.row.number == "SCP-0001"
    assert ledger_tail() == ["isms.statement_written", "isms.statement_approved"]


def test_the_author_cannot_approve_and_neither_can_an_author_of_a_version_below(
    organisation: CastOrganisation, alice: Actor, olga: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    made = written(ISSUE, organisation.root, actor=alice)
    with pytest.raises(SeparationOfDuties, match="ISS-0001 was written by you"):
        approve(made, actor=alice)
    commands.edit_statement(made, draft(ISSUE, organisation.root, title="B"), version=1, actor=olga, now=NOON)
    for author in (alice, olga):
        with pytest.raises(SeparationOfDuties):
            approve(made, actor=author)
    assert ledger_tail() == ["isms.statement_written", "isms.statement_written"]


def test_after_an_approval_the_old_author_may_approve_what_another_changed(
    organisation: CastOrganisation, alice: Actor, olga: Actor
) -> None:
    made = written(ISSUE, organisation.root, actor=alice)
    approve(made, actor=olga)
    commands.edit_statement(made, draft(ISSUE, organisation.root, title="B"), version=1, actor=olga, now=NOON)
    view = queries.statement(made, actor=alice)
    assert view.row.state is StatementState.CHANGED
    assert (view.in_force.title, view.shown.title) == ("Statement", "B")
    approve(made, actor=alice)
    assert queries.statement(made, actor=alice).in_force.title == "B"


def test_what_changed_since_it_was_shown_is_not_approved(
    organisation: CastOrganisation, alice: Actor, olga: Actor
) -> None:
    made = written(ISSUE, organisation.root, actor=alice)
    shown = queries.statement(made, actor=olga).shown.digest
    commands.edit_statement(made, draft(ISSUE, organisation.root, title="B"), version=1, actor=alice, now=NOON)
    with pytest.raises(OutdatedDigest):
        commands.approve(made, digest=shown, actor=olga, now=NOON)


def test_an_incomplete_party_is_not_approved(organisation: CastOrganisation, alice: Actor, olga: Actor) -> None:
    made = written(Party(relation=Relation.STAFF, text="Staff"), organisation.root, actor=alice)
    with pytest.raises(Incomplete, match="no requirement"):
        approve(made, actor=olga)


def test_a_change_without_a_difference_writes_nothing(
    organisation: CastOrganisation, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    made = written(PARTY, organisation.root, actor=alice)
    commands.edit_statement(made, draft(PARTY, organisation.root), version=1, actor=alice, now=NOON)
    assert ledger_tail() == ["isms.statement_written"]


def test_the_second_editor_is_told(organisation: CastOrganisation, alice: Actor, olga: Actor) -> None:
    made = written(ISSUE, organisation.root, actor=alice)
    commands.edit_statement(made, draft(ISSUE, organisation.root, title="B"), version=1, actor=olga, now=NOON)
    with pytest.raises(StaleEdit, match="changed by Olga"):
        commands.edit_statement(made, draft(ISSUE, organisation.root, title="C"), version=1, actor=alice, now=NOON)


def test_a_statement_stays_of_its_kind(organisation: CastOrganisation, alice: Actor) -> None:
    made = written(ISSUE, organisation.root, actor=alice)
    with pytest.raises(BadInput, match="of its kind"):
        commands.edit_statement(made, draft(OBJECTIVE, organisation.root), version=1, actor=alice, now=NOON)


def test_what_held_on_a_past_day_is_found(organisation: CastOrganisation, alice: Actor, olga: Actor) -> None:
    made = written(ISSUE, organisation.root, actor=alice)
    approve(made, actor=olga)
    commands.edit_statement(made, draft(ISSUE, organisation.root, title="B"), version=1, actor=alice, now=NOON)
    later = NOON + timedelta(days=30)
    digest = queries.statement(made, actor=olga).shown.digest
    commands.approve(made, digest=digest, actor=olga, now=later)
    assert queries.in_force_on(made, TODAY - timedelta(days=1), actor=alice) is None
    assert queries.in_force_on(made, TODAY, actor=alice).title == "Statement"
    assert queries.in_force_on(made, later.date(), actor=alice).title == "B"


def test_charlie_finds_nothing_and_leaves_no_record(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    made = written(ISSUE, organisation.root, actor=alice)
    before = ledger_tail()
    with pytest.raises(NotFound):
        queries.statement(made, actor=charlie)
    for act in (
        lambda: commands.edit_statement(made, draft(ISSUE, organisation.root), version=1, actor=charlie, now=NOON),
        lambda: commands.approve(made, digest="", actor=charlie, now=NOON),
        lambda: commands.review(made, version=1, actor=charlie, now=NOON),
        lambda: commands.review_many([made], actor=charlie, now=NOON),
        lambda: commands.retire(made, reason="x", version=1, actor=charlie, now=NOON),
        lambda: commands.take_reading(made, ReadingDraft(on=TODAY, value=Decimal(1)), actor=charlie, now=NOON),
        lambda: commands.withdraw_reading(made, uuid4(), reason="x", actor=charlie, now=NOON),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(Forbidden):
        written(ISSUE, organisation.sales, actor=charlie)
    assert ledger_tail() == before


def test_the_auditor_reads_and_writes_nothing(organisation: CastOrganisation, alice: Actor, dora: Actor) -> None:
    made = written(ISSUE, organisation.root, actor=alice)
    assert queries.statement(made, actor=dora).row.title == "Statement"
    for act in (
        lambda: commands.edit_statement(made, draft(ISSUE, organisation.root), version=1, actor=dora, now=NOON),
        lambda: approve(made, actor=dora),
        lambda: commands.review(made, version=1, actor=dora, now=NOON),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_review_moves_the_day_on_which_the_next_is_due(
    organisation: CastOrganisation, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    made = written(ISSUE, organisation.root, actor=alice, review_every_days=10)
    later = NOON + timedelta(days=20)
    overdue = StatementFilter(overdue=True)
    assert queries.statements(overdue, actor=alice, today=later.date()).total == 1
    commands.review(made, version=1, actor=alice, now=later)
    assert queries.statements(overdue, actor=alice, today=later.date()).total == 0
    view = queries.statement(made, actor=alice)
    assert view.row.review_due_on == later.date() + timedelta(days=10)
    assert (view.reviewed_on, view.reviewed_by) == (later.date(), "Alice Amsel")
    assert commands.LIST.names([made], 9, alice) == (f"{view.row.number} {view.row.title}",)
    assert commands.review_many([made, made], actor=alice, now=later) == 1
    assert ledger_tail().count("isms.statement_reviewed") == 2


def test_a_retired_statement_is_only_read(organisation: CastOrganisation, alice: Actor, olga: Actor) -> None:
    made = written(ISSUE, organisation.root, actor=alice)
    with pytest.raises(ReasonMissing):
        commands.retire(made, reason=" ", version=1, actor=alice, now=NOON)
    commands.retire(made, reason="The law was withdrawn.", version=1, actor=alice, now=NOON)
    assert queries.statement(made, actor=alice).row.state is StatementState.RETIRED
    for act in (
        lambda: commands.edit_statement(made, draft(ISSUE, organisation.root), version=1, actor=alice, now=NOON),
        lambda: commands.review(made, version=1, actor=alice, now=NOON),
        lambda: approve(made, actor=olga),
        lambda: commands.retire(made, reason="x", version=1, actor=alice, now=NOON),
    ):
        with pytest.raises(WrongState):
            act()


def test_names_that_are_not_there_are_refused(organisation: CastOrganisation, alice: Actor) -> None:
    nobody = PersonId(uuid4())
    with pytest.raises(BadInput, match="no person"):
        written(ISSUE, organisation.root, actor=alice, owner_id=nobody)
    with pytest.raises(BadInput, match="no person"):
        written(Process(accountable=Bearer(person_id=nobody)), organisation.root, actor=alice)
    with pytest.raises(BadInput, match="role that does not exist"):
        written(Process(accountable=Bearer(role="wizard")), organisation.root, actor=alice)
    issue = written(ISSUE, organisation.root, actor=alice)
    with pytest.raises(BadInput, match="measures an objective"):
        written(indicator(issue), organisation.root, actor=alice)


def test_a_figure_that_nobody_knows_is_refused(organisation: CastOrganisation, alice: Actor) -> None:
    objective = written(OBJECTIVE, organisation.root, actor=alice)
    with pytest.raises(BadInput, match="no figure"):
        written(indicator(objective, source="moon.phase"), organisation.root, actor=alice)


def test_an_objective_with_indicators_is_not_retired(organisation: CastOrganisation, alice: Actor) -> None:
    objective = written(OBJECTIVE, organisation.root, actor=alice)
    measured = written(indicator(objective), organisation.root, actor=alice)
    with pytest.raises(WrongState, match="indicators still measure"):
        commands.retire(objective, reason="x", version=1, actor=alice, now=NOON)
    commands.retire(measured, reason="x", version=1, actor=alice, now=NOON)
    commands.retire(objective, reason="x", version=1, actor=alice, now=NOON)


def test_an_indicator_stands_by_its_readings(
    organisation: CastOrganisation, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    objective = written(OBJECTIVE, organisation.root, actor=alice)
    made = written(indicator(objective), organisation.root, actor=alice)

    def standing() -> Standing:
        return queries.indicators_of(objective, actor=alice, today=TODAY)[0].standing

    assert standing() is Standing.UNREAD
    first = ReadingDraft(on=TODAY - timedelta(days=40), value=Decimal("7.5"), sample_size=12)
    commands.take_reading(made, first, actor=alice, now=NOON)
    assert standing() is Standing.STALE
    wrong = commands.take_reading(made, ReadingDraft(on=TODAY, value=Decimal(80)), actor=alice, now=NOON)
    assert standing() is Standing.MISSED
    with pytest.raises(ReadingTaken, match="a reading for 2026-03-02 already"):
        commands.take_reading(made, ReadingDraft(on=TODAY, value=Decimal(8)), actor=alice, now=NOON)
    with pytest.raises(ReasonMissing):
        commands.withdraw_reading(made, wrong, reason=" ", actor=alice, now=NOON)
    commands.withdraw_reading(made, wrong, reason="A zero too many.", actor=alice, now=NOON)
    with pytest.raises(WrongState, match="withdrawn already"):
        commands.withdraw_reading(made, wrong, reason="x", actor=alice, now=NOON)
    with pytest.raises(NotFound, match="no such reading"):
        commands.withdraw_reading(made, uuid4(), reason="x", actor=alice, now=NOON)
    commands.take_reading(made, ReadingDraft(on=TODAY, value=Decimal(8)), actor=alice, now=NOON)
    assert standing() is Standing.MET
    assert [str(each.value) for each in queries.readings(made)] == ["8", "80", "7.5"]
    assert ledger_tail()[-4:] == ["isms.reading_taken"] * 2 + ["isms.reading_withdrawn", "isms.reading_taken"]


def test_what_is_no_reading_is_refused(organisation: CastOrganisation, alice: Actor) -> None:
    objective = written(OBJECTIVE, organisation.root, actor=alice)
    made = written(indicator(objective), organisation.root, actor=alice)
    with pytest.raises(BadInput, match="only an indicator"):
        commands.take_reading(objective, ReadingDraft(on=TODAY, value=Decimal(1)), actor=alice, now=NOON)
    tomorrow = ReadingDraft(on=TODAY + timedelta(days=1), value=Decimal(1))
    with pytest.raises(BadInput, match="of today or of a day before"):
        commands.take_reading(made, tomorrow, actor=alice, now=NOON)
    commands.retire(made, reason="x", version=1, actor=alice, now=NOON)
    with pytest.raises(WrongState, match="retired"):
        commands.take_reading(made, ReadingDraft(on=TODAY, value=Decimal(1)), actor=alice, now=NOON)


def test_the_program_reads_what_is_due_and_only_that(organisation: CastOrganisation, alice: Actor, olga: Actor) -> None:
    facts = AssetFacts(name="Old", type=AssetType.SYSTEM, unit_id=organisation.operations, review_every_days=1)
    assets.add_asset(facts, actor=alice, now=NOON - timedelta(days=10))
    assets.add_asset(replace(facts, name="New", review_every_days=365), actor=alice, now=NOON)
    objective = written(OBJECTIVE, organisation.root, actor=alice)
    made = {
        source: written(
            indicator(objective, source=source, unit_of_measure="x"), organisation.root, actor=alice, title=source
        )
        for source in queries.SOURCES
    }
    assert commands.take_due_readings(now=NOON) == 0  # nothing is approved yet
    for each in made.values():
        approve(each, actor=olga)
    assert commands.take_due_readings(now=NOON) == 2  # the mean time to triage of no alert is not known
    assert commands.take_due_readings(now=NOON) == 0
    reading = queries.readings(made["assets.overdue_reviews"])[0]
    assert (reading.value, reading.sample_size, reading.source) == (Decimal(50), 2, "assets.overdue_reviews")
    assert queries.readings(made["incidents.open"])[0].value == 0
    assert commands.take_due_readings(now=NOON + timedelta(days=30)) == 2


def test_the_matrix_shows_who_is_missing(organisation: CastOrganisation, alice: Actor) -> None:
    written(PROCESS, organisation.root, actor=alice, title="Incidents")
    written(Process(), organisation.root, actor=alice, title="Nobody's")
    found = queries.matrix(actor=alice)
    assert [bearer.role for bearer, _name in found.bearers] == ["head_of_security", "incident_responder"]
    assert [(each.row.title, each.letters, len(each.gaps)) for each in found.rows] == [
        ("Incidents", ("A", "R"), 1),  # nobody responds to incidents yet
        ("Nobody's", ("", ""), 2),
    ]
    hire("Bob", unit_id=organisation.root, roles=(("incident_responder", organisation.root),))
    assert [len(each.gaps) for each in queries.matrix(actor=alice).rows] == [0, 2]


def test_a_search_finds_what_a_statement_says(organisation: CastOrganisation, alice: Actor, charlie: Actor) -> None:
    written(PARTY, organisation.root, actor=alice, title="Authority")
    written(ISSUE, organisation.root, actor=alice, title="Law")

    def found(text: str, actor: Actor) -> list[str]:
        return [each.title for each in queries.statements(StatementFilter(text=text), actor=actor, today=TODAY).rows]

    assert found("incident process", alice) == ["Authority"]
    assert found("resilience", alice) == ["Law"]
    assert found("resilience", charlie) == []
    entries = queries.statement_entries(None, 10)
    assert {each.title for each in entries} == {"Authority", "Law"}
    assert [each.object_id for each in queries.statement_entries(entries[0].object_id, 10)] == [entries[1].object_id]


@pytest.mark.parametrize("count", [1, 50])
def test_lists_ask_the_same_number_of_statements(
    organisation: CastOrganisation, alice: Actor, django_assert_num_queries, count: int
) -> None:
    objective = written(OBJECTIVE, organisation.root, actor=alice)
    for number in range(count):
        written(indicator(objective), organisation.root, actor=alice, title=f"I{number}")
        written(PROCESS, organisation.root, actor=alice, title=f"P{number}")
    narrowed = StatementFilter(kinds=(Kind.INDICATOR,), states=tuple(StatementState))
    with django_assert_num_queries(2):
        assert queries.statements(narrowed, actor=alice, today=TODAY).total == count
    with django_assert_num_queries(2):
        assert len(queries.indicators(actor=alice, today=TODAY)) == count
    with django_assert_num_queries(2):
        assert len(queries.matrix(actor=alice).rows) == count
    with django_assert_num_queries(2):
        queries.statement(objective, actor=alice)


def test_a_version_is_never_lost(organisation: CastOrganisation, alice: Actor) -> None:
    made = written(ISSUE, organisation.root, actor=alice)
    for number in range(1, 4):
        facts = draft(ISSUE, organisation.root, title=f"T{number}")
        commands.edit_statement(made, facts, version=number, actor=alice, now=NOON)
    assert [each.title for each in queries.statement(made, actor=alice).versions] == ["T3", "T2", "T1", "Statement"]
    assert models.Version.objects.count() == 4
    assert date(2027, 3, 2) == queries.statement(made, actor=alice).row.review_due_on
