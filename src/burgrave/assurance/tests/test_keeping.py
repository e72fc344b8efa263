from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from burgrave.assurance import commands, errors, queries
from burgrave.assurance.tests.shelf import CASE, NOON, keep, store
from burgrave.engines.blobs import Digest
from burgrave.ledger import queries as ledger
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, system_actor


def test_kept_bytes_are_found_by_their_subject_and_recorded_by_their_digest(organisation: Any, bob: Actor) -> None:
    evidence_id = keep(b"found", unit_id=organisation.operations, actor=bob)
    (row,) = queries.evidence_of(CASE)
    assert (row.evidence_id, row.sha256, row.size_bytes) == (evidence_id, sha256(b"found").hexdigest(), 5)
    assert (row.name, row.kept_by, row.unit_name) == ("report.txt", bob.name, "Operations")
    (record,) = ledger.history(CASE)
    facts = {fact.name: fact.value for fact in record.facts}
    assert record.kind == "assurance.evidence_kept"
    assert (facts["sha256"], facts["name"]) == (row.sha256, "report.txt")
    assert b"report.txt" not in record.leaf
    assert ledger.history(f"assurance.evidence:{evidence_id}") == (record,)


def test_bytes_that_are_not_stored_are_no_evidence(organisation: Any, bob: Actor) -> None:
    words = {
        "name": "a",
        "media_type": "text/plain",
        "unit_id": organisation.operations,
        "subject": CASE,
        "actor": bob,
        "now": NOON,
    }
    with pytest.raises(errors.BytesMissing, match="no bytes with the SHA-256 0000"):
        commands.keep(Digest("0" * 64, 1), **words)
    digest = store(b"abc")
    with pytest.raises(errors.BytesMissing, match="3 bytes are stored"):
        commands.keep(Digest(digest.sha256, 4), **words)
    assert ledger.pending_count() == 0


def test_a_period_that_ends_before_it_begins_is_refused(organisation: Any, bob: Actor) -> None:
    with pytest.raises(errors.BadPeriod, match="must end after it begins"):
        keep(b"x", unit_id=organisation.root, actor=bob, effective_from=NOON, effective_to=NOON)
    keep(b"x", unit_id=organisation.root, actor=bob, effective_from=NOON, effective_to=NOON + timedelta(days=1))


def test_charlie_and_other_units_find_nothing(organisation: Any, alice: Actor, bob: Actor, charlie: Actor) -> None:
    evidence_id = keep(b"x", unit_id=organisation.sales, actor=alice)
    assert queries.evidence(evidence_id, actor=alice).name == "report.txt"
    for stranger in (bob, charlie):
        with pytest.raises(NotFound):
            queries.evidence(evidence_id, actor=stranger)
        with pytest.raises(NotFound):
            queries.open_evidence(evidence_id, actor=stranger)
        assert queries.evidence_list(actor=stranger).total == 0


@pytest.mark.parametrize("count", [1, 50])
def test_a_list_takes_a_fixed_number_of_queries(
    organisation: Any, alice: Actor, django_assert_num_queries: Any, count: int
) -> None:
    for number in range(count):
        keep(str(number).encode(), unit_id=organisation.root, actor=alice)
    with django_assert_num_queries(2):
        assert len(queries.evidence_list(actor=alice).rows) == count
    with django_assert_num_queries(1):
        assert len(queries.evidence_of(CASE)) == count


def test_the_list_is_searched_by_name_subject_and_digest(organisation: Any, alice: Actor) -> None:
    keep(b"x", unit_id=organisation.root, actor=alice, name="Firewall.log")
    keep(b"y", unit_id=organisation.root, actor=alice, subject="incidents.case:8")

    def names(text: str) -> list[str]:
        return [row.name for row in queries.evidence_list(actor=alice, text=text).rows]

    assert names("firewall") == ["Firewall.log"]
    assert names("incidents.case:8") == ["report.txt"]
    assert names(sha256(b"x").hexdigest().upper()) == ["Firewall.log"]
    assert names("nothing") == []


def test_jobs_read_the_bytes_where_they_stand(organisation: Any, alice: Actor) -> None:
    evidence_id = keep(b"x", unit_id=organisation.root, actor=alice)
    path = queries.evidence_path(evidence_id)
    assert path.read_bytes() == b"x"
    path.unlink()
    with pytest.raises(errors.BytesMissing, match="not in the store"):
        queries.evidence_path(evidence_id)
    with pytest.raises(NotFound):
        queries.evidence_path(organisation.root)


@pytest.mark.parametrize("checked_first", [True, False], ids=["checked first", "checked on the way"])
def test_damaged_bytes_are_not_given_out_whole(
    organisation: Any, alice: Actor, monkeypatch: pytest.MonkeyPatch, *, checked_first: bool
) -> None:
    if not checked_first:
        monkeypatch.setattr(queries, "CHECKED_FIRST_BYTES", 0)
    evidence_id = keep(b"original", unit_id=organisation.root, actor=alice)
    row = queries.evidence(evidence_id, actor=alice)
    assert b"".join(queries.content(row.sha256, size_bytes=8)) == b"original"
    path = queries.evidence_path(evidence_id)
    path.chmod(0o600)
    path.write_bytes(b"0riginal")
    with pytest.raises(Exception, match="have the SHA-256"):
        list(queries.content(row.sha256, size_bytes=8))
    path.write_bytes(b"longer than before")
    with pytest.raises(errors.EvidenceDamaged, match="no longer what was received"):
        list(queries.content(row.sha256, size_bytes=8))
    path.unlink()
    with pytest.raises(errors.BytesMissing):
        list(queries.content(row.sha256, size_bytes=8))


def test_orphans_are_swept_and_evidence_is_not(organisation: Any, home: Path) -> None:
    now = datetime.now(tz=UTC)
    keep(b"kept", unit_id=organisation.root, actor=system_actor())
    orphan, young = store(b"orphan"), store(b"young orphan")
    half = queries.store().writer()
    half.write(b"half an upload")
    old = (now - timedelta(days=2)).timestamp()
    for path in (home / "files").rglob("*"):
        if path.is_file() and path.name != young.sha256:
            os.utime(path, (old, old))

    assert commands.sweep_orphans(now=now) == 2

    assert not queries.store().exists(orphan.sha256)
    assert queries.store().exists(young.sha256)
    assert queries.store().exists(sha256(b"kept").hexdigest())
    assert list(queries.store().incoming()) == []
    half.discard()
