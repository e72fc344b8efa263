"""People as a list of the kit: a file on record, columns, and moving many to a unit, all or none."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from importlib import import_module
from uuid import UUID, uuid4

import pytest
from django.test import Client

from burgrave.lists import commands as lists
from burgrave.lists.terms import Audience, SheetFormat
from burgrave.people import commands, models
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor

Tail = Callable[[], list[str]]


def move(actor: Actor, unit: str, *people: Actor, query: str | None = None, confirmed: int | None = None) -> int:
    ids = [person.person_id for person in people if person.person_id]
    return lists.act_on_many(
        commands.LIST,
        "unit",
        {"unit": unit},
        selected=ids,
        query=query,
        confirmed=len(ids) if confirmed is None else confirmed,
        actor=actor,
        now=NOON,
    )


def unit_of(person: Actor) -> UUID:
    return models.Person.objects.values_list("unit_id", flat=True).get(pk=person.person_id)


def test_many_are_moved_and_each_move_is_recorded(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, ledger_tail: Tail
) -> None:
    assert move(alice, str(organisation.night_shift), bob, charlie) == 2
    assert ledger_tail() == ["people.person_edited"] * 2
    assert (unit_of(bob), unit_of(charlie)) == (organisation.night_shift, organisation.night_shift)
    assert move(alice, str(organisation.night_shift), bob) == 0
    assert models.Person.objects.get(pk=bob.person_id).email == "bob@example.org"
    state = f"unit={organisation.night_shift}"
    assert move(alice, str(organisation.sales), query=state, confirmed=2) == 2


def test_nobody_is_moved_where_one_may_not_be(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, ledger_tail: Tail
) -> None:
    before = unit_of(charlie)
    with pytest.raises(Forbidden):
        move(bob, str(organisation.night_shift), charlie)
    with pytest.raises(NotFound):
        commands.move_people([charlie.person_id], unit_id=uuid4(), actor=alice, now=NOON)
    for nowhere in ("x", "", str(uuid4())):
        with pytest.raises(BadInput, match="none of the choices"):
            move(alice, nowhere, charlie)
    made_up = models.Unit.objects.create(
        id=uuid4(), name="Sample", parent_id=organisation.root, is_sample=True, changed_by="", changed_at=NOON
    )
    with pytest.raises((BadInput, NotFound, Forbidden)):
        move(alice, str(made_up.pk), charlie)
    assert unit_of(charlie) == before
    assert ledger_tail() == []


def test_the_list_leaves_as_it_is_narrowed(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, ledger_tail: Tail
) -> None:
    hire("Wanda Wolf", unit_id=organisation.sales)
    file = io.BytesIO()
    lists.export(
        commands.LIST, "sort=-name&role=incident_responder", columns=(), sheet_format=SheetFormat.CSV, to=file,
        actor=alice, now=NOON,
    )  # fmt: skip
    (row,) = csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig")))
    assert (row["name"], row["email"], row["roles"], row["state"]) == (
        "Bob Birnbaum",
        "bob@example.org",
        "incident_responder",
        "active",
    )
    assert ledger_tail() == ["lists.list_exported"]
    with pytest.raises(Forbidden):
        lists.export(
            commands.LIST, "", columns=(), sheet_format=SheetFormat.CSV, to=io.BytesIO(), actor=charlie, now=NOON
        )


def test_before_many_are_moved_they_are_named_to_those_who_may_see_them(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, client_of: Callable[[Actor], Client]
) -> None:
    ids = [key for each in (charlie, bob) if (key := each.person_id)]
    assert commands.LIST.names(ids, 9, alice) == (
        "Bob Birnbaum <bob@example.org>",
        "Charlie Cordes <charlie@example.org>",
    )
    assert commands.LIST.names(ids, 9, charlie) == ()
    page = client_of(alice).post("/lists/people.persons/act/", {"act": "unit", "selected": list(map(str, ids))})
    assert "<li>Bob Birnbaum &lt;bob@example.org&gt;</li>" in page.content.decode()


def test_a_long_list_is_read_in_pieces(
    organisation: CastOrganisation, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("burgrave.people.queries.persons"), "EXPORTED_AT_ONCE", 1)
    hire("Wanda Wolf", unit_id=organisation.sales)
    file = io.BytesIO()
    lists.export(commands.LIST, "", columns=("email",), sheet_format=SheetFormat.CSV, to=file, actor=alice, now=NOON)
    names = [row["name"] for row in csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig")))]
    assert names == ["Alice Amsel", "Wanda Wolf"]


def test_columns_and_views_on_the_page(alice: Actor, client_of: Callable[[Actor], Client]) -> None:
    client = client_of(alice)
    page = client.get("/people/?columns=seen").content.decode()
    head = page[page.index("<thead") : page.index("</thead>")]
    assert "Last signed in" in head
    assert "Roles" not in head
    assert "Move to a unit" in page
    view_id = lists.save_view(
        commands.LIST, name="V", query="state=active", audience=Audience.PRIVATE, actor=alice, now=NOON
    )
    lists.open_by_itself(commands.LIST, view_id, actor=alice, now=NOON)
    assert client.get("/people/")["Location"] == f"/people/?state=active&view={view_id}"
