from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from burgrave.assurance import commands, queries
from burgrave.assurance.terms import BundleRow
from burgrave.assurance.tests.shelf import CASE, NOON, keep
from burgrave.custody import commands as custody
from burgrave.custody import queries as keys
from burgrave.engines.evidence import verify_bundle
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]


@pytest.fixture
def reader(client_of: ClientOf, dora: Actor) -> Client:
    return client_of(dora)


@pytest.fixture
def issued(organisation: Any, alice: Actor) -> BundleRow:
    keep(b"log line", unit_id=organisation.operations, actor=alice, name="auth.log")
    return commands.issue_bundle(
        subjects=(CASE,), title="INC-2026-0007", unit_id=organisation.operations, actor=alice, now=NOON
    )


def body(response: Any) -> bytes:
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response)


def test_the_original_bytes_come_back_and_no_browser_runs_them(organisation: Any, alice: Actor, reader: Client) -> None:
    content = b"<script>alert(1)</script>"
    name = 'x"\r\nSet-Cookie: a=b/../日志.html'
    evidence_id = keep(content, unit_id=organisation.root, actor=alice, name=name, media_type="text/html")
    response = reader.get(f"/evidence/{evidence_id}/download/")
    assert body(response) == content
    headers = response.headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Length"] == str(len(content))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert headers["Content-Disposition"].startswith("attachment; filename*=utf-8''x___Set-Cookie")
    assert "/" not in headers["Content-Disposition"].removeprefix("attachment; filename*=utf-8''")


@pytest.mark.parametrize("name", ["..", "///", " . ", "\x00\x1b"])
def test_a_name_that_is_none_becomes_one(organisation: Any, alice: Actor, reader: Client, name: str) -> None:
    evidence_id = keep(b"x", unit_id=organisation.root, actor=alice, name=name)
    response = reader.get(f"/evidence/{evidence_id}/download/")
    assert body(response) == b"x"
    assert response.headers["Content-Disposition"] in {
        'attachment; filename="file"',
        'attachment; filename="___"',
        "attachment; filename*=utf-8''%E2%90%80_",
    }


def test_a_damaged_file_is_refused_with_a_sentence(organisation: Any, alice: Actor, reader: Client) -> None:
    evidence_id = keep(b"original", unit_id=organisation.root, actor=alice)
    path = queries.evidence_path(evidence_id)
    path.chmod(0o600)
    path.write_bytes(b"0riginal")
    response = reader.get(f"/evidence/{evidence_id}/download/")
    assert response.status_code == 409
    assert "no longer what was received" in response.content.decode()


def test_the_list_takes_as_many_queries_for_50_rows_as_for_one(organisation: Any, alice: Actor, reader: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert reader.get("/evidence/").status_code == 200
        return len(asked)

    keep(b"0", unit_id=organisation.root, actor=alice)
    count()
    with_one = count()
    for number in range(1, 50):
        keep(str(number).encode(), unit_id=organisation.root, actor=alice)
    assert count() == with_one


def test_the_pages_lead_from_the_list_to_the_file(issued: BundleRow, reader: Client) -> None:
    (evidence,) = queries.evidence_of(CASE)
    assert f'href="/evidence/{evidence.evidence_id}/"' in reader.get("/evidence/").content.decode()
    record = reader.get(f"/evidence/{evidence.evidence_id}/").content.decode()
    assert f'href="/evidence/{evidence.evidence_id}/download/"' in record
    assert "Evidence kept" in record
    assert evidence.sha256 in record
    assert f'href="/evidence/bundles/{issued.bundle_id}/"' in reader.get("/evidence/bundles/").content.decode()
    page = reader.get(f"/evidence/bundles/{issued.bundle_id}/").content.decode()
    assert keys.fingerprint() in page
    assert f'href="/evidence/bundles/{issued.bundle_id}/download/"' in page
    assert "nothing" in reader.get("/evidence/?q=zzz").content.decode().lower()


def test_the_downloaded_bundle_verifies(issued: BundleRow, reader: Client, home: Any) -> None:
    response = reader.get(f"/evidence/bundles/{issued.bundle_id}/download/")
    assert response.headers["Content-Disposition"] == 'attachment; filename="INC-2026-0007-1.zip"'
    (home / "downloaded.zip").write_bytes(body(response))
    verify_bundle(home / "downloaded.zip", fingerprint=keys.fingerprint()).must_hold()


def test_the_public_key_is_shown_and_downloaded(reader: Client, home: Any) -> None:
    custody.ensure_log_key(home=home, passphrase=None)
    assert keys.fingerprint() in reader.get("/evidence/key/").content.decode()
    assert reader.get("/evidence/key/pem/").content.startswith(b"-----BEGIN PUBLIC KEY-----")
    assert reader.get("/evidence/key/vkey/").content.decode() == keys.verifier().text() + "\n"
    assert reader.get("/evidence/key/private/").status_code == 404


def test_empty_lists_teach(reader: Client) -> None:
    assert "No evidence yet" in reader.get("/evidence/").content.decode()
    assert "No bundle yet" in reader.get("/evidence/bundles/").content.decode()


def test_charlie_and_other_units_get_nothing(
    issued: BundleRow, organisation: Any, alice: Actor, bob: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    (evidence,) = queries.evidence_of(CASE)
    elsewhere = keep(b"other", unit_id=organisation.sales, actor=alice)
    stranger, responder = client_of(charlie), client_of(bob)
    for address in ("/evidence/", "/evidence/bundles/", "/evidence/key/", "/evidence/key/pem/"):
        assert stranger.get(address).status_code == 403
    for address in (
        f"/evidence/{evidence.evidence_id}/",
        f"/evidence/{evidence.evidence_id}/download/",
        f"/evidence/bundles/{issued.bundle_id}/",
        f"/evidence/bundles/{issued.bundle_id}/download/",
    ):
        assert stranger.get(address).status_code == 404
        assert responder.get(address).status_code == 200
    assert responder.get(f"/evidence/{elsewhere}/download/").status_code == 404
    assert responder.get(f"/evidence/{uuid4()}/").status_code == 404
