"""Tables as CSV become events by a mapping, row by row, and nothing is left out in silence."""

from __future__ import annotations

import codecs
import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.engines.events import (
    Event,
    Limits,
    LogSource,
    NotAnEventFile,
    UnknownTable,
    UnknownText,
    Unreadable,
    read_events,
)
from burgrave.engines.events.tables import (
    ENCODINGS,
    EXAMPLE_BYTES,
    NO_TABLES,
    TRIED_ROWS,
    BadFormat,
    BadMapping,
    BadTable,
    Clock,
    NoExample,
    TableMapping,
    Tables,
    as_plain,
    first_rows,
    from_plain,
    head_of,
    mapping_of,
    reader_of,
    sample_cell,
    stream_head,
    suggested,
    tried,
    written,
)
from burgrave.engines.events.tables.rows import MOST_TRIES, Cells, rows_of

HEADER = ("Time", "Process", "Args", "Host")
PROCESSES = TableMapping(
    name="Processes",
    header=HEADER,
    fields={"Process": "Image", "Args": "CommandLine", "Host": "Computer", "Time": ""},
    clock=Clock(columns=("Time",), form="%d/%m/%Y %H:%M:%S", zone="Europe/Berlin"),
    log_source=LogSource("windows", "process_creation"),
)
ROW = r"01/11/2026 10:00:00,C:\Windows\whoami.exe,whoami /all,PC-1"


def read(path: Path, content: str | bytes, *, tables: Tables, **more: Any) -> list[Event | Unreadable]:
    file = path / "x.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_events(file, tables=tables, **more))


def known(*mappings: TableMapping, **more: Any) -> Tables:
    return Tables(known=mappings or (PROCESSES,), **more)


def test_a_row_is_an_event_under_the_names_of_its_mapping(tmp_path: Path) -> None:
    (event,) = read(tmp_path, ",".join(HEADER) + "\n" + ROW, tables=known())
    assert isinstance(event, Event)
    assert event.at == datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert event.fields == {"Image": r"C:\Windows\whoami.exe", "CommandLine": "whoami /all", "Computer": "PC-1"}
    assert (event.computer, event.record_id, event.log_source.category) == ("PC-1", "2", "process_creation")
    assert json.loads(event.raw) == dict(zip(HEADER, ROW.split(","), strict=True))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
@pytest.mark.parametrize("encoding", [*ENCODINGS[:4], "utf-8-sig", "utf-16"])
def test_every_encoding_and_delimiter_is_found_out(tmp_path: Path, encoding: str, delimiter: str) -> None:
    mapping = TableMapping(header=("时间", "用户"), clock=Clock(columns=("时间",)))
    text = f"时间{delimiter}用户\r\n2026-11-01T00:00:00Z{delimiter}赵\r\n"
    (event,) = read(tmp_path, text.encode(encoding), tables=known(mapping))
    assert isinstance(event, Event)
    assert (event.fields["用户"], event.at) == ("赵", datetime(2026, 11, 1, tzinfo=UTC))


def test_a_table_is_known_by_its_column_names_in_any_order_and_case(tmp_path: Path) -> None:
    (event,) = read(tmp_path, "HOST,time,process,args\nPC-1,01/11/2026 10:00:00,a.exe,b\n", tables=known())
    assert isinstance(event, Event)
    assert event.fields == {"Computer": "PC-1", "Image": "a.exe", "CommandLine": "b"}


def test_of_two_mappings_the_first_that_fits_is_taken(tmp_path: Path) -> None:
    other = replace(PROCESSES, log_source=LogSource("linux"))
    (event,) = read(tmp_path, ",".join(HEADER) + "\n" + ROW, tables=known(other, PROCESSES))
    assert isinstance(event, Event)
    assert event.log_source == LogSource("linux")


def test_quoted_cells_hold_newlines_delimiters_and_quotes(tmp_path: Path) -> None:
    text = 'Time,Process,Args,Host\n01/11/2026 10:00:00,"a,b","say ""x""\nand\n\nmore",PC\n' + ROW
    first, second = read(tmp_path, text, tables=known())
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert (first.fields["Image"], first.fields["CommandLine"]) == ("a,b", 'say "x"\nand\n\nmore')
    assert second.record_id == "6"


def test_what_is_wrong_with_a_row_costs_that_row_and_is_kept(tmp_path: Path) -> None:
    rows = (
        "x",  # too few
        "a,b,c,d,e",  # too many
        "01/11/2026 10:00:00,a,b,c,,",  # empty ones too many are none
        "soon,a,b,PC-9",  # no time
        '01/11/2026 10:00:00,a,"b,c',  # a quote that is never closed
        '01/11/2026 10:00:00,a,"b"c,d',  # one that is closed too early
        "",
        ROW,
    )
    found = read(tmp_path, "\n".join((",".join(HEADER), *rows)), tables=known())
    assert [(each.position, each.reason.split(":")[0]) for each in found if isinstance(each, Unreadable)] == [
        ("line 2", "the row has 1 cells, its table 4 columns"),
        ("line 3", "the row has 5 cells, its table 4 columns"),
        ("line 5", "column Time"),
        ("line 6", "a quote is opened and not closed"),
        ("line 7", "it is no CSV"),
    ]
    events = [each for each in found if isinstance(each, Event)]
    assert [(each.record_id, each.at is None) for each in events] == [("4", False), ("5", True), ("9", False)]


def test_a_line_beyond_the_limit_is_counted_and_left(tmp_path: Path) -> None:
    text = ",".join(HEADER) + "\n" + ROW + "\n" + "x" * 500 + "\n" + '1,2,"' + "y\n" * 300 + "\n" + ROW
    found = read(tmp_path, text, tables=known(), limits=Limits(line_bytes=200))
    assert [each.record_id for each in found if isinstance(each, Event)] == ["2", "305"]
    reasons = [each.reason for each in found if isinstance(each, Unreadable)]
    assert reasons[:2] == ["the line has more than 200 bytes", "a quote is opened and not closed"]
    assert len(found) == 2 + 2 + 299


def test_a_quote_is_tried_a_bounded_number_of_times() -> None:
    lines = ((number, b'x"y,"abc' if number == 1 else b'""', False) for number in range(1, 200))
    rows = list(rows_of(lines, codec="utf-8", delimiter=",", longest=10**6))
    assert (rows[0].line, len(rows)) == (1, 199)
    assert MOST_TRIES < 199


@settings(max_examples=150)
@given(st.lists(st.lists(st.text(max_size=12), min_size=2, max_size=4), min_size=1, max_size=6))
def test_what_the_csv_writer_wrote_is_read_back(table: list[list[str]]) -> None:
    clean = [[cell.replace("\0", "").replace("\r", "") for cell in row] for row in table]
    clean = [[each.encode("utf-8", "replace").decode() for each in row] for row in clean]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(clean)
    lines = ((number, line.encode(), False) for number, line in enumerate(out.getvalue().split("\n"), start=1))
    rows = list(rows_of(lines, codec="utf-8", delimiter=",", longest=10**6))
    assert [row.cells for row in rows if isinstance(row, Cells)] == clean


@settings(max_examples=150)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    stream = TableMapping(header=("a", "b"), clock=Clock(columns=("a",)))
    folder = tmp_path_factory.mktemp("fuzz")
    try:
        found = read(folder, b"a,b\n1,2\n" + content, tables=known(stream))
    except NotAnEventFile:
        return
    assert isinstance(found[0], Event | Unreadable)


def test_a_stream_has_rows_with_and_without_column_names(tmp_path: Path) -> None:
    tables = Tables(stream=PROCESSES)
    other = "Host,Args,Process,Time\nPC-2,b,c.exe,01/11/2026 10:00:00"
    found = read(tmp_path, f"{ROW}\n{','.join(HEADER)}\n{ROW}\n{other}\n", tables=tables)
    assert [each.computer for each in found if isinstance(each, Event)] == ["PC-1", "PC-1", "PC-2"]
    assert len(found) == 3
    (event,) = read(tmp_path, '{"a": 1}\n', tables=tables)
    assert isinstance(event, Event)
    assert event.fields == {"a": "1"}
    (kept,) = read(tmp_path, "a, b\n", tables=tables, unknown=UnknownText.KEEP)
    assert isinstance(kept, Event)
    assert kept.fields == {"message": "a, b"}


def test_a_table_that_no_mapping_knows_is_asked_for_with_its_columns(tmp_path: Path) -> None:
    text = "Time,Who,What\n1,2,3\n"
    with pytest.raises(UnknownTable, match="no mapping knows: Time, Who, What") as refused:
        read(tmp_path, text, tables=NO_TABLES)
    assert refused.value.header == ("Time", "Who", "What")
    with pytest.raises(UnknownTable):
        read(tmp_path, text, tables=known(asks=True), unknown=UnknownText.KEEP)
    assert len(read(tmp_path, text, tables=known(), unknown=UnknownText.KEEP)) == 2
    assert len(read(tmp_path, "Well, yes\nso, no\n", tables=known(asks=True), unknown=UnknownText.KEEP)) == 2


@pytest.mark.parametrize(
    "text", ["one\ntwo\n", "12,13\n1,2\n", "a,b\n", "Name,Time\n1,2,3\n4\n5\n", '"a\n', "a{b,c\n1,2\n"]
)
def test_what_is_no_table_is_refused_as_before(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotAnEventFile) as refused:
        read(tmp_path, text, tables=NO_TABLES)
    assert not isinstance(refused.value, UnknownTable)


def test_a_mapping_without_columns_reads_every_table_that_has_its_time(tmp_path: Path) -> None:
    mapping = TableMapping(clock=Clock(columns=("when",), form="seconds"), log_source=LogSource("", "firewall"))
    (event,) = read(tmp_path, "sep=;\nWhen;dst_port\n1700000000;22\n", tables=known(mapping))
    assert isinstance(event, Event)
    assert (event.at, event.fields["dst_port"]) == (datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), "22")
    assert not TableMapping().fits(("a", "b"))


def test_names_that_are_missing_or_twice_are_told_apart(tmp_path: Path) -> None:
    head = head_of(b"a,,A,a\n1,2,3,4\n")
    assert head is not None
    assert head.header == ("a", "column 2", "A (2)", "a (3)")
    mapping = TableMapping(header=head.header, fields={"a": "x", "A (2)": "x", "a (3)": "x"})
    first, second = read(tmp_path, "a,,A,a\n1,2,3,4\n,,,5\n", tables=known(mapping))
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert first.fields == {"x": "1\n3\n4", "column 2": "2"}
    assert second.fields == {"x": "5", "column 2": None}


def test_rows_of_windows_are_events_of_their_channel(tmp_path: Path) -> None:
    mapping = TableMapping(header=("id", "log", "user"), fields={"id": "EventID", "log": "Channel"})
    (event,) = read(tmp_path, "id,log,user\n4688,Security,x\n", tables=known(mapping))
    assert isinstance(event, Event)
    assert (event.channel, event.event_id, event.log_source) == ("Security", "4688", LogSource())


@pytest.mark.parametrize(
    ("form", "zone", "text", "expected"),
    [
        ("", "UTC", "2026-11-01 10:00:00", datetime(2026, 11, 1, 10, tzinfo=UTC)),
        ("", "Asia/Shanghai", "2026-11-01 10:00:00,5", datetime(2026, 11, 1, 2, 0, 0, 500_000, tzinfo=UTC)),
        ("", "Asia/Shanghai", "2026-11-01T10:00:00+01:00", datetime(2026, 11, 1, 9, tzinfo=UTC)),
        ("", "UTC", "1701010112345", datetime(2023, 11, 26, 14, 48, 32, 345_000, tzinfo=UTC)),
        ("", "UTC", "x" * 200, None),
        ("", "UTC", "0001-01-01T00:00:00+14:00", None),
        ("%Y年%m月%d日 %T", "Asia/Shanghai", "2026年11月01日 08:00:00", datetime(2026, 11, 1, tzinfo=UTC)),
        ("%m/%d/%y %I:%M %p", "UTC", "11/01/26 01:05 PM", datetime(2026, 11, 1, 13, 5, tzinfo=UTC)),
        ("%Y-%m-%d %H:%M:%S.%f", "UTC", "2026-11-01 10:00:00.123456789",
         datetime(2026, 11, 1, 10, 0, 0, 123_456, tzinfo=UTC)),
        ("%d/%b/%Y:%H:%M:%S %z", "Asia/Tokyo", "01/Nov/2026:10:00:00 -0200",
         datetime(2026, 11, 1, 10, tzinfo=timezone(-timedelta(hours=2)))),
        ("%Y-%m-%d %H:%M:%S", "Europe/Berlin", "2026-10-25 02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("%Y-%m-%d", "UTC", "1" * 200, None),
        ("%Y-%m-%d", "UTC", "2026-13-01", None),
        ("seconds", "UTC", "1700000000.5", datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC)),
        ("microseconds", "UTC", "1700000000000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("filetime", "UTC", "133444736000000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("seconds", "UTC", "9" * 30, None),
        ("seconds", "UTC", "soon", None),
    ],
)  # fmt: skip
def test_a_time_is_read_by_its_form_in_its_zone(form: str, zone: str, text: str, expected: datetime | None) -> None:
    assert reader_of(form, zone)(text) == expected


@pytest.mark.parametrize(
    ("form", "zone", "words"),
    [
        ("%Q %Y-%m-%d", "UTC", "holds %Q"),
        ("%Y-%m-%d %", "UTC", "holds %, which"),
        ("%H:%M", "UTC", "year, month and day"),
        ("%Y-%m-%d" + "x" * 100, "UTC", "year, month and day"),
        ("", "Mars/Olympus", "no time zone"),
        ("", "../etc/passwd", "no time zone"),
    ],
)
def test_a_form_or_zone_that_is_none_is_refused(form: str, zone: str, words: str) -> None:
    with pytest.raises(BadFormat, match=words):
        reader_of(form, zone)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"header": tuple("abc" * 400)}, "at most 1000 columns, got 1200"),
        ({"encoding": "ebcdic"}, "no encoding"),
        ({"delimiter": ",;"}, "no delimiter"),
        ({"header": ("x" * 201,)}, "at most 200 characters"),
        ({"header": ("a", "b"), "fields": {"c": "d"}}, "column 'c', which the table does not have"),
        ({"header": ("a", "b"), "clock": Clock(columns=("t",))}, "column 't', which the table does not have"),
    ],
)
def test_a_mapping_that_does_not_fit_together_is_refused(said: Any, words: str) -> None:
    with pytest.raises(BadTable, match=words):
        TableMapping(**said)


def test_the_time_stands_in_two_columns_at_most() -> None:
    with pytest.raises(BadTable, match="at most 2 columns, got 3"):
        Clock(columns=("a", "b", "c"))


def test_a_mapping_is_carried_as_json_and_yaml() -> None:
    assert mapping_of(written(PROCESSES)) == PROCESSES
    assert mapping_of(written(PROCESSES).encode()) == PROCESSES
    assert mapping_of("header: [a, b]\ntime: {columns: [a]}\n") == TableMapping(
        header=("a", "b"), clock=Clock(columns=("a",))
    )
    assert from_plain(as_plain(PROCESSES)) == PROCESSES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "mapping is an object, got list"),
        ("{", "neither JSON nor YAML"),
        ("a: [", "neither JSON nor YAML"),
        ('{"x": 1}', "has no key 'x'"),
        ('{"name": 1}', "name of a mapping is a text, got int"),
        ('{"header": "a"}', "header of a mapping is a list of texts"),
        ('{"fields": {"a": 1}}', "an object of texts"),
        ('{"time": {"zone": "Nowhere/Land"}}', "no time zone"),
        ("x" * 1_048_577, "at most 1048576 bytes"),
    ],
)
def test_what_is_no_mapping_is_refused_with_the_key(text: str, words: str) -> None:
    with pytest.raises(BadTable, match=words):
        mapping_of(text)
    assert issubclass(BadMapping, BadTable)


@pytest.mark.parametrize(
    ("header", "row", "fields", "clock", "source"),
    [
        ("Date,Time,Source IP,Dest IP,Dest Port,Action", "2026-11-01,10:00:00,1.2.3.4,5.6.7.8,22,deny",
         {"Source IP": "src_ip", "Dest IP": "dst_ip", "Dest Port": "dst_port", "Action": "action"},
         Clock(columns=("Date", "Time")), LogSource("", "firewall")),
        ("时间,进程路径,命令行,主机", "2026/11/01 10:00:00,a,b,c",
         {"进程路径": "Image", "命令行": "CommandLine", "主机": "Computer"},
         Clock(columns=("时间",), form="%Y/%m/%d %H:%M:%S"), LogSource("windows", "process_creation")),
        ("when,URL,Method,Host_Header", "01.11.2026 10:00,http://x/,GET,x",
         {"URL": "c-uri", "Method": "cs-method", "Host_Header": "cs-host"},
         Clock(columns=("when",), form="%d.%m.%Y %H:%M"), LogSource("", "proxy")),
        ("id,Query Name,qtype", "7,x.org,A", {"id": "EventID", "Query Name": "query", "qtype": "record_type"},
         Clock(), LogSource("", "dns")),
        ("Request URI,Method,x", "/,GET,1", {"Request URI": "cs-uri-query", "Method": "cs-method"},
         Clock(), LogSource("", "webserver")),
        ("a,b", "1,2", {}, Clock(), LogSource()),
    ],
)  # fmt: skip
def test_columns_are_suggested_by_their_names_and_cells(
    header: str, row: str, fields: dict[str, str], clock: Clock, source: LogSource
) -> None:
    rows = first_rows(f"{header}\n{row}\n".encode())
    found = suggested(rows.head.header, rows.rows, name="x")
    assert (dict(found.fields), found.clock, found.log_source) == (fields, clock, source)


def test_a_dry_run_gives_events_and_faults_with_line_and_column() -> None:
    rows = "\n".join([ROW, "soon,a,b,c", "x", *[ROW] * 60])
    trial = tried(f"{','.join(HEADER)}\n{rows}\n".encode(), PROCESSES)
    assert (trial.rows, len(trial.events)) == (TRIED_ROWS, TRIED_ROWS - 1)
    assert [(each.line, each.column, each.found) for each in trial.faults] == [(3, "Time", "soon"), (4, "", "x")]
    assert trial.faults[0].expected == "a time as %d/%m/%Y %H:%M:%S"
    assert sample_cell([("", "x"), ("y", "z")], 0) == "y"


def test_an_example_that_was_cut_off_ends_with_its_last_whole_line() -> None:
    content = (",".join(HEADER) + "\n" + ROW + "\n" + "x" * EXAMPLE_BYTES).encode()[:EXAMPLE_BYTES]
    assert not tried(content, PROCESSES).faults
    assert len(first_rows(content).rows) == 1


def test_an_example_that_is_none_is_refused() -> None:
    with pytest.raises(NoExample, match="no two column names"):
        first_rows(b"one\ntwo\n")
    with pytest.raises(NoExample, match="none of this table: its columns are Time"):
        tried(b"a,b\n1,2\n", PROCESSES)
    with pytest.raises(NoExample, match="cannot be read"):
        tried(b"\x1f\x8b,b\n1,2\n", TableMapping(header=("a", "b"), encoding="cp1252"))


def test_a_mark_and_a_chosen_encoding_are_taken() -> None:
    marked = codecs.BOM_UTF16_LE + "a,b\n1,2\n".encode("utf-16-le")
    head = head_of(marked, encoding="utf-16-le")
    assert head is not None
    assert (head.encoding.mark, head.header) == (codecs.BOM_UTF16_LE, ("a", "b"))
    western = head_of("größe,b\n1,2\n".encode("cp1252"), encoding="cp1252")
    assert western is not None
    assert western.header == ("größe", "b")
    assert stream_head(b"1;2\n", TableMapping(header=("a", "b"))) is not None
    assert head_of(b'"\n') is None
