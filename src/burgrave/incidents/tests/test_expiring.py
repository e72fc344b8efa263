"""Raw segments end after their time, unless something keeps them; what was known of them stays provable."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from burgrave.assurance import commands as assurance
from burgrave.assurance import queries as evidence
from burgrave.assurance.errors import EvidenceGone, HeldAlready, NotHeld, ReasonMissing
from burgrave.assurance.models import Evidence, Finding
from burgrave.assurance.terms import evidence_subject
from burgrave.custody import commands as custody
from burgrave.custody import queries as keys
from burgrave.engines.evidence import verify_bundle
from burgrave.events import commands as events
from burgrave.incidents import commands, handlers, models, queries
from burgrave.incidents.commands import expiring
from burgrave.incidents.errors import WrongState
from burgrave.incidents.terms import (
    EXPIRE_SEGMENTS_JOB,
    AlertState,
    Dismissal,
    EventFileId,
    EventFileState,
    FileOrigin,
    event_file_subject,
)
from burgrave.jobs import commands as jobs
from burgrave.ledger import queries as ledger
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor, UnitId, system_actor

from .house import NOON, found_events, opened, read, refs, rule
from .test_reading import stored

SOURCE = uuid4()
OLD = NOON - timedelta(days=400)
DAYS = 365


def segment(unit_id: UnitId, *titles: str, at: datetime = OLD, state: EventFileState = EventFileState.READ) -> UUID:
    """A segment that was read long ago, its bytes as old as it is; of each title an alert."""
    digest = stored(uuid4().bytes)
    os.utime(evidence.store().path(digest.sha256), (at.timestamp(), at.timestamp()))
    origin = FileOrigin(log_source_id=SOURCE, segment_id=uuid4())
    made = commands.receive_event_file(
        digest, name="stream", media_type="text/plain", unit_id=unit_id, origin=origin, actor=system_actor(), now=at
    )
    if state is EventFileState.READ:
        found = found_events([rule(each) for each in titles], [0], computer=uuid4().hex) if titles else []
        read(made.event_file_id, found, now=at)
    else:
        models.EventFile.objects.filter(pk=made.event_file_id).update(state=state)
    return made.event_file_id


def expire(*, now: datetime = NOON) -> None:
    jobs.enqueue(EXPIRE_SEGMENTS_JOB, {}, now=now)
    registry = {EXPIRE_SEGMENTS_JOB: handlers.expire_segments}
    while jobs.run_next(registry, worker="test", clock=lambda: now) is not None:
        pass


def alert_of(file: UUID) -> models.Alert:
    return models.Alert.objects.get(sources__event_file=file)


def left() -> set[UUID]:
    """Those whose bytes are still there, by the catalogue, and by the store."""
    rows = models.EventFile.objects.filter(raw_removed_at=None)
    there = {
        row.pk
        for row in models.EventFile.objects.all()
        if evidence.store().exists(row.sha256) and not Evidence.objects.get(pk=row.evidence_id).removed_at
    }
    assert there == set(rows.values_list("pk", flat=True))
    return there


@pytest.fixture(autouse=True)
def _commits(django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done behind a commit is done at the end of the step."""
    real = commands.expire_segments

    def step(*args: Any, **more: Any) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return real(*args, **more)

    monkeypatch.setattr(commands, "expire_segments", step)


def test_what_nothing_keeps_goes_and_the_rest_stays(organisation: CastOrganisation, alice: Actor) -> None:
    unit = organisation.operations
    plain, young = segment(unit), segment(unit, at=NOON - timedelta(days=364))
    refused, unread = segment(unit, state=EventFileState.REFUSED), segment(unit, state=EventFileState.RECEIVED)
    fresh, dismissed, escalated = (segment(unit, each) for each in ("New one", "Dismissed", "Escalated"))
    commands.dismiss(refs(alert_of(dismissed)), dismissal=Dismissal.BENIGN, note="a test of ours", actor=alice, now=OLD)
    opened(unit, alert_of(escalated), actor=alice)
    held, found = segment(unit), segment(unit)
    evidence_id = models.EventFile.objects.get(pk=held).evidence_id
    assurance.hold_evidence(evidence_id, reason="A court asked.", actor=alice, now=NOON)
    finding(organisation, event_file_subject(found))
    handed_in = commands.receive_event_file(
        stored(b"by hand"), name="x", media_type="", unit_id=unit, actor=alice, now=OLD
    ).event_file_id
    figures = queries.held_segments(SOURCE, after_days=DAYS, now=NOON)
    assert (figures.segments, figures.kept, figures.due, figures.due_bytes) == (10 - 1, 4, 3, 48)
    assert (figures.oldest_at, figures.next_at) == (OLD, NOON + timedelta(days=1))
    expire()
    assert left() == {young, unread, fresh, escalated, held, found, handed_in}
    assert not left() & {plain, refused, dismissed}
    after = queries.held_segments(SOURCE, after_days=DAYS, now=NOON)
    assert (after.segments, after.kept, after.due, after.is_more_due) == (6, 4, 0, False)
    expire()
    assert len(left()) == 7


def finding(organisation: CastOrganisation, subject: str) -> None:
    Finding.objects.create(
        number=uuid4().hex[:30], unique_key=subject, unit_id=organisation.root, origin="audit", severity="major",
        severity_rank=1, subject=subject, title="x", raised_at=NOON, raised_by="Alice", changed_at=NOON,
    )  # fmt: skip


def test_what_went_is_in_the_ledger_and_the_evidence_of_it_still_verifies(
    organisation: CastOrganisation, alice: Actor, ledger_tail: Callable[[], list[str]], client_of: Any
) -> None:
    unit = organisation.operations
    first, second = segment(unit, "Seen"), segment(unit, at=OLD + timedelta(minutes=1))
    commands.dismiss(refs(alert_of(first)), dismissal=Dismissal.BENIGN, note="ours", actor=alice, now=OLD)
    before = len(ledger_tail())
    expire()
    assert ledger_tail()[before:] == ["assurance.evidence_removed", "incidents.segments_removed"]
    custody.seal_all(now=NOON)
    told = {fact.name: str(fact.value) for fact in ledger.history(event_file_subject(second))[0].facts}
    assert (told["segments"], told["events"], told["after_days"], told["size_bytes"]) == ("2", "1", "365", "32")
    row = models.EventFile.objects.get(pk=first)
    removal = ledger.history(evidence_subject(row.evidence_id))[0]
    assert removal.kind == "assurance.evidence_removed"
    facts = {fact.name: str(fact.value) for fact in removal.facts}
    assert row.sha256 in facts["sha256"]
    assert (facts["rule"], facts["about"]) == (expiring.RULE, f"intake.log_source:{SOURCE}")
    assert {each.kind for each in ledger.history(f"intake.log_source:{SOURCE}")} == {
        "assurance.evidence_removed",
        "incidents.segments_removed",
    }
    subjects = (event_file_subject(first), event_file_subject(second))
    bundle = assurance.issue_bundle(subjects=subjects, title="Streams", unit_id=unit, actor=alice, now=NOON)
    assert bundle.documents == 0
    verify_bundle(evidence.store().path(bundle.sha256), fingerprint=keys.fingerprint()).must_hold()
    ledger.verify(verifier=keys.verifier(), kept=keys.kept_checkpoints())
    page = client_of(alice).get(f"/events/{first}/").content.decode()
    assert "A retention of 365 days removed the raw segment" in page
    assert client_of(alice).get(f"/alerts/{alert_of(first).pk}/").status_code == 200


def test_who_asks_for_what_is_gone_is_told_so(organisation: CastOrganisation, alice: Actor, client_of: Any) -> None:
    file = segment(organisation.operations, state=EventFileState.REFUSED)
    row = models.EventFile.objects.get(pk=file)
    expire()
    client: Client = client_of(alice)
    for address in (f"/evidence/{row.evidence_id}/download/", f"/api/evidence/{row.evidence_id}/content"):
        answer = client.get(address)
        assert (answer.status_code, "removed on 2026-03-02 by a retention of 365 days" in answer.content.decode()) == (
            410,
            True,
        )
    page = client.get(f"/evidence/{row.evidence_id}/").content.decode()
    assert ("Its bytes were removed" in page, "Download" in page, "Hold it" in page) == (True, False, False)
    told = client.get(f"/api/evidence/{row.evidence_id}").json()
    assert (told["removed_after_days"], told["removed_at"][:10]) == (365, "2026-03-02")
    assert "Removed" in client.get("/evidence/").content.decode()
    with pytest.raises(EvidenceGone):
        queries.event_file_to_read(EventFileId(file))
    with pytest.raises(WrongState, match="were removed on 2026-03-02 by a retention of 365 days"):
        commands.read_again(EventFileId(file), actor=alice, now=NOON)
    with pytest.raises(EvidenceGone):
        assurance.hold_evidence(row.evidence_id, reason="late", actor=alice, now=NOON)


def test_evidence_is_held_and_released_by_those_who_manage_it(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, dora: Actor, client_of: Any
) -> None:
    file = segment(organisation.operations)
    held = models.EventFile.objects.get(pk=file).evidence_id
    for actor, error in ((charlie, NotFound), (dora, Forbidden)):
        with pytest.raises(error):
            assurance.hold_evidence(held, reason="x", actor=actor, now=NOON)
    with pytest.raises(ReasonMissing):
        assurance.hold_evidence(held, reason=" ", actor=alice, now=NOON)
    with pytest.raises(BadInput, match="at most 2000"):
        assurance.hold_evidence(held, reason="x" * 2_001, actor=alice, now=NOON)
    with pytest.raises(NotHeld):
        assurance.release_evidence(held, reason="x", actor=alice, now=NOON)
    client: Client = client_of(alice)
    assert client.post(f"/evidence/{held}/hold/", {"reason": ""}).status_code == 422
    assert client.post(f"/evidence/{held}/hold/", {"reason": "A court asked."}).status_code == 302
    page = client.get(f"/evidence/{held}/").content.decode()
    assert ("A court asked." in page, "Release it" in page) == (True, True)
    with pytest.raises(HeldAlready, match="Alice Amsel holds"):
        assurance.hold_evidence(held, reason="x", actor=alice, now=NOON)
    expire()
    assert left() == {file}
    assert client.post(f"/evidence/{held}/release/", {"reason": "It was decided."}).status_code == 302
    answer = client.put(f"/api/evidence/{held}/hold", {"reason": "Again."}, content_type="application/json")
    assert (answer.status_code, answer.json()["hold_reason"]) == (200, "Again.")
    answer = client.post(f"/api/evidence/{held}/release", {"reason": "Over."}, content_type="application/json")
    assert (answer.status_code, answer.json()["held_at"]) == (200, None)
    expire()
    assert left() == set()


def test_bytes_that_something_else_refers_to_stay(organisation: CastOrganisation, alice: Actor) -> None:
    file = segment(organisation.operations)
    row = models.EventFile.objects.get(pk=file)
    content = evidence.store().path(row.sha256).read_bytes()
    other = commands.receive_event_file(
        stored(content), name="same", media_type="", unit_id=organisation.sales, actor=alice, now=NOON
    )
    os.utime(evidence.store().path(row.sha256), (OLD.timestamp(), OLD.timestamp()))
    expire()
    assert queries.event_file_to_read(other.event_file_id).path.read_bytes() == content
    with pytest.raises(EvidenceGone):
        evidence.evidence_path(row.evidence_id)


def test_steps_are_bounded_and_what_a_kill_left_goes_with_the_next_sweep(
    organisation: CastOrganisation, monkeypatch: pytest.MonkeyPatch, ledger_tail: Callable[[], list[str]]
) -> None:
    for minute in range(5):
        segment(organisation.operations, at=OLD + timedelta(minutes=minute))
    held = models.EventFile.objects.order_by("received_at").first()
    assert held is not None
    Evidence.objects.filter(pk=held.evidence_id).update(held_at=NOON, held_by="Alice")
    monkeypatch.setattr(expiring, "MOST_REMOVED_AT_ONCE", 2)
    before = len(ledger_tail())
    expire()
    assert ledger_tail()[before:].count("incidents.segments_removed") == 3
    assert left() == {held.pk}
    with pytest.raises(ValueError, match="at most 100"):
        assurance.remove_evidence([uuid4()] * 101, about="", rule="x", after_days=1, actor=system_actor(), now=NOON)
    # A worker that was killed behind its commit leaves bytes that nothing refers to.
    last = segment(organisation.operations)
    row = models.EventFile.objects.get(pk=last)
    assurance.remove_evidence([row.evidence_id], about="", rule="x", after_days=1, actor=system_actor(), now=NOON)
    assert evidence.store().exists(row.sha256)
    assurance.sweep_orphans(now=NOON)
    assert not evidence.store().exists(row.sha256)


def test_what_correlations_may_still_read_stays(organisation: CastOrganisation) -> None:
    file = segment(organisation.operations)
    memory = models.CorrelationMemory.objects.create(
        unit_id=organisation.operations, waiting=1, closed_at=OLD, changed_at=OLD
    )
    expire()
    assert left() == {file}
    memory.closed_at = None
    memory.save()
    expire()
    assert left() == {file}
    memory.closed_at = OLD + timedelta(hours=1)
    memory.save()
    expire()
    assert left() == set()


def test_the_retention_of_raw_segments_stands_beside_that_of_events(
    organisation: CastOrganisation, alice: Actor, client_of: Any
) -> None:
    file = segment(organisation.operations, at=NOON - timedelta(days=40))
    expire()
    assert left() == {file}
    client: Client = client_of(alice)
    headers = {"If-Match": '"v1"'}
    answer = client.put("/api/events/retention", {"days": 90}, content_type="application/json", headers=headers)
    assert (answer.json()["days"], answer.json()["segment_days"]) == (90, 365)
    form = {"days": "90", "segment_days": "30", "version": "2"}
    assert client.post("/hunting/kept/retention/", form).status_code == 302
    assert "30 days" in client.get("/hunting/kept/").content.decode()
    expire()
    assert left() == set()
    assert events.change_retention.__name__ == "change_retention"


def test_what_is_held_costs_the_same_statements_for_one_and_for_fifty(organisation: CastOrganisation) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            queries.held_segments(SOURCE, after_days=DAYS, now=NOON)
        return len(asked)

    segment(organisation.operations, "Seen")
    segment(organisation.operations)
    one = cost()
    rows = list(models.EventFile.objects.all())
    models.EventFile.objects.bulk_create(
        models.EventFile(
            unit_id=row.unit_id, name="x", sha256=row.sha256, size_bytes=1, evidence_id=uuid4(), state=row.state,
            received_at=OLD, log_source_id=SOURCE, segment_id=uuid4(),
        )
        for row in rows for _ in range(25)
    )  # fmt: skip
    assert cost() == one <= 9
    assert AlertState.NEW in queries.segments.OPEN
