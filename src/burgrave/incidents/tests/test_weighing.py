from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from burgrave.assets import commands as assets
from burgrave.assets.terms import AssetFacts, AssetType, DependencyKind, IdentifierKind, Lifecycle, Need
from burgrave.custody import commands as custody
from burgrave.incidents import commands, queries
from burgrave.incidents.models import Alert
from burgrave.incidents.terms import AlertFilter, Dismissal, Level
from burgrave.incidents.tests.house import raised, refs
from burgrave.jobs import commands as jobs
from burgrave.jobs.models import Job
from burgrave.ledger import commands as ledger
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.site.wiring import HANDLERS, JOBS
from burgrave.web.terms import Actor, UnitId, system_actor

pytestmark = pytest.mark.django_db


def server(unit_id: UnitId, *, name: str = "ws-7", own: Need | None = None, actor: Actor, **more: object) -> object:
    facts = AssetFacts(
        name=name, type=AssetType.SYSTEM, unit_id=unit_id, own=own or Need(),
        identifiers=((IdentifierKind.HOSTNAME, name),), **more,
    )  # fmt: skip
    return assets.add_asset(facts, actor=actor, now=NOON)


def state(alert: Alert) -> tuple[str, int, str]:
    alert.refresh_from_db()
    return (alert.level, alert.need, alert.priority)


def test_an_alert_is_raised_as_urgent_as_its_asset_asks(organisation: CastOrganisation, alice: Actor) -> None:
    server(organisation.sales, own=Need(availability=4), actor=alice)
    [alert] = raised(organisation.operations)
    assert state(alert) == ("high", 4, "critical")


def test_a_computer_that_is_no_asset_leaves_the_word_of_the_rule(organisation: CastOrganisation) -> None:
    [alert] = raised(organisation.operations)
    assert state(alert) == ("high", 0, "high")


def test_what_is_disposed_of_weighs_nothing(organisation: CastOrganisation, alice: Actor) -> None:
    server(organisation.sales, own=Need(availability=4), actor=alice, lifecycle=Lifecycle.DISPOSED)
    [alert] = raised(organisation.operations)
    assert state(alert) == ("high", 0, "high")


def test_the_queue_begins_with_the_most_urgent(organisation: CastOrganisation, alice: Actor) -> None:
    server(organisation.sales, name="ws-9", own=Need(integrity=4), actor=alice)
    raised(organisation.operations, titles=("Dump",), computer="WS-1.corp")
    raised(organisation.operations, titles=("Dump too",), computer="WS-9.corp")
    rows = queries.alerts(AlertFilter(), actor=alice).rows
    assert [(row.computer, row.priority) for row in rows] == [("WS-9.corp", "critical"), ("WS-1.corp", "high")]
    only = queries.alerts(AlertFilter(priorities=(Level.CRITICAL,)), actor=alice).rows
    assert [row.computer for row in only] == ["WS-9.corp"]


def test_an_inherited_need_reaches_the_alert_by_the_news(
    organisation: CastOrganisation, alice: Actor, settings
) -> None:
    custody.ensure_log_key(home=settings.BURGRAVE_HOME, passphrase=None)
    machine = server(organisation.sales, actor=alice)
    [alert] = raised(organisation.operations)
    assert state(alert) == ("high", 0, "high")
    process = server(organisation.sales, name="shop", own=Need(availability=4), actor=alice)
    assets.link(process, machine, DependencyKind.RUNS_ON, actor=alice, now=NOON)
    custody.seal(now=timezone.now())
    while ledger.dispatch(HANDLERS, now=timezone.now()):
        pass
    assert Job.objects.filter(kind="incidents.reweigh", state="queued").count() == 1
    while jobs.run_next(JOBS, worker="test", clock=timezone.now):
        pass
    assert state(alert) == ("high", 4, "critical")


def test_a_lowered_need_lowers_what_is_undecided_and_leaves_what_was_decided(
    organisation: CastOrganisation, alice: Actor, ledger_tail
) -> None:
    machine = server(organisation.sales, own=Need(availability=4), actor=alice)
    first, second = raised(organisation.operations, titles=("Dump", "Dump too"))
    commands.dismiss(refs(first), dismissal=Dismissal.BENIGN, note="Ours.", actor=alice, now=NOON)
    assets.classify(machine, Need(availability=1), version=1, actor=alice, now=NOON)
    assert commands.reweigh(actor=system_actor(), now=NOON) == 1
    assert ledger_tail()[-1] == "incidents.alerts_reweighed"
    assert state(first) == ("high", 4, "critical")
    assert state(second) == ("high", 1, "high")
    assert commands.reweigh(actor=system_actor(), now=NOON) == 0


def test_weighing_costs_no_more_for_many_assets(organisation: CastOrganisation, alice: Actor) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            commands.reweigh(actor=system_actor(), now=NOON)
        return len(asked)

    server(organisation.sales, own=Need(availability=4), actor=alice)
    raised(organisation.operations)
    one = statements()
    for place in range(50):
        server(organisation.sales, name=f"other-{place}", own=Need(availability=4), actor=alice)
    assert statements() == one


def test_the_page_says_why(organisation: CastOrganisation, alice: Actor, client_of) -> None:
    server(organisation.operations, own=Need(availability=4), actor=alice)
    [alert] = raised(organisation.operations)
    page = client_of(alice).get(f"/alerts/{alert.pk}/").content.decode()
    assert "Why it is this urgent" in page
    assert "raises the priority above the level of the rule" in page
    assert client_of(alice).get(f"/api/alerts/{alert.pk}").json()["alert"]["priority"] == "critical"
