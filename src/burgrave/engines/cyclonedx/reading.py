"""Bytes in, a bill of materials out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from burgrave.engines.cyclonedx.properties import facts_of
from burgrave.engines.cyclonedx.terms import (
    SERVICE,
    TYPES,
    VERSIONS,
    Bom,
    BomLimits,
    Component,
    Hash,
    NotABom,
    NothingNamed,
    TooLarge,
)
from burgrave.engines.cyclonedx.xml import Json, as_json

DEFAULT_LIMITS = BomLimits()
KNOWN_PARTS = frozenset(
    {
        "$schema",
        "bomFormat",
        "specVersion",
        "serialNumber",
        "version",
        "metadata",
        "components",
        "services",
        "dependencies",
    }
)
KNOWN_FIELDS = frozenset(
    {
        "authenticated",
        "bom-ref",
        "components",
        "cpe",
        "cryptoProperties",
        "data",
        "description",
        "endpoints",
        "group",
        "hashes",
        "licenses",
        "manufacturer",
        "name",
        "properties",
        "provider",
        "publisher",
        "purl",
        "services",
        "supplier",
        "type",
        "version",
        "x-trust-boundary",
    }
)
Fields = dict[str, Json]


def read_bom(content: bytes, *, limits: BomLimits = DEFAULT_LIMITS) -> Bom:
    """The document, JSON or XML. Raises BomError."""
    if len(content) > limits.file_bytes:
        raise TooLarge(f"the file has {len(content)} bytes; at most {limits.file_bytes} are read")
    document = as_json(content) if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else _json(content)
    if document.get("bomFormat") != "CycloneDX":
        raise NotABom(f"the document is {document.get('bomFormat')!r:.60}; expected bomFormat CycloneDX")
    version = document.get("specVersion")
    if version not in VERSIONS:
        raise NotABom(f"CycloneDX {version!r:.20} is not read here; versions {VERSIONS[0]} to {VERSIONS[-1]} are")
    reader = _Reader(limits=limits)
    metadata = _fields(document.get("metadata"))
    subject = next(reader.components(_listed(metadata.get("component")), parent="", depth=0), None)
    of_subject = reader.found[1:]
    del reader.found[:]
    for key, type_ in (("components", ""), ("services", SERVICE)):
        for _each in reader.components(_listed(document.get(key)), parent="", depth=0, type_=type_):
            pass
    components = (*of_subject, *reader.found)
    for key, value in document.items():
        if key not in KNOWN_PARTS:
            reader.passed_over[key] += len(value) if isinstance(value, list) else 1
    if not components and (subject is None or document.get("vulnerabilities")):
        raise NothingNamed(_why_nothing(document))
    refs = {each.ref for each in components} | ({subject.ref} if subject else set())
    return Bom(
        spec_version=str(version),
        serial_number=_text(document.get("serialNumber"), 100),
        version=_whole(document.get("version")),
        subject=subject,
        components=components,
        dependencies=tuple(dict.fromkeys(reader.dependencies(_listed(document.get("dependencies")), refs=refs))),
        passed_over=dict(reader.passed_over),
    )


def _json(content: bytes) -> Fields:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NotABom("the bytes are neither JSON in UTF-8 nor XML") from error
    except RecursionError as error:
        raise TooLarge("the JSON is nested too deep") from error
    except ValueError as error:
        raise NotABom(f"the file is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise NotABom("the JSON is no object; a bill of materials is one")
    return document


def _why_nothing(document: Fields) -> str:
    count = len(_listed(document.get("vulnerabilities")))
    if count:
        return (
            f"the file says how {count} vulnerabilities affect products (VEX) and names no component of its own: "
            "bring the bill of materials that it belongs to"
        )
    return "the file names no component and no service"


@dataclass(slots=True)
class _Reader:
    limits: BomLimits
    found: list[Component] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    refs: set[str] = field(default_factory=set)

    def components(self, given: list[Json], *, parent: str, depth: int, type_: str = "") -> Iterator[Component]:
        """Each component with all that lie in it, the outer before the inner; all of them are in ``found``."""
        if given and depth > self.limits.depth:
            raise TooLarge(f"components lie within components more than {self.limits.depth} deep")
        for each in given:
            fields = _fields(each)
            name = _text(fields.get("name"), 300)
            if not name:
                self.passed_over["components without a name"] += 1
                continue
            if len(self.refs) >= self.limits.components:
                raise TooLarge(f"the document names more than {self.limits.components} components: send it in parts")
            component = self._component(fields, name=name, parent=parent, type_=type_)
            self.found.append(component)
            for _inner in self.components(_listed(fields.get("components")), parent=component.ref, depth=depth + 1):
                pass
            inner_services = _listed(fields.get("services"))
            for _inner in self.components(inner_services, parent=component.ref, depth=depth + 1, type_=SERVICE):
                pass
            yield component

    def _component(self, fields: Fields, *, name: str, parent: str, type_: str) -> Component:
        kind = type_ or _text(fields.get("type"), 60)
        if kind not in TYPES:
            self.passed_over[f"components of the unknown type {kind[:40]!r}"] += 1
        for key in fields.keys() - KNOWN_FIELDS:
            self.passed_over[f"{key[:60]} of components"] += 1
        supplier = (
            fields.get("supplier") or fields.get("provider") or fields.get("manufacturer") or fields.get("publisher")
        )
        return Component(
            ref=self._ref(fields, name),
            type=kind,
            name=name,
            group=_text(fields.get("group"), 300),
            version=_text(fields.get("version"), 200),
            description=_text(fields.get("description"), self.limits.characters),
            supplier=_text(_fields(supplier).get("name") if isinstance(supplier, dict) else supplier, 300),
            purl=_text(fields.get("purl"), 2_000),
            cpe=_text(fields.get("cpe"), 2_000),
            hashes=tuple(self._hashes(_listed(fields.get("hashes")))),
            licences=tuple(dict.fromkeys(self._licences(_listed(fields.get("licenses"))))),
            facts=tuple(facts_of(fields)),
            parent=parent,
        )

    def _ref(self, fields: Fields, name: str) -> str:
        given = _text(fields.get("bom-ref"), 2_000)
        ref = given or _text(fields.get("purl"), 2_000) or f"{name}@{_text(fields.get('version'), 200)}"
        if ref in self.refs and given:
            self.passed_over["bom-refs that stand twice"] += 1
        number = 1
        unique = ref
        while unique in self.refs:
            number += 1
            unique = f"{ref}#{number}"
        self.refs.add(unique)
        return unique

    def _hashes(self, given: list[Json]) -> Iterator[Hash]:
        for each in given:
            algorithm, value = _text(_fields(each).get("alg"), 40), _text(_fields(each).get("content"), 256)
            if algorithm and value:
                yield Hash(algorithm, value)
            else:
                self.passed_over["hashes without an algorithm or a value"] += 1

    def _licences(self, given: list[Json]) -> Iterator[str]:
        for each in given:
            fields = _fields(each)
            licence = _fields(fields.get("license"))
            expression = fields.get("expression")
            if isinstance(expression, dict):
                expression = expression.get("content")
            text = _text(expression or licence.get("id") or licence.get("name"), 300)
            if text:
                yield text
            else:
                self.passed_over["licences without a name"] += 1

    def dependencies(self, given: list[Json], *, refs: set[str]) -> Iterator[tuple[str, str]]:
        for each in given:
            fields = _fields(each)
            dependent = _text(fields.get("ref"), 2_000)
            for support in _listed(fields.get("dependsOn")):
                name = _text(support, 2_000)
                if dependent not in refs or name not in refs:
                    self.passed_over["dependencies on what the file does not hold"] += 1
                elif dependent == name:
                    self.passed_over["dependencies on itself"] += 1
                else:
                    yield dependent, name


def _fields(value: Json) -> Fields:
    return value if isinstance(value, dict) else {}


def _listed(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []


def _text(value: Json, most: int) -> str:
    if isinstance(value, dict):
        value = value.get("content")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return ""
    return "".join(each if each.isprintable() or each in "\n\t" else " " for each in value[:most]).strip()


def _whole(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else 1
