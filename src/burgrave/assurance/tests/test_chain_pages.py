"""The pages of the chain: read, filled in, refused, in both languages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from burgrave.assets import commands as assets
from burgrave.assets.terms import AssetType, Need
from burgrave.assets.tests.house import system
from burgrave.assurance import commands, handlers, models, queries
from burgrave.assurance.terms import AssertionDraft, FindingState, Scope
from burgrave.assurance.tests.chains import check, measure, ran
from burgrave.assurance.tests.test_findings import draft, whole
from burgrave.assurance.tests.test_framework_rules import framework, need
from burgrave.engines.standing import Phase, Result, Standing
from burgrave.ledger.terms import RecordId, StoredRecord
from burgrave.people.tests_cast import hire
from burgrave.web.terms import Actor

DAY = timedelta(days=1)


@pytest.fixture
def chain(organisation: Any, alice: Actor, olga: Actor) -> dict[str, Any]:
    """One of each, made yesterday."""
    now = timezone.now() - DAY
    unit = organisation.operations
    asset = assets.add_asset(system("Payroll", unit, own=Need(confidentiality=3)), actor=alice, now=now)
    put = commands.put_framework(
        framework(
            need("A", "Read the logs", satisfies=(("ISO", "1"), ("ISO", "9")), parameters={"days": "7"}),
            need("B", "Encrypt", applies_to_need=Need(confidentiality=3), applies_to_types=(AssetType.SYSTEM,)),
        ),
        actor=alice,
        now=now,
    )
    commands.put_framework(framework(need("1", "Logs"), identifier="ISO"), actor=alice, now=now)
    scope = Scope(units=(unit,), types=(AssetType.SYSTEM,), tags=("x",), need=Need(integrity=1), assets=(asset,))
    home = measure(
        unit, "NRM-05:A", "NRM-05:B", actor=alice, now=now, scope=scope, yearly_cost_minor=100, currency="EUR",
        owner_id=olga.person_id, description="Every week",
    )  # fmt: skip
    tested = check(home, actor=alice, now=now, owner_id=olga.person_id)
    auto = check(home, actor=alice, now=now, automatic="assets.reviews", steps=(), title="Reviews")
    ran(tested, Result.FAILED, actor=alice, now=now)
    made = commands.raise_finding(
        draft(unit, requirements=("NRM-05:A",), assets=(asset,), action=whole(olga), detail="3 of 5"),
        actor=alice,
        now=now,
    )
    (action,) = queries.actions_of(made, today=now.date())
    (clause, other) = queries.requirements(actor=alice, framework_id=put).rows
    said = AssertionDraft(standing=Standing.MET, reason="Seen", expires_on=now.date() + 30 * DAY)
    commands.assert_standing(clause.requirement_id, said, actor=alice, now=now)
    return {
        "asset_id": asset,
        "framework_id": put,
        "requirement_id": clause.requirement_id,
        "other": other.requirement_id,
        "measure_id": home,
        "check_id": tested,
        "auto": auto,
        "run_id": models.CheckRun.objects.get().pk,
        "finding_id": made,
        "action_id": action.action_id,
    }


PAGES = (
    ("standings", ()), ("frameworks", ()), ("load_framework", ()), ("coverage", ()), ("framework", ("framework_id",)),
    ("adopt_frameworks", ()),
    ("requirement", ("requirement_id",)), ("assert_standing", ("requirement_id",)), ("measures", ()),
    ("add_measure", ()), ("measure", ("measure_id",)), ("edit_measure", ("measure_id",)),
    ("add_check", ("measure_id",)),
    ("checks", ()), ("check", ("check_id",)), ("edit_check", ("check_id",)), ("do_check", ("check_id",)),
    ("run", ("run_id",)), ("asset", ("asset_id",)), ("findings", ()), ("raise_finding", ()),
    ("finding", ("finding_id",)), ("open_action", ("finding_id",)), ("actions", ()), ("action", ("action_id",)),
    ("plan_action", ("action_id",)),
)  # fmt: skip


def test_every_page_opens_in_both_languages_and_for_an_auditor(
    chain: dict[str, Any], client_of: Any, alice: Actor, dora: Actor
) -> None:
    browser, reader = client_of(alice), client_of(dora)
    for name, parameters in PAGES:
        address = reverse(f"assurance:{name}", kwargs={each: chain[each] for each in parameters})
        for language in ("en", "zh-hans"):
            browser.cookies["django_language"] = language
            answer = browser.get(address)
            assert answer.status_code == 200, (name, language)
        assert reader.get(address).status_code in (200, 403), name


def test_lists_are_narrowed_by_their_facets_and_pass_over_nonsense(
    chain: dict[str, Any], client_of: Any, alice: Actor
) -> None:
    browser = client_of(alice)
    for address, seen, unseen in (
        ("/standing/?standing=4", "Read the logs", "matches nothing"),
        ("/standing/?standing=0", "matches", "Read the logs"),
        ("/standing/?standing=x&framework=y&only=asserted", "Read the logs", "Encrypt"),
        (f"/standing/?framework={chain['framework_id']}&q=encrypt", "Encrypt", "Read the logs"),
        ("/standing/?on=1999-01-01", "This is how it stood", "Encrypt"),
        ("/standing/?on=nonsense", "Encrypt", "This is how it stood"),
        ("/measures/?state=1&unit=nonsense", "MEA-", "No measure yet"),
        ("/checks/?kind=automatic&only=due", "Reviews", "Were the logs read?"),
        ("/checks/?only=mine", "matches", "Reviews"),
        ("/findings/?state=closed", "matches", "Logs are not read"),
        ("/findings/", "Logs are not read", "matches nothing"),
        ("/findings/actions/?only=overdue", "CA-", "matches nothing"),
        ("/findings/actions/?only=mine", "matches", "CA-2"),
    ):
        text = browser.get(address).content.decode()
        assert seen in text, address
        assert unseen not in text, address


def test_a_past_day_is_asked_on_the_record(chain: dict[str, Any], client_of: Any, alice: Actor) -> None:
    browser = client_of(alice)
    address = reverse("assurance:requirement", args=[chain["requirement_id"]])
    assert "Not met" in browser.get(address).content.decode()
    before = browser.get(address, {"on": (timezone.now().date() - 3 * DAY).isoformat()}).content.decode()
    assert "It bound nobody at the end of" in before


def test_a_measure_and_its_checks_are_put_by_forms(
    chain: dict[str, Any], client_of: Any, alice: Actor, organisation: Any
) -> None:
    browser = client_of(alice)
    sent = {
        "name": "Lock", "unit": organisation.operations, "phase": int(Phase.OPERATING), "cost": "12.50",
        "currency": "eur", "requirements": "NRM-05:A\nNRM-05:A, NRM-05:B", "scope_units": [organisation.operations],
        "scope_types": ["system"], "scope_tags": "a, b", "integrity": 2,
    }  # fmt: skip
    answer = browser.post("/measures/add/", sent)
    assert answer.status_code == 302
    row = models.Measure.objects.get(name="Lock")
    assert (row.yearly_cost_minor, row.currency, row.scope_tags, row.scope_integrity) == (1250, "EUR", ["a", "b"], 2)
    assert row.answers.count() == 2
    refused = browser.post("/measures/add/", sent | {"requirements": "NRM-99:A"})
    assert refused.status_code == 422
    assert "NRM-99:A is no requirement" in refused.content.decode()
    assert browser.post("/measures/add/", {}).status_code == 422
    edit = reverse("assurance:edit_measure", args=[row.pk])
    assert browser.post(edit, sent | {"name": "Locks", "version": 1}).status_code == 302
    assert browser.post(edit, sent | {"name": "Late", "version": 1}).status_code == 409
    assert browser.post(edit, sent).status_code == 422
    add = reverse("assurance:add_check", args=[row.pk])
    asked = {"title": "Shut?", "steps": "One?\n\nTwo?", "cadence_days": 7, "valid_days": 10, "severity": "major"}
    assert browser.post(add, asked).status_code == 302
    made = models.Check.objects.get(title="Shut?")
    assert made.steps == ["One?", "Two?"]
    assert browser.post(add, asked | {"automatic": "assets.reviews"}).status_code == 422
    change = reverse("assurance:edit_check", args=[made.pk])
    assert browser.post(change, asked | {"title": "Closed?", "version": 1}).status_code == 302
    do = reverse("assurance:do_check", args=[made.pk])
    half = browser.post(do, {"step_0": "yes", "note": "5 doors"})
    assert half.status_code == 422
    assert "Answer with yes or no" in half.content.decode()
    done = browser.post(do, {"step_0": "yes", "step_1": "no", "note": "5 doors"}, follow=True)
    assert "5 doors" in done.content.decode()
    run = made.runs.get()
    assert (run.result, run.answers) == (Result.FAILED, [True, False])
    browser.post(do, {"unable": "on", "note": "The key was away"})
    assert made.runs.order_by("-ran_at").first().result == Result.INCONCLUSIVE
    attach = reverse("assurance:attach_to_run", args=[run.pk])
    assert browser.post(attach, {"file": SimpleUploadedFile("doors.txt", b"shut")}).status_code == 302
    assert "doors.txt" in browser.get(reverse("assurance:run", args=[run.pk])).content.decode()
    retire = reverse("assurance:retire_check", args=[made.pk])
    assert browser.post(retire, {"version": 2, "reason": ""}).status_code == 422
    assert browser.post(retire, {"version": 2, "reason": "Sold"}).status_code == 302


def test_an_automatic_check_runs_by_a_button(chain: dict[str, Any], client_of: Any, alice: Actor) -> None:
    answer = client_of(alice).post(reverse("assurance:run_check", args=[chain["auto"]]), follow=True)
    text = answer.content.decode()
    assert "every asset was reviewed in time" in text
    assert "Assets in use" in text


def test_a_finding_goes_to_its_end_by_forms(
    chain: dict[str, Any], client_of: Any, alice: Actor, olga: Actor, organisation: Any
) -> None:
    browser, owner = client_of(alice), client_of(olga)
    sent = {"title": "Gap", "unit": organisation.operations, "origin": "audit", "severity": "major"}
    answer = browser.post("/findings/raise/", sent, follow=True)
    assert "Gap" in answer.content.decode()
    made = models.Finding.objects.get(title="Gap")
    open_ = reverse("assurance:open_action", args=[made.pk])
    assert browser.post(open_, {"title": "Mend"}).status_code == 302
    action = models.CorrectiveAction.objects.get(title="Mend")

    def at(name: str) -> str:
        return reverse(f"assurance:{name}", args=[action.pk])

    assert browser.post(at("plan_action"), {"title": "Mend", "version": 1}).status_code == 422
    plan = {
        "title": "Mend", "version": 1, "root_cause": "x", "plan": "y", "owner": olga.person_id, "due_on": "2099-01-01",
    }  # fmt: skip
    assert browser.post(at("plan_action"), plan).status_code == 302
    assert owner.post(at("implement_action"), {"done": "Did", "version": 2}).status_code == 302
    verdict = {"verdict": "Works", "effective": "yes", "version": 3}
    assert browser.post(at("judge_action"), verdict).status_code == 409
    assert owner.post(at("attach_to_action"), {"file": SimpleUploadedFile("proof.txt", b"x")}).status_code == 302
    assert "Does it work?" in browser.get(at("action")).content.decode()
    assert browser.post(at("judge_action"), verdict).status_code == 302
    close = reverse("assurance:close_finding", args=[made.pk])
    assert browser.post(close, {"version": 1, "reason": ""}).status_code == 422
    assert browser.post(close, {"version": 1, "reason": "Over"}).status_code == 302
    made.refresh_from_db()
    assert made.state == FindingState.CLOSED
    assert browser.post(reverse("assurance:reopen_finding", args=[made.pk]), {"version": 2, "reason": "No"}).status_code
    assert browser.post(at("reopen_action"), {"version": 4, "reason": "Broke"}).status_code == 302


def test_a_person_asserts_and_takes_it_back(chain: dict[str, Any], client_of: Any, dora: Actor) -> None:
    browser = client_of(dora)
    say = reverse("assurance:assert_standing", args=[chain["other"]])
    good = {"standing": int(Standing.MET), "reason": "Seen", "expires_on": timezone.now().date() + 9 * DAY}
    assert browser.post(say, good | {"expires_on": "1999-01-01"}).status_code == 422
    assert browser.post(say, good).status_code == 302
    record = browser.get(reverse("assurance:requirement", args=[chain["other"]])).content.decode()
    assert "Said to be better" in record
    back = reverse("assurance:withdraw_assertion", args=[chain["other"]])
    assert browser.post(back, {"reason": "Changed"}).status_code == 302


def test_a_framework_is_loaded_from_a_file(chain: dict[str, Any], client_of: Any, alice: Actor) -> None:
    browser = client_of(alice)
    rows = b"identifier,title,satisfies\nX-1,Do,ISO:1\n"
    named = {"identifier": "MINE", "title": "My list"}
    load = "/frameworks/load/"
    assert browser.post(load, named | {"file": SimpleUploadedFile("a.csv", rows)}).status_code == 302
    assert queries.framework_named("MINE") is not None
    bad = browser.post(load, named | {"file": SimpleUploadedFile("a.csv", b"a,b\n1,2\n")})
    assert bad.status_code == 422
    assert "no columns identifier and title" in bad.content.decode()
    assert browser.post(load, {"file": SimpleUploadedFile("a.csv", rows)}).status_code == 422
    toml = b'identifier = "T"\ntitle = "T"\n[[requirements]]\nidentifier = "1"\ntitle = "One"\n'
    assert browser.post(load, {"file": SimpleUploadedFile("t.toml", toml)}).status_code == 302


def test_the_record_of_an_asset_leads_to_what_is_required_of_it(
    chain: dict[str, Any], client_of: Any, alice: Actor
) -> None:
    browser = client_of(alice)
    address = reverse("assurance:asset", args=[chain["asset_id"]])
    assert address in browser.get(reverse("assets:asset", args=[chain["asset_id"]])).content.decode()
    text = browser.get(address).content.decode()
    assert "Encrypt" in text
    assert "Confidentiality, System" in text


def test_the_form_of_a_measure_finds_assets_and_names_those_that_are_ticked(
    chain: dict[str, Any], organisation: Any, client_of: Any, alice: Actor
) -> None:
    other = assets.add_asset(system("Ledger of wages", organisation.operations), actor=alice, now=timezone.now())
    browser, address = client_of(alice), reverse("assurance:edit_measure", args=[chain["measure_id"]])
    page = browser.get(address).content.decode()
    assert f'value="{chain["asset_id"]}"' in page
    typed = {
        "name": "Typed", "unit": str(organisation.operations), "phase": "1", "version": "1", "scope_tags": "x",
        "assets": [str(chain["asset_id"]), "none"], "find": "wages",
    }  # fmt: skip
    found = browser.post(address, {**typed, "find_assets": "1"})
    assert found.status_code == 200
    text = found.content.decode()
    assert 'value="Typed"' in text
    assert f'value="{other}"' in text
    assert "Ledger of wages · System · AST-" in text
    assert models.MeasureAsset.objects.count() == 1
    saved = browser.post(address, {**typed, "assets": [str(other)]})
    assert saved.status_code == 302, saved.content.decode()
    assert set(models.MeasureAsset.objects.values_list("asset_id", flat=True)) == {other}
    unknown = browser.post(address, {**typed, "version": "2", "assets": [str(chain["finding_id"])]})
    assert unknown.status_code == 422
    added = reverse("assurance:add_measure")
    assert f'value="{other}"' in browser.post(added, {**typed, "find_assets": "1"}).content.decode()
    assert browser.post(added, typed | {"assets": [str(other)]}).status_code == 302
    assert models.MeasureAsset.objects.filter(asset_id=other).count() == 2


def test_assets_that_the_editor_does_not_see_stay_named(
    chain: dict[str, Any], organisation: Any, client_of: Any, alice: Actor
) -> None:
    hidden = assets.add_asset(system("Hidden", organisation.sales), actor=alice, now=timezone.now())
    row = models.Measure.objects.get(pk=chain["measure_id"])
    models.MeasureAsset.objects.create(measure=row, asset_id=hidden)
    reach = (("security_officer", organisation.operations),)
    officer = hire("Oskar Officer", unit_id=organisation.operations, roles=reach)
    typed = {"name": "Typed", "unit": str(organisation.operations), "phase": "1", "version": "1"}
    address = reverse("assurance:edit_measure", args=[row.pk])
    browser = client_of(officer)
    assert str(hidden) not in browser.get(address).content.decode()
    assert browser.post(address, typed).status_code == 302
    assert set(row.asset_rows.values_list("asset_id", flat=True)) == {hidden}


def test_after_a_merge_scopes_and_findings_name_the_survivor(
    chain: dict[str, Any], organisation: Any, alice: Actor
) -> None:
    twin = assets.add_asset(system("Twin", organisation.operations), actor=alice, now=timezone.now())
    record = StoredRecord(
        record_id=RecordId(twin), position=0, kind="assets.assets_merged", at=timezone.now(), actor_label="x",
        subjects=(), body={"duplicate_id": str(chain["asset_id"]), "survivor_id": str(twin)}, opened={},
    )  # fmt: skip
    for _twice in range(2):
        handlers.on_assets_merged(record)
    assert set(models.MeasureAsset.objects.values_list("asset_id", flat=True)) == {twin}
    assert set(models.FindingAsset.objects.values_list("asset_id", flat=True)) == {twin}


@pytest.mark.parametrize("count", [1, 50])
def test_list_pages_take_a_fixed_number_of_statements(
    chain: dict[str, Any],
    organisation: Any,
    client_of: Any,
    alice: Actor,
    django_assert_max_num_queries: Any,
    count: int,
) -> None:
    for number in range(count):
        commands.raise_finding(draft(organisation.operations, str(number)), actor=alice, now=timezone.now())
        measure(organisation.operations, actor=alice, now=timezone.now())
    browser = client_of(alice)
    for address in ("/findings/", "/measures/", "/checks/", "/standing/", "/frameworks/", "/findings/actions/"):
        with django_assert_max_num_queries(14):
            assert browser.get(address).status_code == 200
