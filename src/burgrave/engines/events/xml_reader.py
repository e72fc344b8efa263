"""Windows events as XML: what wevtutil prints, what the Event Viewer saves, and what Sysmon for Linux logs.

One event is held at a time. The XML of a stranger may declare no entities and no document type.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.lines import encoding_of
from burgrave.engines.events.opening import BLOCK_BYTES, Stream
from burgrave.engines.events.shapes import Origin, event_of
from burgrave.engines.events.terms import EXCERPT_BYTES, JSON, Event, Limits, LogSource, Unreadable

_OPENS: Final = re.compile(r"<Event(?=[\s>])")
_CLOSES: Final = "</Event>"
_AROUND: Final = re.compile(r"\s+|<\?xml[^>]{0,200}\?>|</?Events(?:\s[^>]{0,500})?>|\ufeff")
_BEGINNING: Final = re.compile(r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<Events?[\s>]")
_HEAD_CHARACTERS: Final = 1_000


def looks_like_event_xml(head: bytes) -> bool:
    """Whether the file begins with an event, or with a root element around events."""
    encoding = encoding_of(head)
    body = head.removeprefix(encoding.mark)[: _HEAD_CHARACTERS * encoding.unit]
    return _BEGINNING.match(body.decode(encoding.codec, errors="replace").lstrip("\ufeff")) is not None


def read_event_xml(stream: Stream, limits: Limits, log_source: LogSource) -> Iterator[Event | Unreadable]:
    """Yield the events in order. Raises EventFileError when the stream itself fails."""
    for number, xml in enumerate(_events(stream, limits), start=1):
        place = f"event {number}"
        try:
            if not _OPENS.match(xml):
                raise RecordRefused("it stands between events and is none")
            if len(xml) > limits.record_text_bytes:
                raise RecordRefused(f"it has more than {limits.record_text_bytes:,} characters")
            yield event_in(xml, Origin(stream.name, str(number), xml, limits, log_source))
        except RecordRefused as refusal:
            yield Unreadable(stream.name, place, str(refusal), xml[:EXCERPT_BYTES].encode("utf-8", "replace"))


def _events(stream: Stream, limits: Limits) -> Iterator[str]:
    """The texts of the events, and what else stands between them. Bytes of no encoding are written out."""
    encoding = encoding_of(stream.peek(4))
    stream.read(len(encoding.mark))
    decoder = codecs.getincrementaldecoder(encoding.codec)(errors="backslashreplace")
    held, ended = "", False
    while not ended:
        block = stream.read(BLOCK_BYTES)
        ended = not block
        held += decoder.decode(block, final=ended)
        start = 0
        while (end := held.find(_CLOSES, start)) >= 0:
            yield from _parted(held[start : end + len(_CLOSES)])
            start = end + len(_CLOSES)
        held = held[start:]
        if len(held) > limits.record_text_bytes:
            yield held
            held = ""
    yield from _parted(held)


def _parted(text: str) -> Iterator[str]:
    """What stands before the event, if it is more than the frame around events, and the event."""
    opens = _OPENS.search(text)
    before, event = (text[: opens.start()], text[opens.start() :]) if opens else (text, "")
    if stray := _AROUND.sub("", before):
        yield stray
    if event:
        yield event


def event_in(xml: str, origin: Origin) -> Event:
    """The event of one element ``Event``. Raises RecordRefused when it is damaged or declares entities."""
    try:
        root = fromstring(xml, forbid_dtd=True)
    except (ParseError, ValueError) as fault:
        raise RecordRefused(f"its XML is damaged: {fault}") from fault
    except DefusedXmlException as fault:
        raise RecordRefused("its XML declares entities or a document type, which no event needs") from fault
    record: dict[str, JSON] = {}
    for child in root:
        name = _name(child)
        record[name] = _data(child, origin.limits) if name == "EventData" else _deep(child, origin.limits.depth)
    return event_of({"Event": record}, origin)


def _data(section: Element, limits: Limits) -> dict[str, JSON]:
    """The items of EventData that carry their names, and its other elements by their own."""
    items: list[JSON] = [_value(child) for child in section if _name(child) == "Data"]
    others: dict[str, JSON] = {_name(child): _deep(child, limits.depth) for child in section if _name(child) != "Data"}
    attributes: dict[str, JSON] = {"#attributes": dict(section.attrib)} if section.attrib else {}
    return {**attributes, **({"Data": items} if items else {}), **others}


def _deep(element: Element, depth: int) -> JSON:
    if not len(element):
        return _value(element)
    if depth < 1:
        raise RecordRefused("its elements are nested too deep")
    found: dict[str, JSON] = {"#attributes": dict(element.attrib)} if element.attrib else {}
    for child in element:
        name, value = _name(child), _deep(child, depth - 1)
        before = found.get(name)
        if name not in found:
            found[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            found[name] = [before, value]
    return found


def _value(element: Element) -> JSON:
    text = element.text
    if not element.attrib:
        return text
    attributes: dict[str, JSON] = dict(element.attrib)
    return {"#attributes": attributes} if text is None else {"#attributes": attributes, "#text": text}


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
