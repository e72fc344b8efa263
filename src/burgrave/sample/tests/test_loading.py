from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from burgrave.assets import commands as assets
from burgrave.assets import queries as asset_queries
from burgrave.assets.errors import SampleStaysApart as AssetsStayApart
from burgrave.assets.models import Asset
from burgrave.assets.terms import AssetFacts, AssetType, DependencyKind, Need
from burgrave.imports.models import Import
from burgrave.imports.terms import ImportState
from burgrave.incidents import commands as incidents
from burgrave.incidents import queries as incident_queries
from burgrave.incidents.models import Alert, Case, EventFile
from burgrave.incidents.terms import AlertState, CaseFacts, CaseState, EventFileState, Severity
from burgrave.isms import queries as isms
from burgrave.isms.terms import Kind, StatementFilter, StatementState
from burgrave.isms.terms.meetings import MeetingState
from burgrave.isms.terms.reviews import ReviewState
from burgrave.isms.terms.rows import Standing
from burgrave.ledger.models import Entry, Opening
from burgrave.people import commands as people
from burgrave.people import queries as people_queries
from burgrave.people.errors import SampleStands, SampleStaysApart
from burgrave.people.models import OneTimeLink, Person, Unit
from burgrave.people.terms import RoleCode, SamplePerson
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.sample import commands, queries
from burgrave.sample.commands import loading
from burgrave.sample.commands.removing import DROPS
from burgrave.sample.errors import AlreadyLoaded, NoSuchRole, NotLoaded
from burgrave.sample.rules.assets import inventory as plan_inventory
from burgrave.sample.rules.people import people as plan_people
from burgrave.sample.terms import Tongue, Wanted
from burgrave.sample.tests.chain import the_chain_stands_and_leaves
from burgrave.site.wiring import DESK
from burgrave.web.errors import BadInput, Forbidden
from burgrave.web.terms import Actor, PersonId, system_actor

pytestmark = pytest.mark.django_db

ON_A_SERVER = "DATABASE_URL" in os.environ
"""The words of a language are the same on every database, and one loading takes seconds."""

LEFT_ALONE = {
    "people.Organisation",
    "assets.Inventory",
    "isms.Counter",
    "policies.Catalogue",
    "incidents.CaseCounter",
    "incidents.RuleVersion",
    "incidents.RuleSetState",
    "incidents.RuleFault",
}
"""What counts upwards only, what is the same for all, and the tag of the tree of units, new at every change."""
DOMAINS = ("people", "assets", "assurance", "incidents", "isms", "lists", "policies", "sample")


def load(tongue: Tongue = Tongue.ENGLISH, **more: Any) -> None:
    commands.load(Wanted(tongue=tongue, **more), desk=DESK, actor=system_actor(), now=NOON)


def rows() -> dict[str, set[tuple[object, ...]]]:
    """Every row of every table of the domains."""
    return {
        model._meta.label: {tuple(map(repr, row)) for row in model.objects.values_list()}
        for label in DOMAINS
        for model in apps.get_app_config(label).get_models()
        if model._meta.label not in LEFT_ALONE
    }


def rows_without_rules() -> dict[str, set[tuple[object, ...]]]:
    """The rules that ship along stand in the search from the first reading on, with the sample and without."""
    found = rows()
    found["lists.SearchEntry"] = {row for row in found["lists.SearchEntry"] if "'incidents.rule'" not in row}
    return found


@pytest.fixture
def real(organisation: CastOrganisation, alice: Actor, bob: Actor) -> AssetFacts:
    """A real asset of a real owner."""
    owner = bob.person_id
    facts = AssetFacts(
        name="Billing", type=AssetType.SERVICE, unit_id=organisation.operations, reference="BILL", owner_id=owner,
        own=Need(confidentiality=2),
    )  # fmt: skip
    assets.add_asset(facts, actor=alice, now=NOON)
    return facts


@pytest.mark.one_round
@pytest.mark.parametrize("tongue", list(Tongue))
def test_the_company_stands_in_the_language_that_was_asked_for_and_leaves(
    organisation: CastOrganisation, alice: Actor, tongue: Tongue, settings: Any, tmp_path: Path
) -> None:
    """One loading takes seconds, so everything that is said of a loaded company is asked of the same two."""
    settings.BURGRAVE_BLOBS = tmp_path / "files"
    load(tongue)
    people_and_assets_stand(tongue)
    alerts_stand_in_every_state_and_incidents_in_every_phase()
    the_management_system_was_written_approved_and_measured_for_a_year()
    every_need_is_what_the_whole_graph_gives(tongue)
    the_outsider_leaves_by_themselves()
    nobody_can_sign_in_before_somebody_made_them_a_link()
    the_chain_stands_and_leaves(NOON)
    real_incidents_keep_numbers_without_gaps(organisation, alice)


def people_and_assets_stand(tongue: Tongue) -> None:
    state = queries.state()
    assert state is not None
    assert state.loaded_at == NOON
    assert (state.counts.units, state.counts.persons) == (Unit.objects.filter(is_sample=True).count(), 638)
    assert state.counts.assets == Asset.objects.filter(unit__is_sample=True).count() == Asset.objects.count() >= 880
    assert {row.type for row in Asset.objects.all()} == set(AssetType)
    said = Asset.objects.get(reference="SMP-P-SHOP").name
    assert said == ("网上销售备件" if tongue is Tongue.CHINESE else "Selling spare parts online")
    overdue = asset_queries.overdue_count(actor=everywhere(), today=NOON.date())
    assert 5 < overdue < 30


def alerts_stand_in_every_state_and_incidents_in_every_phase() -> None:
    state = queries.state()
    assert state is not None
    assert (state.counts.event_files, state.counts.cases) == (10, 7)
    assert state.counts.alerts == Alert.objects.count() >= 30
    assert set(Alert.objects.values_list("state", flat=True)) == set(AlertState)
    assert set(Case.objects.values_list("state", flat=True)) == set(CaseState)
    assert set(EventFile.objects.values_list("state", flat=True)) == {EventFileState.READ}
    assert "incidents.case_reopened" in set(Entry.objects.values_list("kind", flat=True))
    merged = Case.objects.get(state=CaseState.MERGED)
    assert merged.merged_into is not None
    assert merged.merged_into.alerts.count() == 11
    for case in Case.objects.all():
        assert case.number.startswith("SAMPLE-")
        assert case.opened_at <= NOON
    named = set(Alert.objects.values_list("computer", flat=True))
    assert asset_queries.by_hosts(named, actor=everywhere()).keys() == named
    a_correlation_was_found_and_says_what_it_counted()


def a_correlation_was_found_and_says_what_it_counted() -> None:
    alert = Alert.objects.get(rule__title="Many Accounts Tried From One Address")
    assert alert.case is not None
    assert alert.is_confirmed
    [match] = incident_queries.alert_detail(alert.pk, actor=everywhere()).matches
    assert match.counted is not None
    assert (match.counted.events, match.counted.measured, len(match.counted.named)) == (19, "10", 19)
    assert {each.rule_title for each in match.counted.named} == {"Sign-In Over the Network Refused"}
    assert not Alert.objects.filter(rule__title="Sign-In Over the Network Refused").exists()


def the_management_system_was_written_approved_and_measured_for_a_year() -> None:
    head, today = everywhere(), NOON.date()
    found = isms.statements(StatementFilter(), size=100, actor=head, today=today).rows
    assert {each.kind for each in found} == set(Kind)
    assert {each.state for each in found} == {StatementState.APPROVED, StatementState.DRAFT}
    rows = isms.indicators(actor=head, today=today)
    assert [len(isms.readings(each.row.statement_id)) for each in rows] == [13] * 4
    assert {each.standing for each in rows} == {Standing.MET, Standing.MISSED}
    assert sum(len(each.gaps) for each in isms.matrix(actor=head).rows) == 1
    review = isms.management_reviews(actor=head).rows[0]
    assert review.state is ReviewState.APPROVED
    entries = [
        entry
        for section in isms.management_review(review.review_id, actor=head, today=today).sections
        for entry in section.entries
    ]
    assert len(entries) > 10
    committee = isms.committee(isms.committees(actor=head, today=today)[0].committee_id, actor=head, today=today)
    assert [each.state for each in committee.meetings] == [
        MeetingState.PLANNED,
        MeetingState.APPROVED,
        MeetingState.APPROVED,
    ]
    assert len(committee.decisions) == 2


def real_incidents_keep_numbers_without_gaps(organisation: CastOrganisation, alice: Actor) -> None:
    facts = CaseFacts(title="Real", severity=Severity.LOW, summary="")
    case_id = incidents.open_case(facts, lead_id=None, unit_id=organisation.sales, actor=alice, now=NOON)
    assert Case.objects.get(pk=case_id).number == f"INC-{NOON.year}-0001"


def everywhere() -> Actor:
    head = people_queries.sample_holders("head_of_security")[0][0]
    return people_queries.actor_of(head, NOON)


def every_need_is_what_the_whole_graph_gives(tongue: Tongue) -> None:
    ranks = ("need_confidentiality", "need_integrity", "need_availability", "need_highest")
    before = sorted(Asset.objects.values_list("pk", *ranks))
    assets.renew_all()
    assert sorted(Asset.objects.values_list("pk", *ranks)) == before
    database = Asset.objects.get(reference="SMP-S-SHOPDB")
    assert (database.own_availability, database.need_availability) == (0, 4)
    why = asset_queries.asset(database.pk, actor=everywhere()).why
    said = "网上销售备件" if tongue is Tongue.CHINESE else "Selling spare parts online"
    assert why[2].path[-1].name == said
    lowered = Asset.objects.get(reference="SMP-S-WEB1")
    assert (lowered.need_availability, lowered.lowered_availability) == (3, 3)


@pytest.mark.parametrize("tongue", Tongue)
def test_the_same_seed_makes_the_same_and_another_does_not(tongue: Tongue) -> None:
    def company(seed: int) -> tuple[object, ...]:
        everybody = plan_people(tongue, seed=seed)
        return everybody, plan_inventory(tongue, everybody, seed=seed)

    assert company(1) == company(1)
    assert company(1) != company(2)


def nobody_can_sign_in_before_somebody_made_them_a_link() -> None:
    assert not any(person.has_usable_password() for person in Person.objects.filter(unit__is_sample=True)[:50])
    assert not OneTimeLink.objects.exists()
    email, invited = commands.invite("incident_responder", actor=system_actor(), now=NOON)
    assert email.endswith("@fennmark.example")
    token = invited.path.strip("/").split("/")[1]
    assert people.accept_invitation(token, password="violet-harbour-lantern-42", now=NOON) == invited.person_id
    with pytest.raises(NoSuchRole, match="no_such_role"):
        commands.invite("no_such_role", actor=system_actor(), now=NOON)


def the_outsider_leaves_by_themselves() -> None:
    [(outside, _email)] = people_queries.sample_holders("external_auditor")
    assert people_queries.actor_of(outside, NOON).may_anywhere("assets.read")
    later = NOON.replace(month=NOON.month + 2)
    assert not people_queries.actor_of(outside, later).may_anywhere("assets.read")


class TestNothingIsMixed:
    """A sample of one unit, one person and one asset is enough to try every way across."""

    @pytest.fixture(autouse=True)
    def _small(self, real: AssetFacts) -> None:
        system = system_actor()
        self.unit = people.add_sample_root(name="Small", actor=system, now=NOON)
        plan = SamplePerson(email="x@fennmark.example", name="X", unit_id=self.unit, joined_at=NOON)
        [person] = people.add_sample_people([plan], actor=system, now=NOON)
        self.person = PersonId(person)
        facts = AssetFacts(name="Server", type=AssetType.SYSTEM, unit_id=self.unit, reference="SMP-1", owner_id=person)
        self.asset = assets.add_asset(facts, actor=system, now=NOON)

    def test_a_real_person_does_not_move_into_the_sample(self, bob: Actor) -> None:
        with pytest.raises(SampleStaysApart):
            people.edit_person(
                bob.person_id,
                email="b@example.org",
                name="B",
                unit_id=self.unit,
                version=1,
                actor=system_actor(),
                now=NOON,
            )

    def test_somebody_made_up_gets_no_role_outside(self, organisation: CastOrganisation) -> None:
        with pytest.raises(SampleStaysApart):
            people.grant(
                self.person,
                role=RoleCode.TRAINER,
                unit_id=organisation.sales,
                expires_at=None,
                actor=system_actor(),
                now=NOON,
            )

    def test_somebody_real_may_get_a_role_in_the_sample_and_loses_it_with_it(self, bob: Actor) -> None:
        role = RoleCode.TRAINER
        system = system_actor()
        people.grant(bob.person_id, role=role, unit_id=self.unit, expires_at=None, actor=system, now=NOON)
        assets.drop_sample(actor=system, now=NOON)
        people.drop_sample(actor=system, now=NOON)
        assert not people_queries.actor_of(bob.person_id, NOON).may_anywhere("people.read")

    def test_made_up_people_come_only_into_the_sample(self, organisation: CastOrganisation) -> None:
        stray = SamplePerson(email="y@fennmark.example", name="Y", unit_id=organisation.sales, joined_at=NOON)
        with pytest.raises(SampleStaysApart):
            people.add_sample_people([stray], actor=system_actor(), now=NOON)

    def test_a_real_asset_has_no_made_up_owner(self, real: AssetFacts) -> None:
        facts = replace(real, reference="B2", owner_id=self.person)
        with pytest.raises(AssetsStayApart):
            assets.add_asset(facts, actor=system_actor(), now=NOON)
        with pytest.raises(AssetsStayApart):
            assets.save_many([facts], actor=system_actor(), now=NOON)

    def test_no_asset_changes_sides(self, real: AssetFacts) -> None:
        row = Asset.objects.get(reference="BILL")
        moved = replace(real, unit_id=self.unit, owner_id=None)
        with pytest.raises(AssetsStayApart):
            assets.edit_asset(row.pk, moved, version=row.version, actor=system_actor(), now=NOON)
        with pytest.raises(AssetsStayApart):
            assets.save_many([moved], actor=system_actor(), now=NOON)

    def test_no_dependency_leads_across(self, real: AssetFacts) -> None:
        mine = Asset.objects.get(reference="BILL")
        link = ("BILL", DependencyKind.RUNS_ON, "SMP-1")
        with pytest.raises(AssetsStayApart):
            assets.link(mine.pk, self.asset, DependencyKind.RUNS_ON, actor=system_actor(), now=NOON)
        with pytest.raises(AssetsStayApart):
            assets.save_many([real], links=[link], actor=system_actor(), now=NOON)

    def test_what_somebody_made_up_brought_in_leaves_with_them(self) -> None:
        Import.objects.create(
            target="assets",
            state=ImportState.RECEIVED,
            person_id=self.person,
            name="x.csv",
            size_bytes=1,
            sha256="0" * 64,
            created_at=NOON,
            changed_at=NOON,
        )
        for _name, drop in DROPS:
            drop(actor=system_actor(), now=NOON)
        assert not Import.objects.exists()
        assert not Person.objects.filter(pk=self.person).exists()

    def test_there_is_one_sample(self) -> None:
        with pytest.raises(SampleStands):
            people.add_sample_root(name="Another", actor=system_actor(), now=NOON)

    def test_a_unit_below_a_sample_unit_is_sample_too(self) -> None:
        made = people.add_unit(name="Fresh", parent_id=self.unit, actor=system_actor(), now=NOON)
        assert Unit.objects.get(pk=made).is_sample


def test_what_is_real_is_untouched_when_the_sample_has_come_and_gone(
    real: AssetFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_loading: object) -> None:
        raise RuntimeError("power cut")

    before = rows_without_rules()
    monkeypatch.setattr(loading, "PARTS", (*loading.PARTS, ("broken", broken)))
    with pytest.raises(RuntimeError, match="power cut"):
        load()
    half = queries.state()
    assert half is not None
    assert half.loaded_at is None
    monkeypatch.undo()
    load()  # clears what the attempt that broke off has left
    assert rows_without_rules() != before
    with pytest.raises(AlreadyLoaded):
        load()
    names = set(Person.objects.filter(unit__is_sample=True).values_list("name", flat=True))
    records = Entry.objects.count()
    assert names & set(Opening.objects.values_list("value", flat=True))
    assert commands.remove(actor=system_actor(), now=NOON) > 2_000
    assert rows_without_rules() == before
    assert queries.state() is None
    the_records_stay_and_name_nobody_of_the_sample(names, records)


def the_records_stay_and_name_nobody_of_the_sample(names: set[str], records: int) -> None:
    left = set(Opening.objects.values_list("value", flat=True))
    assert not names & left
    assert "Billing" in left
    assert Entry.objects.count() > records


@pytest.mark.parametrize("who", ["bob", "charlie", "dora"])
def test_only_who_manages_the_whole_may_load_or_remove(
    organisation: CastOrganisation, who: str, request: pytest.FixtureRequest, ledger_tail
) -> None:
    actor: Actor = request.getfixturevalue(who)
    with pytest.raises(Forbidden):
        commands.ask_for(Wanted(), actor=actor, now=NOON)
    with pytest.raises(Forbidden):
        commands.ask_to_remove(actor=actor, now=NOON)
    with pytest.raises(Forbidden):
        commands.invite("trainer", actor=actor, now=NOON)
    assert ledger_tail() == []


def test_what_is_not_loaded_is_neither_removed_nor_walked_in(alice: Actor) -> None:
    for act in (commands.ask_to_remove, commands.remove):
        with pytest.raises(NotLoaded):
            act(actor=alice, now=NOON)
    with pytest.raises(NotLoaded):
        commands.invite("trainer", actor=alice, now=NOON)


@pytest.mark.parametrize(("scale", "seed"), [(0, 1), (201, 1), (1, -1), (1, 2**31)])
def test_an_impossible_wish_is_refused(scale: int, seed: int) -> None:
    with pytest.raises(BadInput):
        Wanted(scale=scale, seed=seed)


@pytest.mark.skipif(ON_A_SERVER, reason="the round on SQLite loads two companies")
def test_two_companies_stand_side_by_side(organisation: CastOrganisation) -> None:
    load(scale=2)
    state = queries.state()
    assert state is not None
    assert (state.counts.persons, state.counts.units) == (637 * 2 + 1, 2 * 38)
    assert Person.objects.filter(unit__is_sample=True).count() == 637 * 2 + 1
