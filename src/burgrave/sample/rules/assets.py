"""What the company owns: the named assets, their servers, and the many devices of people and plants."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from burgrave.assets.terms import AssetType, DependencyKind, IdentifierKind, Lifecycle, Need
from burgrave.sample.rules import content
from burgrave.sample.rules.content import Both
from burgrave.sample.rules.people import DOMAIN, PersonPlan
from burgrave.sample.terms import Tongue

PREFIX: Final = "SMP"
SERVER_NETS: Final = ("192.0.2", "198.51.100")
"""Addresses for documentation (RFC 5737); clients have those of RFC 3849."""
PEOPLE_A_TERMINAL: Final = 3
PLANTS: Final = ("rostock", "ningbo")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetPlan:
    """``added_days_ago`` is when it came; ``reviewed_days_ago`` is None where nobody has looked at it since."""

    ref: str
    name: str
    type: AssetType
    unit: str
    owner: str
    custodian: str = ""
    own: Need = field(default_factory=Need)
    value: int | None = None
    currency: str = "EUR"
    personal: bool = False
    phase: Lifecycle = Lifecycle.IN_USE
    tags: tuple[str, ...] = ()
    about: str = ""
    identifiers: tuple[tuple[IdentifierKind, str], ...] = ()
    added_days_ago: int = 420
    reviewed_days_ago: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Computer:
    """A device that events come from: its short name and whose account works on it."""

    host: str
    login: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """``links`` are reference of the dependent, kind, reference of the support."""

    assets: tuple[AssetPlan, ...]
    links: tuple[tuple[str, DependencyKind, str], ...]
    computers: tuple[Computer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A kind of device that stands in plants: so many in each, with a name, a host prefix and what it hangs on."""

    prefix: str
    name: Both
    count: int
    unit: str
    network: str
    type: AssetType = AssetType.DEVICE
    own: Need = field(default_factory=Need)
    supports: str = ""


_PLANT_DEVICES: Final = (
    _Kind(prefix="PLC", name=Both(en="Machine controller", zh="机床控制器"), count=60, unit="maintenance",
          network="N-OT", own=Need(integrity=3, availability=3), supports="S-SCADA"),
    _Kind(prefix="HMI", name=Both(en="Operator panel", zh="操作面板"), count=30, unit="maintenance", network="N-OT"),
    _Kind(prefix="SCAN", name=Both(en="Hand scanner", zh="手持终端"), count=34, unit="warehouse", network="N-OFFICE"),
    _Kind(prefix="PRN", name=Both(en="Label printer", zh="标签打印机"), count=14, unit="warehouse", network="N-OFFICE"),
    _Kind(prefix="SW", name=Both(en="Switch", zh="交换机"), count=21, unit="maintenance", network="N-OT",
          type=AssetType.NETWORK),
    _Kind(prefix="AP", name=Both(en="Access point", zh="无线接入点"), count=15, unit="warehouse", network="N-OFFICE",
          type=AssetType.NETWORK),
)  # fmt: skip
_WORKSTATION = Both(en="Workstation of {}", zh="{} 的工作站")
_TERMINAL = Both(en="Shared terminal {}", zh="共享终端 {}")


def inventory(tongue: Tongue, everybody: Sequence[PersonPlan], *, seed: int, copy: int = 0) -> Inventory:
    """Everything, with references that are unique among all copies."""
    chance = random.Random(f"assets {seed} {copy}")  # noqa: S311 - variety, not secrecy
    made = _Making(tongue=tongue, chance=chance, copy=copy)
    made.named()
    made.servers()
    made.clients(everybody)
    made.plants()
    return Inventory(assets=tuple(made.assets), links=tuple(made.links), computers=tuple(made.computers))


@dataclass(slots=True, kw_only=True)
class _Making:
    tongue: Tongue
    chance: random.Random
    copy: int
    assets: list[AssetPlan] = field(default_factory=list)
    links: list[tuple[str, DependencyKind, str]] = field(default_factory=list)
    computers: list[Computer] = field(default_factory=list)

    def ref(self, short: str) -> str:
        return f"{PREFIX}-{f'{self.copy:03d}-' if self.copy else ''}{short}"

    def host(self, name: str) -> str:
        return f"{name}-{self.copy:03d}" if self.copy else name

    def named(self) -> None:
        """The assets that the content names; every ninth was not looked at in time."""
        for place, row in enumerate(content.table("assets")):
            ranks = [int(each) for each in row["need"].split()] or [0, 0, 0]
            phase = Lifecycle(row["phase"])
            overdue = place % 9 == 0
            self.assets.append(
                AssetPlan(
                    ref=self.ref(row["ref"]),
                    name=content.both(row).said(self.tongue),
                    type=AssetType(row["type"]),
                    unit=row["unit"],
                    owner=row["owner"],
                    custodian=row["custodian"],
                    own=Need(confidentiality=ranks[0], integrity=ranks[1], availability=ranks[2]),
                    value=int(row["value"]) if row["value"] else None,
                    currency="CNY" if row["unit"].startswith("ningbo") else "EUR",
                    personal=row["personal"] == "yes",
                    phase=phase,
                    tags=tuple(filter(None, (each.strip() for each in row["tags"].split(",")))),
                    about=content.both(row, "about_").said(self.tongue),
                    reviewed_days_ago=None if overdue else self.chance.randint(3, 300),
                )
            )
            for each in filter(None, (part.strip() for part in row["needs"].split(","))):
                kind, _space, support = each.partition(" ")
                self.links.append((self.ref(row["ref"]), DependencyKind(kind), self.ref(support)))

    def servers(self) -> None:
        for place, row in enumerate(content.table("servers")):
            host, ref = self.host(row["host"]), self.ref(row["ref"])
            net, last = SERVER_NETS[place // 250 % len(SERVER_NETS)], place % 250 + 2
            address = ((IdentifierKind.IP, f"{net}.{last}"),) if not self.copy else ()
            self.assets.append(
                AssetPlan(
                    ref=ref,
                    name=f"{host} · {content.both(row).said(self.tongue)}",
                    type=AssetType.SYSTEM,
                    unit=row["unit"],
                    owner=row["owner"],
                    custodian=row["custodian"],
                    about=content.both(row, "about_").said(self.tongue),
                    identifiers=(*_host_names(host), *address),
                    reviewed_days_ago=None if place % 8 == 3 else self.chance.randint(3, 200),  # noqa: PLR2004 - some
                )
            )
            self.links.append((ref, DependencyKind.LOCATED_IN, self.ref(row["place"])))
            self.links.append((ref, DependencyKind.DEPENDS_ON, self.ref(row["network"])))
            if row["runs"]:
                self.links.append((ref, DependencyKind.DEPENDS_ON, self.ref(row["runs"])))
            self.computers.append(Computer(host=host, login="", unit=row["unit"]))

    def clients(self, everybody: Sequence[PersonPlan]) -> None:
        """One workstation for each person of an office, one terminal for three people of a hall."""
        halls: dict[str, int] = {}
        for place, person in enumerate(everybody):
            in_hall = person.unit.split("_")[0] in PLANTS and person.unit not in PLANTS
            if in_hall:
                halls[person.unit] = halls.get(person.unit, 0) + 1
                if halls[person.unit] % PEOPLE_A_TERMINAL:
                    continue
            host = self.host(f"{'TM' if in_hall else 'WS'}-{place:04d}")
            pattern, whose = (_TERMINAL, host) if in_hall else (_WORKSTATION, person.name)
            name = pattern.said(self.tongue).format(whose)
            network = "N-OFFICE-N" if person.time_zone == "Asia/Shanghai" else "N-OFFICE-R"
            self._device(
                host, name=name, unit=person.unit, owner="places", ref=host, network=network, address=place,
                added=self.chance.randint(30, 350), login=person.login,
            )  # fmt: skip

    def plants(self) -> None:
        address = 40_000
        for plant in PLANTS:
            letter = plant[0].upper()
            for kind in _PLANT_DEVICES:
                for number in range(1, kind.count + 1):
                    address += 1
                    host = self.host(f"{kind.prefix}-{letter}{number:02d}")
                    self._device(
                        host, name=f"{kind.name.said(self.tongue)} {host}", unit=f"{plant}_{kind.unit}",
                        owner=f"{plant}_owner", ref=host, network=f"{kind.network}-{letter}", address=address,
                        added=self.chance.randint(30, 350), login="", asset_type=kind.type, own=kind.own,
                    )  # fmt: skip
                    if kind.supports:
                        support = self.ref(f"{kind.supports}-{letter}")
                        self.links.append((support, DependencyKind.DEPENDS_ON, f"{PREFIX}-{host}"))

    def _device(
        self,
        host: str,
        *,
        name: str,
        unit: str,
        owner: str,
        ref: str,
        network: str,
        address: int,
        added: int,
        login: str,
        asset_type: AssetType = AssetType.DEVICE,
        own: Need | None = None,
    ) -> None:
        self.assets.append(
            AssetPlan(
                ref=f"{PREFIX}-{ref}",
                name=name,
                type=asset_type,
                unit=unit,
                owner=owner,
                own=own or Need(),
                identifiers=(*_host_names(host), (IdentifierKind.IP, _client_address(self.copy, address))),
                added_days_ago=added // 90 * 90 + 20,
            )
        )
        self.links.append((f"{PREFIX}-{ref}", DependencyKind.DEPENDS_ON, self.ref(network)))
        if login:
            self.computers.append(Computer(host=host, login=login, unit=unit))


def _host_names(host: str) -> Iterator[tuple[IdentifierKind, str]]:
    yield IdentifierKind.HOSTNAME, host.lower()
    yield IdentifierKind.FQDN, f"{host.lower()}.{DOMAIN}"


def _client_address(copy: int, place: int) -> str:
    return f"2001:db8:{copy:x}::{place + 1:x}"


def by_host(computers: Sequence[Computer]) -> Mapping[str, Computer]:
    """The computers by their short names."""
    return {each.host: each for each in computers}
