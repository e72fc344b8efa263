"""What must be true of an installation after any number of kills, read from its tables and its ledger."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from burgrave.engines import events as readers
from burgrave.engines.detection import Engine, EventSource
from burgrave.engines.events import Event, Unreadable
from burgrave.incidents.handlers import loaded_rules
from tables import Tables, text_id
from writers import Journal

WINDOW = 5_000


@dataclass(frozen=True)
class Undisturbed:
    """What is found in a file when nobody kills anybody: (event, rule, document), and how many lines were no events."""

    found: frozenset[tuple[int, str, int]]
    events: int
    unreadable: int


def read_undisturbed(path: Path, engine: Engine) -> Undisturbed:
    """Read the file with the engines alone."""
    found: set[tuple[int, str, int]] = set()
    bad: list[Unreadable] = []
    events = 0

    def readable() -> Iterator[Event]:
        for record in readers.read_events(path):
            if isinstance(record, Unreadable):
                bad.append(record)
            else:
                yield record

    for window in readers.windows(readable(), size=WINDOW):
        for batch in window:
            places = batch.table.column(readers.ROW_COLUMN)
            for match in engine.match(batch.table, source=_source(batch)):
                found.add((events + int(places[match.row].as_py()), match.rule.sha256, match.rule.document))
        events += sum(len(batch.events) for batch in window)
    return Undisturbed(frozenset(found), events, len(bad))


def _source(batch: readers.EventBatch) -> EventSource:
    return EventSource(
        channel=batch.channel,
        event_id=batch.event_id,
        provider=batch.provider,
        product=batch.log_source.product,
        category=batch.log_source.category,
        service=batch.log_source.service,
    )


def _leaves(row: bytes, count: int) -> list[bytes]:
    """The leaves of a row: one, or many each behind its length in 16 bits."""
    if count == 1:
        return [row]
    length = int.from_bytes(row[:2])
    rest = row[2 + length :]
    return [row[2 : 2 + length], *(_leaves(rest, count - 1) if count > 2 else [rest[2:]])]


@dataclass(frozen=True)
class Records:
    """The records of the ledger as their leaves tell them, in the order of their places."""

    leaves: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, tables: Tables) -> Records:
        rows = tables.rows('SELECT leaf, "count" FROM ledger_entry ORDER BY position')
        return cls(tuple(json.loads(leaf) for row, count in rows for leaf in _leaves(bytes(row), count)))

    @cached_property
    def by_kind(self) -> dict[str, list[dict[str, Any]]]:
        kinds: dict[str, list[dict[str, Any]]] = {}
        for leaf in self.leaves:
            kinds.setdefault(leaf["kind"], []).append(leaf["body"])
        return kinds

    def of(self, kind: str) -> list[dict[str, Any]]:
        return self.by_kind.get(kind, [])

    def count(self, kind: str, field: str) -> Counter[Any]:
        """How many records of this kind name each value."""
        return Counter(body[field] for body in self.of(kind))


@dataclass(frozen=True)
class Aftermath:
    """The checks. Each raises AssertionError with what is wrong."""

    home: Path
    tables: Tables
    journal: Journal
    folder: Path

    @cached_property
    def records(self) -> Records:
        return Records.read(self.tables)

    def check(self) -> None:
        self._places_have_no_gap()
        self._files_are_whole()
        self._readings_are_as_undisturbed()
        self._alerts_add_up()
        self._decisions_are_kept()
        self._incidents_are_kept()
        self._words_are_kept()

    def _places_have_no_gap(self) -> None:
        rows = self.tables.rows('SELECT position, "count" FROM ledger_entry ORDER BY position')
        places = [place for first, count in rows for place in range(first, first + count)]
        assert places == list(range(len(places)))
        assert self.tables.rows("SELECT size FROM ledger_log") == [(len(places),)]
        assert self.tables.one("SELECT max(size) FROM ledger_checkpoint") == len(places)
        ids = [leaf["id"] for leaf in self.records.leaves]
        assert len(ids) == len(set(ids))

    def _files_are_whole(self) -> None:
        rows = self.tables.rows("SELECT sha256, id, size_bytes, state, evidence_id FROM incidents_eventfile")
        kept = {digest: text_id(file_id) for digest, file_id, *_ in rows}
        assert len(kept) == len(rows), "the same bytes stand there twice"
        lost = set(self.journal.received) - set(kept)
        assert not lost, f"accepted files are gone: {lost}"
        assert {digest: kept[digest] for digest in self.journal.received} == self.journal.received
        assert set(kept) <= set(self.journal.files), "there are files that nobody sent"
        for digest, _, size, state, _ in rows:
            assert state == "read", f"{digest} is {state}"
            content = (self.home / "files" / digest[:2] / digest[2:4] / digest).read_bytes()
            assert len(content) == size
            assert sha256(content).hexdigest() == digest
        once = Counter(kept.values())
        assert self.records.count("incidents.event_file_received", "event_file_id") == once
        assert self.records.count("incidents.event_file_read", "event_file_id") == once
        evidence = Counter(text_id(row[4]) for row in rows)
        assert Counter(self.tables.ids("SELECT id FROM assurance_evidence")) == evidence
        assert self.records.count("assurance.evidence_kept", "evidence_id") == evidence

    def _readings_are_as_undisturbed(self) -> None:
        engine = loaded_rules(local=self.folder / "none").engine
        found: dict[str, list[tuple[int, str, int]]] = {}
        for digest, *match in self.tables.rows(
            "SELECT f.sha256, m.ordinal, r.sha256, r.document FROM incidents_detection d"
            " JOIN incidents_matchedevent m ON m.id = d.event_id AND m.event_file_id = d.event_file_id"
            " JOIN incidents_eventfile f ON f.id = d.event_file_id"
            " JOIN incidents_ruleversion r ON r.id = d.rule_id"
        ):
            found.setdefault(digest, []).append((match[0], match[1], match[2]))
        assert sum(map(len, found.values())) == self.tables.one("SELECT count(*) FROM incidents_detection")
        bad = dict(
            self.tables.rows(
                "SELECT f.sha256, count(*) FROM incidents_unreadablerecord u"
                " JOIN incidents_eventfile f ON f.id = u.event_file_id GROUP BY f.sha256"
            )
        )
        matched = dict(
            self.tables.rows(
                "SELECT f.sha256, count(*) FROM incidents_matchedevent m"
                " JOIN incidents_eventfile f ON f.id = m.event_file_id GROUP BY f.sha256"
            )
        )
        said = {body["event_file_id"]: body for body in self.records.of("incidents.event_file_read")}
        for digest, file_id, events, unreadable, matches in self.tables.rows(
            "SELECT sha256, id, events, unreadable, matches FROM incidents_eventfile"
        ):
            path = self.folder / digest
            path.write_bytes(self.journal.files[digest])
            expected = read_undisturbed(path, engine)
            assert expected.found, "a recording of the drill matches no rule, so it proves nothing"
            here = found.get(digest, [])
            assert len(here) == len(set(here)) == len(expected.found)
            assert set(here) == expected.found
            assert matched[digest] == len({ordinal for ordinal, _, _ in here})
            assert bad.get(digest, 0) == expected.unreadable
            counts = (expected.events, expected.unreadable, len(expected.found))
            assert (events, unreadable, matches) == counts
            record = said[text_id(file_id)]
            assert (record["events"], record["unreadable"], record["matches"]) == counts

    def _alerts_add_up(self) -> None:
        alerts = Counter(self.tables.ids("SELECT id FROM incidents_alert"))
        assert self.records.count("incidents.alert_raised", "alert_id") == alerts
        assert self.tables.one("SELECT count(*) FROM incidents_detection WHERE alert_id IS NULL") == 0
        wrong = self.tables.rows(
            "SELECT a.id, a.matches, count(DISTINCT d.event_sha256) FROM incidents_alert a"
            " LEFT JOIN incidents_detection d ON d.alert_id = a.id GROUP BY a.id, a.matches"
            " HAVING a.matches <> count(DISTINCT d.event_sha256)"
        )
        assert not wrong, f"alerts count other matches than they have: {wrong}"
        pairs = {
            (text_id(a), text_id(f))
            for a, f in self.tables.rows("SELECT alert_id, event_file_id FROM incidents_alertsource")
        }
        true = {
            (text_id(a), text_id(f))
            for a, f in self.tables.rows("SELECT DISTINCT alert_id, event_file_id FROM incidents_detection")
        }
        assert pairs == true
        raised = self.records.count("incidents.alert_raised", "event_file_id")
        extended = Counter(
            file_id
            for _, file_id in {
                (body["alert_id"], body["event_file_id"]) for body in self.records.of("incidents.alert_extended")
            }
        )
        for file_id, was_raised, was_extended in self.tables.rows(
            "SELECT id, alerts_raised, alerts_extended FROM incidents_eventfile"
        ):
            assert (was_raised, was_extended) == (raised[text_id(file_id)], extended[text_id(file_id)])

    def _decisions_are_kept(self) -> None:
        """Only a new alert can be acknowledged, so that each has at most one record of it."""
        acknowledged = self.records.count("incidents.alert_acknowledged", "alert_id")
        assert set(acknowledged.values()) <= {1}
        assert self.journal.acknowledged <= set(acknowledged)
        linked = self.records.count("incidents.alert_linked", "alert_id")
        assert set(linked.values()) <= {1}
        states: dict[str, set[str]] = {}
        for alert_id, state in self.tables.rows("SELECT id, state FROM incidents_alert"):
            states.setdefault(state, set()).add(text_id(alert_id))
        assert states.get("escalated", set()) == set(linked)
        assert states.get("acknowledged", set()) == set(acknowledged) - set(linked)
        assert set(states) <= {"new", "acknowledged", "escalated"}

    def _incidents_are_kept(self) -> None:
        rows = self.tables.rows("SELECT id, number, title FROM incidents_case ORDER BY number")
        titles = {title: number for _, number, title in rows}
        assert len(titles) == len(rows), "an incident was opened twice"
        assert {title: titles.get(title) for title in self.journal.cases} == self.journal.cases
        assert set(titles) <= self.journal.titles
        opened = Counter({text_id(case_id): 1 for case_id, _, _ in rows})
        assert self.records.count("incidents.case_opened", "case_id") == opened
        assert [int(number.rpartition("-")[2]) for _, number, _ in rows] == list(range(1, len(rows) + 1))

    def _words_are_kept(self) -> None:
        """Notes and entries: each accepted one once, and each with its record, which opens to the same words."""
        notes = Counter(row[0] for row in self.tables.rows("SELECT text FROM incidents_note"))
        self._once(notes, sure=self.journal.notes, maybe=self.journal.maybe_notes)
        assert Counter(self._opened("incidents.note_added", "text")) == notes
        by_hand = Counter(
            row[0] for row in self.tables.rows("SELECT text FROM incidents_timelineentry WHERE source = 'hand'")
        )
        self._once(by_hand, sure=self.journal.entries, maybe=self.journal.maybe_entries)
        entries = Counter(self.tables.ids("SELECT id FROM incidents_timelineentry"))
        assert self.records.count("incidents.timeline_added", "entry_id") == entries
        assert Counter(self._opened("incidents.timeline_added", "text")) == Counter(
            row[0] for row in self.tables.rows("SELECT text FROM incidents_timelineentry")
        )

    def _once(self, found: Counter[str], *, sure: set[str], maybe: set[str]) -> None:
        assert set(found.values()) <= {1}
        assert sure <= set(found), f"accepted words are gone: {sure - set(found)}"
        assert set(found) <= sure | maybe

    def _opened(self, kind: str, field: str) -> list[str]:
        query = (
            'SELECT o.value, e."count" FROM ledger_opening o JOIN ledger_entry e ON e.arrival = o.entry_id'
            f" WHERE e.kind = '{kind}' AND o.name = '{field}'"
        )
        rows = self.tables.rows(query)
        return [value for text, count in rows for value in (json.loads(text) if count > 1 else [text])]
