"""Measure the standing of 10,000 requirements by 2,000 measures and 20,000 checks, beside its lower limit.

    python benchmarks/standing.py

The graph and 60,000 runs are drawn with a fixed seed. Printed are CPU milliseconds, median and range: the book made
cold, one run recorded, one why; and the cold time beside only finding the newest run of each check, which no way of
computing can leave out.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta

from burgrave.engines.standing import Book, Graph, Phase, Result, Run, latest

REQUIREMENTS, MEASURES, CHECKS, RUNS = 10_000, 2_000, 20_000, 60_000
TODAY = date(2026, 6, 1)


def world(seed: int) -> tuple[Graph, list[Run]]:
    """A drawn organisation."""
    chance = random.Random(seed)
    phases = tuple(chance.choices(list(Phase), weights=(1, 8, 1), k=MEASURES))
    tested = tuple(chance.randrange(MEASURES) for _ in range(CHECKS))
    answers = tuple((r, chance.randrange(MEASURES)) for r in range(REQUIREMENTS) for _ in range(chance.randint(0, 4)))
    runs = []
    for _ in range(RUNS):
        day = TODAY - timedelta(days=chance.randrange(120))
        result = chance.choices(list(Result), weights=(95, 4, 1))[0]
        runs.append(Run(chance.randrange(CHECKS), day, result, day + timedelta(days=90)))
    return Graph(REQUIREMENTS, phases, tested, answers), runs


def milliseconds(work: Callable[[int], object], times: int) -> list[float]:
    """CPU time of each call."""
    taken = []
    for turn in range(times):
        start = time.process_time()
        work(turn)
        taken.append((time.process_time() - start) * 1000)
    return taken


def say(name: str, taken: list[float]) -> float:
    """Print the figure with its range and sample size."""
    middle = statistics.median(taken)
    print(f"{name}: median {middle:.3f} ms ({min(taken):.3f} to {max(taken):.3f}, {len(taken)} times, CPU)")
    return middle


def main() -> None:
    """All figures."""
    graph, runs = world(20260601)
    book = Book(graph, runs, on=TODAY)
    print(
        f"{REQUIREMENTS:,} requirements, {MEASURES:,} measures, {CHECKS:,} checks, {len(graph.answers):,} answers, "
        f"{RUNS:,} runs: "
        + ", ".join(f"{count:,} {standing.name}" for standing, count in sorted(book.counts().items()))
    )
    cold = say("from cold", milliseconds(lambda _: Book(graph, runs, on=TODAY), 20))
    least = say("newest runs alone", milliseconds(lambda _: latest(runs, checks=CHECKS, on=TODAY), 20))
    chance = random.Random(7)
    fresh = [Run(chance.randrange(CHECKS), TODAY, chance.choice(list(Result)), TODAY) for _ in range(2_000)]
    say("one run recorded", milliseconds(lambda turn: book.record(fresh[turn]), 2_000))
    say("one why", milliseconds(book.why, 2_000))
    print(f"from cold: {cold / least:.1f} times the newest runs alone")


main()
