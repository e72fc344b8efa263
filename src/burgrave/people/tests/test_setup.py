from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from burgrave.people import commands, models, queries
from burgrave.people.errors import AlreadySetUp, LinkIsDead, WeakPassword
from burgrave.people.terms import SetUpResult
from burgrave.people.tests_cast import CAST_PASSWORD, NOON

Tail = Callable[[], list[str]]
GUIDE = {
    "organisation": "Nordhafen Works",
    "name": "Alice Amsel",
    "email": "Alice@Example.org",
    "password": CAST_PASSWORD,
    "again": CAST_PASSWORD,
    "language": "en",
}


def set_up(**changed: object) -> SetUpResult:
    given: dict[str, object] = {
        "organisation": "Nordhafen Works",
        "email": "Alice@Example.org",
        "name": "Alice Amsel",
        "password": CAST_PASSWORD,
        "now": NOON,
    }
    return commands.set_up(**{**given, **changed})  # type: ignore[arg-type]  # the tests give what they name


def path_of(now: datetime) -> str:
    path = commands.issue_set_up_link(now)
    assert path is not None
    return path


def token_of(now: datetime) -> str:
    return path_of(now).split("/")[2]


@pytest.fixture
def here(db: None) -> Client:
    """A browser on the machine itself."""
    return Client(headers={"host": "127.0.0.1:8000"})


@pytest.mark.django_db
def test_the_first_administrator_may_manage_and_read_everywhere(ledger_tail: Tail) -> None:
    result = set_up()

    actor = queries.actor_of(result.person_id, NOON)
    assert actor.name == "Alice Amsel"
    for permission in ("people.manage", "jobs.manage", "incidents.close", "ledger.read"):
        assert actor.may(permission, result.root_unit_id)
    organisation = queries.organisation()
    assert organisation is not None
    assert (organisation.name, organisation.root_unit_id) == ("Nordhafen Works", result.root_unit_id)
    assert models.Person.objects.get().email == "alice@example.org"
    assert ledger_tail() == ["people.organisation_set_up"]


@pytest.mark.django_db
def test_there_is_only_one_organisation(ledger_tail: Tail) -> None:
    set_up()
    with pytest.raises(AlreadySetUp, match="set up already"):
        set_up(email="mallory@example.org")
    assert models.Person.objects.count() == 1
    assert ledger_tail() == ["people.organisation_set_up"]


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["short-1-a", "1qaz2wsx3edc", "840275612394", "alice@example.org"])
def test_a_weak_first_password_leaves_nothing(password: str, ledger_tail: Tail) -> None:
    with pytest.raises(WeakPassword):
        set_up(password=password)
    assert not queries.is_set_up()
    assert not models.Person.objects.exists()
    assert ledger_tail() == []


@pytest.mark.django_db
def test_only_the_hash_of_a_token_is_stored(ledger_tail: Tail) -> None:
    path = path_of(NOON)
    token = path.split("/")[2]
    link = models.OneTimeLink.objects.get()
    assert len(token) >= 43
    assert token not in str(vars(link))
    assert link.expires_at == NOON + timedelta(hours=24)
    assert ledger_tail() == ["people.set_up_link_issued"]


@pytest.mark.django_db
def test_a_newer_set_up_link_kills_the_older() -> None:
    older = token_of(NOON)
    commands.issue_set_up_link(NOON)
    with pytest.raises(LinkIsDead, match="was used, has expired, or was replaced"):
        set_up(token=older)


@pytest.mark.django_db
def test_an_expired_set_up_link_is_dead() -> None:
    token = token_of(NOON)
    with pytest.raises(LinkIsDead):
        set_up(token=token, now=NOON + timedelta(hours=24))
    assert not queries.is_set_up()


@pytest.mark.django_db
def test_no_set_up_link_is_issued_after_the_set_up() -> None:
    set_up()
    assert commands.issue_set_up_link(NOON) is None
    assert not models.OneTimeLink.objects.exists()


@pytest.mark.django_db
def test_an_invitation_does_not_open_the_set_up(organisation: object, alice: object) -> None:
    person = models.Person.objects.get()
    models.Organisation.objects.all().delete()
    _link, token = commands.links.new_link(person, now=NOON, life=timedelta(days=1))
    assert not queries.set_up_link_is_live(token, now=NOON)
    with pytest.raises(LinkIsDead):
        set_up(token=token, email="mallory@example.org")


def _needs_two_connections() -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("an SQLite database in memory has no second connection; test_processes.py does the same with files")


@pytest.mark.django_db(transaction=True)
def test_of_two_set_ups_with_one_link_one_wins() -> None:
    token = token_of(timezone.now())
    _needs_two_connections()
    start, outcomes = Barrier(2), []

    def use(email: str) -> None:
        start.wait()
        try:
            set_up(token=token, email=email, now=timezone.now())
            outcomes.append("won")
        except (AlreadySetUp, LinkIsDead) as refusal:
            outcomes.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [Thread(target=use, args=(f"{name}@example.org",)) for name in ("alice", "mallory")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("won") == 1
    assert models.Person.objects.count() == models.Organisation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_set_ups_without_a_link_one_wins() -> None:
    _needs_two_connections()
    start, outcomes = Barrier(2), []

    def use(email: str) -> None:
        start.wait()
        try:
            set_up(email=email, now=timezone.now())
            outcomes.append("won")
        except AlreadySetUp:
            outcomes.append("lost")
        finally:
            connection.close()

    threads = [Thread(target=use, args=(f"{name}@example.org",)) for name in ("alice", "mallory")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost", "won"]
    assert models.Person.objects.count() == models.Unit.objects.count() == 1


@pytest.mark.parametrize("path", ["/", "/people/", "/accounts/login/", "/me/", "/join/anything/"])
def test_before_the_set_up_everything_leads_to_the_page_that_says_so(here: Client, path: str) -> None:
    response = here.get(path)
    assert (response.status_code, response.headers["Location"]) == (302, "/setup/")
    assert "Burgrave is not set up yet" in here.get("/setup/").content.decode()


def test_the_guide_sets_up_and_signs_in(here: Client, ledger_tail: Tail) -> None:
    path = path_of(timezone.now())
    assert here.get(path).status_code == 200

    response = here.post(path, GUIDE)

    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert here.get("/me/").status_code == 200
    assert "people.organisation_set_up" in ledger_tail()
    assert "people.signed_in" in ledger_tail()
    assert Client(headers={"host": "127.0.0.1"}).get(path).status_code in {302, 404}
    assert here.post(path, GUIDE).status_code == 404
    assert here.get("/setup/").headers["Location"] == "/"


def test_a_slip_in_the_guide_shows_what_to_mend_and_keeps_what_was_typed(here: Client) -> None:
    path = path_of(timezone.now())
    response = here.post(path, {**GUIDE, "again": "something-else-entirely"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "The two passwords differ." in page
    assert "Nordhafen Works" in page
    assert CAST_PASSWORD not in page
    response = here.post(path, {**GUIDE, "password": "qwerty123456", "again": "qwerty123456"})
    assert response.status_code == 422
    assert "too common" in response.content.decode()
    assert not queries.is_set_up()


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("10.0.0.7", {"host": "127.0.0.1:8000"}),
        ("127.0.0.1", {"host": "127.0.0.1:8000", "x-forwarded-for": "10.0.0.7"}),
        ("127.0.0.1", {"host": "127.0.0.1:8000", "forwarded": "for=10.0.0.7"}),
        ("127.0.0.1", {"host": "testserver"}),
    ],
    ids=["other-machine", "proxy", "new-proxy", "other-name"],
)
def test_another_machine_cannot_open_the_set_up(db: None, peer: str, headers: dict[str, str]) -> None:
    path = path_of(timezone.now())
    stranger = Client(headers=headers, REMOTE_ADDR=peer)
    for response in (stranger.get(path), stranger.post(path, GUIDE)):
        assert response.status_code == 403
        assert "only on the machine where Burgrave runs" in response.content.decode()
    assert not queries.is_set_up()


def test_a_guessed_token_is_not_found(here: Client) -> None:
    commands.issue_set_up_link(timezone.now())
    assert here.get("/setup/guessed/").status_code == 404


def test_the_sample_is_offered_only_where_there_is_one(here: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    path = path_of(timezone.now())
    monkeypatch.setattr(settings, "BURGRAVE_SAMPLE", "", raising=False)
    assert "Load the sample" not in here.get(path).content.decode()
    monkeypatch.setattr(settings, "BURGRAVE_SAMPLE", "somewhere", raising=False)
    assert "Load the sample" in here.get(path).content.decode()
