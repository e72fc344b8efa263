from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from burgrave.isms import commands, queries
from burgrave.isms.errors import WrongState
from burgrave.isms.rules import maturity as rules
from burgrave.isms.terms.maturity import Level, RatingDraft
from burgrave.isms.tests.house import OBJECTIVE, PROCESS, indicator, written
from burgrave.isms.tests.test_reviews import full_house
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor, system_actor

ClientOf = Callable[[Actor], Client]


def rating(level: Level) -> RatingDraft:
    return RatingDraft(level=level, evidence="I was there.")


@pytest.mark.parametrize(
    ("levels", "middle", "lowest", "highest"),
    [([3], 3, 3, 3), ([1, 4], 2.5, 1, 4), ([0, 0, 5], 0, 0, 5)],
    ids=["alone", "two", "an outlier does not move the middle"],
)
def test_the_middle_is_the_median_and_the_spread_is_shown(levels, middle, lowest, highest) -> None:
    found = rules.spread([Level(each) for each in levels])
    assert (found.middle, found.lowest, found.highest) == (middle, lowest, highest)


def test_nobody_says_nothing_and_an_old_rating_speaks_no_more() -> None:
    assert rules.spread([]) is None
    assert rules.counts(NOON - timedelta(days=400), now=NOON)
    assert not rules.counts(NOON - timedelta(days=401), now=NOON)
    with pytest.raises(BadInput, match="what shows it"):
        RatingDraft(level=Level.WRITTEN, evidence=" ")


def test_the_newest_rating_of_each_assessor_counts(
    organisation: CastOrganisation, alice: Actor, olga: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    made = written(PROCESS, organisation.root, actor=alice, title="Incidents")
    written(PROCESS, organisation.root, actor=alice, title="Unrated")
    commands.rate(made, rating(Level.NOBODY), actor=alice, now=NOON - timedelta(days=90))
    commands.rate(made, rating(Level.MEASURED), actor=alice, now=NOON)
    commands.rate(made, rating(Level.REPEATED), actor=olga, now=NOON)
    first, second = queries.maturity(actor=alice, now=NOON)
    assert (first.median, first.lowest, first.highest, first.assessors) == (3.0, 2, 4, 2)
    assert (second.median, second.assessors) == (None, 0)
    later = queries.maturity(actor=alice, now=NOON + timedelta(days=401))[0]
    assert (later.median, later.assessors, len(later.ratings)) == (None, 0, 2)
    assert ledger_tail().count("isms.process_rated") == 3


def test_only_a_living_process_is_rated_by_a_person_who_may(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, dora: Actor
) -> None:
    made, other = (written(each, organisation.root, actor=alice) for each in (PROCESS, OBJECTIVE))
    for actor, refusal in ((charlie, NotFound), (dora, Forbidden), (system_actor(), Forbidden)):
        with pytest.raises(refusal):
            commands.rate(made, rating(Level.WRITTEN), actor=actor, now=NOON)
    with pytest.raises(BadInput, match="only a process"):
        commands.rate(other, rating(Level.WRITTEN), actor=alice, now=NOON)
    commands.retire(made, reason="x", version=1, actor=alice, now=NOON)
    with pytest.raises(WrongState):
        commands.rate(made, rating(Level.WRITTEN), actor=alice, now=NOON)


def test_the_pages_show_the_scale_the_spread_and_the_cycle(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    assert "No process to rate yet" in client.get(reverse("isms:maturity")).content.decode()
    made = written(PROCESS, organisation.root, actor=alice, title="Incidents")
    place = reverse("isms:rate", args=[made])
    assert "It gets better by what its figures show." in client.get(place).content.decode()
    assert client.post(place, {"level": "9", "evidence": "x"}).status_code == 422
    assert client.post(place, {"level": "4", "evidence": "The figures of the desk."}).status_code == 302
    page = client.get(reverse("isms:maturity")).content.decode()
    assert "The figures of the desk." in page
    assert "<svg" in page
    full_house(organisation, alice)
    page = client.get(reverse("isms:overview")).content.decode()
    for word in ("Plan", "Gaps of responsibility", "Open findings", "No access review", "never"):
        assert word in page, word


@pytest.mark.parametrize("count", [1, 25])
def test_the_overview_asks_the_same_number_of_statements(
    organisation: CastOrganisation, alice: Actor, django_assert_max_num_queries, count: int
) -> None:
    objective = written(OBJECTIVE, organisation.root, actor=alice)
    for number in range(count):
        written(indicator(objective), organisation.root, actor=alice, title=f"I{number}")
        made = written(PROCESS, organisation.root, actor=alice, title=f"P{number}")
        commands.rate(made, rating(Level.WRITTEN), actor=alice, now=NOON)
    with django_assert_max_num_queries(25):
        queries.cycle(actor=alice, now=NOON, today=timezone.localdate(NOON))
    with django_assert_max_num_queries(2):
        assert len(queries.maturity(actor=alice, now=NOON)) == count
