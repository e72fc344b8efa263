"""The register: added, changed, moved, seen by its unit alone, and its tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from burgrave.assets import commands as assets
from burgrave.assets.terms import AssetFacts, AssetType
from burgrave.incidents import queries as incidents
from burgrave.incidents.terms import FileFilter
from burgrave.intake import commands, models, queries
from burgrave.intake.errors import NameTaken, SourceStep, TooManyTokens, WrongKind
from burgrave.intake.handlers import on_event_file_received
from burgrave.intake.terms import LogSourceId, SourceKind, SourceState
from burgrave.intake.tests.house import facts_of
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
Tail = Callable[[], list[str]]
HOUR = timedelta(hours=1)


def view(source: LogSourceId, actor: Actor, *, at: Any = NOON) -> Any:
    return queries.log_source(source, actor=actor, now=at)


def test_a_source_is_added_changed_and_moved_each_on_record(
    organisation: CastOrganisation, alice: Actor, source: LogSourceId, ledger_tail: Tail
) -> None:
    server = assets.add_asset(
        AssetFacts(name="Gate", type=AssetType.DEVICE, unit_id=organisation.operations), actor=alice, now=NOON
    )
    before = view(source, alice).facts
    changed = replace(
        before, name=" Border ", product="ZEEK", silent_after=HOUR, asset_ids=(server,), owner_id=alice.person_id
    )
    commands.edit_log_source(source, changed, version=1, actor=alice, now=NOON)
    now_is = view(source, alice)
    assert (now_is.facts.name, now_is.facts.product, now_is.row.owner_name) == ("Border", "zeek", "Alice Amsel")
    assert now_is.assets == ((server, "Gate"),)
    commands.edit_log_source(source, now_is.facts, version=2, actor=alice, now=NOON)
    commands.move_log_source(source, SourceState.PAUSED, reason="", version=2, actor=alice, now=NOON)
    commands.move_log_source(source, SourceState.ACTIVE, reason="", version=3, actor=alice, now=NOON + HOUR)
    assert view(source, alice, at=NOON + HOUR).row.silent_from == NOON + 2 * HOUR
    assert ledger_tail()[1:] == ["intake.log_source_changed", "intake.log_source_moved", "intake.log_source_moved"]


def test_what_cannot_be_is_refused_with_its_reason(
    organisation: CastOrganisation, alice: Actor, source: LogSourceId, ledger_tail: Tail
) -> None:
    unit, facts = organisation.operations, view(source, alice).facts

    def add(**other: Any) -> None:
        commands.add_log_source(facts_of(other.pop("name", "X"), unit, **other), actor=alice, now=NOON)

    def edit(version: int = 1, **other: Any) -> None:
        commands.edit_log_source(source, replace(facts, **other), version=version, actor=alice, now=NOON)

    def move(to: SourceState, reason: str = "") -> None:
        commands.move_log_source(source, to, reason=reason, version=1, actor=alice, now=NOON)

    for refused, kind, words in (
        (lambda: add(name="Proxy"), NameTaken, "named Proxy already"),
        (lambda: add(name=" "), BadInput, "1 to 120"),
        (lambda: add(note="x" * 2_001), BadInput, "at most 2000"),
        (lambda: add(note="a\0b"), BadInput, "no database keeps"),
        (lambda: add(product="x" * 81), BadInput, "at most 80"),
        (lambda: add(place="x" * 301), BadInput, "at most 300"),
        (lambda: add(silent_after=timedelta(seconds=1)), BadInput, "a minute at least"),
        (lambda: add(close_after=timedelta(hours=1)), BadInput, "five minutes at most"),
        (lambda: add(asset_ids=tuple(uuid4() for _ in range(51))), BadInput, "at most 50 assets"),
        (lambda: add(asset_ids=(uuid4(),)), BadInput, "assets that you see"),
        (lambda: add(owner_id=uuid4()), BadInput, "a person of this organisation"),
        (lambda: add(kind=SourceKind.SYSLOG, place="udp://there:514"), BadInput, "an address such as"),
        (lambda: edit(kind=SourceKind.UPLOAD), WrongKind, "keeps its kind"),
        (lambda: edit(version=2), StaleEdit, "nothing was overwritten"),
        (lambda: move(SourceState.ACTIVE), SourceStep, "listened to does not become listened to"),
        (lambda: move(SourceState.RETIRED, " "), SourceStep, "with a reason"),
    ):
        with pytest.raises(kind, match=words):
            refused()
    move(SourceState.RETIRED, "sold")
    with pytest.raises(WrongKind, match="retired"):
        commands.make_source_token(source, expires_at=NOON + HOUR, actor=alice, now=NOON)
    assert ledger_tail() == ["intake.log_source_moved"]


def test_a_token_is_shown_once_follows_another_and_is_taken_back(
    alice: Actor, source: LogSourceId, ledger_tail: Tail
) -> None:
    def make(**given: Any) -> Any:
        return commands.make_source_token(
            source, **({"expires_at": NOON + 9 * HOUR, "actor": alice, "now": NOON} | given)
        )

    first = make()
    kept = models.SourceToken.objects.get()
    assert kept.token_hash == sha256(first.secret.encode()).hexdigest()
    assert first.secret.startswith(kept.hint)
    second = make(overlap=HOUR)
    kept.refresh_from_db()
    assert (kept.expires_at, kept.revoked_at) == (NOON + HOUR, None)
    third = make(overlap=timedelta(0))
    assert [each.works(NOON) for each in queries.tokens_of(source)].count(True) == 1
    commands.revoke_source_token(source, third.token_id, actor=alice, now=NOON)
    commands.revoke_source_token(source, third.token_id, actor=alice, now=NOON)
    assert not any(each.works(NOON) for each in queries.tokens_of(source))
    assert ledger_tail().count("intake.token_revoked") == 4
    for given, words in (
        ({"expires_at": NOON}, "in the past"),
        ({"expires_at": NOON + timedelta(days=400)}, "a year from now"),
        ({"overlap": timedelta(days=31)}, "30 days at most"),
    ):
        with pytest.raises(BadInput, match=words):
            make(**given)
    for _ in range(5):
        make()
    with pytest.raises(TooManyTokens, match="5 tokens"):
        make()
    with pytest.raises(NotFound):
        commands.revoke_source_token(source, uuid4(), actor=alice, now=NOON)
    assert second.secret != first.secret


def test_only_a_source_that_is_sent_over_http_has_tokens(organisation: CastOrganisation, alice: Actor) -> None:
    facts = facts_of("Journal", organisation.operations, kind=SourceKind.JOURNAL, place="_SYSTEMD_UNIT=ssh.service")
    journal = commands.add_log_source(facts, actor=alice, now=NOON)
    with pytest.raises(WrongKind, match="sent over HTTP"):
        commands.make_source_token(journal, expires_at=NOON + HOUR, actor=alice, now=NOON)


def test_bob_reads_and_changes_nothing_and_charlie_sees_nothing(
    organisation: CastOrganisation, bob: Actor, charlie: Actor, source: LogSourceId, ledger_tail: Tail
) -> None:
    assert [row.name for row in queries.log_sources(actor=bob)] == ["Proxy"]
    assert queries.log_sources(actor=charlie) == ()
    facts = view(source, bob).facts
    for actor, refusal in ((bob, Forbidden), (charlie, NotFound)):
        for act in (
            lambda who: commands.edit_log_source(source, facts, version=1, actor=who, now=NOON),
            lambda who: commands.move_log_source(source, SourceState.PAUSED, reason="", version=1, actor=who, now=NOON),
            lambda who: commands.make_source_token(source, expires_at=NOON + HOUR, actor=who, now=NOON),
        ):
            with pytest.raises(refusal):
                act(actor)
    with pytest.raises(NotFound):
        view(source, charlie)
    with pytest.raises(Forbidden):
        commands.add_log_source(facts_of("X", organisation.operations), actor=bob, now=NOON)
    assert ledger_tail() == []


@pytest.mark.parametrize("address", ["/log-sources/", "/api/log-sources"])
def test_a_list_asks_as_much_at_fifty_rows_as_at_one(
    address: str, organisation: CastOrganisation, alice: Actor, source: LogSourceId, client_of: ClientOf
) -> None:
    client = client_of(alice)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(49):
        commands.add_log_source(facts_of(f"S{number}", organisation.operations), actor=alice, now=NOON)
    with CaptureQueriesContext(connection) as many:
        assert b"S48" in client.get(address).content
    assert len(many) == len(few) <= 14


def test_the_list_is_narrowed_searched_and_exported(
    organisation: CastOrganisation, alice: Actor, source: LogSourceId, client_of: ClientOf
) -> None:
    quiet = facts_of("Quiet", organisation.sales, silent_after=HOUR, product="windows")
    commands.add_log_source(quiet, actor=alice, now=NOON)
    client = client_of(alice)
    for query, there, gone in (
        ("q=windows", "Quiet", "Proxy"),
        ("only=silent", "Quiet", "Proxy"),
        ("kind=syslog", "Nothing matches", "Proxy"),
        ("kind=absurd&state=x&unit=y", "Proxy", "Nothing matches"),
        (f"unit={organisation.operations}&state=active", "Proxy", "Quiet"),
    ):
        page = client.get(f"/log-sources/?{query}").content.decode()
        assert there in page, query
        assert f">{gone}</a>" not in page, query
    cells = list(commands.LIST.rows({"q": ["quiet"]}, alice, NOON + 2 * HOUR))
    assert [(each["name"], each["is_silent"], each["silent_after_seconds"]) for each in cells] == [
        ("Quiet", True, 3600)
    ]
    assert len(commands.LIST.ids({}, 9, alice, NOON)) == 2


def test_pages_add_edit_and_move_a_source_and_show_its_token_once(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    assert "Folder watched" in client.get("/log-sources/add/").content.decode()
    sent = {"name": "Proxy", "unit": organisation.operations, "silent_unit": "3600", "silent_after": "2"}
    assert client.post("/log-sources/add/?kind=http", sent | {"unit": ""}).status_code == 422
    made = client.post("/log-sources/add/?kind=http", sent | {"close_after": "2"})
    assert made.status_code == 302
    here = made["Location"].removesuffix("#connect")
    page = client.get(here).content.decode()
    assert "2 h" in page
    assert "no token yet" in page
    assert client.post("/log-sources/add/?kind=http", sent | {"close_after": "2"}).status_code == 409
    edited = {**sent, "close_after": "5", "silent_after": "90", "silent_unit": "60"}
    assert 'value="2"' in client.get(f"{here}edit/").content.decode()
    assert client.post(f"{here}edit/", edited).status_code == 422
    assert client.post(f"{here}edit/", edited | {"version": "1"}).status_code == 302
    assert client.post(f"{here}edit/", edited | {"version": "1"}).status_code == 409
    ends = (NOON + timedelta(days=1)).date()
    assert client.post(f"{here}token/", {"expires_on": str(ends)}).status_code == 422
    assert client.post(f"{here}token/", {"expires_on": "x"}).status_code == 422
    assert client.get(f"{here}token/").status_code == 200
    shown = client.post(f"{here}token/", {"expires_on": "2027-01-31", "overlap_hours": "1"})
    assert "bgi_" in shown.content.decode()
    token = models.SourceToken.objects.get()
    assert "works" in client.get(here).content.decode()
    assert client.post(f"{here}token/{token.pk}/revoke/").status_code == 302
    assert "revoked" in client.get(here).content.decode()
    assert client.post(f"{here}move/", {"to": "paused", "version": "2"}).status_code == 302
    assert client.post(f"{here}move/", {"to": "retired", "version": "3"}).status_code == 409
    assert client.post(f"{here}move/", {"to": "gone", "version": "3"}).status_code == 422


def test_the_api_does_what_the_pages_do(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    client, json = client_of(alice), "application/json"
    sent: dict[str, Any] = {
        "name": "Border",
        "unit_id": str(organisation.operations),
        "kind": "syslog",
        "place": "tls://127.0.0.1:6514/",
        "senders": "192.0.2.0/24",
        "silent_after_seconds": 600,
    }
    made = client.post("/api/log-sources", sent, content_type=json)
    assert (made.status_code, made.json()["place"]) == (201, "tls://127.0.0.1:6514")
    here = f"/api/log-sources/{made.json()['row']['log_source_id']}"
    assert client.put(here, sent, content_type=json).status_code == 428
    changed = client.put(here, sent | {"note": "x"}, content_type=json, headers={"If-Match": '"v1"'})
    assert (changed.json()["note"], changed["ETag"]) == ("x", '"v2"')
    paused = client.put(f"{here}/state", {"state": "paused"}, content_type=json, headers={"If-Match": '"v2"'})
    assert paused.json()["row"]["state"] == "paused"
    http = client.post("/api/log-sources", sent | {"kind": "http", "name": "H"}, content_type=json).json()
    tokens = f"/api/log-sources/{http['row']['log_source_id']}/tokens"
    ends = {"expires_at": "2027-01-31T00:00:00Z", "overlap_seconds": 60}
    assert client.post(tokens, ends, content_type=json, headers={"Idempotency-Key": "k"}).status_code == 422
    token = client.post(tokens, ends, content_type=json).json()
    assert [each["token_id"] for each in client.get(tokens).json()] == [token["token_id"]]
    assert client.delete(f"{tokens}/{token['token_id']}").status_code == 204
    files = client.post(
        "/api/log-sources", sent | {"kind": "upload", "name": "U", "place": ""}, content_type=json
    ).json()
    assert client.get(f"/api/log-sources/{files['row']['log_source_id']}/stream").status_code == 409
    found = client.get("/api/log-sources?q=border&kind=syslog&state=paused").json()
    assert [each["name"] for each in found["rows"]] == ["Border"]
    assert client_of(charlie).get("/api/log-sources").status_code == 403
    assert client_of(charlie).get(here).status_code == 404


def test_a_file_is_handed_in_for_a_source_which_was_heard_then(
    organisation: CastOrganisation, alice: Actor, bob: Actor, client_of: ClientOf
) -> None:
    facts = facts_of("Exports", organisation.operations, kind=SourceKind.UPLOAD, product="linux", service="sshd")
    source = commands.add_log_source(facts, actor=alice, now=NOON)
    client = client_of(bob)
    assert "Exports" in client.get("/events/").content.decode()
    file = SimpleUploadedFile("a.jsonl", b'{"message": "x"}\n')
    assert client.post("/events/upload/", {"source": str(source), "file": file}).status_code == 302
    row = incidents.event_files(FileFilter(log_source_id=source), actor=bob).rows[0]
    assert (row.sigma, row.unit_id) == ("linux / sshd", organisation.operations)
    assert "linux / sshd" in client.get(f"/events/{row.event_file_id}/").content.decode()
    for wrong in ("x", str(uuid4())):
        file = SimpleUploadedFile("b.jsonl", b'{"message": "y"}\n')
        assert client.post("/events/upload/", {"source": wrong, "file": file}).status_code == 422

    class Record:
        at = NOON + HOUR
        body = {"log_source_id": str(source), "segment_id": None}

    on_event_file_received(Record())  # type: ignore[arg-type]  # all that is read of it
    assert view(source, alice).row.last_heard_at == NOON + HOUR
    Record.at = NOON
    on_event_file_received(Record())  # type: ignore[arg-type]  # as above
    assert view(source, alice).row.last_heard_at == NOON + HOUR
