from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from burgrave.assurance import commands, errors, queries
from burgrave.assurance.terms import BundleRow
from burgrave.assurance.tests.shelf import CASE, NOON, keep
from burgrave.custody import queries as keys
from burgrave.engines.evidence import BundleError, verify_bundle
from burgrave.ledger import commands as ledger_commands
from burgrave.ledger import queries as ledger
from burgrave.web.errors import Forbidden, NotFound
from burgrave.web.terms import Actor

OTHER = "incidents.alert:3"


def issue(organisation: Any, actor: Actor, *, subjects: tuple[str, ...] = (CASE, OTHER)) -> BundleRow:
    return commands.issue_bundle(
        subjects=subjects, title="INC-2026-0007 Odd logons", unit_id=organisation.operations, actor=actor, now=NOON
    )


@pytest.fixture
def evidence(organisation: Any, bob: Actor) -> None:
    keep(b"first" * 1000, unit_id=organisation.operations, actor=bob, name="auth.log")
    keep(b"second", unit_id=organisation.operations, actor=bob, subject=OTHER, name="../../日志.txt")
    keep(b"unrelated", unit_id=organisation.operations, actor=bob, subject="incidents.case:8")


@pytest.mark.usefixtures("evidence")
def test_the_bundle_verifies_with_nothing_but_the_fingerprint(organisation: Any, alice: Actor) -> None:
    row = issue(organisation, alice)
    path = queries.store().path(row.sha256)
    verification = verify_bundle(path, fingerprint=keys.fingerprint())
    verification.must_hold()
    names = [item.name for item in verification.items]
    assert "document auth.log" in names
    assert sum(name.startswith("document") for name in names) == row.documents == 2
    assert sum(name.startswith("record") for name in names) == row.records == 2
    assert row.file_name == "INC-2026-0007-Odd-logons-3.zip"
    assert queries.bundles_of(OTHER) == (row,)
    assert row.subjects == (CASE, OTHER)


@pytest.mark.usefixtures("evidence")
def test_any_changed_byte_makes_it_fail(organisation: Any, alice: Actor, tmp_path: Path) -> None:
    row = issue(organisation, alice)
    content = queries.store().path(row.sha256).read_bytes()
    chance = random.Random(7)
    for place in chance.sample(range(len(content)), 60):
        changed = bytearray(content)
        changed[place] ^= 1 << chance.randrange(8)
        (tmp_path / "changed.zip").write_bytes(changed)
        with pytest.raises(BundleError):
            verify_bundle(tmp_path / "changed.zip", fingerprint=keys.fingerprint()).must_hold()


@pytest.mark.usefixtures("evidence")
def test_issuing_is_recorded_with_the_digest_of_the_zip(organisation: Any, alice: Actor) -> None:
    row = issue(organisation, alice)
    record = ledger.history(CASE)[0]
    facts = {fact.name: fact.value for fact in record.facts}
    assert record.kind == "assurance.bundle_issued"
    assert (facts["sha256"], facts["tree_size"], facts["title"]) == (row.sha256, "3", "INC-2026-0007 Odd logons")
    assert ledger.history(f"assurance.bundle:{row.bundle_id}") == (record,)


@pytest.mark.usefixtures("evidence")
def test_a_second_bundle_holds_the_record_of_the_first(organisation: Any, alice: Actor) -> None:
    first, second = issue(organisation, alice), issue(organisation, alice)
    assert second.records == first.records + 1
    assert set(queries.bundles_of(CASE)) == {first, second}


@pytest.mark.usefixtures("evidence")
def test_erased_openings_leave_the_bundle_verifiable(organisation: Any, alice: Actor, bob: Actor) -> None:
    ledger_commands.erase_openings(subject=CASE, reason="asked", actor=bob, now=NOON)
    row = issue(organisation, alice)
    verify_bundle(queries.store().path(row.sha256), fingerprint=keys.fingerprint()).must_hold()


def test_bytes_kept_twice_go_in_once(organisation: Any, alice: Actor) -> None:
    for name in ("a.txt", "b.txt"):
        keep(b"same", unit_id=organisation.operations, actor=alice, name=name)
    row = issue(organisation, alice, subjects=(CASE,))
    assert (row.records, row.documents) == (2, 1)


def test_nothing_to_bundle_is_said(organisation: Any, alice: Actor) -> None:
    with pytest.raises(errors.NothingToBundle, match=r"no record is about incidents\.case:7"):
        issue(organisation, alice, subjects=(CASE,))


def test_a_damaged_document_is_not_bundled(organisation: Any, alice: Actor, home: Path) -> None:
    evidence_id = keep(b"original", unit_id=organisation.operations, actor=alice)
    path = queries.evidence_path(evidence_id)
    path.chmod(0o600)
    path.write_bytes(b"0riginal")
    with pytest.raises(errors.BundleRefused, match="was not issued"):
        issue(organisation, alice, subjects=(CASE,))
    assert list((home / "files" / "incoming").iterdir()) == []
    assert queries.bundles_of(CASE) == ()


@pytest.mark.usefixtures("evidence")
def test_charlie_may_not_export_and_leaves_no_record(organisation: Any, charlie: Actor) -> None:
    with pytest.raises(Forbidden, match=r"assurance\.export"):
        issue(organisation, charlie)
    assert {row.kind for row in ledger.history(CASE)} == {"assurance.evidence_kept"}


def test_documents_of_a_unit_without_permission_are_never_left_out_silently(
    organisation: Any, alice: Actor, bob: Actor
) -> None:
    keep(b"x", unit_id=organisation.sales, actor=alice)
    exporter = replace(bob, allowed={**bob.allowed, "assurance.export": frozenset({organisation.operations})})
    with pytest.raises(Forbidden, match="may not export 1 of the 1 documents"):
        issue(organisation, exporter, subjects=(CASE,))


@pytest.mark.usefixtures("evidence")
def test_a_bundle_is_seen_only_in_its_unit(organisation: Any, alice: Actor, charlie: Actor) -> None:
    row = issue(organisation, alice)
    assert queries.bundle(row.bundle_id, actor=alice) == row
    assert queries.bundle_list(actor=alice).rows == (row,)
    with pytest.raises(NotFound):
        queries.bundle(row.bundle_id, actor=charlie)
    assert queries.bundle_list(actor=charlie).total == 0
