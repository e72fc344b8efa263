from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from burgrave.people import commands, models, queries, rules
from burgrave.people.errors import ExpiryHasPassed, PermissionNotHeld, TokenForbidden, TokenTooLong, TooManyTokens
from burgrave.people.rules import tokens
from burgrave.people.terms import MadeToken, TokenState, UnitId
from burgrave.people.tests.test_tree import UNITS, nodes
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.site.logs import NoTokens
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor

Tail = Callable[[], list[str]]
ClientOf = Callable[[Actor], Client]
READ = frozenset({"people.read"})
JSON = "application/json"


def make(
    actor: Actor, *, permissions: frozenset[str] = READ, unit_id: UnitId | None = None, days: int = 30
) -> MadeToken:
    now = timezone.now()
    return commands.make_token(
        name="Script",
        permissions=permissions,
        unit_id=unit_id,
        expires_at=now + timedelta(days=days),
        actor=actor,
        now=now,
    )


def bearing(made: MadeToken | str) -> Client:
    secret = made if isinstance(made, str) else made.secret
    return Client(headers={"authorization": f"Bearer {secret}"})


def acting(made: MadeToken) -> Actor:
    found = queries.actor_by_token(made.secret, timezone.now())
    assert found is not None
    return found[0]


tops = st.frozensets(st.sampled_from(UNITS), max_size=3)


@given(st.lists(st.integers(0, 7), min_size=7, max_size=7), tops, st.sampled_from(UNITS), st.booleans())
def test_a_token_is_the_common_part_of_its_owner_and_its_scope(
    parents: list[int],
    owned: frozenset[UnitId],
    scope: UnitId,
    whole: bool,  # noqa: FBT001 - drawn
) -> None:
    tree = rules.tree_of(nodes([None, *(min(parent, number) for number, parent in enumerate(parents))]))
    allowed = {"a.read": rules.Reach(tree, tree.tops(owned)), "b.write": rules.Reach(tree, tree.tops(owned))}
    cut = tokens.narrowed(allowed, permissions=frozenset({"a.read", "c.other"}), unit_id=None if whole else scope)
    assert set(cut) <= {"a.read"}
    for unit in UNITS:
        expected = unit in allowed["a.read"] and (whole or tree.covers(scope, unit))
        assert (unit in cut.get("a.read", ())) is expected


class TestMaking:
    def test_it_is_stored_as_a_hash_and_shown_once(self, alice: Actor, ledger_tail: Tail) -> None:
        made = make(alice)
        row = models.ApiToken.objects.get()
        assert made.secret.startswith("bgv_")
        assert (len(made.secret), row.token_hash) == (47, rules.token_hash(made.secret))
        assert made.secret not in repr(made)
        assert made.secret not in str(row.__dict__)
        assert row.hint == made.secret[:8]
        assert ledger_tail() == ["people.token_made"]

    @pytest.mark.parametrize("days", [0, 367], ids=["past", "more than a year"])
    def test_it_ends_within_a_year(self, alice: Actor, ledger_tail: Tail, days: int) -> None:
        with pytest.raises((ExpiryHasPassed, TokenTooLong)):
            make(alice, days=days)
        make(alice, days=366)
        assert ledger_tail() == ["people.token_made"]

    def test_it_gives_nothing_that_its_owner_does_not_hold(
        self, organisation: CastOrganisation, bob: Actor, charlie: Actor, ledger_tail: Tail
    ) -> None:
        for actor, permissions, unit in (
            (charlie, READ, None),
            (bob, frozenset({"incidents.read", "people.manage"}), None),
            (bob, frozenset({"incidents.read"}), organisation.sales),
        ):
            with pytest.raises(PermissionNotHeld):
                make(actor, permissions=permissions, unit_id=unit)
        for permissions, unit_id in ((frozenset(), None), (frozenset({"moon.walk"}), None), (READ, uuid4())):
            with pytest.raises(BadInput):
                make(bob, permissions=permissions, unit_id=unit_id)  # type: ignore[arg-type]  # a unit that is not there
        assert ledger_tail() == []

    def test_nobody_has_tokens_without_number(self, alice: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tokens, "MOST_LIVE", 1)
        make(alice)
        with pytest.raises(TooManyTokens):
            make(alice)

    def test_a_token_needs_a_name_and_a_person(self, alice: Actor) -> None:
        nobody = Actor(person_id=None, label="people.nobody", name="Nobody")
        with pytest.raises(Forbidden):
            make(nobody)
        with pytest.raises(BadInput, match="needs a name"):
            commands.make_token(
                name=" ", permissions=READ, unit_id=None, expires_at=NOON + timedelta(1), actor=alice, now=NOON
            )


class TestActing:
    def test_it_may_what_it_was_made_for_and_not_what_its_owner_may(
        self, organisation: CastOrganisation, alice: Actor
    ) -> None:
        actor = acting(make(alice, unit_id=organisation.operations))
        assert actor.may("people.read", organisation.night_shift)
        assert not actor.may("people.read", organisation.sales)
        assert not actor.may_anywhere("people.manage")
        assert not actor.may_everywhere("people.read")
        assert acting(make(alice)).may_everywhere("people.read")

    def test_it_follows_its_owner_at_once(self, organisation: CastOrganisation, alice: Actor, dora: Actor) -> None:
        made = make(dora, permissions=frozenset({"people.read", "ledger.read"}))
        client = bearing(made)
        assert client.get("/api/people/persons").status_code == 200
        models.Grant.objects.filter(person_id=dora.person_id).update(expires_at=timezone.now())
        assert client.get("/api/people/persons").status_code == 403
        assert dora.person_id is not None
        commands.deactivate(dora.person_id, reason="left", actor=alice, now=timezone.now())
        assert client.get("/api/people/persons").status_code == 401
        commands.reactivate(dora.person_id, actor=alice, now=timezone.now())
        assert client.get("/api/people/persons").status_code == 401, "a deactivation revokes the tokens for good"

    def test_it_makes_no_tokens_and_takes_back_no_other(self, alice: Actor, ledger_tail: Tail) -> None:
        made, other = make(alice, permissions=frozenset({"people.read", "people.manage"})), make(alice)
        actor = acting(made)
        with pytest.raises(TokenForbidden):
            make(actor)
        with pytest.raises(TokenForbidden):
            commands.revoke_token(other.token_id, actor=actor, now=NOON)
        commands.revoke_token(made.token_id, actor=actor, now=NOON)
        assert ledger_tail() == ["people.token_made", "people.token_made", "people.token_revoked"]

    def test_its_use_is_noted_at_most_once_a_minute(self, alice: Actor) -> None:
        made = make(alice)
        for _ in range(3):
            bearing(made).get("/api/people/persons")
        first = models.ApiToken.objects.get().last_used_at
        assert first is not None
        commands.use_token(made.token_id, now=first + timedelta(seconds=59))
        assert models.ApiToken.objects.get().last_used_at == first
        commands.use_token(made.token_id, now=first + timedelta(seconds=60))
        assert models.ApiToken.objects.get().last_used_at == first + timedelta(seconds=60)


class TestRefusal:
    @pytest.fixture
    def dead(self, alice: Actor) -> dict[str, str]:
        """Tokens that do not work, by what became of them."""
        ended, revoked = make(alice), make(alice)
        models.ApiToken.objects.filter(pk=ended.token_id).update(expires_at=timezone.now())
        assert bearing(revoked).get("/api/people/persons").status_code == 200
        commands.revoke_token(revoked.token_id, actor=alice, now=timezone.now())
        return {
            "ended": ended.secret,
            "revoked": revoked.secret,
            "unknown": "bgv_" + "x" * 43,
            "foreign": "abc",
            "": "",
        }

    def test_every_dead_token_is_refused_alike_and_never_logged(
        self, dead: dict[str, str], caplog: pytest.LogCaptureFixture, settings: Settings, ledger_tail: Tail
    ) -> None:
        settings.DEBUG = True
        bodies = set()
        with caplog.at_level(logging.DEBUG):
            for secret in dead.values():
                answer = bearing(secret).get("/api/people/persons")
                assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
                assert answer["WWW-Authenticate"] == 'Bearer realm="burgrave"'
                bodies.add(answer.content)
        assert len(bodies) == 1
        assert b"the token is unknown, has ended or was revoked" in bodies.pop()
        assert "bgv_" not in caplog.text
        assert ledger_tail() == []

    def test_a_session_does_not_mend_a_dead_token(
        self, dead: dict[str, str], alice: Actor, client_of: ClientOf
    ) -> None:
        client = client_of(alice)
        assert client.get("/api/people/persons").status_code == 200
        answer = client.get("/api/people/persons", headers={"authorization": f"bearer {dead['revoked']}"})
        assert answer.status_code == 401

    def test_pages_take_no_token(self, alice: Actor) -> None:
        assert bearing(make(alice)).get("/people/").status_code == 302
        assert bearing(make(alice)).get("/api/docs/").status_code == 302

    def test_the_log_filter_takes_tokens_out_of_every_line(self) -> None:
        record = logging.LogRecord("x", logging.INFO, "", 1, "got %s", (f"Bearer bgv_{'a' * 43}",), None)
        assert NoTokens().filter(record)
        assert record.getMessage() == "got Bearer bgv_…"


class TestForgery:
    """A session needs the token against forged requests, a bearer of an API token does not."""

    def test_a_session_without_it_is_refused_and_a_token_is_not(
        self, organisation: CastOrganisation, alice: Actor, client_of: ClientOf
    ) -> None:
        client = Client(enforce_csrf_checks=True)
        client.cookies = client_of(alice).cookies
        sent = {"name": "Depot", "parent_id": str(organisation.sales)}
        assert client.post("/api/people/units", sent, content_type=JSON).status_code == 403
        made = make(alice, permissions=frozenset({"people.read", "people.manage"}))
        strict = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {made.secret}"})
        assert strict.post("/api/people/units", sent, content_type=JSON).status_code == 201


def test_a_browser_needs_a_fresh_proof_to_change_access_over_the_api_and_a_token_does_not(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    session = client.session
    session["people.proved_at"] = (timezone.now() - timedelta(hours=1)).timestamp()
    session.save()
    sent = {"name": "Depot", "parent_id": str(organisation.sales)}
    assert client.get("/api/people/units").status_code == 200
    refused = client.post("/api/people/units", sent, content_type=JSON)
    assert (refused.status_code, refused.json()["type"]) == (403, "/api/docs/#identity-unconfirmed")
    made = make(alice, permissions=frozenset({"people.read", "people.manage"}))
    assert bearing(made).post("/api/people/units", sent, content_type=JSON).status_code == 201


def test_each_token_is_counted_by_itself(alice: Actor, settings: Settings) -> None:
    settings.BURGRAVE_API_READS_PER_MINUTE = 2
    cache.clear()
    one, other = bearing(make(alice)), bearing(make(alice))
    # Six requests fall into two minutes at most, so that one of these has more than two.
    assert 429 in [one.get("/api/people/persons").status_code for _ in range(6)]
    assert other.get("/api/people/persons").status_code == 200
    cache.clear()


def test_two_tokens_do_not_share_the_answers_to_repeated_requests(organisation: CastOrganisation, alice: Actor) -> None:
    both = frozenset({"people.read", "people.manage"})
    sent = {"name": "Depot", "parent_id": str(organisation.sales)}
    key = {"Idempotency-Key": "k"}
    assert (
        bearing(make(alice, permissions=both))
        .post("/api/people/units", sent, content_type=JSON, headers=key)
        .status_code
        == 201
    )
    narrow = bearing(make(alice)).post("/api/people/units", sent, content_type=JSON, headers=key)
    assert narrow.status_code == 403


class TestPages:
    def test_one_is_made_shown_once_listed_and_revoked(
        self, organisation: CastOrganisation, alice: Actor, client_of: ClientOf
    ) -> None:
        client = client_of(alice)
        assert "No token yet" in client.get("/me/tokens/").content.decode()
        day = (timezone.now() + timedelta(days=20)).date().isoformat()
        sent = {"name": "Uploader", "last_day": day, "unit": "", "permissions": ["incidents.submit"]}
        shown = client.post("/me/tokens/make/", sent)
        assert (shown.status_code, "no-store" in shown["Cache-Control"]) == (200, True)
        row = models.ApiToken.objects.get()
        secret = next(
            word
            for word in shown.content.decode().replace("<", " ").replace(">", " ").split()
            if word.startswith(row.hint) and len(word) == 47
        )
        assert queries.actor_by_token(secret, timezone.now()) is not None
        listed = client.get("/me/tokens/").content.decode()
        assert "Uploader" in listed
        assert secret not in listed
        far = {**sent, "last_day": (timezone.now() + timedelta(days=600)).date().isoformat()}
        assert client.post("/me/tokens/make/", far).status_code == 422
        assert client.post(f"/me/tokens/{row.pk}/revoke/")["Location"] == "/me/tokens/"
        assert queries.tokens_of(row.owner_id, actor=alice, now=timezone.now())[0].state is TokenState.REVOKED

    def test_whoever_manages_the_owner_sees_and_revokes_them(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, client_of: ClientOf
    ) -> None:
        made = make(bob, permissions=frozenset({"incidents.read"}))
        client, address = client_of(alice), f"/people/{bob.person_id}/"
        assert "Script" in client.get(address).content.decode()
        with pytest.raises(NotFound):
            commands.revoke_token(made.token_id, actor=charlie, now=NOON)
        assert bob.person_id is not None
        with pytest.raises(NotFound):
            queries.tokens_of(bob.person_id, actor=charlie, now=NOON)
        back = client.post(f"/me/tokens/{made.token_id}/revoke/", {"person": str(bob.person_id)})
        assert back["Location"] == f"{address}#tokens"
        assert bearing(made).get("/api/alerts").status_code == 401

    def test_somebody_without_a_permission_is_told_so(self, charlie: Actor, client_of: ClientOf) -> None:
        assert "You hold no permission" in client_of(charlie).get("/me/tokens/make/").content.decode()


@pytest.mark.parametrize("number", [1, 50])
def test_the_list_takes_two_statements_for_any_number(
    organisation: CastOrganisation, number: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    erna = hire("Erna Esche", unit_id=organisation.sales, roles=(("trainer", organisation.sales),))
    for _ in range(number):
        make(erna)
    assert erna.person_id is not None
    with django_assert_num_queries(2):  # type: ignore[attr-defined]  # a context manager of pytest-django
        assert len(queries.tokens_of(erna.person_id, actor=erna, now=timezone.now())) == number
