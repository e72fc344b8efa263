"""Words of CycloneDX, in its spelling: component, service, bom-ref, purl (ECMA-427), cpe (NISTIR 7695), assembly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VERSIONS = ("1.2", "1.3", "1.4", "1.5", "1.6")
SERVICE = "service"
"""The type of what stands under ``services``; components name theirs."""
TYPES = frozenset(
    {
        "application",
        "container",
        "cryptographic-asset",
        "data",
        "device",
        "device-driver",
        "file",
        "firmware",
        "framework",
        "library",
        "machine-learning-model",
        "operating-system",
        "platform",
        SERVICE,
    }
)


class BomError(ValueError):
    """A file cannot be read as a bill of materials; str() says what was found and what to do."""


class NotABom(BomError):
    """The bytes are a CycloneDX document of a known version."""


class TooLarge(BomError):
    """A document stays within the limits."""


class NothingNamed(BomError):
    """A bill of materials names at least one component or service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BomLimits:
    """What a document may hold at most. ``depth`` counts components within components."""

    file_bytes: int = 64 * 1024**2
    depth: int = 50
    components: int = 100_000
    characters: int = 20_000


@dataclass(frozen=True, slots=True)
class Hash:
    algorithm: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A component or service. ``ref`` is its bom-ref, or a name made for it; ``parent`` is that of what it lies in.

    ``facts`` are what its cryptographic, hardware or service properties say, in words of the document.
    """

    ref: str
    type: str
    name: str
    group: str = ""
    version: str = ""
    description: str = ""
    supplier: str = ""
    purl: str = ""
    cpe: str = ""
    hashes: tuple[Hash, ...] = ()
    licences: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bom:
    """A document. ``subject`` is what it describes; ``dependencies`` are (dependent, support) by bom-ref.

    ``passed_over`` counts what stands in the document and is not taken: unknown parts, links that lead nowhere.
    """

    spec_version: str
    serial_number: str
    version: int
    subject: Component | None
    components: tuple[Component, ...]
    dependencies: tuple[tuple[str, str], ...]
    passed_over: Mapping[str, int]
