"""Views, columns, files and acts of a list, tried on the list of assets."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from burgrave.assets import commands as assets
from burgrave.assets import models, queries
from burgrave.assets.errors import LifecycleStep
from burgrave.assets.terms import AssetChange, AssetFacts, AssetType, Lifecycle
from burgrave.ledger import queries as ledger
from burgrave.lists import commands
from burgrave.lists import queries as lists
from burgrave.lists.commands import acting, exporting
from burgrave.lists.errors import OtherRows, TooManyRows, TooManyViews, UnusableView, ViewNameTaken
from burgrave.lists.rules import kept_query, viewing
from burgrave.lists.terms import Audience, ListSpec, SheetFormat, list_subject
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor, UnitId

LIST = assets.LIST
Tail = Callable[[], list[str]]
ClientOf = Callable[[Actor], Client]


@pytest.fixture
def inventory(organisation: CastOrganisation, alice: Actor) -> dict[str, UUID]:
    facts = [
        AssetFacts(name=name, type=kind, unit_id=unit, reference=name, tags=("old",) if name == "Web" else ())
        for name, kind, unit in (
            ("Web", AssetType.SYSTEM, organisation.operations),
            ("=1+1", AssetType.SYSTEM, organisation.operations),
            ("工资系统", AssetType.SERVICE, organisation.sales),
        )
    ]
    return dict(assets.save_many(facts, actor=alice, now=NOON).ids)


def save(actor: Actor, name: str = "Mine", **how: Any) -> UUID:
    wanted = {"query": "type=system&page=3", "audience": Audience.PRIVATE} | how
    return commands.save_view(LIST, name=name, actor=actor, now=NOON, **wanted)


def shown(actor: Actor, **asked: list[str]) -> Any:
    return lists.listing(LIST, asked, actor=actor)


def test_a_view_keeps_how_a_list_is_narrowed_and_not_where_one_stands(alice: Actor, ledger_tail: Tail) -> None:
    view_id = save(alice, "  Systems  ", query="type=system&q=工资&page=2&after=x&view=y&sort=-need")
    [view] = shown(alice).views
    assert (view.view_id, view.name, view.is_mine) == (view_id, "Systems", True)
    assert view.query == "type=system&q=%E5%B7%A5%E8%B5%84&sort=-need"
    assert ledger_tail() == ["lists.view_saved"]


def test_a_view_is_seen_by_its_audience(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor
) -> None:
    save(alice, "private")
    save(alice, "all", audience=Audience.EVERYBODY)
    save(alice, "operations", audience=Audience.UNIT, unit_id=organisation.operations)
    save(alice, "sales", audience=Audience.UNIT, unit_id=organisation.sales)
    assert [view.name for view in lists.views(LIST.name, actor=bob)] == ["all", "operations"]
    assert [view.unit_name for view in lists.views(LIST.name, actor=bob)] == ["", "Operations"]
    assert [view.name for view in lists.views(LIST.name, actor=charlie)] == ["all"]
    with pytest.raises(Forbidden):
        lists.spec(LIST.name, actor=charlie)
    with pytest.raises(NotFound):
        lists.spec("no.list", actor=alice)


@pytest.mark.parametrize(
    ("how", "refusal"),
    [
        ({"name": " "}, UnusableView),
        ({"name": "x" * 81}, UnusableView),
        ({"query": "q=" + "x" * 2_000}, UnusableView),
        ({"audience": Audience.UNIT}, UnusableView),
        ({"audience": Audience.UNIT, "unit_id": uuid4()}, Forbidden),
        ({"audience": Audience.EVERYBODY}, UnusableView),
    ],
    ids=["no name", "long name", "long address", "no unit", "foreign unit", "everybody from a part"],
)
def test_a_view_that_does_not_fit_is_refused(
    bob: Actor, ledger_tail: Tail, how: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        save(bob, **{"name": "x"} | how)
    assert ledger_tail() == []


def test_views_of_one_person_have_different_names_and_are_bounded(
    alice: Actor, bob: Actor, charlie: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(alice)
    with pytest.raises(ViewNameTaken):
        save(alice)
    save(bob)
    monkeypatch.setattr(viewing, "MOST_VIEWS", 1)
    with pytest.raises(TooManyViews):
        save(alice, "Other")
    with pytest.raises(Forbidden):
        save(charlie)


def test_only_its_maker_removes_a_view(alice: Actor, bob: Actor, ledger_tail: Tail) -> None:
    view_id = save(alice, audience=Audience.EVERYBODY)
    with pytest.raises(NotFound):
        commands.remove_view(view_id, actor=bob, now=NOON)
    commands.remove_view(view_id, actor=alice, now=NOON)
    assert shown(alice).views == ()
    assert ledger_tail() == ["lists.view_saved", "lists.view_removed"]


def test_a_list_opens_with_the_chosen_view_and_shows_the_chosen_columns(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor
) -> None:
    usual = shown(bob).columns
    assert "reference" not in usual
    assert commands.choose_columns(LIST, ["reference", "no_such"], actor=bob, now=NOON) == ("name", "reference")
    assert shown(bob).columns == ("name", "reference")
    assert shown(bob, columns=["type"]).columns == ("name", "type")
    assert shown(alice).columns == usual
    commands.choose_columns(LIST, [], actor=bob, now=NOON)
    assert shown(bob).columns == usual

    hidden = save(alice)
    open_to_all = save(alice, "All", audience=Audience.EVERYBODY)
    of_unit = save(alice, "Unit", audience=Audience.UNIT, unit_id=organisation.operations)
    with pytest.raises(NotFound):
        commands.open_by_itself(LIST, hidden, actor=bob, now=NOON)
    with pytest.raises(NotFound):
        commands.open_by_itself(LIST, uuid4(), actor=bob, now=NOON)
    commands.open_by_itself(LIST, of_unit, actor=bob, now=NOON)
    commands.open_by_itself(LIST, open_to_all, actor=bob, now=NOON)
    assert shown(bob).go_to == f"type=system&view={open_to_all}"
    assert shown(bob, view=["none"]).go_to == ""
    commands.open_by_itself(LIST, None, actor=bob, now=NOON)
    assert shown(bob).go_to == ""
    with pytest.raises(Forbidden):
        commands.choose_columns(LIST, [], actor=charlie, now=NOON)


def exported(actor: Actor, query: str = "", *, columns: tuple[str, ...] = (), kind: str = "csv") -> tuple[bytes, Any]:
    file = io.BytesIO()
    done = commands.export(LIST, query, columns=columns, sheet_format=SheetFormat(kind), to=file, actor=actor, now=NOON)
    return file.read(), done


def test_a_file_holds_exactly_the_rows_of_the_list_and_the_ledger_knows_it(
    inventory: dict[str, UUID], alice: Actor, bob: Actor
) -> None:
    content, done = exported(alice, "type=system&sort=-name", columns=("name", "tags"))
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows == [["name", "tags", "personal_data"], ["Web", "old", "no"], ["'=1+1", "", "no"]]
    assert (done.rows, done.sha256) == (2, hashlib.sha256(content).hexdigest())
    [record] = ledger.history(list_subject(LIST.name))
    assert record.kind == "lists.list_exported"
    assert exported(bob)[1].rows == 2
    assert exported(bob, "q=工资")[1].rows == 0


def test_a_workbook_holds_the_same(inventory: dict[str, UUID], alice: Actor) -> None:
    content, done = exported(alice, "q=工资", kind="xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert sheet[0][:3] == ["number", "name", "type"]
    assert sheet[1][1] == "工资系统"
    assert done.rows == 1


def test_too_many_rows_and_a_stranger_get_no_file_and_leave_no_record(
    inventory: dict[str, UUID],
    alice: Actor,
    charlie: Actor,
    ledger_tail: Tail,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exporting, "MOST_EXPORTED", 2)
    with pytest.raises(TooManyRows):
        exported(alice)
    with pytest.raises(Forbidden):
        exported(charlie)
    assert ledger_tail() == []


def act(actor: Actor, name: str, *, ids: tuple[UUID, ...] = (), query: str | None = None, **values: str) -> int:
    confirmed = int(values.pop("confirmed", str(len(ids))))
    return commands.act_on_many(
        LIST, name, values, selected=ids, query=query, confirmed=confirmed, actor=actor, now=NOON
    )


def test_an_act_changes_all_that_match_and_records_each(
    inventory: dict[str, UUID], organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Tail
) -> None:
    assert alice.person_id
    assert act(alice, "owner", query="type=system", confirmed="2", owner=str(alice.person_id)) == 2
    assert ledger_tail() == ["assets.asset_edited", "assets.asset_edited", "assets.assets_changed"]
    web = models.Asset.objects.get(pk=inventory["Web"])
    assert (web.owner_id, web.version) == (alice.person_id, 2)
    assert act(alice, "owner", query="type=system", confirmed="2", owner=str(alice.person_id)) == 0
    assert act(alice, "owner", ids=(inventory["Web"],), owner="") == 1
    assert act(alice, "custodian", ids=(inventory["Web"],), custodian=str(alice.person_id)) == 1
    assert act(alice, "unit", ids=(inventory["Web"],), unit=str(organisation.sales)) == 1
    assert act(alice, "tag", ids=(inventory["Web"],), tag="pci") == 1
    assert act(alice, "untag", ids=(inventory["Web"],), tag="old") == 1
    assert act(alice, "review", ids=(inventory["Web"],)) == 1
    assert act(alice, "phase", ids=(inventory["Web"],), phase="retiring", reason="") == 1
    web.refresh_from_db()
    assert (web.owner_id, web.custodian_id, web.unit_id, web.tags) == (
        None,
        alice.person_id,
        organisation.sales,
        ["pci"],
    )
    assert (web.reviewed_on, web.lifecycle, web.version) == (NOON.date(), Lifecycle.RETIRING, 9)
    found = lists.search("pci", actor=alice)
    assert [hit.title for hit in found.hits] == ["Web"]


def test_an_act_is_done_for_all_or_for_none(
    inventory: dict[str, UUID], organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Tail
) -> None:
    act(alice, "phase", ids=(inventory["Web"],), phase="disposed", reason="sold")
    before = ledger_tail()
    with pytest.raises(LifecycleStep):
        act(alice, "phase", query="type=system", confirmed="2", phase="retiring", reason="")
    with pytest.raises(Forbidden):
        act(bob, "review", ids=(inventory["=1+1"],))
    with pytest.raises(NotFound):
        assets.change_many([inventory["Web"], inventory["工资系统"]], AssetChange(is_review=True), actor=bob, now=NOON)
    with pytest.raises(NotFound):
        act(alice, "review", ids=(uuid4(),))
    with pytest.raises(NotFound):
        act(alice, "no_act", ids=(inventory["Web"],))
    with pytest.raises(BadInput, match="none of the choices"):
        act(alice, "unit", ids=(inventory["Web"],), unit=str(uuid4()))
    with pytest.raises(Forbidden):
        assets.change_many([inventory["Web"]], AssetChange(unit_id=UnitId(uuid4())), actor=alice, now=NOON)
    assert ledger_tail() == before


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("tag", {"tag": " "}),
        ("tag", {"tag": "x" * 51}),
        ("phase", {"phase": "x", "reason": ""}),
        ("owner", {"owner": "x"}),
        ("owner", {"owner": str(uuid4())}),
    ],
)
def test_a_value_that_does_not_fit_changes_nothing(
    inventory: dict[str, UUID], alice: Actor, ledger_tail: Tail, name: str, values: dict[str, str]
) -> None:
    with pytest.raises(BadInput):
        act(alice, name, ids=(inventory["Web"],), **values)
    assert ledger_tail() == []


def test_as_many_rows_are_changed_as_were_confirmed(
    inventory: dict[str, UUID], alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OtherRows, match="3 rows match now, not the 2"):
        act(alice, "review", query="", confirmed="2")
    with pytest.raises(BadInput, match="no row is chosen"):
        act(alice, "review")
    monkeypatch.setattr(acting, "MOST_AT_ONCE", 2)
    with pytest.raises(TooManyRows):
        act(alice, "review", query="", confirmed="3")


def test_an_address_is_kept_without_its_place() -> None:
    assert kept_query("a=1&page=2&before=end&b=") == "a=1"


def test_the_page_keeps_arranges_exports_and_acts(
    inventory: dict[str, UUID], organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    kept = client.post(
        "/lists/assets.assets/views/", {"name": "Systems", "query": "type=system", "audience": "everybody"}
    )
    assert kept.status_code == 302
    page = client.get(kept["Location"]).content.decode()
    assert "Systems" in page
    assert "工资系统" not in page
    [view] = lists.views(LIST.name, actor=alice)
    unit = client.post(
        "/lists/assets.assets/views/",
        {"name": "U", "query": "", "audience": f"unit:{organisation.sales}"},
    )
    assert unit.status_code == 302
    for wrong in ({"name": "X", "audience": "x"}, {"name": "X", "audience": "unit:x"}):
        assert client.post("/lists/assets.assets/views/", wrong).status_code == 422

    client.post("/lists/assets.assets/arrange/", {"columns": ["reference"], "next": "/assets/?q=web"})
    page = client.get("/assets/").content.decode()
    assert '<th scope="col" class="">Reference</th>' in page
    assert ">Phase</th>" not in page
    client.post("/lists/assets.assets/arrange/", {"default": str(view.view_id), "next": "https://example.org/"})
    assert client.get("/assets/")["Location"] == f"/assets/?type=system&view={view.view_id}"

    file = client.post("/lists/assets.assets/export/", {"query": "type=system", "format": "csv", "columns": ["name"]})
    assert file["Content-Disposition"].startswith('attachment; filename="assets-')
    assert b"".join(file.streaming_content).decode("utf-8-sig").splitlines()[1:] == ['"\'=1+1"', '"Web"']
    assert client.post("/lists/assets.assets/export/", {"format": "pdf"}).status_code == 422

    chosen = {"act": "tag", "all": "1", "query": "type=system", "next": "/assets/?type=system"}
    asking = client.post("/lists/assets.assets/act/", chosen).content.decode()
    assert "All of 2 rows will be changed, or none" in asking
    assert named(asking) == ["AST-000002 =1+1", "AST-000001 Web"]
    refused = client.post("/lists/assets.assets/act/", {**chosen, "confirmed": "2", "tag": ""})
    assert refused.status_code == 422
    assert named(refused.content.decode()) == named(asking)
    done = client.post("/lists/assets.assets/act/", {**chosen, "confirmed": "2", "tag": "pci"})
    assert done["Location"] == "/assets/?type=system"
    assert models.Asset.objects.get(pk=inventory["Web"]).tags == ["old", "pci"]
    one = {"act": "review", "selected": str(inventory["Web"])}
    assert "1 row will be changed" in client.post("/lists/assets.assets/act/", one).content.decode()
    assert client.post("/lists/assets.assets/act/", {"act": "review", "selected": "x"}).status_code == 422
    address = f"/lists/assets.assets/views/{view.view_id}/"
    assert address in client.get(f"/assets/?q=web&view={view.view_id}").content.decode()
    assert f'"{address}"' not in client.get("/assets/?view=none").content.decode()
    changed = client.post(address, {"query": "q=web&page=2", "version": "1"})
    assert changed["Location"] == f"/assets/?q=web&view={view.view_id}"
    [now] = [each for each in lists.views(LIST.name, actor=alice) if each.view_id == view.view_id]
    assert (now.name, now.query, now.audience, now.version) == (view.name, "q=web", view.audience, 2)
    assert client.post(address, {"query": "", "version": "1"}).status_code == 409
    assert client.post(address, {"query": "", "version": "x"}).status_code == 422
    assert client.post(f"/lists/assets.assets/views/{view.view_id}/remove/").status_code == 302


def named(page: str) -> list[str]:
    """What the page of a confirmation calls the rows that will be changed."""
    shown = page.partition('<ul class="named-rows"')[2].partition("</ul>")[0]
    return [unescape(each) for each in re.findall(r"<li[^>]*>(.*?)</li>", shown)]


def test_before_many_rows_are_changed_the_first_ten_are_named_and_only_those_that_one_may_see(
    organisation: CastOrganisation, alice: Actor, bob: Actor, client_of: ClientOf
) -> None:
    facts = [
        AssetFacts(name=f"Web {number:02}", type=AssetType.SYSTEM, unit_id=organisation.operations, reference=name)
        for number in range(12, 0, -1)
        if (name := f"r{number}")
    ]
    ids = dict(assets.save_many(facts, actor=alice, now=NOON).ids)
    client, chosen = client_of(alice), {"act": "tag", "all": "1", "query": ""}

    def asking() -> str:
        return client.post("/lists/assets.assets/act/", chosen).content.decode()

    shown = named(asking())
    assert [each.partition(" ")[2] for each in shown[:10]] == [f"Web {number:02}" for number in range(1, 11)]
    assert shown[10:] == ["and 2 more"]
    with CaptureQueriesContext(connection) as many:
        asking()
    chosen |= {"query": "q=Web 03"}
    with CaptureQueriesContext(connection) as one:
        assert len(named(asking())) == 1
    assert len(many) <= len(one)
    assert client.get("/api/lists/assets.assets").json()["first_names"] == shown[:10]
    foreign = AssetFacts(name="Secret", type=AssetType.SYSTEM, unit_id=organisation.sales, reference="s")
    ((_, secret),) = assets.save_many([foreign], actor=alice, now=NOON).ids.items()
    assert LIST.names([ids["r3"], secret], 10, bob) == (shown[2],)


def test_a_list_with_acts_says_what_its_rows_are_called() -> None:
    with pytest.raises(ValueError, match=r"assets\.assets has acts on many rows and does not say"):
        ListSpec(
            name=LIST.name, label="x", url_name="x", permission="x", columns=(), ids=LIST.ids, rows=LIST.rows,
            acts=LIST.acts,
        )  # fmt: skip


def test_the_facts_of_a_change_leave_what_they_do_not_name(organisation: CastOrganisation) -> None:
    facts = AssetFacts(name="X", type=AssetType.SYSTEM, unit_id=organisation.sales, tags=("a",))
    assert AssetChange().of(facts) == facts
    assert AssetChange(adds_tag="a").of(facts).tags == ("a",)
    assert AssetChange(is_review=True, adds_tag="b").fields == ("tags", "review")
    assert queries.narrowed({"q": ["a\x00b"], "need": ["9"], "unit": ["x"], "type": ["no"]}).text == "ab"
