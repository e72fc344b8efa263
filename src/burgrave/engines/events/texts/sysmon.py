"""Sysmon for Linux: an event in the XML of the Windows schema, in one line of the system log."""

from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.shapes import Origin, event_of
from burgrave.engines.events.terms import JSON, Event, Limits

BEGINNING: Final = "<Event>"


def event_in(xml: str, limits: Limits) -> Event:
    """Raises RecordRefused when the XML is damaged, declares entities, or is no event."""
    try:
        root = fromstring(xml, forbid_dtd=True)
    except ParseError as fault:
        raise RecordRefused(f"its XML is damaged: {fault}") from fault
    except DefusedXmlException as fault:
        raise RecordRefused("its XML declares entities or a document type, which no event needs") from fault
    record: dict[str, JSON] = {
        _name(child): {"Data": [_value(each) for each in child]} if _name(child) == "EventData" else _section(child)
        for child in root
    }
    return event_of({"Event": record}, Origin(file="", fallback_id="", raw=xml, limits=limits))


def _section(parent: Element) -> dict[str, JSON]:
    return {_name(child): _value(child) for child in parent}


def _value(element: Element) -> JSON:
    text = element.text
    if not element.attrib:
        return text
    attributes: dict[str, JSON] = dict(element.attrib)
    return {"#attributes": attributes} if text is None else {"#attributes": attributes, "#text": text}


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
