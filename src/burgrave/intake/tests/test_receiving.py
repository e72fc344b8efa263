"""Batches over HTTP: acknowledged ones stand once, and whoever may not send gets nowhere."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.test import Client, RequestFactory
from django.utils import timezone

from burgrave.engines.standing import Result
from burgrave.incidents import queries as incidents
from burgrave.incidents.models import EventFile
from burgrave.incidents.terms import EventFileState, FileFilter
from burgrave.intake import commands, models, queries
from burgrave.intake.rules import bodies
from burgrave.intake.terms import LogSourceId, SourceKind, SourceState
from burgrave.intake.tests.house import LATER, Send, facts_of, read_all, taken
from burgrave.intake.views import receiving
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_batches_are_acknowledged_become_one_file_and_are_read(send: Send, source: LogSourceId, alice: Actor) -> None:
    first = send(b'{"message": "one"}')
    assert (first.status_code, first.json()["was_known"], first.json()["size_bytes"]) == (202, False, 19)
    assert send(gzip.compress(b'{"message": "two"}\n')).status_code == 202
    assert send(b' [ {"message":\n "three"}, {"a": [1]} ]\n').status_code == 202
    assert send(b"[10:00] a line of text").status_code == 202
    json_file, text_file = sorted(taken(), key=len, reverse=True)
    assert json_file == b'{"message": "one"}\n{"message": "two"}\n{"message":  "three"}\n{"a": [1]}\n'
    assert text_file == b"[10:00] a line of text\n"
    read_all()
    rows = EventFile.objects.all()
    assert {row.state for row in rows} == {EventFileState.READ}
    assert sum(row.events for row in rows) == 5
    seen = queries.log_source(source, actor=alice, now=timezone.now())
    assert (seen.row.events_day, seen.row.events_week) == (5, 5)
    assert seen.row.last_heard_at is not None
    assert models.SourceToken.objects.get().last_used_at is not None
    assert incidents.event_files(FileFilter(), actor=alice).total == 0
    assert incidents.event_files(FileFilter(streams=True), actor=alice).total == 2


def test_a_batch_that_is_sent_again_under_its_key_stands_once_at_any_time(send: Send, source: LogSourceId) -> None:
    for _ in range(2):
        assert send(b'{"a": 1}', key="k").status_code == 202
    assert taken() == [b'{"a": 1}\n']
    assert send(b'{"a": 1}', key="k").json()["was_known"] is True
    send(b'{"a": 1}', key="other")
    read_all()
    assert sorted(taken()) == [b'{"a": 1}\n', b'{"a": 1}\n']
    figures = queries.stream_figures(source, now=timezone.now())
    assert (figures.batches, figures.repeated) == (2, 1)
    assert commands.prune_spool_marks(now=timezone.now() + 9 * DAY) == 2
    assert commands.prune_spool_marks(now=timezone.now() + 40 * DAY) == 2


def test_a_segment_of_nothing_but_repetitions_makes_no_file(send: Send) -> None:
    send(b'{"a": 1}', key="k")
    taken()
    models.BatchKey.objects.update(taken_in_at=timezone.now())
    key = models.BatchKey.objects.get()
    key.delete()
    send(b'{"a": 2}', key="k")
    key.save(force_insert=True)
    read_all()
    assert len(taken()) == 1
    assert models.Segment.objects.count() == 2


def test_a_segment_that_was_kept_but_not_yet_deleted_is_not_taken_in_again(
    send: Send, source: LogSourceId, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(b'{"a": 1}')
    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.unlink", lambda _path, missing_ok=False: None)
        assert commands.take_in(now=timezone.now() + LATER) == 1
    read_all()
    assert commands.take_in(now=timezone.now() + LATER) == 0
    assert EventFile.objects.count() == 1
    assert queries.room_of(source).waiting_bytes == 0


def test_the_next_file_waits_for_the_one_before_it(send: Send) -> None:
    send(b'{"a": 1}')
    assert len(taken()) == 1
    send(b'{"a": 2}')
    assert len(taken()) == 1
    send(b'{"a": 3}')
    read_all()
    assert taken()[1:] == [b'{"a": 2}\n{"a": 3}\n']


def test_what_belongs_to_no_source_stays_where_it_is(send: Send, source: LogSourceId) -> None:
    send(b'{"a": 1}')
    models.LogSource.objects.all().delete()
    (django_settings.BURGRAVE_SPOOL / "no identifier").mkdir()
    assert commands.take_in(now=timezone.now() + LATER) == 0
    assert queries.room_of(source).waiting_bytes > 0


def test_whoever_may_not_send_gets_the_same_answer_whatever_is_wrong(
    send: Send, source: LogSourceId, token: str, organisation: CastOrganisation, alice: Actor
) -> None:
    answers = {send(b"{}", with_token=wrong).content for wrong in ("", "bgi_x", token[:-1])}
    assert len(answers) == 1
    answer = send(b"{}", to=uuid4())
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="burgrave intake"')
    assert Client().post(f"/intake/{source}/", b"{}", content_type="text/plain").status_code == 401
    assert Client().get(f"/intake/{source}/").status_code == 405
    models.SourceToken.objects.update(expires_at=timezone.now())
    assert send(b"{}").status_code == 401
    assert taken() == []


def test_a_paused_source_takes_nothing_in(send: Send, source: LogSourceId, alice: Actor) -> None:
    commands.move_log_source(source, SourceState.PAUSED, reason="", version=1, actor=alice, now=timezone.now())
    assert (send(b"{}").status_code, taken()) == (409, [])


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (b" \n", {}, 422, "holds nothing"),
        (b"a\0b", {}, 422, "NUL bytes"),
        (b"[{]", {}, 422, "is none: at character 1"),
        (b'[{"a": 1} {"b": 2}]', {}, 422, "is none"),
        (b'[{"a": 1}] x', {}, 422, "is none"),
        (b"[{" + b'"a":{' * 5_000, {}, 422, "is none"),
        (b"\x1f\x8bxxxxxxxxxxxxxxxx", {}, 422, "damaged gzip"),
        (gzip.compress(b"x" * 100, mtime=0)[:-5], {}, 422, "ends before"),
        (b"{}", {"Content-Encoding": "br"}, 422, "not known here"),
        (b"{}", {"Content-Length": "x"}, 422, "no Content-Length"),
        (b"{}", {"Content-Length": "99999999"}, 413, "at most 8,388,608 bytes"),
        (b"{}", {"Idempotency-Key": "a b"}, 422, "printable ASCII"),
    ],
    ids=[
        "blank",
        "NUL",
        "no object",
        "no comma",
        "more behind",
        "too deep",
        "no gzip",
        "cut gzip",
        "brotli",
        "no length",
        "too long",
        "odd key",
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason(
    send: Send, body: bytes, headers: dict[str, str], status: int, words: str
) -> None:
    answer = send(body, **headers)
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.content
    assert taken() == []


def test_a_body_that_was_cut_off_on_its_way_is_refused() -> None:
    request = RequestFactory().post("/", b"{}", content_type="text/plain")
    request.META["CONTENT_LENGTH"] = "9"
    with pytest.raises(BadInput, match="cut off"):
        receiving._body(request)


def test_gzip_that_explodes_is_refused(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_UNPACKED_BYTES", 1_000)
    assert send(gzip.compress(b"x" * 5_000)).status_code == 413
    assert send(gzip.compress(b"x" * 600) + gzip.compress(b"y" * 600)).status_code == 413
    assert send(gzip.compress(b"x" * 400) + gzip.compress(b"y" * 400)).status_code == 202


def test_a_list_of_nothing_and_brackets_that_are_no_utf8_are_taken_as_they_are(send: Send) -> None:
    assert send(b"[]").status_code == 202
    assert send(b"[\xff] odd").status_code == 202
    assert taken() == [b"[\xff] odd\n"]


def test_a_sender_is_asked_for_patience_and_the_page_says_so(
    send: Send, settings: Any, source: LogSourceId, alice: Actor, client_of: Callable[[Actor], Client]
) -> None:
    settings.BURGRAVE_SPOOL_BYTES = 60
    assert send(b'{"a": "' + b"x" * 40 + b'"}').status_code == 202
    answer = send(b'{"a": 1}')
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    page = client_of(alice).get(f"/log-sources/{source}/").content.decode()
    assert "asked for patience" in page
    taken()
    assert send(b'{"a": 1}').status_code == 202
    settings.BURGRAVE_SPOOL_FREE_BYTES = 10**18
    answer = send(b'{"a": 1}')
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    found = queries.refused_of(source, now=timezone.now())
    assert (found.disk, found.waiting) == (1, 1)
    page = client_of(alice).get(f"/log-sources/{source}/").content.decode()
    assert "1 batch within 7 days could not be put on disk" in page
    told = client_of(alice).get(f"/api/log-sources/{source}/stream").json()
    assert (told["is_full"], told["refused"]["disk"], told["week"]["segments"]) == (True, 1, 1)
    assert (told["raw"]["segments"], told["raw"]["after_days"], told["consumer"]) == (1, 365, None)
    now = timezone.now()
    assert queries.refused_of(source, now=now + 7 * DAY).disk == 0
    health = queries.spool_health(now=now)
    assert (health.is_full, health.disk, health.waiting, health.log_sources) == (True, 1, 1, 1)
    assert queries.spool_health(now=now + 2 * DAY).log_sources == 0
    outcome = queries.source_silence(now)
    assert outcome.figures["Batches refused for want of room on disk, in 24 hours"] == 1
    assert outcome.result is Result.FAILED


def test_late_and_early_events_of_a_stream_are_counted(send: Send) -> None:
    now = timezone.now()
    for hours in (0, -3, 2):
        send(json.dumps({"@timestamp": (now + timedelta(hours=hours)).isoformat(), "message": "x"}).encode())
    taken()
    read_all()
    row = EventFile.objects.get()
    assert (row.events, row.late, row.early) == (3, 1, 1)


def test_what_the_listener_hears_goes_the_same_way_and_its_losses_are_counted(
    send: Send, organisation: CastOrganisation, alice: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        facts = facts_of(
            "Border",
            organisation.operations,
            kind=SourceKind.SYSLOG,
            place="udp://127.0.0.1:5514",
            senders="10.0.0.0/8",
        )
        border = commands.add_log_source(facts, actor=alice, now=timezone.now())
    assert commands.listening_mark().exists()
    commands.listening_mark().unlink()
    files = facts_of("Files", organisation.operations, kind=SourceKind.FOLDER, place="/var/log/app/*.log")
    followed = commands.add_log_source(files, actor=alice, now=timezone.now())
    commands.mark_listening()
    assert commands.listening_mark().exists()
    listened = {each.log_source_id: each for each in queries.listened_sources()}
    assert str(listened[border].address) == "udp://127.0.0.1:5514"
    journal = facts_of("J", organisation.operations, kind=SourceKind.JOURNAL, place="PRIORITY=3")
    of_journal = commands.add_log_source(journal, actor=alice, now=timezone.now())
    assert {each.log_source_id: each.matches for each in queries.listened_sources()}[of_journal] == ("PRIORITY=3",)
    assert listened[followed].files == ("/var/log/app", "*.log")
    now, soon = timezone.now(), timedelta(seconds=2)
    commands.spool_syslog(border, b"<13>a\n{b}\n", close_after=soon, dropped=3, cut=1, now=now)
    for _ in range(2):
        commands.spool_file(followed, b'{"a": "\0"}', close_after=soon, key_sha256=b"k" * 32, cut=0, now=now)
    assert sorted(taken()) == [b"<13>a\n{b}\n", b'{"a": " "}\n']
    figures = queries.stream_figures(border, now=now)
    assert (figures.dropped, figures.cut) == (3, 1)
