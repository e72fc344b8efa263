import json
import os
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature

from burgrave.engines.note import (
    Checkpoint,
    VerifierKey,
    open_note,
    parse_checkpoint,
    parse_verifier_key,
)

pytestmark = pytest.mark.engine_only

VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
SHARED_DATA = Path(os.environ.get("BURGRAVE_SHARED_DATA", Path(__file__).parents[6] / "shared" / "data"))
WYCHEPROOF = SHARED_DATA / "wycheproof"


def test_the_example_of_signed_note_opens_with_its_verifier_key() -> None:
    key = parse_verifier_key(VKEY)
    assert open_note(NOTE, verifier=key) == "This is an example message.\n"
    assert key.text() == VKEY


def test_the_example_of_tlog_checkpoint_is_read_and_written_alike() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    checkpoint = parse_checkpoint(text)
    assert (checkpoint.origin, checkpoint.size, len(checkpoint.root)) == (
        "example.com/behind-the-sofa",
        20852163,
        32,
    )
    assert checkpoint.text() == text
    assert isinstance(checkpoint, Checkpoint)


@pytest.mark.skipif(not WYCHEPROOF.is_dir(), reason="the shared data folder with wycheproof is absent")
def test_a_verifier_key_judges_signatures_as_wycheproof_does() -> None:
    judged = 0
    for group in json.loads((WYCHEPROOF / "ed25519_test.json").read_text(encoding="utf-8"))["testGroups"]:
        key = VerifierKey("example.com/log", bytes.fromhex(group["publicKey"]["pk"]))
        for vector in group["tests"]:
            judged += 1
            signature, message = bytes.fromhex(vector["sig"]), bytes.fromhex(vector["msg"])
            if vector["result"] == "valid":
                key.loaded().verify(signature, message)
            else:
                with pytest.raises(InvalidSignature):
                    key.loaded().verify(signature, message)
    assert judged == 151
