"""Custody over the API: the verification of a record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from burgrave.custody import commands as custody
from burgrave.ledger import commands, queries
from burgrave.ledger.terms import OpeningsErased, Sealed
from burgrave.web.terms import Actor


@pytest.fixture
def reader(client_of: Callable[[Actor], Client], dora: Actor) -> Client:
    return client_of(dora)


def asked(client: Client, address: str, status: int = 200) -> Any:
    answer = client.get(f"/api/ledger{address}")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_one_record_is_verified_with_the_key_of_the_installation(
    reader: Client, alice: Actor, tmp_path: Path, settings: Any
) -> None:
    settings.BURGRAVE_HOME = tmp_path
    custody.ensure_log_key(home=tmp_path, passphrase=None)
    at = datetime(2026, 3, 2, tzinfo=UTC)
    with transaction.atomic():
        commands.append(OpeningsErased(about="house.door:1", record_ids=(), reason=Sealed("x")), actor=alice, at=at)
    custody.seal(now=at)
    position = queries.head().size - 1
    verified = asked(reader, f"/records/{position}/verification")
    assert (verified["position"], verified["openings"], verified["erased"]) == (position, 2, 0)
    commands.disarm_guards(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_entry SET kind = 'house.door_closed' WHERE position = %s", (position,))
    commands.install_guards(connection)
    problem = asked(reader, f"/records/{position}/verification", 409)
    assert problem["type"].endswith("column-edited")
