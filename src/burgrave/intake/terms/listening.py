"""Where sources are listened for."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from burgrave.intake.terms.facts import LogSourceId, SourceKind

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"


class Transport(StrEnum):
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Address:
    """An address to listen at."""

    transport: Transport
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        return ipaddress.ip_address(self.host).is_loopback


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenedSource:
    """A source that the listener hears.

    ``address`` and ``senders`` are of syslog, ``files`` a folder and a pattern, ``matches`` of the journal, ``topics``
    of the brokers at ``brokers``.
    No senders: whatever comes to the address and no other source claims.
    """

    log_source_id: LogSourceId
    kind: SourceKind
    close_after: timedelta
    address: Address | None = None
    senders: tuple[Network, ...] = ()
    files: tuple[str, str] | None = None
    matches: tuple[str, ...] = ()
    brokers: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerState:
    """How the ``listeners`` of a Kafka source fare, as they said last at ``at``; ``trouble`` is empty when all is well.

    ``lag`` is how many messages wait at the brokers; ``last_message_at`` when the newest one that was kept was written.
    """

    at: datetime
    trouble: str
    lag: int
    partitions: int
    is_waiting: bool
    last_message_at: datetime | None
    listeners: int = 1


def state_file(seat: int) -> str:
    """Where the listener with this seat says how it fares."""
    return f"consumer.{seat}.json" if seat else "consumer.json"
