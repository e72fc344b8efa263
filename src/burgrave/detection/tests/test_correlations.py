"""Correlations in the library: they come in, hold only with the rules they use, and say in words what they ask."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from burgrave.detection import commands, models, queries, words
from burgrave.detection.errors import ReferencesUnmet, StillUsed
from burgrave.detection.rules.archives import opened
from burgrave.detection.terms import Act, LibraryFilterBy, RuleState
from burgrave.detection.tests.house import NOON, imported, quiet, rule_id, rule_text, zipped
from burgrave.incidents import handlers
from burgrave.incidents import models as desk
from burgrave.incidents import queries as incidents
from burgrave.incidents.handlers.rulebook import SHIPPED
from burgrave.incidents.terms import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from django.test import Client

    from burgrave.web.terms import Actor


def correlation(title: str, *rules: str, more: str = "", kind: str = "event_count", name: str = "") -> str:
    return (
        f"title: {title}\nid: {rule_id(title)}\nstatus: test\nlevel: high\nauthor: Ada Author\n"
        + (f"name: {name}\n" if name else "")
        + f"correlation:\n  type: {kind}\n  rules: [{', '.join(rules)}]\n  group-by: [Computer]\n  timespan: 10m\n"
        + (more or "  condition: {gte: 5}\n")
    )


def named(title: str, name: str) -> str:
    return rule_text(title).replace("status:", f"name: {name}\nstatus:", 1)


def ids() -> dict[str, UUID]:
    return dict(models.Rule.objects.values_list("title", "pk"))


def live_correlations() -> dict[str, tuple[str, ...]]:
    """Those besides the ones that ship along."""
    found = handlers.live_rules(NOON).correlations
    return {each.title: each.members for each in found if not each.path.is_relative_to(SHIPPED)}


def decide(*titles: str, acts: tuple[Act, ...] = (Act.APPROVE, Act.ENABLE), by: Actor) -> None:
    known = ids()
    commands.decide([known[title] for title in titles], *acts, reason="Because.", actor=by, now=NOON)


def test_a_correlation_and_its_rules_are_enabled_as_one_set(alice: Actor, emil: Actor) -> None:
    files = {"a.yml": named("Alpha", "alpha"), "c.yml": correlation("Many", "alpha", rule_id("Beta"))}
    imported(files | {"b.yml": rule_text("Beta")}, actor=alice)
    rows = queries.library_rules(LibraryFilterBy(), actor=alice).rows
    assert [(row.title, row.state, dict(row.logsource)) for row in rows if row.title == "Many"] == [
        ("Many", RuleState.PROPOSED, {})
    ]
    with pytest.raises(ReferencesUnmet, match="Many uses alpha, and there is no approved rule"):
        decide("Many", by=emil)
    assert models.Rule.objects.get(title="Many").state == RuleState.PROPOSED
    decide("Alpha", "Beta", acts=(Act.APPROVE,), by=emil)
    with pytest.raises(ReferencesUnmet, match="Many uses alpha, which is not enabled"):
        decide("Many", by=emil)
    decide("Alpha", "Beta", acts=(Act.ENABLE,), by=emil)
    decide("Many", by=emil)
    assert live_correlations() == {"Many": (rule_id("Alpha"), rule_id("Beta"))}
    assert handlers.live_rules(NOON).silent >= {rule_id("Alpha"), rule_id("Beta")}

    with pytest.raises(StillUsed, match="Alpha is used by the correlation Many"):
        decide("Alpha", acts=(Act.DISABLE,), by=emil)
    decide("Alpha", "Many", acts=(Act.DISABLE,), by=emil)
    assert live_correlations() == {}


def test_a_rule_on_disk_can_be_used_and_correlations_stand_on_each_other(alice: Actor, emil: Actor, home: Path) -> None:
    (home / "rules").mkdir(exist_ok=True)
    (home / "rules" / "ours.yml").write_text(named("Ours", "ours"))
    handlers.make_rules_live(NOON)
    chain = {
        "low.yml": correlation("Low", "ours", name="low"),
        "high.yml": correlation("High", "low", "ours", kind="temporal", more=" "),
    }
    imported(chain, actor=alice)
    decide("Low", "High", by=emil)
    assert set(live_correlations()) == {"Low", "High"}
    handlers.make_rules_live(NOON)
    covered = {each.title: each for each in queries.coverage(now=NOON, actor=alice).rules}
    assert covered["High"].source == covered["Ours"].source
    assert covered["High"].hearing is covered["Ours"].hearing


def test_an_import_says_what_a_correlation_lacks(alice: Actor) -> None:
    def plan(files: dict[str, str | bytes]) -> list[str]:
        arrived = commands.loaded(opened(zipped(files), name="r.zip"), name="r.zip", tell=quiet)
        return [str(each) for each in commands.plan_import(arrived, must_all_run=False, actor=alice).notes]

    lone: dict[str, str | bytes] = {"c.yml": correlation("Many", "alpha")}
    (note,) = plan(lone)
    assert note.startswith("c.yml refers to alpha, which leads to no single rule")
    assert plan(lone | {"a.yml": named("Alpha", "alpha")}) == []
    twice = lone | {"a.yml": named("Alpha", "alpha"), "b.yml": named("Beta", "alpha")}
    assert len(plan(twice)) == 1
    imported({"a.yml": named("Alpha", "alpha")}, actor=alice)
    assert plan(lone) == []


def test_a_name_that_several_rules_have_is_refused(alice: Actor, emil: Actor) -> None:
    files = {"a.yml": named("Alpha", "alpha"), "b.yml": named("Beta", "alpha"), "c.yml": correlation("Many", "alpha")}
    imported(files, actor=alice)
    with pytest.raises(ReferencesUnmet, match="several rules have that name"):
        decide("Many", "Alpha", "Beta", by=emil)


def test_a_correlation_says_in_words_what_it_asks(alice: Actor) -> None:
    files = {
        "a.yml": named("Alpha", "alpha"),
        "c.yml": correlation("Many", "alpha", more="  condition: {gte: 5, lt: 9, field: User}\n", kind="value_count"),
    }
    imported(files, actor=alice)
    version = models.Version.objects.get(title="Many").pk
    found = queries.correlation_of(version, actor=alice)
    assert found is not None
    assert [str(text) for _label, text in words.correlation_words(found)] == [
        "the number of different values of User",
        "Computer",
        "10 min",
        "at least 5 and less than 9",
        "does not report by itself",
    ]
    (reference,) = found.references
    assert reference.base is not None
    assert (reference.base.title, reference.base.state, reference.base.is_held) == ("Alpha", RuleState.PROPOSED, False)
    assert queries.correlation_of(models.Version.objects.get(title="Alpha").pk, actor=alice) is None
    assert [each.title for each in queries.used_by(rule_id("Alpha"), actor=alice)] == ["Many"]


def test_a_condition_in_words_is_shown_as_sigma_writes_it() -> None:
    assert told(["and", 0, ["not", ["or", 0, 1]]], ["a", "b"]) == "a and not (a or b)"
    assert told(["or", ["and", 0, 1], ["not", 1]], ["a", "b"]) == "(a and b) or not b"
    assert told(None, []) == ""


def test_the_pages_of_a_correlation_and_of_its_rule_link_each_other(
    client_of: Callable[[Actor], Client], alice: Actor, emil: Actor
) -> None:
    imported({"a.yml": named("Alpha", "alpha"), "c.yml": correlation("Many", "alpha")}, actor=alice)
    decide("Alpha", "Many", by=emil)
    client, known = client_of(alice), ids()
    pages = {title: reverse("detection:rule", args=[key]) for title, key in known.items()}
    shown = client.get(pages["Many"]).content.decode()
    assert f'href="{pages["Alpha"]}"' in shown
    assert "at least 5" in shown
    assert f'href="{pages["Many"]}"' in client.get(pages["Alpha"]).content.decode()


def test_the_api_says_what_a_correlation_asks_as_values_and_in_words(
    client_of: Callable[[Actor], Client], alice: Actor, charlie: Actor
) -> None:
    more = (
        "  condition: {gte: 5, lt: 8.5, field: who}\n  generate: true\n  aliases: {who: {alpha: User, gone: Owner}}\n"
    )
    files = {
        "a.yml": named("Alpha", "alpha"),
        "c.yml": correlation("Many", "alpha", "gone", more=more, kind="value_count"),
        "t.yml": correlation("Both", "alpha", "gone", more="  condition: alpha and not gone\n", kind="temporal"),
    }
    imported(files, actor=alice)
    page, known = client_of(alice), ids()
    pages = {title: reverse("api:library_rule", args=[key]) for title, key in known.items()}
    asked = page.get(pages["Many"]).json()["correlation"]
    words_of = asked.pop("in_words")
    lacking = dict.fromkeys(("rule_id", "title", "library_rule_id", "live_rule_id", "state"))
    waiting = lacking | {
        "rule_id": rule_id("Alpha"), "title": "Alpha", "library_rule_id": str(known["Alpha"]), "state": "proposed",
    }  # fmt: skip
    assert asked == {
        "type": "value_count",
        "rules": [
            {"text": text, "is_ambiguous": False, "is_held": False, **rest}
            for text, rest in (("alpha", waiting), ("gone", lacking))
        ],
        "group_by": ["Computer"],
        "timespan_seconds": 600,
        "bounds": [{"operator": "gte", "number": "5"}, {"operator": "lt", "number": "17/2"}],
        "condition": "",
        "fields": ["who"],
        "percentile": "",
        "aliases": {"who": {"alpha": "User", "gone": "Owner"}},
        "generate": True,
    }
    assert words_of[0] == {"label": "Measured", "value": "the number of different values of who"}
    assert words_of[-1] == {"label": "What it uses", "value": "reports by itself too"}
    assert page.get(pages["Both"]).json()["correlation"]["condition"] == "alpha and not gone"

    alpha = page.get(pages["Alpha"]).json()
    assert alpha["correlation"] is None
    using = [(each["title"], each["state"], each["generates"]) for each in alpha["used_by"]]
    assert using == [("Both", "proposed", False), ("Many", "proposed", True)]
    assert client_of(charlie).get(pages["Many"]).status_code in {403, 404}


def test_the_api_links_what_a_correlation_uses(
    client_of: Callable[[Actor], Client], alice: Actor, emil: Actor, home: Path
) -> None:
    (home / "rules").mkdir(exist_ok=True)
    (home / "rules" / "ours.yml").write_text(named("Ours", "ours"))
    handlers.make_rules_live(NOON)
    imported({"a.yml": named("Alpha", "alpha"), "c.yml": correlation("Many", "alpha", "ours")}, actor=alice)
    decide("Alpha", "Many", by=emil)
    known = ids()
    told_of = client_of(alice).get(reverse("api:library_rule", args=[known["Many"]])).json()
    alpha, ours = told_of["correlation"]["rules"]
    assert (alpha["library_rule_id"], alpha["state"], alpha["title"]) == (str(known["Alpha"]), "enabled", "Alpha")
    assert (ours["library_rule_id"], ours["rule_id"], ours["live_rule_id"] is None) == (None, rule_id("Ours"), False)


def test_deciding_costs_the_same_statements_for_many_correlations(alice: Actor, emil: Actor) -> None:
    def cost(count: int, start: int) -> int:
        files = {f"c{n}.yml": correlation(f"Many {n}", "alpha") for n in range(start, start + count)}
        imported(files, actor=alice)
        with CaptureQueriesContext(
            connection,
        ) as found:
            decide(*(f"Many {n}" for n in range(start, start + count)), by=emil)
        return len(found)

    imported({"a.yml": named("Alpha", "alpha")}, actor=alice)
    decide("Alpha", by=emil)
    assert cost(1, 0) == cost(50, 1)


def test_texts_that_came_before_names_were_kept_get_what_a_parser_finds(alice: Actor) -> None:
    two = f"{named('One', 'first')}---\n{named('Two', 'second # said so')}"
    imported(
        {"quoted.yml": named("Quoted", "'with space'"), "two.yml": two, "none.yml": rule_text("None")}, actor=alice
    )
    by_parser = dict(models.Version.objects.values_list("pk", "name"))
    assert sorted(by_parser.values()) == ["", "first", "second", "with space"]
    models.Version.objects.update(name="")

    import_module("burgrave.detection.migrations.0005_correlations").name_texts(apps, None)
    assert dict(models.Version.objects.values_list("pk", "name")) == by_parser


def test_the_page_of_a_correlation_says_how_each_rule_that_it_uses_stands(
    client_of: Callable[[Actor], Client], alice: Actor, emil: Actor, home: Path
) -> None:
    (home / "rules").mkdir(exist_ok=True)
    (home / "rules" / "ours.yml").write_text(named("Ours", "ours"))
    (home / "rules" / "quiet.yml").write_text(named("Quiet", "quiet"))
    handlers.make_rules_live(NOON)
    names = ("alpha", "beta", "gamma", "delta", "ours", "quiet", "twice", "gone")
    texts = {f"{name}.yml": named(name.title(), name) for name in names[:4]}
    texts |= {"t1.yml": named("Twice", "twice"), "t2.yml": named("Again", "twice")}
    imported({**texts, "c.yml": correlation("Many", *names)}, actor=alice)
    decide("Alpha", by=emil)
    decide("Beta", acts=(Act.APPROVE,), by=emil)
    decide("Gamma", acts=(Act.APPROVE, Act.RETIRE), by=emil)
    models.Switch.objects.create(rule_id=rule_id("Quiet"), title="Quiet", reason="Loud.", by="Emil", at=NOON)

    known = ids()
    shown = client_of(alice).get(reverse("detection:rule", args=[known["Many"]])).content.decode()
    section = shown.partition('id="correlation"')[2].partition("</section>")[0]
    rows = [re.sub(r"<[^>]*>", " ", row).split() for row in section.split("<tr>")[2:]]
    assert list(map(" ".join, rows)) == [
        "Alpha Held against events alpha",
        "Beta Approved, not enabled beta",
        "Gamma In the library, retired gamma",
        "Delta In the library, waits for approval delta",
        "Ours Held against events ours",
        "Quiet Switched off quiet",
        "several rules have this name Several of this name twice",
        "no rule has this id or name Missing gone",
    ]
    for title in ("Alpha", "Beta", "Gamma", "Delta"):
        assert f'href="{reverse("detection:rule", args=[known[title]])}"' in section
    assert section.count('href="/rules/') == 2


def test_the_live_page_of_a_rule_says_which_correlations_count_it_and_whether_they_silence_it(
    client_of: Callable[[Actor], Client], alice: Actor, emil: Actor
) -> None:
    files = {f"{name}.yml": named(name.title(), name) for name in ("alpha", "beta", "gamma")}
    loud = correlation("Loud", "alpha", "beta", more="  condition: {gte: 5}\n  generate: true\n")
    imported({**files, "m.yml": correlation("Many", "alpha"), "l.yml": loud}, actor=alice)
    decide("Alpha", "Beta", "Gamma", "Many", "Loud", by=emil)
    handlers.make_rules_live(NOON)
    titles = ("Alpha", "Beta", "Gamma", "Many", "Loud")
    live = {title: incidents.live_version_of(rule_id(title), actor=alice) for title in titles}
    pages = {title: reverse("incidents:rule", args=[key]) for title, key in live.items()}
    page, said = client_of(alice), "It raises no alerts by itself"

    def section(title: str) -> str:
        return page.get(pages[title]).content.decode().partition('id="used-by"')[2].partition("</section>")[0]

    both = section("Alpha")
    assert said in both
    assert f'href="{pages["Many"]}"' in both
    assert both.index("Loud</a></td><td>reports by itself too") < both.index("Many</a></td><td>does not report by")
    assert said not in section("Beta")
    assert f'href="{pages["Loud"]}"' in section("Beta")
    assert section("Gamma") == section("Many") == ""

    def statements(title: str) -> int:
        key = live[title]
        assert key is not None
        with CaptureQueriesContext(connection) as asked:
            incidents.rule_detail(key, actor=alice)
        return len(asked)

    assert statements("Alpha") == statements("Gamma") == 5
    assert statements("Many") == 6
    decide("Many", acts=(Act.DISABLE,), by=emil)
    handlers.make_rules_live(NOON)
    assert said not in section("Alpha")


def test_the_live_page_of_a_correlation_says_what_it_counts(
    client_of: Callable[[Actor], Client], alice: Actor, emil: Actor
) -> None:
    files = {"alpha.yml": named("Alpha", "alpha"), "m.yml": correlation("Many", "alpha")}
    imported(files, actor=alice)
    decide("Alpha", "Many", by=emil)
    handlers.make_rules_live(NOON)
    many = incidents.live_version_of(rule_id("Many"), actor=alice)
    alpha = incidents.live_version_of(rule_id("Alpha"), actor=alice)
    assert many is not None
    assert alpha is not None

    def section() -> str:
        text = client_of(alice).get(reverse("incidents:rule", args=[many])).content.decode()
        return text.partition('id="correlation"')[2].partition("</section>")[0]

    shown = section()
    assert "the number of events of its rules" in shown
    assert "at least 5" in shown
    assert f'<a href="{reverse("incidents:rule", args=[alpha])}">Alpha</a>' in shown
    desk.RuleVersion.objects.filter(pk=alpha).update(is_live=False)
    assert f"<code>{rule_id('Alpha')}</code>" in section()
    assert "not live" in section()


def test_an_exception_is_made_to_the_rules_that_a_correlation_counts(
    client_of: Callable[[Actor], Client], alice: Actor, emil: Actor
) -> None:
    files = {"a.yml": named("Alpha", "alpha"), "c.yml": correlation("Many", "alpha"), "b.yml": named("Beta", "beta")}
    loud = correlation("Loud", "beta", more="  condition: {gte: 5}\n  generate: true\n")
    imported({**files, "l.yml": loud}, actor=alice)
    decide("Alpha", "Beta", "Many", "Loud", by=emil)
    handlers.make_rules_live(NOON)
    live = {title: incidents.live_version_of(rule_id(title), actor=alice) for title in ("Alpha", "Many")}
    page = client_of(alice)
    address = reverse("detection:except_rule", args=[live["Many"]])
    shown = page.get(address).content.decode()
    assert "Exceptions are made to the rules that a correlation counts" in shown
    assert f'href="{reverse("detection:except_rule", args=[live["Alpha"]])}"' in shown
    assert 'name="reason"' not in shown
    assert 'name="reason"' in page.get(reverse("detection:except_rule", args=[live["Alpha"]])).content.decode()
    sent = {
        "use0": "on",
        "field0": "Computer",
        "comparison0": "is",
        "value0": "x",
        "reason": "r",
        "ends_on": "2027-01-01",
    }
    refused = page.post(address, {**sent, "owner": str(alice.person_id)})
    assert refused.status_code == 422

    silenced = "It raises no alerts by itself"
    pages = {title: page.get(reverse("detection:rule", args=[key])).content.decode() for title, key in ids().items()}
    assert [title for title in sorted(pages) if silenced in pages[title]] == ["Alpha"]


def test_what_a_correlation_uses_costs_the_same_statements_however_many_wait(alice: Actor) -> None:
    def cost() -> int:
        version = models.Version.objects.get(title="Many").pk
        with CaptureQueriesContext(connection) as found:
            assert queries.correlation_of(version, actor=alice) is not None
        return len(found)

    imported({"a.yml": named("Alpha", "alpha"), "c.yml": correlation("Many", "alpha")}, actor=alice)
    before = cost()
    imported({f"w{n}.yml": named(f"Waits {n}", f"waits{n}") for n in range(50)}, actor=alice)
    assert cost() == before <= 7
