"""The lists of the chain as lists of the kit: narrowed, counted, exported, and changed by many at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from burgrave.assurance import commands, models, queries
from burgrave.assurance.commands import bulk
from burgrave.assurance.errors import ActionsUnfinished, ReasonMissing, WrongState
from burgrave.assurance.terms import AssertionDraft, CorrectiveActionDraft, FindingDraft, FindingOrigin, FindingSeverity
from burgrave.assurance.tests.chains import TODAY, check, measure, put_norm, ran
from burgrave.assurance.tests.shelf import NOON
from burgrave.engines.standing import CheckState, MeasureState, Phase, Result, Standing
from burgrave.lists import commands as lists
from burgrave.lists.terms import ListSpec, SheetFormat
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor, PersonId

ClientOf = Callable[[Actor], Client]
DAY = timedelta(days=1)


def finding(organisation: Any, actor: Actor, *, key: str = "", action: bool = True, **more: Any) -> UUID:
    planned = CorrectiveActionDraft(title="Mend it") if action else None
    draft = FindingDraft(
        unique_key=key or str(uuid4()), origin=FindingOrigin.AUDIT, subject="", title="Gap",
        unit_id=organisation.operations, action=planned, **more,
    )  # fmt: skip
    return commands.raise_finding(draft, actor=actor, now=NOON)


def exported(spec: ListSpec, query: str, actor: Actor) -> list[dict[str, str]]:
    file = io.BytesIO()
    lists.export(spec, query, columns=(), sheet_format=SheetFormat.CSV, to=file, actor=actor, now=NOON)
    return list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"))))


def act(spec: ListSpec, name: str, keys: list[UUID], actor: Actor, **values: str) -> int:
    return lists.act_on_many(spec, name, values, selected=keys, confirmed=len(keys), actor=actor, now=NOON + DAY)


def test_many_requirements_are_said_to_stand_so_for_one_reason_each_on_record(
    organisation: Any,
    alice: Actor,
    charlie: Actor,
    client_of: ClientOf,
    ledger_tail: Callable[[], list[str]],
) -> None:
    keys = list(put_norm("A", "B", "C", actor=alice))
    said = {"standing": "met", "reason": "Seen on site", "until": (TODAY + 90 * DAY).isoformat()}
    assert act(commands.STANDINGS, "assert", keys[:1], alice, **(said | {"standing": "not_met"})) == 1
    assert act(commands.STANDINGS, "assert", keys[:2], alice, **said) == 2
    assert ledger_tail()[-2:] == ["assurance.standing_asserted"] * 2
    holds = models.Assertion.objects.filter(withdrawn_at=None)
    assert dict(holds.values_list("requirement_id", "standing")) == dict.fromkeys(keys[:2], Standing.MET)
    assert (models.Assertion.objects.count(), set(holds.values_list("reason", flat=True))) == (3, {"Seen on site"})
    with pytest.raises(BadInput, match="none of the choices"):
        act(commands.STANDINGS, "assert", keys, alice, **(said | {"standing": "stale"}))
    with pytest.raises(BadInput, match="say why it stands so"):
        act(commands.STANDINGS, "assert", keys, alice, **(said | {"reason": " "}))
    with pytest.raises(NotFound, match="nothing was changed"):
        act(commands.STANDINGS, "assert", [keys[2], uuid4()], alice, **said)
    with pytest.raises(Forbidden):
        act(commands.STANDINGS, "assert", keys, charlie, **said)
    put_norm("A", "B", actor=alice)
    with pytest.raises(WrongState, match="NRM-05:C is withdrawn"):
        act(commands.STANDINGS, "assert", [keys[2]], alice, **said)
    assert holds.count() == 2
    page = client_of(alice).get(reverse("assurance:standings")).content.decode()
    assert "Say how they stand" in page
    assert str(keys[0]) in page
    past = client_of(alice).get(reverse("assurance:standings"), {"on": "2026-03-01"}).content.decode()
    assert "Say how they stand" not in past


def test_measures_get_an_owner_and_a_phase_each_on_record(
    organisation: Any, alice: Actor, bob: Actor, charlie: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    (clause,) = put_norm("A", actor=alice)
    keys = [measure(organisation.operations, "NRM-05:A", actor=alice, name=f"M{n}") for n in range(2)]
    assert act(commands.MEASURES, "owner", list(keys), alice, owner=str(bob.person_id)) == 2
    assert act(commands.MEASURES, "owner", list(keys), alice, owner=str(bob.person_id)) == 0
    assert ledger_tail()[-2:] == ["assurance.measure_put"] * 2
    assert {row.owner_name for row in queries.measures(queries.MeasureFilter(), actor=alice).rows} == {bob.name}
    assert act(commands.MEASURES, "phase", [keys[0]], alice, phase="planned") == 1
    assert models.DerivedStanding.objects.get(pk=clause).standing == Standing.NOT_MET
    assert models.Measure.objects.get(pk=keys[0]).state == MeasureState.PLANNED
    assert act(commands.MEASURES, "phase", list(keys), alice, phase="retired") == 2
    assert models.DerivedStanding.objects.get(pk=clause).standing == Standing.NOT_ASSESSED
    assert [row.phase for row in models.MeasurePhase.objects.filter(measure=keys[0]).order_by("id")] == [
        Phase.OPERATING, Phase.PLANNED, Phase.RETIRED,
    ]  # fmt: skip
    commands.renew_all(today=TODAY + DAY)
    assert models.DerivedStanding.objects.get(pk=clause).standing == Standing.NOT_ASSESSED
    with pytest.raises(BadInput, match="none of the choices"):
        act(commands.MEASURES, "phase", list(keys), alice, phase="sold")
    with pytest.raises(BadInput, match="none of the choices"):
        act(commands.MEASURES, "owner", list(keys), alice, owner="x")
    with pytest.raises(BadInput, match="none of the choices"):
        act(commands.MEASURES, "owner", list(keys), alice, owner=str(uuid4()))
    with pytest.raises(BadInput, match="does not work here"):
        bulk.give_measures(list(keys), bulk.Owner(person_id=PersonId(uuid4())), actor=alice, now=NOON)
    with pytest.raises(NotFound, match="nothing was changed"):
        act(commands.MEASURES, "owner", [keys[0], uuid4()], alice, owner="")
    with pytest.raises(Forbidden):
        act(commands.MEASURES, "owner", list(keys), charlie, owner="")


def test_who_manages_one_unit_changes_nothing_where_a_row_is_of_another(
    organisation: Any, alice: Actor, bob: Actor
) -> None:
    mine, other = (measure(unit, actor=alice) for unit in (organisation.operations, organisation.sales))
    with pytest.raises((Forbidden, NotFound)):
        act(commands.MEASURES, "owner", [mine, other], bob, owner=str(bob.person_id))
    assert models.Measure.objects.filter(owner=None).count() == 2


def test_checks_get_an_owner_and_retire_with_a_reason(
    organisation: Any, alice: Actor, bob: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    (clause,) = put_norm("A", actor=alice)
    key = measure(organisation.operations, "NRM-05:A", actor=alice)
    keys: list[UUID] = [check(key, actor=alice, title=f"C{n}") for n in range(2)]
    for each in keys:
        ran(each, actor=alice)  # type: ignore[arg-type] # a CheckId is a UUID
    assert act(commands.CHECKS, "owner", keys, alice, owner=str(bob.person_id)) == 2
    assert act(commands.CHECKS, "owner", keys, alice, owner=str(bob.person_id)) == 0
    assert ledger_tail()[-2:] == ["assurance.check_put"] * 2
    assert models.DerivedStanding.objects.get(pk=clause).standing == Standing.MET
    with pytest.raises(ReasonMissing):
        act(commands.CHECKS, "retire", keys, alice, reason=" ")
    assert act(commands.CHECKS, "retire", keys, alice, reason="Replaced") == 2
    assert models.DerivedStanding.objects.get(pk=clause).standing == Standing.UNPROVEN
    assert ledger_tail()[-2:] == ["assurance.check_retired"] * 2
    with pytest.raises(NotFound):
        act(commands.CHECKS, "retire", keys, alice, reason="Again")


def test_findings_close_together_or_not_at_all(
    organisation: Any, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    done, undone = finding(organisation, alice, action=False), finding(organisation, alice)
    with pytest.raises(ActionsUnfinished):
        act(commands.FINDINGS, "close", [done, undone], alice, reason="Over")
    assert models.Finding.objects.filter(state="open").count() == 2
    assert act(commands.FINDINGS, "close", [done], alice, reason="Over") == 1
    assert ledger_tail()[-1] == "assurance.finding_closed"
    with pytest.raises(WrongState, match="closed already"):
        act(commands.FINDINGS, "close", [done], alice, reason="Over")


def test_actions_get_an_owner_and_a_day_and_are_planned_when_nothing_is_missing(
    organisation: Any, alice: Actor, bob: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    keys = []
    for plan in ("Write it down", ""):
        of = finding(organisation, alice, action=False)
        draft = CorrectiveActionDraft(title="Mend it", root_cause="Nobody knew", plan=plan)
        keys.append(commands.open_action(of, draft, actor=alice, now=NOON))
    wanted: list[UUID] = list(keys)
    assert act(commands.ACTIONS, "owner", wanted, alice, owner=str(bob.person_id)) == 2
    assert set(models.CorrectiveAction.objects.values_list("state", flat=True)) == {"open"}
    assert act(commands.ACTIONS, "due", wanted, alice, day="2026-05-01") == 2
    assert act(commands.ACTIONS, "due", wanted, alice, day="2026-05-01") == 0
    assert [models.CorrectiveAction.objects.get(pk=key).state for key in keys] == ["planned", "open"]
    assert ledger_tail()[-2:] == ["assurance.action_moved"] * 2
    assert act(commands.ACTIONS, "owner", wanted, alice, owner="") == 2
    assert set(models.CorrectiveAction.objects.values_list("state", flat=True)) == {"open"}
    with pytest.raises(BadInput, match="such as 2026-03-31"):
        act(commands.ACTIONS, "due", wanted, alice, day="soon")
    models.CorrectiveAction.objects.filter(pk=keys[0]).update(state="implemented")
    with pytest.raises(WrongState, match="cannot be handed over"):
        act(commands.ACTIONS, "due", wanted, alice, day="2026-06-01")
    assert set(models.CorrectiveAction.objects.values_list("due_on", flat=True)) == {date(2026, 5, 1)}


def test_every_list_is_exported_as_it_is_narrowed(organisation: Any, alice: Actor, dora: Actor, bob: Actor) -> None:
    clause, _other = put_norm("A", "B", actor=alice)
    key = measure(
        organisation.operations,
        "NRM-05:A",
        actor=alice,
        yearly_cost_minor=120_050,
        currency="EUR",
        owner_id=bob.person_id,
    )
    measure(organisation.sales, actor=alice, name="Lock the doors")
    tested = check(key, actor=alice)
    ran(tested, Result.FAILED, actor=alice)
    said = AssertionDraft(standing=Standing.MET, reason="Seen", expires_on=TODAY + 9 * DAY)
    commands.assert_standing(clause, said, actor=dora, now=NOON)

    (row,) = exported(commands.STANDINGS, "standing=4", alice)
    assert (row["key"], row["standing"], row["asserted"], row["divergence"]) == (
        "NRM-05:A",
        "not_met",
        "met",
        "overstated",
    )
    assert [row["key"] for row in exported(commands.STANDINGS, "only=asserted", alice)] == ["NRM-05:A"]
    assert exported(commands.STANDINGS, f"on={TODAY - DAY}", alice) == []
    (row,) = exported(commands.MEASURES, "state=1", alice)
    assert (row["yearly_cost"], row["currency"], row["checks"], row["owner"]) == ("1200.5", "EUR", "1", bob.name)
    assert [row["name"] for row in exported(commands.MEASURES, "only=unowned", alice)] == ["Lock the doors"]
    (row,) = exported(commands.CHECKS, "kind=manual&state=1&state=x", alice)
    assert (row["measure"], row["state"], row["valid_until"]) == ("MEA-2026-0001", "failing", "2026-04-16")
    assert exported(commands.CHECKS, "kind=automatic", alice) == []
    (row,) = exported(commands.FINDINGS, "", alice)
    assert (row["origin"], row["open_actions"]) == ("check", "0")
    assert exported(commands.FINDINGS, "state=closed", alice) == []
    other = finding(organisation, alice, severity=FindingSeverity.MAJOR)
    (row,) = exported(commands.ACTIONS, "only=unowned", alice)
    assert (row["finding"], row["state"]) == (queries.finding_number(other), "open")
    assert exported(commands.ACTIONS, "only=overdue", alice) == []
    for spec, count in (
        (commands.STANDINGS, 2),
        (commands.MEASURES, 2),
        (commands.CHECKS, 1),
        (commands.FINDINGS, 2),
        (commands.ACTIONS, 1),
    ):
        found = lists.found(spec, selected=(), query="", actor=alice, now=NOON)
        assert len(found) == len(spec.names(found, 9, alice)) == count
    _first, second = commands.MEASURES.names(list(models.Measure.objects.values_list("pk", flat=True)), 9, alice)
    assert second == "MEA-2026-0002 Lock the doors"
    assert commands.FINDINGS.names([other], 9, alice) == (f"{queries.finding_number(other)} Gap",)


def test_facets_say_how_many_rows_each_choice_leaves(organisation: Any, alice: Actor, bob: Actor) -> None:
    put_norm("A", "B", actor=alice)
    key = measure(organisation.operations, "NRM-05:A", actor=alice)
    ran(check(key, actor=alice), Result.FAILED, actor=alice)
    check(key, actor=alice, owner_id=bob.person_id)
    finding(organisation, alice)
    units = [organisation.operations, organisation.sales]
    framework = queries.all_frameworks()[0].framework_id

    total, counts = queries.standing_facets(queries.StandingFilter(), frameworks=[framework], today=TODAY)
    assert (total, counts["standing", "4"], counts["standing", "5"], counts["framework", str(framework)]) == (
        2,
        1,
        1,
        2,
    )
    narrowed = queries.StandingFilter(standings=(Standing.NOT_MET,))
    total, counts = queries.standing_facets(narrowed, frameworks=[framework], today=TODAY)
    assert (total, counts["standing", "5"], counts["framework", str(framework)]) == (1, 1, 1)
    assert queries.standing_facets(queries.StandingFilter(on=TODAY), frameworks=[], today=TODAY) == (None, {})

    total, counts = queries.measure_counts(queries.MeasureFilter(), units=units, actor=alice)
    assert (total, counts["state", "1"], counts["only", "unowned"]) == (1, 1, 1)
    assert (counts["unit", str(units[0])], counts["unit", str(units[1])]) == (1, 0)
    total, counts = queries.check_counts(queries.CheckFilter(), units=units, actor=bob, today=TODAY)
    assert (total, counts["state", str(int(CheckState.FAILING))], counts["only", "mine"]) == (2, 1, 1)
    assert (counts["only", "due"], counts["kind", "manual"], counts["kind", "automatic"]) == (1, 2, 0)
    total, counts = queries.finding_counts(queries.FindingFilter(), units=units, actor=alice)
    assert (total, counts["origin", "check"], counts["state", "open"], counts["severity", "minor"]) == (2, 1, 2, 2)
    total, counts = queries.action_counts(queries.ActionFilter(), units=units, actor=alice, today=TODAY)
    assert (total, counts["state", "open"], counts["only", "unowned"], counts["only", "overdue"]) == (1, 1, 1, 0)
    for empty in (
        queries.measure_counts(queries.MeasureFilter(text="x"), units=units, actor=alice),
        queries.check_counts(queries.CheckFilter(text="x"), units=units, actor=alice, today=TODAY),
        queries.finding_counts(queries.FindingFilter(text="x"), units=units, actor=alice),
        queries.action_counts(queries.ActionFilter(text="x"), units=units, actor=alice, today=TODAY),
    ):
        assert empty == (None, {})


PAGES = ("/standing/", "/measures/", "/checks/", "/findings/", "/findings/actions/")


def test_each_page_takes_as_many_statements_with_fifty_rows_as_with_one_and_at_most_twelve(
    organisation: Any, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)

    def fill(first: int, last: int) -> None:
        put_norm(*[f"R{n}" for n in range(last)], actor=alice, now=NOON + first * DAY)
        for n in range(first, last):
            check(measure(organisation.operations, f"NRM-05:R{n}", actor=alice, name=f"M{n}"), actor=alice)
            finding(organisation, alice)

    def statements() -> dict[str, int]:
        found = {}
        for address in PAGES:
            with CaptureQueriesContext(connection) as seen:
                assert client.get(address).status_code == 200
            found[address] = len(seen)
        return found

    fill(0, 1)
    statements()
    few = statements()
    fill(1, 50)
    assert statements() == few
    assert max(few.values()) <= 12


@pytest.mark.parametrize(
    "spec", [spec for spec in commands.LISTS if spec is not commands.EVIDENCE], ids=lambda spec: spec.name
)
def test_every_list_shows_every_column_that_is_chosen_and_opens_its_own_view(
    organisation: Any, alice: Actor, client_of: ClientOf, spec: ListSpec
) -> None:
    put_norm("A", actor=alice)
    key = measure(organisation.operations, "NRM-05:A", actor=alice)
    ran(check(key, actor=alice), Result.FAILED, actor=alice)
    finding(organisation, alice)
    client = client_of(alice)
    asked = "&".join(f"columns={column.key}" for column in spec.columns)
    address = reverse(spec.url_name)
    page = client.get(f"{address}?{asked}").content.decode()
    head, row = page[page.index("<thead") : page.index("</thead>")], page[page.index("<tbody") :]
    assert head.count("<th ") - bool(spec.acts) == len(spec.columns)
    assert row[: row.index("</tr>")].count("<td") - bool(spec.acts) == len(spec.columns)
    described = client.get(f"/api/lists/{spec.name}").json()
    assert [each["name"] for each in described["acts"]] == [each.name for each in spec.acts]
    made = client.post(
        "/api/views", {"list_name": spec.name, "name": "Mine", "query": "size=25"}, content_type="application/json"
    )
    assert made.status_code == 201, made.content
