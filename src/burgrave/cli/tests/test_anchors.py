"""The worker keeps the ledger held from outside: by a witness, an authority of time, and copies it cannot change."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from burgrave.cli.tests.test_witness import (  # noqa: F401 - fixtures
    address,
    cut,
    edit,
    home,
    ring,
    sign_the_new_past,
    witness,
)
from burgrave.custody import commands, errors, models, queries
from burgrave.custody.commands.timestamps import verified
from burgrave.custody.terms import Anchors, AnchorState, WitnessAddress
from burgrave.ledger import commands as ledger_commands
from burgrave.ledger import models as ledger_models
from burgrave.ledger import queries as ledger
from burgrave.people.tests_cast import CastOrganisation
from burgrave.site import environment, health
from burgrave.web.terms import Actor

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ClientOf = Callable[[Actor], Client]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unguarded(home: Path) -> Iterator[None]:  # noqa: F811
    """Whoever owns the machine has taken the guards of the database away."""
    ledger_commands.disarm_guards(connection)
    yield
    ledger_commands.install_guards(connection)


def kinds() -> list[str]:
    recorded = ledger_models.Entry.objects.order_by("arrival").values_list("kind", flat=True)
    return [kind for kind in recorded if kind.startswith("custody.")]


def row(anchors: Anchors, now: datetime) -> Any:
    (found,) = queries.anchors(anchors, now=now)
    return found


def test_a_witness_is_asked_at_its_pace_and_holds_what_is_signed(address: WitnessAddress) -> None:  # noqa: F811
    anchors = Anchors(witnesses=(address,))
    assert commands.tend(anchors, now=NOON) == 0, "nothing is signed yet"
    ring(3)
    assert row(anchors, NOON).state is AnchorState.UNASKED
    assert commands.tend(anchors, now=NOON) == 1
    assert (row(anchors, NOON).state, row(anchors, NOON).size) == (AnchorState.HOLDS, 3)
    assert commands.tend(anchors, now=NOON + timedelta(seconds=14)) == 0
    ring(2)
    assert (row(anchors, NOON).state, row(anchors, NOON).missing) == (AnchorState.BEHIND, 2)
    assert commands.tend(anchors, now=NOON + timedelta(seconds=15)) == 1
    assert row(anchors, NOON).missing == 0
    (proof,) = queries.cosigned_checkpoints()
    assert address.key.name in proof
    assert kinds() == []


def test_a_witness_that_is_away_leaves_a_gap_that_is_recorded_once_and_closed(
    address: WitnessAddress,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    anchors = Anchors(witnesses=(address,))
    gone = Anchors(witnesses=(WitnessAddress(key=address.key, url="http://127.0.0.1:9"),))
    ring(3)
    for minutes in (0, 5, 9):
        commands.tend(gone, now=NOON + timedelta(minutes=minutes))
    assert (row(gone, NOON + timedelta(minutes=9)).state, kinds()) == (AnchorState.UNASKED, [])
    for minutes in (10, 11, 12):
        commands.tend(gone, now=NOON + timedelta(minutes=minutes))
    shown = row(gone, NOON + timedelta(minutes=12))
    assert (shown.state, shown.failing_since, kinds()) == (AnchorState.AWAY, NOON, ["custody.anchor_went_away"])
    assert "Connection refused" in shown.error
    commands.tend(anchors, now=NOON + timedelta(minutes=20))
    assert kinds() == ["custody.anchor_went_away", "custody.anchor_returned"]
    assert row(anchors, NOON + timedelta(minutes=20)).error == ""


@pytest.mark.parametrize("attack", ["tail cut", "rewrite of the same length"])
def test_a_past_rewritten_under_the_stolen_key_raises_one_alarm_that_stays(
    attack: str,
    address: WitnessAddress,  # noqa: F811
    home: Path,  # noqa: F811
    unguarded: None,
) -> None:
    anchors = Anchors(witnesses=(address,))
    ring(8)
    commands.tend(anchors, now=NOON)
    if attack == "tail cut":
        cut(5)
    else:
        edit(4)
    sign_the_new_past(home)
    for seconds in (20, 40, 60):
        commands.tend(anchors, now=NOON + timedelta(seconds=seconds))
    assert (row(anchors, NOON).state, kinds()) == (AnchorState.DISAGREES, ["custody.witness_disagreed"])


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A time stamping authority of `openssl ts` on the loopback, and the certificate of its root."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True, timeout=60)

    (tmp_path / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\n"
        "digests = sha256\naccuracy = secs:1\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n"
        "[eku]\nextendedKeyUsage = critical,timeStamping\nbasicConstraints = CA:FALSE\nkeyUsage = digitalSignature\n",
        "utf-8",
    )
    (tmp_path / "serial").write_text("01", "ascii")
    new = ("req", "-newkey", "rsa:2048", "-nodes")
    openssl(*new, "-x509", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test root")
    openssl(*new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test authority")
    sign = ("x509", "-req", "-days", "2", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
    openssl(*sign, "-out", "tsa.pem", "-extfile", "tsa.cnf", "-extensions", "eku")

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (tmp_path / "q").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            reply = ("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q", "-signer", "tsa.pem", "-inkey", "tsa.key")
            openssl(*reply, "-out", "r")
            body = (tmp_path / "r").read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", tmp_path / "ca.pem"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_authority_stamps_the_checkpoint_once_a_day_and_openssl_agrees(
    authority: tuple[str, Path],
    home: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    url, roots = authority
    anchors = Anchors(timestamp_url=url, timestamp_roots=roots)
    ring(3)
    assert commands.tend(anchors, now=NOON) == 1
    assert commands.tend(anchors, now=NOON + timedelta(hours=23)) == 0
    (stamp,) = queries.timestamps()
    assert (stamp.size, kinds()) == (3, ["custody.checkpoint_timestamped"])
    (tmp_path / "token").write_bytes(stamp.token)
    (tmp_path / "note").write_text(stamp.note, "utf-8")
    arguments = ("openssl", "ts", "-verify", "-in", "token", "-data", "note", "-CAfile", str(roots))
    done = subprocess.run(arguments, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=60)
    assert "Verification: OK" in done.stdout, done.stderr


def test_a_token_over_something_else_or_of_a_stranger_is_refused(
    authority: tuple[str, Path],
    home: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    url, roots = authority
    ring(1)
    commands.stamp_checkpoint(Anchors(timestamp_url=url, timestamp_roots=roots), now=NOON)
    (stamp,) = queries.timestamps()
    with pytest.raises(errors.TimestampRefused, match="does not hold"):
        verified(stamp.token, stamp.note.encode() + b" ", roots=roots, nonce=None, said="reading")
    stranger = tmp_path / "stranger.pem"
    arguments = (
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-x509",
        "-days",
        "2",
        "-keyout",
        "s.key",
        "-subj",
        "/CN=Other",
    )
    subprocess.run(
        ["openssl", *arguments, "-out", str(stranger)], cwd=tmp_path, check=True, capture_output=True, timeout=60
    )
    with pytest.raises(errors.TimestampRefused, match="does not hold"):
        verified(stamp.token, stamp.note.encode(), roots=stranger, nonce=None, said="reading")
    with pytest.raises(errors.TimestampRefused, match="does not hold"):
        verified(b"no token", stamp.note.encode(), roots=roots, nonce=None, said="reading")
    gone = Anchors(timestamp_url="http://127.0.0.1:9/", timestamp_roots=roots)
    assert commands.tend(gone, now=NOON) == 1
    assert "Connection refused" in row(gone, NOON).error


def test_copies_are_made_once_an_hour_and_contradict_a_past_that_was_cut(
    home: Path,  # noqa: F811
    tmp_path: Path,
    unguarded: None,
) -> None:
    place = tmp_path / "bucket"
    anchors = Anchors(copies=(f"file://{place}",))
    ring(6)
    commands.tend(anchors, now=NOON)
    assert [path.name for path in place.iterdir()] == ["00000000000000000006.checkpoint"]
    assert queries.copied_checkpoints(anchors) == (ledger.checkpoint(),)
    ring(1)
    assert commands.tend(anchors, now=NOON + timedelta(minutes=59)) == 0
    assert commands.tend(anchors, now=NOON + timedelta(minutes=60)) == 1
    assert len(list(place.iterdir())) == 2
    cut(4)
    sign_the_new_past(home)
    commands.tend(anchors, now=NOON + timedelta(minutes=125))
    assert (row(anchors, NOON).state, kinds()) == (AnchorState.DISAGREES, ["custody.witness_disagreed"])
    assert len(list(place.iterdir())) == 2


def test_a_past_that_was_rewritten_and_has_grown_since_is_contradicted_by_the_copy(
    home: Path,  # noqa: F811
    tmp_path: Path,
    unguarded: None,
) -> None:
    anchors = Anchors(copies=(f"file://{tmp_path}/bucket",))
    ring(6)
    commands.tend(anchors, now=NOON)
    edit(2)
    sign_the_new_past(home)
    ring(3)
    commands.tend(anchors, now=NOON + timedelta(hours=1))
    assert row(anchors, NOON).state is AnchorState.DISAGREES


def test_a_copy_that_somebody_wrote_over_raises_the_alarm_and_keeps_no_other_from_being_asked(
    home: Path,  # noqa: F811
    address: WitnessAddress,  # noqa: F811
    tmp_path: Path,
) -> None:
    place = tmp_path / "bucket"
    anchors = Anchors(copies=(f"file://{place}", f"file://{tmp_path}/other"))
    ring(6)
    commands.tend(anchors, now=NOON)
    next(place.iterdir()).write_text("nothing of ours\n", "utf-8")
    ring(1)
    assert commands.tend(anchors, now=NOON + timedelta(hours=1)) == 2
    first, second = queries.anchors(anchors, now=NOON)
    assert (first.state, second.state) == (AnchorState.DISAGREES, AnchorState.HOLDS)
    assert "is not what this ledger's key signed" in first.error


def test_the_doctor_tells_how_far_the_ledger_is_held(
    address: WitnessAddress,  # noqa: F811
    home: Path,  # noqa: F811
    settings: Any,
    unguarded: None,
) -> None:
    def found() -> health.Finding:
        return next(each for each in health.examine() if each.what == "anchors")

    settings.BURGRAVE_ANCHORS = Anchors()
    assert (found().verdict, found().found[:15]) == (health.Verdict.WEAK, "nothing outside")
    settings.BURGRAVE_ANCHORS = Anchors(witnesses=(address,))
    ring(3)
    commands.tend(settings.BURGRAVE_ANCHORS, now=NOON)
    assert (found().verdict, "3 records held, 0 missing" in found().found) == (health.Verdict.GOOD, True)
    cut(1)
    sign_the_new_past(home)
    commands.tend(settings.BURGRAVE_ANCHORS, now=NOON + timedelta(minutes=1))
    assert found().verdict is health.Verdict.BAD


def test_a_place_that_cannot_be_written_is_kept_as_a_failure(home: Path, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "file").write_text("", "utf-8")
    anchors = Anchors(copies=(f"file://{tmp_path}/file/below", "nonsense://x"))
    ring(1)
    assert commands.tend(anchors, now=NOON) == 2
    assert all(each.error for each in queries.anchors(anchors, now=NOON))
    assert models.Anchor.objects.filter(held_at=None).count() == 2


def test_the_page_shows_what_holds_and_raises_the_alarm(
    organisation: CastOrganisation,
    alice: Actor,
    charlie: Actor,
    client_of: ClientOf,
    address: WitnessAddress,  # noqa: F811
    home: Path,  # noqa: F811
    settings: Any,
    unguarded: None,
) -> None:
    assert "Nothing outside holds this ledger yet" in client_of(alice).get("/ledger/anchors/").content.decode()
    settings.BURGRAVE_ANCHORS = Anchors(witnesses=(address,))
    ring(4)
    commands.tend(settings.BURGRAVE_ANCHORS, now=NOON)
    page = client_of(alice).get("/ledger/anchors/").content.decode()
    assert "Holds everything" in page
    assert address.key.name in page
    cut(2)
    sign_the_new_past(home)
    commands.tend(settings.BURGRAVE_ANCHORS, now=NOON + timedelta(minutes=1))
    page = client_of(alice).get("/ledger/anchors/").content.decode()
    assert "The past that is stored here is not the one that was seen outside" in page
    assert client_of(charlie).get("/ledger/anchors/").status_code == 403


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BURGRAVE_WITNESSES", "nobody", "a witness is written"),
        ("BURGRAVE_TIMESTAMP_URL", "http://tsa.example.org/", "go together"),
        ("BURGRAVE_TIMESTAMP_ROOTS", "/roots.pem", "go together"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(environment.BadSetting, match=sentence):
        environment.anchors()


def test_the_settings_name_each_anchor_once(address: WitnessAddress, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    written = f"{address.key.text()}@{address.url}/"
    monkeypatch.setenv("BURGRAVE_WITNESSES", written)
    monkeypatch.setenv("BURGRAVE_CHECKPOINT_COPIES", "s3://a/b file:///c")
    assert environment.anchors() == Anchors(witnesses=(address,), copies=("s3://a/b", "file:///c"))
    monkeypatch.setenv("BURGRAVE_WITNESSES", f"{written} {written}")
    with pytest.raises(environment.BadSetting, match="names a witness twice"):
        environment.anchors()
