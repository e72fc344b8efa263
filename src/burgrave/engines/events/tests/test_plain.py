"""Text in no known format is kept line by line where the caller says so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from burgrave.engines.events import Event, LogSource, NotAnEventFile, UnknownText, read_events

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_lines_of_no_known_format_are_kept_where_the_caller_says_so(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_text("gate 7 opened\n\ngate 7 closed\n")
    source = LogSource(product="gatekeeper")
    found = list(read_events(file, received_at=AT, log_source=source, unknown=UnknownText.KEEP))
    assert [(each.fields, each.at, each.log_source) for each in found if isinstance(each, Event)] == [
        ({"message": "gate 7 opened"}, AT, source),
        ({"message": "gate 7 closed"}, AT, source),
    ]
    with pytest.raises(NotAnEventFile):
        list(read_events(file))


def test_a_strange_line_of_a_system_log_is_kept_too(tmp_path: Path) -> None:
    file = tmp_path / "b.log"
    file.write_text("<13>Mar  2 11:00:00 ws-7 sshd[1]: hello\n<13>Mar  2 11:00:01 ws-7 sshd[1]: more\nstrange\n")
    kept = list(read_events(file, received_at=AT, unknown=UnknownText.KEEP))
    assert [isinstance(each, Event) for each in kept] == [True, True, True]
    assert [isinstance(each, Event) for each in read_events(file, received_at=AT)] == [True, True, False]


def test_bytes_that_are_no_text_are_refused_all_the_same(tmp_path: Path) -> None:
    for name, content in (("c.bin", b"a\x00b\n" * 9), ("d.bin", bytes(range(1, 32)) * 9)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(NotAnEventFile):
            list(read_events(tmp_path / name, received_at=AT, unknown=UnknownText.KEEP))


def test_lines_that_begin_with_a_bracket_are_no_json_list(tmp_path: Path) -> None:
    file = tmp_path / "e.log"
    file.write_text("[10:00] opened\n[10:01] closed\n")
    kept = list(read_events(file, received_at=AT, unknown=UnknownText.KEEP))
    assert [each.fields["message"] for each in kept if isinstance(each, Event)] == ["[10:00] opened", "[10:01] closed"]
