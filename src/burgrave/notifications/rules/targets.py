"""Where a webhook may lead: to a public server over TLS, and to nothing inside, unless the settings say so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from burgrave.notifications.errors import BadTarget
from burgrave.notifications.terms import TargetRules

MOST_CHARACTERS = 500
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*\.?")
_NAT64 = IPv6Network("64:ff9b::/96")
_PORTS = {"https": 443, "http": 80}
_MEND = "Give an address like https://hooks.example.org/burgrave."

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address of the web, taken apart once. ``path`` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str, rules: TargetRules) -> Target:
    """The parts of an address that a webhook may have. Raises BadTarget."""
    parts, port = _parts(url)
    if parts.scheme not in ({"https", "http"} if rules.allow_http else {"https"}):
        raise BadTarget(
            "a webhook leads over TLS: the address begins with https://, got %(scheme)s",
            words={"scheme": f"{parts.scheme[:20]}://"},
            mend=_MEND,
        )
    host = (parts.hostname or "").lower()
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadTarget("the address of a webhook holds no name, no password and no fragment", mend=_MEND)
    literal = _literal(host)
    if literal is None and not _HOST.fullmatch(host):
        raise BadTarget("the address of a webhook needs a host name", mend=_MEND)
    if literal is None and host.rstrip(".").rsplit(".", 1)[-1].isdigit():
        # 2130706433 and 127.1 are spellings of 127.0.0.1 that resolvers understand.
        raise BadTarget("the address of a webhook needs a host name", mend=_MEND)
    if literal is not None:
        must_be_allowed(literal, rules)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=host, port=port or _PORTS[parts.scheme], path=path)


def _parts(url: str) -> tuple[SplitResult, int | None]:
    if len(url) > MOST_CHARACTERS or not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise BadTarget(
            "the address of a webhook is at most 500 printable ASCII characters without a space", mend=_MEND
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadTarget("the address of a webhook cannot be read", mend=_MEND) from error
    return parts, port


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def must_be_allowed(address: Address, rules: TargetRules) -> None:
    """Return when a webhook may connect to this address. Raises BadTarget.

    What an address stands for counts, however it is written: IPv4 mapped into IPv6, 6to4, Teredo, NAT64.
    """
    for meant in _meant(address):
        if any(meant.version == network.version and meant in network for network in rules.networks):
            continue
        if not meant.is_global or meant.is_multicast or meant.is_reserved:
            raise BadTarget(
                "a webhook may not lead to %(address)s: it lies inside, not out on the internet",
                words={"address": str(address)},
                mend="If this is meant, let the operator name the network in BURGRAVE_WEBHOOK_NETWORKS.",
            )


def all_allowed(addresses: Iterable[Address], rules: TargetRules) -> tuple[Address, ...]:
    """The addresses, when every one of them is allowed: a name that leads inside with one of them is refused."""
    found = tuple(addresses)
    for address in found:
        must_be_allowed(address, rules)
    return found


def _meant(address: Address) -> tuple[Address, ...]:
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return (address,)
