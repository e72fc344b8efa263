"""Standings follow runs, phases, links and findings; as of any day, and the same by an obvious reading of the rows."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from burgrave.assurance import commands, errors, models, queries
from burgrave.assurance.queries import StandingFilter
from burgrave.assurance.queries.standing import key_of, world
from burgrave.assurance.terms import AssertionDraft, Exhibit, FindingDraft, FindingOrigin, MeasureDraft, Outcome
from burgrave.assurance.tests.chains import TODAY, check, measure, put_norm, ran
from burgrave.assurance.tests.shelf import NOON
from burgrave.assurance.tests.test_framework_rules import framework, need
from burgrave.engines.standing import CheckState, Divergence, MeasureState, Phase, Result, Standing
from burgrave.people.tests_cast import hire
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor

DAYS = timedelta(days=1)


def kept() -> dict[UUID, Standing]:
    """The standings that are kept up to date."""
    rows = models.DerivedStanding.objects.values_list("requirement_id", "standing")
    return {key: Standing(standing) for key, standing in rows}


def obvious(on: date) -> dict[UUID, Standing]:  # noqa: C901, PLR0912 - all rules in one place, as a reader of the guide would apply them
    """The same by loops over all rows, sharing nothing with the queries and the engine."""
    in_force = {w.requirement_id for w in models.Wording.objects.all() if then(w.since, w.until, on)}
    links = [(s.requirement_id, s.target_id) for s in models.Satisfies.objects.all() if then(s.since, s.until, on)]
    phase: dict[UUID, Phase] = {}
    for row in sorted(models.MeasurePhase.objects.all(), key=lambda each: (each.since, each.pk)):
        if row.since.date() <= on:
            phase[row.measure_id] = Phase(row.phase)
    answers = [
        (a.requirement_id, a.measure_id) for a in models.MeasureAnswer.objects.all() if then(a.since, a.until, on)
    ]
    asks = {
        w.requirement_id: w.asked_since
        for w in models.Wording.objects.exclude(asked_since=None)
        if then(w.since, w.until, on)
    }
    works: dict[UUID, str] = {}
    newest: dict[UUID, list[datetime]] = {}
    for key, its in phase.items():
        words = set()
        for tested in models.Check.objects.filter(measure_id=key):
            if not then(tested.added_at, tested.retired_at, on):
                continue
            runs = [run for run in tested.runs.all() if run.ran_at.date() <= on]
            last = max(runs, key=lambda run: (run.ran_at, run.pk), default=None)
            if last is not None:
                newest.setdefault(key, []).append(last.ran_at)
            words.add(
                "never" if last is None
                else "failed" if last.result == Result.FAILED
                else "old" if last.result == Result.INCONCLUSIVE or last.valid_until < on
                else "passed"
            )  # fmt: skip
        ranked = next((word for word in ("failed", "old", "never", "passed") if word in words), "never")
        works[key] = ranked if its is Phase.OPERATING else its.name
    found = {}
    for requirement in in_force:
        family, waiting = {requirement}, [requirement]
        while waiting:
            here = waiting.pop()
            for source, target in links:
                if target == here and source not in family:
                    family.add(source)
                    waiting.append(source)
        by = {
            "old" if works[m] == "passed" and requirement in asks and min(newest[m]) < asks[requirement] else works[m]
            for r, m in answers
            if r in family and m in works
        } - {"RETIRED"}
        for clause in family - {requirement}:
            own = {works.get(m, "RETIRED") for r, m in answers if r == clause} - {"RETIRED"}
            if not own and not any(target == clause and source != clause for source, target in links):
                by.add("never")
        open_now = any(
            then(span.since, span.until, on)
            for row in models.FindingRequirement.objects.filter(requirement_id=requirement)
            for span in row.finding.spans.all()
        )
        if not by:
            found[requirement] = Standing.NOT_ASSESSED
        elif {"failed", "PLANNED"} & by:
            found[requirement] = Standing.PARTLY_MET if "passed" in by else Standing.NOT_MET
        elif open_now:
            found[requirement] = Standing.PARTLY_MET
        else:
            found[requirement] = Standing.UNPROVEN if "never" in by else Standing.STALE if "old" in by else Standing.MET
    return found


def agree(on: date, *, is_kept: bool = True) -> None:
    """What one requirement is read by says the same as the whole; so do, today, the states that are kept."""
    whole = world(on)
    for key, standing in whole.standings().items():
        alone = world(on, about=key)
        assert alone.standings()[key] is standing
        assert alone.reach[key_of(key)] == whole.reach[key_of(key)]
        assert set(alone.latest.items()) <= set(whole.latest.items())
    if is_kept:
        checks = {key_of(row.pk): row.state for row in models.Check.objects.filter(retired_at=None)}
        assert checks == {key: whole.book.check(place) for place, key in enumerate(whole.checks)}
        assert {key_of(row.pk): row.state for row in models.Measure.objects.all()} == whole.measure_states()
        reach = {(row.requirement_id, row.measure_id) for row in models.Reach.objects.all()}
        wanted = {(UUID(r), m and UUID(m)) for r, measures in whole.reach.items() for m in measures}
        assert reach == wanted
        assert models.Reach.objects.count() == len(wanted)


def then(since: datetime, until: datetime | None, on: date) -> bool:
    return since.date() <= on and (until is None or until.date() > on)


@pytest.mark.one_round
@pytest.mark.parametrize("seed", range(6))
def test_any_history_stands_as_an_obvious_reading_says_on_every_day(  # noqa: C901 - the acts of a history
    organisation: Any, alice: Actor, seed: int
) -> None:
    chance = random.Random(seed)
    now, day_of = NOON, []
    names = [f"R{number}" for number in range(5)]
    measures: list[UUID] = []
    checks: list[UUID] = []

    def some_links(own: str) -> tuple[tuple[str, str], ...]:
        return tuple(("NRM-05", each) for each in names if each != own and chance.random() < 0.25)

    def put() -> None:
        some = [
            need(each, satisfies=some_links(each), parameters={"days": chance.choice("12")})
            for each in names
            if chance.random() < 0.8
        ]
        commands.put_framework(framework(*some), actor=alice, now=now)

    def put_measure() -> None:
        known = [f"NRM-05:{r}" for r in models.Requirement.objects.values_list("identifier", flat=True)]
        keys = tuple(chance.sample(known, k=chance.randint(0, min(2, len(known)))))
        draft = MeasureDraft(
            name="M", unit_id=organisation.operations, requirements=keys,
            phase=chance.choices(list(Phase), weights=(1, 6, 2))[0],
        )  # fmt: skip
        if measures and chance.random() < 0.5:
            key = chance.choice(measures)
            version = models.Measure.objects.get(pk=key).version
            commands.put_measure(draft, measure_id=key, version=version, actor=alice, now=now)
        else:
            measures.append(commands.put_measure(draft, actor=alice, now=now))

    def put_check() -> None:
        if measures:
            checks.append(check(chance.choice(measures), actor=alice, now=now, cadence_days=2, valid_days=5))

    def run() -> None:
        if checks:
            result = chance.choices(list(Result), weights=(7, 3, 1))[0]
            ran(chance.choice(checks), result, actor=alice, now=now)

    def retire() -> None:
        if checks:
            row = models.Check.objects.get(pk=chance.choice(checks))
            commands.retire_check(row.pk, reason="Old", version=row.version, actor=alice, now=now)

    def close() -> None:
        row = models.Finding.objects.filter(state="open").order_by("number").first()
        if row is not None:
            commands.close_finding(row.pk, reason="Over", version=row.version, actor=alice, now=now)

    put()
    acts = (put, put, put_measure, put_measure, put_check, put_check, run, run, run, retire, close)
    for _ in range(24):
        chance.choice(acts)()
        commands.renew_all(today=now.date())
        assert kept() == obvious(now.date())
        agree(now.date())
        day_of.append(now.date())
        now += timedelta(days=chance.choice((0, 0, 1, 3)), minutes=1)
    for day in {*day_of, NOON.date() - DAYS, now.date() + 9 * DAYS}:
        assert queries.standings(day) == obvious(day)
        agree(day, is_kept=False)


def test_a_run_changes_what_its_measure_reaches_at_once_without_a_renewal(organisation: Any, alice: Actor) -> None:
    (clause,) = put_norm("A", actor=alice)
    commands.put_framework(framework(need("A", satisfies=(("ISO", "1"), ("ISO", "2")))), actor=alice, now=NOON)
    commands.put_framework(framework(need("1"), need("2"), identifier="ISO"), actor=alice, now=NOON)
    assert set(kept().values()) == {Standing.NOT_ASSESSED, Standing.UNPROVEN}
    key = measure(organisation.operations, "NRM-05:A", actor=alice)
    tested = check(key, actor=alice)
    assert set(kept().values()) == {Standing.UNPROVEN}
    ran(tested, actor=alice)
    assert kept() == obvious(TODAY)
    assert set(kept().values()) == {Standing.MET}
    ran(tested, Result.FAILED, actor=alice, now=NOON + DAYS)
    assert kept() == obvious(TODAY + DAYS)
    assert kept()[clause] is Standing.NOT_MET
    assert queries.standings(TODAY)[clause] is Standing.MET


@pytest.mark.parametrize("others", [1, 50])
def test_a_run_takes_a_fixed_number_of_statements(
    organisation: Any, alice: Actor, django_assert_max_num_queries: Any, others: int
) -> None:
    keys = tuple(f"R{number}" for number in range(others))
    put_norm(*keys, actor=alice)
    key = measure(organisation.operations, *[f"NRM-05:{each}" for each in keys], actor=alice)
    tested = check(key, actor=alice)
    with django_assert_max_num_queries(24):
        ran(tested, actor=alice)
    assert set(kept().values()) == {Standing.MET}


def test_a_failing_run_reads_no_more_of_a_large_framework(
    organisation: Any, alice: Actor, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_norm(*[f"R{number}" for number in range(60)], actor=alice)
    tested = check(measure(organisation.operations, "NRM-05:R7", actor=alice), actor=alice)
    with django_assert_max_num_queries(50), CaptureQueriesContext(connection) as seen:
        ran(tested, Result.FAILED, actor=alice)
    named = next(each["sql"] for each in seen if '"framework__identifier"' in each["sql"] and "IN" in each["sql"])
    assert "'R7'" in named
    monkeypatch.setattr(import_module("burgrave.assurance.queries.frameworks"), "MOST_NAMED", 0)
    assert queries.requirement_ids((("NRM-05", "R7"), ("NRM-05", "R99"))) == {
        ("NRM-05", "R7"): models.Requirement.objects.get(identifier="R7").pk
    }


def test_what_too_many_answer_is_read_with_the_whole(
    organisation: Any, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    (clause, _other) = put_norm("A", "B", actor=alice)
    ran(check(measure(organisation.operations, "NRM-05:A", actor=alice), actor=alice), actor=alice)
    assert world(TODAY, about=clause).requirements == [key_of(clause)]
    for name in ("standing", "plain"):
        monkeypatch.setattr(import_module(f"burgrave.assurance.queries.{name}"), "NARROW", 0)
    assert len(world(TODAY, about=clause).requirements) == 2
    assert queries.standing(clause, on=TODAY, actor=alice).derived is Standing.MET
    measure(organisation.operations, "NRM-05:A", actor=alice)
    assert kept() == obvious(TODAY)


def test_evidence_of_before_a_parameter_changed_is_stale_until_the_next_run(
    organisation: Any, alice: Actor, client_of: Any
) -> None:
    def put(days: str, now: datetime, title: str = "Title") -> None:
        asked = (need("A", title, parameters={"days": days}, satisfies=(("NRM-05", "B"),)), need("B"))
        commands.put_framework(framework(*asked), actor=alice, now=now)

    put("30", NOON)
    tested = check(measure(organisation.operations, "NRM-05:A", actor=alice), actor=alice)
    ran(tested, actor=alice)
    clause = models.Requirement.objects.get(identifier="A").pk
    put("30", NOON + DAYS, title="Other words")
    assert kept()[clause] is Standing.MET
    put("14", NOON + 2 * DAYS, title="Other words")
    assert kept() == {clause: Standing.STALE, models.Requirement.objects.get(identifier="B").pk: Standing.MET}
    view = queries.standing(clause, on=TODAY + 2 * DAYS, actor=alice)
    assert [(each.state, each.is_deciding) for each in view.measures] == [(MeasureState.STALE, True)]
    whole = queries.requirement(clause, actor=alice)
    assert (whole.asked_since, whole.changed) == (NOON + 2 * DAYS, (("days", "30", "14"),))
    page = client_of(alice).get(f"/requirements/{clause}/").content.decode()
    assert "days: 30 → 14" in page
    ran(tested, actor=alice, now=NOON + 3 * DAYS)
    assert kept()[clause] is Standing.MET
    put("14", NOON + 4 * DAYS, title="Title")
    assert kept()[clause] is Standing.MET
    assert queries.requirement(clause, actor=alice).changed == (("days", "30", "14"),)
    days = [queries.standings(TODAY + n * DAYS)[clause] for n in range(4)]
    assert days == [Standing.MET, Standing.MET, Standing.STALE, Standing.MET]
    for n in range(5):
        assert queries.standings(TODAY + n * DAYS) == obvious(TODAY + n * DAYS)


def test_an_old_run_that_comes_late_changes_only_the_past(organisation: Any, alice: Actor) -> None:
    (clause,) = put_norm("A", actor=alice)
    tested = check(measure(organisation.operations, "NRM-05:A", actor=alice), actor=alice)
    ran(tested, actor=alice, now=NOON + 3 * DAYS)
    ran(tested, Result.FAILED, actor=alice, now=NOON + DAYS)
    assert kept()[clause] is Standing.MET
    assert queries.standings(TODAY + 2 * DAYS)[clause] is Standing.NOT_MET
    assert queries.standings(TODAY + 3 * DAYS)[clause] is Standing.MET


def test_evidence_grows_stale_with_the_day(organisation: Any, alice: Actor) -> None:
    (clause,) = put_norm("A", actor=alice)
    tested = check(measure(organisation.operations, "NRM-05:A", actor=alice), actor=alice, valid_days=30)
    ran(tested, actor=alice)
    assert commands.renew_all(today=TODAY + 30 * DAYS) == 0
    assert commands.renew_all(today=TODAY + 31 * DAYS) == 1
    assert kept()[clause] is Standing.STALE
    row = queries.check(tested, actor=alice, today=TODAY + 31 * DAYS).row
    assert (row.state, row.is_overdue) == (CheckState.STALE, True)


def test_why_goes_down_to_the_run_and_its_evidence(organisation: Any, alice: Actor, charlie: Actor) -> None:
    (clause, bare) = put_norm("A", "B", actor=alice)
    key = measure(organisation.operations, "NRM-05:A", actor=alice)
    tested = check(key, actor=alice)
    exhibit = Exhibit(name="log.txt", media_type="text/plain", content=b"read")
    commands.record_run(
        tested, Outcome(result=Result.FAILED, note="Nobody", exhibits=(exhibit,)), actor=alice, now=NOON
    )
    view = queries.standing(clause, on=TODAY, actor=alice)
    assert (view.derived, view.divergence, view.is_in_force) == (Standing.NOT_MET, Divergence.NONE, True)
    (reason,) = view.measures
    assert (reason.number, reason.state, reason.is_deciding) == ("MEA-2026-0001", MeasureState.FAILING, True)
    (said,) = reason.checks
    assert (said.state, said.note, [name for _id, name in said.evidence]) == (CheckState.FAILING, "Nobody", ["log.txt"])
    assert [number for _id, number, _title in view.findings] == ["FND-2026-0001"]
    (kept_run,) = queries.check(tested, actor=alice, today=TODAY).runs
    assert kept_run.evidence == queries.run(kept_run.run_id, actor=alice)[0].evidence == 1
    before = queries.standing(clause, on=TODAY - DAYS, actor=alice)
    assert (before.is_in_force, before.measures) == (False, ())
    assert queries.standing(bare, on=TODAY, actor=alice).derived is Standing.NOT_ASSESSED
    with pytest.raises(NotFound):
        queries.standing(key, on=TODAY, actor=alice)  # type: ignore[arg-type] # no requirement
    with pytest.raises(Forbidden):
        queries.standing(clause, on=TODAY, actor=charlie)


def test_the_name_of_a_measure_stays_in_its_unit(organisation: Any, alice: Actor, bob: Actor) -> None:
    (clause,) = put_norm("A", actor=alice)
    key = measure(organisation.sales, "NRM-05:A", actor=alice)
    ran(check(key, actor=alice), Result.FAILED, actor=alice)
    view = queries.standing(clause, on=TODAY, actor=bob)
    assert [(each.number, each.name, each.checks) for each in view.measures] == [("", "", ())]
    assert [(number, title) for _id, number, title in view.findings] == [("", "")]


def test_a_clause_that_nothing_proves_is_named(organisation: Any, alice: Actor) -> None:
    commands.put_framework(framework(need("A", satisfies=(("ISO", "1"),)), need("B")), actor=alice, now=NOON)
    commands.put_framework(framework(need("1"), identifier="ISO"), actor=alice, now=NOON)
    iso = models.Requirement.objects.get(framework__identifier="ISO")
    view = queries.standing(iso.pk, on=TODAY, actor=alice)
    assert (view.derived, [each.key for each in view.unproven]) == (Standing.UNPROVEN, ["NRM-05:A"])


def test_an_assertion_stands_beside_and_overwrites_nothing(
    organisation: Any, alice: Actor, bob: Actor, dora: Actor, ledger_tail: Any
) -> None:
    (clause,) = put_norm("A", actor=alice)
    said = AssertionDraft(standing=Standing.MET, reason="Seen on site", expires_on=TODAY + 10 * DAYS)
    commands.assert_standing(clause, said, actor=dora, now=NOON)
    view = queries.standing(clause, on=TODAY, actor=dora)
    assert view.derived is Standing.NOT_ASSESSED
    assert view.divergence is Divergence.OVERSTATED
    assert view.asserted is not None
    assert (view.asserted.standing, view.asserted.by) == (Standing.MET, dora.name)
    assert queries.standing(clause, on=TODAY + 11 * DAYS, actor=dora).asserted is None
    assert queries.standing_list(StandingFilter(asserted=True), actor=dora, today=TODAY).total == 1
    commands.withdraw_assertion(clause, reason="It was rebuilt", actor=dora, now=NOON + DAYS)
    assert queries.standing(clause, on=TODAY + DAYS, actor=dora).asserted is None
    assert queries.standing(clause, on=TODAY, actor=dora).asserted is not None
    assert len(queries.assertions_of(clause)) == 1
    with pytest.raises(errors.WrongState, match="nobody asserts"):
        commands.withdraw_assertion(clause, reason="Again", actor=dora, now=NOON + DAYS)
    with pytest.raises(Forbidden):
        commands.assert_standing(clause, said, actor=bob, now=NOON)
    with pytest.raises(errors.ReasonMissing):
        commands.assert_standing(clause, said, actor=dora, now=NOON + 10 * DAYS)
    commands.put_framework(framework(), actor=alice, now=NOON + DAYS)
    with pytest.raises(errors.WrongState, match="binds nobody"):
        commands.assert_standing(clause, said, actor=dora, now=NOON + DAYS)
    assert ledger_tail()[1:3] == ["assurance.standing_asserted", "assurance.assertion_withdrawn"]


def test_who_asserts_in_a_part_does_not_speak_for_the_whole(organisation: Any, alice: Actor) -> None:
    (clause,) = put_norm("A", actor=alice)
    part = hire("Paul Part", unit_id=organisation.sales, roles=(("internal_auditor", organisation.sales),))
    said = AssertionDraft(standing=Standing.MET, reason="Seen", expires_on=TODAY + DAYS)
    with pytest.raises(BadInput, match="holds in a part of it"):
        commands.assert_standing(clause, said, actor=part, now=NOON)


def test_a_finding_alone_makes_partly_met_until_it_is_closed(organisation: Any, alice: Actor) -> None:
    (clause,) = put_norm("A", actor=alice)
    ran(check(measure(organisation.operations, "NRM-05:A", actor=alice), actor=alice), actor=alice)
    found = FindingDraft(
        unique_key="k", origin=FindingOrigin.AUDIT, subject="", title="Gap",
        unit_id=organisation.operations, requirements=("NRM-05:A",),
    )  # fmt: skip
    made = commands.raise_finding(found, actor=alice, now=NOON)
    assert kept()[clause] is Standing.PARTLY_MET
    commands.close_finding(made, reason="Over", version=1, actor=alice, now=NOON + DAYS)
    assert kept()[clause] is Standing.MET
    commands.reopen_finding(made, reason="Back", version=2, actor=alice, now=NOON + 2 * DAYS)
    assert kept()[clause] is Standing.PARTLY_MET
    assert [queries.standings(TODAY + n * DAYS)[clause] for n in (0, 1, 2)] == [
        Standing.PARTLY_MET, Standing.MET, Standing.PARTLY_MET,
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 50])
def test_lists_of_standings_take_a_fixed_number_of_queries(
    organisation: Any, alice: Actor, django_assert_num_queries: Any, count: int
) -> None:
    put_norm(*[f"R{number}" for number in range(count)], actor=alice)
    with django_assert_num_queries(3):
        assert len(queries.standing_list(StandingFilter(), actor=alice, today=TODAY).rows) == count
    with django_assert_num_queries(12):
        assert len(queries.standing_list(StandingFilter(on=TODAY), actor=alice, today=TODAY + DAYS).rows) == count
    with django_assert_num_queries(1):
        assert queries.standing_counts() == {Standing.NOT_ASSESSED: count}


def test_lists_of_standings_are_narrowed_today_and_on_a_past_day(organisation: Any, alice: Actor) -> None:
    put_norm("A", "B", actor=alice)
    ran(check(measure(organisation.operations, "NRM-05:A", actor=alice), actor=alice), actor=alice)
    for on in (None, TODAY):
        today = TODAY if on is None else TODAY + DAYS
        rows = queries.standing_list(StandingFilter(on=on, standings=(Standing.MET,)), actor=alice, today=today).rows
        assert [row.requirement.key for row in rows] == ["NRM-05:A"]
        assert queries.standing_list(StandingFilter(on=on, text="b"), actor=alice, today=today).total == 1
    key = queries.all_frameworks()[0].framework_id
    assert queries.standing_list(StandingFilter(framework_id=key), actor=alice, today=TODAY).total == 2
