from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from burgrave.incidents import commands, models, queries
from burgrave.incidents.errors import CaseTaken, NotAMember, NotTheSameUnit, ReasonMissing, UndecidedAlerts, WrongState
from burgrave.incidents.terms import CaseFilter, CaseId, CaseState, Conclusion, Dismissal, Severity, TimelineEntryId
from burgrave.incidents.tests.house import FACTS, NOON, opened, raised, refs, version_of
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor

LATER = NOON + timedelta(hours=1)
DONE = Conclusion(cause="a phished password", impact="one mailbox", lessons="second factor")
Tail = Callable[[], list[str]]


@pytest.fixture
def alerts(organisation: CastOrganisation) -> list[models.Alert]:
    return raised(organisation.operations, titles=("Credential dump", "Log cleared"))


def case_of(case_id: CaseId) -> models.Case:
    return models.Case.objects.get(pk=case_id)


def test_a_case_opens_with_alerts_a_number_and_a_timeline(
    alerts: list[models.Alert], organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Tail
) -> None:
    before = len(ledger_tail())
    case_id = commands.open_case(
        FACTS, alerts=refs(*alerts), lead_id=alice.person_id, unit_id=organisation.operations, actor=bob, now=NOON
    )
    detail = queries.case(case_id, actor=bob)
    assert (detail.case.number, detail.case.state, detail.case.alerts, detail.case.undecided) == (
        "INC-2026-0001",
        CaseState.OPEN,
        2,
        2,
    )
    assert [row.text for row in detail.timeline] == [
        "Credential dump on WS-7.corp: first of 2 matches",
        "Log cleared on WS-7.corp: first of 2 matches",
        "Credential dump on WS-7.corp: last of 2 matches",
        "Log cleared on WS-7.corp: last of 2 matches",
    ]
    assert [(row.technique, row.tactics, row.alerts) for row in detail.techniques] == [
        ("T1003.001", ("credential access",), 2)
    ]
    assert [(row.name, row.alerts) for row in detail.computers] == [("WS-7.corp", 2)]
    assert len(queries.with_files(detail).files) == 2
    linked = ["incidents.alert_linked", "incidents.timeline_added", "incidents.timeline_added"]
    assert ledger_tail()[before:] == ["incidents.case_opened", *linked, *linked]


def test_numbers_have_no_gaps_after_a_refusal_and_start_again_each_year(
    organisation: CastOrganisation, bob: Actor, charlie: Actor
) -> None:
    opened(organisation.operations, actor=bob)
    with pytest.raises(NotAMember, match="this person may not lead a case"):
        commands.open_case(FACTS, lead_id=charlie.person_id, unit_id=organisation.operations, actor=bob, now=NOON)
    with transaction.atomic():
        opened(organisation.operations, actor=bob)
        transaction.set_rollback(True)
    opened(organisation.operations, actor=bob)
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    commands.open_case(FACTS, lead_id=None, unit_id=organisation.operations, actor=bob, now=new_year)
    assert list(models.Case.objects.order_by("number").values_list("number", flat=True)) == [
        "INC-2026-0001",
        "INC-2026-0002",
        "INC-2027-0001",
    ]


def test_an_alert_is_in_one_case(alerts: list[models.Alert], organisation: CastOrganisation, bob: Actor) -> None:
    first = opened(organisation.operations, alerts[0], actor=bob)
    with pytest.raises(CaseTaken, match="is part of another case already"):
        opened(organisation.operations, alerts[0], actor=bob)
    with pytest.raises(CaseTaken, match="is part of this case already"):
        commands.link_alerts(first, alerts=refs(alerts[0]), actor=bob, now=NOON)
    commands.link_alerts(first, alerts=refs(alerts[1]), actor=bob, now=NOON)
    assert case_of(first).alerts.count() == 2


def test_a_case_and_its_alerts_belong_to_one_unit(organisation: CastOrganisation, alice: Actor) -> None:
    (elsewhere,) = raised(organisation.sales)
    with pytest.raises(NotTheSameUnit, match="belongs to another unit than INC-2026-0001"):
        opened(organisation.operations, elsewhere, actor=alice)


def test_a_case_goes_through_its_phases_and_closes(
    alerts: list[models.Alert], organisation: CastOrganisation, alice: Actor, ledger_tail: Tail
) -> None:
    case_id = opened(organisation.operations, *alerts, actor=alice)
    for hours, to in enumerate([CaseState.CONTAINED, CaseState.ERADICATED, CaseState.RECOVERED], start=1):
        at = NOON + timedelta(hours=hours)
        commands.move_case(case_id, to, reason="", version=version_of(case_id), actor=alice, now=at)
    with pytest.raises(UndecidedAlerts, match="cannot close while 2 alerts are undecided"):
        commands.close_case(case_id, DONE, version=version_of(case_id), actor=alice, now=LATER)
    commands.confirm(refs(alerts[0]), actor=alice, now=LATER)
    commands.dismiss(refs(alerts[1]), dismissal=Dismissal.FALSE_POSITIVE, note="a drill", actor=alice, now=LATER)
    before = len(ledger_tail())
    day = NOON + timedelta(days=1)
    commands.close_case(case_id, DONE, version=version_of(case_id), actor=alice, now=day)
    assert ledger_tail()[before:] == ["incidents.case_closed"]
    detail = queries.case(case_id, actor=alice)
    assert (detail.case.state, detail.cause, detail.case.closed_at) == (CaseState.CLOSED, "a phished password", day)
    assert {row.clock: row.elapsed for row in detail.durations} == {
        "time_to_detect": timedelta(days=1),
        "time_to_acknowledge": timedelta(0),
        "time_to_contain": timedelta(hours=1),
        "time_to_resolve": timedelta(days=1),
    }


def test_going_back_clears_the_phases_that_turned_out_not_to_be_over(
    organisation: CastOrganisation, bob: Actor
) -> None:
    case_id = opened(organisation.operations, actor=bob)
    for to in (CaseState.CONTAINED, CaseState.ERADICATED):
        commands.move_case(case_id, to, reason="", version=version_of(case_id), actor=bob, now=LATER)
    with pytest.raises(ReasonMissing, match="goes back from eradicated to contained only with a reason"):
        commands.move_case(case_id, CaseState.CONTAINED, reason="", version=version_of(case_id), actor=bob, now=LATER)
    commands.move_case(
        case_id, CaseState.CONTAINED, reason="it beacons again", version=version_of(case_id), actor=bob, now=LATER
    )
    case = case_of(case_id)
    assert (case.state, case.contained_at, case.eradicated_at) == ("contained", LATER, None)


def test_a_closed_case_is_reopened_with_a_reason_and_keeps_its_conclusion_as_a_draft(
    organisation: CastOrganisation, alice: Actor
) -> None:
    case_id = opened(organisation.operations, actor=alice)
    commands.close_case(case_id, DONE, version=1, actor=alice, now=LATER)
    with pytest.raises(WrongState, match="INC-2026-0001 is closed; notes are added only"):
        commands.add_note(case_id, "late thought", actor=alice, now=LATER)
    with pytest.raises(ReasonMissing):
        commands.reopen_case(case_id, reason="", version=2, actor=alice, now=LATER)
    commands.reopen_case(case_id, reason="a second host", version=2, actor=alice, now=LATER)
    case = case_of(case_id)
    assert (case.state, case.closed_at, case.cause) == ("open", None, "a phished password")


def test_the_second_of_two_editors_is_told_who_and_when_and_overwrites_nothing(
    organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Tail
) -> None:
    case_id = opened(organisation.operations, actor=alice)
    seen = version_of(case_id)
    commands.change_case(case_id, replace(FACTS, title="Bob's title"), lead_id=None, version=seen, actor=bob, now=LATER)
    before = ledger_tail()
    acts: list[Callable[[], None]] = [
        lambda: commands.change_case(
            case_id, replace(FACTS, title="Alice's title"), lead_id=None, version=seen, actor=alice, now=LATER
        ),
        lambda: commands.move_case(case_id, CaseState.CONTAINED, reason="", version=seen, actor=alice, now=LATER),
        lambda: commands.close_case(case_id, DONE, version=seen, actor=alice, now=LATER),
        lambda: commands.reopen_case(case_id, reason="x", version=seen, actor=alice, now=LATER),
    ]
    for act in acts:
        with pytest.raises(StaleEdit, match="INC-2026-0001 was changed by Bob Birnbaum on 2026-03-02 at 13:00 UTC"):
            act()
    assert case_of(case_id).title == "Bob's title"
    assert ledger_tail() == before


def test_a_merged_case_hands_everything_over(
    alerts: list[models.Alert], organisation: CastOrganisation, bob: Actor, ledger_tail: Tail
) -> None:
    first = opened(organisation.operations, alerts[0], actor=bob)
    second = opened(organisation.operations, alerts[1], actor=bob)
    commands.add_note(second, "seen on the same host", actor=bob, now=LATER)
    before = len(ledger_tail())
    commands.merge_case(second, into_id=first, version=version_of(second), actor=bob, now=LATER)
    assert ledger_tail()[before:] == ["incidents.case_merged"]
    detail = queries.case(first, actor=bob)
    assert (len(detail.alerts), len(detail.timeline), len(detail.notes)) == (2, 4, 1)
    assert [other.number for other in detail.merged_from] == ["INC-2026-0002"]
    ended = queries.case(second, actor=bob)
    assert ended.case.state is CaseState.MERGED
    assert ended.merged_into is not None
    assert ended.merged_into.number == "INC-2026-0001"
    with pytest.raises(WrongState, match="INC-2026-0002 is merged"):
        commands.merge_case(second, into_id=first, version=version_of(second), actor=bob, now=LATER)


def test_cases_of_two_units_are_not_merged(organisation: CastOrganisation, alice: Actor) -> None:
    here = opened(organisation.operations, actor=alice)
    there = opened(organisation.sales, actor=alice)
    with pytest.raises(NotTheSameUnit, match="belong to different units"):
        commands.merge_case(there, into_id=here, version=1, actor=alice, now=LATER)


def test_timeline_entries_are_written_and_struck_out(
    organisation: CastOrganisation, bob: Actor, ledger_tail: Tail
) -> None:
    case_id = opened(organisation.operations, actor=bob)
    before = len(ledger_tail())
    entry_id = commands.add_timeline_entry(case_id, at=NOON, text=" host unplugged ", actor=bob, now=LATER)
    with pytest.raises(ReasonMissing):
        commands.withdraw_timeline_entry(entry_id, reason="", actor=bob, now=LATER)
    commands.withdraw_timeline_entry(entry_id, reason="another host", actor=bob, now=LATER)
    (row,) = queries.case(case_id, actor=bob).timeline
    assert (row.text, row.withdrawn_at) == ("host unplugged", LATER)
    assert ledger_tail()[before:] == ["incidents.timeline_added", "incidents.timeline_withdrawn"]
    with pytest.raises(NotFound, match="or it was withdrawn already"):
        commands.withdraw_timeline_entry(entry_id, reason="again", actor=bob, now=LATER)


@pytest.mark.parametrize(
    ("text", "sentence"), [(" ", "a note needs words"), ("x" * 20_001, "at most 20,000 characters")]
)
def test_a_note_has_bounds(text: str, sentence: str, organisation: CastOrganisation, bob: Actor) -> None:
    case_id = opened(organisation.operations, actor=bob)
    with pytest.raises(BadInput, match=sentence):
        commands.add_note(case_id, text, actor=bob, now=LATER)


CASE_ACTS: dict[str, Callable[[CaseId, TimelineEntryId, Actor], object]] = {
    "change": lambda case, _, who: commands.change_case(case, FACTS, lead_id=None, version=1, actor=who, now=LATER),
    "move": lambda case, _, who: commands.move_case(
        case, CaseState.CONTAINED, reason="", version=1, actor=who, now=LATER
    ),
    "close": lambda case, _, who: commands.close_case(case, DONE, version=1, actor=who, now=LATER),
    "reopen": lambda case, _, who: commands.reopen_case(case, reason="x", version=1, actor=who, now=LATER),
    "merge": lambda case, _, who: commands.merge_case(case, into_id=case, version=1, actor=who, now=LATER),
    "link": lambda case, _, who: commands.link_alerts(case, alerts=(), actor=who, now=LATER),
    "note": lambda case, _, who: commands.add_note(case, "note", actor=who, now=LATER),
    "timeline": lambda case, _, who: commands.add_timeline_entry(case, at=NOON, text="x", actor=who, now=LATER),
    "withdraw": lambda _, entry, who: commands.withdraw_timeline_entry(entry, reason="x", actor=who, now=LATER),
}


@pytest.mark.parametrize("act", CASE_ACTS)
def test_charlie_of_another_unit_sees_no_case_and_leaves_no_record(
    act: str, organisation: CastOrganisation, bob: Actor, charlie: Actor, dora: Actor, ledger_tail: Tail
) -> None:
    case_id = opened(organisation.operations, actor=bob)
    entry_id = commands.add_timeline_entry(case_id, at=NOON, text="first", actor=bob, now=NOON)
    before = ledger_tail()
    with pytest.raises(NotFound, match="there is no such case"):
        CASE_ACTS[act](case_id, entry_id, charlie)
    with pytest.raises(Forbidden):
        CASE_ACTS[act](case_id, entry_id, dora)
    assert ledger_tail() == before
    with pytest.raises(NotFound):
        queries.case(case_id, actor=charlie)
    assert queries.cases(CaseFilter(), actor=charlie).rows == ()


def test_a_responder_may_not_close(organisation: CastOrganisation, bob: Actor) -> None:
    case_id = opened(organisation.operations, actor=bob)
    with pytest.raises(Forbidden, match=r"incidents\.close"):
        commands.close_case(case_id, DONE, version=1, actor=bob, now=LATER)


def test_charlie_opens_nothing(organisation: CastOrganisation, charlie: Actor) -> None:
    with pytest.raises(NotFound):
        opened(organisation.operations, actor=charlie)
    with pytest.raises(Forbidden):
        commands.begin_draft(alert_ids=[], unit_id=None, actor=charlie, now=NOON)


def test_a_draft_is_left_and_resumed_until_it_becomes_a_case(
    alerts: list[models.Alert], organisation: CastOrganisation, bob: Actor, alice: Actor, ledger_tail: Tail
) -> None:
    before = len(ledger_tail())
    draft_id = commands.begin_draft(alert_ids=[alerts[0].pk], unit_id=None, actor=bob, now=NOON)
    commands.choose_alerts(draft_id, alert_ids=[alert.pk for alert in alerts], actor=bob, now=NOON)
    commands.describe_draft(draft_id, title="Hm", severity="high", summary="", unit_id=None, actor=bob, now=NOON)
    with pytest.raises(BadInput, match="a title has 3 to 200 characters"):
        commands.open_draft(draft_id, alerts=refs(*alerts), actor=bob, now=NOON)
    commands.describe_draft(draft_id, title="Mimikatz", severity="high", summary="", unit_id=None, actor=bob, now=NOON)
    commands.lead_draft(draft_id, lead_id=alice.person_id, actor=bob, now=NOON)
    assert [row.title for row in queries.drafts(actor=bob)] == ["Mimikatz"]
    assert queries.drafts(actor=alice) == ()
    with pytest.raises(NotFound, match="no such draft of yours"):
        queries.draft(draft_id, actor=alice)
    with pytest.raises(NotFound, match="no such draft of yours"):
        commands.open_draft(draft_id, alerts=(), actor=alice, now=NOON)
    assert len(queries.draft(draft_id, actor=bob).alerts) == 2
    assert ledger_tail()[before:] == []
    case_id = commands.open_draft(draft_id, alerts=refs(*alerts), actor=bob, now=NOON)
    assert (case_of(case_id).unit_id, case_of(case_id).severity) == (organisation.operations, Severity.HIGH)
    assert queries.drafts(actor=bob) == ()


def test_a_draft_without_a_unit_is_not_opened_and_one_is_discarded(bob: Actor) -> None:
    draft_id = commands.begin_draft(alert_ids=[], unit_id=None, actor=bob, now=NOON)
    with pytest.raises(BadInput, match="this draft names none"):
        commands.open_draft(draft_id, alerts=(), actor=bob, now=NOON)
    commands.discard_draft(draft_id, actor=bob, now=NOON)
    assert queries.drafts(actor=bob) == ()


def test_an_unknown_case_is_not_found(bob: Actor) -> None:
    with pytest.raises(NotFound):
        commands.add_note(CaseId(uuid4()), "note", actor=bob, now=NOON)
    with pytest.raises(NotFound):
        queries.case_id_of("INC-2026-9999", actor=bob)


class CommandLife(RuleBasedStateMachine):
    """Any order of commands on one case: tables, version and ledger move together, or not at all."""

    organisation: CastOrganisation
    alice: Actor
    tail: Tail

    def __init__(self) -> None:
        super().__init__()
        (self.alert,) = raised(self.organisation.operations)
        self.case_id = opened(self.organisation.operations, self.alert, actor=self.alice)
        self.records = len(self.tail())

    def attempt(self, act: Callable[[], object], *, records: int = 1) -> None:
        version, before = version_of(self.case_id), case_of(self.case_id).state
        try:
            act()
        except (WrongState, ReasonMissing, UndecidedAlerts):
            assert len(self.tail()) == self.records
            assert (version_of(self.case_id), case_of(self.case_id).state) == (version, before)
            return
        self.records += records
        assert len(self.tail()) == self.records

    @rule(to=st.sampled_from(CaseState), reason=st.sampled_from(["", "because"]))
    def move(self, to: CaseState, reason: str) -> None:
        version = version_of(self.case_id)
        self.attempt(
            lambda: commands.move_case(self.case_id, to, reason=reason, version=version, actor=self.alice, now=LATER)
        )

    @rule()
    def close(self) -> None:
        version = version_of(self.case_id)
        self.attempt(lambda: commands.close_case(self.case_id, DONE, version=version, actor=self.alice, now=LATER))

    @rule()
    def reopen(self) -> None:
        version = version_of(self.case_id)
        self.attempt(
            lambda: commands.reopen_case(self.case_id, reason="new", version=version, actor=self.alice, now=LATER)
        )

    @rule()
    def confirm(self) -> None:
        self.attempt(lambda: commands.confirm(refs(self.alert), actor=self.alice, now=LATER))

    @rule()
    def dismiss(self) -> None:
        self.attempt(
            lambda: commands.dismiss(
                refs(self.alert), dismissal=Dismissal.DUPLICATE, note="", actor=self.alice, now=LATER
            )
        )

    @rule()
    def reopen_alert(self) -> None:
        self.attempt(lambda: commands.reopen(refs(self.alert), reason="new", actor=self.alice, now=LATER))

    @rule()
    def note(self) -> None:
        self.attempt(lambda: commands.add_note(self.case_id, "note", actor=self.alice, now=LATER))

    @invariant()
    def a_closed_case_has_a_conclusion_and_decided_alerts(self) -> None:
        case = case_of(self.case_id)
        assert (case.closed_at is not None) == (case.state == CaseState.CLOSED)
        if case.state == CaseState.CLOSED:
            alert = models.Alert.objects.get(pk=self.alert.pk)
            assert alert.state == "dismissed" or alert.is_confirmed
            assert case.cause


def test_any_order_of_commands_keeps_tables_and_ledger_together(
    organisation: CastOrganisation, alice: Actor, ledger_tail: Tail
) -> None:
    class Life(CommandLife):
        def __init__(self) -> None:
            self.sid = transaction.savepoint()
            super().__init__()

        def teardown(self) -> None:
            transaction.savepoint_rollback(self.sid)

    Life.organisation, Life.alice, Life.tail = organisation, alice, staticmethod(ledger_tail)
    run_state_machine_as_test(Life, settings=settings(max_examples=15, stateful_step_count=12, deadline=None))
