"""Correlations are tried on kept events before anybody enables them, with the rules that they use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from burgrave.detection import commands, models, queries
from burgrave.detection.queries import preparing
from burgrave.detection.rules import correlating
from burgrave.detection.rules.correlating import Correlating
from burgrave.detection.terms import Act
from burgrave.detection.terms.exceptions import Comparison, Condition, ExceptionFacts, RuleOfException
from burgrave.detection.terms.trials import Noise
from burgrave.detection.tests.house import imported, rule_id, rule_text
from burgrave.detection.tests.test_correlations import correlation, named
from burgrave.detection.tests.test_trials import ClientOf, asked, rows, work
from burgrave.detection.words import fault_said
from burgrave.engines import detection
from burgrave.engines.detection import EventSource
from burgrave.events.tests.house import SYSMON, event, kept
from burgrave.incidents import handlers
from burgrave.ledger import models as ledger
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import Said
from burgrave.web.templatetags.web import spoken

if TYPE_CHECKING:
    from burgrave.web.terms import Actor

SOURCE = EventSource(channel=SYSMON, event_id="1")


@pytest.fixture(autouse=True)
def _store(settings: Any, tmp_path: Path) -> None:
    settings.BURGRAVE_EVENTS = tmp_path / "events"


def whole(*texts: str) -> detection.RuleSet:
    given = [(Path(f"{number}.yml"), text.encode()) for number, text in enumerate(texts)]
    found = detection.load_many(given, correlations=detection.CorrelationUse.APART)
    return detection.join_correlations(found, found.correlations)


def many(count: int = 3, *, by: str = "User", name: str = "") -> str:
    more = f"  condition: {{gte: {count}}}\n"
    return correlation("Many", "alpha", more=more, name=name).replace("group-by: [Computer]", f"group-by: [{by}]")


@pytest.mark.engine_only
def test_findings_are_counted_by_day_with_their_groups_in_whatever_order_events_come() -> None:
    ruleset = whole(named("Alpha", "alpha"), many())
    trying = Correlating(ruleset, {rule_id("Many")})
    users = ("ann", "bob", "ANN", "ann")
    trying.add(*rows(*["evil.exe"] * 4, users=users, days=1), source=SOURCE)
    trying.add(*rows(*["evil.exe"] * 3, "good.exe", users=("ann", "ann", "ann", "ann")), source=SOURCE)
    trying.add(*rows("evil.exe"), source=EventSource(product="linux"))
    assert (trying.hears(SOURCE), trying.hears(EventSource(product="linux"))) == (True, False)
    (found,) = trying.found().values()
    assert (found.looked_at, found.matches, found.fault) == (8, 2, "")
    assert [(day.isoformat(), count) for day, count in found.days] == [("2026-03-02", 1), ("2026-03-03", 1)]
    first, second = found.findings
    assert (dict(first.group)["User"], first.measured, first.event_count) == ("ann", "3", 3)
    assert [each.place for each in first.events] == [0, 1, 2]
    assert first.ended_at == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert second.ended_at - first.ended_at == timedelta(days=1)
    assert {name for name, _values in found.values} == {"User"}


@pytest.mark.engine_only
def test_too_many_matches_are_said_and_few_findings_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset = whole(named("Alpha", "alpha"), many(1, name="many"), correlation("Above", "many"))
    monkeypatch.setattr(correlating, "FINDINGS_SHOWN_OF_MANY", 2)
    trying = Correlating(ruleset, {rule_id("Many"), rule_id("Above")})
    trying.add(*rows(*["evil.exe"] * 5, users=tuple("abcde")), source=SOURCE)
    found = trying.found()
    assert (found[rule_id("Many")].matches, len(found[rule_id("Many")].findings)) == (5, 2)
    assert found[rule_id("Above")].looked_at == 5

    monkeypatch.setattr(correlating, "MOST_HITS", 4)
    trying = Correlating(ruleset, {rule_id("Many")})
    for _ in range(2):
        trying.add(*rows(*["evil.exe"] * 5), source=SOURCE)
    (full,) = trying.found().values()
    assert (full.matches, full.looked_at, "too many kept events" in full.fault) == (0, 10, True)
    assert Correlating(detection.RuleSet(rules=()), ()).found() == {}


@pytest.mark.engine_only
def test_findings_are_new_or_gone_where_they_share_no_event_with_one_of_the_other_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = rule_id("Many")

    def tried(count: int, live_count: int, live_image: str = "evil.exe") -> Any:
        live = whole(named("Alpha", "alpha").replace("evil.exe", live_image), many(live_count))
        trying = Correlating(whole(named("Alpha", "alpha"), many(count)), {key}, live=live, compared={key})
        trying.add(*rows(*["evil.exe"] * 5, users=("ann", "ann", "ann", "bob", "bob")), source=SOURCE)
        later = rows(*["good.exe"] * 5, *["worse.exe"] * 2, users=(*"-----", "ann", "bob"), days=1)
        trying.add(*later, source=SOURCE)
        return trying.found()[key]

    more = tried(2, 3)
    assert (more.matches, more.live_matches, more.new_matches, more.gone_matches) == (2, 1, 1, 0)
    assert [(dict(each.group)["User"], each.is_new) for each in more.findings] == [("ann", False), ("bob", True)]
    less = tried(3, 1)
    assert (less.matches, less.live_matches, less.new_matches, less.gone_matches) == (1, 2, 0, 1)
    (gone,) = less.gone_findings
    assert (dict(gone.group)["User"], [each.place for each in gone.events]) == ("bob", [3, 4])
    other = tried(2, 1, "worse.exe")
    assert (other.matches, other.live_matches, other.new_matches, other.gone_matches) == (2, 2, 2, 2)

    monkeypatch.setattr(correlating, "MOST_HITS", 5)
    trying = Correlating(
        whole(named("Alpha", "alpha"), many(3)),
        {key},
        live=whole(named("Alpha", "alpha").replace("\\evil.exe", ".exe"), many(3)),
        compared={key},
    )
    trying.add(*rows(*["evil.exe"] * 3, *["good.exe"] * 3), source=SOURCE)
    full = trying.found()[key]
    assert (full.matches, full.live_matches, full.new_matches, full.fault) == (1, None, None, "")


@pytest.mark.engine_only
def test_events_of_kinds_that_only_the_enabled_text_speaks_of_are_heard() -> None:
    key = rule_id("Many")
    linux = named("Alpha", "alpha").replace("product: windows", "product: linux")
    trying = Correlating(whole(named("Alpha", "alpha"), many()), {key}, live=whole(linux, many()), compared={key})
    assert trying.hears(EventSource(product="linux", category="process_creation"))


def test_a_correlation_stands_beside_its_enabled_text_with_the_rules_of_each(
    organisation: CastOrganisation, alice: Actor, emil: Actor, client_of: ClientOf
) -> None:
    events_of(organisation.root, "ann", "ann", "ann", "bob", "bob")
    imported({"a.yml": named("Alpha", "alpha"), "m.yml": many(3)}, actor=alice)
    key, alpha = ids()["Many"], ids()["Alpha"]
    first = asked(key, actor=emil)
    work()
    assert queries.tried_rule(first, key, actor=emil).live_version is None
    commands.decide([alpha, key], Act.APPROVE, Act.ENABLE, actor=emil, now=timezone.now())
    same = asked(key, actor=emil)
    work()
    row = queries.tried_rule(same, key, actor=emil)
    assert (row.live_version, row.found.live_matches) == (None, None), "nothing of it is another text"

    imported({"m.yml": many(2)}, actor=alice)
    other = asked(key, actor=emil)
    work()
    row = queries.tried_rule(other, key, actor=emil)
    found = row.found
    assert (row.version, row.live_version, row.is_correlation) == (2, 1, True)
    assert (found.matches, found.live_matches, found.new_matches, found.gone_matches) == (2, 1, 1, 0)
    told = client_of(emil).get(reverse("api:tried_rule", args=[other, key])).json()
    assert [each["is_new"] for each in told["found"]["findings"]] == [False, True]
    assert (told["is_correlation"], told["found"]["gone_findings"]) == (True, [])
    shown = client_of(emil).get(reverse("detection:tried", args=[other, key])).content.decode()
    assert ("Against the enabled text" in shown, '<span class="tag">new</span>' in shown) == (True, True)

    commands.decide([key], Act.APPROVE, actor=emil, now=timezone.now())
    imported({"a.yml": named("Alpha", "alpha").replace("evil.exe", "never.exe")}, actor=alice)
    below = asked(key, alpha, actor=emil)
    work()
    row = queries.tried_rule(below, key, actor=emil)
    assert (row.version, row.live_version, row.found.live_matches, row.found.gone_matches) == (2, 2, 2, 2)
    shown = client_of(emil).get(reverse("detection:tried", args=[below, key])).content.decode()
    assert ("What it no longer finds" in shown, "It could not be compared" in shown) == (True, False)
    models.TriedRule.objects.filter(trial_id=below, rule_id=key).update(live_matches=None)
    shown = client_of(emil).get(reverse("detection:tried", args=[below, key])).content.decode()
    assert "It could not be compared" in shown


def events_of(unit_id: UUID, *users: str, minutes: int = 1) -> None:
    now = timezone.now()
    made = [
        event(place, at=now - timedelta(hours=1, minutes=-minutes * place), Image="C:\\evil.exe", User=each)
        for place, each in enumerate(users)
    ]
    kept(unit_id, made, now=now)


def ids() -> dict[str, UUID]:
    return dict(models.Rule.objects.values_list("title", "pk"))


def test_a_correlation_that_waits_is_tried_with_rules_that_wait_hold_or_stand_on_disk(
    organisation: CastOrganisation, alice: Actor, emil: Actor, home: Path
) -> None:
    events_of(organisation.root, "ann", "bob", "ann", "ann")
    (home / "rules").mkdir(exist_ok=True)
    (home / "rules" / "ours.yml").write_text(named("Ours", "ours"))
    handlers.make_rules_live(timezone.now())
    files = {
        "a.yml": named("Alpha", "alpha"),
        "m.yml": many(name="many"),
        "o.yml": many().replace("Many", "Disk").replace(rule_id("Many"), rule_id("Disk")).replace("alpha", "ours"),
        "n.yml": correlation("Above", "many", more="  condition: {gte: 1}\n").replace("Computer", "User"),
        "l.yml": correlation("Lost", "nobody"),
    }
    imported(files, actor=alice)
    known = ids()
    keys = {title: known[title] for title in ("Alpha", "Many", "Disk", "Above", "Lost")}
    trial_id = asked(*keys.values(), actor=emil)
    work()
    found = {title: queries.tried_rule(trial_id, key, actor=emil) for title, key in keys.items()}
    assert {title: row.found.matches for title, row in found.items()} == {
        "Alpha": 4, "Many": 1, "Disk": 1, "Above": 1, "Lost": 0,
    }  # fmt: skip
    assert (found["Lost"].noise, "'nobody'" in found["Lost"].found.fault) == (Noise.FAULT, True)
    (finding,) = found["Many"].found.findings
    assert (dict(finding.group), finding.event_count, finding.measured) == ({"User": "ann"}, 3, "3")
    assert [event.place for event in finding.events] == [0, 2, 3]
    assert found["Above"].found.looked_at == 4

    alone = asked(keys["Above"], actor=emil)
    work()
    assert queries.tried_rule(alone, keys["Above"], actor=emil).found.matches == 1
    commands.decide([keys["Alpha"]], Act.APPROVE, Act.ENABLE, actor=emil, now=timezone.now())
    imported({"a.yml": named("Alpha", "alpha").replace("evil.exe", "never.exe")}, actor=alice)
    held = asked(keys["Many"], actor=emil)
    work()
    assert queries.tried_rule(held, keys["Many"], actor=emil).found.matches == 1, "the text that holds is meant"
    with_it = asked(keys["Many"], keys["Alpha"], actor=emil)
    work()
    assert queries.tried_rule(with_it, keys["Many"], actor=emil).noise is Noise.QUIET, "the tried text is meant"
    assert ledger.Entry.objects.filter(kind="detection.rule_tried").count() == 2


def test_what_exceptions_leave_out_of_its_rules_is_not_correlated(
    organisation: CastOrganisation, alice: Actor, emil: Actor
) -> None:
    events_of(organisation.root, "ann", "ann", "ann", "bob", "bob", "bob")
    imported({"a.yml": named("Alpha", "alpha"), "m.yml": many()}, actor=alice)
    facts = ExceptionFacts(
        rule=RuleOfException(rule_id=rule_id("Alpha"), title="Alpha", product="windows", category="process_creation"),
        unit_id=organisation.root,
        conditions=(Condition(field="User", comparison=Comparison.IS, value="bob"),),
        reason="Expected",
        owner_id=alice.person_id,  # type: ignore[arg-type]  # a person
        ends_on=timezone.now().date() + timedelta(days=3),
    )
    exception_id = commands.ask_exception(facts, actor=alice, now=timezone.now())
    key = ids()["Many"]
    before = asked(key, actor=emil)
    work()
    commands.approve_exception(exception_id, version=1, actor=emil, now=timezone.now())
    after = asked(key, actor=emil)
    work()
    counts = [queries.tried_rule(trial_id, key, actor=emil).found.matches for trial_id in (before, after)]
    assert counts == [2, 1]


def test_the_page_and_the_api_show_findings_with_their_groups_to_who_may_hunt(
    organisation: CastOrganisation, alice: Actor, emil: Actor, erik: Actor, client_of: ClientOf
) -> None:
    events_of(organisation.operations, "ann", "ann", "ann")
    imported({"a.yml": rule_text("Plain"), "b.yml": named("Alpha", "alpha"), "m.yml": many()}, actor=alice)
    key, page = ids()["Many"], client_of(emil)
    shown = page.get(reverse("detection:rule", args=[key])).content.decode()
    assert "Tried on kept events" in shown
    one = page.post(reverse("detection:ask_trial"), {"rule": str(key), "period": "week"})["Location"]
    work()
    shown = page.get(one, follow=True).content.decode()
    assert ("What it found" in shown, "<code>User</code> ann" in shown, "When it matched" in shown) == (
        True,
        True,
        True,
    )
    trial_id = one.split("/")[3]
    told = page.get(reverse("api:tried_rule", args=[trial_id, key])).json()["found"]
    (finding,) = told["findings"]
    assert (finding["group"], finding["event_count"], len(finding["events"])) == ([["User", "ann"]], 3, 3)
    assert (told["matches"], told["events"]) == (1, [])
    hidden = queries.tried_rule(UUID(trial_id), key, actor=erik)
    assert (hidden.found.findings, hidden.found.matches) == ((), 1)


@pytest.mark.engine_only
def test_why_a_correlation_cannot_be_tried_is_said_in_other_languages() -> None:
    faults = {
        sentence
        for texts in (
            [many()],
            [named("Alpha", "alpha"), named("Beta", "alpha"), many()],
            [named("Alpha", "alpha"), correlation("Many", "alpha", rule_id("Alpha"))],
            [correlation("One", "two", name="one"), correlation("Two", "one", name="two")],
            [correlation("Base", "nobody", name="base"), correlation("Above", "base")],
            [
                named("Alpha", "alpha"),
                named("Beta", "beta"),
                correlation("Many", "alpha", "beta").replace("group-by: [Computer]", "group-by: [who]")
                + "  aliases: {who: {alpha: User}}\n",
            ],
        )
        for sentence in (fault.sentence for fault in whole(*texts).faults)
    }
    assert len(faults) == 7
    with translation.override("zh-hans"):
        for sentence in {*faults, str(correlating.TOO_MANY), str(preparing.NO_RULE)}:
            said = fault_said(sentence)
            assert isinstance(said, Said), sentence
            assert spoken(said) != sentence
    assert fault_said("whatever else an engine says") == "whatever else an engine says"
