"""Event mappings: begun with an example, tried, saved, and used for every table with their columns."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from burgrave.engines.events import LogSource, tables
from burgrave.engines.events.tables import BadTable, Clock, TableMapping, as_plain, mapping_of
from burgrave.incidents import commands as desk
from burgrave.incidents import queries as incidents
from burgrave.incidents.handlers import read_event_file
from burgrave.incidents.terms import EventFileState
from burgrave.intake import commands, models, queries
from burgrave.intake.errors import MappingIncomplete, MappingInUse, NameTaken
from burgrave.intake.terms import EventMappingId, LogSourceId, MappingState
from burgrave.intake.tests.house import facts_of
from burgrave.intake.views.table_words import SENTENCES
from burgrave.jobs import commands as jobs
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor, UnitId
from burgrave.web.uploads import blob_store

ClientOf = Callable[[Actor], Client]
Tail = Callable[[], list[str]]
EXAMPLE = b"When;Process;Cmdline;Host\n01.11.2026 10:00:00;C:\\a.exe;whoami;PC-1\nsoon;b;c;PC-2\nx\n"
HEADER = ("When", "Process", "Cmdline", "Host")
SAY = {"Phrase", "BadTable", "BadFormat", "BadMapping", "NoExample"}


def begun(unit_id: UnitId, actor: Actor, name: str = "edr.csv") -> EventMappingId:
    return commands.begin_event_mapping(EXAMPLE, example_name=name, unit_id=unit_id, actor=actor, now=NOON)


def received(unit_id: UnitId, actor: Actor, content: bytes = EXAMPLE) -> Any:
    with blob_store().writer() as writer:
        writer.write(content)
        digest = writer.finish()
    receipt = desk.receive_event_file(
        digest, name="edr.csv", media_type="text/csv", unit_id=unit_id, actor=actor, now=timezone.now()
    )
    return receipt.event_file_id


def read_all() -> None:
    registry = {"incidents.read_event_file": read_event_file}
    while jobs.run_next(registry, worker="w", clock=timezone.now) is not None:
        pass


def test_a_table_waits_until_its_columns_are_mapped_and_is_read_then(
    organisation: CastOrganisation, alice: Actor, ledger_tail: Tail
) -> None:
    unit = organisation.operations
    file = received(unit, alice)
    read_all()
    row = incidents.event_file(file, actor=alice)
    assert (row.state, row.asks_mapping) == (EventFileState.REFUSED, True)
    assert "no mapping knows: When, Process, Cmdline, Host" in row.refusal

    draft = begun(unit, alice)
    view = queries.event_mapping(draft, actor=alice)
    assert (view.row.name, view.row.state, view.mapping.clock.columns) == ("edr", MappingState.DRAFT, ("When",))
    assert not queries.tables_for(unit, None).known

    assert commands.save_event_mapping(draft, view.mapping, version=1, actor=alice, now=timezone.now()) == 1
    read_all()
    row = incidents.event_file(file, actor=alice)
    assert (row.state, row.asks_mapping, row.events, row.unreadable) == (EventFileState.READ, False, 2, 2)
    assert ledger_tail()[-3:] == [
        "incidents.event_file_queued_again",
        "intake.event_mapping_saved",
        "incidents.event_file_read",
    ]


def test_mappings_of_the_unit_come_first_then_those_above_and_never_those_beside(
    organisation: CastOrganisation, alice: Actor
) -> None:
    mapping = TableMapping(name="A", header=HEADER)
    for unit, name in ((organisation.operations, "above"), (organisation.night_shift, "own")):
        told = replace(mapping, name=name, log_source=LogSource(name))
        commands.add_event_mapping(told, unit_id=unit, actor=alice, now=NOON)
    known = queries.tables_for(organisation.night_shift, None).known
    assert [each.name for each in known] == ["own", "above"]
    assert [each.name for each in queries.tables_for(organisation.operations, None).known] == ["above"]
    assert queries.tables_for(organisation.sales, None).known == ()
    assert queries.tables_for(uuid4(), uuid4()).known == ()


def test_lines_of_a_source_that_has_a_mapping_are_rows(
    organisation: CastOrganisation, alice: Actor, source: LogSourceId
) -> None:
    mapping = TableMapping(name="Rows", header=("when", "src_ip"), clock=Clock(columns=("when",)))
    made = commands.add_event_mapping(mapping, unit_id=organisation.operations, actor=alice, now=NOON)
    facts = replace(queries.log_source(source, actor=alice, now=NOON).facts, event_mapping_id=made)
    commands.edit_log_source(source, facts, version=1, actor=alice, now=NOON)
    assert queries.log_source(source, actor=alice, now=NOON).facts.event_mapping_id == made
    found = queries.tables_for(organisation.operations, source)
    assert found.stream == mapping
    assert found.known == (mapping, mapping)
    with pytest.raises(MappingInUse, match="the log source Proxy has this mapping"):
        commands.remove_event_mapping(made, actor=alice, now=NOON)
    wrong = facts_of("Other", organisation.operations, event_mapping_id=uuid4())
    with pytest.raises(BadInput, match="that you see and that is saved"):
        commands.add_log_source(wrong, actor=alice, now=NOON)
    commands.edit_log_source(source, replace(facts, note="x"), version=2, actor=alice, now=NOON)
    commands.edit_log_source(source, replace(facts, event_mapping_id=None), version=3, actor=alice, now=NOON)
    commands.remove_event_mapping(made, actor=alice, now=NOON)
    assert not models.EventMapping.objects.exists()


def test_what_cannot_be_is_refused_with_its_reason(organisation: CastOrganisation, alice: Actor) -> None:
    unit, draft = organisation.operations, begun(organisation.operations, alice)
    mapping = queries.event_mapping(draft, actor=alice).mapping

    def save(version: int = 1, **other: Any) -> None:
        commands.save_event_mapping(draft, replace(mapping, **other), version=version, actor=alice, now=NOON)

    def add(**other: Any) -> None:
        commands.add_event_mapping(replace(mapping, **other), unit_id=unit, actor=alice, now=NOON)

    bare = {"header": (), "fields": {}, "clock": Clock()}
    for refused, kind, words in (
        (lambda: save(version=2), StaleEdit, "changed by Alice"),
        (lambda: save(name=" "), BadInput, "1 to 120"),
        (lambda: save(log_source=LogSource("x" * 81)), BadInput, "at most 80"),
        (lambda: save(clock=Clock(zone="Mars")), BadInput, "no time zone"),
        (lambda: save(name="a\0b"), BadInput, "no database keeps"),
        (lambda: save(**bare), MappingIncomplete, "names the columns"),
        (lambda: add(name="edr"), NameTaken, "named edr already"),
    ):
        with pytest.raises(kind, match=words):
            refused()
    with pytest.raises(BadInput, match="no two column names"):
        commands.begin_event_mapping(b"one\n", example_name="", unit_id=unit, actor=alice, now=NOON)
    assert begun(unit, alice) == draft
    save()
    assert queries.event_mapping(begun(unit, alice), actor=alice).row.name == "edr 2"


def test_charlie_of_another_unit_sees_and_does_nothing(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, ledger_tail: Tail
) -> None:
    draft = begun(organisation.operations, alice)
    mapping, before = queries.event_mapping(draft, actor=alice).mapping, ledger_tail()
    assert queries.event_mappings(actor=charlie).total == 0
    assert queries.mapping_choices(actor=charlie) == ()
    with pytest.raises(NotFound):
        queries.event_mapping(draft, actor=charlie)
    with pytest.raises(NotFound):
        commands.save_event_mapping(draft, mapping, version=1, actor=charlie, now=NOON)
    with pytest.raises(NotFound):
        commands.remove_event_mapping(draft, actor=charlie, now=NOON)
    with pytest.raises(Forbidden):
        begun(organisation.operations, charlie)
    assert ledger_tail() == before


def test_an_example_is_sent_looked_at_and_saved_on_the_page(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    assert b"What its columns are" in client.get("/event-mappings/new/").content
    sent = {"unit": str(organisation.operations), "file": SimpleUploadedFile("edr.csv", EXAMPLE)}
    answer = client.post("/event-mappings/new/", sent)
    page = client.get(answer["Location"])
    text = page.content.decode()
    assert text.count('name="column"') == 4
    assert "2 events, 2 faults; read as UTF-8, cut at: Semicolon." in text
    form: dict[str, Any] = {
        "version": "1",
        "name": "EDR",
        "column": HEADER,
        "field": ("", "Image", "CommandLine", "Computer"),
        "time": ("When", ""),
        "time_form": "%d.%m.%Y %H:%M:%S",
        "time_zone": "Europe/Berlin",
        "product": "Windows",
        "category": "process_creation",
    }
    looked = client.post(answer["Location"], form | {"act": "look"}, headers={"HX-Request": "true"}).content.decode()
    assert looked.startswith('<section class="section" id="trial"')
    assert "2026-11-01" in looked
    assert "expected a time as %d.%m.%Y" in looked
    assert "Image=C:\\a.exe" in looked
    assert queries.event_mapping(models.EventMapping.objects.get().pk, actor=alice).row.state is MappingState.DRAFT
    wrong = client.post(answer["Location"], form | {"act": "save", "time_zone": "Mars"})
    assert (wrong.status_code, b"Mars" in wrong.content, b'value="CommandLine"' in wrong.content) == (422, True, True)
    bad = client.post(answer["Location"], form | {"time_zone": "Mars"}, headers={"HX-Request": "true"})
    assert (bad.status_code, b"is no time zone" in bad.content) == (200, True)
    plain = client.post(answer["Location"], form | {"act": "look"})
    assert b"europe/berlin" in plain.content.lower()
    saved = client.post(answer["Location"], form | {"act": "save"}, follow=True)
    assert "Tables with these columns are read from now on." in saved.content.decode()
    exported = mapping_of(client.get(answer["Location"] + "export/").content)
    assert (exported.name, exported.fields["When"], exported.clock.zone) == ("EDR", "", "Europe/Berlin")
    other = client.post(answer["Location"], form | {"version": "2", "delimiter": ",", "act": "look"})
    assert b"no two column names" in other.content
    assert client.post(answer["Location"] + "remove/").status_code == 302
    assert b"No event mapping yet" in client.get("/event-mappings/").content


def test_a_file_that_waits_leads_to_its_mapping_and_a_used_one_stays(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    file = received(organisation.operations, alice)
    read_all()
    client = client_of(alice)
    page = client.get(f"/events/{file}/").content.decode()
    assert f"/event-mappings/of/{file}/" in page
    answer = client.post(f"/event-mappings/of/{file}/")
    again = client.post(f"/event-mappings/of/{file}/")
    assert answer["Location"] == again["Location"]
    made = models.EventMapping.objects.get()
    saved = client.post(
        answer["Location"],
        {"version": "1", "name": "EDR", "column": HEADER, "field": HEADER, "time": ["When", ""],
         "time_form": "%d.%m.%Y %H:%M:%S", "act": "save"},
        follow=True,
    )  # fmt: skip
    assert "1 file that waited for it is read." in saved.content.decode()
    commands.add_log_source(facts_of("Rows", organisation.operations, event_mapping_id=made.pk), actor=alice, now=NOON)
    assert client.post(answer["Location"] + "remove/").status_code == 409
    assert (
        client.post("/event-mappings/new/", {"unit": "x", "file": SimpleUploadedFile("a", b"a,b\n")}).status_code == 422
    )
    assert client.post("/event-mappings/new/", {"unit": "x"}).status_code == 422


def test_the_api_tries_adds_changes_and_removes(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client, told = (
        client_of(alice),
        as_plain(TableMapping(name="A", header=("When", "b"), clock=Clock(columns=("When",)))),
    )
    tried = client.post(
        "/api/event-mappings/try", {"mapping": told, "example": "When,b\n2026-11-01,x\nsoon,y\n"}, "application/json"
    ).json()
    assert (tried["rows"], tried["events"][0]["at"], tried["faults"][0]["line"]) == (2, "2026-11-01T00:00:00Z", 3)
    bad = client.post("/api/event-mappings/try", {"mapping": told, "example": "x"}, "application/json")
    assert (bad.status_code, "none of this table" in bad.json()["detail"]) == (422, True)
    added = client.post(
        "/api/event-mappings", {"unit_id": str(organisation.operations), "mapping": told}, "application/json"
    )
    assert (added.status_code, added.json()["mapping"]) == (201, told)
    where = f"/api/event-mappings/{added.json()['row']['event_mapping_id']}"
    one = client.get(where)
    changed = client.put(
        where, json.dumps(told | {"name": "B"}), content_type="application/json", headers={"If-Match": one["ETag"]}
    )
    assert changed.json()["row"]["name"] == "B"
    assert client.get("/api/event-mappings").json()["total"] == 1
    assert client.delete(where).status_code == 204
    assert client.get(where).status_code == 404


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_costs_the_same_statements_for_one_and_for_fifty(
    organisation: CastOrganisation, alice: Actor, count: int
) -> None:
    for number in range(count):
        told = TableMapping(name=f"M {number}", header=HEADER)
        commands.add_event_mapping(told, unit_id=organisation.operations, actor=alice, now=NOON)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert queries.event_mappings(actor=alice).total == count
    assert len(seen) <= 3
    with CaptureQueriesContext(connection) as seen:
        assert len(queries.tables_for(organisation.operations, None).known) == count
    assert len(seen) <= 2


def sentences() -> Iterator[str]:
    """Every sentence that the engine says, read out of its calls."""
    for file in Path(tables.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in SAY and call.args:
                yield from (str(each.value) for each in call.args[:1] if isinstance(each, ast.Constant))


def test_every_sentence_of_the_engine_is_in_the_catalogue() -> None:
    assert set(sentences()) == set(SENTENCES)
    assert BadTable("a quote is opened and not closed").said.sentence in SENTENCES
