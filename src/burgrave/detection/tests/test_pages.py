"""The pages of the library, as people use them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from burgrave.detection import models, queries
from burgrave.detection.terms import LibraryFilterBy, RuleState
from burgrave.detection.tests.house import brought, imported, rule_id, rule_text, version_of, zipped
from burgrave.imports import handlers as imports
from burgrave.imports.terms import APPLY_JOB, CHECK_JOB
from burgrave.incidents import handlers as incidents
from burgrave.incidents import queries as incident_queries
from burgrave.incidents.terms import LOAD_RULES_JOB, RuleFilter
from burgrave.jobs import commands as jobs
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
REGISTRY = {CHECK_JOB: imports.check_file, APPLY_JOB: imports.apply_file, LOAD_RULES_JOB: incidents.load_live_rules}


def work() -> None:
    while jobs.run_next(REGISTRY, worker="test", clock=timezone.now) is not None:
        pass


def test_an_archive_goes_in_on_the_page_is_approved_by_another_and_is_live(
    alice: Actor, emil: Actor, client_of: ClientOf
) -> None:
    page = client_of(alice)
    content = zipped({"r/a.yml": rule_text("Alpha"), "r/b.yml": rule_text("Beta"), "r/bad.yml": "title: ["})
    sent = page.post(reverse("imports:upload", args=["rules"]), {"file": SimpleUploadedFile("sigma.zip", content)})
    import_id = sent["Location"].split("/")[2]
    page.post(reverse("imports:check", args=[import_id]))
    work()
    shown = page.get(reverse("imports:one", args=[import_id])).content.decode()
    assert "r/bad.yml" in shown
    assert "Alpha" in shown
    version = shown.split('name="version" value="')[1].split('"')[0]
    page.post(reverse("imports:apply", args=[import_id]), {"version": version})
    work()
    assert set(models.Rule.objects.values_list("state", flat=True)) == {RuleState.PROPOSED}

    (batch,) = queries.batches(actor=alice).rows
    assert (batch.name, batch.new, batch.faults) == ("sigma.zip", 2, 1)
    assert "r/bad.yml" in page.get(reverse("detection:batch", args=[batch.batch_id])).content.decode()
    other = client_of(emil)
    asked = {"act": "approve_and_enable", "all": "1", "query": f"batch={batch.batch_id}", "confirmed": "2"}
    done = other.post(reverse("lists:act", args=["detection.library"]), asked)
    assert done.status_code == 302
    work()
    live = incident_queries.detection_rules(RuleFilter(text="Alpha"), actor=emil).rows
    assert [row.author for row in live] == ["Ada Author"]


def test_the_page_of_a_rule_shows_what_changes_and_takes_each_act(
    alice: Actor, emil: Actor, client_of: ClientOf
) -> None:
    (key,) = brought("Alpha", actor=alice)
    address, act = reverse("detection:rule", args=[key]), reverse("detection:decide_rule", args=[key])
    own = client_of(alice)
    assert "Somebody else decides" in own.get(address).content.decode()
    refused = own.post(act, {"act": "approve", "version": version_of(key)})
    assert (refused.status_code, "nobody approves what they brought" in refused.content.decode()) == (409, True)

    other = client_of(emil)
    assert other.post(act, {"act": "approve_and_enable", "version": version_of(key)}).status_code == 302
    imported({"a.yml": rule_text("Alpha", image="worse.exe")}, actor=alice)
    shown = other.get(address).content.decode()
    assert "<del>    Image|endswith: &#x27;\\evil.exe&#x27;</del>" in shown
    assert "<ins>    Image|endswith: &#x27;\\worse.exe&#x27;</ins>" in shown
    first = queries.library_rule(key, actor=emil).versions[-1]
    assert "evil.exe" in other.get(f"{address}?version={first.version_id}&from=2").content.decode()

    missing = other.post(act, {"act": "disable", "version": version_of(key), "reason": " "})
    assert (missing.status_code, "needs a reason" in missing.content.decode()) == (422, True)
    assert other.post(act, {"act": "disable", "version": version_of(key), "reason": "Loud"}).status_code == 302
    assert "Loud" in other.get(address).content.decode()
    assert other.post(act, {"act": "nonsense", "version": version_of(key)}).status_code == 422
    assert other.post(act, {"act": "enable", "version": "x"}).status_code == 422


def test_a_shipped_rule_is_switched_off_and_on_from_its_page(alice: Actor, client_of: ClientOf) -> None:
    incidents.make_rules_live(timezone.now())
    rule = incident_queries.detection_rules(RuleFilter(), actor=alice).rows[0]
    page = client_of(alice)
    off = reverse("detection:switch_off", args=[rule.rule_version_id])
    assert off in page.get(reverse("incidents:rule", args=[rule.rule_version_id])).content.decode()
    assert page.get(off).status_code == 200
    assert page.post(off, {"reason": ""}).status_code == 422
    assert page.post(off, {"reason": "Never here"}).status_code == 302
    assert "Never here" in page.get(reverse("detection:switches")).content.decode()
    assert page.post(reverse("detection:switch_on"), {"rule": rule.rule_id}).status_code == 302
    assert "Every rule on disk is on" in page.get(reverse("detection:switches")).content.decode()


@pytest.mark.parametrize("name", ["library", "batches", "switches"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_each_list_opens_empty_and_full_in_both_languages(
    name: str, language: str, alice: Actor, emil: Actor, client_of: ClientOf
) -> None:
    page = client_of(emil)
    page.cookies["django_language"] = language
    with translation.override(language):
        assert page.get(reverse(f"detection:{name}")).status_code == 200
        brought("Alpha", actor=alice)
        assert page.get(reverse(f"detection:{name}")).status_code == 200
        assert page.get(reverse(f"detection:{name}"), {"q": "z", "batch": "x", "state": "?"}).status_code == 200
    assert queries.library_rules(LibraryFilterBy(text=rule_id("Alpha")), actor=emil).total == 1
