"""The steps of a management review, and the digests by which its inputs and its whole are known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from burgrave.assurance.terms.saying import heard, kept
from burgrave.engines.canonical import JSON, canonical_json
from burgrave.isms.errors import WrongState
from burgrave.isms.terms.reviews import Entry, Fact, Input, ReviewState, Section, Tone
from burgrave.web.terms import PersonId


def must_be_planned(state: ReviewState, *, number: str) -> None:
    """Return when nothing is frozen yet. Raises WrongState."""
    if state is not ReviewState.PLANNED:
        raise WrongState(
            "%(number)s is held: its inputs are frozen",
            words={"number": number},
            mend="Plan another review for what changed since.",
        )


def must_be_open(state: ReviewState, *, number: str) -> None:
    """Return when a conclusion may be written. Raises WrongState."""
    if state is ReviewState.APPROVED:
        raise WrongState("%(number)s is approved and closed", words={"number": number})


def must_be_held(state: ReviewState, *, number: str) -> None:
    """Return when it is held and not closed yet. Raises WrongState."""
    if state is not ReviewState.HELD:
        raise WrongState(
            "%(number)s is not being held",
            words={"number": number},
            mend="Hold it first: its inputs are frozen then. An approved one stays as it is.",
        )


def inputs_digest(sections: Iterable[Section]) -> str:
    """SHA-256, in hex, of the canonical form (RFC 8785) of the inputs."""
    return hashlib.sha256(canonical_json(plain(sections))).hexdigest()


def digest(
    *,
    number: str,
    period: tuple[date, date],
    inputs: str,
    attendees: Iterable[PersonId],
    conclusion: str,
    decisions: Iterable[tuple[str, str, PersonId, date]],
) -> str:
    """SHA-256, in hex, of the canonical form of the whole; the inputs stand in it by their own digest."""
    said: dict[str, JSON] = {
        "attendees": sorted(str(each) for each in attendees),
        "conclusion": conclusion,
        "decisions": [
            {"due_on": due.isoformat(), "number": name, "owner": str(owner), "text": text}
            for name, text, owner, due in decisions
        ],
        "inputs": inputs,
        "number": number,
        "period": [each.isoformat() for each in period],
    }
    return hashlib.sha256(canonical_json(said)).hexdigest()


def plain(sections: Iterable[Section]) -> list[JSON]:
    """The inputs as JSON; ``sections_of`` is the inverse."""
    return [
        {
            "input": str(each.input),
            "facts": [_plain_fact(fact) for fact in each.facts],
            "entries": [_plain_entry(entry) for entry in each.entries],
            "text": each.text,
            "more": each.more,
        }
        for each in sections
    ]


def sections_of(given: Iterable[Mapping[str, Any]]) -> tuple[Section, ...]:
    return tuple(
        Section(
            input=Input(each["input"]),
            facts=tuple(Fact(**{**fact, "tone": Tone(fact["tone"])}) for fact in each["facts"]),
            entries=tuple(_entry(entry) for entry in each["entries"]),
            text=each["text"],
            more=each["more"],
        )
        for each in given
    )


def _plain_fact(fact: Fact) -> JSON:
    return {
        "name": fact.name,
        "value": fact.value,
        "unit": fact.unit,
        "sample": fact.sample,
        "href": fact.href,
        "tone": str(fact.tone),
    }


def _plain_entry(entry: Entry) -> JSON:
    said = kept(entry.title)
    return {
        "title": entry.title,
        "number": entry.number,
        "state": entry.state,
        "note": entry.note,
        "on": entry.on.isoformat() if entry.on else None,
        "href": entry.href,
        "tone": str(entry.tone),
        **({"title_said": said} if said else {}),
    }


def _entry(given: Mapping[str, Any]) -> Entry:
    on, title = given["on"], heard(given["title"], given.get("title_said"))
    plain_ones = {name: each for name, each in given.items() if name != "title_said"}
    return Entry(
        **{**plain_ones, "title": title, "tone": Tone(given["tone"]), "on": date.fromisoformat(on) if on else None}
    )
