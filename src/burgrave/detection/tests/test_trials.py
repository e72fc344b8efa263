"""Rules are tried on kept events before anybody decides on them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pyarrow as pa
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from burgrave.detection import commands, handlers, models, queries
from burgrave.detection.errors import NothingToTry, WrongState
from burgrave.detection.rules.trials import MOST_COUNTED, Subject, Trying, noise_of, span_of
from burgrave.detection.terms import Act, LibraryFilterBy
from burgrave.detection.terms.exceptions import Comparison, Condition, ExceptionFacts, RuleOfException
from burgrave.detection.terms.trials import DETAILS_KEPT, TRY_JOB, Found, Noise, Period, TrialFacts, TrialId, TrialState
from burgrave.detection.tests.house import NOON, brought, enabled, imported, rule_id, rule_text
from burgrave.engines import detection
from burgrave.engines.detection import EventSource
from burgrave.events.tests.house import SYSMON, event, kept
from burgrave.incidents.terms import LOAD_RULES_JOB
from burgrave.jobs import commands as jobs
from burgrave.ledger import models as ledger
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from burgrave.web.terms import Actor

ClientOf = Callable[["Actor"], Client]
SOURCE = EventSource(channel=SYSMON, event_id="1")


@pytest.fixture(autouse=True)
def _store(settings: Any, tmp_path: Path) -> None:
    settings.BURGRAVE_EVENTS = tmp_path / "events"


def rule(title: str = "A", image: str = "evil.exe") -> detection.Rule:
    return detection.load_texts([(Path("a.yml"), rule_text(title, image=image).encode())]).rules[0]


def expected(value: str, title: str = "A") -> detection.Filter:
    text = (
        f"title: E\nlogsource: {{product: windows}}\nfilter:\n  rules: [{rule_id(title)}]\n"
        f"  sel: {{User: {value}}}\n  condition: not sel\n"
    )
    return detection.load_texts([(Path("e.yml"), text.encode())], filters=detection.FilterUse.APART).filters[0]


def rows(*images: str, users: tuple[str, ...] = (), days: int = 0) -> tuple[pa.Table, pa.Table]:
    count = len(images)
    at = datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(days=days)
    table = pa.table(
        {
            "EventID": ["1"] * count,
            "Channel": [SYSMON] * count,
            "Image": [f"C:\\{image}" for image in images],
            "User": list(users) or ["u"] * count,
        }
    )
    events = pa.table(
        {
            "time": pa.array([at] * count, pa.timestamp("us", tz="UTC")),
            "file": [str(UUID(int=7))] * count,
            "place": list(range(count)),
        }
    )
    return table, events


@pytest.mark.engine_only
def test_a_trial_counts_by_day_and_value_and_compares_with_the_enabled_text() -> None:
    trying = Trying([Subject(rule=rule(), live=rule(image="worse.exe"))])
    trying.add(*rows("evil.exe", "good.exe", "worse.exe", "evil.exe"), source=SOURCE)
    trying.add(*rows("evil.exe", days=1), source=SOURCE)
    trying.add(*rows("worse.exe", days=2), source=SOURCE)
    trying.add(*rows("evil.exe"), source=EventSource(product="linux"))
    (found,) = trying.found().values()
    assert (found.looked_at, found.matches, trying.looked_at) == (6, 3, 7)
    assert [(day.isoformat(), count) for day, count in found.days] == [("2026-03-02", 2), ("2026-03-03", 1)]
    assert found.values == (("Image", (("C:\\evil.exe", 3),)),)
    assert (found.live_matches, found.new_matches, found.gone_matches) == (2, 3, 2)
    assert [(each.place, each.is_new) for each in found.events] == [(0, True), (3, True), (0, True)]
    assert [each.place for each in found.gone] == [2, 0]
    assert found.events[0].at == datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.engine_only
def test_a_trial_says_what_each_exception_and_all_of_them_would_have_left_out() -> None:
    exceptions = {"a": expected("admin"), "b": expected("'*n'")}
    trying = Trying([Subject(rule=rule(), exceptions=exceptions), Subject(rule=rule("B", image="good.exe"))])
    trying.add(*rows("good.exe", "evil.exe", "evil.exe", users=("admin", "admin", "sven")), source=SOURCE)
    trying.add(*rows("good.exe", "evil.exe", users=("admin", "other")), source=SOURCE)
    found = trying.found()
    assert found[rule_id("A")].excepted == (("a", 1), ("b", 2))
    assert (found[rule_id("A")].matches, found[rule_id("A")].left_out) == (3, 2)
    assert found[rule_id("B")].excepted == ()
    assert found[rule_id("A")].live_matches is None


@pytest.mark.engine_only
def test_a_trial_that_matches_everything_names_and_samples_no_more_than_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("burgrave.detection.rules.trials.EVENTS_SHOWN", 2)
    monkeypatch.setattr("burgrave.detection.rules.trials.SAMPLED", 3)
    monkeypatch.setattr("burgrave.detection.rules.trials.MOST_COUNTED", 1)
    assert MOST_COUNTED > 1
    trying = Trying([Subject(rule=rule(image=""), live=rule())])
    trying.add(*rows("a", "\\b", "\\c", "\\d", "\\evil.exe"), source=SOURCE)
    trying.add(*rows("\\e", "\\f"), source=SOURCE)
    (found,) = trying.found().values()
    assert (found.matches, found.sampled, len(found.events)) == (0, 0, 0)

    text = rule_text("A").replace("Image|endswith: '\\evil.exe'", "Image|contains: ':'")
    wide = detection.load_texts([(Path("a.yml"), text.encode())]).rules[0]
    trying = Trying([Subject(rule=wide)])
    trying.add(*rows("a", "b"), source=SOURCE)
    trying.add(*rows("c", "d", "e"), source=SOURCE)
    (found,) = trying.found().values()
    assert (found.matches, found.sampled, len(found.events)) == (5, 3, 2)
    assert found.values == (("Image", (("C:\\a", 1),)),)


@pytest.mark.engine_only
@pytest.mark.parametrize(
    ("found", "noise"),
    [
        (Found(fault="no"), Noise.FAULT),
        (Found(), Noise.DEAF),
        (Found(looked_at=5), Noise.QUIET),
        (Found(looked_at=50, matches=7), Noise.LOW),
        (Found(looked_at=50, matches=8), Noise.LOUD),
    ],
    ids=["fault", "deaf", "quiet", "seldom", "loud"],
)
def test_noise_is_what_a_rule_would_have_said_a_day(found: Found, noise: Noise) -> None:
    assert noise_of(found, days=7) is noise


def _nothing(_lease: object, _args: object) -> None:
    """Nobody reads on in these tests."""


def work() -> None:
    while (
        jobs.run_next({TRY_JOB: handlers.try_rules, LOAD_RULES_JOB: _nothing}, worker="test", clock=timezone.now)
        is not None
    ):
        pass


def some_events(unit_id: UUID, *images: str) -> None:
    now = timezone.now()
    events = [
        event(place, at=now - timedelta(hours=place + 1), Image=f"C:\\{each}") for place, each in enumerate(images)
    ]
    kept(unit_id, events, now=now)


def asked(*ids: UUID, actor: Actor, sources: tuple[str, ...] = (), period: Period = Period.WEEK) -> TrialId:
    facts = TrialFacts(library_rule_ids=ids, period=period, sources=sources)
    return commands.ask_trial(facts, actor=actor, now=timezone.now())


OLD = datetime(2019, 3, 5, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked_for", "since", "until"),
    [
        ({"period": Period.QUARTER}, NOON - timedelta(days=90), NOON),
        ({"period": Period.YEAR}, NOON - timedelta(days=365), NOON),
        ({"period": Period.ALL}, datetime(2019, 3, 5, tzinfo=UTC), datetime.combine(NOON.date(), time.max, UTC)),
        ({"since": OLD, "until": NOON}, OLD, NOON),
        ({"since": OLD}, OLD, NOON),
        ({"until": OLD + timedelta(days=1)}, OLD, OLD + timedelta(days=1)),
    ],
    ids=["quarter", "year", "all", "own", "open end", "open begin"],
)
def test_the_time_of_a_trial_is_as_asked_for(asked_for: dict[str, Any], since: datetime, until: datetime) -> None:
    facts = TrialFacts(library_rule_ids=(), **asked_for)
    assert span_of(facts, first_at=OLD, last_at=NOON, now=NOON) == (since, until)


def test_a_time_that_ends_before_it_begins_is_refused() -> None:
    for facts in (
        TrialFacts(library_rule_ids=(), since=NOON, until=OLD),
        TrialFacts(library_rule_ids=(), until=NOON - timedelta(days=9)),
    ):
        with pytest.raises(NothingToTry, match="ends before it begins"):
            span_of(facts, first_at=None, last_at=None, now=NOON)
    since, until = span_of(TrialFacts(library_rule_ids=(), period=Period.ALL), first_at=None, last_at=None, now=NOON)
    assert until - since == timedelta(days=1, microseconds=-1)


def test_old_recordings_are_tried_by_all_times_or_by_days_of_ones_own(
    organisation: CastOrganisation, alice: Actor, emil: Actor, client_of: ClientOf
) -> None:
    now = timezone.now()
    kept(
        organisation.root, [event(n, at=OLD + n * timedelta(days=40), Image="C:\\evil.exe") for n in range(3)], now=now
    )
    (key,) = brought("A", actor=alice)
    page = client_of(emil)
    form = page.get(reverse("detection:rule", args=[key])).content.decode()
    assert '<option value="all" selected>all times</option>' in form
    assert "Events from 2019-03-05 to 2019-05-24 are kept." in form
    assert "20,000,000 events at most" in form

    def found(**sent: str) -> tuple[int, str]:
        where = page.post(reverse("detection:ask_trial"), {"rule": str(key), **sent})["Location"]
        work()
        row = queries.tried_rule(UUID(where.split("/")[3]), key, actor=emil)
        return row.found.matches, page.get(where, follow=True).content.decode()

    assert found(period="quarter")[0] == 0
    matches, shown = found(period="all")
    assert matches == 3
    assert "Matches by day" in shown
    assert found(period="week", first="2019-03-05", last="2019-04-14")[0] == 2
    assert found(period="week", last="2019-03-05")[0] == 1
    matches, shown = found(period="week", first="2019-01-01")
    assert matches == 3
    assert "Matches in the course of time" in shown
    assert re.search(r"since=2019-0[1-4]-01T00:00:00&amp;until=2019-0[36]-3[01]T23:59:59", shown)
    for wrong in ({"first": "yesterday"}, {"first": "2019-03-05", "last": "2019-03-04"}):
        sent = page.post(reverse("detection:ask_trial"), {"rule": str(key), "period": "week", **wrong})
        assert sent.status_code == 422
    asked_for = {"rules": [str(key)], "since": "2019-03-05T00:00:00Z", "until": "2019-03-06T00:00:00Z"}
    told = page.post(reverse("api:ask_trial"), asked_for, content_type="application/json").json()
    assert (told["since"], told["until"]) == ("2019-03-05T00:00:00Z", "2019-03-06T00:00:00Z")


def test_a_text_that_waits_is_tried_and_the_approval_names_the_trial(
    organisation: CastOrganisation, alice: Actor, emil: Actor
) -> None:
    some_events(organisation.root, "evil.exe", "worse.exe", "worse.exe", "good.exe")
    (key,) = enabled("A", by=alice, approver=emil)
    imported({"a.yml": rule_text("A", image="worse.exe")}, actor=alice)
    trial_id = asked(key, actor=emil)
    work()
    row = queries.tried_rule(trial_id, key, actor=emil)
    assert (row.trial.state, row.trial.kept, row.trial.looked_at, row.trial.name) == (TrialState.DONE, 4, 4, "A")
    assert (row.found.matches, row.found.new_matches, row.found.gone_matches) == (2, 2, 1)
    assert (row.version, row.live_version, row.waits, row.noise, row.may_see) == (2, 1, True, Noise.LOW, True)
    assert row.found.events[0].fields == {"Image": "C:\\worse.exe"}
    assert row.found.gone[0].place == 0
    newest = queries.newest_tried(row.version_id, actor=emil)
    assert newest is not None
    assert (newest.found.matches, newest.found.events) == (2, ())

    commands.decide([key], Act.APPROVE, actor=emil, now=timezone.now())
    kinds = list(ledger.Entry.objects.order_by("arrival").values_list("kind", flat=True))
    assert kinds[-2:] == ["detection.rule_tried", "detection.rule_approved"]
    approved = ledger.Entry.objects.filter(kind="detection.rule_approved").latest("arrival")
    assert str(trial_id) in str(approved.__dict__)


def test_all_that_wait_are_tried_together_and_the_quiet_ones_are_found_in_the_library(
    organisation: CastOrganisation, alice: Actor, emil: Actor
) -> None:
    some_events(organisation.root, *["evil.exe"] * 9)
    loud = brought("Loud", actor=alice)[0]
    texts = {
        "q.yml": rule_text("Quiet", image="never.exe"),
        "d.yml": rule_text("Deaf").replace("product: windows", "product: linux"),
    }
    quiet, deaf = sorted(
        imported(texts, actor=alice).new, key=lambda key: models.Rule.objects.get(pk=key).title != "Quiet"
    )
    trial_id = asked(loud, quiet, deaf, loud, actor=emil)
    work()
    page = queries.tried_rules(trial_id, actor=emil)
    assert next((row.title, row.found.matches, row.noise) for row in page.rows) == ("Loud", 9, Noise.LOUD)
    assert queries.noises(trial_id)[Noise.QUIET] == 1
    assert [row.title for row in queries.tried_rules(trial_id, noise=(Noise.DEAF,), actor=emil).rows] == ["Deaf"]
    narrowed = LibraryFilterBy(trial_id=trial_id, noises=(Noise.QUIET,), waits=True)
    assert queries.ids_of(narrowed, most=9, actor=emil) == (quiet,)
    assert len(queries.ids_of(LibraryFilterBy(trial_id=trial_id), most=9, actor=emil)) == 3
    assert ledger.Entry.objects.filter(kind="detection.rules_tried").count() == 1
    assert queries.trial(trial_id, actor=emil).name == ""


def test_exceptions_that_hold_are_counted_and_log_sources_narrow(
    organisation: CastOrganisation, alice: Actor, emil: Actor
) -> None:
    some_events(organisation.root, "evil.exe", "evil.exe")
    (key,) = brought("A", actor=alice)
    facts = ExceptionFacts(
        rule=RuleOfException(rule_id=rule_id("A"), title="A", product="windows", category="process_creation"),
        unit_id=organisation.root,
        conditions=(Condition(field="Image", comparison=Comparison.CONTAINS, value="evil"),),
        reason="Expected",
        owner_id=alice.person_id,  # type: ignore[arg-type]  # a person
        ends_on=timezone.now().date() + timedelta(days=3),
    )
    exception_id = commands.ask_exception(facts, actor=alice, now=timezone.now())
    commands.approve_exception(exception_id, version=1, actor=emil, now=timezone.now())
    trial_id = asked(key, actor=emil, sources=(SYSMON,))
    elsewhere = asked(key, actor=emil, sources=("Security",))
    work()
    row = queries.tried_rule(trial_id, key, actor=emil)
    assert (row.found.excepted, row.found.left_out, row.found.matches) == (((str(exception_id), 2),), 2, 2)
    assert "evil" in queries.said_exceptions([str(exception_id)], actor=emil)[str(exception_id)]
    assert queries.said_exceptions([], actor=emil) == {}
    assert queries.tried_rule(elsewhere, key, actor=emil).noise is Noise.DEAF
    assert queries.sources_heard(within=timedelta(days=7), now=timezone.now(), actor=emil) == ((SYSMON, 2),)


def test_what_cannot_be_tried_says_so(organisation: CastOrganisation, alice: Actor, emil: Actor) -> None:
    some_events(organisation.root, "evil.exe")
    broken, counting = brought("Broken", "Counting", actor=alice)
    models.Text.objects.filter(pk=models.Rule.objects.get(pk=broken).newest_sha256).update(source=b"title: [")
    models.Version.objects.filter(rule_id=counting).update(document=4)
    trial_id = asked(broken, counting, actor=emil)
    work()
    assert queries.noises(trial_id)[Noise.FAULT] == 2
    assert "holds no rule in that place" in queries.tried_rule(trial_id, counting, actor=emil).found.fault
    assert queries.tried_rule(trial_id, broken, actor=emil).found.fault


def test_a_trial_is_refused_where_whoever_asked_may_hunt_no_more_or_a_file_is_gone(
    organisation: CastOrganisation, alice: Actor, emil: Actor, settings: Any
) -> None:
    some_events(organisation.root, "evil.exe")
    (key,) = brought("A", actor=alice)
    first, second = asked(key, actor=emil), asked(key, actor=emil)
    models.Trial.objects.filter(pk=first).update(person=None)
    settings.BURGRAVE_EVENTS = settings.BURGRAVE_HOME / "elsewhere"
    work()
    assert "may not hunt" in queries.trial(first, actor=emil).reason
    assert [queries.trial(each, actor=emil).state for each in (first, second)] == [TrialState.REFUSED] * 2


def test_a_trial_is_cancelled_once_and_its_job_leaves_nothing(alice: Actor, emil: Actor) -> None:
    (key,) = brought("A", actor=alice)
    trial_id = asked(key, actor=emil)
    commands.cancel_trial(trial_id, actor=emil, now=timezone.now())
    work()
    assert queries.trial(trial_id, actor=emil).state is TrialState.CANCELLED
    assert queries.tried_rules(trial_id, actor=emil).total == 0
    with pytest.raises(WrongState, match="over already"):
        commands.cancel_trial(trial_id, actor=emil, now=timezone.now())
    with pytest.raises(NotFound):
        commands.cancel_trial(uuid4(), actor=emil, now=timezone.now())
    commands.finish_trial(trial_id, (), kept=0, looked_at=0, is_cut=False, units=(), actor=emil, now=timezone.now())
    assert queries.trial(trial_id, actor=emil).state is TrialState.CANCELLED
    handlers.try_rules(None, {"trial_id": str(trial_id)})  # type: ignore[arg-type]  # it is not asked for anything


def test_only_those_who_change_rules_everywhere_and_hunt_may_ask(
    alice: Actor, emil: Actor, erik: Actor, charlie: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    (key,) = brought("A", actor=alice)
    before = ledger_tail()
    for stranger in (erik, charlie):
        with pytest.raises(Forbidden):
            asked(key, actor=stranger)
    with pytest.raises(NotFound):
        asked(uuid4(), actor=emil)
    with pytest.raises(NothingToTry, match="1 to 5,000"):
        asked(actor=emil)
    assert ledger_tail() == before


def test_events_and_values_are_shown_to_hunters_of_all_units_and_forgotten_in_time(
    organisation: CastOrganisation, alice: Actor, emil: Actor, erik: Actor
) -> None:
    some_events(organisation.operations, "evil.exe")
    (key,) = brought("A", actor=alice)
    trial_id = asked(key, actor=emil)
    work()
    assert queries.tried_rule(trial_id, key, actor=emil).found.events
    hidden = queries.tried_rule(trial_id, key, actor=erik)
    assert (hidden.may_see, hidden.found.events, hidden.found.values, hidden.found.matches) == (False, (), (), 1)
    assert commands.forget_details(now=timezone.now()) == 0
    assert commands.forget_details(now=timezone.now() + DETAILS_KEPT + timedelta(days=1)) == 1
    assert queries.tried_rule(trial_id, key, actor=emil).found.events == ()


def test_the_pages_of_a_trial_show_it_and_cost_the_same_with_many_rules(
    organisation: CastOrganisation, alice: Actor, emil: Actor, client_of: ClientOf
) -> None:
    some_events(organisation.root, *["evil.exe"] * 3)
    ids = brought(*(f"R{number}" for number in range(50)), actor=alice)
    page = client_of(emil)
    assert "Nothing was tried yet" in page.get(reverse("detection:trials")).content.decode()
    sent = page.post(reverse("detection:ask_trial"), {"rule": str(ids[0]), "period": "week"})
    one = sent["Location"]
    assert "Under way" in page.get(one).content.decode()
    assert page.get(f"{one}?part=progress", headers={"HX-Request": "true"}).status_code == 200
    work()
    assert page.get(f"{one}?part=progress", headers={"HX-Request": "true"}).headers.get("HX-Refresh") == "true"
    shown = page.get(one, follow=True).content.decode()
    assert "C:\\evil.exe" in shown
    assert "/hunting/" in shown

    sent = page.post(reverse("detection:ask_trial"), {"waiting": "1", "period": "week", "source": SYSMON})
    many = sent["Location"]
    work()
    assert "R49" in page.get(many).content.decode()
    trial_id = UUID(many.split("/")[3])
    with CaptureQueriesContext(connection) as of_many:
        page.get(many)
    models.TriedRule.objects.filter(trial_id=trial_id).exclude(rule_id__in=ids[:2]).delete()
    with CaptureQueriesContext(connection) as of_two:
        page.get(many)
    assert len(of_many) == len(of_two)
    assert page.get(reverse("detection:tried", args=[trial_id, ids[0]])).status_code == 200
    assert "Tried on kept events" in page.get(reverse("detection:rule", args=[ids[0]])).content.decode()
    library = page.get(reverse("detection:library"), {"trial": str(trial_id), "noise": "low", "waits": "yes"})
    assert "Only rules of one trial" in library.content.decode()
    assert page.post(reverse("detection:ask_trial"), {"rule": str(ids[0]), "period": "age"}).status_code == 422
    third = page.post(reverse("detection:ask_trial"), {"rule": str(ids[0]), "period": "day"})["Location"]
    assert page.post(f"{third}cancel/").status_code == 302
    assert client_of(alice).get(third).status_code == 200


def test_a_running_trial_stops_when_it_is_cancelled(
    organisation: CastOrganisation, alice: Actor, emil: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_events(organisation.root, "evil.exe")
    (key,) = brought("A", actor=alice)
    trial_id = asked(key, actor=emil)
    add = Trying.add

    def cancelled(self: Trying, *arguments: Any, **named: Any) -> None:
        commands.cancel_trial(trial_id, actor=emil, now=timezone.now())
        add(self, *arguments, **named)

    monkeypatch.setattr(Trying, "add", cancelled)
    work()
    assert queries.tried_rules(trial_id, actor=emil).total == 0
    assert queries.trial(trial_id, actor=emil).state is TrialState.CANCELLED


def test_the_api_asks_for_a_trial_and_tells_what_it_found(
    organisation: CastOrganisation, alice: Actor, emil: Actor, client_of: ClientOf
) -> None:
    some_events(organisation.root, "evil.exe")
    (key,) = brought("A", actor=alice)
    page = client_of(emil)
    sent = page.post(reverse("api:ask_trial"), {"waiting": True, "period": "day"}, content_type="application/json")
    assert (sent.status_code, sent.json()["state"]) == (202, "waiting")
    trial_id = sent.json()["trial_id"]
    work()
    assert page.get(reverse("api:trials")).json()["rows"][0]["looked_at"] == 1
    assert page.get(reverse("api:trial", args=[trial_id])).json()["state"] == "done"
    (row,) = page.get(reverse("api:tried_rules", args=[trial_id]), {"noise": "low"}).json()["rows"]
    assert (row["noise"], row["found"]["matches"], "values" in row["found"]) == ("low", 1, False)
    told = page.get(reverse("api:tried_rule", args=[trial_id, key])).json()
    assert told["found"]["values"] == [["Image", [["C:\\evil.exe", 1]]]]
    assert told["found"]["events"][0]["place"] == 0
    assert page.post(reverse("api:cancel_trial", args=[trial_id])).status_code == 409
    second = page.post(reverse("api:ask_trial"), {"rules": [str(key)]}, content_type="application/json").json()
    assert page.post(reverse("api:cancel_trial", args=[second["trial_id"]])).status_code == 204
