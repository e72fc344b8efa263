"""Reading a ledger record's leaf: what it says, what it commits to, which documents it names."""

import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from burgrave.engines.evidence.manifest import plain_json, read_json
from burgrave.engines.evidence.terms import SALT_BYTES, BundleError, Opening

_HEX = re.compile(r"(?:[0-9a-f]{2})*")


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a bundle's verifier reads of a record."""

    kind: str
    at: str
    subjects: tuple[str, ...]
    body: Mapping[str, object]

    def names(self, digest: str) -> bool:
        """Tell whether a text in the body is exactly this digest."""
        return any(text == digest for text in _texts(self.body))

    def must_open(self, openings: Mapping[str, Opening]) -> None:
        """Require that every opening fits the commitment in the field that it names. Raises BundleError."""
        for field, opening in openings.items():
            if len(opening.salt) not in SALT_BYTES:
                raise BundleError(
                    f"the salt of {field!r} has {len(opening.salt)} bytes, "
                    f"expected {SALT_BYTES.start} to {SALT_BYTES.stop - 1}"
                )
            sealed = _commitment(self.body, field)
            if commit(opening.salt, opening.value) != sealed:
                raise BundleError(f"the value given for {field!r} is not the one that the record commits to")


def commit(salt: bytes, value: str) -> str:
    """Return the commitment to ``value``: HMAC-SHA256 with the salt as key, in hex.

    Without the salt the value can be neither read nor guessed; once the salt is deleted it never can again.
    """
    return hmac.new(salt, value.encode("utf-8"), "sha256").hexdigest()


def parse_leaf(leaf: bytes) -> Leaf:
    """Return what a record's leaf bytes say. Raises BundleError."""
    value = read_json(leaf, what="the record")
    match value:
        case {"v": 1, "kind": str(kind), "at": str(at), "subjects": [*subjects], "body": dict(body)}:
            return Leaf(kind, at, tuple(each for each in subjects if isinstance(each, str)), body)
    raise BundleError("the record is not of the form v 1 with kind, at, subjects and body")


def openings_json(openings: Mapping[str, Opening]) -> bytes:
    """Return the text of an openings file: field to salt (hex) and value."""
    return plain_json({field: {"salt": each.salt.hex(), "value": each.value} for field, each in openings.items()})


def parse_openings(data: bytes) -> dict[str, Opening]:
    """Return the openings of an openings file.

    Raises BundleError unless it is exactly as openings_json writes it.
    """
    openings: dict[str, Opening] = {}
    value = read_json(data, what="the file of openings")
    for field, opening in value.items() if isinstance(value, dict) else ():
        match opening:
            case {"salt": str(salt), "value": str(text)} if _HEX.fullmatch(salt):
                openings[field] = Opening(bytes.fromhex(salt), text)
    try:
        canonical = openings_json(openings)
    except UnicodeEncodeError as fault:
        raise BundleError(f"the file of openings is not Unicode text: {fault}") from fault
    if not openings or canonical != data:
        raise BundleError("the file of openings is not of the form {field: {salt: hex, value: text}}")
    return openings


def _commitment(body: object, field: str) -> str:
    place: object = body
    for step in field.split("/"):
        if isinstance(place, list) and step.isdecimal() and int(step) < len(place):
            place = place[int(step)]
        elif isinstance(place, dict) and step in place:
            place = place[step]
        else:
            raise BundleError(f"the record has no field {field!r}")
    match place:
        case {"sealed": str(sealed), **rest} if not rest:
            return sealed
    raise BundleError(f"the field {field!r} of the record is not sealed")


def _texts(value: object) -> Iterator[str]:
    """Yield every text among the values, however deep; keys are not values."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            left.extend(each.values())
        elif isinstance(each, list):
            left.extend(each)
