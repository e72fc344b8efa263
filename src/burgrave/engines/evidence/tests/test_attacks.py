"""What is done to a bundle, and by which sentence it fails. The attacker has every tool but the log's private key."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.engines.evidence import ArchiveError, BundleError, verify_bundle
from burgrave.engines.evidence import archive as archive_module
from burgrave.engines.evidence.archive import read_archive
from burgrave.engines.evidence.tests.casebook import (
    CASE,
    CONTENT,
    FOREIGN,
    KEY,
    LOG,
    OPENING,
    OTHER_CASE,
    REPORT,
    Log,
    Parts,
    bundle,
    digest,
    document,
    faults,
    leaf,
    pack,
    parts_of,
    repack,
)

pytestmark = pytest.mark.engine_only

BUNDLE = bundle()
DOCUMENT = f"documents/{digest(CONTENT)}/{REPORT}"
ITEMS = {"archive", "manifest", "key", "checkpoint", "record", "document", "subject"}


def test_every_single_byte_counts(tmp_path: Path) -> None:
    for place in range(len(BUNDLE)):
        changed = bytearray(BUNDLE)
        changed[place] ^= 1
        found = faults(bytes(changed), tmp_path)
        assert found, f"byte {place} can be changed"
        assert {name.split(" ")[0] for name in found} <= ITEMS
        assert all(len(sentence) > 20 for sentence in found.values())


@given(st.integers(0, len(BUNDLE) - 1), st.integers(1, 255))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_other_value_of_any_byte_is_refused(tmp_path: Path, place: int, change: int) -> None:
    changed = bytearray(BUNDLE)
    changed[place] ^= change
    assert faults(bytes(changed), tmp_path)


@given(st.binary(max_size=300))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_at_all_are_refused_by_name(tmp_path: Path, data: bytes) -> None:
    assert set(faults(data, tmp_path)) == {"archive"}


@given(st.integers(0, len(BUNDLE) - 1))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_truncation_anywhere_is_refused(tmp_path: Path, length: int) -> None:
    assert set(faults(BUNDLE[:length], tmp_path)) == {"archive"}


@given(st.integers(0, len(BUNDLE)), st.binary(min_size=1, max_size=40))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_put_in_anywhere_are_refused(tmp_path: Path, place: int, extra: bytes) -> None:
    assert faults(BUNDLE[:place] + extra + BUNDLE[place:], tmp_path)


@given(st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_one_changed_byte_in_any_signed_part_is_refused_even_with_right_checksums(
    tmp_path: Path, data: st.DataObject
) -> None:
    parts = parts_of(BUNDLE)
    name = data.draw(st.sampled_from([each for each in parts if each not in {"manifest.json", "README.txt"}]))
    place = data.draw(st.integers(0, len(parts[name]) - 1))
    changed = bytearray(parts[name])
    changed[place] ^= data.draw(st.integers(1, 255))
    assert faults(repack(parts | {name: bytes(changed)}), tmp_path)


def test_repacking_without_a_change_gives_the_same_bytes() -> None:
    assert repack(parts_of(BUNDLE)) == BUNDLE


def archive_fault(data: bytes, tmp_path: Path) -> str:
    found = faults(data, tmp_path)
    assert set(found) == {"archive"}
    return found["archive"]


def test_appended_trailing_bytes_are_refused(tmp_path: Path) -> None:
    assert archive_fault(BUNDLE + b"\x00", tmp_path) == "1 bytes stand after the end of the archive"


def test_a_second_central_directory_is_refused(tmp_path: Path) -> None:
    directory = BUNDLE[BUNDLE.index(b"PK\x01\x02") :]
    assert f"{len(directory)} bytes stand after the end" in archive_fault(BUNDLE + directory, tmp_path)


def test_a_whole_second_zip_behind_the_bundle_is_refused(tmp_path: Path) -> None:
    both = BUNDLE + pack([("manifest.json", b"{}")])
    assert "stand after the end of the archive" in archive_fault(both, tmp_path)


def test_bytes_before_the_first_entry_are_refused(tmp_path: Path) -> None:
    assert "does not begin as a bundle does" in archive_fault(b"#!/bin/sh\n" + BUNDLE, tmp_path)


def test_an_unused_gap_before_the_directory_is_refused(tmp_path: Path) -> None:
    place = BUNDLE.index(b"PK\x01\x02")
    gap = BUNDLE[:place] + b"hidden" + BUNDLE[place:]
    assert f"the zip directory differs at byte {place}" in archive_fault(gap, tmp_path)


def test_a_zip_comment_is_refused(tmp_path: Path) -> None:
    assert "zip directory differs" in archive_fault(BUNDLE[:-2] + b"\x05\x00hello", tmp_path)


def test_a_reordered_zip_is_refused(tmp_path: Path) -> None:
    parts = list(parts_of(BUNDLE).items())
    parts[1], parts[2] = parts[2], parts[1]
    assert "'README.txt' stands after 'checkpoint'" in archive_fault(pack(parts), tmp_path)


def test_a_zip_that_does_not_begin_with_its_manifest_is_refused(tmp_path: Path) -> None:
    parts = list(parts_of(BUNDLE).items())
    assert "the first entry is 'README.txt'" in archive_fault(pack(parts[1:]), tmp_path)


def test_an_entry_twice_under_one_name_is_refused(tmp_path: Path) -> None:
    parts = list(parts_of(BUNDLE).items())
    doubled = [*parts[:2], ("README.txt", b"another"), *parts[2:]]
    assert "'README.txt' stands after 'README.txt'" in archive_fault(pack(doubled), tmp_path)


def test_a_second_manifest_is_refused(tmp_path: Path) -> None:
    parts = list(parts_of(BUNDLE).items())
    assert "'manifest.json' stands after 'records/5.json'" in archive_fault(pack([*parts, parts[0]]), tmp_path)


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "documents/../../evil", "C:\\evil", "records/1.json/x"])
def test_a_path_traversal_name_is_refused(name: str, tmp_path: Path) -> None:
    found = faults(repack(parts_of(BUNDLE) | {name: b"evil"}), tmp_path)
    assert found == {"manifest": f"{name!r} belongs to no record and no document that the manifest lists"}


def test_a_zip_by_another_program_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts_of(BUNDLE).items():
            archive.writestr(name, data)
    assert "the header of 'manifest.json' at byte 0" in archive_fault(out.getvalue(), tmp_path)


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    assert "has a name that is not UTF-8" in archive_fault(BUNDLE.replace(b"manifest.json", b"\xff" * 13), tmp_path)


def test_a_name_without_end_is_refused(tmp_path: Path) -> None:
    assert "has a name of 2000 bytes" in archive_fault(pack([("x" * 2000, b"")]), tmp_path)


def test_a_nameless_entry_is_refused(tmp_path: Path) -> None:
    assert "has a name of 0 bytes" in archive_fault(pack([("", b"")]), tmp_path)


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "MAX_ENTRIES", 5)
    assert archive_fault(BUNDLE, tmp_path) == "the archive has more than 5 entries"


def test_a_file_larger_than_any_bundle_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "huge.zip"
    with file.open("wb") as sparse:
        sparse.truncate(2**32)
    (item,) = verify_bundle(file, fingerprint=KEY.fingerprint).items
    assert "the file has 4294967296 bytes" in item.sentence


def test_an_entry_too_long_to_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "MAX_PART_BYTES", 100)
    assert "more than the 100 that are read" in archive_fault(BUNDLE, tmp_path)


def test_a_file_that_changes_under_the_verifier_is_noticed() -> None:
    file = io.BytesIO(BUNDLE)
    archive = read_archive(file)
    file.seek(archive.entries["checkpoint"].start)
    file.write(b"X")
    with pytest.raises(ArchiveError, match="checkpoint changed while the bundle was being verified"):
        archive.read("checkpoint")


def test_a_damaged_document_is_named_and_the_rest_still_checked(tmp_path: Path) -> None:
    found = faults(BUNDLE.replace(CONTENT, CONTENT.replace(b"found", b"lost!")), tmp_path)
    assert f"{DOCUMENT}: bytes were changed" in found["archive"]
    assert "expected 15 with" in found[f"document {REPORT}"]
    assert "record 5" not in found


# From here on the attacker's zip and manifest are in order; only the cryptography is left.


def test_a_foreign_key_is_refused(tmp_path: Path) -> None:
    forged = Log(LOG.leaves, FOREIGN)
    found = faults(bundle(forged), tmp_path)
    assert f"the bundle's key has fingerprint {forged.key.fingerprint}, expected {KEY.fingerprint}" in found["key"]
    assert "cannot be checked without the right key" in found["checkpoint"]
    assert "without a verified checkpoint" in found["record 5"]
    assert "is not a verified record" in found[f"document {REPORT}"]
    assert "no verified record" in found["subject"]


def test_a_foreign_key_behind_the_right_checkpoint_is_refused(tmp_path: Path) -> None:
    parts = parts_of(BUNDLE) | {"key.pem": parts_of(bundle(Log(LOG.leaves, FOREIGN)))["key.pem"]}
    assert faults(repack(parts), tmp_path)["key"] == "key.pem does not hold the key of key.vkey"


def test_a_foreign_checkpoint_under_the_right_key_is_refused(tmp_path: Path) -> None:
    parts = parts_of(bundle(Log([*LOG.leaves[:6], leaf(66)], FOREIGN)))
    parts |= {name: parts_of(BUNDLE)[name] for name in ("key.pem", "key.vkey")}
    found = faults(
        repack(parts, with_manifest=lambda manifest: manifest.update(key_fingerprint=KEY.fingerprint)), tmp_path
    )
    assert "note carries no signature of key" in found["checkpoint"]


def test_a_manifest_that_names_another_key_is_refused(tmp_path: Path) -> None:
    other = Log([], FOREIGN).key.fingerprint
    data = repack(parts_of(BUNDLE), with_manifest=lambda manifest: manifest.update(key_fingerprint=other))
    assert f"the manifest names the key {other}" in faults(data, tmp_path)["key"]


def test_a_manifest_that_names_another_log_is_refused(tmp_path: Path) -> None:
    data = repack(parts_of(BUNDLE), with_manifest=lambda manifest: manifest.update(origin="other.example/log"))
    assert "the manifest of other.example/log" in faults(data, tmp_path)["checkpoint"]


def test_a_verifier_key_that_is_not_text_is_refused(tmp_path: Path) -> None:
    found = faults(repack(parts_of(BUNDLE) | {"key.vkey": b"\xff"}), tmp_path)
    assert found["key"] == "key.vkey is not UTF-8 text"


def test_a_checkpoint_with_another_size_is_refused(tmp_path: Path) -> None:
    note = parts_of(BUNDLE)["checkpoint"]
    parts = {name: data.replace(note, note.replace(b"\n7\n", b"\n9\n")) for name, data in parts_of(BUNDLE).items()}
    found = faults(repack(parts), tmp_path)
    assert "does not fit the note's text" in found["checkpoint"]
    assert set(found) >= {"record 1", "record 5", "subject"}


def test_a_rewritten_record_is_refused(tmp_path: Path) -> None:
    found = faults(repack(parts_of(BUNDLE) | {"records/1.json": leaf(99)}), tmp_path)
    assert set(found) == {"record 1"}
    assert "path leads to root" in found["record 1"]


def test_a_record_with_another_digest_than_the_manifests_is_refused(tmp_path: Path) -> None:
    def misstate(manifest: dict[str, Any]) -> None:
        manifest["records"][0]["sha256"] = digest(b"another")

    found = faults(repack(parts_of(BUNDLE), with_manifest=misstate), tmp_path)
    assert set(found) == {"record 1"}
    assert f"the manifest lists {digest(b'another')}" in found["record 1"]


def test_many_damaged_entries_are_told_in_one_sentence(tmp_path: Path) -> None:
    damaged = bytearray(BUNDLE)
    with zipfile.ZipFile(io.BytesIO(BUNDLE)) as archive:
        for entry in archive.infolist()[1:]:
            damaged[entry.header_offset + 30 + len(entry.filename.encode())] ^= 1
    sentence = faults(bytes(damaged), tmp_path)["archive"]
    assert sentence.startswith("README.txt, checkpoint, documents/")
    assert "key.vkey and others: bytes were changed" in sentence


def test_swapped_records_are_refused(tmp_path: Path) -> None:
    parts = parts_of(BUNDLE)
    swapped = parts | {"records/1.json": parts["records/5.json"], "records/5.json": parts["records/1.json"]}
    assert set(faults(repack(swapped), tmp_path)) >= {"record 1", "record 5", f"document {REPORT}"}


def test_swapped_proofs_are_refused(tmp_path: Path) -> None:
    parts = parts_of(BUNDLE)
    one, other = "proofs/1.tlog-proof", "proofs/5.tlog-proof"
    found = faults(repack(parts | {one: parts[other], other: parts[one]}), tmp_path)
    assert found["record 1"] == "its proof is for position 5"


def test_a_duplicate_leaf_under_a_second_position_is_refused(tmp_path: Path) -> None:
    parts = parts_of(BUNDLE)
    moved = parts["proofs/1.tlog-proof"].replace(b"index 1\n", b"index 2\n")
    parts |= {"records/2.json": parts["records/1.json"], "proofs/2.tlog-proof": moved}

    def list_it(manifest: dict[str, Any]) -> None:
        manifest["records"].insert(1, {"position": 2, "sha256": digest(parts["records/2.json"])})

    assert "path leads to root" in faults(repack(parts, with_manifest=list_it), tmp_path)["record 2"]


def test_a_record_listed_twice_is_refused(tmp_path: Path) -> None:
    def list_twice(manifest: dict[str, Any]) -> None:
        manifest["records"].insert(0, manifest["records"][0])

    found = faults(repack(parts_of(BUNDLE), with_manifest=list_twice), tmp_path)
    assert found == {"manifest": "a record is listed twice or out of order"}


def test_a_document_listed_twice_is_refused(tmp_path: Path) -> None:
    def list_twice(manifest: dict[str, Any]) -> None:
        manifest["documents"].append(manifest["documents"][0])

    found = faults(repack(parts_of(BUNDLE), with_manifest=list_twice), tmp_path)
    assert found == {"manifest": "a document is listed twice or out of order"}


def test_a_record_past_the_end_of_the_log_is_refused(tmp_path: Path) -> None:
    parts = parts_of(BUNDLE)
    parts |= {
        "records/7.json": parts["records/5.json"],
        "proofs/7.tlog-proof": parts["proofs/5.tlog-proof"].replace(b"index 5", b"index 7"),
    }

    def list_it(manifest: dict[str, Any]) -> None:
        manifest["records"].append({"position": 7, "sha256": ""})
        manifest["records"][2]["sha256"] = digest(parts["records/7.json"])

    found = faults(repack(parts, with_manifest=list_it), tmp_path)
    assert found == {"record 7": "entry 7 cannot be in a tree of 7 entries"}


@pytest.mark.parametrize(
    "gap", ["records/1.json", "proofs/5.tlog-proof", "checkpoint", "key.pem", "key.vkey", "README.txt", DOCUMENT]
)
def test_a_gap_where_an_entry_should_be_is_refused(gap: str, tmp_path: Path) -> None:
    parts = parts_of(BUNDLE)
    del parts[gap]
    found = faults(repack(parts), tmp_path)
    assert found["manifest"] == f"{gap} is missing from the bundle"


def test_an_entry_that_the_manifest_does_not_digest_is_refused(tmp_path: Path) -> None:
    data = repack(parts_of(BUNDLE), with_manifest=lambda manifest: manifest["files"].pop("README.txt"))  # type: ignore[attr-defined]  # parsed JSON
    assert "'README.txt' is not both in the bundle and in the manifest" in faults(data, tmp_path)["manifest"]


def test_an_entry_with_another_digest_than_the_manifests_is_refused(tmp_path: Path) -> None:
    parts = parts_of(BUNDLE)
    data = pack([(name, b"evil" if name == "README.txt" else part) for name, part in parts.items()])
    assert f"README.txt has SHA-256 {digest(b'evil')}" in faults(data, tmp_path)["manifest"]


def test_a_bundle_without_records_proves_nothing_and_is_refused(tmp_path: Path) -> None:
    parts = {
        name: data for name, data in parts_of(BUNDLE).items() if not name.startswith(("records", "proofs", "open"))
    }

    def empty(manifest: dict[str, Any]) -> None:
        manifest.update(records=[], documents=[])

    found = faults(repack(parts, with_manifest=empty), tmp_path)
    assert found == {"manifest": "the bundle holds no record, so it proves nothing"}


def test_a_foreign_document_in_place_of_another_is_refused(tmp_path: Path) -> None:
    found = faults(repack(parts_of(BUNDLE) | {DOCUMENT: b"foreign"}), tmp_path)
    assert found[f"document {REPORT}"].startswith(f"it has 7 bytes with SHA-256 {digest(b'foreign')}")


def foreign_document(record: int) -> bytes:
    parts = parts_of(BUNDLE)
    del parts[DOCUMENT]
    parts[f"documents/{digest(b'foreign')}/{REPORT}"] = b"foreign"

    def list_it(manifest: dict[str, Any]) -> None:
        manifest["documents"][0].update(sha256=digest(b"foreign"), size_bytes=7, record=record)

    return repack(parts, with_manifest=list_it)


def test_a_foreign_document_that_no_record_names_is_refused(tmp_path: Path) -> None:
    found = faults(foreign_document(5), tmp_path)
    assert found == {f"document {REPORT}": f"record 5 does not name its SHA-256 {digest(b'foreign')}"}


def test_a_foreign_document_of_a_record_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "record 3, which should name it, is not a verified record" in "".join(
        faults(foreign_document(3), tmp_path).values()
    )


def test_a_digest_in_a_key_or_in_part_of_a_text_names_no_document() -> None:
    log = Log([leaf(0, body={digest(CONTENT): "key", "text": f"see {digest(CONTENT)}", "number": [1, None, 2.5]})])
    with pytest.raises(BundleError, match="is not named by record 0"):
        bundle(log, records=[log.record(0)], documents=[document(record=0)])


def test_a_case_cannot_be_passed_off_as_another(tmp_path: Path) -> None:
    data = repack(parts_of(BUNDLE), with_manifest=lambda manifest: manifest.update(subject=OTHER_CASE))
    assert faults(data, tmp_path) == {"subject": f"no verified record of the bundle is about {OTHER_CASE}"}


def test_a_replayed_proof_of_an_older_checkpoint_is_refused(tmp_path: Path) -> None:
    older = Log(LOG.leaves[:6])
    old_proof = parts_of(bundle(older, records=[older.record(1)], documents=[]))["proofs/1.tlog-proof"]
    found = faults(repack(parts_of(BUNDLE) | {"proofs/1.tlog-proof": old_proof}), tmp_path)
    assert found["record 1"] == "its proof is made for another checkpoint than the bundle's"


@pytest.mark.parametrize(
    "change",
    [
        lambda proof: proof.replace(b"@v1", b"@v2"),
        lambda proof: proof.replace(b"@v1\n", b"@v1\nextra AAAA\n"),
        lambda proof: proof.replace(b"index 1", b"index 01"),
        lambda proof: proof.replace(b"\n\n", b"\n", 1),
        lambda proof: proof.replace(b"=\n", b"\n", 1),
        lambda proof: b"\xff" + proof,
        lambda _: b"",
    ],
    ids=["version", "extra data", "leading nought", "no empty line", "base64", "not UTF-8", "empty"],
)
def test_a_malformed_proof_is_refused(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    parts = parts_of(BUNDLE)
    found = faults(repack(parts | {"proofs/1.tlog-proof": change(parts["proofs/1.tlog-proof"])}), tmp_path)
    assert "the proof " in found["record 1"]


def test_a_false_opening_is_refused(tmp_path: Path) -> None:
    parts = parts_of(BUNDLE)
    false = parts["openings/5.json"].replace(b"Ann", b"Eve")
    found = faults(repack(parts | {"openings/5.json": false}), tmp_path)
    assert "the value given for 'opened_by' is not the one that the record commits to" in found["record 5"]


@pytest.mark.parametrize(
    "openings",
    [
        b"{}",
        b"[]",
        b"null",
        b'{"opened_by":{"salt":"AB","value":"x"}}',
        b'{"opened_by":{"salt":"ab"}}',
        b'{"opened_by":{"salt":"ab","value":1}}',
        b'{"opened_by":{"salt":"ab","value":"x"}} ',
        b'{"opened_by":{"salt":"ab","value":"x"},"opened_by":{"salt":"ab","value":"x"}}',
        b'{"opened_by":{"salt":"ab","value":"\\ud800"}}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_malformed_openings_are_refused(openings: bytes, tmp_path: Path) -> None:
    found = faults(repack(parts_of(BUNDLE) | {"openings/5.json": openings}), tmp_path)
    assert "the file of openings is not" in found["record 5"]


def test_openings_of_a_record_that_has_none_sealed_are_refused(tmp_path: Path) -> None:
    parts = parts_of(BUNDLE)
    found = faults(repack(parts | {"openings/1.json": parts["openings/5.json"]}), tmp_path)
    assert found["record 1"] == "the record has no field 'opened_by'"


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{", b"\xff", b'{"v":2}', b'{"v":1,"v":1}', b'{"v":NaN}', b"[" * 100_000, b"9" * 5000],
)
def test_a_leaf_in_the_log_that_is_no_record_is_refused(text: bytes, tmp_path: Path) -> None:
    log = Log([LOG.leaves[0], text])
    parts = parts_of(bundle(log, records=[log.record(0)], documents=[]))
    forged = Log([leaf(0), leaf(1)])
    proof = parts_of(bundle(forged, records=[forged.record(1)], documents=[]))["proofs/1.tlog-proof"]
    proof = proof[: proof.index(b"\n\n") + 2] + parts["checkpoint"]
    parts |= {"records/1.json": text, "proofs/1.tlog-proof": proof}

    def list_it(manifest: dict[str, Any]) -> None:
        manifest["records"].append({"position": 1, "sha256": digest(text)})

    found = faults(repack(parts, with_manifest=list_it), tmp_path)
    assert found["record 1"].startswith("the record is not ")


def manifest_changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    parts = parts_of(BUNDLE)
    manifest = json.loads(parts["manifest.json"])
    change(manifest)
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return pack(list((parts | {"manifest.json": text}).items()))


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest.pop("title"),
        lambda manifest: manifest.update(extra=1),
        lambda manifest: manifest.update(format="burgrave-evidence/2"),
        lambda manifest: manifest.update(title=7),
        lambda manifest: manifest.update(records={}),
        lambda manifest: manifest.update(files=[]),
        lambda manifest: manifest["records"][0].update(position=-1),
        lambda manifest: manifest["records"][0].update(position=1.0),
        lambda manifest: manifest["records"][0].update(position=True),
        lambda manifest: manifest["records"][0].update(sha256="AB" * 32),
        lambda manifest: manifest["documents"][0].update(note="read me"),
        lambda manifest: manifest["documents"][0].pop("record"),
    ],
)
def test_a_manifest_of_another_form_is_refused(change: Callable[[dict[str, Any]], object], tmp_path: Path) -> None:
    found = faults(manifest_changed(change), tmp_path)
    assert set(found) == {"manifest"}
    assert "the manifest is not" in found["manifest"]


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'"\\ud800"', b"[" * 100_000, b"\xff", b'{"title":"\\ud800"}'])
def test_a_manifest_that_is_none_is_refused(text: bytes, tmp_path: Path) -> None:
    parts: Parts = parts_of(BUNDLE) | {"manifest.json": text}
    assert "the manifest is not" in faults(pack(list(parts.items())), tmp_path)["manifest"]


def test_a_lone_surrogate_in_the_manifest_is_refused(tmp_path: Path) -> None:
    parts = parts_of(BUNDLE)
    parts["manifest.json"] = parts["manifest.json"].replace(b'"Case 7"', b'"\\ud800"')
    assert "the manifest is not one of" in faults(pack(list(parts.items())), tmp_path)["manifest"]


@pytest.mark.parametrize("fingerprint", ["", "SHA256:", KEY.fingerprint + "=", KEY.fingerprint.lower()[:40], "MD5:00"])
def test_a_malformed_fingerprint_is_refused_at_once(fingerprint: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="is not a fingerprint"):
        verify_bundle(tmp_path / "absent.zip", fingerprint=fingerprint)


def test_what_the_manifest_alone_says_can_be_changed_and_the_verifier_says_so(tmp_path: Path) -> None:
    def relabel(manifest: dict[str, Any]) -> None:
        manifest.update(title="Another title")

    file = tmp_path / "bundle.zip"
    file.write_bytes(repack(parts_of(BUNDLE), with_manifest=relabel))
    items = {item.name: item.sentence for item in verify_bundle(file, fingerprint=KEY.fingerprint).items}
    assert "titles and names in it are not signed" in items["manifest"]
    assert not any("Another title" in sentence for sentence in items.values())


def test_the_subjects_of_a_record_are_texts(tmp_path: Path) -> None:
    log = Log([leaf(0).replace(f'["{CASE}"]'.encode(), f'[7,"{CASE}"]'.encode())])
    data = bundle(log, records=[log.record(0)], documents=[])
    assert faults(data, tmp_path) == {}
    assert OPENING.value.encode() not in data
