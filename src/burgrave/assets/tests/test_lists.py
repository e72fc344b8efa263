"""The list of assets: walked, counted and sorted at a cost that does not grow with the inventory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib import import_module

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from burgrave.assets import commands, models, queries
from burgrave.assets.terms import AssetFacts, AssetFilter, AssetType, IdentifierKind, Lifecycle
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web import paging
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, Cursor

TODAY = date(2026, 3, 2)
FACETS = import_module("burgrave.assets.queries.facets")
NAMES = ("服务器 9", "服务器 10", "安全网关", "Zebra", "alpha", "北京机房")


@pytest.fixture
def inventory(organisation: CastOrganisation, alice: Actor) -> CastOrganisation:
    facts = [
        AssetFacts(
            name=name,
            type=AssetType.SYSTEM if place % 2 else AssetType.DEVICE,
            unit_id=organisation.operations if place % 3 else organisation.sales,
            reference=f"R{place}",
            lifecycle=Lifecycle.PLANNED if place == 1 else Lifecycle.IN_USE,
            personal_data=place == 2,
            tags=("云",),
            identifiers=((IdentifierKind.HOSTNAME, f"host-{place}"),),
        )
        for place, name in enumerate(NAMES)
    ]
    commands.save_many(facts, actor=alice, now=NOON)
    return organisation


def test_names_stand_by_pinyin_and_numbers_by_value(inventory: CastOrganisation, alice: Actor) -> None:
    page = queries.assets(AssetFilter(), actor=alice, today=TODAY)
    assert [row.name for row in page.rows] == ["alpha", "安全网关", "北京机房", "服务器 9", "服务器 10", "Zebra"]
    row = models.Asset.objects.get(name="Zebra")
    facts = queries.facts_of(row)
    commands.edit_asset(
        row.pk, AssetFacts(name="阿尔法", type=facts.type, unit_id=facts.unit_id), version=1, actor=alice, now=NOON
    )
    assert queries.assets(AssetFilter(), actor=alice, today=TODAY).rows[0].name == "阿尔法"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("服务", {"服务器 9", "服务器 10"}),
        ("HOST-3", {"Zebra"}),
        ("ast-4", {"Zebra"}),
        ("ast-000004 zeb", {"Zebra"}),
        ("r2", {"安全网关"}),
        ("云", set(NAMES)),
        ("---", set()),
        ("nothing", set()),
    ],
)
@pytest.mark.parametrize(
    ("most", "named"), [(1_000, 5_000), (0, 5_000), (0, 0)], ids=["named by the index", "many", "too many for it"]
)
def test_text_narrows_the_list_by_the_index_or_where_it_finds_too_many_by_the_rows(
    inventory: CastOrganisation,
    alice: Actor,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    named: int,
    text: str,
    found: set[str],
) -> None:
    monkeypatch.setattr("burgrave.lists.queries.searching.MOST_MATCHING", most)
    monkeypatch.setattr("burgrave.lists.queries.searching.MOST_NAMED", named)
    page = queries.assets(AssetFilter(text=text), actor=alice, today=TODAY)
    assert {row.name for row in page.rows} == found


def walked(order: tuple[str, ...], actor: Actor, *, backwards: bool = False) -> list[str]:
    """Every name, page by page, from one end to the other."""
    found: list[str] = []
    at = Cursor(text="end", is_backwards=True) if backwards else None
    page = queries.assets(AssetFilter(), size=2, order=order, at=at, actor=actor, today=TODAY)
    while True:
        here = [row.name for row in page.rows]
        found = here + found if backwards else found + here
        text = page.before if backwards else page.after
        if not text and (backwards or not page.number or page.number == page.pages):
            return found
        if not text:
            page = queries.assets(AssetFilter(), number=page.next, size=2, order=order, actor=actor, today=TODAY)
        else:
            at = Cursor(text=text, is_backwards=backwards)
            page = queries.assets(AssetFilter(), size=2, order=order, at=at, actor=actor, today=TODAY)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    "order",
    [
        ("sort_key", "id"),
        ("-sort_key", "-id"),
        ("need_highest", "sort_key", "id"),
        ("-need_highest", "sort_key", "id"),
        ("-number",),
        ("review_due_on", "pk"),
        ("unit__name", "sort_key", "id"),
    ],
)
def test_a_walk_meets_every_row_once_and_in_order(
    inventory: CastOrganisation,
    alice: Actor,
    monkeypatch: pytest.MonkeyPatch,
    order: tuple[str, ...],
    *,
    backwards: bool,
) -> None:
    whole = [row.name for row in queries.assets(AssetFilter(), order=order, actor=alice, today=TODAY).rows]
    monkeypatch.setattr(paging, "MOST_COUNTED", 3)
    assert walked(order, alice, backwards=backwards) == whole


def test_beyond_what_is_counted_the_list_says_so_and_is_walked(
    inventory: CastOrganisation, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 3)
    first = queries.assets(AssetFilter(), size=2, actor=alice, today=TODAY)
    assert (first.total, first.is_capped, first.pages, first.after, first.has_end) == (3, True, 2, "", True)
    last = queries.assets(AssetFilter(), number=9, size=2, actor=alice, today=TODAY)
    assert (last.number, len(last.rows)) == (2, 1)
    beyond = queries.assets(AssetFilter(), size=2, at=Cursor(text=last.after), actor=alice, today=TODAY)
    assert [row.name for row in beyond.rows] == ["服务器 9", "服务器 10"]
    assert beyond.number == 0
    assert beyond.before


@pytest.mark.parametrize("text", ["x", "e30", "WzFd", "WyJhIiwgInh5eiJd", "é"])
def test_a_cursor_that_was_not_given_is_refused(inventory: CastOrganisation, alice: Actor, text: str) -> None:
    with pytest.raises(BadInput, match="not there in this order"):
        queries.assets(AssetFilter(), at=Cursor(text=text), actor=alice, today=TODAY)


def test_an_order_that_may_be_empty_has_no_cursor(
    inventory: CastOrganisation, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 3)
    for order in (("reviewed_on", "id"), ("owner__name", "id"), ("owner", "id")):
        page = queries.assets(AssetFilter(), number=2, size=2, order=order, actor=alice, today=TODAY)
        assert (page.after, page.has_end) == ("", False)
        with pytest.raises(BadInput):
            queries.assets(AssetFilter(), order=order, at=Cursor(text="end"), actor=alice, today=TODAY)


def test_a_page_is_sorted_before_anything_is_joined_to_it(inventory: CastOrganisation, alice: Actor) -> None:
    whole = queries.assets(AssetFilter(), actor=alice, today=TODAY).rows
    with CaptureQueriesContext(connection) as statements:
        page = queries.assets(AssetFilter(), number=2, size=2, actor=alice, today=TODAY)
    assert page.rows == whole[2:4]
    assert len(statements) == 2
    sql = statements[-1]["sql"]
    sorted_part = sql[sql.index("IN (SELECT") :]
    assert "LIMIT 2 OFFSET 2" in sorted_part
    assert "JOIN" not in sorted_part


def test_facets_are_counted_in_one_statement_and_so_far_only(
    inventory: CastOrganisation, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counts(narrowed: AssetFilter) -> tuple[int | None, dict[tuple[str, str], int]]:
        return queries.facet_counts(
            narrowed, units=[inventory.operations, inventory.sales], ranks=4, actor=alice, today=TODAY
        )

    with CaptureQueriesContext(connection) as statements:
        total, found = counts(AssetFilter())
    assert len(statements) == 1
    assert total == 6
    assert (found["type", "system"], found["life", "planned"], found["only", "personal"]) == (3, 1, 1)
    assert (found["unit", str(inventory.sales)], found["need", "1"], found["only", "unowned"]) == (2, 0, 6)
    _total, found = counts(AssetFilter(types=(AssetType.SYSTEM,)))
    assert (found["type", "device"], found["life", "planned"]) == (3, 1)
    for narrowed, expected in (
        (AssetFilter(personal_data=True), (1, 1, 1)),
        (AssetFilter(unowned=True, types=(AssetType.SYSTEM,)), (3, 0, 3)),
        (AssetFilter(overdue=True), (0, 0, 0)),
        (AssetFilter(lifecycles=(Lifecycle.PLANNED,)), (1, 0, 1)),
        (AssetFilter(lifecycles=(Lifecycle.IN_USE,), units=(inventory.sales,)), (2, 0, 2)),
        (AssetFilter(need=2), (0, 0, 0)),
    ):
        total, found = counts(narrowed)
        assert (total, found["only", "personal"], found["only", "unowned"]) == expected
        assert total == queries.assets(narrowed, actor=alice, today=TODAY).total
    assert counts(AssetFilter(text="x")) == (None, {})
    monkeypatch.setattr(FACETS, "FACET_ROWS", 3)
    total, found = counts(AssetFilter(types=(AssetType.SYSTEM,)))
    assert total == 3
    assert ("type", "system") not in found
    assert found["life", "in_use"] == 2
    assert queries.facet_counts(AssetFilter(), units=[], ranks=0, actor=alice, today=TODAY)[0] == 6


def test_a_stranger_counts_nothing(inventory: CastOrganisation, charlie: Actor) -> None:
    total, found = queries.facet_counts(AssetFilter(), units=[], ranks=4, actor=charlie, today=TODAY)
    assert total == 0
    assert set(found.values()) == {0}
    assert paging.bounded_counts({}) == {}


def test_the_page_costs_the_same_number_of_statements_with_one_row_and_with_fifty(
    organisation: CastOrganisation, alice: Actor, client_of: Callable[[Actor], Client]
) -> None:
    client = client_of(alice)

    def add(how_many: int) -> None:
        facts = [
            AssetFacts(name=f"Web {each}", type=AssetType.SYSTEM, unit_id=organisation.sales, reference=f"W{each}")
            for each in range(how_many)
        ]
        commands.save_many(facts, actor=alice, now=NOON)

    def statements(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    add(1)
    few = {address: statements(address) for address in ("/assets/", "/assets/?q=web", "/search/?q=web")}
    add(50)
    assert {address: statements(address) for address in few} == few
    assert max(few.values()) <= 12


def test_the_page_shows_where_it_stands_and_leads_on(
    inventory: CastOrganisation,
    alice: Actor,
    client_of: Callable[[Actor], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 3)
    monkeypatch.setattr(FACETS, "MOST_COUNTED", 3)
    client = client_of(alice)
    page = client.get("/assets/").content.decode()
    assert "1–3 of more than 3" in page
    assert "after=" in page
    assert "before=end" in page
    end = client.get("/assets/?before=end").content.decode()
    assert "First page" in end
    assert client.get("/assets/?after=nonsense").status_code == 422
    answer = client.get("/api/assets?size=2&page=2").json()
    assert (answer["is_capped"], len(answer["rows"])) == (True, 1)
    following = client.get(f"/api/assets?size=2&after={answer['after']}").json()
    assert [row["name"] for row in following["rows"]] == ["服务器 9", "服务器 10"]
