from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from burgrave.cli.people import people as cli
from burgrave.people import commands, models, queries, rules
from burgrave.people.rules.explaining import NEAREST, explain
from burgrave.people.terms import HeldGrant, PersonId, UnitId, UnitNode
from burgrave.people.terms.explanations import Claim, Lack
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
UNITS = [UnitId(UUID(int=number)) for number in range(1, 6)]
TREE = rules.tree_of(UnitNode(unit_id=unit, parent_id=UNITS[n // 2] if n else None) for n, unit in enumerate(UNITS))


def claim(unit: UnitId, permissions: frozenset[str], ends_in_hours: int | None) -> Claim:
    return Claim(
        grant_id=uuid4(),
        role="any",
        role_name="Any",
        role_permissions=permissions,
        unit_id=unit,
        unit_name="",
        expires_at=None if ends_in_hours is None else NOON + timedelta(hours=ends_in_hours),
        granted_at=NOON,
        granted_by="",
    )


claims = st.builds(
    claim,
    st.sampled_from(UNITS),
    st.frozensets(st.sampled_from(["a.read", "b.write"])),
    st.one_of(st.none(), st.integers(-1, 1)),
)


@given(st.lists(claims, max_size=5), st.sampled_from(UNITS), st.booleans())
def test_an_explanation_is_the_decision_itself(given_claims: list[Claim], unit: UnitId, is_active: bool) -> None:  # noqa: FBT001 - drawn
    found = explain(given_claims, permission="a.read", unit_id=unit, is_active=is_active, tree=TREE, now=NOON)
    held = [
        HeldGrant(
            person_id=PersonId(uuid4()),
            role=each.role,
            unit_id=each.unit_id,
            permissions=each.role_permissions,
            expires_at=each.expires_at,
        )
        for each in given_claims
    ]
    allowed = rules.compile_allowed(held, TREE, now=NOON)
    assert found.allowed is (is_active and unit in allowed.get("a.read", ()))
    assert len(found.because) + len(found.nearest) == len(given_claims)
    missing = [len(reason.lacks) for reason in found.nearest]
    assert missing == sorted(missing)
    assert 0 not in missing


def test_of_many_only_the_nearest_are_told() -> None:
    far = [claim(UNITS[0], frozenset(), -1) for _ in range(NEAREST + 5)]
    found = explain(
        [*far, claim(UNITS[0], frozenset({"a.read"}), -1)],
        permission="a.read",
        unit_id=UNITS[1],
        is_active=True,
        tree=TREE,
        now=NOON,
    )
    assert len(found.nearest) == NEAREST
    assert found.nearest[0].lacks == (Lack.ENDED,)


def test_each_thing_that_is_missing_has_its_name(organisation: CastOrganisation, alice: Actor, bob: Actor) -> None:
    assert bob.person_id is not None

    def lacks(permission: str, unit_id: UnitId) -> tuple[str, ...]:
        answer = queries.explain(bob.person_id, permission, unit_id, actor=alice, now=NOON)  # type: ignore[arg-type]  # asserted above
        assert not answer.explanation.allowed
        return answer.explanation.nearest[0].lacks

    assert lacks("incidents.close", organisation.night_shift) == (Lack.ROLE_LACKS,)
    assert lacks("incidents.respond", organisation.sales) == (Lack.OTHER_UNIT,)
    models.Grant.objects.filter(person_id=bob.person_id).update(expires_at=NOON)
    assert lacks("incidents.respond", organisation.night_shift) == (Lack.ENDED,)
    commands.deactivate(bob.person_id, reason="left", actor=alice, now=NOON)
    answer = queries.explain(bob.person_id, "incidents.read", organisation.operations, actor=alice, now=NOON)
    assert (answer.explanation.is_active, answer.explanation.allowed) == (False, False)


def test_what_lies_in_units_that_the_reader_does_not_see_is_only_counted(
    organisation: CastOrganisation, alice: Actor
) -> None:
    local = hire("Lena Lind", unit_id=organisation.sales, roles=(("trainer", organisation.sales),))
    boss = hire("Hanna Hell", unit_id=organisation.sales, roles=(("head_of_security", organisation.root),))
    assert boss.person_id is not None
    found = queries.explain(boss.person_id, "ledger.read", organisation.sales, actor=local, now=NOON)
    explanation = found.explanation
    assert (explanation.allowed, explanation.because, explanation.hidden, explanation.hidden_gives) == (
        True,
        (),
        1,
        True,
    )
    assert found.unit_path == ("Sales",)
    whole = queries.explain(boss.person_id, "ledger.read", organisation.sales, actor=alice, now=NOON)
    assert whole.unit_path == ("Nordhafen Works", "Sales")
    who = queries.who_may("ledger.read", organisation.sales, number=1, size=50, actor=local, now=NOON)
    assert {row.name: (row.hidden, row.is_visible) for row in who.rows}["Hanna Hell"] == (1, True)
    with pytest.raises(NotFound):
        queries.explain(boss.person_id, "ledger.read", organisation.operations, actor=local, now=NOON)
    with pytest.raises(NotFound):
        queries.who_may("ledger.read", organisation.operations, number=1, size=50, actor=local, now=NOON)
    with pytest.raises(BadInput):
        queries.who_may("moon.walk", organisation.sales, number=1, size=50, actor=local, now=NOON)


def test_everybody_may_ask_about_themselves_and_nobody_about_others(
    organisation: CastOrganisation, bob: Actor, charlie: Actor
) -> None:
    assert charlie.person_id is not None
    assert bob.person_id is not None
    mine = queries.explain(charlie.person_id, "people.read", organisation.sales, actor=charlie, now=NOON)
    assert not mine.explanation.allowed
    theirs = queries.explain(bob.person_id, "incidents.read", organisation.night_shift, actor=bob, now=NOON)
    assert theirs.explanation.because[0].claim.role == "incident_responder"
    with pytest.raises(NotFound):
        queries.explain(bob.person_id, "people.read", organisation.sales, actor=charlie, now=NOON)
    with pytest.raises(NotFound):
        queries.explain(charlie.person_id, "people.read", organisation.operations, actor=charlie, now=NOON)
    with pytest.raises(NotFound):
        queries.person_id_by_email("bob@example.org", actor=charlie)
    assert [unit.name for unit in queries.askable_units(actor=charlie)] == ["Sales"]
    assert [unit.name for unit in queries.askable_units(actor=bob)] == ["Night shift", "Operations"]


@pytest.mark.parametrize("number", [1, 50])
def test_who_may_takes_the_same_number_of_statements_for_any_number(
    organisation: CastOrganisation, alice: Actor, number: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    for count in range(number):
        hire(f"Worker{count:03} Wolf", unit_id=organisation.sales, roles=(("trainer", organisation.sales),))
    with django_assert_num_queries(7):  # type: ignore[attr-defined]  # a context manager of pytest-django
        page = queries.who_may("people.read", organisation.sales, number=1, size=100, actor=alice, now=NOON)
    assert page.total == number + 1


class TestPage:
    def test_it_says_yes_no_and_who(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, client_of: ClientOf
    ) -> None:
        client = client_of(alice)
        assert "Explain for me" in client.get("/people/explain/").content.decode()
        asked = {"person": "bob@example.org", "permission": "incidents.respond", "unit": str(organisation.night_shift)}
        page = client.get("/people/explain/", asked).content.decode()
        assert "Bob Birnbaum may do this in Night shift" in page
        page = client.get("/people/explain/", {**asked, "unit": str(organisation.sales)}).content.decode()
        assert "Bob Birnbaum may not do this in Sales" in page
        assert "It was given in another unit." in page
        page = client.get("/people/explain/", {**asked, "person": ""}).content.decode()
        assert "Who may do this in Night shift" in page
        assert "Incident responder · Operations" in page
        assert client.get("/people/explain/", {**asked, "person": "nobody@example.org"}).status_code == 404
        assert client.get("/people/explain/", {**asked, "permission": "moon.walk"}).status_code == 422

    def test_a_grant_expires_and_access_ends_at_once(
        self, organisation: CastOrganisation, dora: Actor, client_of: ClientOf
    ) -> None:
        client = client_of(dora)
        assert client.get("/ledger/").status_code == 200
        models.Grant.objects.filter(person_id=dora.person_id).update(expires_at=timezone.now())
        assert client.get("/ledger/").status_code == 403
        assert client.get("/api/alerts").status_code == 403
        asked = {"person": "dora@example.org", "permission": "ledger.read", "unit": str(organisation.root)}
        assert "It has ended." in client.get("/people/explain/", asked).content.decode()


class TestCommandLine:
    def test_it_answers_with_its_exit_code(self, organisation: CastOrganisation, alice: Actor, bob: Actor) -> None:
        run = CliRunner().invoke
        yes = run(cli, ["explain", "incidents.respond", "--person", "Bob@example.org", "--unit", "night shift"])
        assert (yes.exit_code, "because of Incident responder in Operations" in yes.output) == (0, True)
        no = run(cli, ["explain", "incidents.respond", "--person", "bob@example.org", "--json"])
        assert no.exit_code == 1
        assert json.loads(no.output)["nearest"][0]["lacks"] == ["other_unit"]
        who = run(cli, ["explain", "people.manage", "--unit", str(organisation.sales)])
        assert (who.exit_code, "Alice Amsel <alice@example.org>" in who.output) == (0, True)
        nobody = run(cli, ["explain", "incidents.rules", "--unit", "nowhere"])
        assert (nobody.exit_code, "there is no unit nowhere" in nobody.output) == (1, True)
