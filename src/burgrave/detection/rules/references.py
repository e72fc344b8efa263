"""Which rule a correlation means by an id or a name, and whether all that it means is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from burgrave.detection.terms.references import Base, Reference


def by_key(bases: Iterable[Base]) -> Mapping[str, Mapping[str, Base]]:
    """The rules behind each id and each name: by id, and the first one where an id stands twice."""
    found: dict[str, dict[str, Base]] = {}
    for base in bases:
        for key in {base.rule_id, base.name} - {""}:
            found.setdefault(key, {}).setdefault(base.rule_id, base)
    return found


def referred(references: Sequence[str], known: Mapping[str, Mapping[str, Base]]) -> tuple[Reference, ...]:
    """What each reference leads to; None where it leads to no rule, or to several."""
    found = []
    for text in references:
        bases = tuple((known.get(text) or known.get(text.lower()) or {}).values())
        found.append(Reference(text=text, base=bases[0] if len(bases) == 1 else None, is_ambiguous=len(bases) > 1))
    return tuple(found)


def uses(references: Sequence[str], *, rule_id: str, name: str) -> bool:
    """Whether one of the references means the rule with this id or name."""
    keys = {rule_id, name} - {""}
    return any(text in keys or text.lower() in keys for text in references)
