from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.assets import commands, errors, models, queries
from burgrave.assets.terms import (
    CONTAINMENT,
    DIMENSIONS,
    AssetFilter,
    AssetId,
    AssetType,
    DependencyKind,
    IdentifierKind,
    Lifecycle,
    Need,
)
from burgrave.assets.tests.house import system
from burgrave.ledger import queries as ledger
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor

Estate = dict[str, AssetId]
ClientOf = Callable[[Actor], Client]
HOST = (IdentifierKind.HOSTNAME, "srv-1")
JSON = "application/json"


def version(asset_id: UUID) -> int:
    return models.Asset.objects.values_list("version", flat=True).get(pk=asset_id)


def needs_of(row: models.Asset) -> tuple[int, ...]:
    return tuple(getattr(row, f"need_{each}") for each in DIMENSIONS)


def merge(survivor: UUID, duplicate: UUID, actor: Actor, **given_: Any) -> int:
    facts = {"version": version(survivor), "duplicate_version": version(duplicate), "reason": "Same serial number."}
    return commands.merge_assets(survivor, duplicate, **(facts | given_), actor=actor, now=NOON)


@pytest.fixture
def double(estate: Estate, organisation: CastOrganisation, alice: Actor) -> AssetId:
    """The server once more, as another tool saw it, with a support and a dependent of its own."""
    facts = system(" SERVER", organisation.operations, identifiers=(HOST,), tags=("twin",), own=Need(availability=4))
    made = commands.add_asset(facts, actor=alice, now=NOON)
    commands.link(estate["payroll"], made, DependencyKind.RUNS_ON, actor=alice, now=NOON)
    commands.link(made, estate["room"], DependencyKind.DEPENDS_ON, actor=alice, now=NOON)
    commands.link(made, estate["server"], DependencyKind.DEPENDS_ON, actor=alice, now=NOON)
    return made


def test_two_become_one_and_nothing_is_lost(
    estate: Estate, double: AssetId, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    server = estate["server"]
    assert merge(server, double, alice) == len(("server", "room"))
    assert ledger_tail()[-1] == "assets.assets_merged"
    view = queries.asset(server, actor=alice)
    assert (view.row.name, view.row.tags, view.facts.identifiers) == ("Server", ("twin",), (HOST,))
    assert (view.facts.own, view.row.need.availability) == (Need(integrity=1, availability=4), 4)
    assert {(each.kind, each.row.name) for each in view.needs} == {
        (DependencyKind.LOCATED_IN, "Room"),
        (DependencyKind.DEPENDS_ON, "Room"),
    }
    assert [each.row.name for each in view.needed_by] == ["Payroll"]
    assert [step.name for step in queries.asset(estate["room"], actor=alice).why[2].path] == ["Room", "Server"]
    assert [row.asset_id for row in queries.by_hosts(["srv-1"], actor=alice)["srv-1"]] == [server]
    found = queries.assets(AssetFilter(text="twin"), actor=alice, today=NOON.date())
    assert [row.asset_id for row in found.rows] == [server]
    assert queries.merged_into(double, actor=alice) == server
    (former,) = queries.merged_with(server)
    assert (former.asset_id, former.name) == (double, "SERVER")
    for key in (server, double):
        assert [each.kind for each in ledger.history(f"assets.asset:{key}")].count("assets.assets_merged") == 1
    with pytest.raises(NotFound):
        queries.asset(double, actor=alice)


def test_who_went_before_leads_to_the_last(
    estate: Estate, double: AssetId, organisation: CastOrganisation, alice: Actor, charlie: Actor
) -> None:
    last = commands.add_asset(system("Host", organisation.operations), actor=alice, now=NOON)
    merge(estate["server"], double, alice)
    merge(last, estate["server"], alice)
    assert {queries.merged_into(key, actor=alice) for key in (double, estate["server"])} == {last}
    assert queries.merged_into(double, actor=charlie) is None


def test_every_refusal_leaves_both_as_they_were(
    estate: Estate, double: AssetId, organisation: CastOrganisation, alice: Actor
) -> None:
    server = estate["server"]
    with pytest.raises(StaleEdit):
        merge(server, double, alice, version=9)
    with pytest.raises(StaleEdit):
        merge(server, double, alice, duplicate_version=9)
    with pytest.raises(errors.ReasonMissing):
        merge(server, double, alice, reason=" ")
    with pytest.raises(errors.MergeRefused):
        merge(server, server, alice)
    inner = commands.add_asset(system("Rack", organisation.operations), actor=alice, now=NOON)
    commands.link(estate["room"], inner, DependencyKind.CONSISTS_OF, actor=alice, now=NOON)
    with pytest.raises(errors.ContainmentCycle):
        merge(server, inner, alice)
    commands.move(double, Lifecycle.DISPOSED, reason="Broken.", version=version(double), actor=alice, now=NOON)
    with pytest.raises(errors.MergeRefused):
        merge(double, server, alice)
    assert not models.Merged.objects.exists()
    assert models.Dependency.objects.count() == 6


def test_both_units_must_be_ones_own(estate: Estate, double: AssetId, alice: Actor, charlie: Actor) -> None:
    with pytest.raises(NotFound):
        merge(estate["server"], double, charlie)
    editor = _Without(alice, "assets.classify")
    with pytest.raises(Forbidden):
        merge(estate["server"], double, editor)  # type: ignore[arg-type]
    commands.classify(double, Need(), version=version(double), actor=alice, now=NOON)
    assert merge(estate["server"], double, editor) >= 0  # type: ignore[arg-type]


class _Without:
    """Alice, who lacks one permission."""

    def __init__(self, actor: Actor, lacking: str) -> None:
        self._actor, self._lacking = actor, lacking

    def __getattr__(self, name: str) -> Any:
        return getattr(self._actor, name)

    def must(self, permission: str, unit_id: Any) -> None:
        if permission == self._lacking:
            raise Forbidden("not so")
        self._actor.must(permission, unit_id)


def test_candidates_are_found_with_their_reasons_and_as_many_statements_for_fifty(
    estate: Estate, double: AssetId, organisation: CastOrganisation, alice: Actor, charlie: Actor
) -> None:
    def add(*names: str, **facts: Any) -> list[AssetId]:
        return [
            commands.add_asset(system(name, organisation.operations, **facts), actor=alice, now=NOON) for name in names
        ]

    commands.edit_asset(
        estate["server"],
        system("Server", organisation.operations, identifiers=(HOST,)),
        version=version(estate["server"]),
        actor=alice,
        now=NOON,
    )
    add("P1", "P2", identifiers=((IdentifierKind.PURL, "pkg:deb/x@1"),))
    with CaptureQueriesContext(connection) as few:
        (candidate,) = queries.duplicates(actor=alice)
    assert (candidate.one.asset_id, candidate.other.asset_id) == (estate["server"], double)
    assert (candidate.identifiers, candidate.same_name) == ((HOST,), True)
    for each in range(50):
        add(f"Twin {each}", f"twin {each}")
    add("S1", "S2", type=AssetType.SOFTWARE, identifiers=((IdentifierKind.PURL, "pkg:deb/x@1"),))
    with CaptureQueriesContext(connection) as many:
        found = queries.duplicates(actor=alice)
    assert len(found) == 52
    assert len(many) == len(few) <= 6
    assert found[1].identifiers == ((IdentifierKind.PURL, "pkg:deb/x@1"),)
    assert queries.duplicates(actor=charlie) == ()
    commands.move(double, Lifecycle.DISPOSED, reason="Broken.", version=version(double), actor=alice, now=NOON)
    assert double not in {each.other.asset_id for each in queries.duplicates(actor=alice)}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_merging_lowers_no_need_and_leaves_nothing_dangling(
    data: st.DataObject, organisation: CastOrganisation, alice: Actor
) -> None:
    models.Dependency.objects.all().delete()
    models.Asset.objects.all().delete()
    ranks = st.integers(0, 3)
    keys: list[AssetId] = []
    for place in range(5):
        facts = system(
            f"N{place}",
            organisation.operations,
            own=Need(integrity=data.draw(ranks)),
            identifiers=((IdentifierKind.HOSTNAME, f"h{data.draw(ranks)}"),),
        )
        keys.append(commands.add_asset(facts, actor=alice, now=NOON))
    kinds = st.sampled_from([each for each in DependencyKind if each not in CONTAINMENT])
    pairs = st.tuples(st.integers(0, 4), st.integers(0, 4), kinds).filter(lambda each: each[0] != each[1])
    for one, other, kind in data.draw(st.lists(pairs, max_size=8, unique=True)):
        commands.link(keys[one], keys[other], kind, actor=alice, now=NOON)
    for place in data.draw(st.sets(st.integers(0, 4), max_size=2)):
        to = Need(integrity=data.draw(ranks))
        commands.lower_need(keys[place], to, reason="x", version=1, actor=alice, now=NOON)
    before = {row.pk: row.need_integrity for row in models.Asset.objects.all()}
    names = set(models.Identifier.objects.values_list("kind", "value"))

    survivor, gone = data.draw(st.permutations(keys))[:2]
    merge(survivor, gone, alice)

    rows = {row.pk: row for row in models.Asset.objects.all()}
    for key, rank in before.items():
        assert rows[survivor if key == gone else key].need_integrity >= rank
    assert set(models.Identifier.objects.values_list("kind", "value")) == names
    assert set(models.Identifier.objects.values_list("asset_id", flat=True)) == set(rows)
    assert gone not in {getattr(row, f"cause_{each}") for row in rows.values() for each in DIMENSIONS}
    for row in rows.values():
        for each in DIMENSIONS:
            if cause := getattr(row, f"cause_{each}"):
                assert models.Dependency.objects.filter(dependent_id=cause, support=row).exists()
                assert getattr(rows[cause], f"need_{each}") == getattr(row, f"need_{each}")
    # Of equal causes the first wins, and which is first depends on where one begins: the needs must not.
    commands.renew_all()
    assert {row.pk: needs_of(row) for row in models.Asset.objects.all()} == {
        key: needs_of(row) for key, row in rows.items()
    }


def test_pages_lead_from_the_list_to_one_asset(
    estate: Estate, double: AssetId, alice: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    client, server = client_of(alice), estate["server"]
    assert "/assets/duplicates/" in client.get("/assets/").content.decode()
    listed = client.get("/assets/duplicates/").content.decode()
    address = f"/assets/{server}/merge/{double}/"
    assert address in listed
    assert "same name in the same unit" in listed
    page = client.get(address).content.decode()
    assert "srv-1" in page
    assert f"/assets/{double}/merge/{server}/" in page
    versions = {"version": version(server), "duplicate_version": version(double)}
    refused = client.post(address, versions | {"reason": ""})
    assert (refused.status_code, "only with a reason" in refused.content.decode()) == (422, True)
    assert client.post(address, versions | {"version": 77, "reason": "x"}).status_code == 409
    assert client.post(address, {"reason": "x"}).status_code == 422
    assert client.get(f"/assets/{server}/merge/{server}/").status_code == 404
    assert client_of(charlie).get(address).status_code == 404
    assert client.post(address, versions | {"reason": "One serial."})["Location"] == f"/assets/{server}/"
    assert client.get(f"/assets/{double}/")["Location"] == f"/assets/{server}/"
    assert "Merged into this asset" in client.get(f"/assets/{server}/").content.decode()
    assert client_of(charlie).get(f"/assets/{double}/").status_code == 404
    assert "No two assets look alike" in client.get("/assets/duplicates/").content.decode()


def test_a_page_says_what_hinders(estate: Estate, double: AssetId, alice: Actor, client_of: ClientOf) -> None:
    commands.move(double, Lifecycle.DISPOSED, reason="Broken.", version=version(double), actor=alice, now=NOON)
    page = client_of(alice).get(f"/assets/{double}/merge/{estate['server']}/").content.decode()
    assert "Keep the other of the two" in page
    assert "<textarea" not in page


def test_the_api_finds_merges_and_leads_on(
    estate: Estate, double: AssetId, alice: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    client, server = client_of(alice), estate["server"]
    listed = client.get("/api/assets/duplicates").json()
    assert [(each["one"]["asset_id"], each["same_name"]) for each in listed["rows"]] == [(str(server), True)]
    assert listed["is_cut"] is False
    sent = {"duplicate_id": str(double), "duplicate_version": version(double), "reason": "One serial."}
    address = f"/api/assets/{server}/merge"
    assert client.post(address, sent, content_type=JSON).status_code == 428
    headers = {"If-Match": f'"v{version(server)}"'}
    done = client.post(address, sent, content_type=JSON, headers=headers)
    assert (done.status_code, json.loads(done.content)) == (200, {"needs_changed": 2})
    moved = client.get(f"/api/assets/{double}")
    assert (moved.status_code, moved["Location"]) == (302, f"/api/assets/{server}")
    assert client_of(charlie).get(f"/api/assets/{double}").status_code == 404
