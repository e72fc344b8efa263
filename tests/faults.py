"""Whoever kills: SIGKILL to the processes of an installation, at moments drawn by a seeded chance."""

from __future__ import annotations

import contextlib
import math
import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from live import Installation, processes_of
from tables import Tables
from writers import Journal, wait_until

SUPERVISOR = "supervisor"
SHARES = {"worker": 0.40, "web worker": 0.30, "web": 0.20, SUPERVISOR: 0.10}
MOST_WORKERS = 60
LONGEST_WAIT = 20.0
ORPHANS_GONE = 40.0


@dataclass
class Killer:
    """Kills so many times. ``kills`` counts what was hit, ``reading`` how many of these held a job at that moment."""

    running: Installation
    tables: Tables
    journal: Journal
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    reading: int = 0
    checkpoints: list[str] = field(default_factory=list)

    def kill(self, times: int) -> None:
        plan = [victim for victim, share in SHARES.items() for _ in range(math.ceil(times * share))]
        self.chance.shuffle(plan)
        while plan or (not self.reading and self.kills["worker"] < MOST_WORKERS):
            # Chance may have met no worker in the middle of a job: then some more are killed.
            plan = plan or ["worker"]
            # Whatever is down just now is not waited for: the next that runs takes its turn.
            alive = self.running.descendants()
            victim = next((name for name in plan if name == SUPERVISOR or alive[name]), None)
            if victim is None:
                time.sleep(0.1)
                continue
            self._keep_checkpoint()
            self._wait_for_a_moment(victim)
            if victim == SUPERVISOR:
                self._kill_supervisor()
            elif not self._kill_child(victim):
                continue
            self.kills[victim] += 1
            plan.remove(victim)

    def _kill_child(self, victim: str) -> bool:
        """False when it was gone before."""
        for pid in self.running.descendants()[victim]:
            holds_a_job = victim == "worker" and self._holds_a_job(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.reading += holds_a_job
                return True
        return False

    def _kill_supervisor(self) -> None:
        """The supervisor is killed; what it leaves behind ends by itself, and a new one takes the same port."""
        self.running.process.kill()
        self.running.process.wait()
        gone = wait_until(lambda: not processes_of(self.running.home), ORPHANS_GONE, every=0.1)
        assert gone, f"{processes_of(self.running.home)} outlived their supervisor by {ORPHANS_GONE} s"
        self.running.start_again()
        self.running.wait_until_up()

    def _wait_for_a_moment(self, victim: str) -> None:
        """In the middle of something: after a write was accepted, while a job is held, or wherever chance falls."""
        kind = self.chance.random()
        if kind < 0.25:
            time.sleep(self.chance.uniform(0, 1))
        elif victim == "worker" and kind < 0.8:
            wait_until(self._a_worker_holds_a_job, LONGEST_WAIT)
            time.sleep(self.chance.uniform(0, 0.5))
        else:
            before = self.journal.accepted
            wait_until(lambda: self.journal.accepted > before, LONGEST_WAIT)
            time.sleep(self.chance.choice([self.chance.uniform(0, 0.05), self.chance.uniform(0, 1)]))

    def _a_worker_holds_a_job(self) -> bool:
        return any(self._holds_a_job(pid) for pid in self.running.descendants()["worker"])

    def _holds_a_job(self, pid: int) -> bool:
        query = f"SELECT count(*) FROM jobs_job WHERE state = 'running' AND worker LIKE '%-{pid}-%'"
        return bool(self.tables.one(query))

    def _keep_checkpoint(self) -> None:
        """What an outsider might have kept: at the end it must still lie on the ledger's history."""
        with contextlib.suppress(FileNotFoundError):
            note = (self.running.home / "keys" / "ledger.checkpoint").read_text()
            if note not in self.checkpoints[-1:]:
                self.checkpoints.append(note)


def told(killer: Killer, journal: Journal, writers: list[threading.Thread]) -> str:
    """One paragraph for whoever reads the test's output."""
    hit = ", ".join(f"{count} × {victim}" for victim, count in sorted(killer.kills.items()))
    return (
        f"{sum(killer.kills.values())} kills ({hit}), {killer.reading} of them in the middle of a job; "
        f"{len(writers)} writers had {journal.accepted} writes accepted and {journal.cut_off} requests cut off: "
        f"{len(journal.received)} files, {len(journal.cases)} incidents, {len(journal.notes)} notes, "
        f"{len(journal.entries)} entries, {len(journal.acknowledged)} acknowledged alerts"
    )
