"""What is said anew about an asset, and what stays because nothing was said of it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import fields, replace

from burgrave.assets.terms import DIMENSIONS, AssetFacts, Need

PLAIN = frozenset(field.name for field in fields(AssetFacts)) - {"own", "identifiers"}


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
