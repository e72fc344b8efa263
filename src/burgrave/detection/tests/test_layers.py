"""Layers of the Navigator: brought, compared with what is covered, replaced and removed."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

import burgrave.engines.attack as engine
from burgrave.detection import commands, models, queries
from burgrave.detection.commands import layering
from burgrave.detection.errors import AttackFileRefused, ReasonMissing
from burgrave.detection.rules import layers as rules
from burgrave.detection.terms.layers import LayerId
from burgrave.detection.tests.house import NOON
from burgrave.detection.tests.test_coverage import SYSMON_1, heard, kind_heard
from burgrave.detection.tests.test_coverage import found as coverage_found
from burgrave.detection.views.attack_words import SENTENCES
from burgrave.engines.attack.comparing import Cover, compare
from burgrave.engines.attack.terms import Gradient, Mark
from burgrave.events import queries as events
from burgrave.events.terms import HeardKind
from burgrave.incidents import models as incidents
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
SAY, MENDS = {"AttackFileError", "Phrase"}, {"_FETCH", "_SAVE_AGAIN"}


def plan(*techniques: dict[str, Any], name: str = "Plan of the red team", **more: Any) -> bytes:
    whole = {"name": name, "versions": {"layer": "4.5", "attack": "18"}, "domain": "enterprise-attack"}
    return json.dumps({**whole, "techniques": list(techniques), **more}).encode()


THREE = (
    {"techniqueID": "T1490", "score": 1, "comment": "shadow copies"},
    {"techniqueID": "T0001", "score": 2, "color": "#e60d0d", "tactic": "impact"},
    {"techniqueID": "nonsense"},
    {"techniqueID": "T1003", "enabled": False},
)


def brought(actor: Actor, *techniques: dict[str, Any], name: str = "") -> LayerId:
    return commands.bring_layer(plan(*(techniques or THREE)), name=name, actor=actor, now=NOON)


@pytest.fixture
def heard_kinds(alice: Actor, monkeypatch: pytest.MonkeyPatch) -> list[HeardKind]:
    """One live rule names T1490; what is in the list is heard."""
    incidents.RuleVersion.objects.create(
        rule_id="r",
        sha256="b" * 64,
        title="R",
        level="high",
        level_rank=3,
        path="r.yml",
        source="x",
        origin="library",
        logsource={"product": "windows", "category": "process_creation"},
        tags=["attack.impact", "attack.t1490"],
        loaded_at=NOON,
    )
    found = [replace(kind_heard(0), last_at=timezone.now())]
    monkeypatch.setattr(events, "heard_kinds", lambda **_named: tuple(found))
    return found


@pytest.mark.engine_only
def test_marks_and_gradients_are_kept_as_plain_values_and_come_back() -> None:
    marks = (Mark(technique="T1003", tactic="impact", score=1.5, colour="#000000", comment="x", is_enabled=False),)
    gradient = Gradient(colours=("#000000", "#ffffff"), low=0, high=1)
    assert rules.marks_of(json.loads(json.dumps(rules.plain_marks(marks)))) == marks
    assert rules.gradient_of(json.loads(json.dumps(rules.plain_gradient(gradient)))) == gradient
    assert rules.plain_gradient(None) is rules.gradient_of(None) is None


@pytest.mark.engine_only
def test_a_technique_stands_under_the_tactics_of_the_layer_else_of_the_rules_else_under_none() -> None:
    layer = rules.opened_layer(
        plan(
            {"techniqueID": "T1059", "score": 1, "tactic": "impact"},
            {"techniqueID": "T1059.001", "score": 1},
            {"techniqueID": "T1700", "score": 1},
            {"techniqueID": "T1701", "score": 1, "tactic": "nonsense"},
        )
    )
    found = coverage_found(heard(SYSMON_1))
    told = rules.columns(compare(layer, rules.named(found)), found)
    assert [(tactic, [cell.technique for cell in cells]) for tactic, cells in told] == [
        ("execution", ["T1059.001"]),
        ("defense evasion", ["T1059.001"]),
        ("impact", ["T1059"]),
        ("", ["T1700", "T1701"]),
    ]


@pytest.mark.engine_only
def test_every_sentence_of_the_engine_can_be_said_in_other_languages() -> None:
    said: set[object] = set()
    for path in sorted(Path(str(engine.__file__)).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                said |= {each.value for each in node.args[:1] if node.func.id in SAY and isinstance(each, ast.Constant)}
                mends = [each.value for each in node.keywords if each.arg == "mend"]
                said |= {each.value for each in mends if isinstance(each, ast.Constant)}
            elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in MENDS:
                said |= {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
    assert said == set(SENTENCES)


def test_a_layer_is_kept_compared_replaced_and_removed_with_records(
    heard_kinds: list[HeardKind],
    organisation: CastOrganisation,
    alice: Actor,
    emil: Actor,
    ledger_tail: Callable[[], list[str]],
) -> None:
    key = brought(alice)
    told = queries.layer(key, now=NOON, actor=emil)
    by_id = {each.technique: each for each in told.comparison.techniques}
    assert (told.row.name, told.row.brought_by, told.row.brought_at) == ("Plan of the red team", alice.name, NOON)
    assert (by_id["T1490"].cover, by_id["T1490"].can_fire > 0) == (Cover.COVERED, True)
    assert by_id["T0001"].cover is Cover.GAP
    assert (told.comparison.unknown, told.comparison.left_out) == (("NONSENSE",), ("T1003",))
    assert (told.row.techniques, told.row.gaps, told.row.silent, told.row.covered, told.row.unknown) == (2, 1, 0, 1, 1)
    assert queries.layers(now=NOON, actor=emil).rows == (told.row,)

    commands.replace_layer(key, plan(THREE[1]), version=1, actor=emil, now=NOON)
    again = queries.layer(key, now=NOON, actor=alice)
    assert (again.row.name, again.row.brought_by, again.row.version) == ("Plan of the red team", emil.name, 2)
    assert [each.technique for each in again.comparison.techniques] == ["T0001"]

    commands.remove_layer(key, reason="Over", version=2, actor=alice, now=NOON)
    assert not models.AttackLayer.objects.exists()
    kinds = [each for each in ledger_tail() if each.startswith("detection.layer")]
    assert kinds == ["detection.layer_brought", "detection.layer_replaced", "detection.layer_removed"]


def test_a_technique_whose_rules_hear_nothing_is_told_apart(alice: Actor, heard_kinds: list[HeardKind]) -> None:
    heard_kinds.clear()
    told = queries.layer(brought(alice), now=NOON, actor=alice)
    assert [(each.technique, each.cover) for each in told.comparison.techniques] == [
        ("T0001", Cover.GAP),
        ("T1490", Cover.SILENT),
    ]


def test_bad_files_names_and_strangers_are_refused_and_leave_no_record(
    organisation: CastOrganisation,
    alice: Actor,
    erik: Actor,
    charlie: Actor,
    ledger_tail: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = brought(alice)
    before = ledger_tail()
    with pytest.raises(AttackFileRefused, match="no JSON: line 1"):
        commands.bring_layer(b"{", name="x", actor=alice, now=NOON)
    with pytest.raises(AttackFileRefused, match=r"format 3\.0, expected 4\.0 to 4\.5"):
        commands.bring_layer(plan(versions={"layer": "3.0"}), name="x", actor=alice, now=NOON)
    for name in ("", "x" * 201):
        with pytest.raises(AttackFileRefused, match="a name of 1 to 200 characters"):
            commands.bring_layer(plan(name=""), name=name, actor=alice, now=NOON)
    with pytest.raises(AttackFileRefused, match="a layer Plan of the red team already"):
        brought(alice)
    monkeypatch.setattr(layering, "MOST_LAYERS", 1)
    with pytest.raises(AttackFileRefused, match="1 layers are kept at most"):
        brought(alice, name="Other")
    for stranger in (erik, charlie):
        with pytest.raises(Forbidden):
            brought(stranger, name="Other")
        with pytest.raises(Forbidden):
            commands.replace_layer(key, plan(), version=1, actor=stranger, now=NOON)
        with pytest.raises(Forbidden):
            commands.remove_layer(key, reason="x", version=1, actor=stranger, now=NOON)
    with pytest.raises(Forbidden):
        queries.layer(key, now=NOON, actor=charlie)
    with pytest.raises(NotFound):
        queries.layer(uuid4(), now=NOON, actor=alice)
    with pytest.raises(NotFound):
        commands.remove_layer(uuid4(), reason="x", version=1, actor=alice, now=NOON)
    with pytest.raises(StaleEdit):
        commands.replace_layer(key, plan(), version=9, actor=alice, now=NOON)
    with pytest.raises(ReasonMissing):
        commands.remove_layer(key, reason=" ", version=1, actor=alice, now=NOON)
    assert ledger_tail() == before


def test_the_pages_bring_show_narrow_replace_and_remove(
    heard_kinds: list[HeardKind], organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    page, listed = client_of(alice), reverse("detection:layers")
    assert listed in page.get(reverse("detection:attack")).content.decode()
    assert "No layer was brought" in page.get(listed).content.decode()
    assert page.post(listed, {"file": SimpleUploadedFile("a.json", b"{")}).status_code == 422
    made = page.post(listed, {"file": SimpleUploadedFile("a.json", plan(*THREE)), "name": " Our  plan "})
    one = made["Location"]
    shown = page.get(one).content.decode()
    for text in ("Our plan", "shadow copies", 'fill="#e60d0d"', "NONSENSE", "T1003"):
        assert text in shown
    narrowed = page.get(one, {"cover": "gap"}).content.decode().split('id="compared"')[1]
    assert ("T0001" in narrowed, "shadow copies" in narrowed) == (True, False)
    sought = page.get(one, {"q": "SHADOW"}).content.decode().split('id="compared"')[1]
    assert ("T0001" in sought, "shadow copies" in sought) == (False, True)
    several = plan({"techniqueID": "T1490", "score": 1, "tactic": "impact"}, {"techniqueID": "T1490", "score": 3})
    sent = {"file": SimpleUploadedFile("b.json", several), "version": "1"}
    assert page.post(f"{one}replace/", sent)["Location"] == one
    assert page.post(f"{one}replace/", {**sent, "file": SimpleUploadedFile("b", several)}).status_code == 409
    assert "Impact 1" in page.get(one).content.decode()
    with CaptureQueriesContext(connection) as of_one:
        page.get(listed)
    for number in range(49):
        brought(alice, name=f"Layer {number}")
    with CaptureQueriesContext(connection) as of_many:
        page.get(listed)
    assert len(of_one) == len(of_many)
    assert page.post(f"{one}remove/", {"reason": "", "version": "2"}).status_code == 422
    assert page.post(f"{one}remove/", {"reason": "Over", "version": "2"}).status_code == 302
    assert page.get(one).status_code == 404


def test_the_api_brings_replaces_and_removes(
    heard_kinds: list[HeardKind], organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    page, listed = client_of(alice), reverse("api:layers")
    made = page.post(listed, {"name": "A", "layer": json.loads(plan(*THREE))}, content_type="application/json")
    assert (made.status_code, made["ETag"]) == (201, '"v1"')
    told = made.json()
    assert [(each["technique"], each["cover"]) for each in told["techniques"]] == [
        ("T0001", "gap"),
        ("T1490", "covered"),
    ]
    assert (told["unknown"], told["left_out"]) == (["NONSENSE"], ["T1003"])
    bad = page.post(listed, {"layer": {}}, content_type="application/json")
    assert (bad.status_code, "names no techniques" in bad.json()["detail"]) == (422, True)
    one = reverse("api:layer", args=[told["row"]["layer_id"]])
    match = {"If-Match": '"v1"'}
    changed = page.put(one, {"layer": json.loads(plan(THREE[0]))}, content_type="application/json", headers=match)
    assert (changed.status_code, changed["ETag"], changed.json()["row"]["techniques"]) == (200, '"v2"', 1)
    assert page.get(listed).json()["rows"][0]["name"] == "A"
    gone = reverse("api:remove_layer", args=[told["row"]["layer_id"]])
    match = {"If-Match": '"v2"'}
    assert page.post(gone, {"reason": "x"}, content_type="application/json", headers=match).status_code == 204
    assert page.get(one).status_code == 404
