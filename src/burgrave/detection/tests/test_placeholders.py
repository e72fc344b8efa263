"""Placeholders: what they stand for is written down, reaches the rules, and what lacks values is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from burgrave.detection import commands, models, queries
from burgrave.detection.errors import BadPlaceholder, ReasonMissing
from burgrave.detection.rules.placeholders import must_fit, names_wanted, plain_name, plain_values
from burgrave.detection.terms import Act
from burgrave.detection.terms.placeholders import MOST_VALUES, PlaceholderFacts
from burgrave.detection.tests.house import NOON, imported, rule_text
from burgrave.detection.tests.test_exceptions import read, sysmon
from burgrave.incidents import handlers
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor, PersonId, UnitId

ClientOf = Callable[[Actor], Client]
RULE = rule_text("Alpha").replace("Image|endswith: '\\evil.exe'", "User|expand: '%Admins%'")


def facts(organisation: CastOrganisation, owner: Actor, *values: str, name: str = "%Admins%") -> PlaceholderFacts:
    assert owner.person_id is not None
    return PlaceholderFacts(
        name=name,
        unit_id=UnitId(organisation.root),
        values=values or ("eve",),
        owner_id=PersonId(owner.person_id),
        reason="From the directory.",
    )


@pytest.mark.engine_only
def test_a_name_is_written_as_rules_do_and_kept_without_its_percent_signs() -> None:
    assert plain_name(" %Admins_Workstations% ") == plain_name("Admins_Workstations") == "Admins_Workstations"
    for bad in ("", "%", "%%", "a%b", "a\\b", "x" * 201, "a\nb"):
        with pytest.raises(BadPlaceholder, match="1 to 200 characters"):
            plain_name(bad)


@pytest.mark.engine_only
def test_values_are_kept_once_without_blanks_and_within_bounds() -> None:
    assert plain_values([" b ", "a", "", "b"]) == ("b", "a")
    with pytest.raises(BadPlaceholder, match="1 to 5,000 values, got 0"):
        plain_values([" "])
    with pytest.raises(BadPlaceholder, match="got 5,001"):
        plain_values(map(str, range(MOST_VALUES + 1)))
    with pytest.raises(BadPlaceholder, match="at most 1,000 characters"):
        plain_values(["x" * 1_001])


@pytest.mark.engine_only
def test_the_sentence_of_a_fault_says_which_values_are_wanted() -> None:
    assert names_wanted("the placeholder %a% has no values here; give it some") == ("a",)
    assert names_wanted("a regular expression holds a placeholder that has no values here; give it some") == ()
    assert names_wanted("RE2 does not take it") is None


@pytest.mark.engine_only
def test_a_placeholder_needs_a_reason(organisation: CastOrganisation, alice: Actor) -> None:
    with pytest.raises(ReasonMissing):
        must_fit(replace(facts(organisation, alice), reason=" "))


def test_rules_wait_for_values_run_with_them_and_are_named_without(
    organisation: CastOrganisation, alice: Actor, emil: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    imported({"a.yml": RULE}, actor=alice)
    (wanted,) = queries.wanted_placeholders(actor=alice)
    assert (wanted.names, wanted.path, wanted.line) == (("Admins",), "a.yml", 12)
    assert models.Rule.objects.count() == 0

    key = commands.add_placeholder(facts(organisation, alice, "svc-backup", "eve"), actor=alice, now=NOON)
    assert queries.wanted_placeholders(actor=alice) == ()
    (rule,) = imported({"a.yml": RULE}, actor=alice).new
    commands.decide([rule], Act.APPROVE, Act.ENABLE, actor=emil, now=NOON)
    assert read(sysmon(1, "svc-backup"), sysmon(2, "bob"), unit_id=organisation.sales, actor=alice) == 1

    commands.change_placeholder(key, facts(organisation, alice, "bob"), version=1, actor=emil, now=NOON)
    assert (
        read(sysmon(3, "svc-backup"), sysmon(4, "bob"), sysmon(5, "BOB"), unit_id=organisation.sales, actor=alice) == 2
    )

    commands.remove_placeholder(key, reason="Gone", version=2, actor=alice, now=NOON)
    handlers.make_rules_live(NOON)
    assert next(each.names for each in queries.wanted_placeholders(actor=alice)) == ("Admins",)
    kinds = [kind for kind in ledger_tail() if kind.startswith("detection.placeholder")]
    assert kinds == ["detection.placeholder_set"] * 2 + ["detection.placeholder_removed"]


def test_values_of_all_units_count_together_and_those_of_the_sample_do_not(
    organisation: CastOrganisation, alice: Actor
) -> None:
    first = facts(organisation, alice, "a", "b")
    commands.add_placeholder(first, actor=alice, now=NOON)
    commands.add_placeholder(
        replace(first, unit_id=UnitId(organisation.sales), values=("b", "c")), actor=alice, now=NOON
    )
    assert queries.placeholder_values() == {"Admins": ("a", "b", "c")}
    with pytest.raises(BadPlaceholder, match="already"):
        commands.add_placeholder(first, actor=alice, now=NOON)


def test_only_those_who_change_rules_everywhere_say_what_placeholders_stand_for(
    organisation: CastOrganisation, alice: Actor, erik: Actor, charlie: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    asked = facts(organisation, alice)
    key = commands.add_placeholder(asked, actor=alice, now=NOON)
    before = ledger_tail()
    for stranger in (erik, charlie):
        with pytest.raises(Forbidden):
            commands.add_placeholder(replace(asked, name="Other"), actor=stranger, now=NOON)
        with pytest.raises(Forbidden):
            commands.change_placeholder(key, asked, version=1, actor=stranger, now=NOON)
        with pytest.raises(Forbidden):
            commands.remove_placeholder(key, reason="x", version=1, actor=stranger, now=NOON)
    with pytest.raises(BadInput, match="nobody who is active"):
        commands.add_placeholder(replace(asked, name="Other", owner_id=PersonId(uuid4())), actor=alice, now=NOON)
    with pytest.raises(StaleEdit):
        commands.change_placeholder(key, asked, version=9, actor=alice, now=NOON)
    with pytest.raises(NotFound):
        commands.remove_placeholder(uuid4(), reason="x", version=1, actor=alice, now=NOON)
    with pytest.raises(ReasonMissing):
        commands.remove_placeholder(key, reason=" ", version=1, actor=alice, now=NOON)
    assert ledger_tail() == before


def test_the_pages_add_change_and_remove(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
    imported({"a.yml": RULE}, actor=alice)
    page = client_of(alice)
    listed = reverse("detection:placeholders")
    shown = page.get(listed).content.decode()
    assert "No placeholder has values" in shown
    assert "a.yml:12" in shown
    assert "a.yml:12" in page.get(reverse("detection:coverage")).content.decode()
    add = reverse("detection:add_placeholder")
    assert 'value="Admins"' in page.get(f"{add}?name=Admins").content.decode()
    typed = {
        "name": "%Admins%",
        "unit": str(organisation.root),
        "values": "eve\r\nmallory",
        "owner": str(alice.person_id),
        "reason": "From the directory",
    }
    assert page.post(add, typed | {"values": ""}).status_code == 422
    assert page.post(add, typed | {"name": "a\\b"}).status_code == 422
    one = page.post(add, typed)["Location"]
    assert page.post(add, typed).status_code == 422
    assert "mallory" in page.get(one).content.decode()
    assert page.post(one, {**typed, "values": "eve", "version": "1"}).status_code == 302
    assert page.post(one, {**typed, "values": "eve", "version": "1"}).status_code == 409
    assert page.post(one, {**typed, "reason": "", "version": "2"}).status_code == 422
    assert "%Admins%" in page.get(listed).content.decode()
    with CaptureQueriesContext(connection) as of_one:
        page.get(listed)
    for number in range(49):
        commands.add_placeholder(facts(organisation, alice, name=f"P{number}"), actor=alice, now=timezone.now())
    with CaptureQueriesContext(connection) as of_many:
        page.get(listed)
    assert len(of_one) == len(of_many)
    assert page.post(f"{one}remove/", {"reason": "", "version": "2"}).status_code == 422
    assert page.post(f"{one}remove/", {"reason": "Gone", "version": "2"}).status_code == 302
    assert page.get(one).status_code == 404


def test_the_api_adds_changes_and_removes(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
    page = client_of(alice)
    sent = {
        "name": "Admins",
        "unit_id": str(organisation.root),
        "values": ["eve"],
        "owner_id": str(alice.person_id),
        "reason": "From the directory",
    }
    made = page.post(reverse("api:placeholders"), sent, content_type="application/json")
    assert (made.status_code, made["ETag"]) == (201, '"v1"')
    key = made.json()["placeholder_id"]
    one = reverse("api:placeholder", args=[key])
    changed = page.put(one, {**sent, "values": ["bob"]}, content_type="application/json", headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.json()["values"], changed["ETag"]) == (200, ["bob"], '"v2"')
    assert page.get(reverse("api:placeholders")).json()["rows"][0]["name"] == "Admins"
    gone = page.post(
        reverse("api:remove_placeholder", args=[key]),
        {"reason": "Gone"},
        content_type="application/json",
        headers={"If-Match": '"v2"'},
    )
    assert (gone.status_code, page.get(one).status_code) == (204, 404)
