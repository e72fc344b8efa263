from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pypdf
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from burgrave.assets import commands as assets
from burgrave.assets.terms import AssetFacts, AssetType
from burgrave.assurance import commands as assurance
from burgrave.assurance.terms.findings import CorrectiveActionDraft, FindingDraft, FindingOrigin
from burgrave.isms import commands, queries, reports
from burgrave.isms.errors import OutdatedDigest, SeparationOfDuties, WrongState
from burgrave.isms.rules import reviewing as rules
from burgrave.isms.terms import Effect, Issue, Line, Origin, Party, ReadingDraft, Relation, Topic
from burgrave.isms.terms.meetings import DecisionDraft, DecisionState
from burgrave.isms.terms.reviews import (
    ConclusionDraft,
    Entry,
    Fact,
    Input,
    ReviewDraft,
    ReviewId,
    ReviewState,
    Section,
    Tone,
)
from burgrave.isms.tests.house import OBJECTIVE, indicator, written
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.reports import Format
from burgrave.web.terms import Actor, PersonId

ClientOf = Callable[[Actor], Client]
TODAY = NOON.date()
ADA = PersonId(UUID(int=11))


def draft(organisation: CastOrganisation, **facts: object) -> ReviewDraft:
    given = {
        "title": "Review of the year",
        "unit_id": organisation.root,
        "period_from": TODAY - timedelta(days=365),
        "period_to": TODAY,
        "planned_on": TODAY,
        "feedback": "Customers ask for certificates.",
        "opportunities": "Automate the reviews.",
    }
    return ReviewDraft(**(given | facts))


def conclusion(*people: Actor) -> ConclusionDraft:
    return ConclusionDraft(attendees=tuple(each.person_id for each in people), text="The system is effective.")


def held(organisation: CastOrganisation, alice: Actor, olga: Actor) -> ReviewId:
    made = commands.plan_review(draft(organisation), actor=alice, now=NOON)
    commands.hold_review(made, conclusion(alice, olga), version=1, actor=alice, now=NOON)
    return made


def view(review_id: ReviewId, actor: Actor):
    return queries.management_review(review_id, actor=actor, today=TODAY)


def full_house(organisation: CastOrganisation, alice: Actor) -> None:
    """Something for every input."""
    assets.add_asset(
        AssetFacts(name="Server", type=AssetType.SYSTEM, unit_id=organisation.root, review_every_days=1),
        actor=alice,
        now=NOON - timedelta(days=9),
    )
    issue = Issue(origin=Origin.EXTERNAL, topic=Topic.LAW, effect=Effect.BOTH, text="A law.")
    written(issue, organisation.root, actor=alice, title="New law")
    party = Party(relation=Relation.STAFF, text="x", requirements=(Line("Privacy"), Line("Pay", "payroll")))
    written(party, organisation.root, actor=alice, title="Staff council")
    objective = written(OBJECTIVE, organisation.root, actor=alice, title="Respond faster")
    hours = written(indicator(objective), organisation.root, actor=alice, title="Hours to respond")
    commands.take_reading(hours, ReadingDraft(on=TODAY, value=Decimal(12), sample_size=7), actor=alice, now=NOON)
    for origin, title in ((FindingOrigin.AUDIT, "No access review"), (FindingOrigin.CHECK, "Backup failed")):
        finding = FindingDraft(
            unique_key=title,
            origin=origin,
            subject="isms.test:1",
            title=title,
            unit_id=organisation.root,
            action=CorrectiveActionDraft(title="Mend it", due_on=TODAY - timedelta(days=1)),
        )
        assurance.raise_finding(finding, actor=alice, now=NOON)


sections = st.lists(
    st.builds(
        Section,
        input=st.sampled_from(Input),
        facts=st.lists(st.builds(Fact, name=st.text(), value=st.text(), tone=st.sampled_from(Tone)), max_size=3).map(
            tuple
        ),
        entries=st.lists(
            st.builds(Entry, title=st.text(), on=st.none() | st.dates(), tone=st.sampled_from(Tone)), max_size=3
        ).map(tuple),
        text=st.text(),
        more=st.integers(0, 99),
    ),
    max_size=4,
)


@given(sections)
def test_inputs_are_read_back_as_they_were_frozen(found: list[Section]) -> None:
    assert list(rules.sections_of(rules.plain(found))) == found
    assert rules.inputs_digest(rules.sections_of(rules.plain(found))) == rules.inputs_digest(found)


@pytest.mark.parametrize("state", list(ReviewState))
def test_each_step_of_a_review_has_its_states(state: ReviewState) -> None:
    for check, allowed in (
        (rules.must_be_planned, {ReviewState.PLANNED}),
        (rules.must_be_open, {ReviewState.PLANNED, ReviewState.HELD}),
        (rules.must_be_held, {ReviewState.HELD}),
    ):
        if state in allowed:
            check(state, number="REV-0001")
        else:
            with pytest.raises(WrongState, match="REV-0001"):
                check(state, number="REV-0001")


def test_a_digest_follows_everything_that_was_concluded() -> None:
    said = {
        "number": "REV-0001",
        "period": (TODAY, TODAY),
        "inputs": "a",
        "attendees": (ADA,),
        "conclusion": "x",
        "decisions": (("1", "x", ADA, TODAY),),
    }
    others = [
        {"number": "REV-0002"},
        {"period": (TODAY, TODAY + timedelta(days=1))},
        {"inputs": "b"},
        {"attendees": ()},
        {"conclusion": "y"},
        {"decisions": ()},
    ]
    assert len({rules.digest(**said), *(rules.digest(**(said | each)) for each in others)}) == 7


@pytest.mark.parametrize(
    "build",
    [
        lambda organisation: draft(organisation, title=" "),
        lambda organisation: draft(organisation, period_from=TODAY + timedelta(days=1)),
        lambda organisation: draft(organisation, period_from=date(2000, 1, 1)),
        lambda organisation: draft(organisation, feedback="x" * 20_001),
        lambda _organisation: ConclusionDraft(attendees=(), text="x"),
        lambda _organisation: ConclusionDraft(attendees=(ADA,), text=" "),
    ],
)
def test_what_makes_no_sense_is_refused(organisation: CastOrganisation, build) -> None:
    with pytest.raises(BadInput):
        build(organisation)


def test_a_review_assembles_every_input(organisation: CastOrganisation, alice: Actor) -> None:
    full_house(organisation, alice)
    made = commands.plan_review(draft(organisation), actor=alice, now=NOON)
    found = {each.input: each for each in view(made, alice).sections}
    assert list(found) == list(Input)
    titles = {which: [each.title for each in section.entries] for which, section in found.items()}
    assert titles[Input.ISSUES] == ["New law"]
    assert titles[Input.PARTIES] == ["Staff council"]
    assert set(titles[Input.NONCONFORMITIES]) == {"No access review", "Backup failed"}
    assert titles[Input.AUDITS] == ["No access review"]
    assert titles[Input.MEASUREMENTS] == ["Hours to respond"]
    assert [(each.title, each.state) for each in found[Input.OBJECTIVES].entries] == [("Respond faster", "Not reached")]
    assert titles[Input.FEEDBACK] == ["Privacy"]
    assert titles[Input.OPPORTUNITIES] == ["New law"]
    assert found[Input.FEEDBACK].text == "Customers ask for certificates."
    facts = {fact.name: fact for section in found.values() for fact in section.facts}
    assert facts["Overdue corrective actions"].value == "2"
    assert (facts["Requirements of interested parties without an answer"].sample) == "2"
    assert facts["Assets whose review is overdue"].value == "1"
    assert facts["Indicators that meet their target"].value == "0"


def test_a_review_of_a_unit_looks_at_nothing_beside_it(organisation: CastOrganisation, alice: Actor) -> None:
    full_house(organisation, alice)
    made = commands.plan_review(draft(organisation, unit_id=organisation.sales), actor=alice, now=NOON)
    assert not [entry for section in view(made, alice).sections for entry in section.entries]


def test_inputs_stay_as_they_were_when_it_was_held(
    organisation: CastOrganisation, alice: Actor, olga: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    full_house(organisation, alice)
    before = len(ledger_tail())
    made = held(organisation, alice, olga)
    frozen = view(made, alice)
    issue = Issue(origin=Origin.EXTERNAL, topic=Topic.LAW, effect=Effect.RISK, text="x")
    written(issue, organisation.root, actor=alice, title="Another law")
    commands.hold_review(made, replace(conclusion(olga), text="Better."), version=2, actor=alice, now=NOON)
    now = view(made, alice)
    assert (now.sections, now.inputs_digest) == (frozen.sections, frozen.inputs_digest)
    assert now.inputs_digest == rules.inputs_digest(now.sections)
    assert (now.conclusion, now.digest == frozen.digest) == ("Better.", False)
    decision = DecisionDraft(text="Hire.", owner_id=olga.person_id, due_on=TODAY)
    made_decision = commands.decide_in_review(made, decision, actor=alice, now=NOON)
    commands.approve_review(made, digest=view(made, olga).digest, actor=olga, now=NOON)
    assert view(made, alice).row.state is ReviewState.APPROVED
    commands.close_decision(made_decision, DecisionState.DONE, outcome="Hired.", version=1, actor=olga, now=NOON)
    assert ledger_tail()[before:] == [
        "isms.review_planned",
        "isms.review_held",
        "isms.statement_written",
        "isms.review_held",
        "isms.decided",
        "isms.review_approved",
        "isms.decision_closed",
    ]


def test_decisions_of_the_last_review_are_an_input_of_the_next(
    organisation: CastOrganisation, alice: Actor, olga: Actor
) -> None:
    first = held(organisation, alice, olga)
    decision = DecisionDraft(text="Hire two.", owner_id=olga.person_id, due_on=TODAY - timedelta(days=1))
    commands.decide_in_review(first, decision, actor=alice, now=NOON)
    second = commands.plan_review(draft(organisation), actor=alice, now=NOON)
    entry = view(second, alice).sections[0].entries[0]
    assert (entry.title, entry.state, entry.tone) == ("Hire two.", "Overdue", Tone.ACT)


def test_a_review_is_not_approved_by_its_writers_nor_as_it_was_before(
    organisation: CastOrganisation, alice: Actor, olga: Actor
) -> None:
    made = held(organisation, alice, olga)
    shown = view(made, olga).digest
    with pytest.raises(SeparationOfDuties):
        commands.approve_review(made, digest=shown, actor=alice, now=NOON)
    decision = DecisionDraft(text="Hire.", owner_id=olga.person_id, due_on=TODAY)
    commands.decide_in_review(made, decision, actor=alice, now=NOON)
    with pytest.raises(OutdatedDigest):
        commands.approve_review(made, digest=shown, actor=olga, now=NOON)


def test_what_is_held_is_not_planned_anew_and_what_is_approved_is_only_read(
    organisation: CastOrganisation, alice: Actor, olga: Actor
) -> None:
    made = commands.plan_review(draft(organisation), actor=alice, now=NOON)
    with pytest.raises(StaleEdit):
        commands.change_review(made, draft(organisation), version=2, actor=alice, now=NOON)
    commands.change_review(made, draft(organisation, title="B"), version=1, actor=alice, now=NOON)
    decision = DecisionDraft(text="Hire.", owner_id=olga.person_id, due_on=TODAY)
    with pytest.raises(WrongState, match="not being held"):
        commands.decide_in_review(made, decision, actor=alice, now=NOON)
    commands.hold_review(made, conclusion(alice), version=2, actor=alice, now=NOON)
    with pytest.raises(WrongState, match="inputs are frozen"):
        commands.change_review(made, draft(organisation), version=3, actor=alice, now=NOON)
    commands.approve_review(made, digest=view(made, olga).digest, actor=olga, now=NOON)
    with pytest.raises(WrongState, match="approved and closed"):
        commands.hold_review(made, conclusion(alice), version=4, actor=alice, now=NOON)
    with pytest.raises(WrongState):
        commands.decide_in_review(made, decision, actor=alice, now=NOON)


def test_a_period_that_has_not_begun_is_not_reviewed(organisation: CastOrganisation, alice: Actor) -> None:
    soon = draft(organisation, period_from=TODAY + timedelta(days=1), period_to=TODAY + timedelta(days=2))
    made = commands.plan_review(soon, actor=alice, now=NOON)
    with pytest.raises(BadInput, match="not begun"):
        commands.hold_review(made, conclusion(alice), version=1, actor=alice, now=NOON)


def test_charlie_finds_no_review(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, dora: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    made = commands.plan_review(draft(organisation), actor=alice, now=NOON)
    before = ledger_tail()
    for act in (
        lambda: view(made, charlie),
        lambda: commands.change_review(made, draft(organisation), version=1, actor=charlie, now=NOON),
        lambda: commands.hold_review(made, conclusion(charlie), version=1, actor=charlie, now=NOON),
        lambda: commands.approve_review(made, digest="", actor=charlie, now=NOON),
        lambda: reports.review_pack(Format.PDF, made, actor=charlie, now=NOON),
    ):
        with pytest.raises(NotFound):
            act()
    for actor in (charlie, dora):
        with pytest.raises(Forbidden):
            commands.plan_review(draft(organisation), actor=actor, now=NOON)
    assert ledger_tail() == before


def test_the_pack_prints_every_input_with_its_digest(organisation: CastOrganisation, alice: Actor, olga: Actor) -> None:
    full_house(organisation, alice)
    made = held(organisation, alice, olga)
    pack = reports.review_pack(Format.PDF, made, actor=alice, now=NOON)
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pack.data)).pages)
    for word in ("9.3.2 d) 1", "No access review", "Hours to respond", "The system is effective.", "The course of the"):
        assert word in text, word
    assert view(made, alice).inputs_digest in text.replace("\n", "").replace(" ", "")
    table = reports.review_pack(Format.CSV, made, actor=alice, now=NOON).data.decode("utf-8-sig")
    assert '"b","Changes in external and internal issues","ISS-0001","New law"' in table


def test_the_whole_way_on_pages(organisation: CastOrganisation, alice: Actor, olga: Actor, client_of: ClientOf) -> None:
    full_house(organisation, alice)
    mine, hers = client_of(alice), client_of(olga)
    assert "No review is planned yet" in mine.get(reverse("isms:reviews")).content.decode()
    assert mine.get(reverse("isms:plan_review")).status_code == 200
    fields = {
        "title": "Year",
        "unit": str(organisation.root),
        "period_from": "2026-01-01",
        "period_to": "2026-03-02",
        "planned_on": "2026-03-02",
    }
    place = mine.post(reverse("isms:plan_review"), fields).headers["Location"]
    made = UUID(place.rstrip("/").split("/")[-1])
    page = mine.get(place).content.decode()
    assert "The inputs are live" in page
    assert "How the indicators stand" in page
    change = reverse("isms:change_review", args=[made])
    assert "Year" in mine.get(change).content.decode()
    assert mine.post(change, fields | {"version": "1", "title": "The year"}).status_code == 302
    assert mine.post(change, fields | {"version": "1"}).status_code == 409
    hold = reverse("isms:hold_review", args=[made])
    assert mine.post(hold, {"attendees": [], "text": "x", "version": "2"}).status_code == 422
    sent = {"attendees": [str(alice.person_id)], "text": "Effective.", "version": "2"}
    assert mine.post(hold, sent).status_code == 302
    decide = reverse("isms:decide_in_review", args=[made])
    decision = {"text": "Hire two.", "owner": str(olga.person_id), "due_on": "2026-04-01"}
    assert mine.post(decide, decision).status_code == 302
    digest = view(ReviewId(made), alice).digest
    approve = reverse("isms:approve_review", args=[made])
    assert mine.post(approve, {"digest": digest}).status_code == 409
    assert hers.post(approve, {"digest": digest}).status_code == 302
    page = mine.get(place).content.decode()
    for word in ("Effective.", "Hire two.", "No access review", "Olga Ohlsen"):
        assert word in page
    assert "Hire two." in mine.get(reverse("isms:decisions")).content.decode()
    assert mine.post(reverse("isms:review_report", args=[made]), {"format": "docx"}).status_code == 200
    assert "The year" in mine.get(reverse("isms:reviews")).content.decode()


def test_a_record_asks_the_same_number_of_statements_whatever_it_shows(
    organisation: CastOrganisation, alice: Actor, django_assert_max_num_queries
) -> None:
    full_house(organisation, alice)
    for number in range(20):
        objective = written(OBJECTIVE, organisation.root, actor=alice, title=f"O{number}")
        written(indicator(objective), organisation.root, actor=alice, title=f"I{number}")
    made = commands.plan_review(draft(organisation), actor=alice, now=NOON)
    with django_assert_max_num_queries(45):
        view(made, alice)
