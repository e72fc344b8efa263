"""The XML form of a document in the shape of the JSON form. No entity, no document type, nothing external."""

from __future__ import annotations

from typing import TypeAlias
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from burgrave.engines.cyclonedx.terms import NotABom, TooLarge

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
NAMESPACE = "http://cyclonedx.org/schema/bom/"
LISTS = frozenset(
    {
        "annotations",
        "authors",
        "classification",
        "commits",
        "components",
        "compositions",
        "dependencies",
        "endpoints",
        "externalReferences",
        "hashes",
        "licenses",
        "patches",
        "properties",
        "provides",
        "services",
        "tags",
        "tools",
        "vulnerabilities",
    }
)
MOST_DEPTH, MOST_DIGITS = 200, 9
ATTRIBUTES = {
    "bom-ref": "bom-ref",
    "type": "type",
    "alg": "alg",
    "ref": "ref",
    "name": "name",
    "mime-type": "mime-type",
}


def as_json(content: bytes) -> dict[str, Json]:
    """The document, with ``bomFormat`` and ``specVersion`` taken from its namespace. Raises NotABom, TooLarge."""
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise NotABom(
            f"the XML declares a document type or entities, which no bill of materials needs: {error!r:.120}"
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        raise NotABom(f"the file is no well-formed XML: {error}") from error
    namespace, _brace, name = root.tag.removeprefix("{").rpartition("}")
    if name != "bom" or not namespace.startswith(NAMESPACE):
        raise NotABom(f"the XML begins with {root.tag[:120]!r}; expected bom in the namespace {NAMESPACE}1.x")
    document, version = _object(root, depth=0), root.get("version", "")
    return {
        **document,
        "bomFormat": "CycloneDX",
        "specVersion": namespace.removeprefix(NAMESPACE),
        "serialNumber": root.get("serialNumber", ""),
        "version": int(version)
        if (version := root.get("version", "")).isdecimal() and len(version) <= MOST_DIGITS
        else 1,
        "dependencies": [_dependency(each) for each in root.iter() if _name(each) == "dependencies" for each in each],
    }


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _dependency(element: Element) -> Json:
    inner: list[Json] = [each.get("ref", "") for each in element if _name(each) == "dependency"]
    return {"ref": element.get("ref", ""), "dependsOn": inner}


def _object(element: Element, *, depth: int) -> dict[str, Json]:
    if depth > MOST_DEPTH:
        raise TooLarge(f"the XML is nested more than {MOST_DEPTH} deep")
    found: dict[str, Json] = {key: value for key, value in element.attrib.items() if key in ATTRIBUTES}
    for child in element:
        name = _name(child)
        if name == "dependencies":
            continue
        if name in LISTS:
            found[name] = [_entry(name, each, depth=depth + 2) for each in child]
        else:
            found[name] = _value(child, depth=depth + 1)
    return found


def _entry(name: str, element: Element, *, depth: int) -> Json:
    if name == "licenses":
        return {_name(element): _value(element, depth=depth)}
    if name == "hashes":
        return {"alg": element.get("alg", ""), "content": (element.text or "").strip()}
    return _value(element, depth=depth)


def _value(element: Element, *, depth: int) -> Json:
    if len(element) or any(key in ATTRIBUTES for key in element.attrib):
        inner = _object(element, depth=depth)
        text = (element.text or "").strip()
        return {**inner, **({"content": text} if text else {})}
    return (element.text or "").strip()
