"""Somebody who owns the ledger's machine and its key rewrites the past, before a real witness on the loopback."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction

from burgrave.cli.ledger import ledger as ledger_command
from burgrave.cli.witness import witness as witness_command
from burgrave.cli.witnessing import server as serving
from burgrave.cli.witnessing.home import STORE, Witness, WitnessFault, open_witness
from burgrave.custody import commands as custody
from burgrave.custody import errors
from burgrave.custody import queries as keys
from burgrave.custody.commands.keys import private_key
from burgrave.custody.terms import WitnessAddress, parse_witness
from burgrave.engines import tlog
from burgrave.engines.canonical import canonical_json, parse_canonical
from burgrave.engines.merkle import leaf_hash
from burgrave.engines.note import Checkpoint, VerifierKey, open_note, sign_note
from burgrave.engines.witness import AddCheckpoint, verify_cosignature
from burgrave.ledger import commands, models, queries
from burgrave.ledger.errors import LedgerBroken, NoSuchRecord
from burgrave.ledger.terms import SIGNED_AT, Record, time_text
from burgrave.web.terms import system_actor

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NAME = "witness.example/w1"

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class BellRung(Record):
    kind: ClassVar[str] = "house.bell_rung"
    times: int

    def subjects(self) -> tuple[str, ...]:
        return ("house.bell:1",)


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.BURGRAVE_HOME = tmp_path / "log"
    custody.ensure_log_key(home=settings.BURGRAVE_HOME, passphrase=None)
    return settings.BURGRAVE_HOME


@pytest.fixture
def witness(tmp_path: Path, home: Path) -> Witness:
    opened = open_witness(tmp_path / "witness", name=NAME)
    opened.trust(keys.verifier())
    return opened


@pytest.fixture
def address(witness: Witness) -> Iterator[WitnessAddress]:
    server = serving.WitnessServer(("127.0.0.1", 0), witness)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield parse_witness(f"{witness.key.text()}@http://127.0.0.1:{server.server_address[1]}/")
    server.shutdown()
    thread.join()
    server.server_close()


def ring(count: int) -> None:
    with transaction.atomic():
        commands.append_all([BellRung(times=times) for times in range(count)], actor=system_actor(), at=NOON)
    custody.seal(now=NOON)


@pytest.fixture
def witnessed(address: WitnessAddress) -> Iterator[WitnessAddress]:
    """Nine records, cosigned; then the guards of the database are gone."""
    ring(9)
    custody.ask_witness(address)
    commands.disarm_guards(connection)
    yield address
    commands.install_guards(connection)


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount > 0


def edit(position: int) -> None:
    leaf = parse_canonical(bytes(models.Entry.objects.get(position=position).leaf))
    assert isinstance(leaf, dict)
    sql(
        "UPDATE ledger_entry SET leaf = %s WHERE position = %s",
        canonical_json({**leaf, "body": {"times": 77}}),
        position,
    )


def cut(size: int) -> None:
    sql("DELETE FROM ledger_subject WHERE position >= %s", size)
    for arrival in models.Entry.objects.filter(position__gte=size).values_list("arrival", flat=True):
        sql("DELETE FROM ledger_entry WHERE arrival = %s", arrival)


def sign_the_new_past(home: Path) -> None:
    """The thief of the key leaves nothing by which this machine alone could tell."""

    class Nothing:
        def read(self, level: int, index: int) -> bytes:
            raise AssertionError((level, index))

    leaves = models.Entry.objects.order_by("position").values_list("leaf", flat=True)
    grown = tlog.append(Nothing(), 0, [leaf_hash(bytes(leaf)) for leaf in leaves])
    models.Tile.objects.all().delete()
    models.Tile.objects.bulk_create([models.Tile(level=t.level, index=t.index, hashes=t.hashes) for t in grown.tiles])
    models.Log.objects.update(size=grown.size, root=grown.root)
    models.Checkpoint.objects.all().delete()
    checkpoint = Checkpoint(keys.verifier().name, grown.size, grown.root, (SIGNED_AT + time_text(NOON),))
    note = sign_note(checkpoint.text(), name=checkpoint.origin, private=private_key(home=home, passphrase=None))
    models.Checkpoint.objects.create(size=grown.size, note=note, signed_at=NOON)
    (home / "keys" / "ledger.checkpoint").write_text(note)
    assert queries.verify(verifier=keys.verifier(), kept=keys.kept_checkpoints()).size == grown.size


def seen_size(witness: Witness) -> int:
    with closing(sqlite3.connect(witness.home / STORE)) as store:
        (size,) = store.execute("SELECT size FROM log WHERE origin = ?", (keys.verifier().name,)).fetchone()
    return int(size)


def post(address: WitnessAddress, body: bytes, path: str = "/add-checkpoint") -> tuple[int, str, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address.url + path, data=body), timeout=5) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers["Content-Type"], refusal.read().decode()


def test_a_ledger_that_only_grows_is_cosigned_each_time(address: WitnessAddress, witness: Witness) -> None:
    for count in (3, 300, 1):
        ring(count)
        cosigned = custody.ask_witness(address)
        text = open_note(cosigned.note, verifier=keys.verifier())
        assert verify_cosignature(cosigned.note.splitlines(keepends=True)[-1], text, key=address.key)
    assert cosigned.size == seen_size(witness) == 304
    assert custody.ask_witness(address).size == 304  # to ask again is no harm
    origin_hash = sha256(keys.verifier().name.encode()).hexdigest()
    with urllib.request.urlopen(f"{address.url}/{origin_hash}/checkpoint", timeout=5) as shown:
        assert shown.read().decode().startswith(text)


def test_row_edit_is_found_here_and_row_edit_under_the_stolen_key_by_the_witness(
    witnessed: WitnessAddress, home: Path, witness: Witness
) -> None:
    edit(4)
    with pytest.raises(LedgerBroken):
        queries.verify(verifier=keys.verifier())
    sign_the_new_past(home)
    with pytest.raises(errors.WitnessDisagreed, match=r"Fork: .* shows root"):
        custody.ask_witness(witnessed)
    with closing(sqlite3.connect(witness.home / STORE)) as store:
        assert store.execute("SELECT note FROM refused").fetchall() == [(queries.checkpoint(),)]


def test_tail_cut_under_the_stolen_key(witnessed: WitnessAddress, home: Path, witness: Witness) -> None:
    cut(6)
    sign_the_new_past(home)
    with pytest.raises(errors.WitnessDisagreed, match="cosigned 9 records of this ledger, which now has 6"):
        custody.ask_witness(witnessed)
    assert seen_size(witness) == 9


def test_tail_rewrite_under_the_stolen_key(witnessed: WitnessAddress, home: Path, witness: Witness) -> None:
    cut(6)
    sign_the_new_past(home)
    ring(5)
    assert queries.verify(verifier=keys.verifier(), kept=keys.kept_checkpoints()).size == 11
    with pytest.raises(errors.WitnessDisagreed, match=r"BadProof: .* does not show that 11 entries begin with the 9"):
        custody.ask_witness(witnessed)
    assert seen_size(witness) == 9


def test_swapped_entries_under_the_stolen_key(witnessed: WitnessAddress, home: Path) -> None:
    sql("UPDATE ledger_entry SET position = 1000 WHERE position = 2")
    sql("UPDATE ledger_entry SET position = 2 WHERE position = 3")
    sql("UPDATE ledger_entry SET position = 3 WHERE position = 1000")
    sign_the_new_past(home)
    with pytest.raises(errors.WitnessDisagreed, match="Fork"):
        custody.ask_witness(witnessed)


def test_replay_of_an_old_checkpoint_is_answered_with_the_known_size(address: WitnessAddress) -> None:
    ring(4)
    old = queries.checkpoint()
    assert old
    ring(5)
    custody.ask_witness(address)
    for old_size in (0, 4):
        status, kind, body = post(address, AddCheckpoint(old_size, (), old).text().encode())
        assert (status, kind, body) == (409, "text/x.tlog.size", "9\n")


def test_two_logs_at_once_do_not_touch_each_other(address: WitnessAddress, witness: Witness) -> None:
    private = Ed25519PrivateKey.generate()
    other = VerifierKey("elsewhere.example/log", private.public_key().public_bytes_raw())
    checkpoint = Checkpoint(other.name, 7, bytes(32))
    body = AddCheckpoint(0, (), sign_note(checkpoint.text(), name=other.name, private=private)).text().encode()
    assert post(address, body)[0] == 404
    witness.trust(other)
    ring(9)
    answers: list[int] = []
    askers = [threading.Thread(target=lambda: answers.append(post(address, body)[0])) for _ in range(4)]
    for asker in askers:
        asker.start()
    assert custody.ask_witness(address).size == 9
    for asker in askers:
        asker.join()
    assert sorted(answers) == [200, 409, 409, 409]
    assert seen_size(witness) == 9


def test_a_witness_that_is_away_or_a_stranger_is_told_apart_from_one_that_disagrees(
    address: WitnessAddress, tmp_path: Path
) -> None:
    with pytest.raises(NoSuchRecord, match="nothing is signed yet"):
        custody.ask_witness(address)
    ring(3)
    with socket.create_server(("127.0.0.1", 0)) as unheard:
        port = unheard.getsockname()[1]
    with pytest.raises(errors.WitnessAway, match="Connection refused"):
        custody.ask_witness(parse_witness(f"{address.key.text()}@http://127.0.0.1:{port}/"))
    foreign = open_witness(tmp_path / "foreign", name=NAME)
    with pytest.raises(errors.WitnessStranger, match="no cosignature of witness"):
        custody.ask_witness(WitnessAddress(key=foreign.key, url=address.url))


def test_killed_between_store_and_answer_it_remembers_what_it_may_have_signed(witness: Witness) -> None:
    ring(9)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    dying = (
        "import os; from burgrave.cli.witnessing import server; from burgrave.cli.main import main\n"
        "answer = server.Handler.answer\n"
        "def die(self, status, *rest, **more):\n"
        "    os.kill(os.getpid(), 9) if status == 200 else answer(self, status, *rest, **more)\n"
        "server.Handler.answer = die\nmain()"
    )
    asked = parse_witness(f"{witness.key.text()}@http://127.0.0.1:{port}")
    arguments = ["witness", "serve", "--home", str(witness.home), "--bind", f"127.0.0.1:{port}"]
    with _process(["-c", dying, *arguments], port) as process:
        with pytest.raises(errors.WitnessAway):
            custody.ask_witness(asked)
        assert process.wait(timeout=10) == -9
    assert seen_size(witness) == 9
    with _process(["-m", "burgrave", *arguments], port) as process:
        assert custody.ask_witness(asked).size == 9
        process.terminate()
        assert process.wait(timeout=10) == 0


class _process:  # noqa: N801 - it is used as a function
    """A process that listens on the port, killed at the end whatever happened."""

    def __init__(self, arguments: list[str], port: int) -> None:
        self._port = port
        self._process = subprocess.Popen(
            [sys.executable, *arguments], env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, text=True
        )

    def __enter__(self) -> subprocess.Popen[str]:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return self._process
        raise AssertionError("the witness does not listen")

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/elsewhere", b"", 404),
        ("/add-checkpoint", b"old 1\n", 400),
        ("/add-checkpoint", b"old 0\n\nnonsense", 400),
    ],
    ids=["address", "form", "checkpoint"],
)
def test_a_request_that_is_none_is_refused(address: WitnessAddress, path: str, body: bytes, status: int) -> None:
    assert post(address, body, path)[0] == status


def test_a_request_that_announces_too_much_is_refused_unread(address: WitnessAddress) -> None:
    port = int(address.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as greedy:
        greedy.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 65537\r\n\r\n")
        assert greedy.recv(100).startswith(b"HTTP/1.0 413 ")


def test_a_sender_that_drips_is_cut_off(address: WitnessAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "REQUEST_SECONDS", 0.3)
    port = int(address.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as slow:
        slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\n")
        assert slow.recv(100) == b""


def test_key_and_trust_from_the_command_line(home: Path, tmp_path: Path) -> None:
    def call(*arguments: str):
        return CliRunner().invoke(witness_command, [*arguments, "--home", str(tmp_path / "w")])

    made = call("key", "--name", NAME)
    assert made.exit_code == 0
    assert made.output == call("key").output
    assert (tmp_path / "w" / "witness.pem").stat().st_mode & 0o777 == 0o600
    assert call("key", "--name", "other").exit_code == 1
    vkey = keys.verifier().text()
    assert call("trust", vkey).exit_code == 0
    assert call("trust", vkey).exit_code == 0
    other = VerifierKey(keys.verifier().name, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    assert "a log does not change its key" in call("trust", other.text()).output
    assert call("trust", "nonsense").exit_code == 1
    assert call("serve", "--bind", "nowhere").exit_code == 2


def test_a_loose_or_a_lost_witness_key_is_refused(witness: Witness) -> None:
    pem = witness.home / "witness.pem"
    pem.chmod(0o644)
    with pytest.raises(WitnessFault, match="mode 0644, expected 0600"):
        open_witness(witness.home)
    pem.unlink()
    with pytest.raises(WitnessFault, match="is gone; restore it"):
        open_witness(witness.home)


def test_cosign_prints_the_checkpoint_with_the_cosignature_and_fails_before_another_past(
    witnessed: WitnessAddress, home: Path
) -> None:
    where = f"{witnessed.key.text()}@{witnessed.url}/"
    done = CliRunner().invoke(ledger_command, ["cosign", where])
    assert done.exit_code == 0
    assert done.stdout.startswith(queries.checkpoint())
    assert f"\n— {NAME} " in done.stdout
    cut(6)
    sign_the_new_past(home)
    refused = CliRunner().invoke(ledger_command, ["cosign", where])
    assert refused.exit_code == 1
    assert "it was cut or put back" in refused.output


@pytest.mark.parametrize("url", ["ftp://h/", "http://", "http://h:x/", "http://h/?q=1", ""])
def test_a_witness_has_an_http_address(url: str, witness: Witness) -> None:
    with pytest.raises(ValueError, match="a witness is written"):
        parse_witness(f"{witness.key.text()}@{url}")


def test_a_cosigned_checkpoint_that_was_kept_finds_the_past_that_was_put_back(
    witnessed: WitnessAddress, home: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "cosigned.txt"
    kept.write_text(custody.ask_witness(witnessed).note, encoding="utf-8")
    arguments = ["verify", "--checkpoint", str(kept)]
    assert CliRunner().invoke(ledger_command, arguments).exit_code == 0
    cut(6)
    sign_the_new_past(home)
    found = CliRunner().invoke(ledger_command, arguments)
    assert found.exit_code == 1
    assert "Rollback" in found.output


def test_a_witness_needs_no_django() -> None:
    asked = "import sys, burgrave.cli.witness; sys.exit('django' in sys.modules)"
    subprocess.run(
        [sys.executable, "-c", asked], env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, check=True
    )
