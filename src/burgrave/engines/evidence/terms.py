"""The nouns of a bundle: what is put in, and what verification gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

FORMAT = "burgrave-evidence/1"

MAX_PART_BYTES = 32 * 1024 * 1024
"""The longest entry that is read into memory; documents are only streamed and may be longer."""

SALT_BYTES = range(16, 65)
"""How long the salt of a commitment may be."""


class BundleError(Exception):
    """A bundle cannot be written, or what it claims does not hold.

    ``str()`` is one sentence for the person who relies on it.
    """


@dataclass(frozen=True, slots=True)
class Opening:
    """What a commitment in a record hides: the value, and the salt that keeps it from being guessed."""

    salt: bytes
    value: str


@dataclass(frozen=True, slots=True)
class BundleRecord:
    """A ledger record: its leaf bytes, its 0-based position, the inclusion path, and the commitments to open.

    A key of ``openings`` is the name of a sealed field in the record's body; ``/`` leads into nested objects
    and lists.
    """

    position: int
    leaf: bytes
    path: tuple[bytes, ...]
    openings: Mapping[str, Opening] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BundleDocument:
    """A file and the position of the record that names its SHA-256.

    ``open`` is called twice and must give the same bytes.
    """

    sha256: str
    name: str
    media_type: str
    size_bytes: int
    open: Callable[[], BinaryIO]
    record: int


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was checked. ``sentence`` says what was found, or why the thing is not verified."""

    name: str
    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that was checked in a bundle. One item that is not ok spoils the whole."""

    items: tuple[Item, ...]

    @property
    def holds(self) -> bool:
        return bool(self.items) and all(item.ok for item in self.items)

    def must_hold(self) -> None:
        """Raise BundleError with the first sentence that says why the bundle is not verified."""
        for item in self.items or (Item("bundle", False, "nothing in it was checked"),):
            if not item.ok:
                raise BundleError(f"{item.name}: {item.sentence}")
