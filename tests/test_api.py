"""The whole API as an outsider meets it: its description, a client generated from that, and random requests."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from django.utils import timezone

import make_client
from burgrave.people import commands
from burgrave.people.tests_cast import CastOrganisation
from burgrave.site.api import api
from burgrave.web.rest.problems import MEDIA_TYPE
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]

EXAMPLES = int(os.environ.get("BURGRAVE_API_EXAMPLES", "3"))
"""Random requests to each operation."""


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


@pytest.mark.parametrize(("method", "path", "operation"), list(operations()), ids=lambda each: str(each)[:60])
def test_an_operation_says_what_it_does_and_every_refusal(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation.get("description"), f"{method} {path} has no sentence that says what it does"
    assert operation.get("tags"), f"{method} {path} belongs to no chapter"
    refused = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
    assert {400, 401, 403, 404, 422, 429} <= {int(status) for status in refused}
    assert all(MEDIA_TYPE in answer["content"] for answer in refused.values())


LIST_GIVEN = re.compile(r"response=list\[.*?\n(?=@|class |\Z|def _)", re.DOTALL)


def test_a_list_is_never_given_as_a_tuple() -> None:
    # The framework takes a tuple of two for a status and an answer, so that a list of exactly two would fail.
    sources = Path(make_client.__file__).resolve().parents[1] / "src" / "burgrave"
    given = [
        operation
        for path in (*sources.glob("*/api.py"), *sources.glob("*/api/*.py"))
        for operation in LIST_GIVEN.findall(path.read_text("utf-8"))
    ]
    assert len(given) > 10
    assert [each for each in given if not re.search(r"return (?:list\(|\[|_upload\()", each)] == []


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _method, _path, operation in operations()]
    assert len(names) == len(set(names))


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package ``burgrave_client``, generated from the description."""
    folder = tmp_path_factory.mktemp("client")
    root = Path(__file__).parent.parent
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    made = subprocess.run(
        [sys.executable, str(root / "tools" / "make_client.py"), str(folder / "burgrave_client")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


@pytest.mark.one_round
def test_a_generated_client_reads_and_decides(
    generated: Path, live_server: Any, alice: Actor, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(generated))
    clients = importlib.import_module("burgrave_client")
    alerts = importlib.import_module("burgrave_client.api.incidents.incidents_alerts")
    cookies = {name: morsel.value for name, morsel in client_of(alice).cookies.items()}
    with clients.Client(base_url=live_server.url, cookies=cookies) as client:
        found = alerts.sync_detailed(client=client)
    assert (found.status_code, found.parsed.total) == (200, 0)
    now = timezone.now()
    made = commands.make_token(
        name="Client",
        permissions=frozenset({"incidents.read"}),
        unit_id=None,
        expires_at=now + timedelta(days=1),
        actor=alice,
        now=now,
    )
    with clients.AuthenticatedClient(base_url=live_server.url, token=made.secret) as client:
        found = alerts.sync_detailed(client=client)
    assert (found.status_code, found.parsed.total) == (200, 0)
    commands.revoke_token(made.token_id, actor=alice, now=timezone.now())
    with clients.AuthenticatedClient(base_url=live_server.url, token=made.secret) as client:
        replayed = alerts.sync_detailed(client=client)
    assert (int(replayed.status_code), replayed.parsed.status) == (401, 401)
    with clients.Client(base_url=live_server.url) as client:
        stranger = alerts.sync_detailed(client=client)
    assert (int(stranger.status_code), stranger.parsed.status) == (401, 401)


@contextmanager
def one_connection() -> Iterator[None]:
    """No request closes the connection on which the test's transaction runs."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
]


EVERYBODYS = frozenset(
    {
        "/api/people/tokens",
        "/api/people/explain",
        "/api/people/delegations",
        "/api/notifications",
        "/api/notifications/unread",
        "/api/notifications/read",
        "/api/notifications/preferences",
        "/api/policies/duties",
        "/api/calendar",
    }
)
"""What everybody who is signed in may ask: about themselves."""


def knock_at_everything(
    headers: dict[str, str], cookies: dict[str, str], *, examples: int, besides: frozenset[str] = frozenset()
) -> Counter[int]:
    """Random requests to every operation; each answer must be as described. Counts the statuses."""
    description: dict[str, Any] = make_client.description()
    description["components"].pop("securitySchemes", None)  # who knocks is said by the headers alone
    for path in besides:
        del description["paths"][path]
    for methods in description["paths"].values():
        for operation in methods.values():
            operation.pop("security", None)
    schema = schemathesis.openapi.from_dict(description)
    schema.app = WSGIHandler()
    seen: Counter[int] = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()

        @hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
        def knock(case: Any) -> None:
            cache.clear()  # so that the limit of a minute refuses nothing here
            with transaction.atomic():
                answer = case.call(headers=headers, cookies=cookies)
                transaction.set_rollback(True)
            case.validate_response(answer, checks=CHECKS)
            seen[answer.status_code] += 1

        with one_connection():
            knock()
    return seen


def worn(client: Client) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and the cookies of a signed-in browser."""
    client.get("/me/")
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    return {"X-CSRFToken": cookies["csrftoken"]}, cookies


def test_random_requests_of_an_owner_meet_no_failure(alice: Actor, client_of: ClientOf) -> None:
    seen = knock_at_everything(*worn(client_of(alice)), examples=EXAMPLES)
    assert seen[200] > 0
    assert not {status for status in seen if status >= 500}


@pytest.mark.one_round
def test_random_requests_of_a_stranger_meet_no_failure_and_open_nothing(charlie: Actor, client_of: ClientOf) -> None:
    seen = knock_at_everything(*worn(client_of(charlie)), examples=EXAMPLES, besides=EVERYBODYS)
    assert set(seen) <= {400, 403, 404, 409, 413, 415, 422, 428}, seen
    assert seen[403] > 0


@pytest.mark.one_round
def test_random_requests_of_nobody_are_all_refused(organisation: CastOrganisation) -> None:
    assert set(knock_at_everything({}, {}, examples=3)) <= {400, 401, 404}
