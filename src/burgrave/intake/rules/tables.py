"""What a mapping needs to be saved, and what its engine says, in the words of refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from burgrave.engines.events.tables import BadTable, TableMapping, as_plain, from_plain, reader_of
from burgrave.engines.phrases import Phrase
from burgrave.intake.errors import MappingIncomplete
from burgrave.intake.terms import NAME_MAX, SIGMA_MAX
from burgrave.ledger.terms import storable
from burgrave.web.errors import BadInput, Said


def must_be_whole(mapping: TableMapping) -> None:
    """Return when tables may be read by it. Raises BadInput, MappingIncomplete."""
    if not 0 < len(mapping.name.strip()) <= NAME_MAX:
        raise BadInput("an event mapping has a name of 1 to %(most)s characters", words={"most": str(NAME_MAX)})
    if not mapping.header:
        raise MappingIncomplete("an event mapping names the columns of its table", mend="Begin with an example.")
    source = mapping.log_source
    if max(map(len, (source.product, source.category, source.service))) > SIGMA_MAX:
        raise BadInput("a word of a Sigma log source has at most %(most)s characters", words={"most": str(SIGMA_MAX)})
    held = json.dumps(as_plain(mapping), ensure_ascii=False)
    if storable(held) != held or "\\u0000" in held:
        raise BadInput("a text holds a character that no database keeps")
    try:
        reader_of(mapping.clock.form, mapping.clock.zone)
    except BadTable as refusal:
        raise refused(refusal) from refusal


def parsed(told: object) -> TableMapping:
    """The mapping of plain values. Raises BadInput."""
    try:
        return from_plain(told)
    except BadTable as refusal:
        raise refused(refusal) from refusal


def refused(refusal: BadTable) -> BadInput:
    """The same, as something that a page and the API say."""
    return BadInput(refusal.said.sentence, words=refusal.said.words)


def said(phrase: str) -> str:
    """What the engine says of a row, so that a page says it in the reader's language."""
    return Said(phrase.sentence, _words(phrase.words)) if isinstance(phrase, Phrase) else phrase


def mapping_sha256(mapping: TableMapping) -> str:
    """The same for mappings that say the same."""
    return sha256(json.dumps(as_plain(mapping), sort_keys=True).encode()).hexdigest()


def _words(words: Mapping[str, str]) -> Mapping[str, str]:
    return {name: said(each) for name, each in words.items()}
