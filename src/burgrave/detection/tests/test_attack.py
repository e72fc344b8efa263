"""A release of ATT&CK: brought, and what it says of the matrix, of rules and of layers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from burgrave.detection import commands, queries
from burgrave.detection.errors import AttackFileRefused
from burgrave.detection.rules import attack as rules
from burgrave.detection.rules.coverage import by_technique
from burgrave.detection.terms.attack import Shown, Tag, TagState
from burgrave.detection.terms.coverage import Coverage
from burgrave.detection.tests.house import NOON, brought
from burgrave.detection.tests.test_coverage import PROCESSES, SYSMON_1, coverage, heard, kind_heard, rule
from burgrave.detection.tests.test_layers import plan
from burgrave.engines.attack.comparing import Cover
from burgrave.engines.attack.releases import read_release
from burgrave.engines.attack.terms import Catalogue
from burgrave.engines.attack.tests.bundles import bundle, technique
from burgrave.engines.detection import LogSource
from burgrave.events import queries as events
from burgrave.events.terms import HeardKind
from burgrave.incidents import models as incidents
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import Forbidden, NotFound
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]


def known() -> Catalogue:
    return read_release(io.BytesIO(bundle())).catalogue


def said() -> Coverage:
    return coverage(
        [
            rule("A", PROCESSES, "T1059.001", "T1086", "T9999"),
            rule("B", LogSource(product="windows", service="system"), "T1086", "T1100", tactics=("impact",)),
        ],
        [heard(SYSMON_1)],
    )


@pytest.fixture
def live(alice: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three live rules that hear: one names what was revoked, one a current technique, one what nobody knows."""
    for number, tag in enumerate(("t1086", "t1490", "t9999")):
        incidents.RuleVersion.objects.create(
            rule_id=f"r{number}",
            sha256=f"{number}" * 64,
            title=f"Rule {number}",
            level="high",
            level_rank=3,
            path=f"r{number}.yml",
            source="x",
            origin="library",
            logsource={"product": "windows", "category": "process_creation"},
            tags=["attack.impact", f"attack.{tag}"],
            loaded_at=NOON,
        )
    found: tuple[HeardKind, ...] = (replace(kind_heard(0), last_at=timezone.now()),)
    monkeypatch.setattr(events, "heard_kinds", lambda **_named: found)


def bring(actor: Actor, content: bytes | None = None) -> None:
    commands.bring_attack(io.BytesIO(bundle() if content is None else content), actor=actor, now=NOON)


@pytest.mark.engine_only
def test_a_release_is_kept_as_plain_values_and_comes_back() -> None:
    release = known()
    kept = json.loads(json.dumps([rules.plain_tactics(release), rules.plain_techniques(release)]))
    assert rules.catalogue_of(release.version, *kept) == release


@pytest.mark.engine_only
def test_a_tag_is_current_deprecated_revoked_or_unknown() -> None:
    release = known()
    assert [rules.tag_of(each, release) for each in ("T1490", "T1086", "T1087", "T1100", "T9999")] == [
        Tag(technique="T1490", state=TagState.CURRENT, name="Inhibit recovery"),
        Tag(technique="T1086", state=TagState.REVOKED, name="Old shell", successor="T1059.001"),
        Tag(technique="T1087", state=TagState.REVOKED, name="Forgotten"),
        Tag(technique="T1100", state=TagState.DEPRECATED, name="Unwanted"),
        Tag(technique="T9999", state=TagState.UNKNOWN),
    ]
    odd = rules.odd_tags(said(), release)
    assert [(each.tag.technique, [rule.title for rule in each.rules]) for each in odd] == [
        ("T1086", ["A", "B"]),
        ("T1100", ["B"]),
        ("T9999", ["A"]),
    ]


@pytest.mark.engine_only
def test_the_matrix_has_the_tactics_of_the_release_in_its_order_with_all_current_techniques() -> None:
    release = known()
    tags = said()
    today = rules.as_of_today(tags, release)
    assert rules.as_of_today(tags, None) == tags
    assert [(rule.title, rule.techniques) for rule in today.rules] == [
        ("A", ("T1059.001", "T9999")),
        ("B", ("T1059.001", "T1100")),
    ]
    columns = rules.whole_matrix(today, release)
    told = [
        (each.name, each.title, [(c.technique, c.name, c.can_fire, c.rules) for c in each.cells]) for each in columns
    ]
    assert told == [
        ("execution", "Execution", [("T1059", "Interpreter", 0, 0), ("T1059.001", "Shell of power", 1, 2)]),
        ("defense evasion", "Hiding", [("T1059.001", "Shell of power", 1, 2), ("T1490", "Inhibit recovery", 0, 0)]),
    ]
    assert [cell.is_part for cell in columns[0].cells] == [False, True]
    assert rules.named_and_covered(by_technique(today), release) == (1, 1, 3)
    assert rules.named_and_covered(by_technique(said()), None) == (4, 3, 0)


@pytest.mark.engine_only
@pytest.mark.parametrize(
    ("shown", "platform", "techniques"),
    [
        (Shown.ALL, "", ["T1059", "T1059.001"]),
        (Shown.NAMED, "", ["T1059.001"]),
        (Shown.BARE, "", ["T1059"]),
        (Shown.ALL, "Windows", ["T1059.001"]),
        (Shown.BARE, "Windows", []),
    ],
)
def test_the_matrix_is_narrowed(shown: Shown, platform: str, techniques: list[str]) -> None:
    release = known()
    (first, _second) = rules.whole_matrix(rules.as_of_today(said(), release), release, shown=shown, platform=platform)
    assert [cell.technique for cell in first.cells] == techniques
    assert rules.platforms(release) == ("Windows",)


def test_a_release_takes_the_place_of_the_one_before_with_a_record(
    live: None, organisation: CastOrganisation, alice: Actor, charlie: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    without = queries.attack_matrix(now=NOON, actor=alice)
    assert (without.release, without.odd, without.named, without.all_techniques) == (None, (), 3, 0)
    assert queries.tags(["T1086"]) == queries.odd_tags(now=NOON, actor=alice) == ()
    with pytest.raises(NotFound, match="no release of ATT&CK was brought"):
        queries.attack_techniques(now=NOON, actor=alice)

    bring(alice)
    bring(alice, bundle(technique("T1003", "Dumping", "execution")))
    found = queries.attack_matrix(now=timezone.now(), actor=alice)
    assert found.release is not None
    assert (found.release.version, found.release.current, found.release.revoked) == ("99.1", 4, 2)
    assert (found.named, found.covered, found.all_techniques) == (2, 2, 4)
    assert [each.tag.technique for each in found.odd] == ["T1086", "T9999"]
    assert [each.name for each in queries.tags(["T1086"])] == ["Old shell"]
    assert [kind for kind in ledger_tail() if "attack" in kind] == ["detection.attack_brought"] * 2

    before = ledger_tail()
    with pytest.raises(Forbidden):
        bring(charlie)
    with pytest.raises(Forbidden):
        queries.release(actor=charlie)
    with pytest.raises(AttackFileRefused, match="no STIX bundle, around byte"):
        bring(alice, bundle()[:-20])
    assert ledger_tail() == before
    assert queries.release(actor=alice) == found.release


def test_a_layer_is_read_in_the_light_of_the_release(
    live: None, organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    bring(alice)
    content = plan(*({"techniqueID": each, "score": 1} for each in ("T1086", "T1059", "T9999", "T1490")))
    key = commands.bring_layer(content, name="", actor=alice, now=NOON)
    told = queries.layer(key, now=timezone.now(), actor=alice)
    assert [(each.technique, each.was, each.name, each.cover) for each in told.comparison.techniques] == [
        ("T1059", (), "Interpreter", Cover.GAP),
        ("T1059.001", ("T1086",), "Shell of power", Cover.COVERED),
        ("T1490", (), "Inhibit recovery", Cover.COVERED),
    ]
    assert told.comparison.unknown == ("T9999",)
    commands.replace_layer(key, plan({"techniqueID": "T1100"}), version=1, actor=alice, now=NOON)
    assert "Deprecated" in client_of(alice).get(reverse("detection:brought_layer", args=[key])).content.decode()
    assert [(tactic, [cell.technique for cell in cells]) for tactic, cells in told.columns] == [
        ("execution", ["T1059", "T1059.001"]),
        ("defense evasion", ["T1059.001", "T1490"]),
    ]


def test_the_pages_import_show_narrow_and_say_what_became_of_tags(
    live: None, organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    page, matrix, release = client_of(alice), reverse("detection:attack"), reverse("detection:release")
    assert "Names of techniques come with" in page.get(matrix).content.decode()
    assert "No release was imported" in page.get(release).content.decode()
    assert page.post(release, {"file": SimpleUploadedFile("a.json", b"{}")}).status_code == 422
    assert page.post(release, {"file": SimpleUploadedFile("a.json", bundle())})["Location"] == release
    assert "99.1" in page.get(release).content.decode()
    shown = page.get(matrix, {"technique": "T1059.001"}).content.decode()
    for text in ("Shell of power", "Interpreter", "Rule 0", "Not in this release", "Windows"):
        assert text in shown
    assert "Interpreter" not in page.get(matrix, {"show": "named"}).content.decode()
    assert "Interpreter" in page.get(matrix, {"show": "bare", "platform": ""}).content.decode()
    assert "No live rule names this technique" in page.get(matrix, {"technique": "T1059"}).content.decode()
    answer = page.get(reverse("detection:layer"))
    told = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]  # a streamed answer
    assert (told["versions"]["attack"], [each["techniqueID"] for each in told["techniques"]]) == (
        "99",
        ["T1059.001", "T1490", "T9999"],
    )
    (waits,) = brought("Alpha", actor=alice)
    assert "Shell of power" in page.get(reverse("detection:rule", args=[waits])).content.decode()
    with CaptureQueriesContext(connection) as of_few:
        page.get(matrix)
    many = (technique(f"T2{number:03}", f"Technique {number}", "execution") for number in range(50))
    bring(alice, bundle(*many))
    with CaptureQueriesContext(connection) as of_many:
        assert "Technique 49" in page.get(matrix).content.decode()
    assert len(of_few) == len(of_many)


def test_the_api_brings_a_release_and_tells_techniques_and_tags(
    live: None, organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    page, one = client_of(alice), reverse("api:attack_release")
    assert page.get(one).status_code == page.get(reverse("api:attack_techniques")).status_code == 404
    made = page.post(one, {"file": SimpleUploadedFile("a.json", bundle())})
    assert (made.status_code, made.json()["current"]) == (201, 3)
    refused = page.post(one, {"file": SimpleUploadedFile("a.json", b"[]")})
    assert (refused.status_code, "expected {" in refused.json()["detail"]) == (422, True)
    twice = {"file": SimpleUploadedFile("a.json", bundle()), "other": SimpleUploadedFile("b.json", bundle())}
    assert page.post(one, twice).status_code == 422
    assert page.get(one).json()["version"] == "99.1"
    told = page.get(reverse("api:attack_techniques"), {"size": 2, "page": 2}).json()
    assert (told["total"], [each["successor"] for each in told["rows"]]) == (6, ["T1059.001", ""])
    bare = page.get(reverse("api:attack_techniques"), {"bare": "true"}).json()
    assert [each["technique"] for each in bare["rows"]] == ["T1059"]
    tags = page.get(reverse("api:attack_tags")).json()
    assert [(each["technique"], each["state"], each["rules"][0]["title"]) for each in tags] == [
        ("T1086", "revoked", "Rule 0"),
        ("T9999", "unknown", "Rule 2"),
    ]


def test_a_layer_of_another_release_is_told_on_its_page_in_the_list_and_over_the_api(
    alice: Actor, client_of: ClientOf
) -> None:
    key = commands.bring_layer(plan({"techniqueID": "T1490", "score": 1}), name="", actor=alice, now=NOON)
    page, address = client_of(alice), reverse("detection:brought_layer", args=[key])
    before = page.get(address).content.decode()
    assert ("no release was brought" in before, "of another release" in before) == (True, False)
    commands.bring_attack(io.BytesIO(bundle()), actor=alice, now=NOON)
    shown = page.get(address).content.decode()
    assert ("of another release of ATT&CK" in shown, "ATT&CK 18, and 99.1" in shown) == (True, True)
    assert '<span class="tag">ATT&amp;CK 18</span>' in page.get(reverse("detection:layers")).content.decode()
    told = page.get(reverse("api:layer", args=[key])).json()["row"]
    assert (told["attack_version"], told["release"], told["agreement"]) == ("18", "99.1", "other")
    same = plan({"techniqueID": "T1490", "score": 1}, versions={"layer": "4.5", "attack": "99"})
    commands.replace_layer(key, same, version=1, actor=alice, now=NOON)
    assert "of another release" not in page.get(address).content.decode()
