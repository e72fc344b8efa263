from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from burgrave.assets import models
from burgrave.assets.queries.kept import references_below
from burgrave.assets.rules.bom import inventory
from burgrave.assets.terms import AssetType, IdentifierKind, Lifecycle
from burgrave.engines.cyclonedx import read_bom
from burgrave.engines.sheets import Mapped
from burgrave.imports import commands as imports
from burgrave.imports import queries as import_queries
from burgrave.imports.terms import ImportId, ImportState, ImportView
from burgrave.imports.tests.house import applied, checked, received
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.terms import Actor, UnitId


def document(version: str, *, lib: str, extra: bool = False) -> bytes:
    components: list[dict[str, object]] = [
        {
            "type": "library",
            "bom-ref": f"lib-{lib}",
            "name": "lib",
            "version": lib,
            "purl": f"pkg:npm/%40scope/lib@{lib}?arch=x",
            "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "L" * 60}}],
            "hashes": [{"alg": "SHA-256", "content": "ab"}],
            "components": [{"type": "file", "name": "lib.js", "cpe": "c" * 400}],
        },
        {"type": "cryptographic-asset", "name": "TLS key", "cryptoProperties": {"assetType": "certificate"}},
    ]
    if extra:
        components.append({"type": "device", "name": "Sensor"})
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "metadata": {"component": {"type": "application", "bom-ref": "app", "name": "Shop", "version": version}},
            "components": components,
            "dependencies": [{"ref": "app", "dependsOn": [f"lib-{lib}", "gone"]}],
            "vulnerabilities": [{}],
        }
    ).encode()


def brought(content: bytes, *, actor: Actor, unit_id: UnitId) -> ImportId:
    made = received(content, actor=actor, name="bom.json", target="cyclonedx")
    imports.map_columns(made, Mapped(columns={}), options={"unit": str(unit_id)}, version=1, actor=actor, now=NOON)
    return made


def bring(content: bytes, *, actor: Actor, unit_id: UnitId) -> ImportView:
    made = brought(content, actor=actor, unit_id=unit_id)
    view = checked(made, actor=actor)
    assert view.row.state is ImportState.READY, (view.row.refusal, import_queries.faults(made, number=1, size=5).rows)
    return applied(made, actor=actor) if view.row.new + view.row.changed else view


def counts(view: ImportView) -> tuple[int, int, int]:
    return view.row.new, view.row.changed, view.row.same


def test_a_document_is_brought_twice_and_then_in_a_newer_version(
    organisation: CastOrganisation, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    view = bring(document("1", lib="1.0", extra=True), actor=alice, unit_id=organisation.operations)
    assert counts(view) == (5, 0, 0)
    assert any("1 vulnerabilities were passed over" in note for note in view.notes)
    assert any("dependencies on what the file does not hold" in note for note in view.notes)
    lib = models.Asset.objects.get(name="lib 1.0")
    assert (lib.reference, lib.type, lib.tags) == (
        "cdx:application:Shop/pkg:npm/%40scope/lib",
        AssetType.SOFTWARE,
        ["MIT"],
    )
    assert "SHA-256: ab" in lib.description
    assert [(each.kind, each.value) for each in lib.identifiers.all()] == [
        (IdentifierKind.PURL, "pkg:npm/%40scope/lib@1.0?arch=x")
    ]
    kinds = dict(models.Asset.objects.values_list("name", "type"))
    assert (kinds["TLS key"], kinds["Sensor"], kinds["lib.js"]) == ("information", "device", "information")
    links = set(models.Dependency.objects.values_list("dependent__name", "kind", "support__name"))
    assert links == {("Shop 1", "depends_on", "lib 1.0"), ("lib 1.0", "consists_of", "lib.js")}

    before = len(ledger_tail())
    assert counts(bring(document("1", lib="1.0", extra=True), actor=alice, unit_id=organisation.sales)) == (0, 0, 5)
    assert "assets.asset_edited" not in ledger_tail()[before:]

    models.Asset.objects.filter(pk=lib.pk).update(lifecycle=Lifecycle.RETIRING, own_availability=3)
    newer = bring(document("2", lib="1.1"), actor=alice, unit_id=organisation.sales)
    assert counts(newer) == (0, 2, 2)
    assert any("1 assets that an earlier document brought" in note for note in newer.notes)
    lib.refresh_from_db()
    assert (lib.name, lib.unit_id, lib.lifecycle, lib.own_availability) == (
        "lib 1.1",
        organisation.operations,
        "retiring",
        3,
    )
    assert [each.value for each in lib.identifiers.all()] == ["pkg:npm/%40scope/lib@1.1?arch=x"]
    assert models.Asset.objects.count() == 5


def test_two_versions_in_one_document_are_two_assets_and_one_twice_is_one() -> None:
    components = [
        {"type": "library", "bom-ref": "a", "name": "x", "version": "1", "purl": "pkg:npm/x@1"},
        {"type": "library", "bom-ref": "b", "name": "x", "version": "2", "purl": "pkg:npm/x@2"},
        {"type": "library", "bom-ref": "c", "name": "y", "version": "1", "purl": "pkg:npm/y@1#sub"},
        {"type": "library", "bom-ref": "d", "name": "y", "version": "1", "purl": "pkg:npm/y@1"},
        {"type": "library", "bom-ref": "e", "name": "z" * 150},
    ]
    text = json.dumps(
        {"bomFormat": "CycloneDX", "specVersion": "1.4", "serialNumber": "urn:uuid:7", "components": components}
    )
    made = inventory(read_bom(text.encode()), unit_id=UnitId(uuid4()))
    references = [each.reference for each in made.facts]
    assert references[:3] == ["cdx:urn:uuid:7/pkg:npm/x@1", "cdx:urn:uuid:7/pkg:npm/x@2", "cdx:urn:uuid:7/pkg:npm/y"]
    assert (len(references), len(references[3]), made.passed_over) == (4, 100, {"components that are named twice": 1})


def test_what_a_subject_is_made_of_without_a_graph_of_dependencies() -> None:
    text = json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.4",
            "metadata": {"component": {"type": "device", "name": "Board"}},
            "components": [{"type": "device", "name": "Chip"}],
        }
    )
    made = inventory(read_bom(text.encode()), unit_id=UnitId(uuid4()))
    assert [(one, str(kind), other) for one, kind, other in made.links] == [
        ("cdx:device:Board", "consists_of", "cdx:device:Board/device:Chip")
    ]


def test_a_document_that_is_none_and_a_missing_unit_are_said(organisation: CastOrganisation, alice: Actor) -> None:
    vex = b'{"bomFormat": "CycloneDX", "specVersion": "1.4", "vulnerabilities": [{}]}'
    other = brought(vex, actor=alice, unit_id=organisation.sales)
    assert "VEX" in checked(other, actor=alice).row.refusal
    unitless = received(document("1", lib="1"), actor=alice, target="cyclonedx")
    assert "no unit was chosen" in checked(unitless, actor=alice).row.refusal
    erik = hire("Erik Ebert", unit_id=organisation.night_shift, roles=(("system_owner", organisation.night_shift),))
    only = received(document("1", lib="1"), actor=erik, target="cyclonedx")
    assert checked(only, actor=erik).row.state is ImportState.READY


def test_every_real_document_is_brought_or_refused_and_never_doubled(
    organisation: CastOrganisation, alice: Actor, shared_data: Path
) -> None:
    for file in sorted((shared_data / "cyclonedx").glob("*.json")):
        if "VEX_vex" in file.name or "Case-2" in file.name:
            continue
        first = bring(file.read_bytes(), actor=alice, unit_id=organisation.operations)
        again = bring(file.read_bytes(), actor=alice, unit_id=organisation.operations)
        assert counts(again) == (0, 0, first.row.new + first.row.same), file.name
    assert references_below("cdx:nothing") == frozenset()


@pytest.mark.parametrize("page", ["columns"])
def test_a_document_asks_for_its_unit_alone(
    page: str, organisation: CastOrganisation, alice: Actor, client_of: Callable[..., object]
) -> None:
    made = received(document("1", lib="1"), actor=alice, target="cyclonedx")
    client = client_of(alice)
    text = client.get(f"/imports/{made}/{page}/").content.decode()  # type: ignore[attr-defined]
    assert ("Unit of what is new" in text, "Column of the file" in text) == (True, False)
