"""A source of Operations that is sent over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from burgrave.intake import commands
from burgrave.intake.tests.house import Send, facts_of
from burgrave.people.tests_cast import NOON

if TYPE_CHECKING:
    from pathlib import Path

    from burgrave.intake.terms import LogSourceId
    from burgrave.people.tests_cast import CastOrganisation
    from burgrave.web.terms import Actor


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.BURGRAVE_HOME = tmp_path
    settings.BURGRAVE_BLOBS = tmp_path / "files"
    settings.BURGRAVE_RULES = tmp_path / "rules"
    return tmp_path


@pytest.fixture
def source(organisation: CastOrganisation, alice: Actor) -> LogSourceId:
    return commands.add_log_source(facts_of("Proxy", organisation.operations), actor=alice, now=NOON)


@pytest.fixture
def token(source: LogSourceId, alice: Actor) -> str:
    now = timezone.now()
    return commands.make_source_token(source, expires_at=now + timedelta(days=1), actor=alice, now=now).secret


@pytest.fixture
def send(source: LogSourceId, token: str, settings: Any, tmp_path: Path) -> Send:
    settings.BURGRAVE_SPOOL = tmp_path / "spool"
    settings.BURGRAVE_SPOOL_FREE_BYTES = 1

    def post(body: bytes, *, key: str = "", with_token: str = token, to: Any = source, **headers: str) -> Any:
        headers = {"Authorization": f"Bearer {with_token}", **headers}
        if key:
            headers["Idempotency-Key"] = key
        return Client().post(f"/intake/{to}/", body, content_type="application/x-ndjson", headers=headers)

    return post
