from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from burgrave.isms import commands, queries, reports
from burgrave.isms.errors import NoQuorum, OutdatedDigest, ReasonMissing, SeparationOfDuties, WrongState
from burgrave.isms.rules import meetings as rules
from burgrave.isms.terms import Line, Process
from burgrave.isms.terms.meetings import (
    AgendaItem,
    CommitteeDraft,
    CommitteeId,
    DecisionDraft,
    DecisionFilter,
    DecisionState,
    Function,
    ItemKind,
    MeetingDraft,
    MeetingId,
    MeetingState,
    MinutesDraft,
    Term,
)
from burgrave.isms.tests.house import ISSUE, written
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.reports import Format
from burgrave.web.terms import Actor, PersonId

ClientOf = Callable[[Actor], Client]
TODAY = NOON.date()
LATER = NOON + timedelta(hours=2)
ADA, BEN = (PersonId(UUID(int=number)) for number in (11, 12))


def term(person: PersonId, function: Function = Function.MEMBER, from_on: date = TODAY, until_on=None) -> Term:
    return Term(person_id=person, function=function, from_on=from_on, until_on=until_on)


def seated(organisation: CastOrganisation, *actors: Actor, quorum: int = 2) -> CommitteeId:
    first = actors[0]
    draft = CommitteeDraft(name="Security committee", unit_id=organisation.root, quorum=quorum)
    made = commands.found_committee(draft, actor=first, now=NOON)
    for place, actor in enumerate(actors):
        function = (Function.CHAIR, Function.SECRETARY, *[Function.MEMBER] * 5)[place]
        commands.seat(made, term(actor.person_id, function), actor=first, now=NOON)
    return made


def held(organisation: CastOrganisation, alice: Actor, olga: Actor) -> MeetingId:
    committee = seated(organisation, alice, olga)
    meeting = commands.plan_meeting(committee, MeetingDraft(planned_at=NOON), actor=alice, now=NOON)
    minutes = MinutesDraft(present=(alice.person_id, olga.person_id), text="All was said.")
    commands.write_minutes(meeting, minutes, version=1, actor=alice, now=LATER)
    return meeting


def decision(owner: Actor, **facts: object) -> DecisionDraft:
    given = {"text": "Buy a second firewall.", "due_on": TODAY + timedelta(days=30)} | facts
    return DecisionDraft(owner_id=owner.person_id, **given)


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (term(ADA), "member in these days already"),
        (term(BEN, Function.CHAIR), "one chair"),
    ],
    ids=["twice", "second chair"],
)
def test_a_seat_is_refused_where_it_is_taken(new: Term, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        rules.must_have_a_seat(new, [term(ADA, Function.CHAIR)])


def test_terms_follow_each_other_and_members_are_many() -> None:
    before = term(ADA, Function.CHAIR, until_on=TODAY)
    rules.must_have_a_seat(term(BEN, Function.CHAIR, from_on=TODAY + timedelta(days=1)), [before])
    rules.must_have_a_seat(term(BEN), [term(ADA)])
    with pytest.raises(BadInput, match="on the day on which it begins"):
        term(ADA, until_on=TODAY - timedelta(days=1))


@pytest.mark.parametrize("state", list(MeetingState))
def test_each_step_of_a_meeting_has_its_states(state: MeetingState) -> None:
    for check, allowed in (
        (rules.must_be_open, {MeetingState.PLANNED, MeetingState.HELD}),
        (rules.must_be_held, {MeetingState.HELD}),
        (rules.must_be_planned, {MeetingState.PLANNED}),
    ):
        if state in allowed:
            check(state, number="MTG-0001")
        else:
            with pytest.raises(WrongState, match="MTG-0001"):
                check(state, number="MTG-0001")


def test_an_item_is_read_back_as_it_was() -> None:
    for item in (
        AgendaItem(kind=ItemKind.OWN, title="Budget", note="20 minutes"),
        AgendaItem(kind=ItemKind.DECISION, title="x", number="DEC-0001", key=str(ADA), on=TODAY),
    ):
        assert rules.item_of(rules.plain_item(item)) == item


def test_a_digest_follows_everything_that_was_said() -> None:
    said = {
        "number": "MTG-0001",
        "planned_at": NOON,
        "place": "Room 1",
        "agenda": (AgendaItem(kind=ItemKind.OWN, title="x"),),
        "present": (ADA, BEN),
        "minutes": "x",
        "decisions": (("1", "x", ADA, TODAY),),
    }
    others = [
        {"place": "Room 2"},
        {"agenda": ()},
        {"present": (ADA,)},
        {"minutes": "y"},
        {"decisions": ()},
        {"planned_at": LATER},
        {"number": "MTG-0002"},
    ]
    digests = {rules.minutes_digest(**said), *(rules.minutes_digest(**(said | other)) for other in others)}
    assert len(digests) == 8
    assert rules.minutes_digest(**(said | {"present": (BEN, ADA)})) in digests


def test_a_meeting_goes_its_way(
    organisation: CastOrganisation, alice: Actor, olga: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    meeting = held(organisation, alice, olga)
    made = commands.decide(meeting, decision(olga), actor=alice, now=LATER)
    view = queries.meeting(meeting, actor=olga)
    assert view.has_quorum
    commands.approve_minutes(meeting, digest=view.digest, actor=olga, now=LATER)
    view = queries.meeting(meeting, actor=alice)
    assert (view.row.state, view.approved_by) == (MeetingState.APPROVED, "Olga Ohlsen")
    assert [each.number for each in view.decisions] == ["DEC-0001"]
    commands.close_decision(made, DecisionState.DONE, outcome="Bought.", version=1, actor=olga, now=LATER)
    assert ledger_tail() == [
        "isms.committee_set",
        "isms.member_seated",
        "isms.member_seated",
        "isms.meeting_planned",
        "isms.minutes_written",
        "isms.decided",
        "isms.minutes_approved",
        "isms.decision_closed",
    ]


def test_nobody_approves_minutes_that_they_wrote_or_decided_into(
    organisation: CastOrganisation, alice: Actor, olga: Actor
) -> None:
    meeting = held(organisation, alice, olga)
    digest = queries.meeting(meeting, actor=alice).digest
    with pytest.raises(SeparationOfDuties):
        commands.approve_minutes(meeting, digest=digest, actor=alice, now=LATER)
    commands.decide(meeting, decision(alice), actor=olga, now=LATER)
    digest = queries.meeting(meeting, actor=olga).digest
    with pytest.raises(SeparationOfDuties):
        commands.approve_minutes(meeting, digest=digest, actor=olga, now=LATER)


def test_a_decision_after_the_minutes_were_shown_makes_them_others(
    organisation: CastOrganisation, alice: Actor, olga: Actor
) -> None:
    meeting = held(organisation, alice, olga)
    shown = queries.meeting(meeting, actor=olga).digest
    commands.decide(meeting, decision(olga), actor=alice, now=LATER)
    with pytest.raises(OutdatedDigest):
        commands.approve_minutes(meeting, digest=shown, actor=olga, now=LATER)


def test_without_a_quorum_nothing_is_decided(organisation: CastOrganisation, alice: Actor, olga: Actor) -> None:
    committee = seated(organisation, alice, olga)
    meeting = commands.plan_meeting(committee, MeetingDraft(planned_at=NOON), actor=alice, now=NOON)
    alone = MinutesDraft(present=(alice.person_id,), text="Nobody else came.")
    commands.write_minutes(meeting, alone, version=1, actor=alice, now=LATER)
    with pytest.raises(NoQuorum, match="1 members were present and 2 are needed"):
        commands.decide(meeting, decision(alice), actor=alice, now=LATER)
    both = replace(alone, present=(alice.person_id, olga.person_id))
    commands.write_minutes(meeting, both, version=2, actor=alice, now=LATER)
    commands.decide(meeting, decision(alice), actor=alice, now=LATER)
    with pytest.raises(NoQuorum):
        commands.write_minutes(meeting, alone, version=4, actor=alice, now=LATER)


def test_guests_are_no_members_and_minutes_wait_for_the_meeting(
    organisation: CastOrganisation, alice: Actor, olga: Actor, dora: Actor
) -> None:
    committee = seated(organisation, alice, olga)
    soon = MeetingDraft(planned_at=NOON + timedelta(days=1))
    meeting = commands.plan_meeting(committee, soon, actor=alice, now=NOON)
    with pytest.raises(BadInput, match="not begun"):
        commands.write_minutes(meeting, MinutesDraft(present=(), text="x"), version=1, actor=alice, now=NOON)
    after = NOON + timedelta(days=2)
    guest = MinutesDraft(present=(dora.person_id,), text="x")
    with pytest.raises(BadInput, match="no member on the day"):
        commands.write_minutes(meeting, guest, version=1, actor=alice, now=after)
    with pytest.raises(StaleEdit):
        commands.write_minutes(meeting, replace(guest, present=()), version=7, actor=alice, now=after)


def test_an_agenda_assembles_itself(organisation: CastOrganisation, alice: Actor, olga: Actor) -> None:
    first = held(organisation, alice, olga)
    commands.decide(first, decision(olga), actor=alice, now=LATER)
    committee = queries.meeting(first, actor=alice).row.committee_id
    written(ISSUE, organisation.root, actor=alice, title="Waits", review_every_days=1)
    written(Process(), organisation.root, actor=alice, title="Gap")
    draft = MeetingDraft(planned_at=NOON + timedelta(days=10), items=(Line("Budget"),))
    second = commands.plan_meeting(committee, draft, actor=alice, now=LATER)
    assert [(each.kind, each.title) for each in queries.meeting(second, actor=alice).agenda] == [
        (ItemKind.OWN, "Budget"),
        (ItemKind.DECISION, "Buy a second firewall."),
        (ItemKind.APPROVAL, "Waits"),
        (ItemKind.APPROVAL, "Gap"),
        (ItemKind.GAP, "Gap"),
        (ItemKind.REVIEW, "Waits"),
    ]
    commands.change_meeting(second, replace(draft, items=()), version=1, actor=alice, now=LATER)
    assert queries.meeting(second, actor=alice).agenda[0].kind is ItemKind.DECISION


def test_a_meeting_is_cancelled_with_a_reason_and_then_only_read(
    organisation: CastOrganisation, alice: Actor, olga: Actor
) -> None:
    committee = seated(organisation, alice, olga)
    meeting = commands.plan_meeting(committee, MeetingDraft(planned_at=NOON), actor=alice, now=NOON)
    with pytest.raises(ReasonMissing):
        commands.cancel_meeting(meeting, reason=" ", version=1, actor=alice, now=NOON)
    commands.cancel_meeting(meeting, reason="Storm.", version=1, actor=alice, now=NOON)
    for act in (
        lambda: commands.cancel_meeting(meeting, reason="x", version=2, actor=alice, now=NOON),
        lambda: commands.change_meeting(meeting, MeetingDraft(planned_at=NOON), version=2, actor=alice, now=NOON),
        lambda: commands.write_minutes(meeting, MinutesDraft(present=(), text="x"), version=2, actor=alice, now=LATER),
        lambda: commands.approve_minutes(meeting, digest="", actor=olga, now=NOON),
        lambda: commands.decide(meeting, decision(olga), actor=alice, now=NOON),
        lambda: reports.minutes(Format.PDF, meeting, actor=alice, now=NOON),
    ):
        with pytest.raises(WrongState):
            act()


def test_terms_end_and_committees_change(organisation: CastOrganisation, alice: Actor, olga: Actor) -> None:
    committee = seated(organisation, alice, olga)
    member = queries.committee(committee, actor=alice, today=TODAY).members[0]
    with pytest.raises(BadInput, match="on the day on which it begins"):
        commands.end_term(committee, member.member_id, until_on=TODAY - timedelta(days=1), actor=alice, now=NOON)
    commands.end_term(committee, member.member_id, until_on=TODAY, actor=alice, now=NOON)
    with pytest.raises(NotFound):
        commands.end_term(committee, uuid4(), until_on=TODAY, actor=alice, now=NOON)
    tomorrow = TODAY + timedelta(days=1)
    assert queries.committee(committee, actor=alice, today=tomorrow).row.members == 1
    other = CommitteeDraft(name="Board", unit_id=organisation.sales, quorum=1)
    commands.edit_committee(committee, other, version=1, actor=alice, now=NOON)
    with pytest.raises(StaleEdit):
        commands.edit_committee(committee, other, version=1, actor=alice, now=NOON)
    assert [each.name for each in queries.committees(actor=alice, today=TODAY)] == ["Board"]


def test_an_owner_closes_their_decision_and_others_do_not(
    organisation: CastOrganisation, alice: Actor, olga: Actor, dora: Actor
) -> None:
    meeting = held(organisation, alice, olga)
    hers = commands.decide(meeting, decision(dora), actor=alice, now=LATER)
    other = commands.decide(meeting, decision(olga), actor=alice, now=LATER)
    done = DecisionState.DONE
    with pytest.raises(Forbidden):
        commands.close_decision(other, done, outcome="x", version=1, actor=dora, now=LATER)
    with pytest.raises(ReasonMissing):
        commands.close_decision(hers, done, outcome=" ", version=1, actor=dora, now=LATER)
    commands.close_decision(hers, DecisionState.DROPPED, outcome="Too dear.", version=1, actor=dora, now=LATER)
    with pytest.raises(WrongState):
        commands.close_decision(hers, done, outcome="x", version=2, actor=dora, now=LATER)
    with pytest.raises(StaleEdit):
        commands.close_decision(other, done, outcome="x", version=3, actor=olga, now=LATER)
    with pytest.raises(BadInput, match="at most"):
        commands.close_decision(other, done, outcome="x" * 20_001, version=1, actor=olga, now=LATER)
    late = TODAY + timedelta(days=31)
    for narrowed, count in (
        (DecisionFilter(), 2),
        (DecisionFilter(states=(done,)), 0),
        (DecisionFilter(owner_id=dora.person_id), 1),
        (DecisionFilter(overdue=True), 1),
        (DecisionFilter(text="FIREWALL"), 2),
    ):
        assert queries.decisions(narrowed, actor=alice, today=late).total == count


def test_charlie_finds_no_committee_and_leaves_no_record(
    organisation: CastOrganisation, alice: Actor, olga: Actor, charlie: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    meeting = held(organisation, alice, olga)
    made = commands.decide(meeting, decision(olga), actor=alice, now=LATER)
    committee = queries.meeting(meeting, actor=alice).row.committee_id
    before = ledger_tail()
    draft = CommitteeDraft(name="x", unit_id=organisation.sales, quorum=1)
    plan = MeetingDraft(planned_at=NOON)
    for act in (
        lambda: queries.committee(committee, actor=charlie, today=TODAY),
        lambda: queries.meeting(meeting, actor=charlie),
        lambda: queries.decision(made, actor=charlie),
        lambda: commands.edit_committee(committee, draft, version=1, actor=charlie, now=NOON),
        lambda: commands.seat(committee, term(charlie.person_id), actor=charlie, now=NOON),
        lambda: commands.plan_meeting(committee, plan, actor=charlie, now=NOON),
        lambda: commands.change_meeting(meeting, plan, version=1, actor=charlie, now=NOON),
        lambda: commands.decide(meeting, decision(charlie), actor=charlie, now=NOON),
        lambda: commands.close_decision(made, DecisionState.DONE, outcome="x", version=1, actor=charlie, now=NOON),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(Forbidden):
        commands.found_committee(draft, actor=charlie, now=NOON)
    assert ledger_tail() == before


def test_minutes_are_printed_with_their_digest(organisation: CastOrganisation, alice: Actor, olga: Actor) -> None:
    meeting = held(organisation, alice, olga)
    commands.decide(meeting, decision(olga), actor=alice, now=LATER)
    made = reports.minutes(Format.PDF, meeting, actor=alice, now=LATER)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made.data)).pages)
    for word in ("Minutes MTG-0001", "All was said.", "Buy a second firewall.", "Olga Ohlsen", "2 / 2"):
        assert word in text
    assert queries.meeting(meeting, actor=alice).digest in text.replace("\n", "")
    table = reports.minutes(Format.CSV, meeting, actor=alice, now=LATER).data.decode("utf-8-sig")
    assert '"DEC-0001","Buy a second firewall.","Olga Ohlsen","2026-04-01"' in table


def test_the_whole_way_on_pages(organisation: CastOrganisation, alice: Actor, olga: Actor, client_of: ClientOf) -> None:
    mine, hers = client_of(alice), client_of(olga)

    def post(client: Client, address: str, status: int = 302, **fields: object) -> str:
        answer = client.post(address, fields)
        assert answer.status_code == status, (address, answer.content.decode())
        return answer.headers.get("Location", "")

    def page(address: str) -> str:
        answer = mine.get(address)
        assert answer.status_code == 200, address
        return answer.content.decode()

    assert "No committee yet" in page(reverse("isms:committees"))
    place = post(mine, reverse("isms:add_committee"), name="Board", unit=organisation.root, quorum=2, every_days=90)
    committee = place.rstrip("/").split("/")[-1]
    assert "Too few members" in page(place)
    for actor, function in ((alice, "chair"), (olga, "secretary")):
        seat = reverse("isms:seat", args=[committee])
        post(mine, seat, person=actor.person_id, function=function, from_on="2026-01-01")
    post(
        mine, reverse("isms:seat", args=[committee]), 422, person=olga.person_id, function="chair", from_on="2026-01-01"
    )
    meeting = post(mine, reverse("isms:plan_meeting", args=[committee]), planned_at="2026-03-02T12:00", items="Budget")
    number = meeting.rstrip("/").split("/")[-1]
    assert "Proposed for this meeting" in page(meeting)
    post(mine, reverse("isms:change_meeting", args=[number]), planned_at="2026-03-02T13:00", items="Staff", version=1)
    post(mine, reverse("isms:change_meeting", args=[number]), 409, planned_at="2026-03-02T13:00", version=1)
    present = [str(alice.person_id), str(olga.person_id)]
    post(mine, reverse("isms:write_minutes", args=[number]), present=present, text="Said.", version=2)
    post(mine, reverse("isms:decide", args=[number]), text="Hire two.", owner=olga.person_id, due_on="2026-04-01")
    digest = queries.meeting(UUID(number), actor=alice).digest
    post(mine, reverse("isms:approve_minutes", args=[number]), 409, digest=digest)
    post(hers, reverse("isms:approve_minutes", args=[number]), digest=digest)
    assert "Minutes approved" in page(meeting)
    assert "Hire two." in page(reverse("isms:decisions"))
    made = queries.decisions(DecisionFilter(), actor=alice, today=TODAY).rows[0].decision_id
    one = reverse("isms:decision", args=[made])
    assert "Close the decision" in page(one)
    post(hers, one, 422, state="done", outcome="", version=1)
    post(hers, one, state="done", outcome="Hired.", version=1)
    assert "Hired." in page(one)
    assert "Hire two." not in page(reverse("isms:decisions"))
    assert "Hire two." in page(f"{reverse('isms:decisions')}?state=done&q=hire")
    assert hers.post(reverse("isms:minutes_report", args=[number]), {"format": "docx"}).status_code == 200
    assert page(reverse("isms:edit_committee", args=[committee]))


@pytest.mark.parametrize("count", [1, 25])
def test_lists_of_committees_ask_the_same_number_of_statements(
    organisation: CastOrganisation, alice: Actor, olga: Actor, django_assert_num_queries, count: int
) -> None:
    meeting = held(organisation, alice, olga)
    for _number in range(count):
        commands.decide(meeting, decision(olga), actor=alice, now=LATER)
        committee = seated(organisation, alice, olga)
        commands.plan_meeting(committee, MeetingDraft(planned_at=LATER), actor=alice, now=NOON)
    with django_assert_num_queries(1):
        queries.committees(actor=alice, today=TODAY)
    with django_assert_num_queries(4):
        queries.committee(committee, actor=alice, today=TODAY)
    with django_assert_num_queries(3):
        queries.meeting(meeting, actor=alice)
    with django_assert_num_queries(2):
        assert queries.decisions(DecisionFilter(), actor=alice, today=TODAY).total == count
    assert len(queries.meetings_between(TODAY, TODAY, actor=alice)) == count + 1
