"""The main job of the product: a recorded attack goes in, and a bundle that an outsider verifies comes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from burgrave.assurance import queries as assurance
from burgrave.custody.commands import ensure_log_key
from burgrave.engines.evidence import BundleError, verify_bundle
from burgrave.incidents import commands, models, queries
from burgrave.incidents.terms import CaseState, Conclusion, case_subject
from burgrave.incidents.tests.house import NOON, opened, refs, version_of
from burgrave.incidents.tests.test_reading import attack, work
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client


@pytest.mark.django_db(transaction=True)
def test_a_dropped_file_ends_as_evidence_that_an_outsider_verifies(
    organisation: CastOrganisation, alice: Actor, client_of: Callable[[Actor], Client], home: Path
) -> None:
    ensure_log_key(home=home, passphrase=None)
    client = client_of(alice)
    sent = {"unit": str(organisation.operations), "file": SimpleUploadedFile("attack.jsonl", attack())}
    assert client.post("/events/upload/", sent).status_code == 302
    work(now=timezone.now() + timedelta(seconds=1))
    found = list(models.Alert.objects.all())
    assert found
    case_id = opened(organisation.operations, *found, actor=alice)
    number = queries.case(case_id, actor=alice).case.number
    memory = SimpleUploadedFile("memory.txt", b"what was in memory", content_type="text/plain")
    assert client.post(f"/incidents/{number}/evidence/", {"file": memory}).status_code == 302
    commands.confirm(refs(*found), actor=alice, now=NOON)
    done = Conclusion(cause="a phished password", impact="two hosts", lessons="train")
    commands.close_case(case_id, done, version=version_of(case_id), actor=alice, now=NOON)
    assert queries.case(case_id, actor=alice).case.state is CaseState.CLOSED

    assert client.post(f"/incidents/{number}/bundle/").status_code == 302
    (bundle,) = assurance.bundles_of(case_subject(case_id))
    assert bundle.documents == 2
    answer = client.get(f"/evidence/bundles/{bundle.bundle_id}/download/")
    path = home / "bundle.zip"
    path.write_bytes(b"".join(answer.streaming_content) if answer.streaming else answer.content)
    verify_bundle(path, fingerprint=bundle.fingerprint).must_hold()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError):
        verify_bundle(path, fingerprint=bundle.fingerprint).must_hold()
    assert bundle.sha256[:12] in client.get(f"/incidents/{number}/").content.decode()
