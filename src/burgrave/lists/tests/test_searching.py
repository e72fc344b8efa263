from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from burgrave.engines.search import question
from burgrave.lists import commands, models, queries
from burgrave.lists.rules import excerpt, indexed_tokens, scopes
from burgrave.lists.terms import MOST_FOUND, Entry
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor, UnitId

ASSET, RULE = "assets.asset", "incidents.rule"


def entry(title: str, unit_id: UnitId | None, *, kind: str = ASSET, text: str = "", identifier: str = "") -> Entry:
    return Entry(kind=kind, object_id=uuid4(), unit_id=unit_id, title=title, text=text, identifier=identifier)


def titles(text: str, actor: Actor, **how: object) -> list[str]:
    return [hit.title for hit in queries.search(text, actor=actor, **how).hits]  # type: ignore[arg-type]  # of the tests


@pytest.fixture
def shelf(organisation: CastOrganisation) -> CastOrganisation:
    commands.index(
        [
            entry(
                "Payroll server", organisation.operations, text="hr-01.example.org 工资系统", identifier="AST-000001"
            ),
            entry("Archive", organisation.operations, text="keeps what payroll made"),
            entry("工资系统", organisation.sales),
            entry("Night desk", organisation.night_shift, text="payroll"),
            entry("Payroll dumped", None, kind=RULE),
            entry("密钥 of 网络VPC控制", organisation.operations),
        ]
    )
    return organisation


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("payroll", ["Payroll dumped", "Payroll server", "Archive", "Night desk"]),
        ("PAYR", ["Payroll dumped", "Payroll server", "Archive", "Night desk"]),
        ("ast-000001", ["Payroll server"]),
        ("hr-01", ["Payroll server"]),
        ("工资", ["工资系统", "Payroll server"]),
        ("资系", ["工资系统", "Payroll server"]),
        ("工资统", []),
        ("密", ["密钥 of 网络VPC控制"]),
        ("vpc 控制", ["密钥 of 网络VPC控制"]),
        ("payroll 工资", ["Payroll server"]),
        ("ayroll", []),
        ("---", []),
        ("", []),
        ("'\"*:&|!()", []),
    ],
)
def test_words_find_what_holds_them_all_and_what_is_called_so_comes_first(
    shelf: CastOrganisation, alice: Actor, text: str, found: list[str]
) -> None:
    assert titles(text, alice) == found


def test_only_what_lies_in_the_readers_units_is_found(shelf: CastOrganisation, bob: Actor, charlie: Actor) -> None:
    assert titles("payroll", bob) == ["Payroll dumped", "Payroll server", "Archive", "Night desk"]
    assert titles("工资系统", bob) == ["Payroll server"]
    assert titles("payroll", charlie) == []
    assert queries.matching("payroll", ASSET, actor=charlie).ids == ()


def test_a_kind_narrows_and_a_foreign_kind_finds_nothing(shelf: CastOrganisation, alice: Actor) -> None:
    assert titles("payroll", alice, only=[RULE]) == ["Payroll dumped"]
    assert titles("payroll", alice, only=["no.kind"]) == []


def test_what_changes_is_found_as_it_is_now(shelf: CastOrganisation, alice: Actor) -> None:
    row = models.SearchEntry.objects.get(title="Archive")
    commands.index(
        [Entry(kind=row.kind, object_id=row.object_id, unit_id=UnitId(row.unit_id), title="Depot", text="old files")]
    )
    assert "Archive" not in titles("payroll", alice)
    assert titles("depot", alice) == ["Depot"]
    commands.unindex(row.kind, [row.object_id])
    assert titles("depot", alice) == []


def test_the_search_takes_at_most_two_statements_however_much_there_is(shelf: CastOrganisation, alice: Actor) -> None:
    with CaptureQueriesContext(connection) as few:
        queries.search("payroll", actor=alice)
    commands.index([entry(f"Payroll {each}", shelf.sales) for each in range(MOST_FOUND + 50)])
    with CaptureQueriesContext(connection) as many:
        found = queries.search("payroll", actor=alice)
    assert len(few) == 2
    assert len(many) == 1
    assert (len(found.hits), found.total, found.is_all) == (50, MOST_FOUND, False)


def test_a_list_learns_which_ids_match_or_that_there_are_too_many(
    shelf: CastOrganisation, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    matching = queries.matching("payroll", ASSET, actor=alice)
    assert (len(matching.ids), matching.is_all) == (3, True)
    monkeypatch.setattr(queries.searching, "MOST_MATCHING", 2)
    assert not queries.matching("payroll", ASSET, actor=alice).is_all


def test_a_rebuild_gives_what_the_sources_give_and_nothing_else(shelf: CastOrganisation, alice: Actor) -> None:
    kept = [entry(f"Fresh {each}", shelf.sales) for each in range(1_201)]
    kept.sort(key=lambda each: each.object_id)

    def source(after: UUID | None, limit: int) -> list[Entry]:
        return [each for each in kept if after is None or each.object_id > after][:limit]

    assert commands.rebuild_if_old({ASSET: source}) == 1_201
    assert models.SearchEntry.objects.count() == 1_201
    assert titles("payroll", alice) == []
    assert titles("fresh 1200", alice) == ["Fresh 1200"]
    assert commands.rebuild_if_old({ASSET: source}) is None
    assert queries.entries() == 1_201


def test_marks_cannot_be_typed(shelf: CastOrganisation, charlie: Actor, alice: Actor) -> None:
    assert titles("_uall", alice) == []
    assert titles("_kassets.asset", alice) == []


def test_an_entry_is_marked_with_kind_unit_and_title(organisation: CastOrganisation) -> None:
    made = entry("Web", organisation.sales, text="工资")
    assert indexed_tokens(made) == ("_kassets.asset", f"_u{organisation.sales.hex}", "_tweb", "web", "工资", "资")
    assert indexed_tokens(entry("Web", None))[1] == "_uall"


def test_scopes_group_kinds_that_are_seen_alike(bob: Actor, alice: Actor) -> None:
    kinds = queries.kinds(actor=alice)
    assert [scope.units for scope in scopes(kinds, actor=alice)] == [()]
    assert len(scopes(kinds, actor=bob)) == 1
    assert len(scopes(kinds, actor=bob)[0].units) == 2


@pytest.mark.parametrize(
    ("text", "asked", "parts"),
    [
        ("keeps what payroll made", "payroll", ("keeps what ", "payroll", " made")),
        ("x" * 60 + " web " + "y" * 200, "web", ("…" + "x" * 39 + " ", "web", " " + "y" * 159 + "…")),
        ("nothing", "web", ("", "", "")),
        ("ＷＥＢ ﬁle", "web", ("", "web", " file")),
    ],
)
def test_an_excerpt_shows_where_the_word_stands(text: str, asked: str, parts: tuple[str, str, str]) -> None:
    assert excerpt(text, question(asked)) == parts


def test_the_page_lists_hits_with_what_may_be_done(
    shelf: CastOrganisation, alice: Actor, client_of: Callable[[Actor], Client]
) -> None:
    client = client_of(alice)
    page = client.get("/search/", {"q": "asset"}).content.decode()
    assert "Add an asset" in page
    page = client.get("/search/", {"q": "keeps pay"}).content.decode()
    assert "Archive" in page
    assert "<mark>" in page
    assert "Nothing that you may read matches" in client.get("/search/", {"q": "qqqq"}).content.decode()
    assert "What are you looking for" in client.get("/search/").content.decode()


def test_the_palette_goes_does_and_finds(
    shelf: CastOrganisation, alice: Actor, charlie: Actor, client_of: Callable[[Actor], Client]
) -> None:
    client = client_of(alice)
    lines = client.get("/search/palette/", {"q": "payroll"}).content.decode()
    assert "AST-000001 Payroll server" in lines
    assert "/search/?q=payroll" in lines
    assert "Open an incident" in client.get("/search/palette/", {"q": "open inc"}).content.decode()
    assert 'href="/assets/"' in client.get("/search/palette/").content.decode()
    stranger = client_of(charlie).get("/search/palette/", {"q": "payroll"}).content.decode()
    assert "Payroll server" not in stranger


def test_the_api_gives_the_same(shelf: CastOrganisation, alice: Actor, client_of: Callable[[Actor], Client]) -> None:
    answer = client_of(alice).get("/api/search", {"q": "工资"}).json()
    assert [hit["title"] for hit in answer["hits"]] == ["工资系统", "Payroll server"]
    assert answer["is_all"] is True
    assert answer["hits"][0]["subject"].startswith("assets.asset:")
