"""Where a source is heard, in one spelling: an address to listen at, a folder to watch, what of the journal to read.

A syslog source: ``udp://127.0.0.1:5514``, ``tcp://``, ``tls://``. A folder: an absolute path, whose last part may hold
``*`` and ``?``. The journal: fields as ``journalctl`` takes them, such as ``_SYSTEMD_UNIT=sshd.service``, or nothing.
Kafka: ``kafka://broker-1:9092,broker-2:9092/topic,other-topic``.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import PurePosixPath

from burgrave.intake.terms import Address, LogSourceFacts, Network, SourceKind, Transport
from burgrave.web.errors import BadInput

MOST_SENDERS = 16
HIGHEST_PORT = 65_535
_PLACE = re.compile(r"(udp|tcp|tls)://(\[[0-9A-Fa-f:.]{2,45}\]|[0-9.]{7,15}|localhost):([0-9]{1,5})/?")
_BROKER = r"(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:]{2,45}\]):[0-9]{1,5}"
_KAFKA = re.compile(
    rf"kafka://({_BROKER}(?:,{_BROKER}){{0,15}})/([A-Za-z0-9._-]{{1,249}}(?:,[A-Za-z0-9._-]{{1,249}}){{0,31}})"
)
MOST_TOPICS = 16
_MATCH = re.compile(r"[A-Z_][A-Z0-9_]{0,63}=[^\s\x00-\x1f]{1,200}")


def listening(text: str) -> Address:
    """The address that a syslog source is listened for at. Raises BadInput."""
    found = _PLACE.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        host = "127.0.0.1" if found[2] == "localhost" else str(ipaddress.ip_address(found[2].strip("[]")))
        port = int(found[3])
        if not 0 < port <= HIGHEST_PORT:
            raise ValueError
    except ValueError:
        raise BadInput(
            "a syslog source is listened for at an address such as udp://127.0.0.1:5514, got %(text)s",
            words={"text": text[:80] or "-"},
            mend="Begin with udp://, tcp:// or tls://, then an IP address of this machine, a colon and a port.",
        ) from None
    return Address(Transport(found[1]), host, port)


def senders(text: str) -> tuple[Network, ...]:
    """The addresses and networks that a syslog source sends from; empty: any. Raises BadInput."""
    parts = [each for each in re.split(r"[,\s]+", text.strip()) if each]
    if len(parts) > MOST_SENDERS:
        raise BadInput("a source names at most %(most)s senders", words={"most": str(MOST_SENDERS)})
    try:
        return tuple(ipaddress.ip_network(each, strict=False) for each in parts)
    except ValueError as fault:
        raise BadInput(
            "senders are IP addresses or networks, separated by commas, got %(text)s",
            words={"text": text[:80]},
            mend="Write 192.0.2.7 or 192.0.2.0/24.",
        ) from fault


def folder(text: str) -> tuple[PurePosixPath, str]:
    """The folder that is watched, and the pattern of its files. Raises BadInput."""
    path = PurePosixPath(text.strip())
    pattern = path.name
    parents = str(path.parent)
    if not path.is_absolute() or not pattern or ".." in path.parts or any(each in parents for each in "*?["):
        raise BadInput(
            "a folder is watched by an absolute path with a pattern of files at its end, got %(text)s",
            words={"text": text[:80] or "-"},
            mend="Write /var/log/app/*.log, without * in the folders before it.",
        )
    return path.parent, pattern


def journal(text: str) -> tuple[str, ...]:
    """What of the journal is read, as matches of `journalctl`; empty: all of it. Raises BadInput."""
    matches = tuple(text.split())
    for each in matches:
        if not _MATCH.fullmatch(each):
            raise BadInput(
                "the journal is narrowed by fields such as _SYSTEMD_UNIT=sshd.service, got %(text)s",
                words={"text": each[:80]},
                mend="Write FIELD=value, several separated by spaces, or nothing for all of it.",
            )
    return matches


def kafka(text: str) -> tuple[str, tuple[str, ...]]:
    """The brokers, as their clients spell them, and the topics that are consumed. Raises BadInput."""
    found = _KAFKA.fullmatch(text.strip())
    topics = tuple(dict.fromkeys(found[2].split(","))) if found else ()
    if found is None or len(topics) > MOST_TOPICS or any(each in {".", ".."} for each in topics):
        raise BadInput(
            "topics are consumed at a place such as kafka://broker.example.org:9092/logs, got %(text)s",
            words={"text": text[:80] or "-"},
            mend="Write kafka://, the brokers with their ports, a slash, and the topics, separated by commas.",
        )
    return found[1].lower(), topics


def must_fit(facts: LogSourceFacts) -> None:
    """Return when the place is one for the kind. Raises BadInput."""
    spelled(facts)
    if facts.kind is SourceKind.SYSLOG:
        senders(facts.senders)


def spelled(facts: LogSourceFacts) -> str:
    """The place in its one spelling. Raises BadInput."""
    if facts.kind is SourceKind.SYSLOG:
        return str(listening(facts.place))
    if facts.kind is SourceKind.FOLDER:
        parent, pattern = folder(facts.place)
        return f"{parent}/{pattern}".replace("//", "/")
    if facts.kind is SourceKind.JOURNAL:
        return " ".join(journal(facts.place))
    if facts.kind is SourceKind.KAFKA:
        brokers, topics = kafka(facts.place)
        return f"kafka://{brokers}/{','.join(topics)}"
    return ""
