"""A sentence taken apart: modality, actor, what is done to what, when, how much, how often, shown by what."""

from __future__ import annotations

import re
from collections.abc import Iterator

from burgrave.engines.norms.quantities import cadence_days, quantities
from burgrave.engines.norms.terms import Language, Modality, Requirement, Text
from burgrave.engines.norms.words import (
    AGENTS,
    BY_AGENT,
    CHINESE_CONDITION,
    INLINE_EVIDENCE,
    INSTRUCTION,
    LEADING_CONDITION,
    MODALITIES,
    PASSIVE,
    TRAILING_CONDITION,
    strength,
)

_STOP = re.compile(
    r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\betc\.)(?<!\bNo\.)(?<!\bvs\.)(?<!\bapprox\.)\s+(?=[\"“(\[*_A-Z0-9])|(?<=[。！？；;])\s*"
)
_MARKS = re.compile(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`|\[\[|\]\]")
_LINK = re.compile(r"\[([^\]\[]*)\]\([^)\s]*\)")
_LABEL = re.compile(r"^\s*(?:\*{1,2})?[A-Z][A-Z0-9]*(?:[.-][A-Z0-9]+)+(?:\*{1,2})?[:：.]?\s+")
_WORD = re.compile(r"[^\W\d_][\w-]*")
_WHEN = re.compile(
    r"\s+(?:every|each|within|at least|at most|no later than|once|twice|annually|yearly|quarterly|monthly|weekly|daily|"
    r"before|after|when|if|in|on|using|with|through|via|\w+ times)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_EDGES = " \t,;:.，；：。"
_LONGEST_ACTOR = 160


def sentences(text: Text) -> Iterator[tuple[str, int]]:
    """Each sentence with its offset in the text."""
    start = 0
    value = text.value
    for stop in _STOP.finditer(value):
        yield from _trimmed(value[start : stop.start()], start)
        start = stop.end()
    yield from _trimmed(value[start:], start)


def _trimmed(piece: str, start: int) -> Iterator[tuple[str, int]]:
    if piece.strip():
        yield piece.strip(), start + len(piece) - len(piece.lstrip())


def plain(sentence: str) -> str:
    """The sentence without the marks of Markdown and without its label."""
    return _MARKS.sub("", _LINK.sub(r"\1", _LABEL.sub("", sentence))).strip()


def requirements(text: Text, *, language: Language, roles: tuple[str, ...] = ()) -> tuple[Requirement, ...]:
    """What the sentences of a block ask for; sentences that state a fact are left out."""
    agents = _agents(roles)
    found = (_requirement(sentence, text, offset, language, agents) for sentence, offset in sentences(text))
    return tuple(each for each in found if each)


def _agents(roles: tuple[str, ...]) -> re.Pattern[str]:
    if not roles:
        return AGENTS
    named = "|".join(re.escape(role) for role in sorted(roles, key=len, reverse=True))
    return re.compile(f"{named}|{AGENTS.pattern}", re.IGNORECASE)


def _requirement(
    sentence: str, text: Text, offset: int, language: Language, agents: re.Pattern[str]
) -> Requirement | None:
    bare = plain(sentence)
    condition, rest = _leading(bare, language)
    word = MODALITIES[language].search(rest)
    if word is None:
        return _instruction(rest, condition, text, offset, bare=bare) if INSTRUCTION.match(rest) else None
    modality = strength(word[0])
    subject, predicate = rest[: word.start()].strip(_EDGES), rest[word.end() :].strip()
    predicate, trailing = _trailing(predicate)
    passive = PASSIVE.match(predicate)
    actor, verb, thing = _parts(subject, predicate, passive, agents)
    evidence = INLINE_EVIDENCE.search(rest)
    place = sentence.find(word[0])
    return Requirement(
        modality=modality,
        sentence=bare,
        place=text.place(offset + max(0, place)),
        actor=actor,
        verb=verb,
        object=thing,
        condition="; ".join(part for part in (condition, trailing) if part),
        quantities=quantities(bare),
        cadence_days=cadence_days(bare),
        evidence=(evidence["en"] or evidence["zh"] or "").strip(_EDGES) if evidence else "",
        is_passive=passive is not None,
    )


def _instruction(rest: str, condition: str, text: Text, offset: int, *, bare: str) -> Requirement:
    first = INSTRUCTION.match(rest)
    verb = (first["verb"] or first[0]) if first else ""
    return Requirement(
        modality=Modality.INSTRUCTION,
        sentence=bare,
        place=text.place(offset),
        actor="",
        verb=verb.lower(),
        object=rest[len(first[0]) if first else 0 :].strip(_EDGES),
        condition=condition,
        quantities=quantities(bare),
        cadence_days=cadence_days(bare),
        evidence="",
        is_passive=False,
    )


def _leading(bare: str, language: Language) -> tuple[str, str]:
    """The condition in front, and what follows. ``If you must …, do so …`` asks for what follows, not for the must."""
    found = LEADING_CONDITION[language].match(bare)
    if found is None:
        return "", bare
    rest = bare[found.end() :]
    asks_in_front = MODALITIES[language].search(found["condition"])
    if asks_in_front and not MODALITIES[language].search(rest) and not INSTRUCTION.match(rest):
        return "", bare
    return found["condition"].strip(_EDGES), rest


def _trailing(predicate: str) -> tuple[str, str]:
    if predicate.startswith("在") and (found := CHINESE_CONDITION.match(predicate)):
        return predicate[found.end() :], found["condition"]
    found = TRAILING_CONDITION.search(predicate)
    if found is None or not predicate[: found.start()].strip():
        return predicate, ""
    return predicate[: found.start()], found["condition"].strip(_EDGES)


def _parts(
    subject: str, predicate: str, passive: re.Match[str] | None, agents: re.Pattern[str]
) -> tuple[str, str, str]:
    """Who acts, by which verb, on what: the subject of a passive sentence is what is acted on."""
    by = BY_AGENT.search(f"{subject}{predicate}" if subject.startswith("由") else predicate) or BY_AGENT.search(subject)
    agent = _WHEN.sub("", (by["agent"] or by["zh"] or "").strip(_EDGES)) if by else ""
    agent = agent if agents.search(agent) else ""
    if passive:
        return agent, passive["verb"].lower(), subject
    first = _WORD.match(predicate)
    # Chinese has no space behind its verb, so there verb and object stay together.
    verb = first[0].lower() if first and first[0].isascii() else ""
    thing = predicate[len(verb) :].strip(_EDGES)
    if subject.startswith("由") and agent:
        return agent, verb, thing
    is_agent = bool(agents.search(subject)) and len(subject) <= _LONGEST_ACTOR
    return (subject if is_agent else agent), verb, thing
