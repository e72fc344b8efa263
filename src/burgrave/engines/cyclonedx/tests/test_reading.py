from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.engines.cyclonedx import BomError, BomLimits, Hash, NotABom, NothingNamed, TooLarge, read_bom
from burgrave.engines.cyclonedx.properties import facts_of


def bom(spec: str = "1.5", **parts: object) -> bytes:
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": spec, **parts}).encode()


LIBRARY = {
    "type": "library",
    "bom-ref": "lib",
    "group": "org.example",
    "name": "lib",
    "version": "1.0",
    "description": "Reads things.",
    "publisher": "Example",
    "purl": "pkg:maven/org.example/lib@1.0",
    "cpe": "cpe:2.3:a:example:lib:1.0:*:*:*:*:*:*:*",
    "hashes": [{"alg": "SHA-256", "content": "ab"}, {"alg": "MD5"}],
    "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "Own"}}, {"expression": "A OR B"}, {}],
    "evidence": {},
}


def test_a_component_is_read_with_everything_that_names_it() -> None:
    read = read_bom(bom(components=[LIBRARY], annotations=[1, 2], formulation={}))
    (component,) = read.components
    assert (component.ref, component.type, component.group, component.version) == (
        "lib",
        "library",
        "org.example",
        "1.0",
    )
    assert (component.supplier, component.hashes) == ("Example", (Hash("SHA-256", "ab"),))
    assert component.licences == ("MIT", "Own", "A OR B")
    assert read.passed_over == {
        "annotations": 2,
        "formulation": 1,
        "evidence of components": 1,
        "hashes without an algorithm or a value": 1,
        "licences without a name": 1,
    }


def test_components_within_components_services_and_the_subject_keep_their_place() -> None:
    inner = {"type": "file", "name": "x.dll"}
    read = read_bom(
        bom(
            metadata={
                "component": {"type": "application", "name": "App", "components": [{"type": "data", "name": "D"}]}
            },
            components=[{**LIBRARY, "components": [inner]}],
            services=[
                {
                    "bom-ref": "api",
                    "name": "API",
                    "provider": {"name": "Acme"},
                    "endpoints": ["https://example.org/"],
                    "authenticated": True,
                    "data": [{"flow": "inbound", "classification": "PII"}],
                    "services": [{"name": "Inner"}],
                }
            ],
            serialNumber="urn:uuid:1",
            version=3,
        )
    )
    assert read.subject is not None
    assert (read.subject.name, read.serial_number, read.version) == ("App", "urn:uuid:1", 3)
    assert [(each.name, each.type, each.parent) for each in read.components] == [
        ("D", "data", "App@"),
        ("lib", "library", ""),
        ("x.dll", "file", "lib"),
        ("API", "service", ""),
        ("Inner", "service", "api"),
    ]
    assert read.components[3].facts == (
        ("endpoint", "https://example.org/"),
        ("authenticated", "yes"),
        ("data flow", "inbound"),
        ("data classification", "PII"),
    )


def test_dependencies_that_lead_nowhere_are_counted() -> None:
    components = [{"type": "library", "name": name, "bom-ref": name} for name in "ab"]
    depends = [{"ref": "a", "dependsOn": ["b", "a", "z"]}, {"ref": "y", "dependsOn": ["a"]}, {"ref": "b"}]
    read = read_bom(bom(components=components, dependencies=depends))
    assert read.dependencies == (("a", "b"),)
    assert read.passed_over == {"dependencies on what the file does not hold": 2, "dependencies on itself": 1}


def test_a_name_that_stands_twice_becomes_two() -> None:
    twice = [{"type": "library", "name": "a", "bom-ref": "r"}, {"type": "library", "name": "b", "bom-ref": "r"}]
    read = read_bom(bom(components=[*twice, {"type": "odd", "name": "c"}, {"name": "c", "type": "file"}, {}, "x"]))
    assert [each.ref for each in read.components] == ["r", "r#2", "c@", "c@#2"]
    assert read.passed_over == {
        "bom-refs that stand twice": 1,
        "components of the unknown type 'odd'": 1,
        "components without a name": 2,
    }


XML = b"""<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.4" serialNumber="urn:uuid:2" version="2">
  <metadata><component type="application" bom-ref="app"><name>App</name></component></metadata>
  <components>
    <component type="library" bom-ref="lib"><name>lib</name><version>1.0</version>
      <supplier><name>Acme</name></supplier>
      <hashes><hash alg="SHA-1">cd</hash></hashes>
      <licenses><license><id>MIT</id></license><expression>A OR B</expression></licenses>
      <purl>pkg:npm/lib@1.0</purl>
      <properties><property name="color">red</property></properties>
      <components><component type="file"><name>x</name></component></components>
    </component>
  </components>
  <services><service bom-ref="s"><name>S</name><endpoints><endpoint>https://example.org</endpoint></endpoints></service></services>
  <dependencies><dependency ref="app"><dependency ref="lib"/></dependency></dependencies>
  <!-- a remark -->
</bom>"""


def test_the_xml_form_says_the_same() -> None:
    read = read_bom(XML)
    assert (read.spec_version, read.serial_number, read.version) == ("1.4", "urn:uuid:2", 2)
    assert read.subject is not None
    library, file, service = read.components
    assert (read.subject.ref, library.ref, file.parent, service.type) == ("app", "lib", "lib", "service")
    assert (library.supplier, library.hashes, library.licences) == ("Acme", (Hash("SHA-1", "cd"),), ("MIT", "A OR B"))
    assert (library.purl, library.facts, service.facts) == (
        "pkg:npm/lib@1.0",
        (("color", "red"),),
        (("endpoint", "https://example.org"),),
    )
    assert (read.dependencies, read.passed_over) == ((("app", "lib"),), {})


def nested(depth: int) -> dict[str, object]:
    component: dict[str, object] = {"type": "library", "name": "x"}
    for _each in range(depth):
        component = {"type": "library", "name": "x", "components": [component]}
    return component


DEEP = b"<bom xmlns='http://cyclonedx.org/schema/bom/1.4'>" + b"<a><b>" * 150 + b"</b></a>" * 150 + b"</bom>"


@pytest.mark.parametrize(
    ("content", "kind", "sentence"),
    [
        (b"", NotABom, "no JSON"),
        (b"\xff\xfe", NotABom, "neither JSON"),
        (b"[]", NotABom, "no object"),
        (b"[" * 100_000, TooLarge, "nested too deep"),
        (b"{}", NotABom, "expected bomFormat CycloneDX"),
        (bom("1.1"), NotABom, "1.2 to 1.6 are"),
        (bom(), NothingNamed, "names no component and no service"),
        (bom(vulnerabilities=[{}, {}]), NothingNamed, "how 2 vulnerabilities affect products"),
        (bom(metadata={"component": {"name": "P"}}, vulnerabilities=[{}]), NothingNamed, "VEX"),
        (b"<bom", NotABom, "no well-formed XML"),
        (b"<bom/>", NotABom, "in the namespace"),
        (b"<!DOCTYPE bom [<!ENTITY a 'b'>]><bom/>", NotABom, "declares a document type"),
        (DEEP, TooLarge, "nested more than 200 deep"),
        (bom(components=[nested(60)]), TooLarge, "more than 50 deep"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_no_bill_of_materials_is_refused_with_a_sentence(
    content: bytes, kind: type[BomError], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        read_bom(content)


def test_a_document_stays_within_the_limits() -> None:
    many = bom(components=[{"type": "file", "name": str(each)} for each in range(4)])
    with pytest.raises(TooLarge, match="more than 3 components"):
        read_bom(many, limits=BomLimits(components=3))
    with pytest.raises(TooLarge, match="at most 10 are read"):
        read_bom(many, limits=BomLimits(file_bytes=10))


def test_facts_are_bounded_and_plain() -> None:
    deep: dict[str, object] = {"leaf": 1}
    for _each in range(9):
        deep = {"x": deep}
    fields = {
        "cryptoProperties": {"assetType": "certificate", "none": None, "list": [1, 2], "deep": deep},
        "properties": [{}],
    }
    assert list(facts_of(fields)) == [("assetType", "certificate"), ("list", "1"), ("list", "2")]  # type: ignore[arg-type]
    assert len(list(facts_of({"properties": [{"name": "a\n", "value": "b" * 999}] * 99}))) == 40


@given(st.binary(max_size=200))
def test_only_named_errors_come_out_of_any_bytes(content: bytes) -> None:
    with contextlib.suppress(BomError):
        read_bom(content)


NAMES = [
    "name",
    "type",
    "components",
    "services",
    "licenses",
    "hashes",
    "ref",
    "dependsOn",
    "metadata",
    "component",
    "cryptoProperties",
    "properties",
    "supplier",
    "bom-ref",
    "endpoints",
    "data",
    "version",
    "expression",
]
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(["components", "services", "metadata", "dependencies"]), ANY, max_size=2))
def test_only_named_errors_come_out_of_any_shape(parts: dict[str, object]) -> None:
    with contextlib.suppress(BomError):
        read_bom(bom(**parts))


@given(st.integers(0, len(XML) - 1), st.integers(0, 255))
def test_only_named_errors_come_out_of_a_damaged_document(place: int, byte: int) -> None:
    with contextlib.suppress(BomError):
        read_bom(XML[:place] + bytes([byte]) + XML[place + 1 :])


def test_real_documents_are_read_or_refused_with_a_sentence(shared_data: Path) -> None:
    found: dict[str, tuple[int, int] | str] = {}
    for file in sorted((shared_data / "cyclonedx").glob("*.json")):
        try:
            read = read_bom(file.read_bytes())
            found[file.stem] = (len(read.components), len(read.dependencies))
        except BomError as error:
            found[file.stem] = type(error).__name__
    assert found == {
        "CBOM_Certificate_bom": (4, 0),
        "HBOM_PCIe-SATA-adapter-board_bom": (6, 0),
        "SBOM_keycloak-10.0.2_bom": (903, 994),
        "SBOM_laravel-7.12.0_bom.1.4": (62, 113),
        "SaaSBOM_apigateway-microservices-datastores_bom": (6, 6),
        "VEX_CISA-Use-Cases_Case-2_vex": "NothingNamed",
        "VEX_bom": (3, 0),
        "VEX_vex": "NothingNamed",
    }
