"""Checkpoints, the comparison of two, and the verification of one record, as a reader of the ledger sees them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from burgrave.custody import commands as custody
from burgrave.custody.models import Anchor
from burgrave.custody.terms import AnchorKind
from burgrave.ledger import commands, queries
from burgrave.ledger.terms import OpeningsErased, Sealed
from burgrave.web.terms import Actor, system_actor

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WITNESS = "witness.example/w1+5b7a3e6d+BFSuwLHMDXkcMcDTxVVfUAHmAdqhDk6t0AYkb8IKbNOR"


@pytest.fixture
def sealed(db: None, tmp_path: Path, settings: Any) -> None:
    """Three checkpoints, of two, four and six records."""
    settings.BURGRAVE_HOME = tmp_path
    custody.ensure_log_key(home=tmp_path, passphrase=None)
    for _ in range(3):
        with transaction.atomic():
            record = OpeningsErased(about="house.door:1", record_ids=(), reason=Sealed("asked"))
            commands.append_all([record, record], actor=system_actor(), at=NOON)
        custody.seal(now=NOON)


@pytest.fixture
def reader(client_of: Callable[[Actor], Client], dora: Actor) -> Client:
    return client_of(dora)


def sql(statement: str, *values: str | int) -> None:
    commands.disarm_guards(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount > 0
    commands.install_guards(connection)


def test_checkpoints_are_listed_with_their_signatures_and_who_holds_them(sealed: None, reader: Client) -> None:
    Anchor.objects.create(kind=AnchorKind.WITNESS, name="witness.example/w1", size=4)
    page = reader.get("/ledger/checkpoints/").content.decode()
    assert page.count("holds</") == 3
    assert "does not hold" not in page
    assert page.count("witness.example/w1") == 2, "it holds the checkpoints of two and of four records"
    assert page.count("nobody yet") == 1


def test_a_checkpoint_of_another_key_does_not_hold(sealed: None, reader: Client) -> None:
    sql("UPDATE ledger_checkpoint SET note = (SELECT note FROM ledger_checkpoint WHERE size = 2) WHERE size = 4")
    page = reader.get("/ledger/checkpoints/").content.decode()
    assert page.count("does not hold") == 1


def test_checkpoints_are_cut_into_stretches(sealed: None, reader: Client) -> None:
    page = reader.get("/ledger/checkpoints/?before=4").content.decode()
    assert page.count("holds</") == 1


def test_the_list_of_checkpoints_takes_a_fixed_number_of_queries(sealed: None, reader: Client) -> None:
    reader.get("/ledger/checkpoints/")
    counts = []
    for before in ("4", "99"):
        with CaptureQueriesContext(connection) as asked:
            reader.get(f"/ledger/checkpoints/?before={before}")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 12


def test_nothing_signed_teaches(db: None, reader: Client, tmp_path: Path, settings: Any) -> None:
    settings.BURGRAVE_HOME = tmp_path
    custody.ensure_log_key(home=tmp_path, passphrase=None)
    assert "Nothing is signed yet" in reader.get("/ledger/checkpoints/").content.decode()


def test_two_checkpoints_are_compared(sealed: None, reader: Client) -> None:
    page = reader.get("/ledger/growth/?old=2&new=6").content.decode()
    assert "continues the one of 2" in page
    for each in queries.growth(2, 6).path:
        assert each.hex()[:12] in page
    assert "No hash is needed" in reader.get("/ledger/growth/?old=6&new=6").content.decode()
    assert reader.get("/ledger/growth/").headers["Location"] == "/ledger/checkpoints/"


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ("old=6&new=2", 422, "does not continue one of 6"),
        ("old=3&new=6", 404, "no checkpoint of 3 entries"),
        ("old=3&new=99999999999999999999999999", 422, "two numbers of records are expected"),
        ("old=&new=x", 422, "two numbers of records are expected"),
    ],
)
def test_what_cannot_be_compared_says_why(sealed: None, reader: Client, asked: str, status: int, sentence: str) -> None:
    answer = reader.get(f"/ledger/growth/?{asked}")
    assert answer.status_code == status
    assert sentence in answer.content.decode()


def test_a_past_that_was_rewritten_is_named_where_two_checkpoints_are_compared(sealed: None, reader: Client) -> None:
    sql("UPDATE ledger_checkpoint SET note = (SELECT note FROM ledger_checkpoint WHERE size = 2) WHERE size = 4")
    answer = reader.get("/ledger/growth/?old=4&new=6")
    assert answer.status_code == 409
    assert "Fork" in answer.content.decode()
    (note,) = (row.note for row in queries.checkpoints()[0] if row.size == 2)
    sql("UPDATE ledger_checkpoint SET note = %s WHERE size = 2", note.replace("— ", "— x"))
    assert "ForeignKey" in reader.get("/ledger/growth/?old=2&new=6").content.decode()


def test_one_record_is_verified_at_one_click(sealed: None, reader: Client, settings: Any) -> None:
    page = reader.get("/ledger/3/verification/").content.decode()
    assert "leads from the leaf to the root of all 6 records" in page
    assert "Nothing outside holds this record yet" in page
    assert reader.get("/ledger/6/verification/").status_code == 404
    assert reader.get("/ledger/99999999999999999999999/verification/").status_code == 404


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE ledger_entry SET kind = 'house.door_closed' WHERE position = 3", "ColumnEdited"),
        ("UPDATE ledger_opening SET value = 'never asked'", "OpeningEdited"),
        (
            "UPDATE ledger_entry SET leaf = (SELECT leaf FROM ledger_entry WHERE position = 0) WHERE position = 3",
            "Fork",
        ),
    ],
)
def test_a_record_that_was_changed_is_named(sealed: None, reader: Client, statement: str, fault: str) -> None:
    sql(statement)
    answer = reader.get("/ledger/3/verification/")
    assert answer.status_code == 409
    assert fault in answer.content.decode()
