"""Where sources are heard, in one spelling."""

from __future__ import annotations

from uuid import UUID

import pytest

from burgrave.intake.rules import places
from burgrave.intake.terms import LogSourceFacts, SourceKind
from burgrave.web.errors import BadInput
from burgrave.web.terms import UnitId


@pytest.mark.parametrize(
    ("kind", "typed", "spelled"),
    [
        (SourceKind.SYSLOG, " udp://127.0.0.1:5514/ ", "udp://127.0.0.1:5514"),
        (SourceKind.SYSLOG, "tls://[0:0::1]:6514", "tls://[::1]:6514"),
        (SourceKind.SYSLOG, "tcp://localhost:601", "tcp://127.0.0.1:601"),
        (SourceKind.FOLDER, "/var/log//app/*.log", "/var/log/app/*.log"),
        (SourceKind.FOLDER, "/messages", "/messages"),
        (SourceKind.JOURNAL, " _SYSTEMD_UNIT=ssh.service  PRIORITY=3 ", "_SYSTEMD_UNIT=ssh.service PRIORITY=3"),
        (SourceKind.JOURNAL, "", ""),
        (
            SourceKind.KAFKA,
            " kafka://B-1.example.org:9093,[::1]:9092/logs,more,logs ",
            "kafka://b-1.example.org:9093,[::1]:9092/logs,more",
        ),
        (SourceKind.HTTP, "anything", ""),
    ],
)
def test_a_place_has_one_spelling(kind: SourceKind, typed: str, spelled: str) -> None:
    facts = LogSourceFacts(name="X", unit_id=UnitId(UUID(int=1)), kind=kind, place=typed)
    assert places.spelled(facts) == spelled
    places.must_fit(facts)


@pytest.mark.parametrize(
    "text", ["", "udp://example.org:514", "ftp://127.0.0.1:21", "udp://127.0.0.1", "udp://127.0.0.1:0",
             "udp://127.0.0.1:70000", "udp://999.0.0.1:5"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="an address such as"):
        places.listening(text)


def test_loopback_is_told_from_addresses_that_others_reach() -> None:
    assert places.listening("udp://127.0.0.1:5514").is_loopback
    assert not places.listening("udp://0.0.0.0:5514").is_loopback


@pytest.mark.parametrize("text", ["", "logs/*.log", "/var/*/x.log", "/var/../x.log", "/"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="absolute path"):
        places.folder(text)


@pytest.mark.parametrize("text", ["unit=x", "A", "A=", "A=x\x01"])
def test_what_the_journal_does_not_know_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="narrowed by fields"):
        places.journal(text)


@pytest.mark.parametrize(
    "text", ["", "b:9092/logs", "kafka://b/logs", "kafka://b:9092/", "kafka://b:9092/..", "kafka://u:p@b:9092/logs",
             "kafka://b:9092/a b", "kafka://b:9092/" + ",".join(f"t{number}" for number in range(17))],
)  # fmt: skip
def test_what_is_no_topic_of_brokers_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="topics are consumed at a place such as"):
        places.kafka(text)


def test_senders_are_addresses_and_networks() -> None:
    assert [str(each) for each in places.senders("192.0.2.7, 10.1.2.3/8 ::1")] == [
        "192.0.2.7/32", "10.0.0.0/8", "::1/128",
    ]  # fmt: skip
    with pytest.raises(BadInput, match="IP addresses or networks"):
        places.senders("here")
    with pytest.raises(BadInput, match="at most 16"):
        places.senders(" ".join(f"10.0.0.{each}" for each in range(17)))
