from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from burgrave.people import commands, models, queries
from burgrave.people.tests_cast import CAST_PASSWORD, NOON, CastOrganisation, hire
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
Counting = Callable[[int], AbstractContextManager[object]]


def text(response: HttpResponse) -> str:
    return response.content.decode()


@pytest.mark.parametrize("number", [1, 50])
def test_the_list_page_takes_the_same_statements_for_one_row_and_for_fifty(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf, django_assert_num_queries: Counting, number: int
) -> None:
    for count in range(number - 1):
        unit = organisation.sales
        hire(f"Worker{count:03} Wolf", unit_id=unit, roles=(("employee", unit),))
    client = client_of(alice)
    client.get("/people/")
    with django_assert_num_queries(10):
        response = client.get("/people/")
    assert response.status_code == 200
    assert text(response).count("@example.org</td>") == number


def test_the_list_searches_narrows_and_sorts(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    found = text(client.get("/people/", {"q": "birn", "role": "incident_responder", "state": "active"}))
    assert "Bob Birnbaum" in found
    assert "Charlie Cordes" not in found
    assert "Nothing matches" in text(client.get("/people/", {"unit": str(uuid4())}))
    backwards = text(client.get("/people/", {"sort": "-name", "state": "nonsense", "unit": "nonsense"}))
    assert backwards.index("Charlie Cordes") < backwards.index("Bob Birnbaum")


def test_the_record_shows_roles_reasons_and_history(alice: Actor, bob: Actor, client_of: ClientOf) -> None:
    assert bob.person_id is not None
    commands.invite_again(bob.person_id, actor=alice, now=NOON)
    page = text(client_of(alice).get(f"/people/{bob.person_id}/"))
    for words in ("Bob Birnbaum", "Incident responder", "incidents.triage", "and 1 unit below", "Invitation issued"):
        assert words in page


def test_an_auditor_reads_records_but_is_offered_no_act(bob: Actor, dora: Actor, client_of: ClientOf) -> None:
    page = text(client_of(dora).get(f"/people/{bob.person_id}/"))
    assert "Bob Birnbaum" in page
    for act in ("Deactivate", "Give a role", "Revoke", "New password link"):
        assert act not in page


def test_adding_a_person_shows_the_link_once(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
    client = client_of(alice)
    assert client.get("/people/add/").status_code == 200
    response = client.post(
        "/people/add/",
        {"name": "Frieda Funk", "email": "frieda@example.org", "unit": organisation.sales, "language": "en"},
    )
    person = models.Person.objects.get(email="frieda@example.org")
    shown = text(response)
    assert response.status_code == 200
    token = shown.split("http://testserver/join/")[1].split("/")[0]
    assert token not in text(client.get(f"/people/{person.pk}/"))

    newcomer = Client()
    page = text(newcomer.get(f"/join/{token}/"))
    assert "For Frieda Funk, who signs in as frieda@example.org." in page
    weak = newcomer.post(f"/join/{token}/", {"password": "qwerty123456", "again": "qwerty123456"})
    assert (weak.status_code, "too common" in text(weak)) == (422, True)
    done = newcomer.post(f"/join/{token}/", {"password": CAST_PASSWORD, "again": CAST_PASSWORD})
    assert (done.status_code, done.headers["Location"]) == (302, "/")
    assert newcomer.get("/me/").status_code == 200
    assert newcomer.get(f"/join/{token}/").status_code == 404


def test_a_taken_address_keeps_what_was_typed(
    organisation: CastOrganisation, alice: Actor, bob: Actor, client_of: ClientOf
) -> None:
    given = {"name": "Frieda Funk", "email": "BOB@example.org", "unit": organisation.sales, "language": "en"}
    response = client_of(alice).post("/people/add/", given)
    assert response.status_code == 409
    assert "somebody else has the e-mail address" in text(response)
    assert "Frieda Funk" in text(response)


def test_of_two_editors_the_second_is_told_and_keeps_what_was_typed(
    organisation: CastOrganisation, alice: Actor, bob: Actor, client_of: ClientOf
) -> None:
    client, path = client_of(alice), f"/people/{bob.person_id}/edit/"
    assert 'name="version" value="1"' in text(client.get(path))
    given = {"email": "bob@example.org", "unit": organisation.operations, "version": "1"}
    assert client.post(path, {**given, "name": "First Name"}).status_code == 302
    second = client.post(path, {**given, "name": "Second Name"})
    assert second.status_code == 409
    page = text(second)
    for words in ("nothing was overwritten", "Alice Amsel", "First Name", "Second Name", 'name="version" value="2"'):
        assert words in page
    assert models.Person.objects.get(pk=bob.person_id).name == "First Name"
    assert client.post(path, {**given, "name": "x", "version": "one"}).status_code == 422


def test_giving_and_revoking_a_role(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    client, path = client_of(alice), f"/people/{charlie.person_id}/"
    assert client.get(f"{path}grant/").status_code == 200
    given = {"role": "internal_auditor", "unit": organisation.sales, "last_day": "2999-12-31"}
    assert client.post(f"{path}grant/", given).headers["Location"] == path
    grant = models.Grant.objects.get(person_id=charlie.person_id)
    assert grant.expires_at is not None
    assert grant.expires_at.isoformat() == "3000-01-01T00:00:00+00:00"
    again = client.post(f"{path}grant/", given)
    assert (again.status_code, "holds this role in this unit already" in text(again)) == (409, True)
    past = client.post(f"{path}grant/", {**given, "role": "employee", "last_day": "2020-01-01"})
    assert (past.status_code, "would never hold" in text(past)) == (422, True)
    assert client.post(f"{path}grants/{grant.pk}/revoke/").headers["Location"] == path
    assert not models.Grant.objects.filter(person_id=charlie.person_id).exists()


def test_one_s_own_record_offers_no_role(alice: Actor, client_of: ClientOf) -> None:
    client = client_of(alice)
    assert "Give a role" not in text(client.get(f"/people/{alice.person_id}/"))
    unit = models.Unit.objects.get(parent=None)
    response = client.post(f"/people/{alice.person_id}/grant/", {"role": "employee", "unit": unit.pk})
    assert (response.status_code, "may not give a role to themselves" in text(response)) == (409, True)


def test_deactivating_and_reactivating(alice: Actor, bob: Actor, client_of: ClientOf) -> None:
    client, path = client_of(alice), f"/people/{bob.person_id}/"
    assert client.post(f"{path}deactivate/", {"reason": ""}).status_code == 422
    assert client.post(f"{path}deactivate/", {"reason": "left"}).headers["Location"] == path
    assert "Reactivate" in text(client.get(path))
    assert client.post(f"{path}reactivate/").headers["Location"] == path
    assert models.Person.objects.get(pk=bob.person_id).is_active


def test_the_last_administrator_is_told_why_they_stay(alice: Actor, client_of: ClientOf) -> None:
    client = client_of(alice)
    response = client.post(f"/people/{alice.person_id}/deactivate/", {"reason": "tired"})
    assert response.status_code == 409
    assert "last administrator of the whole organisation" in text(response)
    grant = models.Grant.objects.get(person_id=alice.person_id, role_id="administrator")
    response = client.post(f"/people/{alice.person_id}/grants/{grant.pk}/revoke/")
    assert response.status_code == 409
    assert "last administrator of the whole organisation" in text(response)


def test_a_new_password_link_is_shown_once(alice: Actor, bob: Actor, client_of: ClientOf) -> None:
    client = client_of(alice)
    assert "/join/" in text(client.post(f"/people/{bob.person_id}/invite/"))
    refused = client.post(f"/people/{bob.person_id}/unlock/")
    assert (refused.status_code, "no failed sign-ins of Bob Birnbaum" in text(refused)) == (409, True)


def test_units_are_added_and_renamed(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
    client = client_of(alice)
    assert "Night shift" in text(client.get("/people/units/"))
    page = text(client.get("/people/units/add/", {"below": str(organisation.sales)}))
    assert f'value="{organisation.sales}" selected' in page
    given = {"name": "Export", "parent": organisation.sales}
    assert client.post("/people/units/add/", given).headers["Location"] == "/people/units/"
    assert client.post("/people/units/add/", given).status_code == 409
    path = f"/people/units/{organisation.sales}/"
    assert "Unit added" in text(client.get(f"/people/units/{models.Unit.objects.get(name='Export').pk}/"))
    assert client.post(path, {"name": "Market", "version": "1"}).status_code == 302
    stale = client.post(path, {"name": "Selling", "version": "1"})
    assert (stale.status_code, "nothing was overwritten" in text(stale)) == (409, True)


def test_a_unit_page_of_a_reader_offers_no_renaming(
    organisation: CastOrganisation, dora: Actor, client_of: ClientOf
) -> None:
    client, path = client_of(dora), f"/people/units/{organisation.sales}/"
    assert 'name="version"' not in text(client.get(path))
    assert client.post(path, {"name": "Mine", "version": "1"}).status_code == 403


def test_a_profile_changes_language_theme_and_zone_at_once(charlie: Actor, client_of: ClientOf) -> None:
    client = client_of(charlie)
    assert "You hold no role" in text(client.get("/me/"))
    response = client.post(
        "/me/", {"language": "zh-hans", "theme": "dark", "time_zone": "Asia/Shanghai", "version": "1"}
    )
    assert response.status_code == 302
    page = client.get("/me/")
    assert page.headers["Content-Language"] == "zh-hans"
    assert 'lang="zh-Hans"' in text(page)
    assert '<option value="Asia/Shanghai" selected' in text(page)
    stale = client.post("/me/", {"language": "en", "theme": "dark", "time_zone": "UTC", "version": "1"})
    assert stale.status_code == 409


def test_charlie_sees_his_own_sign_ins_without_links_that_are_closed_to_him(charlie: Actor) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": "charlie@example.org", "password": CAST_PASSWORD})
    page = text(client.get("/me/"))
    assert "Signed in" in page
    assert "/ledger/" not in page


def test_a_person_s_language_and_zone_hold_without_any_cookie(charlie: Actor, client_of: ClientOf) -> None:
    models.Person.objects.filter(pk=charlie.person_id).update(language="zh-hans", time_zone="Asia/Shanghai")
    client = client_of(charlie)
    assert client.get("/me/", headers={"accept-language": "en"}).headers["Content-Language"] == "zh-hans"
    client.cookies["django_language"] = "en"
    assert client.get("/me/").headers["Content-Language"] == "en"


def test_who_is_not_signed_in_gets_the_language_that_the_browser_asks_for(organisation: CastOrganisation) -> None:
    response = Client().get("/accounts/login/", headers={"accept-language": "zh-CN,zh;q=0.9"})
    assert response.headers["Content-Language"] == "zh-hans"


def test_an_expired_session_tells_htmx_instead_of_replacing_the_page(organisation: CastOrganisation) -> None:
    response = Client().post("/people/add/", {"name": "typed"}, headers={"hx-request": "true"})
    assert response.status_code == 401
    assert "You are no longer signed in." in text(response)
    assert response.headers["HX-Retarget"] == "#notices"


def test_a_program_that_wants_no_page_gets_401(organisation: CastOrganisation) -> None:
    response = Client().get("/people/", headers={"accept": "application/json"})
    assert (response.status_code, response.headers["Content-Type"]) == (401, "text/plain; charset=utf-8")


def test_an_expired_grant_closes_the_page_at_once(
    organisation: CastOrganisation, dora: Actor, client_of: ClientOf
) -> None:
    client = client_of(dora)
    assert client.get("/people/").status_code == 200
    models.Grant.objects.filter(person_id=dora.person_id).update(expires_at=timezone.now())
    assert client.get("/people/").status_code == 403


@pytest.mark.parametrize("number", [1, 30])
def test_a_record_takes_the_same_statements_for_one_grant_and_for_thirty(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf, django_assert_num_queries: Counting, number: int
) -> None:
    wanda = hire("Wanda Wolf", unit_id=organisation.sales)
    assert wanda.person_id is not None
    for each in range(number):
        unit_id = commands.add_unit(name=f"U{each}", parent_id=organisation.sales, actor=alice, now=NOON)
        commands.grant(
            wanda.person_id,
            role="security_officer",
            unit_id=unit_id,
            expires_at=None,
            actor=queries.actor_of(alice.person_id or wanda.person_id, NOON),
            now=NOON,
        )
    client = client_of(alice)
    client.get(f"/people/{wanda.person_id}/")
    with django_assert_num_queries(12):
        page = client.get(f"/people/{wanda.person_id}/").content.decode()
    assert f"U{number - 1}" in page


def test_a_page_costs_four_statements_before_its_own(
    charlie: Actor, client_of: ClientOf, django_assert_max_num_queries: Counting
) -> None:
    client = client_of(charlie)
    client.get("/accounts/logout/")
    # Session, account, what the person holds and was lent, and the unread news of the bell.
    with django_assert_max_num_queries(4):
        client.get("/accounts/logout/")


def test_forms_are_refused_without_their_token(alice: Actor, bob: Actor) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(
        models.Person.objects.get(pk=alice.person_id),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    assert client.post(f"/people/{bob.person_id}/deactivate/", {"reason": "x"}).status_code == 403
    assert queries.person(bob.person_id or uuid4(), actor=alice, now=NOON).state == "active"
