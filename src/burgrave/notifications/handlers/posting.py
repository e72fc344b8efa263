"""One request to a webhook, over a connection that goes only where it may.

The name is looked up here, every address that it has is looked at, and the connection is made to one of these: a name
that changes between the look and the connection (DNS rebinding) changes nothing. Redirects are not followed, proxies of
the environment are not used, and an answer is read up to 64 KiB.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from burgrave.notifications.errors import DeliveryFailed
from burgrave.notifications.handlers.trust import distrust, tls_context
from burgrave.notifications.rules.targets import Target, all_allowed, target_of
from burgrave.notifications.terms import TargetRules

TIMEOUT_SECONDS = 10.0
DEADLINE_SECONDS = 30.0
MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int

    @property
    def is_success(self) -> bool:
        return self.status // 100 == 2  # noqa: PLR2004 - the class of success (RFC 9110, 15)


def post(url: str, body: bytes, headers: Mapping[str, str], *, rules: TargetRules) -> Answer:
    """The server's answer. Raises BadTarget where it may not lead, DeliveryFailed without an answer."""
    target = target_of(url, rules)
    addresses = all_allowed(_resolved(target), rules)
    connection = _connected(target, addresses)
    timer = threading.Timer(DEADLINE_SECONDS, _cut, args=[connection.sock])
    timer.daemon = True
    timer.start()
    try:
        connection.request("POST", target.path, body=body, headers={**headers, "Host": target.authority})
        response = connection.getresponse()
        response.read(MOST_BYTES)
        return Answer(status=response.status)
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryFailed(f"{target.authority} gave no answer: {_said(error)}") from error
    finally:
        timer.cancel()
        connection.close()


def _resolved(target: Target) -> tuple[IPv4Address | IPv6Address, ...]:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DeliveryFailed(f"the name {target.host} leads nowhere: {_said(error)}") from error
    return tuple(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found))


def _connected(target: Target, addresses: Iterable[IPv4Address | IPv6Address]) -> http.client.HTTPConnection:
    fault: OSError | None = None
    for address in addresses:
        connection = http.client.HTTPConnection(target.host, target.port, timeout=TIMEOUT_SECONDS)
        try:
            sock = socket.create_connection((str(address), target.port), timeout=TIMEOUT_SECONDS)
            if target.scheme == "https":
                sock = tls_context().wrap_socket(sock, server_hostname=target.host)
        except OSError as error:
            fault = error
            continue
        connection.sock = sock
        return connection
    raise DeliveryFailed(f"{target.authority} cannot be reached: {_said(fault or OSError('it has no address'))}")


def _cut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was closed meanwhile, which is what was wanted


def _said(error: Exception) -> str:
    if said := distrust(error):
        return said
    if isinstance(error, TimeoutError):
        return "it took too long"
    return str(error) or type(error).__name__
