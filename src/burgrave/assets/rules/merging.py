"""What is said anew about an asset, and what stays because nothing was said of it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import fields, replace

from burgrave.assets.terms import DIMENSIONS, AssetFacts, IdentifierKind, Need, identifier

PLAIN = frozenset(field.name for field in fields(AssetFacts)) - {"own", "identifiers"}
ALWAYS = tuple(field.name for field in fields(AssetFacts) if field.name != "identifiers")


def merged(kept: AssetFacts, given: AssetFacts, *, said: AbstractSet[str]) -> AssetFacts:
    """The facts that hold: ``given`` where it speaks, ``kept`` elsewhere. Raises BadInput.

    ``said`` holds names of fields, of dimensions for the own need, and of kinds for the identifiers.
    """
    own = Need(**{str(each): (given if each in said else kept).own.of(each) for each in DIMENSIONS})
    identifiers = (
        *((kind, value) for kind, value in kept.identifiers if kind not in said),
        *((kind, value) for kind, value in given.identifiers if kind in said),
    )
    return replace(kept, own=own, identifiers=identifiers, **{name: getattr(given, name) for name in said & PLAIN})


def spelled(facts: AssetFacts) -> tuple[tuple[IdentifierKind, str], ...]:
    """The identifiers in their one spelling, each once. Raises BadInput."""
    return tuple(dict.fromkeys((kind, identifier(kind, value)) for kind, value in facts.identifiers))


def differing(kept: AssetFacts, wanted: AssetFacts) -> tuple[str, ...]:
    """The fields in which the two speak otherwise; identifiers have no order. Raises BadInput."""
    if kept == wanted:
        return ()
    found = [name for name in ALWAYS if getattr(kept, name) != getattr(wanted, name)]
    if "name" in found and kept.name == wanted.name.strip():
        found.remove("name")
    if set(kept.identifiers) != set(spelled(wanted)):
        found.append("identifiers")
    return tuple(found)
