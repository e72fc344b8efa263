"""What an honest bundle is."""

import io
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.engines import merkle
from burgrave.engines.canonical import canonical_json, parse_canonical
from burgrave.engines.evidence import (
    FORMAT,
    BundleDocument,
    BundleError,
    BundleRecord,
    Item,
    Opening,
    Verification,
    commit,
    verify_bundle,
    write_bundle,
)
from burgrave.engines.evidence import archive as archive_module
from burgrave.engines.evidence import write as write_module
from burgrave.engines.evidence.manifest import plain_json, safe_name
from burgrave.engines.evidence.tests.casebook import (
    CASE,
    CONTENT,
    FOREIGN,
    KEY,
    LOG,
    NOON,
    OPENING,
    OTHER_CASE,
    REPORT,
    SALT,
    Log,
    bundle,
    digest,
    document,
    faults,
    leaf,
    parts_of,
)
from burgrave.engines.note import sign_note

pytestmark = pytest.mark.engine_only

texts = st.text(st.characters(exclude_categories=["Cs"]))


def test_an_honest_bundle_is_verified_item_by_item(tmp_path: Path) -> None:
    file = tmp_path / "bundle.zip"
    file.write_bytes(bundle())
    verification = verify_bundle(file, fingerprint=KEY.fingerprint)
    verification.must_hold()
    assert verification.holds
    assert [item.name for item in verification.items] == [
        "archive",
        "manifest",
        "key",
        "checkpoint",
        "record 1",
        "record 5",
        f"document {REPORT}",
        "subject",
    ]
    assert "opens opened_by" in verification.items[5].sentence


def test_one_item_that_is_not_ok_spoils_the_whole() -> None:
    verification = Verification((Item("key", True, "fits"), Item("record 3", False, "does not fit")))
    assert not verification.holds
    with pytest.raises(BundleError, match="record 3: does not fit"):
        verification.must_hold()


def test_a_verification_that_checked_nothing_does_not_hold() -> None:
    assert not Verification(()).holds
    with pytest.raises(BundleError, match="nothing in it was checked"):
        Verification(()).must_hold()


def test_a_deeply_nested_record_is_read_to_its_bottom(tmp_path: Path) -> None:
    text = leaf(0, body={"deep": "down"}).replace(b'"down"', b"[" * 400 + f'"{digest(CONTENT)}"'.encode() + b"]" * 400)
    log = Log([text])
    data = bundle(log, records=[log.record(0)], documents=[document(record=0)])
    assert faults(data, tmp_path) == {}


def test_the_entries_are_those_that_the_format_names() -> None:
    assert list(parts_of(bundle())) == [
        "manifest.json",
        "README.txt",
        "checkpoint",
        f"documents/{digest(CONTENT)}/{REPORT}",
        "key.pem",
        "key.vkey",
        "openings/5.json",
        "proofs/1.tlog-proof",
        "proofs/5.tlog-proof",
        "records/1.json",
        "records/5.json",
    ]


def test_the_manifest_says_what_is_in_the_bundle() -> None:
    parts = parts_of(bundle())
    manifest = parse_canonical(parts["manifest.json"])
    assert manifest == {
        "format": FORMAT,
        "subject": CASE,
        "title": "Case 7",
        "made_at": "2026-11-22T12:00:00.000000Z",
        "origin": LOG.origin,
        "key_fingerprint": KEY.fingerprint,
        "records": [{"position": place, "sha256": digest(LOG.leaves[place])} for place in (1, 5)],
        "documents": [
            {
                "sha256": digest(CONTENT),
                "name": REPORT,
                "size_bytes": len(CONTENT),
                "media_type": "text/plain",
                "record": 5,
            }
        ],
        "files": {name: digest(data) for name, data in parts.items() if name != "manifest.json"},
    }


def test_equal_contents_give_equal_bytes_whatever_their_order() -> None:
    records = [LOG.record(5, opened_by=OPENING), LOG.record(1)]
    assert bundle() == bundle(records=records)


def test_a_general_zip_program_reads_the_bundle_without_complaint() -> None:
    with zipfile.ZipFile(io.BytesIO(bundle())) as archive:
        assert archive.testzip() is None
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}


def test_a_log_of_one_record_has_an_empty_path(tmp_path: Path) -> None:
    log = Log([leaf(0)])
    data = bundle(log, records=[log.record(0)], documents=[])
    assert log.record(0).path == ()
    assert parts_of(data)["proofs/0.tlog-proof"].startswith(
        b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + log.origin.encode()
    )
    assert faults(data, tmp_path) == {}


def test_an_empty_document_is_a_document(tmp_path: Path) -> None:
    log = Log([leaf(0, body={"sha256": digest(b"")})])
    data = bundle(log, records=[log.record(0)], documents=[document(b"", name="", record=0)])
    assert f"documents/{digest(b'')}/document" in parts_of(data)
    assert faults(data, tmp_path) == {}


def test_one_content_under_two_names_is_two_documents(tmp_path: Path) -> None:
    assert faults(bundle(documents=[document(name="b"), document(name="a")]), tmp_path) == {}


def test_openings_reach_into_objects_and_lists(tmp_path: Path) -> None:
    body = {"people": [{"name": {"sealed": commit(SALT, "Bob")}}, {"name": {"sealed": commit(SALT, "")}}]}
    log = Log([leaf(0, body=body), leaf(1)])
    openings = {"people/0/name": Opening(SALT, "Bob"), "people/1/name": Opening(SALT, "")}
    data = bundle(log, records=[log.record(0, **openings)], documents=[])
    assert faults(data, tmp_path) == {}


@given(texts, texts)
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_title_and_document_name_can_be_held(tmp_path: Path, title: str, name: str) -> None:
    assert faults(bundle(title=title, documents=[document(name=name)]), tmp_path) == {}


@given(st.text())
@settings(deadline=None)
def test_a_safe_name_is_one_harmless_path_element(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= 161
    assert safe not in {".", ".."}
    assert not set(safe) & set('/\\:*?"<>|\u202e\u200b\x00\n')
    assert safe == safe.strip(" .")
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\evil.exe", "C__evil.exe"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        (" .hidden. ", "hidden"),
        ("...", "document"),
        ("é" * 100, "é" * 80),
        ("报告.pdf", "报告.pdf"),
    ],
)
def test_a_hostile_name_is_made_harmless(name: str, safe: str) -> None:
    assert safe_name(name) == safe


plain_values = st.recursive(
    texts | st.integers(0, 2**53 - 1), lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=15
)


@given(plain_values)
@settings(deadline=None)
def test_plain_json_is_canonical_json(value: object) -> None:
    assert plain_json(value) == canonical_json(value)  # type: ignore[arg-type]  # hypothesis types no recursion


def write(**changes: object) -> None:
    given: dict[str, object] = {
        "subject": CASE,
        "title": "Case 7",
        "made_at": NOON,
        "checkpoint_note": LOG.note,
        "verifier": KEY,
        "records": [LOG.record(5)],
        "documents": [document()],
    }
    out = io.BytesIO()
    try:
        write_bundle(out, **(given | changes))  # type: ignore[arg-type]  # each test changes one argument
    finally:
        assert out.getvalue() == b""


WRONG_PATH = BundleRecord(5, LOG.leaves[5], LOG.record(4).path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"made_at": datetime(2026, 11, 22, 12)}, "needs a time zone"),  # noqa: DTZ001 - the fault itself
        ({"subject": "the case"}, "'the case' is not a reference"),
        ({"subject": OTHER_CASE}, f"none of the 1 records names the subject {OTHER_CASE}"),
        ({"records": []}, "none of the 0 records names the subject"),
        ({"checkpoint_note": LOG.note.replace("\n7\n", "\n8\n")}, "does not fit the note's text"),
        ({"verifier": Log([], FOREIGN).key}, "note carries no signature of key"),
        ({"records": [WRONG_PATH]}, "record 5 cannot go into a bundle: path leads to root"),
        ({"records": [LOG.record(5), LOG.record(5)]}, "a record is listed twice"),
        ({"records": [LOG.record(5, opened_by=Opening(SALT, "Eve"))]}, "value given for 'opened_by' is not the one"),
        ({"records": [LOG.record(5, closed_by=OPENING)]}, "the record has no field 'closed_by'"),
        ({"records": [LOG.record(5, files=OPENING)]}, "the field 'files' of the record is not sealed"),
        ({"records": [LOG.record(5, **{"files/1": OPENING})]}, "the record has no field 'files/1'"),
        ({"records": [LOG.record(5, **{"files/x": OPENING})]}, "the record has no field 'files/x'"),
        ({"records": [LOG.record(5, opened_by=Opening(b"short", "Ann"))]}, "salt of 'opened_by' has 5 bytes"),
        ({"documents": [document(), document()]}, "a document is given twice"),
        ({"documents": [document(name="a:b"), document(name="a/b")]}, "a document is listed twice"),
        ({"documents": [document(b"foreign")]}, "is not named by record 5 of this bundle"),
        ({"documents": [document(record=4)]}, "is not named by record 4 of this bundle"),
        ({"title": "\ud800"}, "is not Unicode text"),
    ],
)
def test_what_would_not_verify_is_not_written(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(BundleError, match=sentence):
        write(**changes)


def test_a_leaf_that_is_no_ledger_record_is_not_written() -> None:
    log = Log([b"anything"])
    with pytest.raises(BundleError, match="record 0 cannot go into a bundle: the record is not the JSON"):
        write(records=[log.record(0)], checkpoint_note=log.note)


def test_a_checkpoint_of_another_log_than_the_keys_is_not_written() -> None:
    text = LOG.note.partition("\n\n")[0].replace(LOG.origin, "other.example/log") + "\n"
    note = sign_note(text, name=LOG.origin, private=LOG.private)
    with pytest.raises(BundleError, match=f"the checkpoint is of log other.example/log, the key is of {LOG.origin}"):
        write(checkpoint_note=note)


@pytest.mark.parametrize("size", [len(CONTENT) - 1, len(CONTENT) + 1])
def test_a_document_of_another_length_is_not_written(size: int) -> None:
    wrong = BundleDocument(digest(CONTENT), "x", "text/plain", size, lambda: io.BytesIO(CONTENT), 5)
    with pytest.raises(BundleError, match=f"has {len(CONTENT)} bytes .* expected {size}"):
        write(documents=[wrong])


def test_a_document_with_other_bytes_than_its_digest_is_not_written() -> None:
    wrong = BundleDocument(digest(CONTENT), "x", "text/plain", 4, lambda: io.BytesIO(b"evil"), 5)
    with pytest.raises(BundleError, match=digest(b"evil")):
        write(documents=[wrong])


@pytest.mark.parametrize("later", [b"what was fOund\n", b"short", CONTENT + b"long"], ids=["swapped", "cut", "grown"])
def test_a_document_that_changes_while_it_is_written_is_noticed(later: bytes, tmp_path: Path) -> None:
    contents = iter([CONTENT, later])
    moving = BundleDocument(digest(CONTENT), "x", "text/plain", len(CONTENT), lambda: io.BytesIO(next(contents)), 5)
    if later.startswith(CONTENT):
        assert faults(bundle(documents=[moving]), tmp_path) == {}  # what was appended later is not taken
        return
    with pytest.raises(BundleError, match="changed while the bundle was being written"):
        bundle(documents=[moving])


def test_a_bundle_that_no_plain_zip_can_hold_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(bundle())
    monkeypatch.setattr(archive_module, "MAX_ARCHIVE_BYTES", size)
    assert len(bundle()) == size
    monkeypatch.setattr(archive_module, "MAX_ARCHIVE_BYTES", 5000)
    with pytest.raises(BundleError, match=r"entries and .* bytes; at most"):
        write()
    monkeypatch.setattr(archive_module, "MAX_ARCHIVE_BYTES", size - 1)
    with pytest.raises(BundleError, match="take fewer documents"):
        bundle()


def test_a_bundle_of_too_many_entries_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "MAX_ENTRIES", 7)
    with pytest.raises(BundleError, match="at most 7"):
        write()


def test_a_part_that_would_not_be_read_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_module, "MAX_PART_BYTES", 100)
    with pytest.raises(BundleError, match=r"would have .* bytes, more than the 100 that are read"):
        write()


def test_the_time_is_written_in_utc() -> None:
    out = io.BytesIO()
    made_at = NOON.astimezone(timezone(timedelta(hours=8)))
    write_bundle(
        out,
        subject=CASE,
        title="",
        made_at=made_at,
        checkpoint_note=LOG.note,
        verifier=KEY,
        records=[LOG.record(0)],
        documents=[],
    )
    assert b'"made_at":"2026-11-22T12:00:00.000000Z"' in parts_of(out.getvalue())["manifest.json"]


def test_a_commitment_is_an_hmac_that_the_salt_alone_opens() -> None:
    assert commit(SALT, "Ann") == commit(SALT, "Ann") != commit(SALT, "Bob")
    assert commit(SALT, "Ann") != commit(SALT[::-1], "Ann")
    assert merkle.leaf_hash(b"") != bytes.fromhex(commit(SALT, ""))
