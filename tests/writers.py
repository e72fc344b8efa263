"""People at work while processes are killed: they send, decide and write, and keep a journal of what was accepted."""

from __future__ import annotations

import http.client
import random
import re
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256

from burgrave.sample.rules.events import workday
from live import Answer, Browser

BAD_LINES = (b'{"Event": {"System": ', b"\xff\xfe not a line of JSON", b"[1, 2")
LONG_FILE_DAYS = 12
UUID_TEXT = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class CutOff(Exception):
    """The server was gone before its answer had come: what was asked is done, or it is not."""


@dataclass
class Journal:
    """What was sent, and what the server accepted. ``maybe`` was cut off: it may exist, but no more than once."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    files: dict[str, bytes] = field(default_factory=dict)
    received: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    titles: set[str] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)
    maybe_notes: set[str] = field(default_factory=set)
    entries: set[str] = field(default_factory=set)
    maybe_entries: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    accepted: int = 0
    cut_off: int = 0
    faults: list[str] = field(default_factory=list)

    def accept(self) -> None:
        with self.lock:
            self.accepted += 1


@dataclass(eq=False)
class Writer(threading.Thread):
    """One signed-in person who repeats ``step`` until told to stop."""

    browser: Browser
    journal: Journal
    chance: random.Random
    stop: threading.Event
    may_go_on: Callable[[], bool] = lambda: True
    unit: str = ""

    def __post_init__(self) -> None:
        super().__init__(name=type(self).__name__, daemon=True)
        found = re.search(rf'name="unit" value="({UUID_TEXT})"', self.browser.get("/events/").text)
        assert found, "the drop zone names no unit"
        self.unit = found.group(1)

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                if self.may_go_on():
                    self.step()
            except CutOff:
                self.stop.wait(0.1)
            except Exception:  # noqa: BLE001 - the edge of the thread: the test reads it from the journal
                self.journal.faults.append(traceback.format_exc())
                return
            self.stop.wait(self.chance.uniform(0.05, 0.4))

    def step(self) -> None:
        raise NotImplementedError

    def ask(self, request: Callable[[], Answer], *allowed: int) -> Answer:
        """The answer, which has one of these codes. Raises CutOff."""
        try:
            answer = request()
        except (OSError, http.client.HTTPException) as gone:
            with self.journal.lock:
                self.journal.cut_off += 1
            raise CutOff from gone
        assert answer.status in allowed, f"{answer.status} from {answer.url}: {_said(answer)}"
        return answer

    def get(self, path: str) -> Answer:
        return self.ask(lambda: self.browser.get(path), 200)


def _said(answer: Answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())[:2000]


def recording(chance: random.Random) -> bytes:
    """A recording that nobody sent before: an intrusion among a day's work, and some lines that no one can read.

    One in eight is long, so that its reading has several steps; days overlap, so that alerts grow over files.
    """
    begins = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=chance.randrange(12), minutes=chance.randrange(1_200))
    if chance.random() < 0.12:
        days = [
            workday(begins=begins + timedelta(days=day), seed=chance.getrandbits(32)) for day in range(LONG_FILE_DAYS)
        ]
        return b"".join(days)
    lines = workday(begins=begins, seed=chance.getrandbits(32)).splitlines(keepends=True)
    first = next(place for place, line in enumerate(lines) if b" -Enc " in line)
    last = next(place for place, line in enumerate(lines) if b'"EventID":1102' in line)
    kept = lines[first - chance.randrange(5) : last + 1 + chance.randrange(5)]
    for bad in chance.sample(BAD_LINES, chance.randrange(len(BAD_LINES) + 1)):
        kept.insert(chance.randrange(1, len(kept)), bad + b"\n")
    return b"".join(kept)


class Sender(Writer):
    """Sends recordings. One that was cut off is sent again, byte for byte; so are some that were accepted."""

    def step(self) -> None:
        content = recording(self.chance)
        digest = sha256(content).hexdigest()
        self.journal.files[digest] = content
        self._send(digest, content)
        if self.chance.random() < 0.1:
            self._send(digest, content)

    def _send(self, digest: str, content: bytes) -> None:
        name = f"{digest[:12]}.jsonl"
        while not self.stop.is_set():
            try:
                answer = self.ask(
                    lambda: self.browser.upload("/events/upload/", name, content, {"unit": self.unit}), 302
                )
            except CutOff:
                if self.chance.random() < 0.3:
                    return
                self.stop.wait(0.3)
                continue
            event_file_id = answer.url.rstrip("/").rpartition("/")[2]
            known = self.journal.received.setdefault(digest, event_file_id)
            assert known == event_file_id, f"{digest} was received as {known} and again as {event_file_id}"
            self.journal.accept()
            return


class Responder(Writer):
    """Opens incidents with alerts in them, and writes notes and timeline entries into them."""

    count = 0

    def step(self) -> None:
        self.count += 1
        if not self.journal.cases or self.chance.random() < 0.15:
            self._open()
            return
        number = self.chance.choice(list(self.journal.cases.values()))
        self.get(f"/incidents/{number}/")
        text = f"{self.name} {self.count}: {self.chance.getrandbits(64):016x}"
        if self.chance.random() < 0.7:
            self._write(
                lambda: self.browser.post(f"/incidents/{number}/note/", {"text": text}),
                text,
                self.journal.notes,
                self.journal.maybe_notes,
            )
        else:
            form = {"at": f"2026-03-02T10:{self.count % 60:02}:00", "text": text}
            self._write(
                lambda: self.browser.post(f"/incidents/{number}/timeline/", form),
                text,
                self.journal.entries,
                self.journal.maybe_entries,
            )

    def _write(self, request: Callable[[], Answer], text: str, sure: set[str], maybe: set[str]) -> None:
        try:
            self.ask(request, 302)
        except CutOff:
            maybe.add(text)
            raise
        sure.add(text)
        self.journal.accept()

    def _open(self) -> None:
        title = f"Drill {self.count} {self.chance.getrandbits(64):016x}"
        self.journal.titles.add(title)
        self.get("/incidents/new/")
        draft = self.ask(lambda: self.browser.post("/incidents/new/", {}), 302).url
        waiting = re.findall(rf'name="selected" value="({UUID_TEXT})"', self.get(draft).text)
        chosen = self.chance.sample(waiting, min(len(waiting), self.chance.randrange(3)))
        self.ask(lambda: self.browser.post(draft, {"selected": chosen}), 302)
        facts = {"unit": self.unit, "title": title, "severity": "high", "summary": ""}
        self.ask(lambda: self.browser.post(f"{draft}facts/", facts), 302)
        self.ask(lambda: self.browser.post(f"{draft}lead/", {"lead": ""}), 302)
        self.journal.accept()
        self._confirm(draft, title)

    def _confirm(self, draft: str, title: str) -> None:
        """Press the last button until the incident stands; a draft that is gone has become one."""
        while not self.stop.is_set():
            try:
                page = self.ask(lambda: self.browser.get(f"{draft}check/"), 200, 404)
                if page.status == 404:
                    self._find(title)
                    return
                shown = {"alert": re.findall(rf'name="alert" value="({UUID_TEXT}:\d+)"', page.text)}
                answer = self.ask(partial(self.browser.post, f"{draft}check/", shown), 302, 404, 409)
            except CutOff:
                self.stop.wait(0.3)
                continue
            if answer.status == 302:
                self.journal.cases[title] = answer.url.rstrip("/").rpartition("/")[2]
                self.journal.accept()
                return

    def _find(self, title: str) -> None:
        found = re.search(
            r"/incidents/(INC-\d{4}-\d{4})/", self.get(f"/incidents/?q={title.rsplit(maxsplit=1)[-1]}").text
        )
        assert found, f"the draft of {title} is gone, and there is no such incident"
        self.journal.cases[title] = found.group(1)


class Triager(Writer):
    """Acknowledges what waits; an alert that changed meanwhile is refused, which is right."""

    def step(self) -> None:
        page = self.get("/alerts/?state=new")
        refs = re.findall(rf'value="({UUID_TEXT}:\d+)"', page.text)
        if not refs:
            self.stop.wait(0.5)
            return
        chosen = self.chance.sample(refs, min(len(refs), self.chance.randrange(1, 4)))
        form = {"selected": chosen, "act": "acknowledge"}
        answer = self.ask(lambda: self.browser.post("/alerts/triage/", form), 302, 409)
        if answer.status == 302:
            self.journal.acknowledged |= {ref.partition(":")[0] for ref in chosen}
            self.journal.accept()


def wait_until(look: Callable[[], bool], seconds: float, *, every: float = 0.02) -> bool:
    """True once ``look`` is; False after so many seconds."""
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
