"""A framework that ships along is adopted: by whoever manages everywhere, once, and never over one's own words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils.translation import override

from burgrave.assurance import commands, errors, models, queries
from burgrave.assurance.terms import FrameworkOrigin
from burgrave.assurance.tests.shelf import NOON
from burgrave.assurance.tests.test_framework_rules import framework, need
from burgrave.engines.norms import Language
from burgrave.ledger import queries as ledger
from burgrave.people import commands as people
from burgrave.web.errors import BadInput, Forbidden
from burgrave.web.terms import Actor, system_actor

LATER = NOON + timedelta(days=1)


def adopt(identifier: str = "MLPS", language: Language = Language.ENGLISH, **more: Any) -> Any:
    return commands.adopt_framework(identifier, language, **({"now": NOON} | more))


def test_adopted_twice_it_changes_and_records_nothing(organisation: Any, alice: Actor) -> None:
    key = adopt(actor=alice)
    size = ledger.head().size
    assert adopt(actor=alice, now=LATER) == key
    assert ledger.head().size == size
    row = queries.framework(key, actor=alice)
    assert (row.identifier, row.requirements, row.origin) == ("MLPS", 71, FrameworkOrigin.EXTERNAL)
    assert row.unit_id == organisation.root
    (mine,) = (each for each in queries.shipped_frameworks(Language.CHINESE, actor=alice) if each.here)
    assert (mine.identifier, mine.title) == ("MLPS", "网络安全等级保护2.0，第三级，安全通用要求")


def test_in_the_other_language_the_titles_change_and_the_requirements_stay(organisation: Any, alice: Actor) -> None:
    key = adopt(actor=alice)
    before = set(models.Requirement.objects.values_list("pk", "identifier"))
    assert adopt(language=Language.CHINESE, actor=alice, now=LATER) == key
    assert set(models.Requirement.objects.values_list("pk", "identifier")) == before
    assert models.Requirement.objects.get(identifier="8.1.1.5").title == "火灾防护"
    assert models.Wording.objects.filter(until=LATER).count() == 71


def test_each_reader_has_the_titles_in_their_language(organisation: Any, alice: Actor, charlie: Actor) -> None:
    key = adopt(actor=alice)
    rows = models.Requirement.objects.filter(identifier="8.1.1.5").select_related("framework")
    with override("zh-hans"):
        row = queries.requirement_row(rows.get())
        assert (row.title, row.first_title) == ("火灾防护", queries.requirement_row(rows.get()).titles["en"])
        assert queries.framework(key, actor=alice).title == "网络安全等级保护2.0，第三级，安全通用要求"
        assert "机房" in queries.requirement(row.requirement_id, actor=alice).text
        assert queries.framework(key, actor=alice).title in row.framework_title
    with override("en"):
        assert queries.requirement_row(rows.get()).title == row.first_title
        found = queries.requirements(actor=alice, text="火灾防护")
        assert [each.identifier for each in found.rows] == ["8.1.1.5"]
        assert [each.identifier for each in queries.frameworks(actor=alice, text="第三级").rows] == ["MLPS"]


def test_who_manages_only_a_part_or_nothing_adopts_nothing(
    organisation: Any, bob: Actor, charlie: Actor, dora: Actor
) -> None:
    for actor in (charlie, dora):
        with pytest.raises(Forbidden):
            adopt(actor=actor)
    if bob.may_anywhere("assurance.manage"):
        with pytest.raises(BadInput, match="belongs to the whole organisation"):
            adopt(actor=bob)
    assert not models.Framework.objects.exists()


def test_words_of_ones_own_are_not_written_over(organisation: Any, alice: Actor) -> None:
    own = framework(need("8.1.1.1"), identifier="MLPS", title="Our MLPS", origin=FrameworkOrigin.EXTERNAL)
    commands.load_framework(own, actor=alice, now=NOON)
    with pytest.raises(errors.FrameworkTaken, match="in words of your own"):
        adopt(actor=alice, now=LATER)
    assert models.Framework.objects.get().title == "Our MLPS"


def test_what_was_adopted_may_be_replaced_by_ones_own_file(organisation: Any, alice: Actor) -> None:
    key = adopt(actor=alice)
    own = framework(need("8.1.1.1"), identifier="MLPS", title="Our MLPS", origin=FrameworkOrigin.EXTERNAL)
    assert commands.load_framework(own, actor=alice, now=LATER) == key
    assert queries.framework(key, actor=alice).requirements == 1


def test_what_the_sample_answers_is_the_samples(organisation: Any, alice: Actor, charlie: Actor) -> None:
    real = adopt(actor=alice)
    root = people.add_sample_root(name="Made up", actor=system_actor(), now=NOON)
    norm = framework(need("X-1", satisfies=(("MLPS", "8.1.1.1"),)), identifier="NRM-X", unit_id=root)
    commands.put_framework(norm, actor=system_actor(), now=NOON)
    assert models.Satisfies.objects.get().target is None
    made_up = adopt(unit_id=root, actor=system_actor())
    assert made_up != real
    assert queries.framework(made_up, actor=alice).identifier == "SAMPLE-MLPS"
    link = models.Satisfies.objects.select_related("target").get()
    assert link.target is not None
    assert (link.framework, link.target.framework_id) == ("SAMPLE-MLPS", made_up)
    with pytest.raises(Forbidden):
        adopt("CSF", unit_id=root, actor=charlie)


def test_the_page_shows_what_ships_along_and_adopts_what_was_chosen(
    organisation: Any, client_of: Any, alice: Actor, dora: Actor
) -> None:
    browser, address = client_of(alice), reverse("assurance:adopt_frameworks")
    assert "NIST Cybersecurity Framework 2.0" in browser.get(address).content.decode()
    assert browser.post(address, {"language": "en"}).status_code == 422
    answer = browser.post(address, {"framework": ["CSF", "MLPS"], "language": "zh-hans"})
    assert answer.status_code == 302
    assert set(models.Framework.objects.values_list("identifier", flat=True)) == {"CSF", "MLPS"}
    models.Framework.objects.filter(identifier="CSF").update(title="Our CSF")
    refused = browser.post(address, {"framework": ["CSF"], "language": "en"})
    assert refused.status_code == 409
    assert "words of your own" in refused.content.decode()
    assert client_of(dora).get(address).status_code == 403


def test_the_api_adopts(organisation: Any, client_of: Any, alice: Actor) -> None:
    sent = {"identifier": "MLPS", "language": "en"}
    answer = client_of(alice).post("/api/frameworks/adopt", sent, content_type="application/json")
    assert (answer.status_code, answer.json()["requirements"]) == (200, 71)
    unknown = client_of(alice).post("/api/frameworks/adopt", {"identifier": "PCI"}, content_type="application/json")
    assert unknown.status_code == 404
