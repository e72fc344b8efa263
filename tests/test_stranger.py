"""The stranger: every address of the project, tried by whoever must not get in.

The addresses come from the resolver, so a new one is tried from its first day: without an entry in ``PLACES`` the
test fails and says what to add. Three visitors knock with GET and with POST:

- *nobody*, who is not signed in, gets in only where a place is PUBLIC,
- *Charlie*, who is signed in and holds no role, gets in only where a place is PUBLIC or OWN,
- *Erik*, who holds every role in Sales, gets 404 for every OBJECT, because they belong to Operations.

*Alice*, who may everything, opens the same addresses first: an object that she cannot open proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from burgrave.custody import commands as custody
from burgrave.incidents import commands as incident_commands
from burgrave.incidents import models as incidents
from burgrave.incidents.terms import CaseFacts, Severity
from burgrave.ledger import queries as ledger
from burgrave.ledger.terms import Head
from burgrave.people import commands
from burgrave.people.terms import RoleCode
from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.web.terms import Actor, UnitId

SIGN_IN = "/accounts/login/"


class Reach(Enum):
    """Whom an address lets in."""

    PUBLIC = "opens for everybody"
    OWN = "opens for everybody who is signed in"
    PLACE = "opens for those who hold a permission anywhere"
    OBJECT = "opens for those who hold a permission in the object's unit"


@dataclass(frozen=True, slots=True)
class World:
    """Objects of Operations, by the name of their parameter."""

    organisation: CastOrganisation
    things: dict[str, Any] = field(default_factory=dict)


Values = Callable[[World], dict[str, Any]]


def nothing(_world: World) -> dict[str, Any]:
    return {}


def things(**names: str) -> Values:
    """Parameters taken from the world: ``things(person_id="person")``."""

    def values(world: World) -> dict[str, Any]:
        return {parameter: world.things[name] for parameter, name in names.items()}

    return values


@dataclass(frozen=True, slots=True)
class Place:
    reach: Reach
    values: Values = nothing


def _objects(names: tuple[str, ...], **parameters: str) -> dict[str, Place]:
    return {name: Place(Reach.OBJECT, things(**parameters)) for name in names}


def _places(reach: Reach, *names: str) -> dict[str, Place]:
    return {name: Place(reach) for name in names}


PEOPLE = {
    **_places(Reach.PUBLIC, "account_login", "account_reset_password", "people:not_set_up"),
    "people:set_up": Place(Reach.PUBLIC, things(token="dead_token")),
    "people:join": Place(Reach.PUBLIC, things(token="dead_token")),
    **_places(Reach.OWN, "account_logout", "people:me", "people:change_password"),
    **_places(Reach.PLACE, "people:persons", "people:add_person", "people:units", "people:add_unit"),
    **_objects(("people:unit",), unit_id="unit"),
    **_objects(
        (
            "people:person",
            "people:edit_person",
            "people:grant",
            "people:deactivate",
            "people:reactivate",
            "people:invite",
            "people:unlock",
        ),
        person_id="person",
    ),
    "people:revoke": Place(Reach.OBJECT, things(person_id="person", grant_id="grant")),
}
WEB = {**_places(Reach.PUBLIC, "web:appearance"), **_places(Reach.OWN, "web:design")}
LEDGER = {
    **_places(Reach.PLACE, "ledger:records", "ledger:checkpoint"),
    "ledger:tile": Place(Reach.PLACE, things(tile="tile")),
    "ledger:record_by_id": Place(Reach.PLACE, things(record_id="record")),
    **{f"ledger:{name}": Place(Reach.PLACE, things(position="position")) for name in ("record", "leaf", "proof")},
}
INCIDENTS = {
    **_places(Reach.OWN, "incidents:home"),
    **_places(
        Reach.PLACE,
        "incidents:event_files",
        "incidents:upload",
        "incidents:alerts",
        "incidents:triage",
        "incidents:cases",
        "incidents:begin_case",
        "incidents:rules",
        "incidents:load_rules",
        "incidents:rule_faults",
    ),
    "incidents:rule": Place(Reach.PLACE, things(rule_version_id="rule")),
    **_objects(
        ("incidents:event_file", "incidents:cancel_reading", "incidents:read_again"), event_file_id="event_file"
    ),
    **_objects(("incidents:alert",), alert_id="alert"),
    **_objects(
        tuple(f"incidents:draft_{step}" for step in ("alerts", "facts", "lead", "check", "discard")),
        draft_id="draft",
    ),
    **_objects(
        (
            "incidents:case",
            "incidents:edit_case",
            "incidents:close_case",
            "incidents:reopen_case",
            "incidents:merge_case",
            "incidents:add_note",
            "incidents:add_entry",
            "incidents:attach_evidence",
            "incidents:case_bundle",
        ),
        number="case",
    ),
    "incidents:move_case": Place(Reach.OBJECT, things(number="case", to="state")),
    "incidents:withdraw_entry": Place(Reach.OBJECT, things(number="case", entry_id="entry")),
}

PLACES: dict[str, Place] = {**WEB, **PEOPLE, **LEDGER, **INCIDENTS}


@dataclass(frozen=True, slots=True)
class Address:
    """A pattern of the resolver: its name, its route as written, and its parameters."""

    name: str
    route: str
    parameters: frozenset[str]


def addresses() -> tuple[Address, ...]:
    """Every pattern of the whole project."""
    return tuple(_walk(get_resolver(), route="/", spaces=()))


def _walk(resolver: URLResolver, *, route: str, spaces: tuple[str, ...]) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        here = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from _walk(entry, route=here, spaces=inner)
        elif isinstance(entry, URLPattern):
            name = ":".join((*spaces, entry.name or f"nameless {here}"))
            yield Address(name=name, route=here, parameters=frozenset(entry.pattern.regex.groupindex))


def path_of(address: Address, world: World) -> str:
    """The path of an address with the parameters of its place filled in."""
    from django.urls import reverse

    values = PLACES[address.name].values(world)
    assert set(values) == address.parameters, f"{address.name} takes {sorted(address.parameters)}, got {values}"
    return reverse(address.name, kwargs=values)


@pytest.fixture
def erik(organisation: CastOrganisation) -> Actor:
    """Holds every role, in Sales."""
    unit = organisation.sales
    return hire("Erik Ebert", unit_id=unit, roles=tuple((str(role), unit) for role in RoleCode))


@pytest.fixture
def world(organisation: CastOrganisation, alice: Actor) -> World:
    now = timezone.now()
    unit = organisation.operations
    invited = commands.add_person(email="frieda@example.org", name="Frieda Funk", unit_id=unit, actor=alice, now=now)
    grant = commands.grant(
        invited.person_id,
        role=RoleCode.INCIDENT_RESPONDER,
        unit_id=unit,
        expires_at=None,
        actor=alice,
        now=now,
    )
    made = {"dead_token": "dead", "unit": unit, "person": invited.person_id, "grant": grant}
    return World(
        organisation=organisation,
        things={**made, **_of_incidents(unit, alice=alice, now=now), **_of_the_ledger(now)},
    )


def _of_incidents(unit: UnitId, *, alice: Actor, now: datetime) -> dict[str, Any]:
    """A file, a rule, an alert, a draft and a case with a timeline entry."""
    file = incidents.EventFile.objects.create(
        unit_id=unit, name="attack.evtx", sha256="a" * 64, size_bytes=1, evidence_id=uuid4(), received_at=now
    )
    rule = incidents.RuleVersion.objects.create(
        rule_id="r", sha256="b" * 64, title="Rule", level="high", level_rank=4, path="r.yml", source="x", loaded_at=now
    )
    alert = incidents.Alert.objects.create(
        unit_id=unit, rule=rule, rule_key="r", level="high", level_rank=4, matches=1, raised_at=now, changed_at=now
    )
    draft = incident_commands.begin_draft(alert_ids=[alert.pk], unit_id=unit, actor=alice, now=now)
    facts = CaseFacts(title="Case", severity=Severity.HIGH, summary="")
    case_id = incident_commands.open_case(facts, lead_id=None, unit_id=unit, actor=alice, now=now)
    entry = incident_commands.add_timeline_entry(case_id, at=now, text="It began.", actor=alice, now=now)
    return {
        "event_file": file.pk,
        "rule": rule.pk,
        "alert": alert.pk,
        "draft": draft,
        "case": incidents.Case.objects.get(pk=case_id).number,
        "state": "contained",
        "entry": entry,
    }


def _of_the_ledger(now: datetime) -> dict[str, Any]:
    """What was recorded so far has its place, and a checkpoint is signed."""
    custody.ensure_log_key(home=settings.BURGRAVE_HOME, passphrase=None)
    custody.seal(now=now)
    return {"position": 0, "record": ledger.record(0).record_id, "tile": _tile_of(ledger.head())}


def _tile_of(head: Head | None) -> str:
    assert head is not None
    return f"0/000.p/{head.size}"


def knock(client: Client, path: str) -> Iterator[tuple[str, HttpResponse]]:
    yield "GET", client.get(path)
    yield "POST", client.post(path)


def test_every_address_has_its_place() -> None:
    missing = sorted({address.name for address in addresses()} - set(PLACES))
    assert not missing, (
        f"these addresses are in no table of {__name__}: {missing}. "
        "Say there whom each lets in, and for an object how one of another unit is made."
    )


def test_the_table_names_no_address_that_is_gone() -> None:
    gone = sorted(set(PLACES) - {address.name for address in addresses()})
    assert not gone


def test_no_address_is_nameless_or_named_twice() -> None:
    names = [address.name for address in addresses()]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    assert not [name for name in names if "nameless" in name]


def listed() -> list[Address]:
    return [address for address in addresses() if address.name in PLACES]


def test_alice_finds_every_object_that_the_others_are_tried_on(
    world: World, alice: Actor, client_of: Callable[[Actor], Client]
) -> None:
    client = client_of(alice)
    for address in listed():
        if PLACES[address.name].reach in {Reach.OBJECT, Reach.PLACE}:
            response = client.get(path_of(address, world))
            assert response.status_code in {200, 302, 405}, f"GET {address.route}: {response.status_code}"


def test_nobody_gets_in_anywhere_but_where_it_is_public(world: World, ledger_tail: Callable[[], list[str]]) -> None:
    for address in listed():
        path = path_of(address, world)
        for method, response in knock(Client(), path):
            said = f"{method} {address.route}: {response.status_code}"
            if PLACES[address.name].reach is Reach.PUBLIC:
                assert not response.headers.get("Location", "").startswith(SIGN_IN), said
                assert response.status_code < 500, said
            else:
                assert _asks_to_sign_in(response), said
    assert ledger_tail() == []


def _asks_to_sign_in(response: HttpResponse) -> bool:
    if response.status_code == 302:
        return response.headers["Location"].startswith(SIGN_IN)
    return response.status_code == 401


def test_charlie_gets_in_only_where_everybody_does(
    world: World,
    charlie: Actor,
    client_of: Callable[[Actor], Client],
    ledger_tail: Callable[[], list[str]],
) -> None:
    refused = {Reach.PLACE: {403}, Reach.OBJECT: {404}}
    for address in listed():
        place = PLACES[address.name]
        path = path_of(address, world)
        # A sign-out among the addresses would end the visit, so each gets a fresh browser.
        answers = dict(knock(client_of(charlie), path))
        said = f"{address.route}: { {method: answer.status_code for method, answer in answers.items()} }"
        if place.reach in refused:
            # A method that the address does not know may say so; the one it knows must refuse.
            given = {answer.status_code for answer in answers.values()} - {405}
            assert given, said
            assert given <= refused[place.reach], said
        else:
            unwanted = {403} if place.reach is Reach.OWN else set()
            assert all(answer.status_code < 500 for answer in answers.values()), said
            assert not {answer.status_code for answer in answers.values()} & unwanted, said
    assert set(ledger_tail()) <= {"people.signed_out"}


def test_erik_of_another_unit_does_not_find_the_objects_of_operations(
    world: World,
    erik: Actor,
    client_of: Callable[[Actor], Client],
    ledger_tail: Callable[[], list[str]],
) -> None:
    client = client_of(erik)
    for address in listed():
        if PLACES[address.name].reach is Reach.OBJECT:
            for method, response in knock(client, path_of(address, world)):
                said = f"{method} {address.route}: {response.status_code}"
                assert response.status_code in {404, 405}, said
    assert ledger_tail() == []


def test_an_address_that_does_not_exist_tells_nobody_anything(
    charlie: Actor, client_of: Callable[[Actor], Client]
) -> None:
    for client in (Client(), client_of(charlie)):
        assert client.get(f"/people/{UUID(int=7)}/nothing/").status_code == 404
