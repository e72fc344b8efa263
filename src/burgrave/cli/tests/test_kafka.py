"""Topics of Kafka on the mock cluster of the client itself: each message once, whatever ends between."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from burgrave.cli.listening import kafka, kafka_sharing
from burgrave.cli.listening.kafka import Topics
from burgrave.cli.listening.kafka_settings import BadKafkaSettings, settings_for, without_secrets
from burgrave.cli.listening.kafka_sharing import BEFORE, FOLDER, NoSeat, Share
from burgrave.cli.tests import kafka_listener
from burgrave.cli.tests.kafka_listener import into, of
from burgrave.engines import spool
from burgrave.intake.errors import SpoolFull
from burgrave.intake.queries.consumers import consumer_state
from burgrave.intake.terms import ListenedSource, state_file

client = pytest.importorskip("confluent_kafka")
pytestmark = pytest.mark.engine_only
PATIENCE = 20.0
KILLED_AFTER_SECONDS = 0.15
LISTENER = str(Path(kafka_listener.__file__))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A producer that carries its brokers in itself."""
    producer = client.Producer({"test.mock.num.brokers": 1, "log_level": 2})
    yield producer
    producer.flush(5)


@pytest.fixture
def brokers(cluster: Any) -> str:
    return ",".join(f"{each.host}:{each.port}" for each in cluster.list_topics(timeout=5).brokers.values())


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(kafka, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(kafka, "STATE_SECONDS", 0.1)
    monkeypatch.setattr(kafka, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(kafka, "SHARE_SECONDS", 0.1)


class Spool:
    """What stands under each key; may be full, or die before or after it wrote."""

    def __init__(self) -> None:
        self.held: dict[bytes, bytes] = {}
        self.given = self.full = self.dies_before = self.dies_after = 0

    def keep(self, _source: ListenedSource, payload: bytes, key: bytes, _cut: int) -> None:
        self.given += 1
        if self.full:
            self.full -= 1
            raise SpoolFull("full", retry_after_seconds=1, mend="", words={})
        if self.dies_before:
            self.dies_before -= 1
            raise RuntimeError("killed")
        self.held.setdefault(key, payload)
        if self.dies_after:
            self.dies_after -= 1
            raise RuntimeError("killed")

    @property
    def lines(self) -> list[bytes]:
        return sorted(line for payload in self.held.values() for line in payload.splitlines())


def produce(cluster: Any, topic: str, *values: bytes | None, partition: int = 0) -> None:
    for value in values:
        cluster.produce(topic, value, partition=partition)
    assert cluster.flush(10) == 0


def consumed(topics: Topics, until: Callable[[], bool]) -> None:
    """Consume in a thread until something is true."""
    thread = threading.Thread(target=topics.run)
    thread.start()
    end = time.monotonic() + PATIENCE
    while not until() and time.monotonic() < end:
        time.sleep(0.02)
    topics.stop.set()
    thread.join(PATIENCE)
    assert until()
    assert not thread.is_alive()


def mark(folder: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((folder / FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def state(folder: Path, seat: int = 0) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / state_file(seat)).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def test_messages_of_every_partition_stand_once_and_a_second_consumer_goes_on(
    cluster: Any, brokers: str, tmp_path: Path
) -> None:
    produce(cluster, "logs", b'{"a":\r\n 1}', b"text\0 line", None, b" ")
    produce(cluster, "logs", b'{"a": 2}', partition=1)
    spool, source = Spool(), of("logs", brokers)
    consumed(
        Topics(source, tmp_path, spool.keep, settings=None),
        lambda: len(spool.lines) == 3 and state(tmp_path).get("lag") == 0 and state(tmp_path)["last_message_at"] != "",
    )
    assert spool.lines == [b"text  line", b'{"a":   1}', b'{"a": 2}']
    assert state(tmp_path)["partitions"] == 4
    produce(cluster, "logs", b'{"a": 3}')
    consumed(Topics(source, tmp_path, spool.keep, settings=None), lambda: len(spool.lines) == 4)
    assert spool.given == 4
    assert mark(tmp_path, "logs.0")["pending"] is None


@pytest.mark.parametrize("moment", ["dies_before", "dies_after"])
def test_whoever_dies_while_keeping_gives_the_same_again_under_its_key(
    cluster: Any, brokers: str, tmp_path: Path, moment: str
) -> None:
    produce(cluster, moment, *(b'{"n": %d}' % number for number in range(50)))
    spool, source = Spool(), of(moment, brokers)
    setattr(spool, moment, 2)
    consumed(Topics(source, tmp_path, spool.keep, settings=None), lambda: len(spool.lines) >= 50)
    produce(cluster, moment, b'{"n": 50}')
    consumed(Topics(source, tmp_path, spool.keep, settings=None), lambda: len(spool.lines) >= 51)
    assert len(spool.lines) == len(set(spool.lines)) == 51
    assert spool.given >= 4


def test_what_does_not_fit_waits_and_the_page_says_so(cluster: Any, brokers: str, tmp_path: Path) -> None:
    produce(cluster, "full", b"1", b"2")
    spool, seen = Spool(), []
    spool.full = 5
    topics = Topics(of("full", brokers), tmp_path, spool.keep, settings=None)

    def until() -> bool:
        seen.append(state(tmp_path).get("is_waiting"))
        return spool.lines == [b"1", b"2"] and seen[-1] is False

    consumed(topics, until)
    assert True in seen


def test_one_that_is_told_to_stop_while_it_waits_keeps_its_note(cluster: Any, brokers: str, tmp_path: Path) -> None:
    produce(cluster, "stop", b"1")
    spool, source = Spool(), of("stop", brokers)
    spool.full = 10_000
    consumed(Topics(source, tmp_path, spool.keep, settings=None), lambda: spool.given > 2)
    assert mark(tmp_path, "stop.0")["pending"] == [0, 0]
    spool.full = 0
    consumed(Topics(source, tmp_path, spool.keep, settings=None), lambda: spool.lines == [b"1"])


def test_a_topic_that_was_made_anew_is_consumed_from_its_beginning(cluster: Any, brokers: str, tmp_path: Path) -> None:
    produce(cluster, "anew", b"1")
    (tmp_path / BEFORE).write_text(json.dumps({"next": {"anew/0": 7}, "pending": {"anew/0": [3, 9]}, "epoch": 0}))
    spool = Spool()
    consumed(Topics(of("anew", brokers), tmp_path, spool.keep, settings=None), lambda: spool.lines == [b"1"])
    assert mark(tmp_path, "anew.0")["epoch"] == 1


def test_marks_of_before_are_continued_and_partitions_are_shared_by_locks(tmp_path: Path) -> None:
    old = {"next": {"t/0": 7, "t/1": 3}, "pending": {"t/1": [3, 9]}, "epoch": 2}
    (tmp_path / BEFORE).write_text(json.dumps(old))
    places = [f"t/{number}" for number in range(5)]
    first, second = Share(tmp_path), Share(tmp_path)
    first.sit()
    first.sit()
    assert first.look(places)
    assert not first.look(places)
    assert (first.marks["t/0"].next_offset, first.marks["t/1"].pending, first.marks["t/4"].epoch) == (7, (3, 9), 2)
    first.marks["t/0"].next_offset = 8
    first.marks["t/0"].save()
    second.sit()
    assert not second.look(places)  # everything is held by the first still
    assert first.look(places)
    assert second.look(places)
    assert (list(first.marks), list(second.marks)) == (places[:3], places[3:])
    first.leave()
    assert second.look(places)
    assert second.marks["t/0"].next_offset == 8
    assert second.look(places[:1])
    assert list(second.marks) == places[:1]


def test_there_are_so_many_seats_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_sharing, "MOST_LISTENERS", 1)
    Share(tmp_path).leave()
    first = Share(tmp_path)
    first.sit()
    with pytest.raises(NoSeat, match="1 listeners consume this source already"):
        Share(tmp_path).sit()
    topics = Topics(of("seats", "127.0.0.1:1"), tmp_path, Spool().keep, settings=None)
    consumed(topics, lambda: True)
    assert state(tmp_path) == {}  # the listener that has the seat says how it fares
    first.leave()


def kept(folder: Path) -> list[bytes]:
    """The lines of the spool, those under one key once, as they are taken in."""
    spool.close_due(folder / "spool", "json", now_ms=2, longest_ms=1)
    frames = [frame for path in spool.closed_segments(folder / "spool", "json") for frame in spool.contents_of(path)]
    by_key = {each.key_sha256: each.payload for each in frames}
    return sorted(line for payload in by_key.values() for line in payload.split())


def test_two_listeners_share_the_partitions_and_one_takes_over_what_the_other_left_when_it_was_killed(
    cluster: Any, brokers: str, tmp_path: Path, settings: Any
) -> None:
    topic, few = "shared", [b"%d" % number for number in range(10)]
    many = [[b"%d" % (100 * partition + number) for number in range(60)] for partition in range(1, 5)]
    wanted = sorted([*few, *(line for lines in many for line in lines)])
    produce(cluster, topic, *few)
    settings.BURGRAVE_SPOOL = tmp_path
    folder = tmp_path / str(of(topic, brokers).log_source_id)
    other = subprocess.Popen([sys.executable, LISTENER, topic, brokers, str(folder)])
    mine = Topics(of(topic, brokers), folder, into(folder), settings=None)
    thread = threading.Thread(target=mine.run)
    thread.start()
    try:
        assert wait(lambda: sorted(state(folder, seat).get("partitions", 0) for seat in range(2)) == [2, 2])
        together = consumer_state(of(topic, brokers).log_source_id)
        assert together is not None
        assert (together.listeners, together.partitions) == (2, 4)
        for partition, lines in enumerate(many):
            produce(cluster, topic, *lines, partition=partition)
        time.sleep(KILLED_AFTER_SECONDS)
        other.kill()
        other.wait()
        assert wait(lambda: len(kept(folder)) >= len(wanted) and len(mine._share.marks) == 4)
    finally:
        other.kill()
        other.wait()
        mine.stop.set()
        thread.join(PATIENCE)
    assert kept(folder) == wanted


def wait(until: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not until() and time.monotonic() < end:
        time.sleep(0.02)
    return until()


def test_trouble_is_said_in_the_clients_words(tmp_path: Path) -> None:
    topics = Topics(of("x", "127.0.0.1:1"), tmp_path, Spool().keep, settings=None)
    consumed(topics, lambda: "127.0.0.1:1" in str(state(tmp_path).get("trouble")) or "brokers" in str(state(tmp_path)))
    secret = tmp_path / "kafka.ini"
    secret.write_text("[DEFAULT]\nsasl.password = hush\nwrong = 1\n")
    secret.chmod(0o600)
    topics = Topics(of("x", "127.0.0.1:1"), tmp_path, Spool().keep, settings=secret)
    consumed(topics, lambda: "holds 'wrong'" in state(tmp_path)["trouble"])
    assert "hush" not in state(tmp_path)["trouble"]


def test_what_the_client_does_not_take_is_said_without_the_passwords(tmp_path: Path) -> None:
    path = tmp_path / "kafka.ini"
    path.write_text("[DEFAULT]\nsecurity.protocol = SASL\nsasl.password = hush\n")
    path.chmod(0o600)
    topics = Topics(of("x", "127.0.0.1:1"), tmp_path, Spool().keep, settings=path)
    consumed(topics, lambda: "refuses its settings" in str(state(tmp_path).get("trouble")))
    assert "security.protocol" in state(tmp_path)["trouble"]
    assert without_secrets('no "hush" here', {"sasl.password": "hush"}) == 'no "…" here'


def test_settings_are_of_the_brokers_and_secrets_come_from_files(tmp_path: Path) -> None:
    path, password = tmp_path / "kafka.ini", tmp_path / "password"
    password.write_text("p%40ss\n")
    path.write_text(
        f"[DEFAULT]\nsecurity.protocol = SASL_SSL\n[b:9093]\nsasl.username = u\nsasl.password.file = {password}\n"
    )
    path.chmod(0o600)
    assert settings_for(None, "b:9093") == {}
    assert settings_for(path, "other:1") == {"security.protocol": "SASL_SSL"}
    assert settings_for(path, "a:1,b:9093") == {
        "security.protocol": "SASL_SSL",
        "sasl.username": "u",
        "sasl.password": "p%40ss",
    }


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (b"[DEFAULT]\na = 1\n", 0o600, "holds 'a', which is not known"),
        (b"[DEFAULT]\ngroup.id.file = /x\n", 0o600, "not known"),
        (b"[DEFAULT]\nsasl.password.file = /nowhere/x\n", 0o600, "names a file for sasl.password"),
        (b"sasl.password = hush\n", 0o600, "no file of sections"),
        (b"\xff", 0o600, "no UTF-8"),
        (b"", 0o644, "may be read by others"),
    ],
)
def test_a_file_of_settings_that_is_none_is_refused_without_its_secrets(
    tmp_path: Path, content: bytes, mode: int, words: str
) -> None:
    path = tmp_path / "kafka.ini"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(BadKafkaSettings, match=words) as refused:
        settings_for(path, "b:9093")
    assert "hush" not in str(refused.value)
