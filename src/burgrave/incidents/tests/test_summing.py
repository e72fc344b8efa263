"""Long after its raw bytes, the row of a segment goes too; what an auditor asks of it is still answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from burgrave.assurance import commands as assurance
from burgrave.assurance.models import Evidence
from burgrave.custody import commands as custody
from burgrave.custody import queries as keys
from burgrave.events import models as events
from burgrave.incidents import commands, models, queries
from burgrave.incidents.commands import summing
from burgrave.incidents.terms import Dismissal, event_file_subject, log_source_subject
from burgrave.ledger import queries as ledger
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor, system_actor

from .house import NOON, refs
from .test_expiring import DAYS, OLD, SOURCE, _commits, alert_of, expire, finding, segment

__all__ = ["_commits"]  # what is done behind a commit is done here too
LATER = NOON + timedelta(days=91)


def there() -> set[UUID]:
    return set(models.EventFile.objects.values_list("pk", flat=True))


def counted() -> list[tuple[str, int, int]]:
    rows = models.SegmentDay.objects.order_by("day").values_list("day", "segments", "size_bytes")
    return [(str(day), segments, size) for day, segments, size in rows]


def chained(before: str, digests: list[str]) -> str:
    return sha256("".join(f"{line}\n" for line in (before, *sorted(digests))).encode()).hexdigest()


def test_what_nothing_names_becomes_counts_of_its_day(organisation: CastOrganisation, alice: Actor) -> None:
    unit = organisation.operations
    plain = [segment(unit, at=OLD + timedelta(minutes=minute)) for minute in range(3)]
    next_day = segment(unit, at=OLD + timedelta(days=1))
    alerted, found, heard, unreadable = segment(unit, "Seen"), segment(unit), segment(unit), segment(unit)
    commands.dismiss(refs(alert_of(alerted)), dismissal=Dismissal.BENIGN, note="ours", actor=alice, now=OLD)
    young = segment(unit, at=NOON - timedelta(days=10))
    models.EventFile.objects.filter(pk=unreadable).update(unreadable=1)
    kind = events.Kind.objects.create(channel="x", table="x")
    events.Heard.objects.create(event_file_id=heard, unit_id=unit, kind=kind, kept_on=NOON.date(), events=1)
    digests = dict(models.EventFile.objects.values_list("pk", "sha256"))
    expire()
    every = {*plain, next_day, alerted, found, heard, unreadable, young}
    finding(organisation, event_file_subject(found))
    expire(now=LATER - timedelta(days=2))
    assert (there(), counted()) == (every, [])
    expire(now=LATER)
    assert there() == every - {*plain, next_day, unreadable}
    assert counted() == [(str(OLD.date()), 4, 64), (str((OLD + timedelta(days=1)).date()), 1, 16)]
    first = models.SegmentDay.objects.earliest("day")
    assert first.sha256 == chained("", [digests[key] for key in (*plain, unreadable)])
    assert first.unreadable == 1

    events.Heard.objects.all().delete()
    expire(now=LATER + timedelta(days=1))
    assert there() == every - {*plain, next_day, unreadable, heard}
    before, first = first.sha256, models.SegmentDay.objects.earliest("day")
    assert (first.segments, first.sha256) == (5, chained(before, [digests[heard]]))
    figures = queries.held_segments(SOURCE, after_days=DAYS, now=LATER)
    assert (figures.summed, figures.summed_days) == (6, 2)


def test_the_ledger_has_each_step_and_each_digest(
    organisation: CastOrganisation, ledger_tail: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summing, "MOST_SUMMED_AT_ONCE", 2)
    files = [segment(organisation.operations, at=OLD + timedelta(minutes=minute)) for minute in range(5)]
    expire()
    before = len(ledger_tail())
    expire(now=LATER)
    assert ledger_tail()[before:] == ["incidents.segments_summed", "assurance.evidence_forgotten"] * 3
    custody.seal_all(now=LATER)
    ledger.verify(verifier=keys.verifier(), kept=keys.kept_checkpoints())
    digest = ""
    for some in (files[:2], files[2:4], files[4:]):
        record = ledger.history(event_file_subject(some[0]))[0]
        facts = {fact.name: str(fact.value) for fact in record.facts}
        assert (record.kind, facts["segments"], facts["was_sha256"]) == (
            "incidents.segments_summed",
            str(len(some)),
            digest,
        )
        received = [ledger.history(event_file_subject(key))[-1] for key in some]
        digests = [str(fact.value) for each in received for fact in each.facts if fact.name == "sha256"]
        digest = chained(digest, digests)
        assert facts["sha256"] == digest
    assert models.SegmentDay.objects.get().sha256 == digest
    assert Evidence.objects.count() == 0
    kept = models.EventFile.objects.filter(pk__in=files)
    assert not kept.exists()
    forgotten = [each for each in ledger.history(log_source_subject(SOURCE)) if each.kind.endswith("_forgotten")]
    assert sum(len(each.subjects) for each in forgotten) == 5 + 3


def test_rows_of_evidence_that_is_there_or_held_are_not_forgotten(
    organisation: CastOrganisation, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    there_still, held, gone = (segment(organisation.operations) for _ in range(3))
    keys_of = dict(models.EventFile.objects.values_list("pk", "evidence_id"))
    Evidence.objects.exclude(pk=keys_of[there_still]).update(removed_at=NOON, removed_after_days=DAYS)
    Evidence.objects.filter(pk=keys_of[held]).update(held_at=NOON)
    before = len(ledger_tail())
    wanted = tuple(keys_of.values())
    assert assurance.forget_evidence(wanted, about="", actor=system_actor(), now=LATER) == (keys_of[gone],)
    assert assurance.forget_evidence(wanted, about="", actor=system_actor(), now=LATER) == ()
    assert ledger_tail()[before:] == ["assurance.evidence_forgotten"]
    with pytest.raises(ValueError, match="at most 500 rows of evidence go at once, got 501"):
        assurance.forget_evidence([keys_of[held]] * 501, about="", actor=system_actor(), now=LATER)


def test_what_a_stream_leaves_is_bounded_by_its_days(organisation: CastOrganisation) -> None:
    def rows() -> list[int]:
        tables = (models.EventFile, models.UnreadableRecord, models.SegmentDay, Evidence)
        return [table._default_manager.count() for table in tables]

    for hour in range(24):
        key = segment(organisation.operations, at=OLD.replace(hour=hour))
        models.EventFile.objects.filter(pk=key).update(unreadable=1)
        models.UnreadableRecord.objects.create(event_file_id=key, ordinal=0, position="1", reason="x", excerpt=b"x")
    assert rows() == [24, 24, 0, 24]
    expire()
    expire(now=LATER)
    assert rows() == [0, 0, 1, 0]


def test_segments_of_two_units_and_without_a_source_are_kept_apart(organisation: CastOrganisation) -> None:
    segment(organisation.operations)
    segment(organisation.sales)
    lone = segment(organisation.sales)
    models.EventFile.objects.filter(pk=lone).update(log_source_id=None)
    expire()
    expire(now=LATER)
    assert there() == {lone}
    rows = models.SegmentDay.objects.values_list("unit_id", "segments")
    assert dict(rows) == {organisation.operations: 1, organisation.sales: 1}


def test_a_step_costs_the_same_statements_for_few_and_for_many(organisation: CastOrganisation) -> None:
    def cost(count: int) -> int:
        for minute in range(count):
            segment(organisation.operations, at=OLD + timedelta(minutes=minute))
        models.EventFile.objects.update(raw_removed_at=NOON, raw_removed_after_days=DAYS)
        with CaptureQueriesContext(connection) as asked:
            done, _ = commands.sum_segments(SOURCE, actor=system_actor(), now=LATER)
        assert done == count
        return len(asked)

    cost(1)
    assert cost(2) == cost(20)
