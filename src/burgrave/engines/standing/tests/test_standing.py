# ruff: noqa: E501 - one case a line
"""Standing follows the checks, is the same by an obvious computation, and says why."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.standing import (
    Book,
    CheckState,
    Divergence,
    Graph,
    MeasureState,
    Phase,
    Reading,
    Result,
    Run,
    Standing,
    divergence,
    latest,
    summed,
)

DAY = date(2026, 6, 1)
PASSED, FAILED, UNCLEAR = Result.PASSED, Result.FAILED, Result.INCONCLUSIVE


def run(check: int, result: Result = PASSED, *, days_ago: int = 1, speaks: int = 30) -> Run:
    ran_on = DAY - timedelta(days=days_ago)
    return Run(check, ran_on, result, ran_on + timedelta(days=speaks))


def one(*results: Result | None, phase: Phase = Phase.OPERATING, stale: bool = False, findings: int = 0) -> Book:
    """A requirement answered by one measure with a check for each result; None has never run."""
    graph = Graph(1, (phase,), (0,) * len(results), ((0, 0),), (0,) * findings)
    runs = [run(place, each, days_ago=40 if stale else 1) for place, each in enumerate(results) if each is not None]
    return Book(graph, runs, on=DAY)


@pytest.mark.parametrize(
    ("book", "measure", "standing"),
    [
        (one(PASSED, PASSED), MeasureState.EFFECTIVE, Standing.MET),
        (one(PASSED, FAILED), MeasureState.FAILING, Standing.NOT_MET),
        (one(FAILED, stale=True), MeasureState.FAILING, Standing.NOT_MET),
        (one(PASSED, stale=True), MeasureState.STALE, Standing.STALE),
        (one(PASSED, UNCLEAR), MeasureState.STALE, Standing.STALE),
        (one(PASSED, None), MeasureState.UNPROVEN, Standing.UNPROVEN),
        (one(None), MeasureState.UNPROVEN, Standing.UNPROVEN),
        (one(), MeasureState.UNPROVEN, Standing.UNPROVEN),
        (one(PASSED, phase=Phase.PLANNED), MeasureState.PLANNED, Standing.NOT_MET),
        (one(FAILED, phase=Phase.RETIRED), MeasureState.RETIRED, Standing.NOT_ASSESSED),
        (one(PASSED, findings=2), MeasureState.EFFECTIVE, Standing.PARTLY_MET),
        (one(FAILED, findings=1), MeasureState.FAILING, Standing.NOT_MET),
        (one(phase=Phase.RETIRED, findings=1), MeasureState.RETIRED, Standing.NOT_ASSESSED),
    ],
    ids=[
        "all pass", "one fails", "an old failure stands", "stale", "inconclusive", "one never ran", "never ran", "no check",
        "planned", "retired", "an open finding", "a finding beside a failure", "a finding and no measure",
    ],
)  # fmt: skip
def test_one_measure_decides_its_requirement(book: Book, measure: MeasureState, standing: Standing) -> None:
    assert (book.measure(0), book[0]) == (measure, standing)


def test_several_measures_are_partly_enough_when_one_works() -> None:
    graph = Graph(
        3, (Phase.OPERATING, Phase.OPERATING, Phase.PLANNED), (0, 1), ((0, 0), (0, 1), (1, 0), (1, 2), (2, 0))
    )
    book = Book(graph, [run(0), run(1, FAILED)], on=DAY)
    assert book.standings() == (Standing.PARTLY_MET, Standing.PARTLY_MET, Standing.MET)
    assert book.counts() == Counter({Standing.PARTLY_MET: 2, Standing.MET: 1})


def test_a_requirement_that_nothing_answers_is_not_assessed() -> None:
    assert Book(Graph(2, (), (), ()), [], on=DAY).standings() == (Standing.NOT_ASSESSED,) * 2


def test_a_run_speaks_until_its_last_day_and_not_a_day_longer() -> None:
    graph = Graph(1, (Phase.OPERATING,), (0,), ((0, 0),))
    runs = [Run(0, DAY, PASSED, DAY + timedelta(days=9))]
    for days, state in ((0, Standing.MET), (9, Standing.MET), (10, Standing.STALE), (-1, Standing.UNPROVEN)):
        assert Book(graph, runs, on=DAY + timedelta(days=days))[0] is state


def test_the_last_run_of_a_day_counts_and_later_days_are_not_known_yet() -> None:
    runs = [
        run(0, FAILED, days_ago=0),
        run(0, PASSED, days_ago=0),
        run(0, FAILED, days_ago=-1),
        run(0, FAILED, days_ago=3),
    ]
    assert latest(runs, checks=1, on=DAY)[0].result is PASSED
    assert latest(runs, checks=1, on=DAY - timedelta(days=9)) == {}
    with pytest.raises(ValueError, match="a run of check 7; there are checks 0 to 0"):
        latest([run(7)], checks=1, on=DAY)


def test_why_names_the_measures_that_decided_with_their_checks() -> None:
    graph = Graph(1, (Phase.OPERATING, Phase.OPERATING), (0, 0, 1), ((0, 0), (0, 1)), (0,))
    book = Book(graph, [run(0), run(1, FAILED), run(2)], on=DAY)
    why = book.why(0)
    assert (why.standing, why.open_findings) == (Standing.PARTLY_MET, 1)
    assert [(each.measure, each.state) for each in why.deciding] == [(0, MeasureState.FAILING)]
    assert why.deciding[0].checks == ((0, CheckState.PASSING), (1, CheckState.FAILING))
    assert [each.measure for each in why.others] == [1]


def test_a_record_changes_what_it_reaches_and_says_so() -> None:
    graph = Graph(3, (Phase.OPERATING, Phase.OPERATING), (0, 1), ((0, 0), (1, 0), (1, 1), (2, 1)))
    book = Book(graph, [run(0), run(1)], on=DAY)
    assert book.record(run(0, FAILED, days_ago=0)) == {0, 1}
    assert book.standings() == (Standing.NOT_MET, Standing.PARTLY_MET, Standing.MET)
    assert book.record(run(0, FAILED, days_ago=0)) == frozenset()
    assert (book.check(0), book.check(1)) == (CheckState.FAILING, CheckState.PASSING)
    assert book.record(run(0, PASSED, days_ago=5)) == frozenset()
    assert book[0] is Standing.NOT_MET
    with pytest.raises(ValueError, match="open a book of that day"):
        book.record(run(0, days_ago=-1))
    with pytest.raises(ValueError, match="a run of check 9"):
        book.record(run(9))


def test_a_record_of_a_measure_that_answers_nothing_changes_nothing() -> None:
    book = Book(Graph(1, (Phase.OPERATING, Phase.OPERATING), (1,), ((0, 0),)), [], on=DAY)
    assert book.record(run(0)) == frozenset()
    assert book.measure(1) is MeasureState.EFFECTIVE


@pytest.mark.parametrize(
    ("graph", "sentence"),
    [
        (lambda: Graph(1, (Phase.OPERATING,), (1,), ()), "check_measure holds 1 to 1; expected indices from 0 to 0"),
        (lambda: Graph(1, (Phase.OPERATING,), (), ((0, 1),)), "answers \\(measure\\)"),
        (lambda: Graph(1, (Phase.OPERATING,), (), ((1, 0),)), "answers \\(requirement\\)"),
        (lambda: Graph(1, (), (), (), (-1,)), "open_findings holds -1"),
    ],
)
def test_a_graph_refuses_an_index_that_names_nothing(graph: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        graph()  # type: ignore[operator] # a lambda


@pytest.mark.parametrize(
    ("asserted", "derived", "expires", "said"),
    [
        (None, Standing.MET, None, Divergence.NONE),
        (Standing.MET, Standing.MET, None, Divergence.NONE),
        (Standing.MET, Standing.NOT_MET, None, Divergence.OVERSTATED),
        (Standing.NOT_MET, Standing.MET, DAY, Divergence.UNDERSTATED),
        (Standing.MET, Standing.NOT_MET, DAY - timedelta(days=1), Divergence.NONE),
    ],
    ids=["nobody", "agrees", "better", "worse", "expired"],
)
def test_an_assertion_is_compared_until_it_expires(
    asserted: Standing | None, derived: Standing, expires: date | None, said: Divergence
) -> None:
    assert divergence(asserted, derived, expires_on=expires, on=DAY) is said


def test_a_group_stands_as_its_worst_member() -> None:
    assert summed([Standing.MET, Standing.PARTLY_MET, Standing.STALE]) is Standing.PARTLY_MET
    assert summed([]) is Standing.NOT_ASSESSED


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Graph, list[Run]]:
    measures = draw(st.integers(1, 5))
    requirements = draw(st.integers(1, 5))
    checks = draw(st.lists(st.integers(0, measures - 1), max_size=8))
    pairs = st.tuples(st.integers(0, requirements - 1), st.integers(0, measures - 1))
    graph = Graph(
        requirements,
        tuple(draw(st.lists(st.sampled_from(Phase), min_size=measures, max_size=measures))),
        tuple(checks),
        tuple(draw(st.lists(pairs, max_size=12))),
        tuple(draw(st.lists(st.integers(0, requirements - 1), max_size=2))),
    )
    if not checks:
        return graph, []
    each = st.builds(
        run,
        st.integers(0, len(checks) - 1),
        st.sampled_from(Result),
        days_ago=st.integers(0, 60),
        speaks=st.integers(0, 60),
    )
    return graph, draw(st.lists(each, max_size=20))


def obvious(  # noqa: C901 - all rules in one place, as a reader of the guide would apply them
    graph: Graph, runs: list[Run]
) -> list[Standing]:
    """The same by loops and sentences, sharing nothing with the engine."""
    said: dict[int, Run] = {}
    for each in runs:
        if each.check not in said or said[each.check].ran_on <= each.ran_on:
            said[each.check] = each
    works: list[str] = []
    for measure, phase in enumerate(graph.phases):
        words = set()
        for check, tested in enumerate(graph.check_measure):
            if tested == measure:
                last = said.get(check)
                words.add(
                    "never" if last is None
                    else "failed" if last.result is FAILED
                    else "old" if last.result is UNCLEAR or last.valid_until < DAY
                    else "passed"
                )  # fmt: skip
        if phase is not Phase.OPERATING:
            works.append(phase.name)
        else:
            works.append(next((word for word in ("failed", "old", "never", "passed") if word in words), "never"))
    answer = []
    for requirement in range(graph.requirements):
        by = [
            works[measure] for asked, measure in graph.answers if asked == requirement and works[measure] != "RETIRED"
        ]
        if not by:
            answer.append(Standing.NOT_ASSESSED)
        elif {"failed", "PLANNED"} & set(by):
            answer.append(Standing.PARTLY_MET if "passed" in by else Standing.NOT_MET)
        elif requirement in graph.open_findings:
            answer.append(Standing.PARTLY_MET)
        else:
            answer.append(Standing.UNPROVEN if "never" in by else Standing.STALE if "old" in by else Standing.MET)
    return answer


@given(worlds())
def test_the_engine_agrees_with_an_obvious_computation(world: tuple[Graph, list[Run]]) -> None:
    graph, runs = world
    book = Book(graph, runs, on=DAY)
    assert list(book.standings()) == obvious(graph, runs)


@given(worlds())
def test_runs_that_come_one_by_one_leave_the_same_book_and_name_every_change(world: tuple[Graph, list[Run]]) -> None:
    graph, runs = world
    book = Book(graph, [], on=DAY)
    for each in runs:
        before = book.standings()
        changed = book.record(each)
        after = book.standings()
        assert changed == {place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old is not new}
    assert book.standings() == Book(graph, runs, on=DAY).standings()


@given(worlds())
def test_a_failure_never_makes_anything_better(world: tuple[Graph, list[Run]]) -> None:
    graph, runs = world
    if not graph.check_measure:
        return
    before = Book(graph, runs, on=DAY)
    after = Book(graph, [*runs, run(0, FAILED, days_ago=0)], on=DAY)
    assert not any(new.better_than(old) for new, old in zip(after.standings(), before.standings(), strict=True))


@given(worlds())
def test_why_accounts_for_every_measure_and_is_silent_only_where_nothing_answers(
    world: tuple[Graph, list[Run]],
) -> None:
    graph, runs = world
    book = Book(graph, runs, on=DAY)
    for requirement in range(graph.requirements):
        why = book.why(requirement)
        named = {each.measure for each in (*why.deciding, *why.others)}
        assert named == {measure for asked, measure in graph.answers if asked == requirement}
        assert why.deciding or why.standing is Standing.NOT_ASSESSED or why.open_findings


def test_a_reading_says_the_same_of_the_states_as_the_book_of_the_runs() -> None:
    graph = Graph(2, (Phase.OPERATING, Phase.PLANNED), (0, 0), ((0, 0), (1, 1)), (0,))
    book = Book(graph, [run(0), run(1, FAILED)], on=DAY)
    reading = Reading(graph, [CheckState.PASSING, CheckState.FAILING])
    assert (reading.standings(), reading.why(0)) == (book.standings(), book.why(0))


@pytest.mark.parametrize("states", [[], [CheckState.PASSING] * 2], ids=["too few", "too many"])
def test_a_reading_wants_one_state_for_each_check(states: list[CheckState]) -> None:
    with pytest.raises(ValueError, match=r"expected one for each of 1$"):
        Reading(Graph(1, (Phase.OPERATING,), (0,), ((0, 0),)), states)


def test_an_effective_measure_is_stale_where_its_evidence_is_older_than_what_is_asked() -> None:
    graph = Graph(
        2, (Phase.OPERATING, Phase.OPERATING), (0, 1), ((0, 0), (1, 0), (1, 1)), outdated=frozenset({(1, 0), (1, 1)})
    )
    reading = Reading(graph, [CheckState.PASSING, CheckState.FAILING])
    assert reading.standings() == (Standing.MET, Standing.NOT_MET)
    assert [each.state for each in reading.why(1).others] == [MeasureState.STALE]
    assert [each.state for each in reading.why(1).deciding] == [MeasureState.FAILING]
    assert reading.measure(0) is MeasureState.EFFECTIVE


@pytest.mark.parametrize("pair", [(2, 0), (0, 1), (-1, 0)])
def test_an_outdated_pair_of_what_is_not_there_is_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="outdated"):
        Graph(2, (Phase.OPERATING,), (), (), outdated=frozenset({pair}))
