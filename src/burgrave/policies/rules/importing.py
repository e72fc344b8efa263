"""Files that came, put together into documents: two languages of one number are one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from burgrave.engines.norms import Arrival, Arrived, Kind, Language, Refused, Unplaced
from burgrave.engines.norms.terms import Place
from burgrave.policies.rules import numbering
from burgrave.policies.rules.saying import said
from burgrave.web.errors import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A document as files say it; ``number`` is empty where none of them names one that can be kept."""

    number: str
    kind: Kind
    texts: Mapping[Language, Arrived]
    review_days: int | None
    owner: str

    @property
    def path(self) -> str:
        return next(iter(self.texts.values())).path

    @property
    def title(self) -> str:
        return next(iter(self.texts.values())).norm.title

    @property
    def sources(self) -> dict[Language, str]:
        return {language: each.source for language, each in self.texts.items()}

    @property
    def origins(self) -> dict[Language, str]:
        return {language: each.path for language, each in self.texts.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Two files that cannot both be what they say."""

    path: str
    other: str
    number: str


def gathered(arrival: Arrival) -> tuple[tuple[Incoming, ...], tuple[Clash, ...]]:
    """The documents, each with its texts, in the order of their first paths, and the files that stand in their way."""
    groups: dict[str, dict[Language, Arrived]] = {}
    clashes: list[Clash] = []
    for each in arrival.documents:
        number = _number(each)
        texts = groups.setdefault(number or f"\0{each.path}", {})
        if each.norm.language in texts:
            clashes.append(Clash(path=each.path, other=texts[each.norm.language].path, number=number))
        else:
            texts[each.norm.language] = each
    made = (_incoming("" if key.startswith("\0") else key, texts) for key, texts in groups.items())
    return tuple(sorted(made, key=lambda each: (each.kind.level, each.number or "~", each.path))), tuple(clashes)


def _number(each: Arrived) -> str:
    identifier = each.norm.facts.identifier
    return numbering.number(identifier) if numbering.is_number(identifier) else ""


def _incoming(number: str, texts: Mapping[Language, Arrived]) -> Incoming:
    ordered = dict(sorted(texts.items()))
    facts = [each.norm.facts for each in ordered.values()]
    days = next((each.review_days for each in facts if each.review_days), None)
    return Incoming(
        number=number,
        kind=next(iter(ordered.values())).norm.kind,
        texts=ordered,
        review_days=round(days) if days else None,
        owner=next((each.owner for each in facts if each.owner), ""),
    )


def unplaced(incoming: Incoming, *, owner_is_known: bool) -> dict[Language, tuple[Unplaced, ...]]:
    """What the files held besides their texts, and facts that found no place."""
    return {
        language: (*each.unplaced, *_facts(each, incoming, owner_is_known=owner_is_known))
        for language, each in incoming.texts.items()
    }


def _facts(each: Arrived, incoming: Incoming, *, owner_is_known: bool) -> Iterator[Unplaced]:
    facts = each.norm.facts
    if facts.owner and not owner_is_known:
        yield _fact(each, "owner", facts.owner, "nobody here bears this name; choose an owner on the document")
    if facts.identifier and not incoming.number:
        yield _fact(each, "identifier", facts.identifier, "no number can be made of it; another was given out")


def _fact(each: Arrived, name: str, value: str, reason: str) -> Unplaced:
    lines = each.norm.facts.lines
    line = next((lines[key] for key in (name, "id", "number", "acronym") if key in lines), 1)
    return Unplaced(place=Place(line, 1), words=f"{name}: {value}"[:300], reason=reason)


def passed_over(arrival: Arrival, *, most: int) -> Sequence[str]:
    """Sentences about files that are no documents, so many and a last one that counts the rest."""
    found = [each for each in arrival.refused if not each.is_fault]
    notes = [_passed(each) for each in found[:most]]
    return [*notes, Said("and %(count)s more", {"count": str(len(found) - most)})] if len(found) > most else notes


def _passed(each: Refused) -> str:
    return Said("%(path)s was passed over: %(reason)s", {"path": each.path, "reason": said(each.reason)})
