from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from burgrave.assets import commands as assets
from burgrave.assets.models import Asset
from burgrave.assets.terms import AssetFacts, AssetId, AssetType
from burgrave.jobs import commands as jobs
from burgrave.jobs.models import Job
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.sample import queries
from burgrave.sample.terms import REMOVE_JOB
from burgrave.site.wiring import JOBS
from burgrave.web.terms import Actor

pytestmark = pytest.mark.django_db

MARK = "sample-mark"
BAND = "sample-band"


@pytest.fixture
def browser(alice: Actor, client_of: Callable[[Actor], Client]) -> Client:
    return client_of(alice)


def work() -> None:
    while jobs.run_next(JOBS, worker="test", clock=timezone.now):
        pass


@pytest.mark.one_round
@pytest.mark.django_db(transaction=True)
def test_it_is_loaded_and_removed_on_the_page(browser: Client, organisation: CastOrganisation, alice: Actor) -> None:
    billing = AssetFacts(name="Billing", type=AssetType.SERVICE, unit_id=organisation.sales)
    mine = assets.add_asset(billing, actor=alice, now=NOON)
    assert "No sample is loaded" in browser.get("/sample/").content.decode()
    assert browser.post("/sample/load/", {"tongue": "en"}).status_code == 302
    assert "Waiting for a worker" in browser.get("/sample/").content.decode()
    work()
    state = queries.state()
    assert state is not None
    assert state.loaded_at
    page = browser.get("/sample/").content.decode()
    assert BAND in page
    assert "638" in page
    rows_and_records_say_that_they_are_made_up(browser, mine)
    assert browser.post("/sample/load/", {"tongue": "zh-hans"}).status_code == 409
    assert browser.post("/sample/remove/", {}).status_code == 422
    assert queries.state() is not None
    assert browser.get("/sample/remove/").status_code == 200
    assert browser.post("/sample/remove/", {"understood": "on"}).status_code == 302
    work()
    assert queries.state() is None


def rows_and_records_say_that_they_are_made_up(browser: Client, mine: AssetId) -> None:
    theirs = Asset.objects.get(reference="SMP-S-DC1").pk
    real, made_up = (
        browser.get("/assets/", {"q": word}).content.decode() for word in ("Billing", "Domain controller 1")
    )
    assert (MARK in real, MARK in made_up) == (False, True)
    assert BAND not in browser.get(f"/assets/{mine}/").content.decode()
    assert BAND in browser.get(f"/assets/{theirs}/").content.decode()
    people = browser.get("/people/", {"q": "fennmark"}).content.decode()
    assert people.count(MARK) == 50
    units = browser.get("/people/units/").content.decode()
    assert units.count(MARK) == 38
    for word, is_sample in (("Billing", False), ("SRV-DC01", True)):
        rows = browser.get("/api/assets", {"q": word}).json()["rows"]
        assert {row["is_sample"] for row in rows} == {is_sample}


def test_it_is_removed_only_after_a_fresh_proof_of_identity(browser: Client) -> None:
    session = browser.session
    session["people.proved_at"] = (timezone.now() - timedelta(minutes=16)).timestamp()
    session.save()
    form = "application/x-www-form-urlencoded"
    question = browser.post("/sample/remove/", "understood=on", content_type=form)
    assert question.status_code == 403
    assert 'name="understood" value="on"' in question.content.decode()
    assert browser.get("/sample/remove/")["Location"].startswith("/me/confirm/?next=")
    assert not Job.objects.filter(kind=REMOVE_JOB).exists()
